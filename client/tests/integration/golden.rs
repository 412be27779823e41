//! Tokens signed with fixed keys at a fixed time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use client::kafka::auth::msk_iam::{LIFETIME, Signer};

use crate::sigv4::{Trusted, verify};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const SESSION: &str = "FwoGZXIvYXdzEJr//+/=";

fn trusted() -> Trusted {
    Trusted {
        region: "eu-west-1",
        access_key: "AKIDEXAMPLE",
        secret_key: SECRET,
        ahead: Duration::ZERO,
    }
}

/// 2023-08-24T19:03:30Z
fn then() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_692_903_810)
}

fn credentials(session: Option<&str>, end: Option<SystemTime>) -> Credentials {
    Credentials::new(
        "AKIDEXAMPLE",
        SECRET,
        session.map(str::to_owned),
        end,
        "test",
    )
}

fn url_of(signer: &Signer, credentials: &Credentials) -> String {
    let token = signer.sign(credentials, then()).unwrap();
    String::from_utf8(URL_SAFE_NO_PAD.decode(token.expose()).unwrap()).unwrap()
}

#[test]
fn a_token_is_the_url_that_others_compute() {
    let signer = Signer::new("eu-west-1", None);
    let agent = format!("&User-Agent=gluestream%2F{}", env!("CARGO_PKG_VERSION"));
    let begin = "https://kafka.eu-west-1.amazonaws.com/?Action=kafka-cluster%3AConnect&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20230824%2Feu-west-1%2Fkafka-cluster%2Faws4_request&X-Amz-Date=20230824T190330Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host";
    let plain = url_of(&signer, &credentials(None, None));
    let signature = "5462530f0c65a79d51178ea1eb5bd6c194ee701f68b2442b8ba2b3b019561b23";
    assert_eq!(plain, format!("{begin}&X-Amz-Signature={signature}{agent}"));
    let session = url_of(&signer, &credentials(Some(SESSION), None));
    assert!(
        session.contains("&X-Amz-Security-Token=FwoGZXIvYXdzEJr%2F%2F%2B%2F%3D&"),
        "{session}"
    );
    let signature = "a707f6058b1d4d7137c159f10e35f4e3caf529ac7f207e6f2ab9cedcd117f190";
    assert!(session.contains(signature), "{session}");
}

#[test]
fn a_broker_accepts_the_token_while_it_lives_and_for_its_own_region_and_key_only() {
    let signer = Signer::new("eu-west-1", None);
    for session in [None, Some(SESSION)] {
        let token = signer.sign(&credentials(session, None), then()).unwrap();
        let judge = |trusted: &Trusted, at: SystemTime| verify(token.expose(), trusted, at);
        judge(&trusted(), then()).unwrap();
        judge(&trusted(), then() + Duration::from_secs(899)).unwrap();
        let late = judge(&trusted(), then() + LIFETIME).unwrap_err();
        assert_eq!(late, "900 s old");
        let others = [
            Trusted {
                region: "us-east-1",
                ..trusted()
            },
            Trusted {
                access_key: "AKIDOTHER",
                ..trusted()
            },
            Trusted {
                secret_key: "another",
                ..trusted()
            },
        ];
        for other in others {
            assert!(judge(&other, then()).is_err(), "{other:?}");
        }
    }
}

#[test]
fn a_token_lives_no_longer_than_the_credentials_that_signed_it() {
    let signer = Signer::new("eu-west-1", None);
    let expires = |end: Option<Duration>| {
        let end = end.map(|left| then() + left);
        let token = signer.sign(&credentials(Some(SESSION), end), then());
        token.map(|token| token.expires().duration_since(then()).unwrap())
    };
    assert_eq!(expires(None).unwrap(), LIFETIME);
    assert_eq!(expires(Some(Duration::from_hours(6))).unwrap(), LIFETIME);
    assert_eq!(
        expires(Some(Duration::from_mins(4))).unwrap(),
        Duration::from_mins(4)
    );
    assert!(expires(Some(Duration::ZERO)).is_err());
}

#[test]
fn another_host_may_be_signed_for() {
    let signer = Signer::new("cn-north-1", Some("kafka.cn-north-1.amazonaws.com.cn"));
    let url = url_of(&signer, &credentials(None, None));
    assert!(
        url.starts_with("https://kafka.cn-north-1.amazonaws.com.cn/?"),
        "{url}"
    );
}

#[test]
fn neither_token_nor_credentials_are_shown() {
    let signer = Signer::new("eu-west-1", None);
    let token = signer
        .sign(&credentials(Some(SESSION), None), then())
        .unwrap();
    let shown = format!(
        "{token:?} {:?}",
        signer.sign(&credentials(None, Some(then())), then())
    );
    for secret in [token.expose(), SECRET, SESSION] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
