//! Tags of registries and schemas.

use serde_json::{Value, json};

use crate::harness::{App, avro};

const REGISTRY: &str = "arn:aws:glue:us-east-1:000000000000:registry/r";
const SCHEMA: &str = "arn:aws:glue:us-east-1:000000000000:schema/r/s";

async fn tags(app: &App, arn: &str) -> Value {
    app.ok("GetTags", json!({"ResourceArn": arn})).await["Tags"].clone()
}

#[tokio::test]
async fn tags_come_change_and_go() {
    let app = App::start().await;
    app.create("r", "s", &avro("A")).await;
    for arn in [REGISTRY, SCHEMA] {
        assert_eq!(tags(&app, arn).await, json!({}));
        let add = json!({"ResourceArn": arn, "TagsToAdd": {"a": "1", "b": ""}});
        assert_eq!(app.ok("TagResource", add).await, json!({}));
        let add = json!({"ResourceArn": arn, "TagsToAdd": {"b": "2"}});
        app.ok("TagResource", add).await;
        assert_eq!(tags(&app, arn).await, json!({"a": "1", "b": "2"}));
        let remove = json!({"ResourceArn": arn, "TagsToRemove": ["a", "not there"]});
        assert_eq!(app.ok("UntagResource", remove).await, json!({}));
        assert_eq!(tags(&app, arn).await, json!({"b": "2"}));
    }
}

#[tokio::test]
async fn more_than_fifty_tags_are_refused_and_change_nothing() {
    let app = App::start().await;
    app.create("r", "s", &avro("A")).await;
    let many = |range: std::ops::Range<u32>| -> Value {
        range
            .map(|number| (format!("t{number}"), json!("v")))
            .collect()
    };
    app.ok(
        "TagResource",
        json!({"ResourceArn": SCHEMA, "TagsToAdd": many(0..50)}),
    )
    .await;
    for more in [many(50..51), many(0..51)] {
        let refused = app
            .refused(
                "TagResource",
                json!({"ResourceArn": SCHEMA, "TagsToAdd": more}),
            )
            .await;
        let wanted = "New Tags cannot be empty or more than 50";
        assert_eq!(
            refused,
            ("InvalidInputException".to_owned(), wanted.to_owned())
        );
    }
    app.ok(
        "TagResource",
        json!({"ResourceArn": SCHEMA, "TagsToAdd": many(10..50)}),
    )
    .await;
    assert_eq!(tags(&app, SCHEMA).await, many(0..50));
    for keys in [json!([""]), json!(["k".repeat(129)]), json!(vec!["k"; 51])] {
        let refused = app
            .refused(
                "UntagResource",
                json!({"ResourceArn": SCHEMA, "TagsToRemove": keys}),
            )
            .await;
        assert_eq!(refused.0, "ValidationException");
    }
}

#[tokio::test]
async fn an_arn_that_names_nothing_here_is_not_found() {
    let app = App::start().await;
    app.create("r", "s", &avro("A")).await;
    let start = "arn:aws:glue:us-east-1:000000000000";
    let table = [
        (
            format!("{start}:registry/q"),
            format!("Registry is not found. RegistryArn: {start}:registry/q"),
        ),
        (
            format!("{start}:schema/r/t"),
            format!(
                "Schema is not found. RegistryName: null, SchemaName: null, SchemaArn: {start}:schema/r/t"
            ),
        ),
        (
            format!("{start}:job/r"),
            format!("Resource is not found. ResourceArn: {start}:job/r"),
        ),
        (
            "arn:aws:glue:eu-west-1:000000000000:registry/r".to_owned(),
            "Resource is not found. ResourceArn: arn:aws:glue:eu-west-1:000000000000:registry/r"
                .to_owned(),
        ),
    ];
    for (arn, message) in table {
        for (operation, member, value) in [
            ("GetTags", "X", Value::Null),
            ("TagResource", "TagsToAdd", json!({})),
            ("UntagResource", "TagsToRemove", json!([])),
        ] {
            let refused = app
                .refused(operation, json!({"ResourceArn": arn, member: value}))
                .await;
            assert_eq!(
                refused,
                ("EntityNotFoundException".to_owned(), message.clone()),
                "{operation}"
            );
        }
    }
    let refused = app
        .refused("GetTags", json!({"ResourceArn": "arn:aws:s3:::x"}))
        .await;
    assert_eq!(
        refused.1,
        "The parameter value contains one or more characters that are not valid. Parameter Name: resourceArn"
    );
}
