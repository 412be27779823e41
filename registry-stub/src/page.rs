//! The page for people at `/`: registries, schemas, versions, definitions.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::Shared;
use crate::store::{Page, Schema, Snapshot, StoreError, Wanted};

/// At most so many registries of a region, schemas of a registry and versions of a schema.
const MOST: usize = 100;

/// A page that is longer gets no more schemas and versions.
const FULL_BYTES: usize = 4 << 20;

const STYLE: &str = "\
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{max-width:60rem;margin:2rem auto;padding:0 1rem}\
pre{overflow:auto;max-height:30rem;padding:1rem;border:1px solid #8886;border-radius:.4rem}\
summary{cursor:pointer}section{margin-left:1rem}.note{padding:.5rem 1rem;border-left:.3rem solid #c83}";

/// The page's stylesheet.
pub(crate) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)
}

/// The page.
pub(crate) async fn show(State(shared): State<Arc<Shared>>) -> Response {
    let made = tokio::task::spawn_blocking(move || shared.service.store.read(render)).await;
    match made {
        Ok(Ok(page)) => {
            let headers = [
                (header::CONTENT_SECURITY_POLICY, "default-src 'self'"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::CACHE_CONTROL, "no-store"),
            ];
            (headers, Html(page)).into_response()
        }
        Ok(Err(error)) => {
            tracing::error!(%error, "the page cannot be made");
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                "the store cannot be read\n",
            )
                .into_response()
        }
        Err(_) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "the page cannot be made\n",
        )
            .into_response(),
    }
}

fn render(store: &Snapshot) -> Result<String, StoreError> {
    let mut out = String::from(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>gluestream registry-stub</title>\
         <link rel=\"stylesheet\" href=\"/style.css\"></head><body><h1>gluestream registry-stub</h1>",
    );
    let regions = store.regions()?;
    if regions.is_empty() {
        out.push_str("<p>No registry yet.</p>");
    }
    for region in regions {
        out.push_str(&element("h2", &region));
        let page = store.registries(&region, &first())?;
        for registry in &page.items {
            render_registry(store, &region, &registry.name, &mut out)?;
        }
        render_rest(&page, "registries", &mut out);
    }
    if out.len() > FULL_BYTES {
        out.push_str("<p>This page is full; the API lists everything.</p>");
    }
    out.push_str("<p><a href=\"/metrics\">metrics</a> · <a href=\"/live\">live</a> · <a href=\"/ready\">ready</a> · <a href=\"/version\">version</a></p></body></html>");
    Ok(out)
}

fn render_registry(
    store: &Snapshot,
    region: &str,
    name: &str,
    out: &mut String,
) -> Result<(), StoreError> {
    out.push_str(&element("h3", &format!("Registry {name}")));
    let page = store.schemas(region, Some(name), &first())?;
    for schema in &page.items {
        if out.len() > FULL_BYTES {
            return Ok(());
        }
        render_schema(store, region, schema, out)?;
    }
    render_rest(&page, "schemas", out);
    Ok(())
}

fn render_schema(
    store: &Snapshot,
    region: &str,
    schema: &Schema,
    out: &mut String,
) -> Result<(), StoreError> {
    let title = format!(
        "{} ({}, {})",
        schema.name,
        schema.format.as_str(),
        schema.mode
    );
    out.push_str("<section>");
    out.push_str(&element("h4", &title));
    let page = store.history(region, schema, &first())?;
    for version in &page.items {
        if out.len() > FULL_BYTES {
            break;
        }
        let title = format!(
            "Version {} {} {} {}",
            version.number,
            version.status.as_str(),
            version.id,
            version.created
        );
        out.push_str("<details>");
        out.push_str(&element("summary", &title));
        out.push_str(&element("pre", &store.definition(region, version.id)?));
        out.push_str("</details>");
    }
    render_rest(&page, "versions", out);
    out.push_str("</section>");
    Ok(())
}

fn render_rest<I>(page: &Page<I>, what: &str, out: &mut String) {
    if page.next.is_some() {
        out.push_str(&element(
            "p",
            &format!("… and more {what}; the API lists them all"),
        ));
    }
}

fn first() -> Wanted {
    Wanted {
        after: None,
        limit: MOST,
    }
}

/// An element with escaped text in it; `tag` is ours and may have attributes.
fn element(tag: &str, text: &str) -> String {
    let name = tag.split(' ').next().unwrap_or(tag);
    format!("<{tag}>{}</{name}>", escape(text))
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
