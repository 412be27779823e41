//! `kill -9` at any point of many writes: what was answered is there afterwards.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{avro, call, try_send};
use crate::process::Process;

const CLIENTS: usize = 4;
const REGISTRY: &str = "arn:aws:glue:us-east-1:000000000000:registry/r";

/// A write that was answered, and how to see it.
#[derive(Debug)]
struct Answered {
    operation: &'static str,
    input: Value,
    wanted: Value,
}

/// Asks until the stub is gone; the answer to a request that was answered.
async fn ask(address: SocketAddr, operation: &str, input: &Value) -> Option<Value> {
    let target = format!("X-Amz-Target: AWSGlue.{operation}");
    let body = input.to_string();
    let answer = try_send(address, "POST", "/", &[&target], body.as_bytes()).await;
    Some(answer.ok()?.ok())
}

/// Writes of all kinds, one after the other, until the stub is gone.
async fn write(address: SocketAddr, name: String, count: Arc<AtomicUsize>) -> Vec<Answered> {
    let mut answered = Vec::new();
    for number in 0.. {
        if one_of_each(address, &format!("{name}-{number}"), &count, &mut answered)
            .await
            .is_none()
        {
            break;
        }
    }
    answered
}

async fn one_of_each(
    address: SocketAddr,
    name: &str,
    count: &AtomicUsize,
    answered: &mut Vec<Answered>,
) -> Option<()> {
    let mut note = |operation, input, wanted| {
        count.fetch_add(1, Ordering::Relaxed);
        answered.push(Answered {
            operation,
            input,
            wanted,
        });
    };
    let definition = avro(&format!("N{}", name.replace('-', "_")));
    let schema = json!({"RegistryId": {"RegistryName": "r"}, "SchemaName": name, "DataFormat": "AVRO", "Compatibility": "NONE", "SchemaDefinition": avro("First")});
    ask(address, "CreateSchema", &schema).await?;
    let id = json!({"RegistryName": "r", "SchemaName": name});
    note(
        "GetSchema",
        json!({"SchemaId": id}),
        json!({"SchemaName": name}),
    );
    let version = json!({"SchemaId": id, "SchemaDefinition": definition});
    let version = ask(address, "RegisterSchemaVersion", &version).await?;
    let version = &version["SchemaVersionId"];
    let by_id = json!({"SchemaVersionId": version});
    note(
        "GetSchemaVersion",
        by_id.clone(),
        json!({"SchemaDefinition": definition, "VersionNumber": 2}),
    );
    let by_definition = json!({"SchemaId": id, "SchemaDefinition": definition});
    note(
        "GetSchemaByDefinition",
        by_definition,
        json!({"SchemaVersionId": version}),
    );
    let pair = json!({"SchemaVersionId": version, "MetadataKeyValue": {"MetadataKey": "k", "MetadataValue": name}});
    ask(address, "PutSchemaVersionMetadata", &pair).await?;
    let query = json!({"SchemaVersionId": version, "MetadataList": [{"MetadataValue": name}]});
    note(
        "QuerySchemaVersionMetadata",
        query,
        json!({"SchemaVersionId": version}),
    );
    let update = json!({"SchemaId": id, "SchemaVersionNumber": {"VersionNumber": 2}});
    ask(address, "UpdateSchema", &update).await?;
    note(
        "GetSchema",
        json!({"SchemaId": id}),
        json!({"SchemaCheckpoint": 2, "LatestSchemaVersion": 2, "NextSchemaVersion": 3}),
    );
    Some(())
}

async fn must_hold(address: SocketAddr, answered: &[Answered]) {
    for Answered {
        operation,
        input,
        wanted,
    } in answered
    {
        let ours = call(address, operation, input).await.ok();
        for (member, wanted) in wanted.as_object().unwrap() {
            assert_eq!(&ours[member], wanted, "{member} of {operation} {input}");
        }
        if *operation == "QuerySchemaVersionMetadata" {
            let value = &ours["MetadataInfoMap"]["k"]["MetadataValue"];
            assert_eq!(value, &input["MetadataList"][0]["MetadataValue"]);
        }
    }
}

/// Whatever the kill cut off, schemas and versions agree with each other.
async fn must_agree(address: SocketAddr) {
    let mut input = json!({"MaxResults": 100});
    loop {
        let page = call(address, "ListSchemas", &input).await.ok();
        for schema in page["Schemas"].as_array().unwrap() {
            let id = json!({"SchemaId": {"SchemaArn": schema["SchemaArn"]}});
            let shown = call(address, "GetSchema", &id).await.ok();
            let listed = call(address, "ListSchemaVersions", &id).await.ok();
            let versions = listed["Schemas"].as_array().unwrap();
            assert_eq!(json!(versions.len()), shown["LatestSchemaVersion"]);
            for version in versions {
                let by_id = json!({"SchemaVersionId": version["SchemaVersionId"]});
                call(address, "GetSchemaVersion", &by_id).await.ok();
            }
        }
        match page.get("NextToken") {
            Some(token) => input["NextToken"] = token.clone(),
            None => return,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_is_there_whenever_the_stub_is_killed() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("stub.redb");
    let mut answered = Vec::new();
    let mut process = Process::start(&data);
    let registry = json!({"RegistryName": "r", "Tags": {"of": "kills"}});
    call(process.address, "CreateRegistry", &registry)
        .await
        .ok();
    for (round, writes) in [1, 17, 42, 5].into_iter().enumerate() {
        let count = Arc::new(AtomicUsize::new(0));
        let mut clients = tokio::task::JoinSet::new();
        for client in 0..CLIENTS {
            let name = format!("{round}-{client}");
            clients.spawn(write(process.address, name, Arc::clone(&count)));
        }
        let deadline = Instant::now() + Duration::from_mins(1);
        while count.load(Ordering::Relaxed) < writes {
            assert!(Instant::now() < deadline, "too slow");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        process.signal("KILL");
        assert_eq!(process.end().code(), None, "killed by the signal");
        let in_round: Vec<Answered> = clients.join_all().await.into_iter().flatten().collect();
        process = Process::start(&data);
        must_hold(process.address, &in_round).await;
        answered.extend(in_round);
    }
    must_hold(process.address, &answered).await;
    must_agree(process.address).await;
    let tags = call(
        process.address,
        "GetTags",
        &json!({"ResourceArn": REGISTRY}),
    )
    .await;
    assert_eq!(tags.ok(), json!({"Tags": {"of": "kills"}}));
    assert!(answered.len() >= 65, "{}", answered.len());
}
