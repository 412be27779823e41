//! The producer before a broker that wants to know who it is.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::app::World;
use crate::front::{Front, Login};
use crate::process::{Ended, Process};
use crate::ways::{ACCOUNT, Refused, SECRET, open, refused, told, trusted};

/// Runs the producer to its end.
fn run(
    world: &World,
    front: &Front,
    account: &[(&str, &str)],
    arguments: &[&str],
    told: &[(&str, String)],
) -> Ended {
    let mut settings = world.settings(&[("kafka.bootstrap_servers", &front.servers)]);
    settings.extend(
        told.iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone())),
    );
    Process::start_in(account, arguments, &settings).ended()
}

/// Leads clients to the cluster itself again.
fn close(world: &World, front: Front) {
    drop(front);
    let servers = world.kafka.bootstrap_servers();
    let (host, port) = servers.split_once(':').expect("host and port");
    let port = port.parse().expect("a port");
    world.kafka.advertise(1, host, port).expect("a host");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_pass_whichever_way_the_producer_logs_in() {
    let world = World::new().await;
    for (count, (way, login)) in (1..).zip(open()) {
        let front = Front::open(&world.kafka, login, "server").await;
        let mut told = told(way);
        told.push(("source.max_records", "100".to_owned()));
        let ended = run(&world, &front, &ACCOUNT, &["run"], &told);
        assert_eq!(ended.code, Some(0), "{way}: {}", ended.err);
        assert!(!ended.err.contains(SECRET), "{}", ended.err);
        let logins = front.seen.logins.load(Ordering::Relaxed);
        assert_eq!(
            logins > 0,
            ["scram-sha-512", "msk-iam"].contains(&way),
            "{way}"
        );
        close(&world, front);
        assert_eq!(world.stored().len(), count * 100, "{way}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_every_two_seconds_is_renewed_without_a_new_connection() {
    let world = World::new().await;
    let front = Front::open(&world.kafka, Login::Token(vec![trusted()], 2000), "server").await;
    let mut told = told("msk-iam");
    told.push(("source.rate", "200/s".to_owned()));
    told.push(("source.max_records", "1400".to_owned()));
    let ended = run(&world, &front, &ACCOUNT, &["run"], &told);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let count = |number: &std::sync::atomic::AtomicUsize| number.load(Ordering::Relaxed);
    let (connections, logins) = (count(&front.seen.connections), count(&front.seen.logins));
    assert!(connections <= 3, "{connections} connections");
    assert!(
        logins >= connections + 2,
        "{logins} logins of {connections} connections"
    );
    close(&world, front);
    assert_eq!(world.stored().len(), 1400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_producer_that_is_not_let_in_ends_at_once_with_77_and_says_why() {
    let world = World::new().await;
    for (number, refused) in refused().into_iter().enumerate() {
        let Refused {
            way,
            login,
            certificate,
            account,
            says,
            ..
        } = refused;
        let front = Front::open(&world.kafka, login, certificate).await;
        let mut told = told(way);
        told.extend(refused.told);
        let commands = [&["run"][..], &["topics", "ensure"]];
        // Both ways to start share their client; once is enough for each kind of refusal.
        let commands = if number % 2 == 0 {
            &commands[..]
        } else {
            &commands[..1]
        };
        for command in commands {
            let began = Instant::now();
            let ended = run(&world, &front, &account, command, &told);
            let place = format!("{way} {command:?} {says}: {}", ended.err);
            assert_eq!(ended.code, Some(77), "{place}");
            assert!(ended.err.contains(says), "{place}");
            assert!(!ended.err.contains(SECRET), "{place}");
            assert!(began.elapsed() < Duration::from_secs(15), "{place}");
        }
        assert_eq!(front.seen.logins.load(Ordering::Relaxed), 0, "{way}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_goes_unchecked_only_with_an_error_at_each_start() {
    let world = World::new().await;
    let front = Front::open(&world.kafka, Login::Anybody, "elsewhere").await;
    let mut told = told("tls");
    told.push(("kafka.insecure_skip_verify", "true".to_owned()));
    told.push(("source.max_records", "1".to_owned()));
    let ended = run(&world, &front, &[], &["run"], &told);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(
        ended.err.contains("ERROR") && ended.err.contains("insecure_skip_verify"),
        "{}",
        ended.err
    );
}
