//! Avro's container files, read by another library.

use super::{DAY, WRITER, Yard};
use apache_avro::types::Value;
use std::fs;

/// A file's records: their fields in order.
fn records(path: &std::path::Path) -> Vec<Vec<(String, Value)>> {
    let file = fs::File::open(path).unwrap();
    let reader = apache_avro::Reader::new(file).unwrap();
    let fields = |record| match record {
        Value::Record(fields) => fields,
        other => panic!("{other:?}"),
    };
    reader.map(|record| fields(record.unwrap())).collect()
}

fn some(value: Value) -> Value {
    Value::Union(1, Box::new(value))
}

fn none() -> Value {
    Value::Union(0, Box::new(Value::Null))
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn field<'a>(record: &'a [(String, Value)], name: &str) -> &'a Value {
    &record.iter().find(|(known, _)| known == name).unwrap().1
}

/// Offset and value of each record in a folder's files, one list a file.
fn contents(yard: &Yard) -> Vec<Vec<(i64, Value)>> {
    let place = |record: &Vec<(String, Value)>| match field(record, "kafka_offset") {
        Value::Long(offset) => (*offset, field(record, "value").clone()),
        other => panic!("{other:?}"),
    };
    let files = yard.files();
    let lists = files
        .iter()
        .map(|path| records(path).iter().map(place).collect());
    lists.collect()
}

fn value(s: &str) -> Value {
    let fields = [("s", text(s)), ("n", Value::Long(5))];
    some(Value::Record(
        fields.map(|(name, value)| (name.to_owned(), value)).into(),
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_has_each_record_that_can_be_decoded_in_what_kafka_knows_of_it() {
    let mut yard = Yard::new().await;
    yard.bed.write_good(0, "hello");
    yard.bed.write(0, Some(&[0xff]), None);
    yard.bed.write(0, None, Some(b"\x07 no frame"));
    let mut broken = yard.bed.frame("x");
    broken[19] = 0xff; // no UTF-8
    yard.bed.write(0, None, Some(&broken));
    yard.bed.write(0, None, Some(&yard.bed.frame("world")));
    for (compression, group) in [("none", "first"), ("gzip", "second")] {
        yard.folder = tempfile::tempdir().unwrap();
        let settings = [
            ("sink.format", "avro"),
            ("sink.compression", compression),
            ("kafka.group_id", group),
        ];
        yard.run(&settings).await;
        let names = yard.names();
        assert_eq!(names.len(), 1, "{names:?}");
        assert!(names[0].starts_with(&format!("t/{DAY}/t+0+")), "{names:?}");
        let end = std::path::Path::new(&names[0]).extension();
        assert_eq!(end, Some("avro".as_ref()), "{names:?}");
        let wanted = vec![(0, value("hello")), (1, none()), (4, value("world"))];
        assert_eq!(contents(&yard), [wanted], "{compression}");
        let records = records(&yard.files()[0]);
        assert_eq!(*field(&records[0], "kafka_partition"), Value::Int(0));
        let moment = some(Value::TimestampMillis(1_681_272_158_640));
        assert_eq!(*field(&records[0], "kafka_timestamp"), moment);
        let keys = records
            .iter()
            .map(|record| field(record, "kafka_key").clone());
        assert!(keys.eq([some(text("hello")), some(text("/w==")), none()]));
        let header = [("name", text("h")), ("value", some(text("v")))];
        let header = Value::Record(header.map(|(name, value)| (name.to_owned(), value)).into());
        assert_eq!(
            *field(&records[1], "kafka_headers"),
            Value::Array(vec![header])
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_schema_version_has_a_container_of_its_own_whatever_types_it_has() {
    let yard = Yard::new().await;
    let union = r#"{"type":"record","name":"T","fields":[{"name":"u","type":["int","string"]}]}"#;
    let id = yard.bed.register("u-value", union).await;
    let other = [&[3, 0][..], id.as_bytes(), b"\x02\x04hi"].concat();
    yard.bed.write_good(0, "a");
    yard.bed.write(0, None, Some(&other));
    yard.bed.write(0, None, None);
    yard.bed.write_good(0, "b");
    // All in one batch: between two of them files may be closed at the end of a run.
    let settings = [("sink.format", "avro"), ("sink.batch_time", "5s")];
    yard.run(&settings).await;
    let hi = some(text("hi"));
    let hi = some(Value::Record(vec![("u".to_owned(), hi)]));
    let wanted = [
        vec![(0, value("a")), (3, value("b"))],
        vec![(1, hi), (2, none())],
    ];
    assert_eq!(contents(&yard), wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_readers_schema_is_the_one_of_all_containers() {
    let yard = Yard::new().await;
    yard.bed.write_good(0, "a");
    let narrow = r#"{"type":"record","name":"T","fields":[{"name":"s","type":"string"},{"name":"more","type":"int","default":7}]}"#;
    let reader = yard.bed.file("reader.avsc", narrow);
    let settings = [
        ("sink.format", "avro"),
        ("codec.reader_schema", reader.as_str()),
    ];
    yard.run(&settings).await;
    let fields = vec![
        ("s".to_owned(), text("a")),
        ("more".to_owned(), Value::Int(7)),
    ];
    assert_eq!(contents(&yard), [vec![(0, some(Value::Record(fields)))]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn containers_that_were_not_committed_are_taken_away() {
    let yard = Yard::new().await;
    yard.bed.write_good(0, "a");
    yard.run(&[("sink.format", "avro"), ("sink.compression", "none")])
        .await;
    yard.bed.write_good(0, "b");
    let orphan = yard.leave(&format!("t+0+00000000000000000001+{WRITER}.avro"), &[]);
    yard.run(&[("sink.format", "avro"), ("sink.compression", "none")])
        .await;
    assert!(!orphan.exists());
    let wanted = [vec![(0, value("a"))], vec![(1, value("b"))]];
    assert_eq!(contents(&yard), wanted);
}
