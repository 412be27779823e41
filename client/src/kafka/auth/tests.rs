//! Tests of `kafka.auth` and the keys around it.

use std::net::SocketAddr;

use runtime::config::{Admin, Base, Config, Reader, Settings, Sources};

use super::*;
use crate::config::KafkaConfig;
use crate::kafka::settings;

/// A binary that reads this section only.
#[derive(Debug)]
struct Only {
    base: Base,
    kafka: KafkaConfig,
}

impl Config for Only {
    const BINARY: &'static str = "producer";

    fn read(reader: &mut Reader) -> Self {
        Self {
            base: Base::read(reader),
            kafka: KafkaConfig::read(reader, Self::BINARY),
        }
    }

    fn base(&self) -> &Base {
        &self.base
    }

    fn admin(&self) -> Option<&Admin> {
        None
    }

    fn listen(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 0))
    }
}

const CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tls/client.pem");
const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tls/client.key");
const CA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tls/ca.pem");

/// Each way with what it needs at least.
const WAYS: [(&str, &[(&str, &str)]); 5] = [
    ("none", &[]),
    ("tls", &[]),
    (
        "scram-sha-512",
        &[("username", "u"), ("password", "hunter2")],
    ),
    (
        "mtls",
        &[
            ("client_certificate_file", CERTIFICATE),
            ("client_key_file", KEY),
        ],
    ),
    ("msk-iam", &[]),
];

fn load(way: &str, pairs: &[(&str, &str)]) -> Result<Settings<Only>, String> {
    let pairs = [("auth", way)].into_iter().chain(pairs.iter().copied());
    let pairs = pairs.map(|(key, value)| (format!("kafka.{key}"), value.to_owned()));
    Reader::load(&Sources::from_pairs(pairs)).map_err(|problems| problems.to_string())
}

fn client(way: &str, pairs: &[(&str, &str)]) -> ClientConfig {
    settings::producer(&load(way, pairs).unwrap().config.kafka)
}

#[test]
fn every_way_has_its_protocol_and_all_but_none_check_the_broker() {
    let protocols = [
        ("PLAINTEXT", None),
        ("SSL", None),
        ("SASL_SSL", Some("SCRAM-SHA-512")),
        ("SSL", None),
        ("SASL_SSL", Some("OAUTHBEARER")),
    ];
    for ((way, needs), (protocol, mechanism)) in WAYS.into_iter().zip(protocols) {
        let client = client(way, needs);
        assert_eq!(client.get("security.protocol"), Some(protocol), "{way}");
        assert_eq!(client.get("sasl.mechanisms"), mechanism, "{way}");
        let checks = [
            ("enable.ssl.certificate.verification", "true"),
            ("ssl.endpoint.identification.algorithm", "https"),
        ];
        for (name, value) in checks {
            let wanted = (way != "none").then_some(value);
            assert_eq!(client.get(name), wanted, "{way}: {name}");
        }
        client.create_native_config().unwrap();
    }
}

#[test]
fn a_key_is_refused_where_the_way_has_no_use_for_it() {
    let keys: [(&str, &str, &[&str]); 13] = [
        ("ca_file", CA, &["tls", "scram-sha-512", "mtls", "msk-iam"]),
        (
            "insecure_skip_verify",
            "true",
            &["tls", "scram-sha-512", "mtls"],
        ),
        ("username", "u", &["scram-sha-512"]),
        ("password", "p", &["scram-sha-512"]),
        ("password_file", CA, &[]),
        ("client_certificate_file", CERTIFICATE, &["mtls"]),
        ("client_key_file", KEY, &["mtls"]),
        ("client_key_password", "p", &["mtls"]),
        ("region", "eu-west-1", &["msk-iam"]),
        ("signing_host", "kafka.example", &["msk-iam"]),
        (
            "assume_role_arn",
            "arn:aws:iam::000000000000:role/kafka",
            &["msk-iam"],
        ),
        ("external_id", "ours", &[]),
        ("session_name", "orders", &[]),
    ];
    for (way, needs) in WAYS {
        for (key, value, ways) in keys {
            let mut pairs: Vec<_> = needs
                .iter()
                .copied()
                .filter(|(need, _)| *need != key)
                .collect();
            pairs.push((key, value));
            match load(way, &pairs) {
                Ok(_) => assert!(ways.contains(&way), "{key} passes under {way}"),
                Err(said) => {
                    assert!(!ways.contains(&way), "{way}: {said}");
                    assert!(said.contains(&format!("kafka.{key}: ")), "{way}: {said}");
                }
            }
        }
    }
}

#[test]
fn what_a_way_needs_is_asked_for_by_name() {
    for (way, needs) in WAYS {
        let said = load(way, &[]).err().unwrap_or_default();
        for (key, _) in needs {
            assert!(said.contains(&format!("kafka.{key}: ")), "{way}: {said}");
        }
    }
    let host = load("msk-iam", &[("region", "eu west")]).err().unwrap();
    assert!(host.contains("kafka.region: "), "{host}");
    let missing = load("tls", &[("ca_file", "/no/such/file")]).err().unwrap();
    assert!(
        missing.contains("kafka.ca_file: the file cannot be read"),
        "{missing}"
    );
}

#[test]
fn a_password_comes_from_a_file_too_and_is_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    std::fs::write(&path, "hunter2\r\n").unwrap();
    let path = path.display().to_string();
    let by_file = [("username", "u"), ("password_file", path.as_str())];
    let [_, _, (way, by_value), ..] = WAYS;
    for pairs in [&by_file, by_value] {
        let loaded = load(way, pairs).unwrap();
        let client = settings::producer(&loaded.config.kafka);
        assert_eq!(client.get("sasl.password"), Some("hunter2"));
        let shown = format!(
            "{client:?} {:?} {:?}",
            loaded.config.kafka, loaded.effective
        );
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    let both = [by_value, &by_file[1..]].concat();
    let said = load(way, &both).err().unwrap();
    assert!(
        said.contains("one of them is enough") && !said.contains("hunter2"),
        "{said}"
    );
    std::fs::write(&path, "\n").unwrap();
    let said = load(way, &by_file).err().unwrap();
    assert!(
        said.contains("kafka.password_file: a password is not empty"),
        "{said}"
    );
}

#[test]
fn certificates_go_unchecked_only_where_that_is_said_and_never_for_msk() {
    let open = client("tls", &[("insecure_skip_verify", "true")]);
    assert_eq!(
        open.get("enable.ssl.certificate.verification"),
        Some("false")
    );
    assert!(load("msk-iam", &[("insecure_skip_verify", "true")]).is_err());
}

#[test]
fn no_property_reaches_around_the_keys() {
    for name in [
        "security.protocol",
        "sasl.mechanisms",
        "ssl.ca.location",
        "ssl.key.pem",
    ] {
        assert!(settings::check_property(name, "x").is_err(), "{name}");
    }
}

#[test]
fn clients_of_msk_do_not_storm_back() {
    let wait = |way: &str, more: &[(&str, &str)]| {
        client(way, more)
            .get("reconnect.backoff.ms")
            .map(str::to_owned)
    };
    assert_eq!(wait("none", &[]).as_deref(), Some("100"));
    assert_eq!(wait("msk-iam", &[]).as_deref(), Some("1000"));
    let own = [("properties.reconnect.backoff.ms", "3000")];
    assert_eq!(wait("msk-iam", &own).as_deref(), Some("3000"));
}
