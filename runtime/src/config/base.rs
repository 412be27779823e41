//! The sections that every binary has.

use super::{Reader, Value};
use crate::telemetry::logging;
use std::net::SocketAddr;
use std::time::Duration;

crate::choice! {
    /// How log lines look.
    pub enum LogFormat {
        /// For people.
        Text = "text",
        /// One JSON object a line.
        Json = "json",
    }
}

/// `log.*`.
#[derive(Clone, Debug)]
pub struct LogConfig {
    /// How log lines look.
    pub format: LogFormat,
    /// Least severity, or filter directives of tracing.
    pub level: String,
}

/// `log.*`, `startup.*` and `shutdown.*`.
#[derive(Clone, Debug)]
pub struct Base {
    /// Log lines.
    pub log: LogConfig,
    /// How long a start may wait for Kafka and the registry.
    pub startup_timeout: Duration,
    /// How long a drain may take.
    pub shutdown_grace: Duration,
}

impl Base {
    /// Reads the common sections.
    pub fn read(reader: &mut Reader) -> Self {
        let mut log = reader.section("log");
        let format = log.get("format", LogFormat::Text, "How log lines on stderr look.");
        let level = log.get("level", "info".to_owned(), "Least severity logged (`error`, `warn`, `info`, `debug`, `trace`), or directives such as `info,librdkafka=debug`.");
        if let Err(error) = logging::check_level(&level) {
            log.problem(
                "level",
                format!("{} is not a log level: {error}", level.show()),
            );
        }
        let startup_timeout = reader.section("startup").get(
            "timeout",
            Duration::from_mins(1),
            "How long a start waits for Kafka, the topic and the registry before it ends with 69.",
        );
        let mut shutdown = reader.section("shutdown");
        let shutdown_grace = shutdown.get("grace", Duration::from_secs(45), "How long a drain may take before the rest is given up and the exit code is 75; keep it below the orchestrator's stop timeout.");
        if shutdown_grace.is_zero() {
            shutdown.problem("grace", "a drain needs some time: at least 1s is sensible");
        }
        Self {
            log: LogConfig { format, level },
            startup_timeout,
            shutdown_grace,
        }
    }
}

/// `admin.*`.
#[derive(Clone, Debug)]
pub struct Admin {
    /// The address of the admin port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Names beside IP addresses and `localhost` that a `Host` header may carry.
    pub allowed_hosts: Vec<String>,
}

impl Admin {
    /// Reads the section; `default` is the binary's own address.
    pub fn read(reader: &mut Reader, default: SocketAddr) -> Self {
        let mut admin = reader.section("admin");
        Self {
            listen: admin.get_derived("listen", default, "`127.0.0.1:9464` (producer), `127.0.0.1:9465` (consumer)", "Address of the admin port; port 0 takes a free one."),
            allowed_hosts: admin.get("allowed_hosts", Vec::new(), "Names beside IP addresses and `localhost` that requests to the admin port may carry in `Host`."),
        }
    }
}
