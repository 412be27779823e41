//! What `consumer permissions` says.

use std::collections::BTreeSet;
use std::process::Command;

use crate::bed::{Bed, wait};
use crate::process::consumer;
use crate::tail::hand::{filled, tail};

const MSK: [&str; 4] = [
    "--set",
    "kafka.auth=msk-iam",
    "--set",
    "kafka.region=eu-central-1",
];

/// The lines for a command.
fn permissions(command: &str, settings: &[&str]) -> Vec<String> {
    let mut asked: Command = consumer(&["permissions", command]);
    let done = asked.args(settings).output().unwrap();
    assert!(done.status.success(), "{done:?}");
    let text = String::from_utf8(done.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn the_daemon_reads_commits_and_writes_dead_letters() {
    let settings = [&MSK[..], &["--set", "dead_letter.policy=topic"]].concat();
    assert_eq!(
        permissions("run", &settings),
        [
            "glue:GetSchemaVersion *",
            "kafka-cluster:AlterGroup group/orders-group-01",
            "kafka-cluster:Connect cluster",
            "kafka-cluster:DescribeGroup group/orders-group-01",
            "kafka-cluster:DescribeTopic topic/orders",
            "kafka-cluster:DescribeTopic topic/orders-dead-letters",
            "kafka-cluster:DescribeTopicDynamicConfiguration topic/orders-dead-letters",
            "kafka-cluster:ReadData topic/orders",
            "kafka-cluster:WriteData topic/orders-dead-letters",
            "kafka-cluster:WriteDataIdempotently cluster",
        ]
    );
}

#[test]
fn without_dead_letters_nothing_is_written_and_the_newest_versions_have_to_be_listed() {
    let settings = [
        "--set",
        "dead_letter.policy=stop",
        "--set",
        "registry.prewarm=latest 5",
    ];
    let said = permissions("run", &[&MSK[..], &settings].concat());
    assert!(!said.iter().any(|line| line.contains("Write")), "{said:?}");
    for line in [
        "glue:ListSchemaVersions registry/customer",
        "glue:ListSchemaVersions schema/customer/orders-value",
    ] {
        assert!(said.iter().any(|had| had == line), "{said:?}");
    }
}

#[test]
fn another_topic_is_written_and_its_schema_found() {
    let target = [
        "--set",
        "dead_letter.policy=stop",
        "--set",
        "sink.kind=kafka",
        "--set",
        "target.kafka.topic=moved",
        "--set",
        "target.registry.schema_file=any.avsc",
    ];
    let said = permissions("run", &[&MSK[..], &target].concat());
    for line in [
        "glue:GetSchemaByDefinition registry/customer",
        "glue:GetSchemaByDefinition schema/customer/moved-value",
        "kafka-cluster:DescribeTopic topic/moved",
        "kafka-cluster:WriteData topic/moved",
        "kafka-cluster:WriteDataIdempotently cluster",
    ] {
        assert!(said.iter().any(|had| had == line), "{line}: {said:?}");
    }
    let elsewhere = ["--set", "target.kafka.bootstrap_servers=elsewhere:9098"];
    let said = permissions("run", &[&MSK[..], &target, &elsewhere].concat());
    for line in [
        "kafka-cluster:Connect cluster",
        "kafka-cluster:Connect cluster of the target",
        "kafka-cluster:WriteData topic/moved of the target",
    ] {
        assert!(said.iter().any(|had| had == line), "{line}: {said:?}");
    }
}

#[test]
fn files_in_a_bucket_are_listed_written_and_taken_away() {
    for (url, objects) in [
        ("s3://lake/raw", "object/lake/raw/orders/*"),
        ("s3://lake", "object/lake/orders/*"),
    ] {
        let url = format!("sink.url={url}");
        let settings = ["--set", "sink.kind=object_store", "--set", &url];
        let said = permissions("run", &settings);
        let of_s3: Vec<_> = said.iter().filter(|line| line.starts_with("s3:")).collect();
        let expected = [
            format!("s3:DeleteObject {objects}"),
            "s3:ListBucket bucket/lake".to_owned(),
            format!("s3:PutObject {objects}"),
        ];
        assert_eq!(of_s3, expected.iter().collect::<Vec<_>>());
    }
}

#[test]
fn a_replay_has_a_group_of_its_own_and_asks_no_registry() {
    assert_eq!(
        permissions("replay", &MSK),
        [
            "kafka-cluster:AlterGroup group/orders-group-01-replay",
            "kafka-cluster:Connect cluster",
            "kafka-cluster:DescribeGroup group/orders-group-01-replay",
            "kafka-cluster:DescribeTopic topic/orders",
            "kafka-cluster:DescribeTopic topic/orders-dead-letters",
            "kafka-cluster:ReadData topic/orders-dead-letters",
            "kafka-cluster:WriteData topic/orders",
            "kafka-cluster:WriteDataIdempotently cluster",
        ]
    );
}

#[test]
fn a_look_at_a_topic_has_no_group_and_writes_nothing() {
    assert_eq!(
        permissions("tail", &MSK),
        [
            "glue:GetSchemaVersion *",
            "kafka-cluster:Connect cluster",
            "kafka-cluster:DescribeTopic topic/orders",
            "kafka-cluster:ReadData topic/orders",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_at_a_topic_calls_what_permissions_names_and_nothing_else() {
    let bed = filled().await;
    let before = bed.calls();
    let ran = tail(&bed, &["--last", "9", "--until", "end"]);
    assert_eq!(ran.code, 0, "{}", ran.said);
    let after = bed.calls();
    let called = after
        .iter()
        .filter(|(name, count)| before.get(*name) != Some(count));
    let called: BTreeSet<String> = called.map(|(name, _)| format!("glue:{name}")).collect();
    let said: BTreeSet<String> = permissions("tail", &[])
        .iter()
        .filter_map(|line| line.split_once(' '))
        .map(|(action, _)| action.to_owned())
        .collect();
    assert_eq!(called, said);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_calls_what_permissions_names_and_nothing_else() {
    let settings = [
        ("registry.prewarm", "latest 2"),
        ("codec.reader_schema", "latest"),
    ];
    let bed = Bed::new().await;
    bed.write_good(0, "a");
    let running = bed.start(&settings).await.unwrap();
    wait(|| running.consumer.delivered() == 1).await;
    let families = running.telemetry.registry().gather();
    let requests = families
        .iter()
        .find(|family| family.name() == "gluestream_registry_requests_total")
        .unwrap();
    let called: BTreeSet<String> = requests
        .get_metric()
        .iter()
        .filter(|metric| metric.get_counter().get_value() > 0.0)
        .filter_map(|metric| {
            let mut labels = metric.get_label().iter();
            labels.find(|label| label.name() == "operation")
        })
        .map(|label| format!("glue:{}", label.value()))
        .collect();
    running.stop().await;
    let set: Vec<String> = settings
        .iter()
        .flat_map(|(key, value)| ["--set".to_owned(), format!("{key}={value}")])
        .collect();
    let set: Vec<&str> = set.iter().map(String::as_str).collect();
    let said: BTreeSet<String> = permissions("run", &set)
        .iter()
        .filter_map(|line| line.split_once(' '))
        .map(|(action, _)| action.to_owned())
        .collect();
    assert_eq!(called, said);
}
