//! Lists: default and asked page sizes, order, tokens.

use serde_json::{Value, json};

use crate::harness::{App, avro, members};

/// All pages of a list, each with its size.
async fn pages(
    app: &App,
    operation: &str,
    member: &str,
    input: &Value,
) -> (Vec<Value>, Vec<usize>) {
    let (mut items, mut sizes) = (Vec::new(), Vec::new());
    let mut input = input.clone();
    loop {
        let page = app.ok(operation, input.clone()).await;
        let list = page[member].as_array().unwrap();
        sizes.push(list.len());
        items.extend(list.iter().cloned());
        assert!(sizes.len() < 20, "a list without end");
        match page.get("NextToken") {
            Some(token) => input["NextToken"] = token.clone(),
            None => return (items, sizes),
        }
    }
}

#[tokio::test]
async fn twenty_six_registries_need_a_second_page() {
    let app = App::start().await;
    for number in (0..26).rev() {
        app.ok(
            "CreateRegistry",
            json!({"RegistryName": format!("r{number:02}")}),
        )
        .await;
    }
    let (items, sizes) = pages(&app, "ListRegistries", "Registries", &json!({})).await;
    assert_eq!(sizes, [25, 1]);
    let names: Vec<&str> = items
        .iter()
        .map(|item| item["RegistryName"].as_str().unwrap())
        .collect();
    assert!(names.is_sorted() && names.len() == 26);
    let (_, sizes) = pages(
        &app,
        "ListRegistries",
        "Registries",
        &json!({"MaxResults": 13}),
    )
    .await;
    assert_eq!(sizes, [13, 13], "no token after the last full page");
}

#[tokio::test]
async fn schemas_are_listed_of_one_registry_or_of_all() {
    let app = App::start().await;
    for registry in ["a", "ab", "b"] {
        app.ok("CreateRegistry", json!({"RegistryName": registry}))
            .await;
        for number in 0..13 {
            let input = json!({"RegistryId": {"RegistryName": registry}, "SchemaName": format!("s{number:02}"), "DataFormat": "AVRO", "Compatibility": "NONE", "SchemaDefinition": avro("A")});
            app.ok("CreateSchema", input).await;
        }
    }
    let (items, sizes) = pages(&app, "ListSchemas", "Schemas", &json!({})).await;
    assert_eq!((items.len(), sizes), (39, vec![25, 14]));
    let one = json!({"RegistryId": {"RegistryName": "a"}, "MaxResults": 5});
    let (items, sizes) = pages(&app, "ListSchemas", "Schemas", &one).await;
    assert_eq!(sizes, [5, 5, 3]);
    assert!(items.iter().all(|item| item["RegistryName"] == "a"));
    assert_eq!(
        members(&items[0]),
        "RegistryName SchemaName SchemaArn SchemaStatus CreatedTime UpdatedTime"
    );

    let token = app.ok("ListSchemas", one).await["NextToken"].clone();
    let (kind, _) = app
        .refused("ListSchemas", json!({"NextToken": token}))
        .await;
    assert_eq!(kind, "InvalidInputException", "a token of another list");
    let (kind, message) = app
        .refused(
            "ListSchemas",
            json!({"RegistryId": {"RegistryName": "nope"}}),
        )
        .await;
    assert_eq!(
        (kind.as_str(), message.as_str()),
        (
            "EntityNotFoundException",
            "Registry is not found. RegistryName: nope"
        )
    );
}

#[tokio::test]
async fn versions_come_newest_first_and_pages_stay_whole_under_insertions() {
    let app = App::start().await;
    app.create("r", "s", &avro("V1")).await;
    let id = json!({"RegistryName": "r", "SchemaName": "s"});
    for number in 2..=30 {
        app.ok(
            "RegisterSchemaVersion",
            json!({"SchemaId": id, "SchemaDefinition": avro(&format!("V{number}"))}),
        )
        .await;
    }
    let first = app.ok("ListSchemaVersions", json!({"SchemaId": id})).await;
    assert_eq!(first["Schemas"][0]["VersionNumber"], 30);
    app.ok(
        "RegisterSchemaVersion",
        json!({"SchemaId": id, "SchemaDefinition": avro("V31")}),
    )
    .await;
    let second = app
        .ok(
            "ListSchemaVersions",
            json!({"SchemaId": id, "NextToken": first["NextToken"]}),
        )
        .await;
    let numbers: Vec<u64> = [&first, &second]
        .iter()
        .flat_map(|page| page["Schemas"].as_array().unwrap())
        .map(|item| item["VersionNumber"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, (1..=30).rev().collect::<Vec<_>>());
    assert!(second.get("NextToken").is_none());
    assert_eq!(
        members(&first["Schemas"][0]),
        "SchemaArn SchemaVersionId VersionNumber Status CreatedTime"
    );
}

#[tokio::test]
async fn bad_tokens_and_page_sizes_are_refused() {
    let app = App::start().await;
    for token in ["", "x", "bm9uc2Vuc2U"] {
        let (kind, message) = app
            .refused("ListRegistries", json!({"NextToken": token}))
            .await;
        assert_eq!(
            (kind.as_str(), message.as_str()),
            ("InvalidInputException", "NextToken is not valid.")
        );
    }
    for size in [0, 101] {
        let (kind, _) = app
            .refused("ListRegistries", json!({"MaxResults": size}))
            .await;
        assert_eq!(kind, "ValidationException");
    }
}
