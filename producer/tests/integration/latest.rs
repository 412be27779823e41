//! The resolution `latest`: newer versions are taken over, and those that cannot be used are not.

use producer::schema;
use runtime::lifecycle::Exit;
use uuid::Uuid;

use crate::app::{App, World, until};
use crate::ndjson::file;

/// Registers a version by a producer that sends one record, and gives its id.
async fn registered(world: &World, more: &[(&str, &str)]) -> Uuid {
    let settings = [&[("source.max_records", "1")], more].concat();
    let app = world.start(&settings).await;
    assert_eq!(app.ended().await.exit, Exit::Done);
    in_use(&app)
}

fn in_use(app: &App) -> Uuid {
    let version = app.progress.schema_version();
    version.expect("the schema is resolved").id
}

fn looks(app: &App, result: &str) -> f64 {
    let labels = [("schema", "orders-value"), ("result", result)];
    app.metric("gluestream_schema_refreshes_total", &labels)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_version_is_taken_over_and_one_that_does_not_fit_is_not() {
    let world = World::new().await;
    // A registry that takes anything: what cannot be used is found out here.
    let first = registered(&world, &[("registry.compatibility", "NONE")]).await;
    let settings = [
        ("registry.resolution", "latest"),
        ("registry.latest_ttl", "1s"),
        ("source.rate", "200/s"),
        ("source.batch", "10"),
    ];
    let app = world.start(&settings).await;
    assert_eq!(in_use(&app), first);
    until("the first look", || looks(&app, "unchanged") > 0.0).await;

    let wider = schema::ORDER.replacen(
        "\"fields\": [",
        "\"fields\": [{\"name\": \"shop\", \"type\": \"string\", \"default\": \"\"},",
        1,
    );
    assert_ne!(wider, schema::ORDER);
    let wider = file(wider.as_bytes());
    let path = wider.path().to_str().expect("the path is text");
    let second = registered(&world, &[("registry.schema_file", path)]).await;
    until("the second version is taken over", || {
        in_use(&app) == second
    })
    .await;
    assert!((looks(&app, "taken_over") - 1.0).abs() < f64::EPSILON);

    registered(&world, &[("source.variant", "order_more")]).await;
    until("the third version is seen", || {
        looks(&app, "unusable") > 0.0
    })
    .await;
    assert_eq!(in_use(&app), second, "the old version stays");
    let enqueued = app.progress.enqueued();
    until("it goes on", || app.progress.enqueued() > enqueued + 20).await;
    assert_eq!(app.drained().await.exit, Exit::Done);
    assert_eq!(app.progress.rejected(), 0);

    let mine = world.stored().into_iter().map(|record| record.version_id());
    let mine: Vec<_> = mine.collect();
    for (id, least) in [(first, 100), (second, 20)] {
        let count = mine.iter().filter(|known| **known == id).count();
        assert!(count > least, "{count} records of {id}");
    }
}
