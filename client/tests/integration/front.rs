//! A broker's door before the mock cluster, which has none: TLS, and the few requests of a SASL login.
//!
//! Everything else is handed on, to the cluster and back. `ApiVersions` gets the two requests added that the cluster
//! does not know.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use client::kafka::mock::MockCluster;
use runtime::lifecycle::{Cause, Tasks};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex as Turn;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto};

use crate::scram::Scram;
use crate::sigv4::{Trusted, verify};

const VERSIONS: i16 = 18;
const HANDSHAKE: i16 = 17;
const AUTHENTICATE: i16 = 36;
/// The error of a login that failed.
const REFUSED: i16 = 58;
/// No frame of a test is larger.
const MOST_BYTES: usize = 16 << 20;

/// Who is let in.
#[derive(Clone, Debug)]
pub(crate) enum Login {
    /// Whoever speaks TLS.
    Anybody,
    /// Whoever shows a certificate of ours.
    Certificate,
    /// Whoever has a token that one of these has signed, for so many milliseconds.
    Token(Vec<Trusted>, i64),
    /// Who knows the password.
    Password(&'static str, &'static str),
}

/// The door.
pub(crate) struct Front {
    /// Where clients knock.
    pub(crate) servers: String,
    pub(crate) seen: Arc<Seen>,
    tasks: Tasks,
}

/// What happened at the door.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) connections: AtomicUsize,
    pub(crate) logins: AtomicUsize,
    /// Who of the trusted signed the last token that was accepted.
    pub(crate) signer: AtomicUsize,
}

impl Drop for Front {
    fn drop(&mut self) {
        self.tasks.drain(Cause::Finished);
    }
}

impl Front {
    /// Opens before a cluster of one broker, with the certificate of this name; clients are led here from now on.
    pub(crate) async fn open(cluster: &MockCluster, login: Login, certificate: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let behind = cluster.bootstrap_servers();
        cluster.advertise(1, "localhost", port).unwrap();
        let front = Self {
            servers: format!("localhost:{port}"),
            seen: Arc::default(),
            tasks: Tasks::new(),
        };
        let acceptor = TlsAcceptor::from(Arc::new(tls(&login, certificate)));
        let (tasks, seen) = (front.tasks.clone(), Arc::clone(&front.seen));
        front.tasks.spawn("door", async move {
            let draining = tasks.draining().clone();
            loop {
                let socket = tokio::select! {
                    accepted = listener.accept() => accepted.unwrap().0,
                    () = draining.cancelled() => return Ok(()),
                };
                let guest = Guest {
                    login: login.clone(),
                    seen: Arc::clone(&seen),
                    behind: behind.clone(),
                };
                let (acceptor, draining) = (acceptor.clone(), draining.clone());
                tasks.spawn("guest", async move {
                    tokio::select! {
                        // A guest that goes, or is shown out, is no failure of the door.
                        _ = guest.serve(acceptor, socket) => {}
                        () = draining.cancelled() => {}
                    }
                    Ok(())
                });
            }
        });
        front
    }
}

/// The path of a file of test certificates.
pub(crate) fn pem(name: &str) -> String {
    format!(
        "{}/../client/tests/data/tls/{name}",
        env!("CARGO_MANIFEST_DIR")
    )
}

fn tls(login: &Login, certificate: &str) -> ServerConfig {
    let chain = CertificateDer::from_pem_file(pem(&format!("{certificate}.pem"))).unwrap();
    let key = PrivateKeyDer::from_pem_file(pem(&format!("{certificate}.key"))).unwrap();
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = if let Login::Certificate = login {
        let mut roots = RootCertStore::empty();
        let ours = CertificateDer::from_pem_file(pem("ca.pem")).unwrap();
        roots.add(ours).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        builder.with_client_cert_verifier(verifier.build().unwrap())
    } else {
        builder.with_no_client_auth()
    };
    builder.with_single_cert(vec![chain], key).unwrap()
}

/// One connection.
struct Guest {
    login: Login,
    seen: Arc<Seen>,
    behind: String,
}

impl Guest {
    async fn serve(self, acceptor: TlsAcceptor, socket: TcpStream) -> io::Result<()> {
        let stream = acceptor.accept(socket).await?;
        self.seen.connections.fetch_add(1, Ordering::Relaxed);
        let (mut from, to) = tokio::io::split(stream);
        let (mut back, mut on) = TcpStream::connect(&self.behind).await?.into_split();
        let (to, asked) = (Turn::new(to), Mutex::new(HashSet::new()));
        let there = async {
            let mut is_in = matches!(self.login, Login::Anybody | Login::Certificate);
            let mut scram = None;
            loop {
                let frame = read(&mut from).await?;
                let (kind, version) = (short(&frame, 0)?, short(&frame, 2)?);
                let answer = match kind {
                    HANDSHAKE => handshake(),
                    AUTHENTICATE => {
                        let (answer, good) = self.authenticate(&body(&frame)?, version, &mut scram);
                        is_in = good.unwrap_or(is_in);
                        answer
                    }
                    VERSIONS => {
                        asked.lock().unwrap().insert(frame[4..8].to_vec());
                        write(&mut on, &frame).await?;
                        continue;
                    }
                    _ if is_in => {
                        write(&mut on, &frame).await?;
                        continue;
                    }
                    _ => return Err(io::Error::other("not logged in")),
                };
                write(&mut *to.lock().await, &[&frame[4..8], &answer].concat()).await?;
            }
        };
        let again = async {
            loop {
                let mut frame = read(&mut back).await?;
                if asked.lock().unwrap().remove(&frame[..4]) {
                    add_versions(&mut frame);
                }
                write(&mut *to.lock().await, &frame).await?;
            }
        };
        tokio::select! { ended = there => ended, ended = again => ended }
    }

    /// Accepts a token that one of the trusted has signed.
    fn judge(&self, token: &str, trusted: &[Trusted]) -> Result<(String, bool), String> {
        let mut why = "nobody is trusted".to_owned();
        for (place, trusted) in trusted.iter().enumerate() {
            match verify(token, trusted, SystemTime::now()) {
                Ok(()) => {
                    self.seen.signer.store(place, Ordering::Relaxed);
                    return Ok((String::new(), true));
                }
                Err(error) => why = error,
            }
        }
        Err(why)
    }

    /// The answer to a step of a login, and whether it let the guest in or out.
    fn authenticate(
        &self,
        said: &[u8],
        version: i16,
        scram: &mut Option<Scram>,
    ) -> (Vec<u8>, Option<bool>) {
        let text = String::from_utf8_lossy(said);
        let (judged, lasts) = match &self.login {
            Login::Token(trusted, lasts) => {
                let token = text.split("auth=Bearer ").nth(1).unwrap_or_default();
                let token = token.trim_end_matches('\u{1}');
                (self.judge(token, trusted), *lasts)
            }
            Login::Password(user, password) => {
                let judged = match scram.take() {
                    None => {
                        let begun = Scram::begin(&text, user);
                        begun.map(|(begun, answer)| {
                            *scram = Some(begun);
                            (answer, false)
                        })
                    }
                    Some(begun) => begun.finish(&text, password).map(|answer| (answer, true)),
                };
                (judged, 0)
            }
            _ => (Err("nobody asked".to_owned()), 0),
        };
        let (error, message, answer, good) = match judged {
            Ok((answer, done)) => (0, String::new(), answer, done.then_some(true)),
            Err(why) => (
                REFUSED,
                format!("Access denied: {why}"),
                String::new(),
                Some(false),
            ),
        };
        if good == Some(true) {
            self.seen.logins.fetch_add(1, Ordering::Relaxed);
        }
        let mut out = i16::to_be_bytes(error).to_vec();
        out.extend(text_of(&message));
        out.extend(u32::try_from(answer.len()).unwrap().to_be_bytes());
        out.extend(answer.as_bytes());
        if version >= 1 {
            out.extend(lasts.to_be_bytes());
        }
        (out, good)
    }
}

/// Every mechanism is welcome; the next step tells.
fn handshake() -> Vec<u8> {
    let mut out = vec![0, 0, 0, 0, 0, 2];
    out.extend(text_of("OAUTHBEARER"));
    out.extend(text_of("SCRAM-SHA-512"));
    out
}

fn text_of(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap().to_be_bytes();
    [&length, text.as_bytes()].concat()
}

/// Adds the requests of a login to what the cluster can do.
fn add_versions(frame: &mut Vec<u8>) {
    if short(frame, 4).is_ok_and(|error| error != 0) {
        // The version that was asked for is too new; the client asks again.
        return;
    }
    let Some(count) = frame.get(6..10).and_then(|bytes| bytes.try_into().ok()) else {
        return;
    };
    let count = u32::from_be_bytes(count);
    let end = 10 + usize::try_from(count).unwrap() * 6;
    frame[6..10].copy_from_slice(&(count + 2).to_be_bytes());
    let added = [HANDSHAKE, 0, 1, AUTHENTICATE, 0, 1].map(i16::to_be_bytes);
    frame.splice(end..end, added.concat());
}

/// The bytes that a login sends: behind the client's name, and their own length.
fn body(frame: &[u8]) -> io::Result<Vec<u8>> {
    let name = usize::try_from(short(frame, 8)?).unwrap_or(0);
    let bytes = frame.get(10 + name + 4..);
    bytes
        .map(<[u8]>::to_vec)
        .ok_or_else(|| io::Error::other("a short frame"))
}

fn short(frame: &[u8], at: usize) -> io::Result<i16> {
    let bytes = frame
        .get(at..at + 2)
        .and_then(|bytes| bytes.try_into().ok());
    bytes
        .map(i16::from_be_bytes)
        .ok_or_else(|| io::Error::other("a short frame"))
}

async fn read(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let length = usize::try_from(from.read_u32().await?).unwrap();
    if !(8..MOST_BYTES).contains(&length) {
        return Err(io::Error::other("no frame"));
    }
    let mut frame = vec![0; length];
    from.read_exact(&mut frame).await?;
    Ok(frame)
}

async fn write(to: &mut (impl AsyncWrite + Unpin), frame: &[u8]) -> io::Result<()> {
    let length = u32::try_from(frame.len()).unwrap().to_be_bytes();
    to.write_all(&[&length, frame].concat()).await?;
    to.flush().await
}
