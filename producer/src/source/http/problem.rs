//! What a client is told when its request is not taken or not delivered: problem documents (RFC 9457).

use common::error::Kind as ErrorKind;
use hyper::StatusCode;
use serde_json::{Map, Value, json};

use crate::publish::Fate;

/// Every way in which a request ends otherwise than it was meant to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Malformed,
    Unauthorized,
    Foreign,
    NotFound,
    Method,
    Late,
    TooLarge,
    MediaType,
    Encoding,
    Rejected,
    Busy,
    QueueFull,
    Refused,
    Draining,
    NotDelivered,
    NotAcknowledged,
}

impl Kind {
    /// All of them, for what has to know every status.
    pub(super) const ALL: [Self; 16] = [
        Self::Malformed,
        Self::Unauthorized,
        Self::Foreign,
        Self::NotFound,
        Self::Method,
        Self::Late,
        Self::TooLarge,
        Self::MediaType,
        Self::Encoding,
        Self::Rejected,
        Self::Busy,
        Self::QueueFull,
        Self::Refused,
        Self::Draining,
        Self::NotDelivered,
        Self::NotAcknowledged,
    ];

    /// The status that says it.
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Foreign => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Late => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType | Self::Encoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Rejected => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Busy | Self::QueueFull => StatusCode::TOO_MANY_REQUESTS,
            Self::Refused => StatusCode::BAD_GATEWAY,
            Self::Draining | Self::NotDelivered => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotAcknowledged => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// The end of the document's `type`, which programs tell problems apart by.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Unauthorized => "unauthorized",
            Self::Foreign => "foreign",
            Self::NotFound => "not_found",
            Self::Method => "method",
            Self::Late => "late",
            Self::TooLarge => "too_large",
            Self::MediaType => "media_type",
            Self::Encoding => "encoding",
            Self::Rejected => "rejected",
            Self::Busy => "busy",
            Self::QueueFull => "queue_full",
            Self::Refused => "refused",
            Self::Draining => "draining",
            Self::NotDelivered => "not_delivered",
            Self::NotAcknowledged => "not_acknowledged",
        }
    }

    /// The document's `title`.
    const fn title(self) -> &'static str {
        match self {
            Self::Malformed => "The body cannot be read",
            Self::Unauthorized => "A token is needed",
            Self::Foreign => "A foreign page may be behind this request",
            Self::NotFound => "There is nothing here",
            Self::Method => "Not by this method",
            Self::Late => "The body did not come in time",
            Self::TooLarge => "The request is too large",
            Self::MediaType => "The body is of a type that is not taken",
            Self::Encoding => "The body is encoded in a way that is not taken",
            Self::Rejected => "Records do not fit the schema",
            Self::Busy => "Too many requests at a time",
            Self::QueueFull => "Kafka does not take records fast enough",
            Self::Refused => "Kafka refused a record",
            Self::Draining => "The producer is ending",
            Self::NotDelivered => "Not all records were acknowledged",
            Self::NotAcknowledged => "The records were not acknowledged in time",
        }
    }

    /// How many seconds a client should wait before it comes again, where coming again helps.
    pub(super) const fn retry_after(self) -> Option<u32> {
        match self {
            Self::Busy | Self::QueueFull => Some(1),
            Self::Draining | Self::NotDelivered => Some(5),
            _ => None,
        }
    }
}

/// What is wrong with one record. It says where, and nothing of what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Which record of the request, from 1.
    pub(super) record: usize,
    /// The line of the body in which it begins, from 1; binary bodies have none.
    pub(super) line: Option<u64>,
    /// The way to the field at fault; nothing for the whole record.
    pub(super) field: Option<String>,
    pub(super) kind: ErrorKind,
    pub(super) reason: String,
}

impl Fault {
    fn json(&self) -> Value {
        json!({
            "record": self.record,
            "line": self.line,
            "field": self.field,
            "kind": self.kind.as_str(),
            "reason": self.reason,
        })
    }
}

/// A problem of one request.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) kind: Kind,
    detail: String,
    more: Map<String, Value>,
    /// The methods that there are, where the one used is none of them.
    pub(super) allow: Option<&'static str>,
}

impl Problem {
    pub(super) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            more: Map::new(),
            allow: None,
        }
    }

    /// The method is none of those that there are.
    pub(super) fn method(allow: &'static str) -> Self {
        Self {
            allow: Some(allow),
            ..Self::new(Kind::Method, format!("this takes {allow}"))
        }
    }

    /// Tells of the first records that are no good, and how many there are in all.
    #[must_use]
    pub(super) fn with_faults(mut self, faults: &[Fault], in_all: usize) -> Self {
        let errors = faults.iter().map(Fault::json).collect();
        self.more.insert("errors".to_owned(), errors);
        self.more.insert("rejected".to_owned(), in_all.into());
        self
    }

    /// Tells what became of each record.
    pub(super) fn undelivered(fates: &[Fate]) -> Self {
        let failed = fates.iter().filter_map(|fate| match fate {
            Fate::Failed(reason) => Some(*reason),
            Fate::Delivered { .. } => None,
        });
        let count = failed.clone().count();
        let kind = if failed.clone().any(crate::metrics::Reason::is_refusal) {
            Kind::Refused
        } else {
            Kind::NotDelivered
        };
        let detail = format!(
            "{count} of {} records were not acknowledged: to send them again may duplicate those among them that Kafka has after all",
            fates.len()
        );
        let mut problem = Self::new(kind, detail);
        let records = fates.iter().map(|fate| match fate {
            Fate::Delivered { partition, offset } => {
                json!({ "partition": partition, "offset": offset })
            }
            Fate::Failed(reason) => json!({ "failed": reason.as_str() }),
        });
        problem.more.insert("records".to_owned(), records.collect());
        problem.more.insert("failed".to_owned(), count.into());
        problem
    }

    /// The document.
    pub(super) fn json(&self) -> Value {
        let mut document = json!({
            "type": format!("urn:gluestream:problem:{}", self.kind.name()),
            "title": self.kind.title(),
            "status": self.kind.status().as_u16(),
            "detail": self.detail,
        });
        if let Value::Object(members) = &mut document {
            members.extend(self.more.clone());
        }
        document
    }
}
