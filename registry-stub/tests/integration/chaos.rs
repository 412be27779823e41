//! `registry-stub chaos` against a running stub: every trouble comes by turns, and passes.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{App, send};

#[tokio::test]
async fn troubles_come_by_turns_and_pass() {
    let app = App::start().await;
    let address = app.stub.address;
    let mut chaos = Command::new(env!("CARGO_BIN_EXE_registry-stub"))
        .env_clear()
        .args(["chaos", "--at", &address.to_string()])
        .args(["--trouble", "300ms", "--calm", "100ms"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    let wanted = ["away", "slow", "throttled"].map(str::to_owned);
    let mut seen = BTreeSet::new();
    let mut in_force = usize::MAX;
    while seen != BTreeSet::from(wanted.clone()) || in_force > 0 {
        assert!(
            Instant::now() < deadline,
            "seen {seen:?}, in force {in_force}"
        );
        let shown = send(address, "GET", "/_stub/faults", &[], b"").await.json();
        in_force = shown.as_object().unwrap().len();
        seen.extend(shown.as_object().unwrap().keys().cloned());
    }
    chaos.kill().unwrap();
    chaos.wait().unwrap();
    let answer = app.call("ListRegistries", json!({})).await;
    answer.ok();
    app.stop().await;
}
