//! `producer send`: lines of stdin become records of a topic, or are shown in a dry run.

use std::io::Write as _;

use crate::app::World;
use crate::ndjson::{SCHEMA_FILE, order};
use crate::process::{Ended, Process};
use crate::topic::plan;
use producer::schema;

/// Runs the command in a world with these lines on its stdin.
fn send(world: &World, arguments: &[&str], more: &[(&str, &str)], input: &str) -> Ended {
    let mut settings = world.settings(more);
    // The harness asks for a rate; the command has its own.
    settings.retain(|(key, _)| key != "source.rate");
    let arguments = [&["send", "--schema", SCHEMA_FILE], arguments].concat();
    let mut process = Process::start(&arguments, &settings);
    let mut stdin = process.0.stdin.take().expect("piped");
    stdin.write_all(input.as_bytes()).expect("stdin is read");
    drop(stdin);
    process.ended()
}

const ENVELOPE: [&str; 6] = [
    "--key",
    "{user_id}/{order_id}",
    "--header",
    "source=import-{user_id}",
    "--header",
    "First.Product={order_items}",
];

#[tokio::test(flavor = "multi_thread")]
async fn lines_arrive_with_keys_and_headers_by_template() {
    let world = World::new().await;
    world
        .kafka
        .create_topic("imported", 2)
        .expect("the topic is new");
    let input: String = (0..500).map(|number| order(number) + "\n").collect();
    let arguments = [&ENVELOPE[..], &["--topic", "imported"]].concat();
    let ended = send(&world, &arguments, &[], &input);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert_eq!(ended.out, "", "stdout belongs to the dry run");
    let stored = world.stored_in("imported");
    assert_eq!(stored.len(), 500);
    for record in &stored {
        let value = record.value(&plan(schema::ORDER));
        let id = value["order_id"].as_str().expect("an order has an id");
        assert_eq!(record.key.as_deref(), Some(format!("u/{id}").as_str()));
        let product = &value["order_items"][0]["product_id"];
        let items = format!(r#"[{{"product_id":{product},"quantity":1}}]"#);
        let expected = [("First.Product", items.as_str()), ("source", "import-u")];
        let headers = record
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        assert!(headers.eq(expected), "{:?}", record.headers);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_lines_are_named_and_make_the_exit_code_65() {
    let world = World::new().await;
    let input = format!(
        "{}\n{{}}\n{}\n",
        order(1),
        order(2).replace("\"u\"", "null")
    );
    let ended = send(&world, &["--key", "{order_id}"], &[], &input);
    assert_eq!(ended.code, Some(65), "{}", ended.err);
    for said in [
        "line 2 rejected: validation",
        "line 3 rejected: validation",
        "2 of 3 lines were rejected",
    ] {
        assert!(ended.err.contains(said), "{}", ended.err);
    }
    assert_eq!(world.stored().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_without_a_field_of_a_template_is_refused_by_name() {
    let world = World::new().await;
    let more = [("source.unknown_fields", "ignore")];
    let input = order(1).replacen('{', "{\"region\":\"EU\",", 1) + "\n" + &order(2);
    let ended = send(&world, &["--header", "region={region}"], &more, &input);
    assert_eq!(ended.code, Some(65), "{}", ended.err);
    let said = "line 2 rejected: validation: the header `region`: the field `region` of the template is missing or null";
    assert!(ended.err.contains(said), "{}", ended.err);
    assert_eq!(world.stored().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_shows_what_would_be_sent_and_sends_nothing() {
    let world = World::new().await;
    let input = format!("{}\n{{\n\n{}", order(1), order(2));
    let dry = [&ENVELOPE[..], &["--dry-run"]].concat();
    let ended = send(&world, &dry, &[], &input);
    assert_eq!(ended.code, Some(78), "nothing is registered: {}", ended.err);
    assert!(
        world
            .calls()
            .keys()
            .all(|operation| operation.starts_with("Get")),
        "{:?}",
        world.calls()
    );
    assert_eq!(send(&world, &ENVELOPE, &[], &order(1)).code, Some(0));
    let sent = world.stored();

    let ended = send(&world, &dry, &[], &input);
    assert_eq!(ended.code, Some(65), "{}", ended.err);
    let lines: Vec<&str> = ended.out.split('\n').collect();
    assert_eq!(lines.len(), 5, "{}", ended.out);
    let expected = format!(
        r#"{{"key":"u/id-1","headers":[{{"First.Product":"[{{\"product_id\":1,\"quantity\":1}}]"}},{{"source":"import-u"}}],"frame":"{}"}}"#,
        hex::encode(&sent[0].frame)
    );
    assert_eq!((lines[0], lines[1], lines[2]), (expected.as_str(), "", ""));
    assert!(lines[3].contains("id-2") && lines[4].is_empty());
    assert!(ended.err.contains("line 2: json: "), "{}", ended.err);
    assert!(
        ended.err.contains("2 of 4 lines would be rejected"),
        "{}",
        ended.err
    );
    assert_eq!(world.stored().len(), sent.len());
    let version = hex::encode(&sent[0].frame[2..18]);
    insta::assert_snapshot!("a_dry_run", ended.out.replace(&version, "<schema version>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_looks_like_this() {
    let world = World::new().await;
    let input = format!("{}\n{{\n\n{}", order(1), order(2));
    let ended = send(&world, &ENVELOPE, &[], &input);
    assert_eq!(ended.code, Some(65), "{}", ended.err);
    let shown = |record: &crate::topic::Stored| {
        let (key, value) = (record.key.as_deref(), record.value(&plan(schema::ORDER)));
        format!("{key:?} {:?} {value}", record.headers)
    };
    let mut lines: Vec<String> = world.stored().iter().map(shown).collect();
    lines.sort();
    insta::assert_snapshot!("sent", lines.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shared_configuration_of_a_daemon_does_not_get_in_the_way() {
    let world = World::new().await;
    let file = crate::ndjson::file(
        b"[source]\nkind = \"generate\"\nkey = [\"user_id\"]\nresume = true\nrate = \"1/min\"\n[generate]\nnulls = \"1%\"\n",
    );
    let path = file.path().to_str().expect("the path is text");
    let input: String = (0..100).map(|number| order(number) + "\n").collect();
    let ended = send(
        &world,
        &["--config", path, "--key", "{order_id}"],
        &[],
        &input,
    );
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(world.stored().iter().all(|record| {
        record
            .key
            .as_deref()
            .is_some_and(|key| key.starts_with("id-"))
    }));
}

#[test]
fn what_no_record_can_have_is_said_before_anything_is_sent() {
    for (arguments, code, said) in [
        (&["--key", "{order_id"][..], 64, "this `{` is not closed"),
        (&["--header", "source"], 64, "expected NAME=TEMPLATE"),
        (
            &["--key", "{no_such}", "--dry-run"],
            78,
            "source.key_template: the schema has no field `no_such`",
        ),
    ] {
        let arguments = [&["send", "--schema", SCHEMA_FILE], arguments].concat();
        let settings = [
            ("registry.resolution", "lookup"),
            ("registry.endpoint", "http://127.0.0.1:1"),
            ("startup.timeout", "100ms"),
        ];
        let settings = settings.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let process = Process::start(&arguments, &settings);
        let ended = process.ended();
        assert_eq!(ended.code, Some(code), "{}", ended.err);
        assert!(ended.err.contains(said), "{}", ended.err);
    }
}
