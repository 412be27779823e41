//! What the Java serde was seen to ask: the stub answers it as the client needs.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::harness::App;

/// From here on moto was seen to accept versions that a registry with rules refuses.
const WITHOUT_RULES: &str = "scripted-version-not-found";

/// One replay: what the recorded registry called its versions, and which schemas there are by now.
struct Replay {
    app: App,
    ids: BTreeMap<String, String>,
    schemas: BTreeSet<String>,
    asked: usize,
}

impl Replay {
    /// A recorded value with the ids that the stub gave.
    fn translated(&self, value: &Value) -> Value {
        let mut text = value.to_string();
        for (recorded, ours) in &self.ids {
            text = text.replace(recorded, ours);
        }
        serde_json::from_str(&text).unwrap()
    }

    async fn ask(&mut self, scenario: &str, request: &Value) {
        let operation = request["target"].as_str().unwrap();
        let operation = operation.strip_prefix("AWSGlue.").unwrap();
        let scripted = request["scripted"] == true;
        let recorded = &request["answer"];
        let kind = recorded["__type"].as_str();
        if scripted && !matches!(kind, None | Some("EntityNotFoundException")) {
            return; // The stub's faults are another matter.
        }
        self.asked += 1;
        let body = self.translated(&request["body"]);
        let answer = self.app.call(operation, body.clone()).await;
        let place = format!("{scenario}: {operation} {body}");
        assert_eq!(
            u64::from(answer.status),
            request["status"],
            "{place} {}",
            answer.body
        );
        let ours = answer.json();
        if let Some(kind) = kind {
            assert_eq!(ours["__type"], kind, "{place}");
            let text = recorded.get("Message").or_else(|| recorded.get("message"));
            let text = self.not_found(operation, &body).or(text.cloned());
            assert_eq!(ours["Message"], self.translated(&text.unwrap()), "{place}");
            return;
        }
        if let (Some(theirs), Some(ours)) = (id(recorded), id(&ours)) {
            self.ids.insert(theirs, ours);
        }
        if operation == "CreateSchema" {
            let name = body["SchemaName"].as_str().unwrap();
            self.schemas.insert(name.to_owned());
        }
        for (member, wanted) in self.translated(recorded).as_object().unwrap() {
            let set_by_hand = scripted && member.ends_with("Status");
            if member != "CreatedTime" && !set_by_hand {
                assert_eq!(&ours[member], wanted, "{member} of {place}");
            }
        }
    }

    /// The text of AWS itself where moto's is another.
    fn not_found(&self, operation: &str, body: &Value) -> Option<Value> {
        if operation != "GetSchemaByDefinition" {
            return None;
        }
        let id = &body["SchemaId"];
        let is_known = id["RegistryName"] == "vectors"
            && self.schemas.contains(id["SchemaName"].as_str().unwrap());
        Some(json!(if is_known {
            "Schema version is not found."
        } else {
            "Schema is not found."
        }))
    }
}

fn id(answer: &Value) -> Option<String> {
    answer["SchemaVersionId"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn every_recorded_request_is_answered_as_the_client_needs() {
    let mut replay = Replay {
        app: App::with([("stub.account_id", "123456789012")]).await,
        ids: BTreeMap::new(),
        schemas: BTreeSet::new(),
        asked: 0,
    };
    let vectors = json!({"RegistryName": "vectors"});
    replay.app.ok("CreateRegistry", vectors).await;
    for line in include_str!("../data/requests.jsonl").lines() {
        let scenario: Value = serde_json::from_str(line).unwrap();
        let name = scenario["id"].as_str().unwrap();
        if name == WITHOUT_RULES {
            let update = json!({"SchemaId": {"RegistryName": "vectors", "SchemaName": "rq-a"}, "Compatibility": "NONE"});
            replay.app.ok("UpdateSchema", update).await;
        }
        for step in scenario["steps"].as_array().unwrap() {
            for request in step["requests"].as_array().unwrap() {
                replay.ask(name, request).await;
            }
        }
    }
    assert_eq!(replay.asked, 98);
}
