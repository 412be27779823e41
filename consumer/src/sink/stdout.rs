//! Lines on stdout, written straight to its descriptor: no buffer holds back what was acknowledged.

use super::{Sink, SinkError};
use crate::batch::Slot;
use crate::shape::Content;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;

/// Writes to this process's stdout.
#[derive(Debug)]
pub(crate) struct StdoutSink {
    stdout: File,
    /// How much of the lines that are being written is out already.
    done: usize,
}

impl StdoutSink {
    pub(crate) fn open() -> Result<Self, SinkError> {
        let descriptor = io::stdout().as_fd().try_clone_to_owned();
        let descriptor = descriptor.map_err(|source| SinkError::Open {
            target: "stdout".to_owned(),
            source,
        })?;
        Ok(Self {
            stdout: File::from(descriptor),
            done: 0,
        })
    }
}

impl Sink for StdoutSink {
    fn name(&self) -> &'static str {
        "stdout"
    }

    fn write(&mut self, _: Slot, content: &Content) -> io::Result<()> {
        self.append(content.text())
    }
}

impl StdoutSink {
    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        while let Some(rest) = lines.get(self.done..).filter(|rest| !rest.is_empty()) {
            match self.stdout.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => self.done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.done = 0;
        Ok(())
    }
}
