//! The address: connections are accepted, encrypted, bounded in number and time, and seen to their end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use runtime::lifecycle::{Failure, Tasks};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::intake::Intake;
use super::patience::Patient;

/// Most bytes of a request's head.
const MOST_HEAD: usize = 16 << 10;
/// Connections that the operating system holds until they are accepted.
pub(super) const BACKLOG: u32 = 1024;
/// How long a connection may take for what it has begun to answer when all records are settled.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// How long nothing is accepted after the operating system has refused, for want of file handles say.
const PAUSE: Duration = Duration::from_millis(100);

/// What accepts.
pub(super) struct Server {
    pub(super) listener: TcpListener,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) most_connections: usize,
    pub(super) intake: Arc<Intake>,
    /// No record is in flight, and none will be.
    pub(super) settled: CancellationToken,
}

impl Server {
    /// Accepts until all records are settled: while the daemon drains, requests are told so.
    ///
    /// # Errors
    /// None; it ends with the daemon.
    pub(super) async fn run(self, tasks: Tasks) -> Result<(), Failure> {
        let free = Arc::new(Semaphore::new(self.most_connections));
        loop {
            let accepted = tokio::select! {
                accepted = self.accept(&free) => accepted,
                () = self.settled.cancelled() => return Ok(()),
            };
            let Some((stream, peer, place)) = accepted else {
                continue;
            };
            let connection = Connection {
                intake: Arc::clone(&self.intake),
                settled: self.settled.clone(),
                place,
                peer,
            };
            let tls = self.tls.clone();
            tasks.spawn("http connection", async move {
                connection.serve(stream, tls).await;
                Ok(())
            });
        }
    }

    /// The next connection, once there may be one more; nothing if the operating system has none to give.
    async fn accept(
        &self,
        free: &Arc<Semaphore>,
    ) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        // It is never closed.
        let place = Arc::clone(free).acquire_owned().await.ok()?;
        match self.listener.accept().await {
            Ok((stream, peer)) => Some((stream, peer, place)),
            Err(error) => {
                tracing::debug!(%error, "no connection was accepted");
                sleep(PAUSE).await;
                None
            }
        }
    }
}

/// One connection.
struct Connection {
    intake: Arc<Intake>,
    settled: CancellationToken,
    place: OwnedSemaphorePermit,
    peer: SocketAddr,
}

impl Connection {
    async fn serve(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        let _open = self.intake.metrics.open();
        // Without it small answers may wait for the other side's acknowledgement.
        stream.set_nodelay(true).ok();
        let Some(tls) = tls else {
            return self.talk(stream).await;
        };
        let greeted = tokio::select! {
            greeted = timeout(self.intake.idle, tls.accept(stream)) => greeted,
            () = self.settled.cancelled() => return,
        };
        match greeted {
            Ok(Ok(stream)) => self.talk(stream).await,
            Ok(Err(error)) => {
                tracing::debug!(peer = %self.peer, %error, "no TLS was agreed on");
            }
            Err(_) => tracing::debug!(peer = %self.peer, "no TLS was agreed on in time"),
        }
    }

    /// Answers requests until the other side has no more, or all records are settled.
    async fn talk(self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let intake = &self.intake;
        let service =
            service_fn(|request| async move { Ok::<_, Infallible>(intake.answer(request).await) });
        let io = TokioIo::new(Patient::new(stream, intake.idle));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(intake.idle)
            .max_buf_size(MOST_HEAD)
            .serve_connection(io, service);
        tokio::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.settled.cancelled() => {
                connection.as_mut().graceful_shutdown();
                match timeout(LAST_WORDS, connection).await {
                    Ok(ended) => ended,
                    Err(_) => Ok(()),
                }
            }
        };
        if let Err(error) = ended {
            tracing::debug!(peer = %self.peer, %error, "a connection broke off");
        }
        drop(self.place);
    }
}
