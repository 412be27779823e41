//! Connections that can be cut without an answer.
//!
//! HTTP has no word for a server that is gone: whoever wants to practise it
//! needs the connection itself.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// The handle on one connection that its requests carry.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line(Arc<State>);

#[derive(Debug, Default)]
struct State {
    cut: CancellationToken,
    /// Whether a request to the API came over it.
    is_api: AtomicBool,
}

/// All connections that are open.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<Weak<State>>>>);

impl Line {
    /// Notes that a request to the API came over this connection.
    pub(crate) fn serves_api(&self) {
        self.0.is_api.store(true, Ordering::Release);
    }

    /// Closes it; nothing more is sent, not even what waits to be.
    pub(crate) fn cut(&self) {
        self.0.cut.cancel();
    }
}

impl Lines {
    /// Closes every connection over which the API was asked.
    pub(crate) fn cut_api(&self) {
        self.cut(|state| state.is_api.load(Ordering::Acquire));
    }

    /// Closes every connection.
    pub(crate) fn cut_all(&self) {
        self.cut(|_| true);
    }

    fn cut(&self, which: impl Fn(&State) -> bool) {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let states = lines.iter().filter_map(Weak::upgrade);
        for state in states.filter(|state| which(state)) {
            state.cut.cancel();
        }
    }

    fn add(&self, line: &Line) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.retain(|known| known.strong_count() > 0);
        lines.push(Arc::downgrade(&line.0));
    }
}

/// A listener whose connections can be cut.
pub(crate) struct Cuttable {
    pub(crate) listener: TcpListener,
    pub(crate) lines: Lines,
}

impl Listener for Cuttable {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, peer) = Listener::accept(&mut self.listener).await;
        let line = Line::default();
        self.lines.add(&line);
        let cut = Box::pin(line.0.cut.clone().cancelled_owned());
        (Connection { stream, line, cut }, peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Connected<IncomingStream<'_, Cuttable>> for Line {
    fn connect_info(stream: IncomingStream<'_, Cuttable>) -> Self {
        stream.io().line.clone()
    }
}

/// A connection that fails once it is cut.
pub(crate) struct Connection {
    stream: TcpStream,
    line: Line,
    /// Wakes whoever waits for the next request.
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Connection {
    fn check(&self) -> io::Result<()> {
        if self.line.0.cut.is_cancelled() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(())
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.cut.as_mut().poll(context).is_ready() {
            return Poll::Ready(self.check());
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
