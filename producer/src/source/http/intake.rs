//! A request from its head to its answer. What it may not be is found out before its body is read.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, TrySendError};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use runtime::admin::{AllowedHosts, Foreign};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::access::Token;
use super::answer::{Answer, Slot};
use super::problem::{Kind, Problem};
use super::worker::{Form, Job, Sent, too_large};
use crate::metrics::http::HttpMetrics;

/// Where records are taken.
pub(super) const RECORDS: &str = "/records";
/// Where the API is described.
pub(super) const DESCRIPTION: &str = "/openapi.json";

/// What all requests have alike.
pub(super) struct Intake {
    pub(super) topic: String,
    pub(super) token: Token,
    pub(super) hosts: AllowedHosts,
    /// Whether bodies may be Avro.
    pub(super) takes_avro: bool,
    /// Largest body as it comes, in bytes.
    pub(super) max_body: usize,
    pub(super) idle: Duration,
    pub(super) patience: Duration,
    pub(super) slots: Arc<Semaphore>,
    pub(super) jobs: Sender<Job>,
    pub(super) draining: CancellationToken,
    pub(super) description: Vec<u8>,
    pub(super) metrics: HttpMetrics,
}

/// What a request says of its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shape {
    form: Form,
    is_gzip: bool,
}

impl Intake {
    /// Answers a request, and counts it.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let began = Instant::now();
        let _under_way = self.metrics.under_way();
        let mut answer = self.handle(request).await.unwrap_or_else(Answer::from);
        if self.draining.is_cancelled() {
            answer.close();
        }
        self.metrics
            .answered(answer.status.as_u16(), began.elapsed());
        answer.into_response()
    }

    async fn handle(&self, request: Request<Incoming>) -> Result<Answer, Problem> {
        match self.hosts.find_foreign(&request) {
            None => {}
            Some(Foreign::Host) => {
                let why = "without a token or a client's certificate the name asked for has to be an IP address or localhost";
                return Err(Problem::new(Kind::Foreign, why));
            }
            Some(Foreign::Origin) => {
                let why = "its Origin is another than the address that it was sent to";
                return Err(Problem::new(Kind::Foreign, why));
            }
        }
        if !self.token.admits(request.headers()) {
            let why = "show the configured token as Authorization: Bearer";
            return Err(Problem::new(Kind::Unauthorized, why));
        }
        match (request.uri().path(), request.method()) {
            (RECORDS, &Method::POST) => self.take(request).await,
            (RECORDS, _) => Err(Problem::method("POST")),
            (DESCRIPTION, &Method::GET | &Method::HEAD) => {
                Ok(Answer::description(&self.description))
            }
            (DESCRIPTION, _) => Err(Problem::method("GET, HEAD")),
            _ => {
                let why = "records go to POST /records; GET /openapi.json describes it";
                Err(Problem::new(Kind::NotFound, why))
            }
        }
    }

    /// Takes records: the whole way of a request that may be one.
    async fn take(&self, request: Request<Incoming>) -> Result<Answer, Problem> {
        let deadline = tokio::time::Instant::now() + self.patience;
        if self.draining.is_cancelled() {
            return Err(draining());
        }
        let (head, body) = request.into_parts();
        let shape = Shape::read(&head.headers, self.takes_avro)?;
        if announced(&head.headers).is_some_and(|bytes| bytes > self.max_body as u64) {
            return Err(too_large(self.max_body));
        }
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned().map(Slot::new) else {
            let why = "as many requests are under way as may be (source.max_requests)";
            return Err(Problem::new(Kind::Busy, why));
        };
        let body = tokio::select! {
            body = self.read(body) => body?,
            () = tokio::time::sleep_until(deadline) => return Err(late()),
            () = self.draining.cancelled() => return Err(draining()),
        };
        let delivered = tokio::time::timeout_at(deadline, self.deliver(body, shape, &slot)).await;
        let answer = delivered.unwrap_or_else(|_| {
            let why = "within source.request_timeout not all records were acknowledged; Kafka may still take them, so that to send them again may duplicate them";
            Err(Problem::new(Kind::NotAcknowledged, why))
        });
        Ok(answer.unwrap_or_else(Answer::from).holding(slot))
    }

    /// Reads a body up to its limit.
    async fn read(&self, mut body: Incoming) -> Result<Vec<u8>, Problem> {
        let mut read = Vec::new();
        while !body.is_end_stream() {
            let Ok(frame) = timeout(self.idle, body.frame()).await else {
                return Err(late());
            };
            match frame {
                None => break,
                Some(Ok(frame)) => {
                    let data = frame.data_ref().map_or(&[][..], Bytes::as_ref);
                    let length = read.len() + data.len();
                    if length > self.max_body {
                        return Err(too_large(self.max_body));
                    }
                    if length > read.capacity() {
                        // Twice as much each time, but never more than a body may be.
                        let room = length.saturating_mul(2).min(self.max_body);
                        read.reserve_exact(room - read.len());
                    }
                    read.extend_from_slice(data);
                }
                Some(Err(_)) => {
                    let why = "the body broke off";
                    return Err(Problem::new(Kind::Malformed, why));
                }
            }
        }
        Ok(read)
    }

    /// Has a worker send the records of a body, and waits until Kafka has all of them.
    async fn deliver(&self, body: Vec<u8>, shape: Shape, slot: &Slot) -> Result<Answer, Problem> {
        let (told, heard) = oneshot::channel();
        let job = Job {
            body,
            _slot: Slot::clone(slot),
            form: shape.form,
            is_gzip: shape.is_gzip,
            told,
        };
        match self.jobs.try_send(job) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                let why = "as many requests wait as may (source.max_requests)";
                return Err(Problem::new(Kind::Busy, why));
            }
            Err(TrySendError::Disconnected(_)) => return Err(draining()),
        }
        // Workers that are gone have dropped what they had not begun.
        let Sent { version, fates } = heard.await.map_err(|_| draining())??;
        let fates = fates.await.map_err(|_| {
            let why =
                "what became of the records is not known; to send them again may duplicate them";
            Problem::new(Kind::NotAcknowledged, why)
        })?;
        Answer::delivered(&self.topic, version, &fates)
    }
}

fn draining() -> Problem {
    let why = "it takes no records any more, and sent none of this request";
    Problem::new(Kind::Draining, why)
}

fn late() -> Problem {
    let why = "the body did not come whole within source.request_timeout, or nothing of it for source.idle_timeout; nothing was sent";
    Problem::new(Kind::Late, why)
}

/// The length that a body is said to have.
fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

impl Shape {
    fn read(headers: &HeaderMap, takes_avro: bool) -> Result<Self, Problem> {
        Ok(Self {
            form: form(headers, takes_avro)?,
            is_gzip: is_gzip(headers)?,
        })
    }
}

/// What the body is, by its type; without one it is JSON.
fn form(headers: &HeaderMap, takes_avro: bool) -> Result<Form, Problem> {
    const KNOWN: [(&str, Form); 5] = [
        ("application/json", Form::Json),
        ("application/x-ndjson", Form::Json),
        ("application/ndjson", Form::Json),
        ("application/jsonl", Form::Json),
        ("application/avro", Form::Avro),
    ];
    let refused = || {
        let why = if takes_avro {
            "send application/json, application/x-ndjson (both UTF-8), or application/avro"
        } else {
            "send application/json or application/x-ndjson (both UTF-8)"
        };
        Problem::new(Kind::MediaType, why)
    };
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let Some(value) = values.next() else {
        return Ok(Form::Json);
    };
    let value = value.to_str().ok().filter(|_| values.next().is_none());
    let mut parts = value.ok_or_else(refused)?.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let known = KNOWN
        .iter()
        .find(|(known, _)| name.eq_ignore_ascii_case(known));
    let (_, form) = known.ok_or_else(refused)?;
    let is_utf8 = |parameter: &str| match parameter.split_once('=') {
        Some((name, charset)) if name.trim().eq_ignore_ascii_case("charset") => {
            let charset = charset.trim().trim_matches('"');
            charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
        }
        _ => true,
    };
    if *form == Form::Avro && !takes_avro || !parts.all(is_utf8) {
        return Err(refused());
    }
    Ok(*form)
}

/// Whether the body is compressed, in the one way that is taken.
fn is_gzip(headers: &HeaderMap) -> Result<bool, Problem> {
    let mut values = headers.get_all(CONTENT_ENCODING).iter();
    let Some(value) = values.next() else {
        return Ok(false);
    };
    let value = value.as_bytes().trim_ascii();
    match values.next() {
        None if value.eq_ignore_ascii_case(b"gzip") => Ok(true),
        None if value.eq_ignore_ascii_case(b"identity") => Ok(false),
        _ => {
            let why = "send it as it is, or as gzip once";
            Err(Problem::new(Kind::Encoding, why))
        }
    }
}

/// Every status that an answer can have.
pub(crate) fn statuses() -> impl Iterator<Item = StatusCode> {
    let mut all: Vec<_> = Kind::ALL.map(Kind::status).into();
    all.push(StatusCode::OK);
    all.sort();
    all.dedup();
    all.into_iter()
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(name: &HeaderName, values: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn a_body_is_what_its_type_says() {
        for (values, avro, form) in [
            (&[][..], false, Some(Form::Json)),
            (&["application/json"], false, Some(Form::Json)),
            (
                &["Application/JSON; charset=UTF-8"],
                false,
                Some(Form::Json),
            ),
            (
                &["application/x-ndjson;charset=\"utf-8\""],
                false,
                Some(Form::Json),
            ),
            (&["application/avro"], true, Some(Form::Avro)),
            (&["application/avro"], false, None),
            (&["application/json; charset=latin1"], false, None),
            (&["application/x-www-form-urlencoded"], true, None),
            (&["text/plain"], true, None),
            (&["application/jsonp"], true, None),
            (&[""], true, None),
            (&["application/json", "application/json"], true, None),
        ] {
            let found = super::form(&headers(&CONTENT_TYPE, values), avro);
            assert_eq!(found.ok(), form, "{values:?}");
        }
    }

    #[test]
    fn only_gzip_is_inflated_and_once() {
        for (values, encoding) in [
            (&[][..], Some(false)),
            (&["gzip"], Some(true)),
            (&["GZIP"], Some(true)),
            (&["identity"], Some(false)),
            (&["deflate"], None),
            (&["gzip, gzip"], None),
            (&["gzip", "gzip"], None),
            (&["br"], None),
            (&[""], None),
        ] {
            let found = is_gzip(&headers(&CONTENT_ENCODING, values));
            assert_eq!(found.ok(), encoding, "{values:?}");
        }
    }
}
