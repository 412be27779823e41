//! Records that are filtered, changed and parted among sinks on their way.

use crate::bed::{Bed, wait};
use arrow_array::cast::AsArray as _;
use consumer::config::ConsumerConfig;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use runtime::config::{Reader, Sources};
use runtime::lifecycle::Exit;
use serde_json::{Value, json};
use std::fs::File;
use std::path::{Path, PathBuf};

const KEY: (&str, &str) = ("transform.mask_key", "a key of the house");
/// HMAC-SHA256 of `Ada` with that key, by another implementation.
const ADA: &str = "86edcf8dfa0ee3fd131c630127a496809ee2aeef6ae0895920ad4d3144036c22";
const PROCESSED: &str = "gluestream_consumer_records_processed_total";

fn values(lines: &[Value]) -> Vec<Value> {
    lines.iter().map(|line| line["value"].clone()).collect()
}

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_do_not_fit_the_conditions_are_filtered_and_their_offsets_move() {
    let bed = Bed::new().await;
    for text in ["paid", "open", "paid", "open"] {
        bed.write_good(0, text);
    }
    bed.write(0, Some(b"paid"), None);
    bed.write(0, None, Some(b"no frame"));
    bed.write_good(0, "open");
    let conditions = r#"["s=paid", "n>=5", "n<6"]"#;
    let running = bed.run(&[("transform.where", conditions)]).await;
    let value = json!({"s": "paid", "n": 5});
    assert_eq!(values(&bed.lines()), [value.clone(), value, Value::Null]);
    let processed = |result| running.metric(PROCESSED, Some(result));
    assert_eq!(
        (
            processed("delivered"),
            processed("filtered"),
            processed("skipped")
        ),
        (3, 3, 1)
    );
    assert_eq!(
        running.metric("gluestream_consumer_records_received_total", None),
        7
    );
    assert_eq!(bed.committed(0), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn values_have_the_fields_that_are_let_through() {
    let bed = Bed::new().await;
    bed.write_good(0, "Ada");
    let changes = [
        KEY,
        ("transform.drop", "[\"n\"]"),
        ("transform.mask", "[\"s\"]"),
        ("transform.rename", "[\"s=customer\"]"),
    ];
    bed.run(&changes).await;
    assert_eq!(values(&bed.lines()), [json!({"customer": ADA})]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_have_the_columns_that_are_let_through() {
    let (bed, folder) = (Bed::new().await, tempfile::tempdir().unwrap());
    bed.write_good(0, "Ada");
    let url = folder.path().display().to_string();
    let more = [
        KEY,
        ("sink.kind", "object_store"),
        ("sink.url", &url),
        ("transform.keep", "[\"s\"]"),
        ("transform.mask", "[\"s\"]"),
        ("transform.rename", "[\"s=customer\"]"),
    ];
    bed.run(&more).await;
    let file = only_file(folder.path());
    let mut rows = ParquetRecordBatchReaderBuilder::try_new(File::open(file).unwrap())
        .unwrap()
        .build()
        .unwrap();
    let rows = rows.next().unwrap().unwrap();
    let column = rows.column_by_name("customer").unwrap();
    assert_eq!(column.as_string::<i32>().value(0), ADA);
    assert!(rows.column_by_name("n").is_none() && rows.column_by_name("s").is_none());
}

fn only_file(folder: &Path) -> PathBuf {
    let mut path = folder.to_owned();
    while path.is_dir() {
        path = std::fs::read_dir(&path)
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path();
    }
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_decides_where_a_record_goes() {
    let (bed, folder) = (Bed::new().await, tempfile::tempdir().unwrap());
    let (audit, url) = (
        folder.path().join("audit.ndjson"),
        folder.path().join("lake"),
    );
    for text in ["AU", "NZ", "US", "AU", "DE"] {
        bed.write_good(0, text);
    }
    bed.write(0, Some(b"AU"), None);
    let (audited, lake) = (audit.display().to_string(), url.display().to_string());
    let more = [
        ("route.field", "s"),
        ("route.to.AU", "audit"),
        ("route.to.US", "skip"),
        ("route.to.DE", "lake"),
        ("sinks.audit.kind", "file"),
        ("sinks.audit.path", &audited),
        ("sinks.lake.kind", "object_store"),
        ("sinks.lake.url", &lake),
        ("sinks.lake.format", "ndjson"),
        ("sinks.lake.compression", "none"),
    ];
    let running = bed.run(&more).await;
    let value = |text: &str| json!({"s": text, "n": 5});
    assert_eq!(values(&bed.lines()), [value("NZ"), Value::Null]);
    assert_eq!(
        values(&lines(&audit)),
        [value("AU"), value("AU"), Value::Null]
    );
    assert_eq!(values(&lines(&only_file(&url))), [value("DE"), Value::Null]);
    let processed = |result| running.metric(PROCESSED, Some(result));
    assert_eq!((processed("delivered"), processed("filtered")), (5, 1));
    assert_eq!(bed.committed(0), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_the_schema_has_not_is_told_at_the_start() {
    let bed = Bed::new().await;
    for (more, said) in [
        (
            &[("transform.where", "[\"status=x\"]")][..],
            "the schema has no field `status`",
        ),
        (
            &[("transform.drop", "[\"n.x\"]")],
            "the schema has no field `n.x`",
        ),
        (
            &[("route.field", "country"), ("route.to.x", "skip")],
            "the schema has no field `country`",
        ),
        (
            &[("transform.rename", "[\"s=n\"]")],
            "two fields would be called `n`",
        ),
    ] {
        let failure = bed.start(more).await.err().unwrap();
        assert_eq!(failure.exit, Exit::Configuration);
        let text = format!("{:#}", failure.error);
        assert!(text.contains(said) && text.contains("`t-value`"), "{text}");
    }
}

/// The folders below one, by their names.
fn folders(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_parted_by_the_value_of_a_field() {
    for format in ["ndjson", "parquet", "avro"] {
        let (bed, folder) = (Bed::new().await, tempfile::tempdir().unwrap());
        for text in ["AU", "a/../b", "AU", "", "50%"] {
            bed.write_good(0, text);
        }
        bed.write(0, Some(b"AU"), None);
        let url = folder.path().display().to_string();
        let more = [
            ("sink.kind", "object_store"),
            ("sink.url", &url),
            ("sink.format", format),
            ("sink.compression", "none"),
            ("sink.partition_by", "field:s"),
            // The field need not be among those that go on.
            ("transform.keep", "[\"n\"]"),
        ];
        bed.run(&more).await;
        let parted = folder.path().join("t");
        let none = "s=__HIVE_DEFAULT_PARTITION__";
        assert_eq!(
            folders(&parted),
            ["s=50%25", "s=AU", none, "s=a%2F..%2Fb"],
            "{format}"
        );
        let files = |name: &str| folders(&parted.join(name)).len();
        // A record without a value has the schema of those beside it, or none.
        assert_eq!(files("s=AU"), 1, "{format}");
        if format == "ndjson" {
            let values = values(&lines(&only_file(&parted.join("s=AU"))));
            assert_eq!(values, [json!({"n": 5}), json!({"n": 5})]);
            assert_eq!(lines(&only_file(&parted.join(none))).len(), 2);
        }
        assert_eq!(bed.committed(0), 6);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_a_field_are_taken_away_as_others_are() {
    let (bed, folder) = (Bed::new().await, tempfile::tempdir().unwrap());
    let url = folder.path().display().to_string();
    let more = [
        ("sink.kind", "object_store"),
        ("sink.url", &url),
        ("sink.format", "ndjson"),
        ("sink.compression", "none"),
        ("sink.partition_by", "field:s"),
    ];
    bed.write_good(0, "AU");
    bed.run(&more).await;
    bed.write_good(0, "50%");
    // As a process leaves it that dies before it has committed.
    let left = folder.path().join("t/s=50%25");
    std::fs::create_dir_all(&left).unwrap();
    let name = "t+0+00000000000000000001+00c0ffee.ndjson";
    std::fs::write(left.join(name), "left\n").unwrap();
    bed.run(&more).await;
    assert_eq!(folders(&left).len(), 1);
    assert_eq!(
        values(&lines(&only_file(&left))),
        [json!({"s": "50%", "n": 5})]
    );
    assert_eq!(folders(&folder.path().join("t/s=AU")).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn offsets_move_where_the_store_beside_gets_nothing() {
    let (bed, folder) = (Bed::new().await, tempfile::tempdir().unwrap());
    for _ in 0..3 {
        bed.write_good(0, "file");
    }
    let url = folder.path().display().to_string();
    let more = [
        ("route.field", "s"),
        ("route.to.lake", "lake"),
        ("sinks.lake.kind", "object_store"),
        ("sinks.lake.url", &url),
    ];
    let running = bed.start(&more).await.unwrap();
    wait(|| bed.committed(0) == 3).await;
    assert_eq!(running.metric(PROCESSED, Some("delivered")), 3);
    assert_eq!(running.stop().await, Exit::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_are_looked_up_in_the_readers_shape() {
    let bed = Bed::new().await;
    for text in ["paid", "open"] {
        bed.write_good(0, text);
    }
    let reader = r#"{"type":"record","name":"T","fields":[{"name":"state","type":"string","aliases":["s"]},{"name":"kind","type":"string","default":"order"}]}"#;
    let reader = bed.file("reader.avsc", reader);
    let more = [
        ("codec.reader_schema", reader.as_str()),
        ("transform.where", "[\"state=paid\", \"kind=order\"]"),
    ];
    bed.run(&more).await;
    assert_eq!(
        values(&bed.lines()),
        [json!({"state": "paid", "kind": "order"})]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_as_it_is_cannot_be_chosen_by_its_fields() {
    let bed = Bed::new().await;
    for (key, value) in [
        ("transform.where", "[\"s=paid\"]"),
        ("transform.drop", "[\"s\"]"),
        ("route.field", "s"),
        ("sink.partition_by", "field:s"),
    ] {
        let pairs = bed.pairs(&[("codec.foreign", "pass"), (key, value)]);
        let problems = Reader::load::<ConsumerConfig>(&Sources::from_pairs(pairs)).unwrap_err();
        assert!(
            problems
                .to_string()
                .contains("codec.foreign: values that pass"),
            "{problems}"
        );
    }
}
