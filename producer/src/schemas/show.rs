//! `schema show`: a schema, its newest versions, and the text of one.

use std::fmt::Write as _;
use std::str::FromStr;

use common::registry::{
    Compatibility, Operation, SchemaState, SchemaVersion, VersionState, Versions, Which,
};
use runtime::lifecycle::Failure;
use serde_json::{Value, json};

use super::Desk;
use super::answer::Answer;

/// The most versions that are listed.
const LISTED: usize = 100;

/// A version as the command line names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version(pub(super) Which);

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "latest" {
            return Ok(Self(Which::Latest));
        }
        match text.parse() {
            Ok(number) if number > 0 => Ok(Self(Which::Number(number))),
            _ => Err("a number from 1, or `latest`".to_owned()),
        }
    }
}

pub(super) async fn answer(desk: &Desk, version: Version) -> Result<Answer, Failure> {
    let Some(schema) = desk.schema().await? else {
        return Err(desk.missing());
    };
    let look = || desk.registry.versions(&desk.name, LISTED);
    let list = desk
        .retry()
        .call(Operation::ListSchemaVersions, look)
        .await
        .map_err(|error| desk.failed(error))?;
    let shown = fetch(desk, version.0).await?;
    let facts = json!({
        "registry": desk.name.registry,
        "schema": desk.name.schema,
        "data_format": schema.data_format.as_str(),
        "compatibility": schema.compatibility.map(Compatibility::as_str),
        "checkpoint": schema.checkpoint,
        "versions": list.versions.iter().map(version_facts).collect::<Vec<_>>(),
        "more_versions": list.more,
        "version": shown.number,
        "schema_version_id": shown.id.to_string(),
        "status": shown.status.as_str(),
        "definition": shown.definition,
    });
    Ok(Answer::told(text(desk, &schema, &list, &shown), facts))
}

/// Fetches a version, whatever its status is.
pub(super) async fn fetch(desk: &Desk, which: Which) -> Result<SchemaVersion, Failure> {
    let look = || desk.registry.version_of(&desk.name, which);
    let found = desk.retry().call(Operation::GetSchemaVersion, look).await;
    found.map_err(|error| desk.failed(error))
}

/// A version in JSON.
pub(super) fn version_facts(version: &VersionState) -> Value {
    json!({
        "version": version.number,
        "schema_version_id": version.id.to_string(),
        "status": version.status.as_str(),
    })
}

fn text(desk: &Desk, schema: &SchemaState, list: &Versions, shown: &SchemaVersion) -> String {
    let number = |number: Option<u64>| number.map_or_else(|| "?".to_owned(), |n| n.to_string());
    let mode = schema
        .compatibility
        .map_or("not known", Compatibility::as_str);
    let mut text = format!(
        "registry       {}\nschema         {}\nformat         {}\ncompatibility  {mode}\ncheckpoint     {}\n\n",
        desk.name.registry,
        desk.name.schema,
        schema.data_format,
        number(schema.checkpoint),
    );
    for version in &list.versions {
        let shown = number(version.number);
        // A `String` takes everything.
        writeln!(
            text,
            "version {shown:>4}  {}  {}",
            version.id, version.status
        )
        .ok();
    }
    if list.more {
        text.push_str("and older ones\n");
    }
    let shown_number = number(shown.number);
    write!(
        text,
        "\nversion {shown_number}, {}:\n{}",
        shown.status, shown.definition
    )
    .ok();
    text
}
