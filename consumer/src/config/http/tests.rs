//! What belongs together, what is refused, and what is never shown.

use super::*;
use crate::config::{ConsumerConfig, SinkConfig};
use runtime::config::{Reader, Sources};
use std::io::Write as _;
use tempfile::NamedTempFile;

const URL: (&str, &str) = ("sink.http_url", "https://example.com/in?code=hunter2");

fn load(more: &[(&str, &str)]) -> Result<SinkConfig, String> {
    let base = [("sink.kind", "http")];
    let settings = Reader::load::<ConsumerConfig>(&Sources::from_pairs(
        base.iter().chain(more).copied().collect::<Vec<_>>(),
    ));
    match settings {
        Ok(settings) => Ok(settings.config.sink),
        Err(problems) => Err(problems.to_string()),
    }
}

fn read(more: &[(&str, &str)]) -> HttpConfig {
    load(&[&[URL], more].concat()).unwrap().http.unwrap()
}

fn problem(more: &[(&str, &str)]) -> String {
    load(&[&[URL], more].concat()).unwrap_err()
}

fn written(text: &str) -> (NamedTempFile, String) {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let path = file.path().to_str().unwrap().to_owned();
    (file, path)
}

#[test]
fn a_webhook_has_a_url() {
    assert!(load(&[]).unwrap_err().contains("sink.http_url: sink.kind"));
    for (url, words) in [
        ("example.com", "a URL is expected"),
        ("ftp://example.com/", "a URL is expected"),
        (
            "https://me:hunter2@example.com/",
            "credentials do not belong",
        ),
        ("https://example.com/#there", "never sent"),
    ] {
        let said = load(&[("sink.http_url", url)]).unwrap_err();
        assert!(said.contains(words), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
        assert!(!said.contains("so a URL is needed"), "{said}");
    }
}

#[test]
fn without_tls_only_this_machine_is_posted_to() {
    for url in [
        "http://localhost:1/",
        "http://127.8.8.8/",
        "http://[::1]:1/",
        "https://10.0.0.1/",
    ] {
        load(&[("sink.http_url", url)]).unwrap();
    }
    for url in [
        "http://example.com/",
        "http://10.0.0.1/",
        "http://localhost.example.com/",
        "http://[::ffff:127.0.0.1]/",
    ] {
        let url = ("sink.http_url", url);
        let said = load(&[url]).unwrap_err();
        assert!(said.contains("sink.http_plaintext = true"), "{said}");
        load(&[url, ("sink.http_plaintext", "true")]).unwrap();
    }
}

#[test]
fn a_signing_key_is_base64_behind_its_prefix_and_else_its_bytes() {
    let key = |text| read(&[("sink.http_secret", text)]).key.unwrap();
    assert_eq!(key("0123456789abcdef").bytes(), b"0123456789abcdef");
    let (_file, path) = written("whsec_MDEyMzQ1Njc4OWFiY2RlZg==\n");
    let by_file = read(&[("sink.http_secret_file", &path)]).key.unwrap();
    assert_eq!(by_file, key("0123456789abcdef"));
    for (secret, words) in [
        ("0123456789abcde", "at least 16 bytes"),
        ("whsec_MDEyMw==", "at least 16 bytes"),
        (
            "whsec_hunter2 is no base64",
            "what follows `whsec_` is base64",
        ),
    ] {
        let said = problem(&[("sink.http_secret", secret)]);
        assert!(said.contains(words), "{said}");
        assert!(!said.contains(secret), "{said}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn what_does_not_belong_together_is_refused() {
    let (_file, path) = written("a token");
    for (settings, words) in [
        (vec![("sink.http_token", "")], "from 1 to 4096"),
        (
            vec![("sink.http_token_file", path.as_str())],
            "visible ASCII",
        ),
        (vec![("sink.http_token_file", "/nowhere")], "cannot be read"),
        (
            vec![("sink.http_token", "t"), ("sink.http_token_file", &path)],
            "sink.http_token is set too",
        ),
        (
            vec![("sink.http_secret", "s"), ("sink.http_secret_file", &path)],
            "sink.http_secret is set too",
        ),
        (
            vec![
                ("sink.http_token", "t"),
                ("sink.http_headers.Authorization", "Basic x"),
            ],
            "sink.http_token is in this header",
        ),
        (
            vec![("sink.http_headers.Webhook_Id", "1")],
            "the sink sets this header itself",
        ),
        (
            vec![("sink.http_headers.a b", "1")],
            "a header is named like",
        ),
        (vec![("sink.http_headers.x", "a\nb")], "visible ASCII"),
        (
            vec![("sink.http_timeout", "0s")],
            "sink.http_timeout: it must be",
        ),
        (
            vec![("sink.http_timeout", "6min")],
            "sink.http_timeout: it must be",
        ),
        (
            vec![("sink.http_connect_timeout", "0s")],
            "sink.http_connect_timeout: it must be",
        ),
        (vec![("sink.http_max_body", "0B")], "at least 1B"),
        (vec![("sink.http_ca_file", "/nowhere")], "cannot be read"),
        (
            vec![
                ("sink.http_url", "http://localhost/"),
                ("sink.http_ca_file", &path),
            ],
            "nobody vouches",
        ),
        (
            vec![("sink.kind", "stdout"), ("sink.http_headers.x", "1")],
            "sink.http_headers.x: it is used under",
        ),
        (
            vec![("sink.kind", "stdout")],
            "sink.http_url: it is used under",
        ),
    ] {
        let said = problem(&settings);
        assert!(said.contains(words), "{settings:?}: {said}");
    }
}

#[test]
fn secrets_are_not_shown() {
    let secrets = [
        URL,
        ("sink.kind", "http"),
        ("sink.http_token", "hunter2"),
        ("sink.http_secret", "hunter2-hunter2-hunter2"),
        ("sink.http_headers.x-any", "hunter2"),
    ];
    let settings = Reader::load::<ConsumerConfig>(&Sources::from_pairs(secrets)).unwrap();
    for key in &settings.effective {
        let shown = key.shown.as_deref().unwrap_or_default();
        assert!(!shown.contains("hunter2"), "{}", key.path);
    }
    let debug = format!("{:?}", settings.config.sink.http.unwrap());
    assert!(
        !debug.contains("hunter2") && !debug.contains("104, 117"),
        "{debug}"
    );
    assert!(debug.contains("https://example.com/in"), "{debug}");
}
