//! The page for people and what belongs to it, of the real binary.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Child;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::app::{PATIENCE, World};
use crate::ndjson::{SCHEMA_FILE, order};
use crate::process::Process;

const HOSTILE: &str = "<script>run('&')</script>";
const ESCAPED: &str = "&lt;script&gt;run(&#39;&amp;&#39;)&lt;/script&gt;";

/// The address of the admin port, from the log. What was read is gone from the process's output.
fn admin_port(child: &mut Child) -> String {
    let mut lines = BufReader::new(child.stderr.as_mut().expect("piped"));
    let mut line = String::new();
    while lines.read_line(&mut line).expect("stderr is text") > 0 {
        let said: Value = serde_json::from_str(&line).expect("logs are JSON");
        if let Some(address) = said["address"].as_str() {
            return address.to_owned();
        }
        line.clear();
    }
    panic!("ended without an admin port");
}

/// The whole answer to a request.
fn ask(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the admin port is open");
    let text = format!("{request} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream
        .write_all(text.as_bytes())
        .expect("a request is taken");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .expect("an answer is text");
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

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_what_the_producer_does_and_shows_no_record_and_no_secret() {
    let world = World::new().await;
    let settings = world.settings(&[
        ("source.kind", "ndjson"),
        ("source.path", "-"),
        ("registry.schema_file", SCHEMA_FILE),
        ("kafka.client_id", HOSTILE),
        ("kafka.properties.ssl.key.password", "hunter2"),
        ("log.format", "json"),
    ]);
    let mut process = Process::start(&["run"], &settings);
    let address = admin_port(&mut process.0);
    let mut stdin = process.0.stdin.take().unwrap();
    writeln!(stdin, "{}\n{{\"order_id\":\"s3cret\"", order(0)).unwrap();
    let page = page_with(
        &address,
        "GET /",
        &[
            "<title>producer orders: ready</title>",
            "<dt>Delivered</dt><dd>1 record</dd>",
            "<dt>Rejected</dt><dd>1 record</dd>",
            "line 2 was rejected",
            ">orders-value</td>",
            ">AVRO</td>",
            ">pipeline</td>",
            "a broker is connected: for ",
            ESCAPED,
            "content-security-policy: default-src 'self'",
        ],
    );
    let is_json = "<td role=\"cell\" data-label=\"Kind\">json</td>";
    assert!(page.contains(is_json), "{page}");
    let config = ask(&address, "GET /config");
    assert!(config.contains("topic = \"orders\"  # default"), "{config}");
    assert!(
        config.contains("\"ssl.key.password\" = \"***\"  # --set"),
        "{config}"
    );
    let state = ask(&address, "GET /state");
    assert!(
        state.contains("\"said\":\"line 2 was rejected\""),
        "{state}"
    );
    for answer in [&page, &config, &state] {
        assert!(
            !answer.contains("hunter2") && !answer.contains("s3cret"),
            "{answer}"
        );
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
async fn a_start_that_waits_says_for_what() {
    let world = World::new().await;
    let settings = world.settings(&[
        ("kafka.bootstrap_servers", "127.0.0.1:1"),
        ("startup.timeout", "1h"),
        ("log.format", "json"),
    ]);
    let mut process = Process::start(&["run"], &settings);
    let address = admin_port(&mut process.0);
    let texts = [
        "<title>producer orders: starting</title>",
        "starting; waits for broker",
        "a broker is connected: not for ",
        ">transport</td>",
        "127.0.0.1:1",
    ];
    page_with(&address, "GET /", &texts);
}
