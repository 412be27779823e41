//! What every server of Gluestream needs: configuration, life cycle, telemetry and the admin port.
//!
//! A daemon is a library with a `start(config, tasks, telemetry)`; its `main` is one call into
//! [`daemon::run`], which reads the configuration ([`config`]), installs logging and signal
//! handlers, serves the admin port ([`admin`]), calls `start` and waits for the drain
//! ([`lifecycle`]). Nothing here is global but what `main` installs, so several daemons can live in
//! one process, each with its own [`telemetry::Telemetry`].

pub mod admin;
pub mod config;
pub mod daemon;
pub mod filter;
pub mod inspection;
pub mod lifecycle;
pub mod lines;
pub mod manual;
pub mod output;
pub mod telemetry;
pub mod terminal;
