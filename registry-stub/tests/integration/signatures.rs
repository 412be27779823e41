//! Signed requests of the AWS SDK where signatures are checked.

use aws_sdk_glue::Client;
use aws_sdk_glue::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_glue::error::ProvideErrorMetadata;
use runtime::config::{Reader, Sources};
use serde_json::json;

use crate::harness::{App, send};

const SETTINGS: [(&str, &str); 3] = [
    ("stub.auth", "verify"),
    ("stub.access_key_id", "AKID"),
    ("stub.secret_access_key", "right"),
];

fn client(app: &App, credentials: Credentials, path: &str) -> Client {
    let config = aws_sdk_glue::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(format!("{}{path}", app.stub.url()))
        .region(Region::new("eu-west-1"))
        .credentials_provider(credentials)
        .build();
    Client::from_conf(config)
}

#[tokio::test]
async fn the_right_keys_open_and_wrong_ones_do_not() {
    let app = App::with(SETTINGS).await;
    let keys = |id: &str, secret: &str, token: Option<&str>| {
        Credentials::new(id, secret, token.map(str::to_owned), None, "test")
    };
    for (path, token) in [
        ("", None),
        ("/base/path/", None),
        ("/a%20b", None),
        ("", Some("a session token")),
    ] {
        let glue = client(&app, keys("AKID", "right", token), path);
        glue.list_registries().send().await.unwrap();
        let name = format!("r{}{}", path.len(), token.is_some());
        let created = glue.create_registry().registry_name(name).send();
        let arn = created.await.unwrap().registry_arn.unwrap();
        assert!(arn.starts_with("arn:aws:glue:eu-west-1:"), "{arn}");
    }
    for (id, secret, code) in [
        ("AKID", "wrong", "InvalidSignatureException"),
        ("OTHER", "right", "UnrecognizedClientException"),
    ] {
        let glue = client(&app, keys(id, secret, None), "");
        let error = glue.list_registries().send().await.unwrap_err();
        assert_eq!(error.code(), Some(code));
    }
}

#[tokio::test]
async fn unsigned_requests_are_refused_and_pages_and_probes_are_not() {
    let app = App::with(SETTINGS).await;
    for operation in ["ListRegistries", "NoSuchOperation"] {
        let answer = app.call(operation, json!({})).await;
        assert_eq!(answer.status, 400);
        assert_eq!(
            answer.body,
            r#"{"__type":"MissingAuthenticationTokenException","Message":"Missing Authentication Token"}"#
        );
    }
    for path in ["/live", "/ready", "/metrics", "/", "/_stub/faults"] {
        let answer = send(app.stub.address, "GET", path, &[], b"").await;
        assert_eq!(answer.status, 200, "{path}");
    }
}

#[tokio::test]
async fn keys_belong_to_the_check_and_the_check_needs_them() {
    let problems = |pairs: &[(&str, &str)]| {
        let sources = Sources::from_pairs(pairs.iter().copied());
        let loaded = Reader::load::<registry_stub::StubConfig>(&sources);
        loaded.map_or_else(|problems| problems.to_string(), |_| String::new())
    };
    let text = problems(&[("stub.auth", "verify")]);
    for key in ["stub.access_key_id: ", "stub.secret_access_key: "] {
        assert!(text.contains(key), "{text}");
    }
    let text = problems(&SETTINGS[1..]);
    assert!(
        text.contains("stub.secret_access_key: it is used under"),
        "{text}"
    );
    let sources = Sources::from_pairs(SETTINGS);
    let settings = Reader::load::<registry_stub::StubConfig>(&sources).unwrap();
    assert!(
        !format!("{settings:?}").contains("right"),
        "the secret shows"
    );
}
