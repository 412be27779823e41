//! A registry that is away when the consumer starts, and schemas that are there beforehand.

use common::registry::{Compatibility, DataFormat, NewSchema, SchemaName, VersionStatus};
use runtime::lifecycle::Exit;

use crate::bed::{Bed, SCHEMA, wait};

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_lets_the_consumer_start_and_read_on_while_the_registry_is_away() {
    let bed = Bed::new().await;
    let file = bed.file("none", "");
    let file = file.replace("none", "schemas.snapshot");
    let settings = [
        ("registry.snapshot", file.as_str()),
        ("registry.timeout", "500ms"),
        ("startup.timeout", "5s"),
        ("codec.reader_schema", "latest"),
    ];
    bed.write_good(0, "before");
    let running = bed.start(&settings).await.unwrap();
    bed.lines_when(1).await;
    assert_eq!(running.telemetry.state()["registry"]["degraded"], false);
    assert_eq!(running.stop().await, Exit::Done);
    assert!(
        std::fs::read_to_string(&file).unwrap().contains("t-value"),
        "it is written at the drain"
    );

    bed.stop_registry();
    bed.write_good(0, "in the outage");
    let running = bed.start(&settings).await.unwrap();
    let lines = bed.lines_when(2).await;
    assert_eq!(lines[1]["value"]["s"], "in the outage");
    assert_eq!(running.telemetry.state()["registry"]["degraded"], true);
    assert_eq!(running.stop().await, Exit::Done);

    // Half a file is none.
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, &text[..text.len() / 2]).unwrap();
    let failure = bed.start(&settings).await.err().unwrap();
    assert_eq!(failure.exit, Exit::Unreachable, "{failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn schemas_are_there_before_the_first_record() {
    let bed = Bed::new().await;
    bed.register("other-value", SCHEMA).await;
    let id = bed.schema.to_string();
    for (warm, schema) in [
        (format!("[\"{id}\"]"), "t-value"),
        ("[\"latest 5\"]".to_owned(), "other-value"),
    ] {
        let running = bed
            .start(&[
                ("registry.prewarm", &warm),
                ("registry.schema_name", schema),
            ])
            .await
            .unwrap();
        let state = running.telemetry.state();
        assert_eq!(state["consumer"]["schemas"][0]["schema"], schema, "{state}");
        wait(|| running.consumer.assigned() > 0).await;
        assert_eq!(running.stop().await, Exit::Done);
    }
    // What is not there is no reason not to start.
    let unknown = (
        "registry.prewarm",
        "[\"75db6fea-2b3f-4283-8abc-805f5381fee9\"]",
    );
    let running = bed.start(&[unknown]).await.unwrap();
    wait(|| running.consumer.assigned() > 0).await;
    assert_eq!(running.stop().await, Exit::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_versions_are_none_of_the_newest() {
    let bed = Bed::new().await;
    let registry = bed.registry().await;
    let name = SchemaName::new("customer", "refusing");
    let schema = NewSchema {
        name: &name,
        data_format: DataFormat::Avro,
        compatibility: Compatibility::Backward,
        definition: SCHEMA,
        description: None,
        tags: &std::collections::BTreeMap::new(),
    };
    registry.create_schema(&schema).await.unwrap();
    for text in ["\"int\"", "\"long\""] {
        let refused = registry.register_version(&name, text).await.unwrap();
        assert_eq!(refused.status, VersionStatus::Failure);
    }
    let settings = [
        ("registry.prewarm", "[\"latest 1\"]"),
        ("registry.schema_name", "refusing"),
    ];
    let running = bed.start(&settings).await.unwrap();
    let state = running.telemetry.state();
    assert_eq!(
        state["consumer"]["schemas"][0]["schema"], "refusing",
        "{state}"
    );
    wait(|| running.consumer.assigned() > 0).await;
    assert_eq!(running.stop().await, Exit::Done);
}
