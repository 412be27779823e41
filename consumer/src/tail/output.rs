//! Standard output: whole records, as soon as there is nothing more to write, for as long as somebody reads.

use std::io::{self, ErrorKind, Write as _};
use std::ops::ControlFlow;
use std::os::fd::AsFd as _;

use anyhow::Context as _;
use runtime::lifecycle::{Cause, Failure, Tasks};
use tokio::io::Interest;
use tokio::net::unix::pipe::Sender;

/// Bytes that are worth a write.
const CHUNK: usize = 64 << 10;

/// See the module's words.
#[derive(Debug, Default)]
pub(super) struct Output {
    waiting: Vec<u8>,
}

impl Output {
    /// What the next record is appended to.
    pub(super) const fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.waiting
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) const fn is_full(&self) -> bool {
        self.waiting.len() >= CHUNK
    }

    /// Writes what waits; breaks when nobody reads any more.
    ///
    /// # Errors
    /// 70 when it cannot be written otherwise.
    pub(super) fn flush(&mut self) -> Result<ControlFlow<()>, Failure> {
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(&self.waiting);
        self.waiting.clear();
        match written.and_then(|()| stdout.flush()) {
            Ok(()) => Ok(ControlFlow::Continue(())),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(ControlFlow::Break(())),
            Err(error) => Err(anyhow::Error::new(error).context("write stdout").into()),
        }
    }
}

/// Ends the command when the reader of a pipe goes, even while there is nothing to write.
pub(super) fn watch(tasks: &Tasks) {
    let tasks = tasks.clone();
    tasks.clone().spawn("stdout", async move {
        let Some(stdout) = watched() else {
            return Ok(());
        };
        tokio::select! {
            gone = stdout.ready(Interest::ERROR) => {
                gone.context("watch stdout")?;
                tasks.drain(Cause::Finished);
            }
            () = tasks.draining().cancelled() => {}
        }
        Ok(())
    });
}

/// Stdout, if it is something that can be watched: a file is not. Nothing is ever written this way, and so it does not
/// matter that writes to it block.
fn watched() -> Option<Sender> {
    let stdout = io::stdout().as_fd().try_clone_to_owned().ok()?;
    Sender::from_owned_fd_unchecked(stdout).ok()
}
