//! A client that says exactly what it is told to.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::app::PATIENCE;

/// An answer.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("answers are JSON")
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(':'));
        let (_, value) = lines.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(value.trim())
    }

    /// The end of a problem's type, which has to agree with the status.
    pub(crate) fn problem(&self) -> String {
        let problem = self.json();
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{self:?}"
        );
        assert_eq!(problem["status"], self.status, "{problem}");
        let name = problem["type"].as_str().expect("a type");
        let name = name.strip_prefix("urn:gluestream:problem:");
        name.expect("a type of ours").to_owned()
    }
}

/// A connection.
pub(crate) struct Line<S>(pub(crate) S);

impl Line<TcpStream> {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self(TcpStream::connect(address).await.expect("it listens"))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Line<S> {
    /// Writes bytes as they are.
    pub(crate) async fn say(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.expect("the line is open");
        self.0.flush().await.expect("the line is open");
    }

    /// Sends a request with a body; its length is said unless a header says otherwise.
    pub(crate) async fn send(&mut self, start: &str, headers: &[(&str, &str)], body: &[u8]) {
        let mut head = format!("{start} HTTP/1.1\r\n");
        let says = |name: &str| {
            headers
                .iter()
                .any(|(known, _)| known.eq_ignore_ascii_case(name))
        };
        if !says("host") {
            head.push_str("Host: localhost\r\n");
        }
        if !says("content-length") && !says("transfer-encoding") {
            write!(head, "Content-Length: {}\r\n", body.len()).expect("texts grow");
        }
        for (name, value) in headers {
            write!(head, "{name}: {value}\r\n").expect("texts grow");
        }
        head.push_str("\r\n");
        self.say(&[head.as_bytes(), body].concat()).await;
    }

    /// Reads one answer; nothing if the line ends before.
    pub(crate) async fn hear(&mut self) -> Option<Asked> {
        timeout(PATIENCE, self.read())
            .await
            .expect("an answer, or the end")
    }

    async fn read(&mut self) -> Option<Asked> {
        let mut read = Vec::new();
        let end = loop {
            if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            let mut byte = [0];
            match self.0.read(&mut byte).await {
                Ok(1) => read.push(byte[0]),
                _ => return None,
            }
        };
        let head = String::from_utf8(read[..end].to_vec()).expect("heads are text");
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let mut asked = Asked {
            status,
            head,
            body: Vec::new(),
        };
        let length = asked.header("content-length")?.parse().ok()?;
        asked.body.resize(length, 0);
        self.0.read_exact(&mut asked.body).await.ok()?;
        Some(asked)
    }

    /// Waits until the other side ends the line; what comes before is thrown away.
    pub(crate) async fn end(&mut self) -> Duration {
        let began = tokio::time::Instant::now();
        let mut rest = Vec::new();
        let ended = timeout(PATIENCE, self.0.read_to_end(&mut rest)).await;
        // Reset or closed in good order.
        drop(ended.expect("the line ends"));
        began.elapsed()
    }
}

/// Posts records over a line of its own.
pub(crate) async fn post(address: SocketAddr, headers: &[(&str, &str)], body: &[u8]) -> Asked {
    let mut line = Line::open(address).await;
    line.send("POST /records", headers, body).await;
    line.hear().await.expect("an answer")
}
