//! What `producer permissions` says, beside what is really called.

use std::collections::BTreeSet;

use crate::app::World;
use crate::process::Process;

/// Orders with a field that readers of the first ones cannot do without.
const MORE: (&str, &str) = ("source.variant", "order_more");
const TEN: (&str, &str) = ("source.max_records", "10");

/// The lines for a command.
fn permissions(command: &str, settings: &[(&str, &str)]) -> Vec<String> {
    let settings: Vec<_> = settings
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    let ended = Process::start(&["permissions", command], &settings).ended();
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    ended.out.lines().map(str::to_owned).collect()
}

/// The operations of the registry that are allowed.
fn operations(settings: &[(&str, &str)]) -> BTreeSet<String> {
    let glue = |line: &String| {
        let (action, _) = line.split_once(' ').expect("an action and its resource");
        action.strip_prefix("glue:").map(str::to_owned)
    };
    permissions("run", settings)
        .iter()
        .filter_map(glue)
        .collect()
}

/// Runs a producer to its end, whatever that is; gives the operations that it called.
async fn called(world: &World, more: &[(&str, &str)]) -> BTreeSet<String> {
    let before = world.calls();
    if let Ok(app) = world.try_start(&[more, &[TEN]].concat(), None).await {
        app.ended().await;
    }
    let after = world.calls();
    let more = |(operation, count): &(&String, &f64)| before.get(*operation) != Some(*count);
    let called = after.iter().filter(more);
    called.map(|(operation, _)| operation.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_producer_that_registers_calls_what_permissions_names_and_nothing_else() {
    let world = World::new().await;
    let settings = [
        ("registry.resolution", "register"),
        ("registry.clean_failed", "true"),
        ("registry.metadata.team", "orders"),
    ];
    let mut all = called(&world, &settings).await;
    all.extend(called(&world, &[settings.as_slice(), &[MORE]].concat()).await);
    assert_eq!(all, operations(&settings));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_producer_that_looks_up_calls_what_permissions_names_and_nothing_else() {
    let world = World::new().await;
    called(&world, &[]).await;
    called(&world, &[MORE]).await;
    let settings = [("registry.resolution", "lookup")];
    let mut all = called(&world, &settings).await;
    // That version was refused: the start says what it was held against.
    all.extend(called(&world, &[settings.as_slice(), &[MORE]].concat()).await);
    assert_eq!(all, operations(&settings));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_is_named_is_all_that_is_asked_for() {
    let world = World::new().await;
    let app = world.start(&[TEN]).await;
    app.ended().await;
    let version = app.progress.schema_version();
    let id = version.expect("the schema is resolved").id.to_string();
    for settings in [
        &[("registry.resolution", "latest")][..],
        &[
            ("registry.resolution", "version"),
            ("registry.schema_version", "1"),
        ],
        &[
            ("registry.resolution", "id"),
            ("registry.schema_version_id", &id),
        ],
    ] {
        assert_eq!(called(&world, settings).await, operations(settings));
    }
}

#[test]
fn every_line_has_its_action_and_its_resource() {
    let settings = [
        ("kafka.auth", "msk-iam"),
        ("kafka.region", "eu-central-1"),
        ("dead_letter.policy", "topic"),
    ];
    assert_eq!(
        permissions("run", &settings),
        [
            "glue:GetSchema registry/customer",
            "glue:GetSchema schema/customer/orders-value",
            "glue:GetSchemaByDefinition registry/customer",
            "glue:GetSchemaByDefinition schema/customer/orders-value",
            "glue:GetSchemaVersion *",
            "glue:ListSchemaVersions registry/customer",
            "glue:ListSchemaVersions schema/customer/orders-value",
            "kafka-cluster:Connect cluster",
            "kafka-cluster:DescribeTopic topic/orders",
            "kafka-cluster:WriteData topic/orders",
            "kafka-cluster:WriteDataIdempotently cluster",
        ]
    );
    assert_eq!(
        permissions("topics", &settings),
        [
            "kafka-cluster:AlterTopic topic/orders",
            "kafka-cluster:AlterTopic topic/orders-dead-letters",
            "kafka-cluster:Connect cluster",
            "kafka-cluster:CreateTopic topic/orders",
            "kafka-cluster:CreateTopic topic/orders-dead-letters",
            "kafka-cluster:DescribeTopic topic/orders",
            "kafka-cluster:DescribeTopic topic/orders-dead-letters",
            "kafka-cluster:DescribeTopicDynamicConfiguration topic/orders",
            "kafka-cluster:DescribeTopicDynamicConfiguration topic/orders-dead-letters",
        ]
    );
}

#[test]
fn a_role_that_is_assumed_has_the_rights_in_place_of_the_daemon() {
    let role = "arn:aws:iam::000000000000:role/schemas";
    let said = permissions(
        "run",
        &[
            ("registry.assume_role_arn", role),
            ("registry.resolution", "id"),
            (
                "registry.schema_version_id",
                "00000000-0000-0000-0000-000000000000",
            ),
        ],
    );
    assert_eq!(
        said,
        [
            format!("glue:GetSchemaVersion * as {role}"),
            format!("sts:AssumeRole {role}"),
        ]
    );
}

#[test]
fn nothing_is_needed_where_nobody_asks_aws() {
    assert!(permissions("run", &[("registry.credentials", "anonymous")]).is_empty());
}
