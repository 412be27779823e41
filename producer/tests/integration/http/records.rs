//! Records that are taken.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use producer::schema;
use runtime::lifecycle::Exit;
use uuid::Uuid;

use super::{Headers, Line, id_at, post, start};
use crate::app::{World, until};
use crate::ndjson::{file, ids, order};
use crate::topic::plan;

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("written into memory");
    encoder.finish().expect("written into memory")
}

/// An order as a bare datum.
fn datum(number: usize) -> Vec<u8> {
    let options = common::avro::JsonIn::default();
    let mut out = Vec::new();
    plan(schema::ORDER)
        .encode_json(order(number).as_bytes(), &options, &mut out)
        .expect("an order fits its schema");
    out
}

#[tokio::test(flavor = "multi_thread")]
async fn every_offset_that_is_answered_is_the_one_of_its_record() {
    let world = World::new().await;
    let (app, address) = start(&world, &[("source.workers", "2")]).await;
    let json = ("Content-Type", "application/json");
    let lines = ("Content-Type", "application/x-ndjson");
    let (gz, avro) = (
        ("Content-Encoding", "gzip"),
        ("Content-Type", "application/avro"),
    );
    let three = |from: usize| (from..from + 3).map(order).collect::<Vec<_>>();
    let bodies: [(Headers<'_>, Vec<u8>, &[usize]); 7] = [
        (&[json], order(1).into_bytes(), &[1]),
        (
            &[json],
            format!("[{}]", three(2).join(",\n")).into_bytes(),
            &[2, 3, 4],
        ),
        (
            &[lines],
            (three(5).join("\n") + "\n").into_bytes(),
            &[5, 6, 7],
        ),
        (&[], three(8).join("\r\n").into_bytes(), &[8, 9, 10]),
        (&[json, gz], gzip(order(11).as_bytes()), &[11]),
        (&[avro], datum(12), &[12]),
        (&[avro, gz], gzip(&datum(13)), &[13]),
    ];
    // One line for all of them.
    let mut line = Line::open(address).await;
    let mut answers = Vec::new();
    for (headers, body, numbers) in bodies {
        line.send("POST /records", headers, &body).await;
        let answer = line.hear().await.expect("the line is kept");
        assert_eq!(answer.status, 200, "{answer:?}");
        answers.push((answer.json(), numbers));
    }
    drop(line);
    assert_eq!(app.drained().await.exit, Exit::Done);
    let (stored, version) = (world.stored(), app.progress.schema_version());
    let version = version.expect("the schema is resolved").id.to_string();
    for (answer, numbers) in answers {
        assert_eq!(answer["topic"], "orders");
        assert_eq!(answer["schema_version_id"], version.as_str());
        let places = answer["records"].as_array().expect("a list");
        assert_eq!(places.len(), numbers.len());
        for (place, number) in places.iter().zip(numbers) {
            assert_eq!(id_at(&stored, place), format!("id-{number}"));
        }
    }
    for record in &stored {
        let id = record.value(&plan(schema::ORDER));
        let key = format!("{{\"order_id\": {}}}", id["order_id"]);
        assert_eq!(record.key.as_deref(), Some(key.as_str()));
    }
    assert_eq!((stored.len(), app.progress.delivered()), (13, 13));
    let requests = [("status", "200")];
    let answered = app.metric("gluestream_producer_http_requests_total", &requests);
    assert!((answered - 7.0).abs() < 0.5, "{answered}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_one_bad_record_sends_none_and_names_every_fault() {
    let world = World::new().await;
    let (app, address) = start(&world, &[]).await;
    let bad = order(2).replace("\"quantity\":1", "\"quantity\":\"many-secret\"");
    let body = [&order(1), &bad, "", &order(3), "{\"order_id\":\"x\"}"].join("\n");
    let answer = post(address, &[], body.as_bytes()).await;
    assert_eq!(
        (answer.status, answer.problem().as_str()),
        (422, "rejected")
    );
    let problem = answer.json();
    assert_eq!(problem["rejected"], 2);
    let errors = problem["errors"].as_array().expect("a list");
    assert_eq!(
        (errors[0]["line"].as_i64(), errors[0]["record"].as_i64()),
        (Some(2), Some(2))
    );
    assert_eq!(errors[0]["field"], "order_items[].quantity");
    assert_eq!(errors[0]["kind"], "validation");
    let reason = errors[0]["reason"].as_str().expect("words");
    assert!(reason.contains("expected"), "{reason}");
    assert_eq!(
        (errors[1]["line"].as_i64(), errors[1]["record"].as_i64()),
        (Some(5), Some(4))
    );
    assert!(
        !String::from_utf8_lossy(&answer.body).contains("secret"),
        "data in {problem}"
    );
    assert_eq!(app.drained().await.exit, Exit::Done);
    assert!((app.rejected("validation") - 2.0).abs() < 0.5);
    assert_eq!((app.progress.read(), app.progress.enqueued()), (2, 0));
    assert_eq!(ids(&world), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_datum_is_checked_before_it_is_framed() {
    let world = World::new().await;
    let (app, address) = start(&world, &[]).await;
    let avro = [("Content-Type", "application/avro")];
    let whole = datum(1);
    for (body, kind) in [
        ([&whole[..], b"x"].concat(), "trailing"),
        (whole[..whole.len() - 1].to_vec(), "truncated"),
        (Vec::new(), "truncated"),
    ] {
        let answer = post(address, &avro, &body).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (422, "rejected")
        );
        assert_eq!(answer.json()["errors"][0]["kind"], kind);
    }
    assert_eq!(app.drained().await.exit, Exit::Done);
    assert_eq!(ids(&world), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_version_is_taken_over_between_two_requests() {
    let world = World::new().await;
    let (first, address) = start(&world, &[]).await;
    assert_eq!(post(address, &[], order(1).as_bytes()).await.status, 200);
    assert_eq!(first.drained().await.exit, Exit::Done);
    let more = [
        ("registry.resolution", "latest"),
        ("registry.latest_ttl", "1s"),
        ("registry.compatibility", "BACKWARD"),
    ];
    let base = [("source.kind", "http"), ("source.listen", "127.0.0.1:0")];
    let app = world.start(&[&base[..], &more[..2]].concat()).await;
    let address = app.progress.address().expect("it listens");
    let used = |answer: super::Asked| -> Uuid {
        assert_eq!(answer.status, 200, "{answer:?}");
        let id = answer.json()["schema_version_id"].clone();
        id.as_str().and_then(|id| id.parse().ok()).expect("an id")
    };
    let old = used(post(address, &[], order(2).as_bytes()).await);
    let wider = schema::ORDER.replacen(
        "\"fields\": [",
        "\"fields\": [{\"name\": \"shop\", \"type\": \"string\", \"default\": \"\"},",
        1,
    );
    let wider = file(wider.as_bytes());
    let path = wider.path().to_str().expect("the path is text");
    let registering = [("registry.schema_file", path), ("source.max_records", "1")];
    let other = world.start(&registering).await;
    assert_eq!(other.ended().await.exit, Exit::Done);
    let newest = other.progress.schema_version().expect("it is known").id;
    until("the version is taken over", || {
        app.progress
            .schema_version()
            .is_some_and(|now| now.id == newest)
    })
    .await;
    // The serializer follows the view of it within the same step.
    let mut new = used(post(address, &[], order(3).as_bytes()).await);
    for number in 4..20 {
        if new == newest {
            break;
        }
        new = used(post(address, &[], order(number).as_bytes()).await);
    }
    assert!(old != newest && new == newest, "{old} {new} {newest}");
    assert_eq!(app.drained().await.exit, Exit::Done);
}
