//! A registry that is away when the producer starts.

use runtime::lifecycle::Exit;

use crate::app::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_stands_in_for_the_registry_and_for_what_it_knows_alone() {
    let world = World::new().await;
    let folder = tempfile::tempdir().expect("there is room");
    let file = folder.path().join("schemas");
    let file = file.to_str().expect("the path is text");
    let common = [
        ("registry.snapshot", file),
        ("source.max_records", "5"),
        ("startup.timeout", "3s"),
        ("registry.timeout", "500ms"),
    ];
    let first = world.start(&common).await;
    assert_eq!(first.ended().await.exit, Exit::Done);
    let id = |app: &crate::app::App| app.progress.schema_version().map(|version| version.id);
    world.stop_registry().await;
    for resolution in ["lookup", "register", "latest"] {
        let settings = [&common[..], &[("registry.resolution", resolution)]].concat();
        let app = world.start(&settings).await;
        assert_eq!(app.telemetry.state()["registry"]["degraded"], true);
        assert_eq!(app.ended().await.exit, Exit::Done);
        assert_eq!((id(&app), app.progress.delivered()), (id(&first), 5));
    }
    for more in [
        ("source.variant", "order_more"),
        ("registry.name", "other"),
        ("codec.format", "json"),
        // Another registry service, though its registry has the same name.
        ("registry.endpoint", "http://127.0.0.1:1"),
        ("registry.region", "eu-west-3"),
    ] {
        let settings = [&common[..], &[more]].concat();
        let failure = world.try_start(&settings, None).await.err();
        let failure = failure.unwrap_or_else(|| panic!("it must not start with {more:?}"));
        assert_eq!(failure.exit, Exit::Unreachable, "{failure}");
    }
}
