//! `/schema`: one schema with all of its versions.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use runtime::admin::Html;
use serde::Deserialize;

use super::{FULL_BYTES, MOST, Trouble, first, rest, verdict};
use crate::Shared;
use crate::store::{Schema, Snapshot, Version};

/// Which schema.
#[derive(Deserialize)]
pub(super) struct Named {
    region: String,
    registry: String,
    name: String,
}

/// The page.
pub(super) async fn show(
    State(shared): State<Arc<Shared>>,
    Query(named): Query<Named>,
) -> Response {
    super::page(shared, move |shared| {
        let title = format!("{}/{}", named.registry, named.name);
        let body = shared.service.store.read(|store| render(store, &named))?;
        Ok((title, body))
    })
    .await
}

fn render(store: &Snapshot, named: &Named) -> Result<Html, Trouble> {
    let region = named.region.as_str();
    let schema = store
        .schema(region, &named.registry, &named.name)?
        .ok_or(Trouble::NotFound("there is no such schema\n"))?;
    let page = store.history(region, &schema, &first(MOST))?;
    let mut out = Html::default();
    head(region, &schema, &mut out);
    choose(region, &page.items, &mut out);
    for version in &page.items {
        if out.bytes() > FULL_BYTES {
            out.raw("<p>This page is full; the API lists everything.</p>");
            break;
        }
        render_version(store, region, version, &mut out)?;
    }
    rest(&page, "versions", &mut out);
    Ok(out)
}

fn head(region: &str, schema: &Schema, out: &mut Html) {
    out.raw("<p>").text(schema.format.as_str());
    out.raw(", mode ").element("b", schema.mode.as_str());
    out.raw(", region ").text(region);
    out.raw(", checkpoint ")
        .text(&schema.checkpoint.to_string());
    out.raw(", created ").text(&schema.created).raw(". ");
    let names = [
        ("region", region),
        ("registry", &schema.registry),
        ("schema", &schema.name),
        ("format", schema.format.as_str()),
    ];
    out.link("/check", &names, "Check a definition").raw("</p>");
    if let Some(description) = &schema.description {
        out.element("p", description);
    }
}

/// The choice of two versions to compare.
fn choose(region: &str, versions: &[Version], out: &mut Html) {
    if versions.len() < 2 {
        return;
    }
    out.raw("<form action=\"/diff\"><p>Compare version ");
    out.hidden("region", region);
    for (field, chosen) in [
        ("<select name=\"old\">", 1),
        (" with <select name=\"new\">", 0),
    ] {
        out.raw(field);
        for (index, version) in versions.iter().enumerate() {
            let text = format!("{} {}", version.number, version.status.as_str());
            out.option(&version.id.to_string(), &text, index == chosen);
        }
        out.raw("</select>");
    }
    out.raw(" <button>Compare</button></p></form>");
}

fn render_version(
    store: &Snapshot,
    region: &str,
    version: &Version,
    out: &mut Html,
) -> Result<(), Trouble> {
    let id = version.id.to_string();
    out.raw("<article><h2>Version ")
        .text(&version.number.to_string())
        .raw(" ");
    verdict::status(version, out);
    out.raw("</h2><p class=\"quiet\">")
        .text(&id)
        .raw(", ")
        .text(&version.created);
    out.raw(" <a href=\"/explain/")
        .text(&id)
        .raw("\">explain</a></p>");
    verdict::reasons(&store.reasons(region, version.id)?, out);
    out.raw("<details><summary>Definition</summary>");
    out.element("pre", &store.definition(region, version.id)?);
    out.raw("</details></article>");
    Ok(())
}
