//! `schema list`: the schemas of a registry, each with its newest version.

use std::fmt::Write as _;

use anyhow::Context as _;
use common::registry::{
    Compatibility, Operation, RegistryError, SchemaName, SchemaState, VersionState,
};
use runtime::lifecycle::{Exit, Failure};
use serde_json::json;
use tokio::task::JoinSet;

use super::Desk;
use super::answer::Answer;

/// Schemas that are asked about at the same time.
const AT_ONCE: usize = 8;
/// The most schemas that an account can have.
const MOST: usize = 10_000;

/// A schema and its newest version; nothing of what was gone when it was looked at.
struct Row {
    name: String,
    schema: Option<SchemaState>,
    newest: Option<VersionState>,
}

pub(super) async fn answer(desk: &Desk) -> Result<Answer, Failure> {
    let mut rows = Vec::new();
    for part in names(desk).await?.chunks(AT_ONCE) {
        rows.extend(together(desk, part).await?);
    }
    rows.sort_by(|one, other| one.name.cmp(&other.name));
    let facts = json!({
        "registry": desk.name.registry,
        "schemas": rows.iter().map(Row::facts).collect::<Vec<_>>(),
    });
    Ok(Answer::told(table(&rows), facts))
}

async fn names(desk: &Desk) -> Result<Vec<String>, Failure> {
    let (mut names, mut after) = (Vec::new(), None::<String>);
    loop {
        let ask = || desk.registry.schemas(&desk.name.registry, after.as_deref());
        let part = desk
            .retry()
            .call(Operation::ListSchemas, ask)
            .await
            .map_err(|error| failed(desk, error))?;
        names.extend(part.names);
        if part.next.is_none() {
            return Ok(names);
        }
        if part.next == after || names.len() > MOST {
            let why = format!("the list of registry `{}` has no end", desk.name.registry);
            return Err(Failure::said(Exit::CouldNotTell, why));
        }
        after = part.next;
    }
}

/// Asks about a few schemas at the same time.
async fn together(desk: &Desk, names: &[String]) -> Result<Vec<Row>, Failure> {
    let mut asking = JoinSet::new();
    for name in names {
        let known = Desk {
            name: SchemaName::new(&desk.name.registry, name),
            ..desk.clone()
        };
        asking.spawn(row(known));
    }
    let mut rows = Vec::with_capacity(names.len());
    while let Some(row) = asking.join_next().await {
        rows.push(row.context("ask about a schema")??);
    }
    Ok(rows)
}

fn failed(desk: &Desk, error: RegistryError) -> Failure {
    let said = format!("list the schemas of registry `{}`", desk.name.registry);
    Failure::new(Exit::CouldNotTell, anyhow::Error::new(error).context(said))
}

async fn row(desk: Desk) -> Result<Row, Failure> {
    let schema = desk.schema().await?;
    let ask = || desk.registry.versions(&desk.name, 1);
    let list = desk.retry().call(Operation::ListSchemaVersions, ask).await;
    let newest = match list {
        Ok(list) => list.versions.into_iter().next(),
        Err(error) if error.is_not_found() => None,
        Err(error) => return Err(desk.failed(error)),
    };
    Ok(Row {
        name: desk.name.schema,
        schema,
        newest,
    })
}

impl Row {
    fn facts(&self) -> serde_json::Value {
        let schema = self.schema.as_ref();
        let newest = self.newest.as_ref();
        json!({
            "name": self.name,
            "data_format": schema.map(|schema| schema.data_format.as_str()),
            "compatibility": schema.and_then(|schema| schema.compatibility).map(Compatibility::as_str),
            "checkpoint": schema.and_then(|schema| schema.checkpoint),
            "newest": newest.map(super::show::version_facts),
        })
    }

    fn cells(&self) -> [String; 5] {
        let unknown = || "-".to_owned();
        let schema = self.schema.as_ref();
        let newest = self.newest.as_ref();
        let mode = schema.and_then(|schema| schema.compatibility);
        [
            self.name.clone(),
            schema.map_or_else(unknown, |schema| schema.data_format.to_string()),
            mode.map_or_else(unknown, |mode| mode.to_string()),
            newest
                .and_then(|newest| newest.number)
                .map_or_else(unknown, |number| number.to_string()),
            newest.map_or_else(unknown, |newest| newest.status.to_string()),
        ]
    }
}

/// Columns as wide as what is in them.
fn table(rows: &[Row]) -> String {
    let head = ["SCHEMA", "FORMAT", "COMPATIBILITY", "NEWEST", "STATUS"].map(str::to_owned);
    let lines: Vec<_> = std::iter::once(head)
        .chain(rows.iter().map(Row::cells))
        .collect();
    let width = |column: usize| lines.iter().map(|cells| cells[column].len()).max();
    let widths: [usize; 5] = std::array::from_fn(|column| width(column).unwrap_or(0));
    let mut text = String::new();
    for cells in &lines {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            // A `String` takes everything.
            write!(line, "{cell:width$}  ").ok();
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
