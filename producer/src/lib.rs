//! Takes records from a source, encodes them and delivers them to a Kafka topic without losing one.
//!
//! ```text
//! source --record--> serializer --frame--> publish --> Kafka
//!    ^                                        |
//!    '----- pace, gate, room in flight -------'  (delivery reports make room)
//! ```
//!
//! [`start`] resolves the schema version, waits for the topic, and spawns one thread a worker; none
//! of them is async. A [`Gate`] lets whoever started the producer hold it back.

mod board;
pub mod cli;
pub mod config;
mod definition;
mod encode;
mod envelope;
mod evolution;
mod finish;
mod gate;
mod inspect;
mod key;
mod latest;
mod metrics;
mod permissions;
mod pipeline;
mod progress;
mod publish;
mod resume;
pub mod schema;
pub mod schemas;
mod send;
mod source;
mod start;
mod template;
mod topics;

pub use config::Config;
pub use gate::Gate;
pub use progress::Progress;
pub use start::{start, start_gated};
