//! The page for people and what belongs to it, of the real binary.

use crate::bed::Bed;
use crate::process::spawn_in;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Child;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(20);
const HOSTILE: &str = "<script>run('&')</script>";
const ESCAPED: &str = "&lt;script&gt;run(&#39;&amp;&#39;)&lt;/script&gt;";

/// A consumer that ends with its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// The address of the admin port, from the log. What was read is gone from the process's output.
fn admin_port(child: &mut Child) -> String {
    let mut lines = BufReader::new(child.stderr.as_mut().unwrap());
    let mut line = String::new();
    while lines.read_line(&mut line).unwrap() > 0 {
        let said: Value = serde_json::from_str(&line).unwrap();
        if let Some(address) = said["address"].as_str() {
            return address.to_owned();
        }
        line.clear();
    }
    panic!("ended without an admin port");
}

/// The whole answer to a request.
fn ask(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let text = format!("{request} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Asks again until the answer has all of these texts.
fn page_with(address: &str, request: &str, texts: &[&str]) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let page = ask(address, request);
        let missing: Vec<_> = texts.iter().filter(|text| !page.contains(*text)).collect();
        if missing.is_empty() {
            return page;
        }
        assert!(Instant::now() < deadline, "{missing:?} is missing: {page}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The place and the kind of what was refused, and what was read.
fn check_state(answer: &str) {
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let state: Value = serde_json::from_str(body).unwrap();
    let refused = &state["consumer"]["refused"][0];
    assert_eq!(
        (&refused["topic"], &refused["kind"]),
        (&"t".into(), &"header".into())
    );
    assert_eq!(
        (&refused["partition"], &refused["offset"]),
        (&1.into(), &0.into())
    );
    assert_eq!(
        state["consumer"]["schemas"][0]["format"], "AVRO",
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_what_the_consumer_does_and_shows_no_record_and_no_secret() {
    let bed = Bed::new().await;
    bed.write_good(0, "g00d");
    bed.write(1, Some(b"s3cret-key"), Some(b"s3cret-value"));
    let pairs = bed.pairs(&[
        ("kafka.group_id", HOSTILE),
        ("kafka.properties.ssl.key.password", "hunter2"),
        ("log.format", "json"),
    ]);
    let mut running = Running(spawn_in(&[], &pairs));
    let address = admin_port(&mut running.0);
    let page = page_with(
        &address,
        "GET /",
        &[
            "<title>consumer t: ready</title>",
            "<dt>Delivered</dt><dd>1 record</dd>",
            "<dt>Skipped</dt><dd>1 record</dd>",
            "data-label=\"Kind\">header</td>",
            "data-label=\"Offset\">0</td>",
            "data-label=\"Policy\">log</td>",
            ">t-value</td>",
            "data-label=\"Next offset\">1</td>",
            ">poll</td>",
            "the group has given an assignment: for ",
            &format!("<dt>Group</dt><dd>{ESCAPED}</dd>"),
            "content-security-policy: default-src 'self'",
            "<polyline points=",
        ],
    );
    let config = ask(&address, "GET /config");
    assert!(
        config.contains("\"ssl.key.password\" = \"***\"  # --set"),
        "{config}"
    );
    let state = ask(&address, "GET /state");
    check_state(&state);
    for answer in [&page, &config, &state] {
        for secret in ["hunter2", "s3cret", "g00d"] {
            assert!(!answer.contains(secret), "{secret}: {answer}");
        }
    }
    assert!(
        !page.contains("<script>") && !page.contains("style="),
        "{page}"
    );
    let head = ask(&address, "HEAD /");
    assert!(
        head.starts_with("HTTP/1.1 200") && head.ends_with("\r\n\r\n"),
        "{head}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_sink_and_the_registry_say_is_among_the_last_errors() {
    let bed = Bed::new().await;
    let mut unknown = vec![3, 0];
    unknown.extend_from_slice(&[7; 16]);
    bed.write_good(0, "a");
    let pairs = bed.pairs(&[("sink.path", "/dev/full"), ("log.format", "json")]);
    let mut running = Running(spawn_in(&[], &pairs));
    let address = admin_port(&mut running.0);
    page_with(
        &address,
        "GET /",
        &["data-label=\"Kind\">sink</td>", "No space left"],
    );
    bed.stop_registry();
    bed.write(1, None, Some(&unknown));
    page_with(
        &address,
        "GET /",
        &[
            "data-label=\"Kind\">registry</td>",
            "Waits for a schema\">yes</td>",
        ],
    );
}
