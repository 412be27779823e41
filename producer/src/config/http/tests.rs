//! Who may listen where, and what belongs together.

use std::io::Write as _;

use runtime::config::Sources;
use tempfile::NamedTempFile;

use super::*;
use crate::config::Config;

const TOKEN: &str = "0123456789abcdef";

/// What is wrong with these settings of an `http` source, or what is said of them at the start.
fn said(more: &[(&str, &str)]) -> Result<String, String> {
    let base = [("source.kind", "http"), ("registry.resolution", "latest")];
    let pairs = base.iter().chain(more);
    let pairs = pairs.map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    match Reader::load::<Config>(&Sources::from_pairs(pairs.collect::<Vec<_>>())) {
        Ok(settings) => Ok(settings.notices.join("\n")),
        Err(problems) => Err(problems.to_string()),
    }
}

/// A file of this text.
fn written(text: &str) -> (NamedTempFile, String) {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let path = file.path().to_str().unwrap().to_owned();
    (file, path)
}

#[test]
fn only_loopback_is_open_to_everybody() {
    for address in ["127.0.0.1:9480", "127.9.9.9:1", "[::1]:0"] {
        assert_eq!(said(&[("source.listen", address)]), Ok(String::new()));
    }
    for address in [
        "0.0.0.0:9480",
        "[::]:9480",
        "10.0.0.1:9480",
        "[::ffff:127.0.0.1]:1",
    ] {
        let error = said(&[("source.listen", address)]).unwrap_err();
        assert!(error.contains("source.listen: anybody"), "{error}");
    }
}

#[test]
fn a_token_in_the_clear_is_warned_of() {
    let open = [("source.listen", "0.0.0.0:9480"), ("source.token", TOKEN)];
    let warning = said(&open).unwrap();
    assert!(warning.contains("without TLS"), "{warning}");
    assert!(!warning.contains(TOKEN), "{warning}");
    let (_file, path) = written("a certificate");
    let tls = [
        ("source.tls_certificate_file", path.as_str()),
        ("source.tls_key_file", path.as_str()),
    ];
    assert_eq!(said(&[&open[..], &tls].concat()), Ok(String::new()));
    let by_certificate = [
        ("source.listen", "0.0.0.0:9480"),
        ("source.tls_client_ca_file", path.as_str()),
    ];
    assert_eq!(
        said(&[&by_certificate[..], &tls].concat()),
        Ok(String::new())
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn what_belongs_together_is_asked_for_together() {
    let (_file, path) = written(TOKEN);
    let path = path.as_str();
    for (settings, problem) in [
        (
            vec![("source.tls_certificate_file", path)],
            "source.tls_key_file: a certificate needs its key",
        ),
        (
            vec![("source.tls_key_file", path)],
            "source.tls_certificate_file: a key needs its certificate",
        ),
        (
            vec![("source.tls_client_ca_file", path)],
            "source.tls_client_ca_file: clients show certificates over TLS only",
        ),
        (
            vec![("source.tls_key_file", "/nowhere")],
            "source.tls_key_file: the file cannot be read",
        ),
        (
            vec![("source.token", TOKEN), ("source.token_file", path)],
            "leave one of them",
        ),
        (
            vec![("source.token", "short")],
            "source.token: a token has from 16",
        ),
        (
            vec![("source.token", "0123456789 abcdef")],
            "source.token: a token has visible",
        ),
        (
            vec![("source.token_file", "/nowhere")],
            "source.token_file: the file cannot be read",
        ),
        (
            vec![
                ("source.max_body_records", "9"),
                ("source.in_flight_records", "8"),
            ],
            "source.max_body_records: a request with so many records",
        ),
        (
            vec![
                ("source.max_body", "9KiB"),
                ("source.in_flight_bytes", "8KiB"),
            ],
            "source.max_body: a request of this size",
        ),
        (
            vec![("source.max_requests", "0")],
            "source.max_requests: it must be more than zero",
        ),
        (
            vec![("source.rate", "1/s")],
            "source.rate: it is used under",
        ),
        (
            vec![("source.on_reject", "stop")],
            "source.on_reject: it is used under",
        ),
        (
            vec![("source.kind", "orders"), ("source.listen", "127.0.0.1:1")],
            "source.listen: it is used under",
        ),
    ] {
        let error = said(&settings).unwrap_err();
        assert!(error.contains(problem), "{problem}: {error}");
        assert!(
            !error.contains("short") && !error.contains(TOKEN),
            "{error}"
        );
    }
}

#[test]
fn a_token_comes_from_a_file_without_its_line_end() {
    for text in [
        "0123456789abcdef",
        "0123456789abcdef\n",
        "0123456789abcdef\r\n",
    ] {
        let (_file, path) = written(text);
        let pairs = [
            ("source.kind", "http"),
            ("registry.resolution", "latest"),
            ("source.token_file", path.as_str()),
        ];
        let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let settings = Reader::load::<Config>(&Sources::from_pairs(pairs.to_vec())).unwrap();
        let token = settings.config.source.http.token.unwrap();
        assert_eq!(token.expose(), TOKEN);
    }
}
