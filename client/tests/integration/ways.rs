//! The ways in, each as the broker and as the client know it.

use std::time::Duration;

use crate::front::{Login, pem};
use crate::sigv4::Trusted;

pub(crate) const SECRET: &str = "secret/of+a=test";
/// AWS credentials, as the environment gives them.
pub(crate) const ACCOUNT: [(&str, &str); 4] = [
    ("AWS_ACCESS_KEY_ID", "AKIDTEST"),
    ("AWS_SECRET_ACCESS_KEY", SECRET),
    ("AWS_SESSION_TOKEN", "session/of+a=test"),
    ("AWS_REGION", "eu-west-1"),
];

/// Whom the broker trusts: [`ACCOUNT`].
pub(crate) fn trusted() -> Trusted {
    Trusted {
        region: "eu-west-1",
        access_key: "AKIDTEST",
        secret_key: SECRET,
        ahead: Duration::ZERO,
    }
}

/// What a client is told for each way.
pub(crate) fn told(way: &str) -> Vec<(&'static str, String)> {
    let text = str::to_owned;
    let mut told = vec![
        ("kafka.auth", text(way)),
        ("kafka.ca_file", pem("ca.pem")),
        ("kafka.properties.broker.address.family", text("v4")),
        // The stub keeps each region's schemas apart, and `ACCOUNT` names another.
        ("registry.region", text("us-east-1")),
        ("startup.timeout", text("30s")),
    ];
    match way {
        "mtls" => {
            told.push(("kafka.client_certificate_file", pem("client.pem")));
            told.push(("kafka.client_key_file", pem("client.key")));
        }
        "scram-sha-512" => {
            told.push(("kafka.username", text("us")));
            told.push(("kafka.password", text(SECRET)));
        }
        _ => {}
    }
    told
}

/// Every way, and a broker that takes it.
pub(crate) fn open() -> [(&'static str, Login); 4] {
    [
        ("tls", Login::Anybody),
        ("mtls", Login::Certificate),
        ("scram-sha-512", Login::Password("us", SECRET)),
        ("msk-iam", Login::Token(vec![trusted()], 0)),
    ]
}

/// A client that is not let in.
pub(crate) struct Refused {
    pub(crate) way: &'static str,
    pub(crate) login: Login,
    /// The broker's certificate.
    pub(crate) certificate: &'static str,
    /// Over what it is told otherwise.
    pub(crate) told: Vec<(&'static str, String)>,
    pub(crate) account: Vec<(&'static str, &'static str)>,
    /// What it says at its end.
    pub(crate) says: &'static str,
}

/// Clients with a wrong token, password or certificate, and clients before a wrong broker.
pub(crate) fn refused() -> Vec<Refused> {
    let by_token = |trusted: Trusted, says: &'static str| Refused {
        way: "msk-iam",
        login: Login::Token(vec![trusted], 0),
        certificate: "server",
        told: Vec::new(),
        account: ACCOUNT.to_vec(),
        says,
    };
    let wrong = |way: &'static str, login: Login, says: &'static str| Refused {
        way,
        login,
        ..by_token(trusted(), says)
    };
    let late = Trusted {
        ahead: Duration::from_mins(16),
        ..trusted()
    };
    let region = Trusted {
        region: "us-east-1",
        ..trusted()
    };
    let key = Trusted {
        secret_key: "another",
        ..trusted()
    };
    vec![
        by_token(region, "Access denied: X-Amz-Credential is"),
        by_token(key, "Access denied: the signature is another"),
        by_token(late, "s old"),
        Refused {
            account: vec![
                ("AWS_REGION", "eu-west-1"),
                ("AWS_EC2_METADATA_DISABLED", "true"),
            ],
            ..by_token(trusted(), "no AWS credentials")
        },
        wrong(
            "scram-sha-512",
            Login::Password("us", "another"),
            "Access denied: another password",
        ),
        Refused {
            told: vec![("kafka.ca_file", pem("other-ca.pem"))],
            ..wrong("tls", Login::Anybody, "certificate verify failed")
        },
        Refused {
            certificate: "elsewhere",
            ..wrong("tls", Login::Anybody, "certificate verify failed")
        },
        wrong("tls", Login::Certificate, "certificate required"),
    ]
}
