//! A stub in this process, and the smallest HTTP client that can talk to it.

use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

use registry_stub::{Stub, StubConfig};
use runtime::config::{Reader, Sources};
use runtime::lifecycle::{Cause, Exit, Failure, Tasks};
use runtime::telemetry::Telemetry;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An Avro definition that is valid; `name` makes it unlike others.
pub(crate) fn avro(name: &str) -> String {
    json!({"type": "record", "name": name, "fields": [{"name": "id", "type": "string"}]})
        .to_string()
}

/// The names of an answer's members, in their order.
pub(crate) fn members(value: &Value) -> String {
    let names: Vec<&str> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.join(" ")
}

/// Whether this is a time such as `2026-11-22T05:19:21.123Z`.
pub(crate) fn is_time(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default().as_bytes();
    text.len() == 24 && text[10] == b'T' && text[19] == b'.' && text[23] == b'Z'
}

/// A stub with a store of its own.
pub(crate) struct App {
    pub(crate) stub: Stub,
    tasks: Tasks,
}

/// What the stub answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl App {
    /// A stub in memory with default settings.
    pub(crate) async fn start() -> Self {
        Self::with([("stub.region", "us-east-1")]).await
    }

    /// A stub on a free port with these settings.
    pub(crate) async fn with<const N: usize>(pairs: [(&str, &str); N]) -> Self {
        Self::try_with(pairs).await.unwrap()
    }

    /// The same, when the start may fail.
    pub(crate) async fn try_with<const N: usize>(
        pairs: [(&str, &str); N],
    ) -> Result<Self, Failure> {
        let sources =
            Sources::from_pairs([("stub.listen", "127.0.0.1:0")].into_iter().chain(pairs));
        let config: StubConfig = Reader::load(&sources).unwrap().config;
        let (tasks, telemetry) = (Tasks::new(), Telemetry::new("registry-stub"));
        let stub = registry_stub::start(config, tasks.clone(), telemetry.clone()).await?;
        telemetry.health().started();
        Ok(Self { stub, tasks })
    }

    /// Calls an operation of the API.
    pub(crate) async fn call(&self, operation: &str, input: Value) -> Answer {
        call(self.stub.address, operation, &input).await
    }

    /// Calls an operation that must succeed.
    pub(crate) async fn ok(&self, operation: &str, input: Value) -> Value {
        self.call(operation, input).await.ok()
    }

    /// Calls an operation that must be refused; its exception and message.
    pub(crate) async fn refused(&self, operation: &str, input: Value) -> (String, String) {
        self.call(operation, input).await.refused()
    }

    /// Creates a registry and a schema with one version in it; the version's id.
    pub(crate) async fn create(&self, registry: &str, schema: &str, definition: &str) -> String {
        self.ok("CreateRegistry", json!({"RegistryName": registry}))
            .await;
        let created = self
            .ok(
                "CreateSchema",
                json!({"RegistryId": {"RegistryName": registry}, "SchemaName": schema, "DataFormat": "AVRO", "Compatibility": "BACKWARD", "SchemaDefinition": definition}),
            )
            .await;
        created["SchemaVersionId"].as_str().unwrap().to_owned()
    }

    /// Registers a definition.
    pub(crate) async fn register(&self, registry: &str, schema: &str, definition: &str) -> Answer {
        let id = json!({"RegistryName": registry, "SchemaName": schema});
        self.call(
            "RegisterSchemaVersion",
            json!({"SchemaId": id, "SchemaDefinition": definition}),
        )
        .await
    }

    /// Drains the stub and waits for its end.
    pub(crate) async fn stop(self) {
        self.tasks.drain(Cause::Finished);
        assert_eq!(
            self.tasks.finished(Duration::from_secs(10)).await.exit,
            Exit::Done
        );
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.json()
    }

    pub(crate) fn refused(self) -> (String, String) {
        let body = self.json();
        let text = |member: &str| body[member].as_str().unwrap_or_default().to_owned();
        let wanted = if text("__type") == "InternalServiceException" {
            500
        } else {
            400
        };
        assert_eq!(self.status, wanted, "{}", self.body);
        (text("__type"), text("Message"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let lines = self
            .head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "));
        lines
            .into_iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned())
    }
}

/// Calls an operation of the API at an address.
pub(crate) async fn call(address: SocketAddr, operation: &str, input: &Value) -> Answer {
    let target = format!("X-Amz-Target: AWSGlue.{operation}");
    send(
        address,
        "POST",
        "/",
        &[&target, "Content-Type: application/x-amz-json-1.1"],
        input.to_string().as_bytes(),
    )
    .await
}

/// Sends one request on a connection of its own.
pub(crate) async fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[&str],
    body: &[u8],
) -> Answer {
    try_send(address, method, path, headers, body)
        .await
        .unwrap()
}

/// The same, when the stub may be gone.
pub(crate) async fn try_send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[&str],
    body: &[u8],
) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(address).await?;
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    if !headers.iter().any(|header| header.starts_with("Host:")) {
        write!(head, "Host: {address}\r\n").unwrap();
    }
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).await?;
    // A stub that refuses early may close before it has read everything.
    stream.write_all(body).await.ok();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let answer = String::from_utf8(answer).map_err(std::io::Error::other)?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .ok_or(std::io::ErrorKind::UnexpectedEof)?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let status = status.ok_or(std::io::ErrorKind::InvalidData)?;
    Ok(Answer {
        status,
        head: head.to_owned(),
        body: body.to_owned(),
    })
}
