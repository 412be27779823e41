//! The `http` source from end to end: what is acknowledged stands in the topic, what is not is told why.

mod access;
mod asking;
mod draining;
mod limits;
mod outage;
mod records;
mod refusals;

use std::net::SocketAddr;

use serde_json::Value;

use crate::app::{App, World};
use crate::ndjson::SCHEMA_FILE;
use crate::topic::{Stored, plan};

pub(crate) use asking::{Asked, Line, post};

/// Headers by name and value.
type Headers<'a> = &'a [(&'a str, &'a str)];

/// Starts a producer that takes records over HTTP; `more` comes last and wins.
pub(crate) async fn start(world: &World, more: &[(&str, &str)]) -> (App, SocketAddr) {
    let base = [
        ("source.kind", "http"),
        ("source.listen", "127.0.0.1:0"),
        ("registry.schema_file", SCHEMA_FILE),
    ];
    let app = world.start(&[&base[..], more].concat()).await;
    let address = app.progress.address().expect("it listens");
    (app, address)
}

/// The id of the order that stands at a place which an answer names.
pub(crate) fn id_at(stored: &[Stored], place: &Value) -> String {
    let partition = place["partition"].as_i64().expect("a partition");
    let offset = place["offset"].as_u64().expect("an offset");
    let mut there = stored
        .iter()
        .filter(|record| i64::from(record.partition) == partition);
    let record = there
        .nth(usize::try_from(offset).expect("a small offset"))
        .expect("a record stands there");
    let value = record.value(&plan(producer::schema::ORDER));
    value["order_id"].as_str().expect("an id").to_owned()
}
