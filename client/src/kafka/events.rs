//! What librdkafka reports beside records: log lines, errors, statistics.
//!
//! The producer's and the consumer's contexts each own an [`Events`] and hand these callbacks on.
//! Nothing here blocks: the callbacks run on the thread that polls.

use super::auth::token::Tokens;
use super::forgotten::Forgotten;
use super::metrics::{ErrorKind, KafkaMetrics};
use rdkafka::Statistics;
use rdkafka::client::{Client, ClientContext, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use runtime::lifecycle::{Exit, Failure};
use runtime::telemetry::{Latch, Recent, Trouble};
use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// A facility of librdkafka speaks at most this often; refused connections alone make 20 lines a second.
const LOG_PAUSE: Duration = Duration::from_secs(5);
/// rdkafka calls a producer's error callback twice for each error.
const TWICE: Duration = Duration::from_millis(10);

/// Refusals of MSK that pass by themselves: too many connections at once, credentials that are about to end.
const PASSING: [&str; 2] = ["Too many connects", "Session too short"];

/// Receives the events of one client.
#[derive(Debug)]
pub struct Events {
    metrics: KafkaMetrics,
    broker: Latch,
    fatal: OnceLock<String>,
    authentication: OnceLock<String>,
    last_error: Mutex<Option<(String, Instant)>>,
    /// The last error that was told, for people.
    said: Mutex<Option<(String, Instant)>>,
    last_logs: Mutex<HashMap<String, Instant>>,
    forgotten: Forgotten,
    tokens: Option<Arc<Tokens>>,
    troubles: Recent<Trouble>,
}

impl Events {
    /// Counts into `metrics`; `broker` is set while a broker is connected.
    pub fn new(metrics: KafkaMetrics, broker: Latch) -> Self {
        Self {
            metrics,
            broker,
            fatal: OnceLock::new(),
            authentication: OnceLock::new(),
            last_error: Mutex::default(),
            said: Mutex::default(),
            last_logs: Mutex::default(),
            forgotten: Forgotten::default(),
            tokens: None,
            troubles: Recent::default(),
        }
    }

    /// Tells of errors among the daemon's last ones.
    #[must_use]
    pub fn with_troubles(mut self, troubles: &Recent<Trouble>) -> Self {
        self.troubles = troubles.clone();
        self
    }

    /// Answers a client that asks for a token.
    #[must_use]
    pub fn with_tokens(mut self, tokens: Option<Arc<Tokens>>) -> Self {
        self.tokens = tokens;
        self
    }

    /// The tokens that the client authenticates by, if it does.
    pub const fn tokens(&self) -> Option<&Arc<Tokens>> {
        self.tokens.as_ref()
    }

    /// The token that librdkafka asks for, signed from what is in memory.
    ///
    /// # Errors
    /// There is none now; librdkafka asks again after 10 s.
    pub fn token(&self) -> Result<OAuthToken, Box<dyn Error>> {
        let tokens = self.tokens.as_ref().ok_or("kafka.auth needs no token")?;
        let token = tokens.token()?;
        Ok(OAuthToken {
            token: token.expose().to_owned(),
            principal_name: String::new(),
            lifetime_ms: token.expires_millis(),
        })
    }

    /// As [`Forgotten::reconnect`].
    pub fn reconnect<C: ClientContext>(&self, client: &Client<C>, servers: &str) {
        self.forgotten.reconnect(client, servers);
    }

    /// Why a client cannot go on, once it cannot; to be asked now and then by who owns it.
    ///
    /// What librdkafka reports then has the code of what went wrong, and that alone is no reason to give up.
    pub fn find_fatal<C: ClientContext>(&self, client: &Client<C>) -> Option<&str> {
        if self.fatal.get().is_none()
            && let Some((code, reason)) = client.fatal_error()
        {
            let kind = ErrorKind::Fatal.as_str();
            self.metrics.errors.with_label_values(&[kind]).inc();
            self.troubles.note(kind, &reason);
            self.fatal.get_or_init(|| format!("{code}: {reason}"));
        }
        self.fatal.get().map(String::as_str)
    }

    /// The first refusal of our credentials.
    pub fn authentication(&self) -> Option<&str> {
        self.authentication.get().map(String::as_str)
    }

    /// Why a start cannot go on: the brokers refused our credentials.
    pub fn refusal(&self, servers: &str) -> Option<Failure> {
        let reason = self.authentication()?;
        let message = format!("{servers} refused our credentials: {reason}");
        Some(Failure::said(Exit::Authentication, message))
    }

    /// A broker answered.
    pub fn broker_seen(&self) {
        self.broker.set(true);
    }

    /// A line of librdkafka's own log.
    pub fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        use RDKafkaLogLevel::{Alert, Critical, Debug, Emerg, Error, Info, Notice, Warning};
        let spoken = !matches!(level, Debug) && self.may_speak(facility);
        match level {
            Emerg | Alert | Critical | Error if spoken => {
                tracing::error!(target: "librdkafka", facility, "{message}");
            }
            Warning if spoken => tracing::warn!(target: "librdkafka", facility, "{message}"),
            Notice | Info if spoken => tracing::info!(target: "librdkafka", facility, "{message}"),
            _ => tracing::debug!(target: "librdkafka", facility, "{message}"),
        }
    }

    /// An error of the client as a whole; librdkafka goes on by itself unless it is fatal.
    pub fn error(&self, error: &KafkaError, reason: &str) {
        if self.is_repeated(reason) {
            return;
        }
        let kind = match kind_of(error) {
            // Trouble with a certificate is no trouble with the network.
            ErrorKind::Transport if reason.contains("certificate") => ErrorKind::Auth,
            kind => kind,
        };
        self.metrics
            .errors
            .with_label_values(&[kind.as_str()])
            .inc();
        self.troubles.note(kind.as_str(), reason);
        *self.said.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((reason.to_owned(), Instant::now()));
        match kind {
            ErrorKind::Fatal => {
                self.fatal.get_or_init(|| reason.to_owned());
            }
            ErrorKind::Auth if !PASSING.iter().any(|text| reason.contains(text)) => {
                self.authentication.get_or_init(|| reason.to_owned());
            }
            ErrorKind::AllBrokersDown => self.broker.set(false),
            _ => {}
        }
        if self.may_speak(kind.as_str()) {
            tracing::warn!(kind = kind.as_str(), "kafka: {reason}");
        }
    }

    /// Takes librdkafka's statistics in.
    pub fn statistics(&self, statistics: &Statistics) {
        self.forgotten.look(statistics);
        if self.metrics.statistics.show(statistics) > 0 {
            self.broker.set(true);
        }
    }

    /// The last error that the client reported, and how long ago.
    pub fn last_error(&self) -> Option<(String, Duration)> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.as_ref().map(|(text, at)| (text.clone(), at.elapsed()))
    }

    /// A warning that may come in crowds: each facility is heard at most every few seconds.
    pub fn warn_sometimes(&self, facility: &'static str, message: &str) {
        self.troubles.note(facility, message);
        if self.may_speak(facility) {
            tracing::warn!(facility, "{message}");
        }
    }

    fn may_speak(&self, facility: &str) -> bool {
        let mut last = self
            .last_logs
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match last.get(facility) {
            Some(spoke) if spoke.elapsed() < LOG_PAUSE => false,
            _ => last
                .insert(facility.to_owned(), Instant::now())
                .is_none_or(|_| true),
        }
    }

    fn is_repeated(&self, reason: &str) -> bool {
        let mut last = self
            .last_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let repeated = last
            .as_ref()
            .is_some_and(|(text, at)| text == reason && at.elapsed() < TWICE);
        *last = if repeated {
            None
        } else {
            Some((reason.to_owned(), Instant::now()))
        };
        repeated
    }
}

/// Classifies an error of the client.
pub fn kind_of(error: &KafkaError) -> ErrorKind {
    use RDKafkaErrorCode as Code;
    match error.rdkafka_error_code() {
        Some(Code::AllBrokersDown) => ErrorKind::AllBrokersDown,
        Some(Code::BrokerTransportFailure | Code::Resolve | Code::SSL) => ErrorKind::Transport,
        Some(
            Code::Authentication
            | Code::SaslAuthenticationFailed
            | Code::ClusterAuthorizationFailed,
        ) => ErrorKind::Auth,
        Some(
            Code::OperationTimedOut
            | Code::RequestTimedOut
            | Code::TimedOutQueue
            | Code::MessageTimedOut,
        ) => ErrorKind::Timeout,
        Some(Code::Fatal | Code::Fenced) => ErrorKind::Fatal,
        _ => ErrorKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::mock::MockCluster;
    use rdkafka::ClientConfig;
    use rdkafka::producer::{BaseProducer, Producer as _};
    use runtime::telemetry::Telemetry;

    #[test]
    fn a_refusal_ends_a_start_unless_it_passes_by_itself() {
        let refused = |code, reason: &str| {
            let telemetry = Telemetry::new("producer");
            let metrics = KafkaMetrics::register(telemetry.registry()).unwrap();
            let events = Events::new(metrics, telemetry.health().latch("broker"));
            events.error(&KafkaError::Global(code), reason);
            events.refusal("b:1").map(|failure| failure.exit)
        };
        let denied = RDKafkaErrorCode::Authentication;
        let cases = [
            (denied, "[id]: Access denied", true),
            (denied, "[id]: Too many connects", false),
            (denied, "[id]: Session too short", false),
            (RDKafkaErrorCode::SSL, "certificate verify failed", true),
            (RDKafkaErrorCode::SSL, "connection reset by peer", false),
        ];
        for (code, reason, ends) in cases {
            let exit = ends.then_some(Exit::Authentication);
            assert_eq!(refused(code, reason), exit, "{reason}");
        }
    }

    #[test]
    fn a_client_that_has_forgotten_every_broker_is_given_its_servers_again() {
        let telemetry = Telemetry::new("producer");
        let metrics = KafkaMetrics::register(telemetry.registry()).unwrap();
        let events = Events::new(metrics, telemetry.health().latch("broker"));
        let cluster = MockCluster::start(1).unwrap();
        let servers = cluster.bootstrap_servers();
        let producer: BaseProducer = ClientConfig::new().create().unwrap();
        let knows_brokers = |patience| producer.client().fetch_metadata(None, patience).is_ok();
        events.reconnect(producer.client(), &servers);
        assert!(!knows_brokers(Duration::from_millis(200)));
        events.statistics(&Statistics::default());
        events.reconnect(producer.client(), &servers);
        assert!(knows_brokers(Duration::from_secs(20)));
    }
}
