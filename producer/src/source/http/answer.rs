//! Answers as bytes: where records stand, a problem, or the description of it all.

use std::io::Write as _;
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue,
    RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Response, StatusCode};
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

use super::problem::{Kind, Problem};
use crate::publish::Fate;

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

/// One of the requests that may be under way; the next one gets it when this one's answer is sent and its body is gone.
pub(super) type Slot = Arc<OwnedSemaphorePermit>;

/// An answer that is not under way yet.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    content_type: &'static str,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Vec<u8>,
    slot: Option<Slot>,
}

impl Answer {
    /// All records stand in the topic.
    pub(super) fn delivered(topic: &str, version: Uuid, fates: &[Fate]) -> Result<Self, Problem> {
        let mut body =
            format!("{{\"topic\":\"{topic}\",\"schema_version_id\":\"{version}\",\"records\":[")
                .into_bytes();
        let mut separator = "";
        for fate in fates {
            let Fate::Delivered { partition, offset } = fate else {
                return Err(Problem::undelivered(fates));
            };
            write!(
                body,
                "{separator}{{\"partition\":{partition},\"offset\":{offset}}}"
            )
            .expect("writing into a vector cannot fail");
            separator = ",";
        }
        body.extend_from_slice(b"]}\n");
        Ok(Self::of(StatusCode::OK, JSON, body))
    }

    /// The description of the API.
    pub(super) fn description(document: &[u8]) -> Self {
        Self::of(StatusCode::OK, JSON, document.to_vec())
    }

    fn of(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Self {
        Self {
            status,
            content_type,
            headers: Vec::new(),
            body,
            slot: None,
        }
    }

    /// Has the slot stay taken until the answer is sent, which a slow client may put off.
    #[must_use]
    pub(super) fn holding(mut self, slot: Slot) -> Self {
        self.slot = Some(slot);
        self
    }

    /// Ends the connection behind it.
    pub(super) fn close(&mut self) {
        self.headers
            .push((CONNECTION, HeaderValue::from_static("close")));
    }

    pub(super) fn into_response(self) -> Response<Full<Bytes>> {
        let bytes = Bytes::from_owner(Held {
            body: self.body,
            _slot: self.slot,
        });
        let mut response = Response::new(Full::new(bytes));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.extend(self.headers);
        response
    }
}

impl From<Problem> for Answer {
    fn from(problem: Problem) -> Self {
        let mut body = problem.json().to_string().into_bytes();
        body.push(b'\n');
        let mut answer = Self::of(problem.kind.status(), PROBLEM, body);
        let headers = &mut answer.headers;
        if let Some(seconds) = problem.kind.retry_after() {
            headers.push((RETRY_AFTER, HeaderValue::from(seconds)));
        }
        if let Some(methods) = problem.allow {
            headers.push((ALLOW, HeaderValue::from_static(methods)));
        }
        let more = match problem.kind {
            Kind::Unauthorized => Some((WWW_AUTHENTICATE, "Bearer realm=\"gluestream\"")),
            Kind::Encoding => Some((ACCEPT_ENCODING, "gzip, identity")),
            _ => None,
        };
        // Of a body that is late the rest is not read, and who is not let in keeps no place from others.
        if matches!(
            problem.kind,
            Kind::Late | Kind::Unauthorized | Kind::Foreign
        ) {
            headers.push((CONNECTION, HeaderValue::from_static("close")));
        }
        headers.extend(more.map(|(name, value)| (name, HeaderValue::from_static(value))));
        answer
    }
}

/// Bytes that go when they are sent, and the slot with them.
struct Held {
    body: Vec<u8>,
    _slot: Option<Slot>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}
