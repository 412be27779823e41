//! `/diff`: two versions side by side.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use compatibility::text::{Row, compare, laid_out};
use runtime::admin::Html;
use serde::Deserialize;
use uuid::Uuid;

use super::{Trouble, verdict};
use crate::Shared;
use crate::definition::Format;
use crate::store::{Snapshot, Version};

/// Later rows are left out.
const MAX_ROWS: usize = 10_000;

/// Which versions.
#[derive(Deserialize)]
pub(super) struct Pair {
    region: String,
    old: String,
    new: String,
}

/// The page.
pub(super) async fn show(State(shared): State<Arc<Shared>>, Query(pair): Query<Pair>) -> Response {
    super::page(shared, move |shared| {
        let body = shared.service.store.read(|store| render(store, &pair))?;
        Ok(("Two versions".to_owned(), body))
    })
    .await
}

fn render(store: &Snapshot, pair: &Pair) -> Result<Html, Trouble> {
    let region = pair.region.as_str();
    let (old, format) = find(store, region, &pair.old)?;
    let (new, _) = find(store, region, &pair.new)?;
    let texts = [
        store.definition(region, old.id)?,
        store.definition(region, new.id)?,
    ];
    let [before, after] = [&texts[0], &texts[1]].map(|text| laid_out(format, text));
    let mut out = Html::default();
    out.raw("<table class=\"diff\"><caption>Line by line.</caption><tr>");
    for version in [&old, &new] {
        out.raw("<th scope=\"col\">")
            .text(&version.registry)
            .raw("/")
            .text(&version.schema);
        out.raw(" ").text(&version.number.to_string()).raw(" ");
        verdict::status(version, &mut out);
        out.raw("</th>");
    }
    out.raw("</tr>");
    let rows = compare(&before, &after);
    for row in rows.iter().take(MAX_ROWS) {
        let (old, new, is_same) = match *row {
            Row::Same(line) => (Some(line), Some(line), true),
            Row::Changed(old, new) => (old, new, false),
        };
        out.raw("<tr>");
        // What left and what came is said, not only coloured.
        for (line, class, tag) in [(old, "old", "del"), (new, "new", "ins")] {
            match line {
                Some(line) if !is_same => {
                    out.raw("<td class=\"").raw(class).raw("\">");
                    out.element(tag, line).raw("</td>");
                }
                line => {
                    out.element("td", line.unwrap_or_default());
                }
            }
        }
        out.raw("</tr>");
    }
    out.raw("</table>");
    if rows.len() > MAX_ROWS {
        out.raw("<p>… and more lines.</p>");
    }
    if rows.iter().all(|row| matches!(row, Row::Same(_))) {
        out.raw("<p>Both are the same, line by line.</p>");
    }
    if format != Format::Protobuf {
        out.raw("<p class=\"quiet\">JSON is laid out with one member a line; the definitions themselves may differ in white space.</p>");
    }
    verdict::reasons(&store.reasons(region, new.id)?, &mut out);
    Ok(out)
}

fn find(store: &Snapshot, region: &str, id: &str) -> Result<(Version, Format), Trouble> {
    let missing = || Trouble::NotFound("there is no such version\n");
    let id: Uuid = id.parse().map_err(|_| missing())?;
    let version = store.version(region, id)?.ok_or_else(missing)?;
    let schema = store.schema(region, &version.registry, &version.schema)?;
    Ok((version, schema.ok_or_else(missing)?.format))
}
