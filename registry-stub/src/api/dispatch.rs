//! From an HTTP request to an operation and back: AWS JSON 1.1.

use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::error::ApiError;
use super::operation::Operation;
use super::{
    Call, deletion, difference, lookups, metadata, registries, schemas, tags, updates, validity,
    versions,
};
use crate::Shared;
use crate::calls;
use crate::config::is_region;
use crate::faults::Kind;
use crate::line::Line;

/// A definition has at most 170,000 characters; escaped, six bytes each and more for those beyond the BMP.
const MAX_BODY: usize = 8 << 20;
const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// Answers one request to the API.
pub(crate) async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let began = Instant::now();
    let operation = Operation::of(request.headers());
    let mut noted = calls::Call::new(operation, request.headers());
    let line = request.extensions().get::<ConnectInfo<Line>>();
    let line = line.map(|ConnectInfo(line)| line.clone());
    let outcome = match meet(&shared, operation, line).await {
        Met::Nothing => outcome(&shared, &mut noted, request).await,
        Met::Failure(error) => Err(error),
        Met::Closed => {
            shared.calls.add(noted);
            // Nobody reads this answer.
            return Response::default();
        }
    };
    let elapsed = began.elapsed();
    let kind = outcome.as_ref().err().map(ApiError::kind);
    shared
        .metrics
        .observe(operation, kind.map(|(_, status)| status), elapsed);
    let result = kind.map_or("ok", |(name, _)| name);
    (noted.outcome, noted.elapsed) = (result, elapsed);
    shared.calls.add(noted);
    if let Err(ApiError::Internal(cause)) = &outcome {
        tracing::error!(
            operation = operation.as_str(),
            error = chain(cause.as_ref()),
            "request failed"
        );
    } else {
        tracing::debug!(
            operation = operation.as_str(),
            result,
            micros = elapsed.as_micros(),
            "request"
        );
    }
    respond(outcome)
}

/// What the faults in force did to a request.
enum Met {
    Nothing,
    Failure(ApiError),
    Closed,
}

async fn meet(shared: &Shared, operation: Operation, line: Option<Line>) -> Met {
    if let Some(line) = &line {
        line.serves_api();
    }
    let meeting = shared.faults.meet(operation, Instant::now());
    if !meeting.wait.is_zero() {
        shared.metrics.met(operation, Kind::Latency);
        tokio::time::sleep(meeting.wait).await;
    }
    let Some(end) = meeting.end else {
        return Met::Nothing;
    };
    shared.metrics.met(operation, end);
    match (end, line) {
        (Kind::Throttle, _) => Met::Failure(ApiError::Throttled),
        (Kind::Refuse, Some(line)) => {
            line.cut();
            Met::Closed
        }
        _ => Met::Failure(ApiError::Injected),
    }
}

async fn outcome(
    shared: &Arc<Shared>,
    noted: &mut calls::Call,
    request: Request,
) -> Result<Vec<u8>, ApiError> {
    let mut region = signed_region(request.headers())
        .unwrap_or(&shared.region)
        .to_owned();
    let (head, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY)
        .await
        .map_err(|_| ApiError::TooLarge)?;
    noted.is_about(&body);
    let operation = noted.operation;
    let shared = Arc::clone(shared);
    // The store waits for the disk.
    let work = tokio::task::spawn_blocking(move || {
        if let Some(keys) = &shared.keys {
            // What is signed counts, and not what else the header says.
            region = keys.verify(&head, &body, Timestamp::now())?;
        }
        let call = Call {
            service: &shared.service,
            region: &region,
        };
        let something_happened = call.service.settle()?;
        let outcome = perform(call, operation, &body);
        if something_happened || operation.changes_schemas() {
            shared.count_schemas();
        }
        outcome
    });
    work.await
        .map_err(|error| ApiError::Internal(Box::new(error)))?
}

fn perform(call: Call<'_>, operation: Operation, body: &Bytes) -> Result<Vec<u8>, ApiError> {
    match operation {
        Operation::CreateRegistry => run(call, body, registries::create),
        Operation::GetRegistry => run(call, body, registries::get),
        Operation::ListRegistries => run(call, body, registries::list),
        Operation::UpdateRegistry => run(call, body, updates::registry),
        Operation::DeleteRegistry => run(call, body, deletion::registry),
        Operation::CreateSchema => run(call, body, schemas::create),
        Operation::GetSchema => run(call, body, schemas::get),
        Operation::ListSchemas => run(call, body, schemas::list),
        Operation::UpdateSchema => run(call, body, updates::schema),
        Operation::DeleteSchema => run(call, body, deletion::schema),
        Operation::RegisterSchemaVersion => run(call, body, versions::register),
        Operation::GetSchemaVersion => run(call, body, lookups::get),
        Operation::GetSchemaByDefinition => run(call, body, lookups::by_definition),
        Operation::GetSchemaVersionsDiff => run(call, body, difference::get),
        Operation::ListSchemaVersions => run(call, body, lookups::list),
        Operation::DeleteSchemaVersions => run(call, body, deletion::versions),
        Operation::CheckSchemaVersionValidity => run(call, body, validity::check),
        Operation::PutSchemaVersionMetadata => run(call, body, metadata::put),
        Operation::QuerySchemaVersionMetadata => run(call, body, metadata::query),
        Operation::RemoveSchemaVersionMetadata => run(call, body, metadata::remove),
        Operation::GetTags => run(call, body, tags::get),
        Operation::TagResource => run(call, body, tags::add),
        Operation::UntagResource => run(call, body, tags::remove),
        Operation::Unknown => Err(ApiError::UnknownOperation),
    }
}

fn run<I: DeserializeOwned, O: Serialize>(
    call: Call<'_>,
    body: &[u8],
    operation: impl FnOnce(Call<'_>, I) -> Result<O, ApiError>,
) -> Result<Vec<u8>, ApiError> {
    let body = if body.trim_ascii().is_empty() {
        b"{}"
    } else {
        body
    };
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(ApiError::Serialization(
            "the request's body is not a JSON object".to_owned(),
        ));
    }
    let input =
        serde_json::from_slice(body).map_err(|error| ApiError::Serialization(error.to_string()))?;
    let output = operation(call, input)?;
    serde_json::to_vec(&output).map_err(|error| ApiError::Internal(Box::new(error)))
}

/// The region of `Authorization: … Credential=KEY/DATE/REGION/glue/aws4_request, …`.
fn signed_region(headers: &HeaderMap) -> Option<&str> {
    let authorization = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (_, credential) = authorization.split_once("Credential=")?;
    let scope = credential.split([',', ' ']).next()?;
    let region = scope.rsplit('/').nth(2)?;
    is_region(region).then_some(region)
}

#[derive(Serialize)]
struct ErrorBody {
    #[serde(rename = "__type")]
    kind: &'static str,
    #[serde(rename = "Message", skip_serializing_if = "String::is_empty")]
    message: String,
}

fn respond(outcome: Result<Vec<u8>, ApiError>) -> Response {
    let headers = [
        ("content-type", CONTENT_TYPE.to_owned()),
        ("x-amzn-requestid", Uuid::new_v4().to_string()),
    ];
    let error = match outcome {
        Ok(body) => return (headers, Body::from(body)).into_response(),
        Err(error) => error,
    };
    let (kind, status) = error.kind();
    let body = serde_json::to_vec(&ErrorBody {
        kind,
        message: error.to_string(),
    });
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (
        status,
        headers,
        [("x-amzn-errortype", kind)],
        body.unwrap_or_default(),
    )
        .into_response()
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, header};

    use super::signed_region;

    #[test]
    fn the_region_comes_from_the_credential_scope() {
        let scope = |region: &str| {
            format!(
                "AWS4-HMAC-SHA256 Credential=AK/ID/20261122/{region}/glue/aws4_request, SignedHeaders=host, Signature=0"
            )
        };
        let table = [
            (scope("eu-west-1"), Some("eu-west-1")),
            (scope(""), None),
            (scope("EU WEST"), None),
            (scope(&"a".repeat(65)), None),
            ("Bearer x".to_owned(), None),
            ("Credential=glue/aws4_request".to_owned(), None),
        ];
        for (authorization, region) in table {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, authorization.parse().unwrap());
            assert_eq!(signed_region(&headers), region, "{authorization}");
        }
        assert_eq!(signed_region(&HeaderMap::new()), None);
    }
}
