//! Registries: members, texts, how they are named.

use serde_json::json;

use crate::harness::{App, is_time, members};

#[tokio::test]
async fn a_registry_is_created_once_and_shown() {
    let app = App::start().await;
    let bare = app
        .ok(
            "CreateRegistry",
            json!({"RegistryName": "bare", "Tags": {}}),
        )
        .await;
    assert_eq!(members(&bare), "RegistryArn RegistryName");
    let full = app
        .ok(
            "CreateRegistry",
            json!({"RegistryName": "full", "Description": "", "Tags": {"b": "2", "a": ""}}),
        )
        .await;
    assert_eq!(
        full,
        json!({"RegistryArn": "arn:aws:glue:us-east-1:000000000000:registry/full", "RegistryName": "full", "Description": "", "Tags": {"a": "", "b": "2"}})
    );
    let again = app
        .refused("CreateRegistry", json!({"RegistryName": "full"}))
        .await;
    assert_eq!(
        again,
        (
            "AlreadyExistsException".to_owned(),
            "Registry already exists. RegistryName: full".to_owned()
        )
    );

    let arn = "arn:aws:glue:us-east-1:000000000000:registry/full";
    for id in [json!({"RegistryName": "full"}), json!({"RegistryArn": arn})] {
        let shown = app.ok("GetRegistry", json!({"RegistryId": id})).await;
        assert_eq!(
            members(&shown),
            "RegistryName RegistryArn Description Status CreatedTime UpdatedTime"
        );
        assert_eq!(
            (&shown["RegistryArn"], &shown["Status"]),
            (&json!(arn), &json!("AVAILABLE"))
        );
        assert!(
            is_time(&shown["CreatedTime"]) && is_time(&shown["UpdatedTime"]),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn registries_are_named_in_exactly_one_way() {
    let app = App::start().await;
    let arn = "arn:aws:glue:us-east-1:000000000000:registry/nope";
    let table = [
        (
            json!({"RegistryName": "nope", "RegistryArn": arn}),
            "InvalidInputException",
            "One of registryName or registryArn has to be provided, both cannot be provided.",
        ),
        (
            json!({"RegistryName": "nope"}),
            "EntityNotFoundException",
            "Registry is not found. RegistryName: nope",
        ),
        (
            json!({"RegistryArn": arn}),
            "EntityNotFoundException",
            "Registry is not found. RegistryArn: arn:aws:glue:us-east-1:000000000000:registry/nope",
        ),
        (
            json!({}),
            "EntityNotFoundException",
            "Registry is not found. RegistryName: default-registry",
        ),
        (
            json!({"RegistryName": "a b", "RegistryArn": arn}),
            "InvalidInputException",
            "The parameter value contains one or more characters that are not valid. Parameter Name: registryName",
        ),
        (
            json!({"RegistryArn": ""}),
            "InvalidInputException",
            "The resource name contains too many or too few characters. Parameter Name: registryArn",
        ),
    ];
    for (id, kind, message) in table {
        let refused = app.refused("GetRegistry", json!({"RegistryId": id})).await;
        assert_eq!(refused, (kind.to_owned(), message.to_owned()), "{id}");
    }
}
