//! The description of the API, for people and for programs that are made from it: `OpenAPI` 3.1.

use serde_json::{Map, Value, json};

use super::intake::{DESCRIPTION, RECORDS};
use super::problem::Kind;

/// What the description depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Described<'a> {
    pub(super) topic: &'a str,
    pub(super) takes_avro: bool,
    pub(super) needs_token: bool,
    pub(super) needs_certificate: bool,
    pub(super) max_records: usize,
}

/// The document.
pub(super) fn document(described: Described<'_>) -> Value {
    let title = format!("Records for the topic {}", described.topic);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Takes records, checks them against the topic's schema, and answers when Kafka has acknowledged them.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": security(described),
        "paths": {
            RECORDS: { "post": records(described) },
            DESCRIPTION: { "get": description() },
        },
        "components": {
            "schemas": schemas(described.max_records),
            "securitySchemes": schemes(described),
        },
    })
}

/// What a client has to show; where that is nothing, the list is empty.
fn security(described: Described<'_>) -> Value {
    let mut needed = Map::new();
    if described.needs_token {
        needed.insert("token".to_owned(), json!([]));
    }
    if described.needs_certificate {
        needed.insert("certificate".to_owned(), json!([]));
    }
    if needed.is_empty() {
        json!([])
    } else {
        json!([needed])
    }
}

fn schemes(described: Described<'_>) -> Value {
    let mut schemes = Map::new();
    if described.needs_token {
        let scheme = json!({ "type": "http", "scheme": "bearer" });
        schemes.insert("token".to_owned(), scheme);
    }
    if described.needs_certificate {
        let scheme = json!({ "type": "mutualTLS" });
        schemes.insert("certificate".to_owned(), scheme);
    }
    Value::Object(schemes)
}

fn records(described: Described<'_>) -> Value {
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let mut content = Map::new();
    content.insert(
        "application/json".to_owned(),
        json!({ "schema": { "oneOf": [reference("Record"), reference("Records")] } }),
    );
    content.insert(
        "application/x-ndjson".to_owned(),
        json!({ "schema": { "type": "string", "description": "One object a line." } }),
    );
    if described.takes_avro {
        let schema = json!({ "description": "One datum, bare: neither a frame nor a file." });
        content.insert("application/avro".to_owned(), json!({ "schema": schema }));
    }
    let mut responses = problems(&Kind::ALL);
    let delivered = json!({
        "description": "Kafka has acknowledged all records.",
        "content": { "application/json": { "schema": reference("Delivered") } },
    });
    responses.insert("200".to_owned(), delivered);
    json!({
        "operationId": "sendRecords",
        "summary": "Sends records, all or none of them",
        "description": "Each record becomes one record of the topic, in the order of the request. Where one of them is no good none is sent. A body may be gzip, said by Content-Encoding. To send records again after a 5xx, or after no answer, may duplicate them.",
        "requestBody": { "required": true, "content": content },
        "responses": responses,
    })
}

fn description() -> Value {
    let mut responses = problems(&[Kind::Unauthorized, Kind::Foreign, Kind::Method]);
    let document = json!({
        "description": "This document.",
        "content": { "application/json": { "schema": { "type": "object" } } },
    });
    responses.insert("200".to_owned(), document);
    json!({
        "operationId": "describe",
        "summary": "Gives this document",
        "responses": responses,
    })
}

/// The answers that are problems, by their status.
fn problems(kinds: &[Kind]) -> Map<String, Value> {
    let mut responses = Map::new();
    for kind in kinds {
        let names: Vec<_> = kinds
            .iter()
            .filter(|other| other.status() == kind.status())
            .map(|other| format!("`urn:gluestream:problem:{}`", other.name()))
            .collect();
        let mut response = json!({
            "description": names.join(" or "),
            "content": { "application/problem+json": {
                "schema": { "$ref": "#/components/schemas/Problem" },
            } },
        });
        let headers = match kind {
            Kind::Unauthorized => Some(("WWW-Authenticate", "string")),
            Kind::Method => Some(("Allow", "string")),
            kind if kind.retry_after().is_some() => Some(("Retry-After", "integer")),
            _ => None,
        };
        if let Some((name, kind)) = headers {
            response["headers"] = json!({ name: { "schema": { "type": kind } } });
        }
        let status = kind.status().as_str().to_owned();
        responses.entry(status).or_insert(response);
    }
    responses
}

fn schemas(max_records: usize) -> Value {
    let place = json!({
        "type": "object",
        "required": ["partition", "offset"],
        "properties": {
            "partition": { "type": "integer", "minimum": 0 },
            "offset": { "type": "integer", "minimum": 0 },
        },
    });
    let failed = json!({
        "type": "object",
        "required": ["failed"],
        "properties": { "failed": { "type": "string" } },
    });
    let error = json!({
        "type": "object",
        "required": ["record", "line", "field", "kind", "reason"],
        "properties": {
            "record": { "type": "integer", "minimum": 1, "description": "Which record of the request." },
            "line": { "type": ["integer", "null"], "minimum": 1, "description": "The line of the body in which it begins." },
            "field": { "type": ["string", "null"], "description": "The field at fault; null for the whole record." },
            "kind": { "type": "string", "enum": common::error::Kind::ALL.map(common::error::Kind::as_str) },
            "reason": { "type": "string" },
        },
    });
    json!({
        "Record": { "type": "object", "description": "A record as the topic's schema says." },
        "Records": {
            "type": "array", "minItems": 1,
            "description": format!("At most {max_records} records; more are answered 413."),
            "items": { "$ref": "#/components/schemas/Record" },
        },
        "Delivered": {
            "type": "object",
            "required": ["topic", "schema_version_id", "records"],
            "properties": {
                "topic": { "type": "string" },
                "schema_version_id": { "type": "string", "format": "uuid" },
                "records": { "type": "array", "minItems": 1, "items": place, "description": "Where each record stands, in the order of the request." },
            },
        },
        "Problem": {
            "type": "object",
            "required": ["type", "title", "status", "detail"],
            "properties": {
                "type": { "type": "string", "format": "uri" },
                "title": { "type": "string" },
                "status": { "type": "integer" },
                "detail": { "type": "string" },
                "errors": { "type": "array", "items": error, "description": "The first records that are no good." },
                "rejected": { "type": "integer", "description": "How many records are no good, those beyond `errors` too." },
                "records": { "type": "array", "items": { "oneOf": [place, failed] }, "description": "What became of each record, where not all were acknowledged." },
                "failed": { "type": "integer", "description": "How many records were not acknowledged." },
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described() -> Described<'static> {
        Described {
            topic: "orders",
            takes_avro: true,
            needs_token: true,
            needs_certificate: false,
            max_records: 10,
        }
    }

    #[test]
    fn the_document_names_every_status_and_problem() {
        let document = document(described());
        let responses = &document["paths"][RECORDS]["post"]["responses"];
        for status in super::super::intake::statuses() {
            assert!(responses.get(status.as_str()).is_some(), "{status}");
        }
        let text = responses.to_string();
        for kind in Kind::ALL {
            let name = format!("`urn:gluestream:problem:{}`", kind.name());
            assert!(text.contains(&name), "{name}");
        }
    }

    #[test]
    fn every_reference_leads_to_a_schema() {
        fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
            match value {
                Value::Object(members) => {
                    found.extend(members.get("$ref").and_then(Value::as_str));
                    members.values().for_each(|value| references(value, found));
                }
                Value::Array(items) => items.iter().for_each(|value| references(value, found)),
                _ => {}
            }
        }
        let document = document(described());
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 10);
        for reference in found {
            let pointer = reference.trim_start_matches('#');
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }

    #[test]
    fn what_is_needed_is_what_is_configured() {
        let document = document(described());
        assert_eq!(document["security"], json!([{ "token": [] }]));
        assert!(
            document["paths"][RECORDS]["post"]["requestBody"]["content"]["application/avro"]
                .is_object()
        );
        let open = super::document(Described {
            takes_avro: false,
            needs_token: false,
            ..described()
        });
        assert_eq!(open["security"], json!([]));
        assert!(
            open["paths"][RECORDS]["post"]["requestBody"]["content"]["application/avro"].is_null()
        );
    }
}
