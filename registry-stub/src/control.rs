//! `/_stub/faults`, `/_stub/reset` and `/moto-api/reset`: for tests that steer the stub.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::faults::{self, Rules};
use crate::{Shared, store};

/// More faults than these bytes hold are none that a person wrote.
const MAX_BODY: usize = 64 << 10;

/// The routes; the guard keeps web pages of others away from all of them.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/_stub/faults", get(show).put(put).delete(lift))
        .route("/_stub/reset", post(reset))
        .route("/moto-api/reset", post(reset))
        .layer(DefaultBodyLimit::max(MAX_BODY))
}

async fn show(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(shared.faults.to_json())
}

async fn put(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    match faults::from_json(&body) {
        Ok(rules) => {
            replace(&shared, rules);
            Json(shared.faults.to_json()).into_response()
        }
        Err(error) => (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response(),
    }
}

async fn lift(State(shared): State<Arc<Shared>>) -> Json<Value> {
    replace(&shared, Rules::new());
    Json(shared.faults.to_json())
}

fn replace(shared: &Shared, rules: Rules) {
    let is_outage = shared.faults.replace(rules);
    if is_outage {
        shared.lines.cut_api();
    }
    let faults = shared.faults.count();
    tracing::warn!(faults, is_outage, "faults changed");
}

async fn reset(State(shared): State<Arc<Shared>>) -> Response {
    let work = tokio::task::spawn_blocking(move || {
        shared.service.store.clear()?;
        shared.service.ids.restart();
        shared.count_schemas();
        Ok::<_, store::StoreError>(())
    });
    match work.await {
        Ok(Ok(())) => {
            tracing::warn!("everything was deleted, as asked");
            Json(json!({"status": "ok"})).into_response()
        }
        Ok(Err(error)) => {
            tracing::error!(%error, "reset failed");
            let error = "the store cannot be emptied; the log says why";
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                Json(json!({ "error": error })),
            )
                .into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
