//! The admin port over a real socket.

use runtime::admin::{self, AllowedHosts};
use runtime::config::{Admin, Base, Config, Reader, Sources};
use runtime::telemetry::Telemetry;
use runtime::telemetry::board::{Board, Column, Fact, Form, Table};
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
async fn state_and_version_are_json() {
    let port = open().await;
    let host = "Host: localhost\r\n";
    port.telemetry
        .publish("part", || serde_json::json!({ "name": "<b>" }));
    port.telemetry.troubles().note("transport", "gone");
    let (_, state) = port.ask("GET /state", host).await;
    assert!(state.contains("\"part\":{\"name\":\"<b>\"}"), "{state}");
    assert!(
        state.contains("\"kind\":\"transport\",\"said\":\"gone\",\"times\":1"),
        "{state}"
    );
    let (_, version) = port.ask("GET /version", host).await;
    assert!(version.contains("\"binary\":\"little\""), "{version}");
    assert_eq!(port.ask("GET /nothing", host).await.0, 404);
}

/// The name of everything that the page of these tests is about.
const HOSTILE: &str = "<script>'&\"</script>";
const ESCAPED: &str = "&lt;script&gt;&#39;&amp;&quot;&lt;/script&gt;";

static BOARD: Board = Board {
    facts: &[Fact {
        label: "Sent",
        at: "/part/sent",
        form: Form::Number("records"),
    }],
    tables: &[Table {
        id: "rows",
        title: "Rows",
        caption: "All rows.",
        at: "/part/rows",
        none: "No row.",
        columns: &[Column {
            label: "Name",
            key: "name",
            form: Form::Text,
        }],
    }],
    checks: &[("broker", "a broker is there")],
};

#[tokio::test]
async fn the_page_shows_everything_escaped_and_runs_nothing_of_its_own() {
    let port = open().await;
    let telemetry = &port.telemetry;
    telemetry.present(HOSTILE, &BOARD);
    telemetry.publish(
        "part",
        || serde_json::json!({ "sent": 12_345, "rows": [{ "name": HOSTILE }] }),
    );
    telemetry.troubles().note("other", HOSTILE);
    let broker = telemetry.health().latch("broker");
    telemetry.health().started();
    let (status, page) = port.ask("GET /", "Host: localhost\r\n").await;
    assert_eq!(status, 200);
    for text in [
        "content-security-policy: default-src 'self'\r\n",
        "cache-control: no-store\r\n",
        &format!("<title>little {ESCAPED}: starting</title>"),
        &format!("<h1>little {ESCAPED}: starting</h1>"),
        "not ready: broker",
        "a broker is there: not for 0 s",
        "<dt>Sent</dt><dd>12,345 records</dd>",
        &format!("<td role=\"cell\" data-label=\"Name\">{ESCAPED}</td>"),
        &format!("<td role=\"cell\" data-label=\"What was said\">{ESCAPED}</td>"),
        "<caption>All rows.</caption>",
        "<th role=\"columnheader\" scope=\"col\">Name</th>",
        "<a href=\"#rows\">Rows</a>",
        "<script type=\"module\" src=\"/page.js\"></script>",
    ] {
        assert!(page.contains(text), "{text} is missing: {page}");
    }
    assert_eq!(page.matches("<script").count(), 1, "{page}");
    assert!(!page.contains("style="), "{page}");
    broker.set(true);
    let (_, page) = port.ask("GET /", "Host: localhost\r\n").await;
    assert!(
        page.contains(&format!("{ESCAPED}: ready</title>")),
        "{page}"
    );
    telemetry.health().draining("signal");
    let (_, page) = port.ask("GET /", "Host: localhost\r\n").await;
    assert!(page.contains("draining for 0 s: signal"), "{page}");
}

#[tokio::test]
async fn the_page_and_its_files_are_there_for_head_and_for_allowed_hosts_only() {
    let port = open().await;
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/style.css", "text/css; charset=utf-8"),
        ("/page.js", "text/javascript; charset=utf-8"),
        ("/config", "text/plain; charset=utf-8"),
    ] {
        let (status, head) = port
            .ask(&format!("HEAD {path}"), "Host: localhost\r\n")
            .await;
        assert_eq!(status, 200, "{path}");
        assert!(
            head.contains(&format!("content-type: {kind}\r\n")),
            "{head}"
        );
        assert!(head.ends_with("\r\n\r\n"), "{head}");
        let (status, _) = port
            .ask(&format!("GET {path}"), "Host: evil.example\r\n")
            .await;
        assert_eq!(status, 403, "{path}");
    }
}

/// A binary that has little to configure.
struct Little(Base);

impl Config for Little {
    const BINARY: &'static str = "little";

    fn read(reader: &mut Reader) -> Self {
        drop(reader.section("kafka").map("properties", "What else."));
        Self(Base::read(reader))
    }

    fn base(&self) -> &Base {
        &self.0
    }

    fn admin(&self) -> Option<&Admin> {
        None
    }

    fn listen(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 0))
    }
}

#[tokio::test]
async fn the_configuration_is_there_with_its_origins_and_without_secrets() {
    let port = open().await;
    let pairs = [
        ("kafka.properties.ssl.key.password", "hunter2"),
        ("kafka.properties.linger.ms", HOSTILE),
        ("log.level", "debug"),
    ];
    let settings = Reader::load::<Little>(&Sources::from_pairs(pairs)).unwrap();
    port.telemetry.configured(settings.effective);
    let host = "Host: localhost\r\n";
    let (_, config) = port.ask("GET /config", host).await;
    for line in [
        "level = \"debug\"  # --set",
        "timeout = \"60s\"  # default",
        "properties.\"ssl.key.password\" = \"***\"  # --set",
    ] {
        assert!(config.contains(line), "{config}");
    }
    let (_, page) = port.ask("GET /", host).await;
    for text in [
        ">log.level</td>",
        ">startup.timeout</td>",
        ">--set</td>",
        "&lt;script&gt;",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("hunter2") && !config.contains("hunter2"));
    assert_eq!(page.matches("<script").count(), 1, "{page}");
}
