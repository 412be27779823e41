//! Tests of what is kept, against a registry that refuses everything.

use std::time::Duration;

use common::metrics::RegistryMetrics;
use common::registry::{
    Answer, Compatibility, NewSchema, Operation, Problem, RegistryError, SchemaName, SchemaState,
    SchemaVersions, Schemas, VersionState, VersionStatus, Versions, Which,
};
use runtime::config::{Reader, Sources};
use tokio::time::Instant;
use uuid::Uuid;

use super::*;
use crate::schema::{ORDER, ORDER_MORE, search};

#[test]
fn an_older_version_takes_what_resolves_and_additional_fields_only_if_they_may_go() {
    let item = |more: &str| {
        format!(
            r#"{{"type":"record","name":"O","fields":[{{"name":"items","type":{{"type":"array","items":
            {{"type":"record","name":"I","fields":[{{"name":"n","type":"long"}}{more}]}}}}}}]}}"#
        )
    };
    let plain = item("");
    let more = item(r#",{"name":"unit","type":"string"}"#);
    let other =
        r#"{"type":"record","name":"O","fields":[{"name":"items","type":"string"}]}"#.to_owned();
    let narrow = plain.replace("long", "int");
    let renamed = plain.replace("\"O\"", "\"P\"");
    for (from, to, drops, takes) in [
        (&plain, &plain, false, true),
        (&narrow, &plain, false, true),
        (&plain, &narrow, false, false),
        (&plain, &other, true, false),
        (&more, &plain, false, false),
        (&more, &plain, true, true),
        (&plain, &more, true, false),
        (&renamed, &plain, false, true),
    ] {
        assert_eq!(takes_avro(from, to, drops), takes, "{from} as {to}");
    }
}

#[test]
fn a_type_stands_in_for_another_only_where_no_value_changes() {
    for (from, to, takes) in [
        (r#""int""#, r#""double""#, true),
        (r#""long""#, r#""double""#, false),
        (r#""float""#, r#""double""#, true),
        (r#""bytes""#, r#""string""#, false),
        (r#""string""#, r#"["null","string"]"#, true),
        (r#"["null","string"]"#, r#""string""#, false),
        (r#""string""#, r#"["bytes","string"]"#, false),
        (r#"["null","int"]"#, r#"["long","null"]"#, true),
        (
            r#"{"type":"long","logicalType":"timestamp-millis"}"#,
            r#""long""#,
            false,
        ),
        (
            r#"{"type":"enum","name":"E","symbols":["A","B","C"]}"#,
            r#"{"type":"enum","name":"E","symbols":["A","B"],"default":"A"}"#,
            false,
        ),
        (
            r#"{"type":"enum","name":"E","symbols":["B"]}"#,
            r#"{"type":"enum","name":"E","symbols":["A","B"]}"#,
            true,
        ),
        (
            r#"{"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]}]}"#,
            r#"{"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]}]}"#,
            true,
        ),
    ] {
        assert_eq!(takes_avro(from, to, false), takes, "{from} as {to}");
    }
}

#[test]
fn a_message_stands_in_for_another_only_where_no_value_changes() {
    let config: Config = Reader::load(&Sources::default()).unwrap().config;
    let takes = |from: &str, to: &str, drops: bool| {
        let text = |body: &str| format!("syntax = \"proto3\"; message M {{ {body} }}");
        takes_protobuf(&config, (&text(from), &text(to)), drops).unwrap()
    };
    let inner = |kind: &str| format!("message I {{ {kind} a = 1; }} I i = 1;");
    assert!(takes("double a = 1;", "double a = 7;", false));
    assert!(!takes("double a = 1;", "float a = 1;", false));
    assert!(!takes("string a = 1;", "bytes a = 1;", false));
    assert!(!takes("string a = 1;", "repeated string a = 1;", false));
    assert!(!takes(&inner("string"), &inner("int32"), true));
    assert!(takes(&inner("string"), &inner("string"), false));
    assert!(!takes(
        "string a = 1; string b = 2;",
        "string a = 1;",
        false
    ));
    assert!(takes("string a = 1; string b = 2;", "string a = 1;", true));
    let choice = "oneof c { string a = 1; string b = 2; }";
    assert!(!takes("string a = 1; string b = 2;", choice, false));
    let of = |values: &str| format!("enum E {{ Z = 0; {values} }} E e = 1;");
    assert!(!takes(&of("A = 1; B = 2;"), &of("A = 1;"), false));
    assert!(takes(&of("A = 1;"), &of("A = 1; B = 2;"), false));
    let list = "message N { N next = 1; } N n = 1;";
    assert!(takes(list, list, false));
}

#[test]
fn a_json_schema_stands_in_for_another_only_where_it_takes_all_of_it() {
    let of = |kind: &str| format!(r#"{{"properties":{{"a":{{"type":"{kind}"}}}}}}"#);
    assert!(takes_json(&of("integer"), &of("number")));
    assert!(!takes_json(&of("string"), &of("integer")));
    let required = r#"{"required":["a"],"properties":{"a":{"type":"string"}}}"#;
    assert!(!takes_json(&of("string"), required));
}

/// A registry with these versions, all of them available, that refuses every other.
struct Refusing(Vec<SchemaVersion>);

fn version(number: u64, definition: &str) -> SchemaVersion {
    SchemaVersion {
        id: Uuid::from_u128(number.into()),
        number: Some(number),
        ..SchemaVersion::unregistered(DataFormat::Avro, definition.to_owned())
    }
}

fn answer<T: Send + 'static>(value: Result<T, Problem>) -> Answer<'static, T> {
    let operation = Operation::GetSchemaVersion;
    let value = value.map_err(|problem| RegistryError::new(operation, problem, "as told"));
    Box::pin(async { value })
}

fn state(id: Uuid, number: u64, status: VersionStatus) -> VersionState {
    VersionState {
        id,
        number: Some(number),
        data_format: None,
        status,
    }
}

impl SchemaVersions for Refusing {
    fn schema_version(&self, id: Uuid) -> Answer<'_, SchemaVersion> {
        let found = self.0.iter().find(|known| known.id == id).cloned();
        answer(found.ok_or(Problem::VersionNotFound))
    }
}

impl SchemaRegistry for Refusing {
    fn version_of<'a>(&'a self, _: &'a SchemaName, _: Which) -> Answer<'a, SchemaVersion> {
        answer(Err(Problem::VersionNotFound))
    }

    fn version_by_definition<'a>(
        &'a self,
        _: &'a SchemaName,
        _: &'a str,
    ) -> Answer<'a, VersionState> {
        answer(Err(Problem::VersionNotFound))
    }

    fn schema<'a>(&'a self, _: &'a SchemaName) -> Answer<'a, SchemaState> {
        answer(Ok(SchemaState {
            data_format: DataFormat::Avro,
            compatibility: Some(Compatibility::Backward),
            checkpoint: Some(1),
        }))
    }

    fn versions<'a>(&'a self, _: &'a SchemaName, _: usize) -> Answer<'a, Versions> {
        let newest_first = self.0.iter().rev();
        let versions = newest_first
            .map(|known| state(known.id, known.number.unwrap(), known.status))
            .collect();
        answer(Ok(Versions {
            versions,
            more: false,
        }))
    }

    fn schemas<'a>(&'a self, _: &'a str, _: Option<&'a str>) -> Answer<'a, Schemas> {
        answer(Err(Problem::RegistryNotFound))
    }

    fn register_version<'a>(&'a self, _: &'a SchemaName, _: &'a str) -> Answer<'a, VersionState> {
        answer(Ok(state(Uuid::from_u128(99), 99, VersionStatus::Failure)))
    }

    fn create_schema<'a>(&'a self, _: &'a NewSchema<'a>) -> Answer<'a, VersionState> {
        answer(Err(Problem::AlreadyExists))
    }

    fn put_metadata<'a>(&'a self, _: Uuid, _: &'a str, _: &'a str) -> Answer<'a, ()> {
        answer(Ok(()))
    }

    fn delete_version<'a>(&'a self, _: &'a SchemaName, _: u64) -> Answer<'a, ()> {
        answer(Ok(()))
    }

    fn create_registry<'a>(&'a self, _: &'a str) -> Answer<'a, ()> {
        answer(Ok(()))
    }
}

async fn found(more: &[(&str, &str)]) -> Result<u64, ResolveError> {
    let pairs = [
        &[
            ("registry.resolution", "register"),
            ("source.variant", "order_more"),
        ],
        more,
    ]
    .concat();
    let mut config = Reader::load::<Config>(&Sources::from_pairs(pairs))
        .unwrap()
        .config;
    let definition = Definition::find(&mut config).unwrap();
    assert_eq!(definition.as_ref().unwrap().text(), ORDER_MORE);
    let text = |more: &str| ORDER.replacen("\"fields\": [", &format!("\"fields\": [{more}"), 1);
    let registry = Refusing(vec![
        version(1, ORDER),
        version(
            2,
            &text(r#"{"name": "shop", "type": "string", "default": ""},"#),
        ),
        version(3, &text(r#"{"name": "shop", "type": "string"},"#)),
    ]);
    let retry = Retry::until(
        Instant::now() + Duration::from_secs(30),
        &RegistryMetrics::unregistered(),
    );
    let found = search(&config, definition.as_ref(), &registry, &retry).await;
    found.map(|found| found.version.number.unwrap())
}

#[tokio::test]
async fn the_newest_version_that_orders_fit_is_kept_if_that_is_wanted() {
    let keep = ("registry.on_failure", "keep_previous");
    let drop = ("source.unknown_fields", "ignore");
    let refused = found(&[]).await.unwrap_err();
    assert!(
        refused
            .to_string()
            .ends_with("(BACKWARD, held against version 3)"),
        "{refused}"
    );
    // They have a field that no version has.
    let refused = found(&[keep]).await.unwrap_err();
    assert!(matches!(refused, ResolveError::Refused(_)), "{refused}");
    // Orders have no shop, and version 3 has no default for it.
    assert_eq!(found(&[keep, drop]).await.unwrap(), 2);
}
