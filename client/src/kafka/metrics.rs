//! Metrics of a Kafka client, fed by its error callback and its statistics.

mod token;

use prometheus::{GaugeVec, IntCounterVec, IntGaugeVec, Opts, Registry};

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
    /// `gluestream_kafka_connections{broker_state}`
    pub connections: IntGaugeVec,
    /// `gluestream_kafka_broker_rtt_seconds{broker}`
    pub broker_rtt: GaugeVec,
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
        let connections = IntGaugeVec::new(
            Opts::new(
                "gluestream_kafka_connections",
                "Brokers the client knows, by the state of their connection.",
            ),
            &["broker_state"],
        )?;
        for state in ["up", "down"] {
            connections.with_label_values(&[state]).set(0);
        }
        let broker_rtt = GaugeVec::new(
            Opts::new(
                "gluestream_kafka_broker_rtt_seconds",
                "Average round trip to a broker over the last statistics interval.",
            ),
            &["broker"],
        )?;
        registry.register(Box::new(errors.clone()))?;
        registry.register(Box::new(connections.clone()))?;
        registry.register(Box::new(broker_rtt.clone()))?;
        Ok(Self {
            errors,
            connections,
            broker_rtt,
            token: TokenMetrics::register(registry)?,
        })
    }
}
