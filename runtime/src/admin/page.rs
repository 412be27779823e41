//! The page for people at `/`: what this daemon is, whether it is well, what it does now.

use crate::telemetry::Telemetry;
use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::{Html, IntoResponse};

const POLICY: [(HeaderName, &str); 2] = [
    (header::CONTENT_SECURITY_POLICY, "default-src 'self'"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

/// The stylesheet that the pages of all servers share.
pub(crate) const STYLE: &str = "\
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{max-width:60rem;margin:2rem auto;padding:0 1rem}\
table{border-collapse:collapse}td,th{padding:.2rem .8rem .2rem 0;text-align:left;vertical-align:top}\
pre{overflow:auto;padding:1rem;border:1px solid #8886;border-radius:.4rem}.no{color:#c33}.yes{color:#283}";

pub(super) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)
}

pub(super) async fn index(State(telemetry): State<Telemetry>) -> impl IntoResponse {
    let name = escape(telemetry.binary());
    let (version, revision, _) = crate::daemon::version_parts();
    let checks: String = telemetry
        .health()
        .checks()
        .into_iter()
        .map(check_row)
        .collect();
    let state = serde_json::to_string_pretty(&telemetry.state()).unwrap_or_default();
    let body = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>gluestream {name}</title><link rel=\"stylesheet\" href=\"/style.css\"></head>\
<body><h1>gluestream {name}</h1><p>version {version}, revision {revision}</p><h2>Health</h2><table>{checks}</table>\
<h2>State</h2><pre>{}</pre><p><a href=\"/metrics\">metrics</a> · <a href=\"/state\">state</a> · <a href=\"/live\">live</a> · <a href=\"/ready\">ready</a> · <a href=\"/version\">version</a></p></body></html>",
        escape(&state)
    );
    (POLICY, Html(body))
}

fn check_row((check, holds): (&'static str, bool)) -> String {
    let word = if holds { "yes" } else { "no" };
    format!(
        "<tr><td>{}</td><td class=\"{word}\">{word}</td></tr>",
        escape(check)
    )
}

/// Escapes text for HTML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
