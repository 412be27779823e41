//! A webhook's other end: takes requests, keeps them, and answers as a test wants.

use crate::front::pem;
use runtime::lifecycle::{Cause, Tasks};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto};

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Method and target.
    pub(crate) line: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
    pub(crate) at: Instant,
    /// What it was answered; nothing where it was not.
    pub(crate) status: Option<u16>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The records in the body.
    pub(crate) fn records(&self) -> Vec<Value> {
        let mut text = String::new();
        if self.header("content-encoding") == "gzip" {
            #[expect(clippy::disallowed_types, reason = "a test's own records")]
            let mut decoder = flate2::read::MultiGzDecoder::new(self.body.as_slice());
            decoder.read_to_string(&mut text).unwrap();
        } else {
            text.push_str(std::str::from_utf8(&self.body).unwrap());
        }
        if self.header("content-type") == "application/json" {
            return serde_json::from_str(&text).unwrap();
        }
        assert_eq!(self.header("content-type"), "application/x-ndjson");
        assert!(text.ends_with('\n'), "{text}");
        let lines = text.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Partition and offset of each record.
    pub(crate) fn places(&self) -> Vec<(i64, i64)> {
        let number = |record: &Value, field: &str| record[field].as_i64().unwrap();
        let records = self.records();
        let places = records.iter();
        places
            .map(|record| (number(record, "partition"), number(record, "offset")))
            .collect()
    }
}

/// What a request is answered.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Status(u16),
    /// A status and a header.
    With(u16, &'static str, String),
    /// Nothing, for as long as the connection lasts.
    Silence,
}

type Answers = Arc<dyn Fn(usize, &Request) -> Reply + Send + Sync>;

/// See the module's words.
pub(crate) struct Receiver {
    pub(crate) url: String,
    kept: Arc<Kept>,
    tasks: Tasks,
}

#[derive(Debug, Default)]
struct Kept {
    requests: Mutex<Vec<Request>>,
    /// Connections that ended while nothing was answered.
    gone: AtomicUsize,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.tasks.drain(Cause::Finished);
    }
}

impl Receiver {
    /// Opens; `answers` is asked with the number of the request, from 0 on.
    pub(crate) async fn open(
        answers: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::open_at(listener, None, answers)
    }

    /// Opens with TLS, as `localhost`.
    pub(crate) async fn open_with_tls(
        answers: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::open_at(listener, Some(acceptor()), answers)
    }

    pub(crate) fn open_at(
        listener: TcpListener,
        acceptor: Option<TlsAcceptor>,
        answers: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let port = listener.local_addr().unwrap().port();
        let scheme = acceptor.as_ref().map_or("http", |_| "https");
        let receiver = Self {
            url: format!("{scheme}://localhost:{port}/records?code=of-the-query"),
            kept: Arc::default(),
            tasks: Tasks::new(),
        };
        let (tasks, kept) = (receiver.tasks.clone(), Arc::clone(&receiver.kept));
        let answers: Answers = Arc::new(answers);
        receiver.tasks.spawn("receiver", async move {
            loop {
                let socket = tokio::select! {
                    accepted = listener.accept() => accepted.unwrap().0,
                    () = tasks.draining().cancelled() => return Ok(()),
                };
                let (kept, answers) = (Arc::clone(&kept), Arc::clone(&answers));
                let (acceptor, draining) = (acceptor.clone(), tasks.draining().clone());
                tasks.spawn("sender", async move {
                    tokio::select! {
                        _ = serve(socket, acceptor, &kept, &answers) => {}
                        () = draining.cancelled() => {}
                    }
                    Ok(())
                });
            }
        });
        receiver
    }

    /// All requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.kept.requests.lock().unwrap().clone()
    }

    /// How many there were.
    pub(crate) fn count(&self) -> usize {
        self.kept.requests.lock().unwrap().len()
    }

    /// Connections that ended while nothing was answered.
    pub(crate) fn gone(&self) -> usize {
        self.kept.gone.load(Ordering::SeqCst)
    }

    /// Partition and offset of each record that was answered with 200, in their order.
    pub(crate) fn taken(&self) -> Vec<(i64, i64)> {
        let requests = self.requests().into_iter();
        let taken = requests.filter(|request| request.status == Some(200));
        taken.flat_map(|request| request.places()).collect()
    }
}

fn acceptor() -> TlsAcceptor {
    let chain = CertificateDer::from_pem_file(pem("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(pem("server.key")).unwrap();
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![chain], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn serve(
    socket: TcpStream,
    acceptor: Option<TlsAcceptor>,
    kept: &Kept,
    answers: &Answers,
) -> std::io::Result<()> {
    match acceptor {
        None => talk(socket, kept, answers).await,
        Some(acceptor) => talk(acceptor.accept(socket).await?, kept, answers).await,
    }
}

async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    kept: &Kept,
    answers: &Answers,
) -> std::io::Result<()> {
    while let Some(mut request) = read(&mut stream).await? {
        let number = kept.requests.lock().unwrap().len();
        let reply = answers(number, &request);
        let (status, header) = match &reply {
            Reply::Status(status) => (Some(*status), String::new()),
            Reply::With(status, name, value) => (Some(*status), format!("{name}: {value}\r\n")),
            Reply::Silence => (None, String::new()),
        };
        request.status = status;
        kept.requests.lock().unwrap().push(request);
        let Some(status) = status else {
            // Until the other end goes.
            stream.read_u8().await.ok();
            kept.gone.fetch_add(1, Ordering::SeqCst);
            return Ok(());
        };
        let body = "what was sent: of-the-answer";
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status} Of-the-reason\r\n{header}Content-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

/// Reads a request; nothing when the other end has closed.
async fn read<S: AsyncRead + Unpin>(stream: &mut S) -> std::io::Result<Option<Request>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return Ok(None),
        }
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.lines();
    let line = lines.next().unwrap().to_owned();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length");
    let length = length.map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(Some(Request {
        line,
        headers,
        body,
        at: Instant::now(),
        status: None,
    }))
}
