//! What clients called lately, for the page: who, what, and how it ended; never definitions.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, header};
use jiff::Timestamp;
use serde::Deserialize;

use crate::api::Operation;

/// How many calls are remembered.
const KEPT: usize = 200;
/// The most characters kept of a text that a client sent.
const MAX_TEXT: usize = 300;
/// Longer bodies are not searched for names.
const MAX_SEARCHED: usize = 1 << 20;

/// One call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) at: Timestamp,
    pub(crate) operation: Operation,
    /// `ok`, an exception's name, or `refused`.
    pub(crate) outcome: &'static str,
    /// Registry and schema, or the version's id, as the request named them.
    pub(crate) subject: String,
    pub(crate) user_agent: String,
    pub(crate) elapsed: Duration,
}

/// The latest calls.
#[derive(Debug, Default)]
pub(crate) struct Calls(Mutex<VecDeque<Call>>);

impl Call {
    /// A call that begins now.
    pub(crate) fn new(operation: Operation, headers: &HeaderMap) -> Self {
        let user_agent = headers.get(header::USER_AGENT);
        let user_agent = user_agent.map(|value| String::from_utf8_lossy(value.as_bytes()));
        Self {
            at: Timestamp::now(),
            operation,
            outcome: "refused",
            subject: String::new(),
            user_agent: cut(&user_agent.unwrap_or_default()),
            elapsed: Duration::ZERO,
        }
    }

    /// Notes what a request is about.
    pub(crate) fn is_about(&mut self, body: &[u8]) {
        if body.len() > MAX_SEARCHED {
            return;
        }
        let names: Names = serde_json::from_slice(body).unwrap_or_default();
        self.subject = cut(&names.subject());
    }
}

impl Calls {
    /// Remembers a call and forgets the oldest.
    pub(crate) fn add(&self, call: Call) {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if calls.len() == KEPT {
            calls.pop_back();
        }
        calls.push_front(call);
    }

    /// The latest ones, newest first.
    pub(crate) fn latest(&self, limit: usize) -> Vec<Call> {
        let calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        calls.iter().take(limit).cloned().collect()
    }
}

/// What names something in a request of any operation.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Names {
    registry_name: Option<String>,
    schema_name: Option<String>,
    registry_arn: Option<String>,
    schema_arn: Option<String>,
    resource_arn: Option<String>,
    schema_version_id: Option<String>,
    registry_id: Option<Box<Names>>,
    schema_id: Option<Box<Names>>,
}

impl Names {
    fn subject(self) -> String {
        if let Some(id) = self.schema_version_id {
            return id;
        }
        let outer = self.registry_id.map(|names| names.subject());
        if let Some(names) = self.schema_id {
            return names.subject();
        }
        let arn = self.schema_arn.or(self.registry_arn).or(self.resource_arn);
        let of_arn = arn.map(|arn| match arn.split_once('/') {
            Some((_, names)) => names.to_owned(),
            None => arn,
        });
        let registry = self.registry_name.or(outer).or(of_arn);
        let names = registry.into_iter().chain(self.schema_name);
        names.collect::<Vec<_>>().join("/")
    }
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::{Call, Calls, KEPT, MAX_TEXT};
    use crate::api::Operation;

    fn subject(body: &str) -> String {
        let mut call = Call::new(Operation::GetSchema, &HeaderMap::new());
        call.is_about(body.as_bytes());
        call.subject
    }

    #[test]
    fn names_are_found_wherever_a_request_has_them() {
        for (body, wanted) in [
            (r#"{"RegistryName":"r","Tags":{"a":"b"}}"#, "r"),
            (
                r#"{"RegistryId":{"RegistryName":"r"},"SchemaName":"s"}"#,
                "r/s",
            ),
            (
                r#"{"SchemaId":{"RegistryName":"r","SchemaName":"s"},"SchemaDefinition":"{}"}"#,
                "r/s",
            ),
            (
                r#"{"SchemaId":{"SchemaArn":"arn:aws:glue:r:1:schema/r/s"}}"#,
                "r/s",
            ),
            (
                r#"{"RegistryId":{"RegistryArn":"arn:aws:glue:r:1:registry/r"}}"#,
                "r",
            ),
            (r#"{"SchemaVersionId":"b46c"}"#, "b46c"),
            (r#"{"RegistryName":5}"#, ""),
            ("[", ""),
            ("", ""),
        ] {
            assert_eq!(subject(body), wanted, "{body}");
        }
        let nested = r#"{"SchemaId":"#.repeat(100_000);
        assert_eq!(subject(&nested), "");
        let long = format!(r#"{{"RegistryName":"{}"}}"#, "ä".repeat(1_000));
        assert_eq!(subject(&long).chars().count(), MAX_TEXT);
    }

    #[test]
    fn only_the_latest_calls_are_kept() {
        let calls = Calls::default();
        for number in 0..KEPT + 5 {
            let mut call = Call::new(Operation::GetSchema, &HeaderMap::new());
            call.subject = number.to_string();
            calls.add(call);
        }
        let latest = calls.latest(usize::MAX);
        assert_eq!(latest.len(), KEPT);
        assert_eq!(latest[0].subject, (KEPT + 4).to_string());
        assert_eq!(calls.latest(3).len(), 3);
    }
}
