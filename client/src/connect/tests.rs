//! Tests of the start against a registry that answers as told.

use common::registry::{DataFormat, SchemaVersion};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::*;
use crate::registry::Credentials;

const DENIED: &str = "AccessDeniedException";
const NOT_FOUND: &str = "EntityNotFoundException";

/// Answers each request with the next error; the last one stays.
async fn serve(listener: TcpListener, errors: &[&str]) {
    for at in 0.. {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !String::from_utf8_lossy(&request).contains("SchemaVersionId") {
            assert!(stream.read_buf(&mut request).await.unwrap() > 0);
        }
        let body = format!(r#"{{"__type":"{}"}}"#, errors[at.min(errors.len() - 1)]);
        let answer = format!(
            "HTTP/1.1 400 Bad Request\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(answer.as_bytes()).await.unwrap();
    }
}

/// A registry that answers with these errors, the configuration for it, and whatever else has to stay.
async fn registry(errors: &'static [&str]) -> (RegistryConfig, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut server = JoinSet::new();
    server.spawn(serve(listener, errors));
    let config = RegistryConfig {
        endpoint: Some(format!("http://{address}")),
        credentials: Credentials::Anonymous,
        timeout: Duration::from_millis(500),
        ..crate::registry::tests::defaults()
    };
    (config, server)
}

/// Has a version in a snapshot of the configured registry; the file is in a folder of its own.
async fn with_snapshot(config: &mut RegistryConfig) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("connect-{}", Uuid::new_v4().simple()));
    std::fs::create_dir(&folder).unwrap();
    config.cache.snapshot = Some(folder.join("schemas"));
    let service = aws::glue_client(config).await.unwrap().service;
    let version = SchemaVersion::unregistered(DataFormat::Avro, "\"int\"".to_owned());
    let snapshot = Snapshot::open(config, &service).unwrap();
    snapshot.save(vec![version]).await;
    folder
}

async fn open(config: &RegistryConfig) -> Result<Connected, Failure> {
    let metrics = RegistryMetrics::unregistered();
    Connected::open(config, &metrics, Duration::from_secs(30)).await
}

#[tokio::test]
async fn a_registry_that_refuses_us_for_a_while_is_asked_until_it_does_not() {
    let (config, _server) = registry(&[DENIED, DENIED, NOT_FOUND]).await;
    let connected = Connected {
        registry: client(&config, &RegistryMetrics::unregistered())
            .await
            .unwrap()
            .0,
        snapshot: None,
        degraded: Arc::new(AtomicBool::new(true)),
        metrics: RegistryMetrics::unregistered(),
    };
    let recovery = connected.recover(Duration::from_millis(1));
    tokio::time::timeout(Duration::from_secs(30), recovery)
        .await
        .expect("it goes on asking");
    assert!(!connected.is_degraded());
}

#[tokio::test]
async fn a_snapshot_stands_in_for_a_registry_that_answers_nonsense_but_not_for_a_refusal() {
    for (errors, exit) in [
        (&["UnknownOperationException"][..], None),
        (&["InternalServiceException"], None),
        (&[DENIED], Some(Exit::Authentication)),
    ] {
        let (mut config, _server) = registry(errors).await;
        let folder = with_snapshot(&mut config).await;
        let connected = open(&config).await;
        let degraded = connected.as_ref().ok().map(Connected::is_degraded);
        assert_eq!(degraded, exit.is_none().then_some(true), "{errors:?}");
        assert_eq!(connected.err().map(|failure| failure.exit), exit);
        std::fs::remove_dir_all(folder).unwrap();
    }
}

#[tokio::test]
async fn a_snapshot_of_another_registry_service_stands_in_for_nothing() {
    let (mut config, _server) = registry(&[NOT_FOUND]).await;
    let folder = with_snapshot(&mut config).await;
    assert_eq!(
        open(&config)
            .await
            .unwrap()
            .snapshot
            .unwrap()
            .versions()
            .len(),
        1
    );
    config.region = Some("eu-west-3".to_owned());
    let elsewhere = open(&config).await.unwrap().snapshot.unwrap();
    assert!(elsewhere.versions().is_empty());
    std::fs::remove_dir_all(folder).unwrap();
}
