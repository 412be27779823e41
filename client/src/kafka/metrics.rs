//! Metrics of a Kafka client, fed by its error callback and its statistics.

mod statistics;
mod token;

use prometheus::{IntCounterVec, Opts, Registry};

pub use statistics::StatisticsMetrics;
pub use token::TokenMetrics;

/// The kinds of client errors, as labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// A connection could not be made or broke.
    Transport,
    /// Credentials were refused.
    Auth,
    /// A request took too long.
    Timeout,
    /// No broker can be reached.
    AllBrokersDown,
    /// The client cannot go on.
    Fatal,
    /// Anything else.
    Other,
}

impl ErrorKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Transport,
        Self::Auth,
        Self::Timeout,
        Self::AllBrokersDown,
        Self::Fatal,
        Self::Other,
    ];

    /// The kind as a label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transport => "transport",
            Self::Auth => "auth",
            Self::Timeout => "timeout",
            Self::AllBrokersDown => "all_brokers_down",
            Self::Fatal => "fatal",
            Self::Other => "other",
        }
    }
}

/// Handles of a Kafka client's metrics.
#[derive(Clone, Debug)]
pub struct KafkaMetrics {
    /// `gluestream_kafka_client_errors_total{kind}`
    pub errors: IntCounterVec,
    /// What comes out of librdkafka's statistics.
    pub statistics: StatisticsMetrics,
    /// `gluestream_kafka_auth_token_…`
    pub token: TokenMetrics,
}

impl KafkaMetrics {
    /// Registers the metrics, error kinds at 0.
    ///
    /// # Errors
    /// When they are registered already.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let errors = IntCounterVec::new(
            Opts::new(
                "gluestream_kafka_client_errors_total",
                "Errors that the Kafka client reported, by kind.",
            ),
            &["kind"],
        )?;
        for kind in ErrorKind::ALL {
            errors.with_label_values(&[kind.as_str()]).reset();
        }
        registry.register(Box::new(errors.clone()))?;
        Ok(Self {
            errors,
            statistics: StatisticsMetrics::register(registry)?,
            token: TokenMetrics::register(registry)?,
        })
    }
}
