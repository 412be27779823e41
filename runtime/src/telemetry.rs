//! What a daemon shows of itself: metrics, health, state and page. One [`Telemetry`] a daemon, nothing global.

pub mod board;
mod health;
mod history;
pub mod logging;
pub mod maker;
pub(crate) mod process;
mod recent;

pub(crate) use health::{Check, Stage, Watch};
pub use health::{Health, Heartbeat, Latch};
pub(crate) use history::Curve;
pub use history::{History, Measure};
pub use recent::{Entry, Recent, Trouble, moment};

use crate::config::Effective;
use board::Board;
use prometheus::Registry;
use serde_json::{Map, Value};
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

type State = Box<dyn Fn() -> Value + Send + Sync>;

/// The telemetry of one daemon.
#[derive(Clone)]
pub struct Telemetry {
    inner: Arc<Inner>,
}

struct Inner {
    binary: &'static str,
    registry: Registry,
    health: Health,
    states: Mutex<Vec<(&'static str, State)>>,
    /// The topic, and what the page shows of the state.
    board: OnceLock<(String, &'static Board)>,
    history: History,
    troubles: Recent<Trouble>,
    configuration: OnceLock<Vec<Effective>>,
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry")
            .field("binary", &self.inner.binary)
            .finish_non_exhaustive()
    }
}

impl Telemetry {
    /// A registry with the process's own metrics, and nothing ready yet.
    ///
    /// # Panics
    /// Never: the names registered here are constants, and the registry is new.
    pub fn new(binary: &'static str) -> Self {
        let registry = Registry::new();
        let health = Health::new();
        process::register(&registry, &health)
            .expect("constant names register once in a new registry");
        Self {
            inner: Arc::new(Inner {
                binary,
                registry,
                health,
                states: Mutex::default(),
                board: OnceLock::new(),
                history: History::default(),
                troubles: Recent::default(),
                configuration: OnceLock::new(),
            }),
        }
    }

    /// The daemon's name.
    pub fn binary(&self) -> &'static str {
        self.inner.binary
    }

    /// Where metrics are registered.
    pub fn registry(&self) -> &Registry {
        &self.inner.registry
    }

    /// What is alive and what is ready.
    pub fn health(&self) -> &Health {
        &self.inner.health
    }

    /// Adds a part to `GET /state`; `state` is called at each request.
    pub fn publish(&self, name: &'static str, state: impl Fn() -> Value + Send + Sync + 'static) {
        let mut states = self
            .inner
            .states
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        states.retain(|(known, _)| *known != name);
        states.push((name, Box::new(state)));
    }

    /// Says what the page is about and what it shows; the first word counts.
    pub fn present(&self, topic: &str, board: &'static Board) {
        self.inner.board.get_or_init(|| (topic.to_owned(), board));
    }

    /// Says what is configured, for the page and `GET /config`; the first word counts.
    pub fn configured(&self, effective: Vec<Effective>) {
        self.inner.configuration.get_or_init(|| effective);
    }

    /// The charts of the page.
    pub fn history(&self) -> &History {
        &self.inner.history
    }

    /// What went wrong lately; a part of `GET /state`.
    pub fn troubles(&self) -> &Recent<Trouble> {
        &self.inner.troubles
    }

    pub(crate) fn board(&self) -> Option<(&str, &'static Board)> {
        let (topic, board) = self.inner.board.get()?;
        Some((topic, board))
    }

    /// Every key with its value, redacted.
    pub(crate) fn configuration(&self) -> &[Effective] {
        self.inner.configuration.get().map_or(&[], Vec::as_slice)
    }

    /// All published parts.
    pub fn state(&self) -> Value {
        let states = self
            .inner
            .states
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut parts: Map<String, Value> = states
            .iter()
            .map(|(name, state)| ((*name).to_owned(), state()))
            .collect();
        parts.insert("errors".to_owned(), self.inner.troubles.state());
        Value::Object(parts)
    }
}
