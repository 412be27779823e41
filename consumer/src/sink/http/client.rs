//! The client that posts, and what it hears.

use super::sign;
use super::status::{Meaning, retry_after};
use crate::config::{HttpBody, HttpCompression, HttpConfig, Receiver, SigningKey};
use crate::sink::SinkError;
use bytes::Bytes;
use jiff::Timestamp;
use prometheus::{Error, IntCounter, Registry};
use reqwest::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION,
};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Method, Response, StatusCode, Url};
use runtime::telemetry::maker::Maker;
use std::error::Error as _;
use std::io;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

/// So much of an answer is read, for the connection to be used again; nobody looks at it.
const ANSWER: usize = 64 << 10;
/// Receivers close idle connections themselves; a request must not meet one that is being closed.
const IDLE: Duration = Duration::from_secs(15);
const AGENT: &str = concat!("gluestream-consumer/", env!("CARGO_PKG_VERSION"));
const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Handles of what the sink counts.
#[derive(Clone, Debug)]
pub(crate) struct HttpMetrics {
    /// In the order of the first digit, from 2 on; behind them those without a status.
    requests: [IntCounter; 5],
}

impl HttpMetrics {
    /// Registers everything at 0.
    pub(crate) fn register(registry: &Registry) -> Result<Self, Error> {
        let classes = ["2xx", "3xx", "4xx", "5xx", "error"];
        let rows = classes.each_ref().map(std::slice::from_ref);
        let requests = Maker::new(registry).counters_at_zero(
            "sink_http_requests_total",
            "Requests to the webhook, by class of status; `error` is one without an answer.",
            &["status"],
            &rows,
        )?;
        Ok(Self {
            requests: classes.map(|class| requests.with_label_values(&[class])),
        })
    }

    fn count(&self, status: Option<StatusCode>) {
        let class = status.map_or(4, |status| match status.as_u16() {
            200..=299 => 0,
            300..=399 => 1,
            500.. => 3,
            _ => 2,
        });
        self.requests[class].inc();
    }
}

/// What the receiver said.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) meaning: Meaning,
    /// How long it wants to be left alone.
    pub(super) pause: Option<Duration>,
    /// Where it points.
    pub(super) location: Option<String>,
}

/// See the module's words.
pub(super) struct Client {
    http: reqwest::Client,
    receiver: Receiver,
    headers: HeaderMap,
    key: Option<SigningKey>,
    metrics: HttpMetrics,
    handle: Handle,
    aborting: CancellationToken,
}

impl Client {
    /// Makes the client; nothing is sent yet.
    pub(super) fn new(
        config: &HttpConfig,
        metrics: HttpMetrics,
        aborting: CancellationToken,
    ) -> Result<Self, SinkError> {
        Ok(Self {
            http: client(config)?,
            receiver: config.receiver.clone(),
            headers: headers(config),
            key: config.key.clone(),
            metrics,
            handle: Handle::current(),
            aborting,
        })
    }

    /// Posts a body, and waits for the answer.
    pub(super) fn post(&self, id: &str, body: Bytes) -> io::Result<Answer> {
        let headers = self.signed(id, &body)?;
        let request = self.http.post(self.receiver.url().clone());
        let request = request.headers(headers).body(body);
        let answered = async {
            tokio::select! {
                biased;
                () = self.aborting.cancelled() => None,
                response = request.send() => Some(response),
            }
        };
        let Some(response) = self.handle.block_on(answered) else {
            return Err(io::Error::new(io::ErrorKind::Interrupted, "aborted"));
        };
        let status = response.as_ref().map(Response::status).ok();
        self.metrics.count(status);
        let response = response.map_err(|error| self.unanswered(error))?;
        let answer = Answer::of(&response);
        self.handle.block_on(self.leave(response));
        Ok(answer)
    }

    /// The headers of a request; its time is that of this try.
    fn signed(&self, id: &str, body: &[u8]) -> io::Result<HeaderMap> {
        let mut headers = self.headers.clone();
        let value = |text: &str| HeaderValue::from_str(text).map_err(io::Error::other);
        headers.insert(ID, value(id)?);
        headers.insert(IDEMPOTENCY_KEY, value(id)?);
        let now = Timestamp::now().as_second();
        headers.insert(TIMESTAMP, now.into());
        if let Some(key) = &self.key {
            headers.insert(SIGNATURE, value(&sign::signature(key, id, now, body))?);
        }
        Ok(headers)
    }

    /// Reads what follows the head, up to a bound, and drops it.
    async fn leave(&self, mut response: Response) {
        let mut read = 0;
        let all = async {
            while let Ok(Some(chunk)) = response.chunk().await {
                read += chunk.len();
                if read > ANSWER {
                    break;
                }
            }
        };
        tokio::select! {
            biased;
            () = self.aborting.cancelled() => {}
            () = all => {}
        }
    }

    fn unanswered(&self, error: reqwest::Error) -> io::Error {
        io::Error::other(format!(
            "{} did not answer: {}",
            self.receiver,
            words(error)
        ))
    }
}

impl Answer {
    fn of(response: &Response) -> Self {
        let (status, headers) = (response.status(), response.headers());
        let meaning = Meaning::of(status);
        Self {
            status,
            meaning,
            pause: retry_after(headers, Timestamp::now()).filter(|_| meaning == Meaning::Later),
            location: location(response.url(), headers),
        }
    }
}

/// Where an answer points, without what may be a secret.
fn location(from: &Url, headers: &HeaderMap) -> Option<String> {
    let text = headers.get(LOCATION)?.to_str().ok()?;
    let mut url = from.join(text).ok()?;
    url.set_query(None);
    url.set_fragment(None);
    // These fail where a URL can have none.
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    Some(url.as_str().chars().take(200).collect())
}

/// An error with its causes, without the URL.
fn words(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}

fn client(config: &HttpConfig) -> Result<reqwest::Client, SinkError> {
    let unusable = |source| SinkError::Http {
        target: config.receiver.to_string(),
        source,
    };
    let mut builder = reqwest::Client::builder()
        .user_agent(AGENT)
        .timeout(config.timeout)
        .connect_timeout(config.connect_timeout)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(1)
        .redirect(Policy::none())
        .no_proxy();
    if let Some(path) = &config.ca_file {
        let pem = std::fs::read(path);
        let pem = pem.map_err(|error| unusable(error.into()))?;
        let authorities = Certificate::from_pem_bundle(&pem);
        let authorities = authorities.map_err(|error| unusable(error.into()))?;
        if authorities.is_empty() {
            return Err(unusable("no certificate is in sink.http_ca_file".into()));
        }
        builder = builder.tls_certs_only(authorities);
    }
    builder.build().map_err(|error| unusable(error.into()))
}

/// The headers that all requests have.
fn headers(config: &HttpConfig) -> HeaderMap {
    let kind = match config.body {
        HttpBody::Lines => "application/x-ndjson",
        HttpBody::Array => "application/json",
    };
    let mut headers: HeaderMap = config.headers.iter().cloned().collect();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if config.compression == HttpCompression::Gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    let bearer = config
        .token
        .as_ref()
        .map(|token| format!("Bearer {}", token.expose()));
    if let Some(Ok(mut bearer)) = bearer.map(HeaderValue::try_from) {
        bearer.set_sensitive(true);
        headers.insert(AUTHORIZATION, bearer);
    }
    headers
}

/// Whether the receiver answers at all, in words: it is asked what it takes, and given nothing.
pub(super) async fn probe(config: &HttpConfig) -> Result<String, SinkError> {
    let receiver = &config.receiver;
    let asked = client(config)?.request(Method::OPTIONS, receiver.url().clone());
    let answer = asked.send().await.map_err(|error| SinkError::Http {
        target: receiver.to_string(),
        source: words(error).into(),
    })?;
    let status = answer.status();
    Ok(format!(
        "{receiver} can be reached, and answered OPTIONS with {status}; no record was sent"
    ))
}
