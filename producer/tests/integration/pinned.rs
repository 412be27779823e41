//! A schema version that is named outright: the registry supplies the text, nothing is registered.

use runtime::lifecycle::Exit;
use uuid::Uuid;

use crate::app::{App, World};
use crate::ndjson::{file, order};

/// A world whose registry has the orders' schema; gives the version's id.
async fn world() -> (World, Uuid) {
    let world = World::new().await;
    let first = world.start(&[("source.max_records", "1")]).await;
    assert_eq!(first.ended().await.exit, Exit::Done);
    let id = version_id(&first);
    (world, id)
}

fn version_id(app: &App) -> Uuid {
    let version = app.progress.schema_version();
    version.expect("the schema is resolved").id
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_need_no_schema_file() {
    let (world, id) = world().await;
    let id_text = id.to_string();
    let pins = [
        [
            ("registry.resolution", "version"),
            ("registry.schema_version", "1"),
        ],
        [
            ("registry.resolution", "id"),
            ("registry.schema_version_id", &id_text),
        ],
    ];
    let lines = file(format!("{}\n{{\"order_id\":1}}\n{}\n", order(1), order(2)).as_bytes());
    let path = lines.path().to_str().expect("the path is text");
    for pin in pins {
        let [way, pin] = pin;
        let settings = [("source.kind", "ndjson"), ("source.path", path), way, pin];
        let app = world.start(&settings).await;
        assert_eq!(app.ended().await.exit, Exit::Refused, "{way:?}");
        assert_eq!(version_id(&app), id);
        assert_eq!(
            (app.progress.delivered(), app.progress.rejected()),
            (2, 1),
            "{way:?}"
        );
    }
    // The key is made of the field that the registry's text has.
    let keyed = world
        .stored()
        .iter()
        .filter(|record| record.key.is_some())
        .count();
    assert_eq!(keyed, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_is_not_there_is_a_configuration_error_and_is_named() {
    let (world, _) = world().await;
    let settings = [
        ("registry.resolution", "version"),
        ("registry.schema_version", "9"),
    ];
    let failure = world
        .try_start(&settings, None)
        .await
        .err()
        .expect("it must not start");
    assert_eq!(failure.exit, Exit::Configuration, "{failure}");
    for named in ["customer", "orders-value", "version 9"] {
        assert!(failure.to_string().contains(named), "{failure}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_the_schema_lacks_ends_the_start_wherever_the_text_comes_from() {
    let world = World::new().await;
    let protobuf = ("codec.format", "protobuf");
    let app = world.start(&[protobuf, ("source.max_records", "1")]).await;
    assert_eq!(app.ended().await.exit, Exit::Done);
    let id = version_id(&app).to_string();
    let ours = [("registry.resolution", "register")];
    let pinned = [
        ("registry.resolution", "id"),
        ("registry.schema_version_id", id.as_str()),
    ];
    for way in [&ours[..], &pinned] {
        let settings = [&[protobuf, ("codec.message", "Wrong")], way].concat();
        let failure = world.try_start(&settings, None).await.err();
        let failure = failure.expect("it must not start");
        assert_eq!(failure.exit, Exit::Configuration, "{failure}");
        let why = "the schema has no message `Wrong`: it has `";
        assert!(failure.to_string().contains(why), "{failure}");
    }
}
