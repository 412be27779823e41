//! Metadata of versions: pairs, limits, filters, pages.

use serde_json::{Value, json};

use crate::harness::{App, avro, is_time};

fn put(id: &str, key: &str, value: &str) -> Value {
    json!({"SchemaVersionId": id, "MetadataKeyValue": {"MetadataKey": key, "MetadataValue": value}})
}

async fn found(app: &App, input: Value) -> Value {
    app.ok("QuerySchemaVersionMetadata", input).await
}

/// The values of each key, newest first.
fn values(found: &Value) -> Value {
    let map = found["MetadataInfoMap"].as_object().unwrap();
    let of = |info: &Value| {
        assert!(is_time(&info["CreatedTime"]), "{info}");
        let others = info["OtherMetadataValueList"].as_array();
        let others = others.into_iter().flatten();
        let all = std::iter::once(info).chain(others);
        all.map(|item| item["MetadataValue"].clone())
            .collect::<Value>()
    };
    map.iter()
        .map(|(key, info)| (key.clone(), of(info)))
        .collect()
}

#[tokio::test]
async fn the_answer_repeats_what_the_request_said() {
    let app = App::start().await;
    let id = app.create("r", "s", &avro("A")).await;
    let pair = json!({"MetadataKey": "k", "MetadataValue": "v"});
    let arn = "arn:aws:glue:us-east-1:000000000000:schema/r/s";
    let table = [
        (
            json!({"SchemaVersionId": id}),
            json!({"LatestVersion": false, "VersionNumber": 0, "SchemaVersionId": id}),
        ),
        (
            json!({"SchemaId": {"RegistryName": "r", "SchemaName": "s"}, "SchemaVersionNumber": {"VersionNumber": 1}}),
            json!({"SchemaName": "s", "RegistryName": "r", "LatestVersion": false, "VersionNumber": 1}),
        ),
        (
            json!({"SchemaId": {"SchemaArn": arn}, "SchemaVersionNumber": {"LatestVersion": true}}),
            json!({"SchemaArn": arn, "LatestVersion": true}),
        ),
    ];
    for (mut input, mut wanted) in table {
        input["MetadataKeyValue"] = pair.clone();
        wanted["MetadataKey"] = json!("k");
        wanted["MetadataValue"] = json!("v");
        for operation in ["PutSchemaVersionMetadata", "RemoveSchemaVersionMetadata"] {
            assert_eq!(app.ok(operation, input.clone()).await, wanted);
        }
    }
    assert_eq!(
        values(&found(&app, json!({"SchemaVersionId": id})).await),
        json!({})
    );
}

#[tokio::test]
async fn a_key_has_many_values_and_a_pair_is_there_once() {
    let app = App::start().await;
    let id = app.create("r", "s", &avro("A")).await;
    for (key, value) in [("k", "1"), ("a:b,c=/@", "<=+;"), ("k", "2"), ("k", "3")] {
        app.ok("PutSchemaVersionMetadata", put(&id, key, value))
            .await;
    }
    let refused = app
        .refused("PutSchemaVersionMetadata", put(&id, "k", "2"))
        .await;
    let wanted = format!(
        "Resource already exist for schema version id: {id}, metadata key: k, metadata value: 2"
    );
    assert_eq!(refused, ("AlreadyExistsException".to_owned(), wanted));
    let all = found(&app, json!({"SchemaVersionId": id})).await;
    assert_eq!(all["SchemaVersionId"], id.as_str());
    assert_eq!(
        values(&all),
        json!({"a:b,c=/@": ["<=+;"], "k": ["3", "2", "1"]})
    );
    app.ok("RemoveSchemaVersionMetadata", put(&id, "k", "3"))
        .await;
    let refused = app
        .refused("RemoveSchemaVersionMetadata", put(&id, "k", "3"))
        .await;
    let wanted =
        format!("Metadata is not found. SchemaVersionId: {id}, MetadataKey: k, MetadataValue: 3");
    assert_eq!(refused, ("EntityNotFoundException".to_owned(), wanted));

    for (conditions, wanted) in [
        (json!([]), json!({"a:b,c=/@": ["<=+;"], "k": ["2", "1"]})),
        (json!([{"MetadataKey": "k"}]), json!({"k": ["2", "1"]})),
        (json!([{"MetadataValue": "1"}]), json!({"k": ["1"]})),
        (
            json!([{"MetadataKey": "k", "MetadataValue": "<=+;"}]),
            json!({}),
        ),
        (
            json!([{"MetadataKey": "k", "MetadataValue": "2"}, {"MetadataValue": "<=+;"}]),
            json!({"a:b,c=/@": ["<=+;"], "k": ["2"]}),
        ),
    ] {
        let input = json!({"SchemaId": {"RegistryName": "r", "SchemaName": "s"}, "SchemaVersionNumber": {"VersionNumber": 1}, "MetadataList": conditions});
        assert_eq!(values(&found(&app, input).await), wanted, "{conditions}");
    }
}

#[tokio::test]
async fn ten_pairs_are_enough_and_the_limit_comes_before_the_duplicate() {
    let app = App::start().await;
    let id = app.create("r", "s", &avro("A")).await;
    for number in 0..10 {
        let pair = put(&id, &format!("k{}", number % 2), &number.to_string());
        app.ok("PutSchemaVersionMetadata", pair).await;
    }
    for pair in [put(&id, "k0", "0"), put(&id, "k9", "9")] {
        let refused = app.refused("PutSchemaVersionMetadata", pair).await;
        let wanted = "Your resource limits for Schema Version Metadata have been exceeded.";
        assert_eq!(
            refused,
            (
                "ResourceNumberLimitExceededException".to_owned(),
                wanted.to_owned()
            )
        );
    }
}

#[tokio::test]
async fn keys_come_in_pages_that_insertions_do_not_disturb() {
    let app = App::with([("stub.quotas.metadata", "100")]).await;
    let id = app.create("r", "s", &avro("A")).await;
    for number in 0..60 {
        let pair = put(&id, &format!("k{number:02}"), "v");
        app.ok("PutSchemaVersionMetadata", pair).await;
    }
    let mut input = json!({"SchemaVersionId": id});
    let mut pages: Vec<Vec<String>> = Vec::new();
    loop {
        let page = found(&app, input.clone()).await;
        let map = page["MetadataInfoMap"].as_object().unwrap();
        pages.push(map.keys().cloned().collect());
        let Some(token) = page.get("NextToken") else {
            break;
        };
        input["NextToken"] = token.clone();
        app.ok(
            "PutSchemaVersionMetadata",
            put(&id, &format!("a{}", pages.len()), "v"),
        )
        .await;
    }
    let sizes: Vec<usize> = pages.iter().map(Vec::len).collect();
    assert_eq!(sizes, [25, 25, 10]);
    assert!(pages.concat().iter().all(|key| key.starts_with('k')));
    let fifty = found(&app, json!({"SchemaVersionId": id, "MaxResults": 50})).await;
    assert_eq!(fifty["MetadataInfoMap"].as_object().unwrap().len(), 50);
    for size in [0, 51] {
        let input = json!({"SchemaVersionId": id, "MaxResults": size});
        assert_eq!(
            app.refused("QuerySchemaVersionMetadata", input).await.0,
            "ValidationException"
        );
    }
}

#[tokio::test]
async fn keys_and_values_have_a_shape() {
    let app = App::start().await;
    let id = app.create("r", "s", &avro("A")).await;
    let length = |name: &str| {
        format!("The resource name contains too many or too few characters. Parameter Name: {name}")
    };
    let characters = |name: &str| {
        format!(
            "The parameter value contains one or more characters that are not valid. Parameter Name: {name}"
        )
    };
    let (long_key, long_value) = ("k".repeat(128), "v".repeat(256));
    app.ok("PutSchemaVersionMetadata", put(&id, &long_key, &long_value))
        .await;
    for (key, value, message) in [
        ("", "v", length("key")),
        ("k", "", length("value")),
        (&"k".repeat(129), "v", length("key")),
        ("k", &"v".repeat(257), length("value")),
        ("a~b", "v", characters("key")),
        ("k", "a b", characters("value")),
        ("k", "é", characters("value")),
        ("k", ">", characters("value")),
    ] {
        for operation in ["PutSchemaVersionMetadata", "RemoveSchemaVersionMetadata"] {
            let refused = app.refused(operation, put(&id, key, value)).await;
            assert_eq!(
                refused,
                ("InvalidInputException".to_owned(), message.clone())
            );
        }
    }
    let missing = json!({"SchemaVersionId": id});
    assert_eq!(
        app.refused("PutSchemaVersionMetadata", missing).await.0,
        "ValidationException"
    );
    let nobody = put("00000000-0000-0000-0000-000000000000", "k", "v");
    assert_eq!(
        app.refused("PutSchemaVersionMetadata", nobody).await.0,
        "EntityNotFoundException"
    );
}
