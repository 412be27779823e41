//! The admin port over a real socket.

use runtime::admin::{self, AllowedHosts};
use runtime::telemetry::Telemetry;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

struct Port {
    address: SocketAddr,
    telemetry: Telemetry,
    _until: tokio_util::sync::DropGuard,
}

async fn open() -> Port {
    let telemetry = Telemetry::new("little");
    let router = admin::guard(
        admin::routes(&telemetry),
        AllowedHosts::new(&["little".to_owned()]),
    );
    let (listener, address) = admin::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .unwrap();
    let until = CancellationToken::new();
    let serving = admin::serve(listener, router, until.clone());
    #[expect(clippy::disallowed_methods, reason = "the server of this test")]
    tokio::spawn(serving);
    Port {
        address,
        telemetry,
        _until: until.drop_guard(),
    }
}

impl Port {
    /// Sends a request with these headers; gives the status and the whole answer.
    async fn ask(&self, request: &str, headers: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let text = format!(
            "{request} HTTP/1.1\r\n{headers}Connection: close\r\nContent-Length: 0\r\n\r\n"
        );
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        (answer[9..12].parse().unwrap(), answer)
    }
}

#[tokio::test]
async fn readiness_follows_start_latches_and_drain() {
    let port = open().await;
    let host = "Host: localhost\r\n";
    let latch = port.telemetry.health().latch("broker");
    assert_eq!(port.ask("GET /live", host).await.0, 200);
    assert_eq!(port.ask("GET /startup", host).await.0, 503);
    assert_eq!(port.ask("GET /ready", host).await.0, 503);
    port.telemetry.health().started();
    latch.set(true);
    assert_eq!(port.ask("GET /startup", host).await.0, 200);
    assert_eq!(port.ask("GET /ready", host).await.0, 200);
    assert_eq!(port.ask("HEAD /ready", host).await.0, 200);
    port.telemetry.health().draining("signal");
    let (status, body) = port.ask("GET /ready", host).await;
    assert_eq!(status, 503);
    assert!(body.contains("\"broker\":true"), "{body}");
    assert_eq!(port.ask("GET /live", host).await.0, 200);
}

#[tokio::test]
async fn foreign_hosts_and_origins_are_refused() {
    let port = open().await;
    for host in ["evil.example", "little.evil.example:9464", ""] {
        assert_eq!(
            port.ask("GET /metrics", &format!("Host: {host}\r\n"))
                .await
                .0,
            403,
            "{host}"
        );
    }
    assert_eq!(
        port.ask("GET /metrics", "Host: little:9464\r\n").await.0,
        200
    );
    let foreign = "Host: localhost:1\r\nOrigin: http://evil.example\r\n";
    assert_eq!(port.ask("PUT /log-level", foreign).await.0, 403);
    assert_eq!(
        port.ask("GET /metrics", foreign).await.0,
        200,
        "reading is no change"
    );
    let own = "Host: localhost:1\r\nOrigin: http://localhost:1\r\n";
    assert_ne!(port.ask("PUT /log-level", own).await.0, 403);
}

#[tokio::test]
async fn metrics_are_prometheus_text_with_the_process_itself() {
    let port = open().await;
    let (status, body) = port.ask("GET /metrics", "Host: 127.0.0.1\r\n").await;
    assert_eq!(status, 200);
    assert!(body.contains("content-type: text/plain"), "{body}");
    for name in [
        "process_resident_memory_bytes ",
        "process_cpu_seconds_total ",
        "gluestream_up_state 0",
        "gluestream_build_info{",
    ] {
        assert!(body.contains(name), "{name} is missing");
    }
}

#[tokio::test]
async fn state_version_and_page_are_there_and_escaped() {
    let port = open().await;
    let host = "Host: localhost\r\n";
    port.telemetry
        .publish("part", || serde_json::json!({ "name": "<b>" }));
    let (_, state) = port.ask("GET /state", host).await;
    assert!(state.contains("\"part\":{\"name\":\"<b>\"}"), "{state}");
    let (_, page) = port.ask("GET /", host).await;
    assert!(
        page.contains("content-security-policy: default-src 'self'"),
        "{page}"
    );
    assert!(
        page.contains("&lt;b&gt;") && !page.contains("<b>"),
        "{page}"
    );
    let (_, version) = port.ask("GET /version", host).await;
    assert!(version.contains("\"binary\":\"little\""), "{version}");
    assert_eq!(port.ask("GET /nothing", host).await.0, 404);
}
