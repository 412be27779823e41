//! What a daemon shows of itself: metrics, health and state. One [`Telemetry`] a daemon, nothing global.

mod health;
pub mod logging;
pub mod maker;
pub(crate) mod process;

pub use health::{Health, Heartbeat, Latch};

use prometheus::Registry;
use serde_json::{Map, Value};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

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

    /// All published parts.
    pub fn state(&self) -> Value {
        let states = self
            .inner
            .states
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let parts: Map<String, Value> = states
            .iter()
            .map(|(name, state)| ((*name).to_owned(), state()))
            .collect();
        Value::Object(parts)
    }
}
