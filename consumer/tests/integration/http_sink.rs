//! The webhook: what is answered with 2xx has arrived, everything else comes again or ends the consumer.

mod receiver;

use crate::bed::{Bed, Running, wait};
use crate::front::pem;
use crate::process::{consumer, ended};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use receiver::{Receiver, Reply};
use runtime::lifecycle::{Cause, Exit};
use std::time::Duration;
use tokio::net::TcpListener;

const PATIENCE: Duration = Duration::from_secs(20);
const REQUESTS: &str = "gluestream_sink_http_requests_total";
const RETRIES: &str = "gluestream_consumer_retries_total";
const OK: Reply = Reply::Status(200);

/// Settings of a consumer that posts to a URL.
fn settings<'a>(url: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let base = [("sink.kind", "http"), ("sink.http_url", url)];
    base.iter().chain(more).copied().collect()
}

/// Runs a consumer to the end of the topic; a batch waits for as much as it may have.
async fn run(bed: &Bed, url: &str, more: &[(&str, &str)]) -> Exit {
    let until = [("consumer.until", "end"), ("sink.batch_time", "1min")];
    let running = bed.start(&settings(url, &[&until, more].concat())).await;
    let tasks = running.unwrap().tasks;
    let outcome = tokio::time::timeout(PATIENCE, tasks.finished(PATIENCE)).await;
    outcome.expect("it ends in time").exit
}

async fn start(bed: &Bed, url: &str, more: &[(&str, &str)]) -> Running {
    bed.start(&settings(url, more)).await.unwrap()
}

/// A bed with so many records in its first partition.
async fn bed_of(records: usize) -> Bed {
    let bed = Bed::new().await;
    for number in 0..records {
        let text = format!("of-the-value-{number}");
        bed.send(0, Some(text.as_bytes()), Some(&bed.frame(&text)));
    }
    bed.flush();
    bed
}

fn first(records: i64) -> Vec<(i64, i64)> {
    (0..records).map(|offset| (0, offset)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_record_arrives_once_in_the_order_of_its_partition() {
    let bed = Bed::new().await;
    for number in 0..20 {
        bed.write_good(number % 2, &format!("r{number}"));
    }
    let receiver = Receiver::open(|_, _| OK).await;
    let batches = [("sink.batch_records", "3")];
    assert_eq!(run(&bed, &receiver.url, &batches).await, Exit::Done);
    for partition in 0..2 {
        let mut taken = receiver.taken();
        taken.retain(|(of, _)| *of == partition);
        let all: Vec<_> = (0..10).map(|offset| (partition, offset)).collect();
        assert_eq!(taken, all);
    }
    assert_eq!((bed.committed(0), bed.committed(1)), (10, 10));
    for request in receiver.requests() {
        let places = request.places();
        assert!(places.len() <= 3, "{places:?}");
        let ((partition, first), (_, last)) = (places[0], places[places.len() - 1]);
        let id = format!("t-{partition}-{first}-{last}");
        assert_eq!(request.header("webhook-id"), id);
        assert_eq!(request.header("idempotency-key"), id);
        assert_eq!(request.line, "POST /records?code=of-the-query HTTP/1.1");
        assert!(!request.headers.contains_key("webhook-signature"));
    }
    let record = &receiver.requests()[0].records()[0];
    assert_eq!(
        (&record["topic"], &record["value"]["n"]),
        (&"t".into(), &5.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_is_asked_again_under_the_same_id() {
    let bed = bed_of(5).await;
    let statuses = [503, 429, 500, 408, 425];
    let receiver =
        Receiver::open(move |number, _| Reply::Status(*statuses.get(number).unwrap_or(&200)));
    let receiver = receiver.await;
    assert_eq!(run(&bed, &receiver.url, &[]).await, Exit::Done);
    assert_eq!(receiver.taken(), first(5));
    let requests = receiver.requests();
    assert_eq!(requests.len(), 6);
    for request in &requests {
        assert_eq!(request.header("webhook-id"), "t-0-0-4");
        assert_eq!(request.body, requests[0].body);
    }
    assert_eq!(bed.committed(0), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_try_is_signed_anew() {
    let bed = bed_of(2).await;
    let receiver =
        Receiver::open(|number, _| if number == 0 { Reply::Status(503) } else { OK }).await;
    let key = BASE64_STANDARD.encode(b"twenty-four bytes of key");
    let secret = format!("whsec_{key}");
    let signed = [("sink.http_secret", secret.as_str())];
    assert_eq!(run(&bed, &receiver.url, &signed).await, Exit::Done);
    let requests = receiver.requests();
    assert_eq!(requests.len(), 2);
    for request in requests {
        let time = request.header("webhook-timestamp");
        time.parse::<i64>().unwrap();
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"twenty-four bytes of key").unwrap();
        for part in [
            request.header("webhook-id").as_bytes(),
            b".",
            time.as_bytes(),
            b".",
            &request.body,
        ] {
            mac.update(part);
        }
        let expected = BASE64_STANDARD.encode(mac.finalize().into_bytes());
        assert_eq!(
            request.header("webhook-signature"),
            format!("v1,{expected}")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_is_left_alone_for_as_long_as_it_asks() {
    let bed = bed_of(1).await;
    let busy = || Reply::With(429, "Retry-After", "1".to_owned());
    let receiver = Receiver::open(move |number, _| if number == 0 { busy() } else { OK }).await;
    assert_eq!(run(&bed, &receiver.url, &[]).await, Exit::Done);
    let requests = receiver.requests();
    assert_eq!(requests.len(), 2);
    // Without being asked it comes again after a tenth of that.
    assert!(requests[1].at - requests[0].at >= Duration::from_secs(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_too_large_are_halved_and_stay_smaller() {
    let bed = bed_of(64).await;
    let receiver = Receiver::open(|_, request| {
        Reply::Status(if request.body.len() > 1500 { 413 } else { 200 })
    })
    .await;
    let halves = [("sink.batch_records", "32")];
    assert_eq!(run(&bed, &receiver.url, &halves).await, Exit::Done);
    assert_eq!(receiver.taken(), first(64));
    let requests = receiver.requests();
    let too_large = requests
        .iter()
        .filter(|request| request.status == Some(413));
    assert!((1..=4).contains(&too_large.count()), "it is remembered");
    assert_eq!(bed.committed(0), 64);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_of_a_batch_is_not_sent_again() {
    let bed = bed_of(20).await;
    let receiver =
        Receiver::open(|number, _| if number == 1 { Reply::Status(502) } else { OK }).await;
    let small = [("sink.http_max_body", "600B")];
    assert_eq!(run(&bed, &receiver.url, &small).await, Exit::Done);
    assert_eq!(receiver.taken(), first(20));
    let requests = receiver.requests();
    assert!(requests.len() > 4, "{}", requests.len());
    assert!(requests.iter().all(|request| request.body.len() <= 600));
    let again: Vec<_> = requests
        .iter()
        .map(|request| request.header("webhook-id"))
        .collect();
    assert_eq!(again[1], again[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_ends_with_65_and_nothing_behind_it_is_committed() {
    for (status, exit) in [
        (400, Exit::Refused),
        (401, Exit::Refused),
        (404, Exit::Refused),
        (413, Exit::Refused),
        (307, Exit::Configuration),
    ] {
        let bed = bed_of(6).await;
        let receiver = Receiver::open(move |_, request| {
            if request.places()[0].1 != 3 {
                return OK;
            }
            let elsewhere = "https://u:p@example.com/other?code=1".to_owned();
            Reply::With(status, "Location", elsewhere)
        })
        .await;
        let ones = [("sink.batch_records", "1")];
        assert_eq!(run(&bed, &receiver.url, &ones).await, exit, "{status}");
        assert_eq!(receiver.taken(), first(3), "{status}");
        assert_eq!(receiver.count(), 4, "{status}");
        assert_eq!(bed.committed(0), 3, "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_may_be_asked_again() {
    let bed = bed_of(3).await;
    let statuses = [400, 308, 422];
    let receiver =
        Receiver::open(move |number, _| Reply::Status(*statuses.get(number).unwrap_or(&200)));
    let receiver = receiver.await;
    let retry = [("sink.http_on_refusal", "retry")];
    assert_eq!(run(&bed, &receiver.url, &retry).await, Exit::Done);
    assert_eq!(receiver.taken(), first(3));
    assert_eq!(receiver.count(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_arrays_and_compressed_where_that_is_asked_for() {
    let bed = bed_of(40).await;
    let receiver = Receiver::open(|_, _| OK).await;
    let form = [
        ("sink.http_body", "array"),
        ("sink.http_compression", "gzip"),
        ("sink.http_max_body", "2KiB"),
        ("sink.http_token", "of-the-token"),
        ("sink.http_headers.x_api_version", "3"),
    ];
    assert_eq!(run(&bed, &receiver.url, &form).await, Exit::Done);
    assert_eq!(receiver.taken(), first(40));
    for request in receiver.requests() {
        assert_eq!(request.header("content-type"), "application/json");
        assert_eq!(request.header("content-encoding"), "gzip");
        assert_eq!(request.header("authorization"), "Bearer of-the-token");
        assert_eq!(request.header("x-api-version"), "3");
        assert!(
            request
                .header("user-agent")
                .starts_with("gluestream-consumer/")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_not_there_is_waited_for() {
    let bed = bed_of(4).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("http://localhost:{}/", address.port());
    let running = start(&bed, &url, &[]).await;
    wait(|| running.metric(REQUESTS, Some("error")) >= 2).await;
    let listener = TcpListener::bind(address).await.unwrap();
    let receiver = Receiver::open_at(listener, None, |_, _| OK);
    wait(|| running.consumer.delivered() == 4).await;
    assert_eq!(running.stop().await, Exit::Done);
    assert_eq!(receiver.taken(), first(4));
    assert_eq!(bed.committed(0), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_says_nothing_is_asked_again_when_its_time_is_over() {
    let bed = bed_of(2).await;
    let receiver = Receiver::open(|number, _| if number == 0 { Reply::Silence } else { OK }).await;
    let short = [("sink.http_timeout", "300ms")];
    assert_eq!(run(&bed, &receiver.url, &short).await, Exit::Done);
    assert_eq!(receiver.taken(), first(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_does_not_wait_for_a_receiver_that_says_nothing() {
    let bed = bed_of(2).await;
    let receiver = Receiver::open(|_, _| Reply::Silence).await;
    let running = start(&bed, &receiver.url, &[("sink.http_timeout", "5min")]).await;
    wait(|| receiver.count() == 1).await;
    running.tasks.drain(Cause::Signal);
    let outcome = running.tasks.finished(Duration::from_millis(200)).await;
    assert_eq!(outcome.exit, Exit::DrainIncomplete);
    wait(|| receiver.gone() == 1).await;
    assert_eq!(running.metric(RETRIES, None), 0, "it is not tried again");
    assert_eq!(bed.committed(0), -1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_receiver_that_an_authority_vouches_for_is_posted_to() {
    let bed = bed_of(3).await;
    let receiver = Receiver::open_with_tls(|_, _| OK).await;
    let others = pem("other-ca.pem");
    let others = [("sink.http_ca_file", others.as_str())];
    let running = start(&bed, &receiver.url, &others).await;
    wait(|| running.metric(REQUESTS, Some("error")) >= 1).await;
    running.tasks.drain(Cause::Signal);
    running.tasks.finished(Duration::ZERO).await;
    assert_eq!(receiver.count(), 0);
    let ca = pem("ca.pem");
    let ours = [
        ("sink.http_ca_file", ca.as_str()),
        ("consumer.instance_id", "other"),
    ];
    assert_eq!(run(&bed, &receiver.url, &ours).await, Exit::Done);
    assert_eq!(receiver.taken(), first(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_have_no_secret_and_nothing_of_records_or_answers() {
    let bed = bed_of(2).await;
    let receiver = Receiver::open(|number, _| {
        let elsewhere = "http://u:of-the-password@example.com/there?x=of-the-location".to_owned();
        match number {
            0 => Reply::Status(503),
            1 => Reply::With(307, "Location", elsewhere),
            _ => Reply::Status(400),
        }
    })
    .await;
    let token_file = bed.file("token", "of-the-token\n");
    let more = [
        ("log.level", "debug"),
        ("sink.http_secret", "of-the-secret-16"),
        ("sink.http_token_file", token_file.as_str()),
        ("sink.http_headers.x-any", "of-the-header"),
    ];
    for (exit, words) in [
        (
            78,
            "/records answered 307 Temporary Redirect and points to http://example.com/there",
        ),
        (65, "/records refused t[0]@0..1 with 400 Bad Request"),
    ] {
        let mut command = consumer(&["run"]);
        for (key, value) in bed.pairs(&settings(&receiver.url, &more)) {
            command.args(["--set", &format!("{key}={value}")]);
        }
        let (code, said) = ended(command.spawn().unwrap(), PATIENCE);
        assert_eq!(code, exit, "{said}");
        assert!(said.contains(words), "{said}");
        assert!(!said.contains("of-the-"), "{said}");
    }
    let last = receiver.requests().pop().unwrap();
    assert_eq!(last.header("authorization"), "Bearer of-the-token");
}

#[tokio::test(flavor = "multi_thread")]
async fn validate_asks_the_receiver_and_sends_no_record() {
    let bed = bed_of(1).await;
    let receiver = Receiver::open(|_, _| Reply::Status(405)).await;
    let validate = |url: &str| {
        let mut command = consumer(&["validate", "--connect"]);
        for (key, value) in bed.pairs(&settings(url, &[("sink.http_token", "of-the-token")])) {
            command.args(["--set", &format!("{key}={value}")]);
        }
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (
            output.status.code().unwrap(),
            String::from_utf8(said).unwrap(),
        )
    };
    let (code, said) = validate(&receiver.url);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("answered OPTIONS with 405"), "{said}");
    assert!(!said.contains("of-the-"), "{said}");
    let requests = receiver.requests();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].line.starts_with("OPTIONS ") && requests[0].body.is_empty());
    let (code, said) = validate("http://127.0.0.1:1/");
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("wrong    sink          the sink http://127.0.0.1:1/"),
        "{said}"
    );
}
