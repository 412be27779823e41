//! Holds production back from outside: quickstart waits for its consumer with it.

use std::fmt;
use std::sync::Arc;

/// Asked before each record whether it may go.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// let consumed = Arc::new(AtomicU64::new(0));
/// let seen = Arc::clone(&consumed);
/// let gate = producer::Gate::new(move |sent| sent - seen.load(Ordering::Relaxed) < 20_000);
/// assert!(gate.is_open(19_999));
/// assert!(!gate.is_open(20_000));
/// consumed.store(1, Ordering::Relaxed);
/// assert!(gate.is_open(20_000));
/// ```
#[derive(Clone)]
pub struct Gate(Arc<dyn Fn(u64) -> bool + Send + Sync>);

impl Gate {
    /// A gate that is open while `is_open` says so; it is given the number of records sent so far.
    ///
    /// It is called before every record by every worker, and each millisecond while it is closed, so
    /// it must be quick and never block. With several workers each may be one record further.
    pub fn new(is_open: impl Fn(u64) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(is_open))
    }

    /// Whether the next record may go after `sent` ones.
    pub fn is_open(&self, sent: u64) -> bool {
        (self.0)(sent)
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}
