//! How the registry and the schema are named.

use producer::schema;
use runtime::lifecycle::Exit;

use crate::app::World;
use crate::ndjson::file;

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_is_named_after_topic_and_record() {
    let world = World::new().await;
    let title = file(br#"{"title":"Bought","properties":{"order_id":{"type":"string"}}}"#);
    let title = title.path().to_str().expect("the path is text");
    // Its own namespace has a space.
    let renamed = schema::ORDER.replace("Order V1", "shop.v1");
    let renamed = file(renamed.as_bytes());
    let avro = renamed.path().to_str().expect("the path is text");
    for (naming, format, schema, name) in [
        ("topic-value", "avro", None, "orders-value"),
        ("topic", "avro", None, "orders"),
        ("record-name", "avro", Some(avro), "shop.v1.Order"),
        (
            "{topic}-{record}",
            "protobuf",
            None,
            "orders-order.v1.Order",
        ),
        ("{topic}.{record}", "json", Some(title), "orders.Bought"),
    ] {
        let mut settings = vec![
            ("registry.schema_naming", naming),
            ("codec.format", format),
            ("source.max_records", "1"),
        ];
        settings.extend(schema.map(|path| ("registry.schema_file", path)));
        let app = world.start(&settings).await;
        assert_eq!(app.ended().await.exit, Exit::Done);
        let version = app.progress.schema_version().expect("it is resolved");
        assert_eq!(version.schema_name.as_deref(), Some(name), "{naming}");
    }
    let untitled = file(b"{}");
    let untitled = untitled.path().to_str().expect("the path is text");
    let nameless = [("codec.format", "json"), ("registry.schema_file", untitled)];
    for (more, why) in [
        (&nameless[..], "no name of its own"),
        (&[], "none that the registry takes"),
    ] {
        let settings = [&[("registry.schema_naming", "record-name")], more].concat();
        let failure = world.try_start(&settings, None).await.err();
        let failure = failure.expect("it must not start");
        assert_eq!(failure.exit, Exit::Configuration, "{failure}");
        assert!(failure.to_string().contains(why), "{failure}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_is_called_by_its_arn() {
    let world = World::new().await;
    let first = world.start(&[("source.max_records", "1")]).await;
    assert_eq!(first.ended().await.exit, Exit::Done);
    let id = |app: &crate::app::App| app.progress.schema_version().map(|version| version.id);
    let arn = "arn:aws:glue:us-east-1:000000000000:registry/customer";
    for resolution in ["lookup", "latest", "register"] {
        let settings = [
            ("registry.name", arn),
            ("registry.resolution", resolution),
            ("source.max_records", "1"),
        ];
        let app = world.start(&settings).await;
        assert_eq!(app.ended().await.exit, Exit::Done);
        assert_eq!(id(&app), id(&first), "{resolution}");
    }
}
