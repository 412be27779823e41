//! The consumer before a broker that wants to know who it is.

use crate::bed::{Bed, wait};
use crate::front::{Front, Login};
use crate::process::{ended, signal, spawn_in};
use crate::sigv4::Trusted;
use crate::ways::{ACCOUNT, Refused, SECRET, open, refused, told, trusted};
use runtime::lifecycle::{Cause, Tasks};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const RECORDS: usize = 20;

/// What a consumer is told that goes to the front.
fn pairs(bed: &Bed, front: &Front, told: &[(&str, String)]) -> Vec<(String, String)> {
    let mut pairs = bed.pairs(&[("kafka.bootstrap_servers", &front.servers)]);
    pairs.extend(
        told.iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone())),
    );
    pairs
}

async fn filled() -> Bed {
    let bed = Bed::new().await;
    for number in 0..RECORDS {
        bed.write_good(i32::from(number % 2 == 0), &number.to_string());
    }
    bed
}

fn count(number: &AtomicUsize) -> usize {
    number.load(Ordering::Relaxed)
}

#[tokio::test(flavor = "multi_thread")]
async fn records_come_whichever_way_the_consumer_logs_in() {
    for (way, login) in open() {
        let bed = filled().await;
        let front = Front::open(&bed.cluster, login, "server").await;
        let child = spawn_in(&ACCOUNT, &pairs(&bed, &front, &told(way)));
        bed.lines_when(RECORDS).await;
        signal(&child, "TERM");
        let (code, said) = ended(child, Duration::from_secs(20));
        assert_eq!(code, 0, "{way}: {said}");
        assert!(!said.contains(SECRET), "{way}: {said}");
        assert_eq!(
            count(&front.seen.logins) > 0,
            ["scram-sha-512", "msk-iam"].contains(&way)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_every_two_seconds_is_renewed_without_a_new_connection() {
    let bed = filled().await;
    let front = Front::open(&bed.cluster, Login::Token(vec![trusted()], 2000), "server").await;
    let child = spawn_in(&ACCOUNT, &pairs(&bed, &front, &told("msk-iam")));
    bed.lines_when(RECORDS).await;
    let connections = count(&front.seen.connections);
    wait(|| count(&front.seen.logins) >= 3 * connections).await;
    assert_eq!(count(&front.seen.connections), connections);
    signal(&child, "TERM");
    let (code, said) = ended(child, Duration::from_secs(20));
    assert_eq!(code, 0, "{said}");
    assert_eq!(bed.lines().len(), RECORDS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_is_not_let_in_ends_at_once_with_77_and_says_why() {
    let bed = Bed::new().await;
    for refused in refused() {
        let Refused {
            way,
            login,
            certificate,
            account,
            says,
            ..
        } = refused;
        let front = Front::open(&bed.cluster, login, certificate).await;
        let mut told = told(way);
        told.extend(refused.told);
        let child = spawn_in(&account, &pairs(&bed, &front, &told));
        let (code, said) = ended(child, Duration::from_secs(15));
        assert_eq!(code, 77, "{way} {says}: {said}");
        assert!(said.contains(says), "{way} {says}: {said}");
        assert!(!said.contains(SECRET), "{said}");
        assert_eq!(count(&front.seen.logins), 0, "{way}");
    }
}

/// Hands out credentials as a container's agent does: first those that end in a minute, then others.
async fn agent(tasks: &Tasks) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let draining = tasks.draining().clone();
    tasks.spawn("agent", async move {
        let mut key = "AKIDTEST";
        let mut ends = (jiff::Timestamp::now() + Duration::from_mins(1)).to_string();
        loop {
            let (mut stream, _) = tokio::select! {
                accepted = listener.accept() => accepted.unwrap(),
                () = draining.cancelled() => return Ok(()),
            };
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                assert!(stream.read_buf(&mut request).await.unwrap() > 0);
            }
            let body = format!(
                r#"{{"AccessKeyId":"{key}","SecretAccessKey":"{SECRET}","Token":"t","Expiration":"{ends}"}}"#
            );
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
            let answer = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            stream.write_all(answer.as_bytes()).await.unwrap();
            (key, ends) = ("AKIDNEXT", "2099-01-01T00:00:00Z".to_owned());
        }
    });
    format!("http://{address}/")
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_rotate_are_taken_up_on_the_connections_that_stand() {
    let bed = filled().await;
    let next = Trusted {
        access_key: "AKIDNEXT",
        ..trusted()
    };
    let login = Login::Token(vec![trusted(), next], 2000);
    let front = Front::open(&bed.cluster, login, "server").await;
    let tasks = Tasks::new();
    let agent = agent(&tasks).await;
    let account = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", agent.as_str()),
        ("AWS_REGION", "eu-west-1"),
    ];
    let child = spawn_in(&account, &pairs(&bed, &front, &told("msk-iam")));
    bed.lines_when(RECORDS).await;
    let connections = count(&front.seen.connections);
    wait(|| count(&front.seen.signer) == 1).await;
    assert_eq!(count(&front.seen.connections), connections);
    signal(&child, "TERM");
    let (code, said) = ended(child, Duration::from_secs(20));
    assert_eq!(code, 0, "{said}");
    tasks.drain(Cause::Finished);
}
