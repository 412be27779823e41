//! `/explain/{schema-version-id}`: how a version stands and why, for programs and for people.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{self, IntoResponse, Response};
use runtime::admin::{Html, PAGE_HEADERS};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{framed, verdict, work};
use crate::Shared;
use crate::store::{Reason, Schema, Snapshot, StoreError, Version};

/// All that is known about a version's verdict.
#[derive(Serialize)]
struct Explanation {
    schema_version_id: String,
    region: String,
    registry: String,
    schema: String,
    version_number: u64,
    data_format: &'static str,
    compatibility: &'static str,
    status: &'static str,
    created: String,
    /// The numbers of the versions that counted.
    compared_with: Vec<u64>,
    reasons: Vec<Reason>,
    #[serde(skip)]
    version: Version,
}

/// JSON, or a page for browsers.
pub(super) async fn show(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let refused = |status: StatusCode, error| (status, Json(json!({ "error": error })));
    let Ok(id) = id.parse() else {
        return refused(StatusCode::BAD_REQUEST, "not a schema version id").into_response();
    };
    let found = work(shared, move |shared| {
        Ok(shared.service.store.read(|store| find(store, id))?)
    });
    let explanation = match found.await {
        Ok(Some(explanation)) => explanation,
        Ok(None) => {
            return refused(StatusCode::NOT_FOUND, "there is no such version").into_response();
        }
        Err(answer) => return answer,
    };
    let accepted = headers.get(header::ACCEPT).map(HeaderValue::as_bytes);
    let is_browser = accepted.is_some_and(|text| text.windows(9).any(|part| part == b"text/html"));
    if is_browser {
        let page = framed("Why so", &render(&explanation));
        (PAGE_HEADERS, response::Html(page)).into_response()
    } else {
        (PAGE_HEADERS, Json(explanation)).into_response()
    }
}

/// The version with this id, whatever its region.
fn find(store: &Snapshot, id: Uuid) -> Result<Option<Explanation>, StoreError> {
    for region in store.regions()? {
        let Some(version) = store.version(&region, id)? else {
            continue;
        };
        let schema = store.schema(&region, &version.registry, &version.schema)?;
        return schema
            .map(|schema| explain(store, region, &schema, version))
            .transpose();
    }
    Ok(None)
}

fn explain(
    store: &Snapshot,
    region: String,
    schema: &Schema,
    version: Version,
) -> Result<Explanation, StoreError> {
    Ok(Explanation {
        schema_version_id: version.id.to_string(),
        registry: version.registry.clone(),
        schema: version.schema.clone(),
        version_number: version.number,
        data_format: schema.format.as_str(),
        compatibility: schema.mode.as_str(),
        status: version.status.as_str(),
        created: version.created.clone(),
        compared_with: version.compared.clone(),
        reasons: store.reasons(&region, version.id)?,
        region,
        version,
    })
}

fn render(explanation: &Explanation) -> Html {
    let mut out = Html::default();
    out.raw("<p>Version ")
        .text(&explanation.version_number.to_string());
    out.raw(" of ");
    let names = [
        ("region", explanation.region.as_str()),
        ("registry", &explanation.registry),
        ("name", &explanation.schema),
    ];
    let name = format!("{}/{}", explanation.registry, explanation.schema);
    out.link("/schema", &names, &name).raw(" is ");
    verdict::status(&explanation.version, &mut out);
    out.raw(". The schema's format is ")
        .text(explanation.data_format);
    out.raw(", its mode ")
        .text(explanation.compatibility)
        .raw(".</p><p>");
    if explanation.compared_with.is_empty() {
        out.raw("It was compared with no other version.</p>");
    } else {
        out.raw("It was compared with version");
        for number in &explanation.compared_with {
            out.raw(" ").text(&number.to_string());
        }
        out.raw(".</p>");
    }
    verdict::reasons(&explanation.reasons, &mut out);
    out.raw("<p class=\"quiet\">")
        .text(&explanation.schema_version_id);
    out.raw(", ").text(&explanation.created).raw("</p>");
    out
}
