//! `/`: registries, their schemas, and the latest calls.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use runtime::admin::Html;

use super::{FULL_BYTES, MOST, Trouble, calls, first, rest};
use crate::Shared;
use crate::store::{Registry, Schema, Snapshot, StoreError};

/// How many calls stand on the first page.
const CALLS: usize = 10;

/// The first page.
pub(crate) async fn show(State(shared): State<Arc<Shared>>) -> Response {
    super::page(shared, |shared| {
        let mut out = shared.service.store.read(render)?;
        out.raw("<h2>Latest calls</h2>");
        calls::table(&shared.calls.latest(CALLS), &mut out);
        Ok(("Registries".to_owned(), out))
    })
    .await
}

fn render(store: &Snapshot) -> Result<Html, Trouble> {
    let mut out = Html::default();
    let regions = store.regions()?;
    if regions.is_empty() {
        out.raw("<p>No registry yet.</p>");
    }
    for region in regions {
        out.element("h2", &region);
        let page = store.registries(&region, &first(MOST))?;
        for registry in &page.items {
            render_registry(store, &region, registry, &mut out)?;
        }
        rest(&page, "registries", &mut out);
    }
    if out.bytes() > FULL_BYTES {
        out.raw("<p>This page is full; the API lists everything.</p>");
    }
    Ok(out)
}

fn render_registry(
    store: &Snapshot,
    region: &str,
    registry: &Registry,
    out: &mut Html,
) -> Result<(), StoreError> {
    if out.bytes() > FULL_BYTES {
        return Ok(());
    }
    out.raw("<h3>Registry ").text(&registry.name).raw("</h3>");
    if let Some(description) = &registry.description {
        out.element("p class=\"quiet\"", description);
    }
    let page = store.schemas(region, Some(&registry.name), &first(MOST))?;
    if page.items.is_empty() {
        out.raw("<p>No schema yet.</p>");
        return Ok(());
    }
    let columns = ["Schema", "Format", "Mode", "Newest version", "Description"];
    out.open_table("Schemas of this registry.", &columns);
    for schema in &page.items {
        render_schema(store, region, schema, out)?;
    }
    out.close_table();
    rest(&page, "schemas", out);
    Ok(())
}

fn render_schema(
    store: &Snapshot,
    region: &str,
    schema: &Schema,
    out: &mut Html,
) -> Result<(), StoreError> {
    let names = [
        ("region", region),
        ("registry", &schema.registry),
        ("name", &schema.name),
    ];
    out.open_row().open_cell("Schema");
    out.link("/schema", &names, &schema.name).raw("</td>");
    out.cell("Format", schema.format.as_str());
    out.cell("Mode", schema.mode.as_str());
    out.open_cell("Newest version");
    let history = store.history(region, schema, &first(1))?;
    if let Some(version) = history.items.first() {
        out.text(&version.number.to_string()).raw(" ");
        super::verdict::status(version, out);
    }
    out.raw("</td>");
    out.cell(
        "Description",
        schema.description.as_deref().unwrap_or_default(),
    );
    out.close_row();
    Ok(())
}
