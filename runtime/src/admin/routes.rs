//! The routes of the admin port.

use super::{html, page};
use crate::telemetry::{Telemetry, logging};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use prometheus::TextEncoder;
use serde_json::{Map, Value, json};

/// `/live /ready /startup /metrics /version`: what every server answers.
pub fn health_routes(telemetry: &Telemetry) -> Router {
    Router::new()
        .route("/live", get(live))
        .route("/ready", get(ready))
        .route("/startup", get(startup))
        .route("/metrics", get(metrics))
        .route("/version", get(version))
        .with_state(telemetry.clone())
}

/// Everything on a daemon's admin port.
pub fn routes(telemetry: &Telemetry) -> Router {
    let own = Router::new()
        .route("/", get(page::index))
        .route("/style.css", get(html::style))
        .route("/page.js", get(page::script))
        .route("/state", get(state))
        .route("/config", get(config))
        .route("/log-level", put(log_level))
        .with_state(telemetry.clone());
    health_routes(telemetry)
        .merge(own)
        .fallback(async || (StatusCode::NOT_FOUND, "no such page\n"))
}

fn answer(holds: bool, word: &str, checks: Vec<(&'static str, bool)>) -> Response {
    let status = if holds {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let checks: Map<String, Value> = checks
        .into_iter()
        .map(|(name, holds)| (name.to_owned(), Value::Bool(holds)))
        .collect();
    (status, Json(json!({ word: holds, "checks": checks }))).into_response()
}

async fn live(State(telemetry): State<Telemetry>) -> Response {
    let health = telemetry.health();
    answer(health.is_live(), "live", health.hearts())
}

async fn ready(State(telemetry): State<Telemetry>) -> Response {
    let health = telemetry.health();
    answer(health.is_ready(), "ready", health.latches())
}

async fn startup(State(telemetry): State<Telemetry>) -> Response {
    let health = telemetry.health();
    answer(health.is_started(), "started", health.latches())
}

async fn metrics(State(telemetry): State<Telemetry>) -> Response {
    match TextEncoder::new().encode_to_string(&telemetry.registry().gather()) {
        Ok(text) => (
            [(
                header::CONTENT_TYPE,
                HeaderValue::from_static(prometheus::TEXT_FORMAT),
            )],
            text,
        )
            .into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
    }
}

async fn version(State(telemetry): State<Telemetry>) -> Json<Value> {
    let (version, revision, rustc) = crate::daemon::version_parts();
    Json(
        json!({ "binary": telemetry.binary(), "version": version, "revision": revision, "rustc": rustc }),
    )
}

async fn state(State(telemetry): State<Telemetry>) -> Json<Value> {
    let health = telemetry.health();
    let mut state = telemetry.state();
    if let Value::Object(parts) = &mut state {
        parts.insert("live".to_owned(), Value::Bool(health.is_live()));
        parts.insert("ready".to_owned(), Value::Bool(health.is_ready()));
    }
    Json(state)
}

/// The configuration in force, as `validate` prints it.
async fn config(State(telemetry): State<Telemetry>) -> String {
    crate::config::print(telemetry.configuration())
}

async fn log_level(body: String) -> Response {
    match logging::set_level(&body) {
        Ok(()) => {
            tracing::info!(level = body.trim(), "log level changed");
            (StatusCode::OK, "changed\n").into_response()
        }
        Err(error) => (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
    }
}
