//! What an error of a sink says beyond its words: inside an [`io::Error`], it goes wherever that goes.

use runtime::lifecycle::Exit;
use std::io;
use std::time::Duration;

/// These records are never taken as things stand: the consumer ends.
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
pub(crate) struct Refused {
    /// The exit code.
    pub(crate) exit: Exit,
    pub(crate) words: String,
}

/// The receiver wants to be left alone for a while.
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
pub(crate) struct Later {
    pub(crate) after: Duration,
    pub(crate) words: String,
}

/// The exit code that an error asks for, if it will not pass.
pub(crate) fn exit(error: &io::Error) -> Option<Exit> {
    let refused = error.get_ref()?.downcast_ref::<Refused>()?;
    Some(refused.exit)
}

/// How long to wait at least before the next try.
pub(crate) fn pause(error: &io::Error) -> Duration {
    let inner = error.get_ref();
    let later = inner.and_then(|inner| inner.downcast_ref::<Later>());
    later.map_or(Duration::ZERO, |later| later.after)
}
