//! Files in a folder: each record in one of them once, whatever happens.

mod containers;

use crate::bed::{Bed, Running, wait};
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray as _;
use arrow_array::types::Int64Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use runtime::lifecycle::{Cause, Exit};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where records of the bed's timestamp lie.
const DAY: &str = "date=2023-04-12";
const WRITER: &str = "00c0ffee";

fn base(url: &str) -> [(&str, &str); 4] {
    [
        ("sink.kind", "object_store"),
        ("sink.url", url),
        ("sink.format", "ndjson"),
        ("sink.compression", "none"),
    ]
}

/// A bed whose consumers write files into a folder.
struct Yard {
    bed: Bed,
    folder: tempfile::TempDir,
}

impl Yard {
    async fn new() -> Self {
        Self {
            bed: Bed::new().await,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    async fn start(&self, more: &[(&str, &str)]) -> Running {
        self.try_start(more).await.unwrap()
    }

    async fn try_start(
        &self,
        more: &[(&str, &str)],
    ) -> Result<Running, runtime::lifecycle::Failure> {
        let url = self.folder.path().display().to_string();
        self.bed.start(&[&base(&url), more].concat()).await
    }

    /// Runs a consumer to the end of the topic.
    async fn run(&self, more: &[(&str, &str)]) {
        let url = self.folder.path().display().to_string();
        self.bed.run(&[&base(&url), more].concat()).await;
    }

    /// All files, by their path in the folder.
    fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push(path);
                }
            }
        }
        files.sort();
        files
    }

    fn names(&self) -> Vec<String> {
        let relative = |path: PathBuf| {
            let path = path.strip_prefix(self.folder.path()).unwrap();
            path.display().to_string()
        };
        self.files().into_iter().map(relative).collect()
    }

    /// Partition and offset of each line in each file.
    fn places(&self) -> Vec<(i64, i64)> {
        let mut places = Vec::new();
        for path in self.files() {
            for line in fs::read_to_string(path).unwrap().lines() {
                let line: Value = serde_json::from_str(line).unwrap();
                let number = |field: &str| line[field].as_i64().unwrap();
                places.push((number("partition"), number("offset")));
            }
        }
        places.sort_unstable();
        places
    }

    /// Puts a file there as another process may have left it.
    fn leave(&self, name: &str, lines: &[(i32, i64)]) -> PathBuf {
        let path = self.folder.path().join("t").join(DAY).join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let line = |(partition, offset): &(i32, i64)| {
            format!("{{\"partition\":{partition},\"offset\":{offset}}}\n")
        };
        fs::write(&path, lines.iter().map(line).collect::<String>()).unwrap();
        path
    }
}

fn rows(path: &Path) -> RecordBatch {
    let file = fs::File::open(path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let mut batches = reader.build().unwrap();
    let rows = batches.next().unwrap().unwrap();
    assert!(batches.next().is_none());
    rows
}

fn numbers(rows: &RecordBatch, column: &str) -> Vec<Option<i64>> {
    let column = rows.column_by_name(column).unwrap();
    column.as_primitive::<Int64Type>().iter().collect()
}

fn texts(rows: &RecordBatch, column: &str) -> Vec<Option<String>> {
    let column = rows.column_by_name(column).unwrap().as_string::<i32>();
    column.iter().map(|text| text.map(str::to_owned)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bounded_run_leaves_each_record_in_a_file_of_its_day_once() {
    let yard = Yard::new().await;
    for number in 0..10 {
        yard.bed.write_good(number % 2, &format!("r{number}"));
    }
    yard.run(&[]).await;
    let expected: Vec<_> = (0..2).flat_map(|p| (0..5).map(move |o| (p, o))).collect();
    assert_eq!(yard.places(), expected);
    for name in yard.names() {
        assert!(name.starts_with(&format!("t/{DAY}/t+")), "{name}");
        assert!(name.ends_with(".ndjson"), "{name}");
    }
    assert_eq!((yard.bed.committed(0), yard.bed.committed(1)), (5, 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn offsets_move_only_when_the_files_are_closed() {
    let yard = Yard::new().await;
    let running = yard.start(&[("sink.file_records", "3")]).await;
    let in_flight = || running.metric("gluestream_consumer_in_flight_records", None);
    let open = || running.metric("gluestream_sink_open_files", None);
    yard.bed.write_good(0, "a");
    wait(|| open() == 1).await;
    // What is closed of another partition is committed; with it goes whatever may be.
    for text in ["x", "y", "z"] {
        yard.bed.write_good(1, text);
    }
    wait(|| yard.bed.committed(1) == 3).await;
    assert_eq!((in_flight(), yard.bed.committed(0)), (1, 0));
    assert_eq!(yard.places(), [(1, 0), (1, 1), (1, 2)]);
    for text in ["b", "c"] {
        yard.bed.write_good(0, text);
    }
    wait(|| yard.bed.committed(0) == 3).await;
    assert_eq!(yard.places()[..3], [(0, 0), (0, 1), (0, 2)]);
    assert_eq!(
        (open(), in_flight(), running.consumer.delivered()),
        (0, 0, 6)
    );
    // What is open when the daemon ends is closed by the drain.
    yard.bed.write_good(0, "d");
    wait(|| open() == 1).await;
    assert_eq!(running.stop().await, Exit::Done);
    assert_eq!(yard.bed.committed(0), 4);
    assert_eq!(yard.places().len(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_whose_records_were_not_committed_are_replaced_and_no_others() {
    let yard = Yard::new().await;
    for text in ["a", "b", "c"] {
        yard.bed.write_good(0, text);
    }
    yard.run(&[]).await;
    for text in ["d", "e"] {
        yard.bed.write_good(0, text);
    }
    let orphan = format!("t+0+00000000000000000003+{WRITER}.ndjson");
    let orphan = yard.leave(&orphan, &[(0, 3), (0, 4)]);
    let unfinished = format!(".t+0+00000000000000000003+{WRITER}.ndjson");
    let unfinished = yard.leave(&unfinished, &[(0, 3)]);
    let kept = [
        format!("t+1+00000000000000000003+{WRITER}.ndjson.txt"),
        format!("t2+0+00000000000000000003+{WRITER}.ndjson"),
        "t+0+3.ndjson".to_owned(),
    ]
    .map(|name| yard.leave(&name, &[]));
    yard.run(&[]).await;
    assert!(!orphan.exists() && !unfinished.exists());
    assert!(kept.iter().all(|path| path.exists()));
    let expected: Vec<_> = (0..5).map(|offset| (0, offset)).collect();
    assert_eq!(yard.places(), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_without_offsets_does_not_touch_files_that_are_there() {
    let yard = Yard::new().await;
    yard.bed.write_good(0, "a");
    let name = format!("t+0+00000000000000000000+{WRITER}.ndjson");
    let path = yard.leave(&name, &[(0, 0)]);
    let running = yard.start(&[]).await;
    let end = running.tasks.finished(Duration::from_secs(20)).await;
    assert_eq!(end.exit, Exit::Configuration);
    assert!(path.exists());
    assert_eq!(yard.bed.committed(0), -1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_before_the_first_files_leaves_where_the_group_began() {
    let yard = Yard::new().await;
    yard.bed.write_good(0, "a");
    let running = yard.start(&[]).await;
    wait(|| running.metric("gluestream_sink_open_files", None) == 1).await;
    assert_eq!(
        yard.bed.committed(0),
        0,
        "so that the next process knows whose files there are"
    );
    running.tasks.aborting().cancel();
    yard.leave(
        &format!("t+0+00000000000000000000+{WRITER}.ndjson"),
        &[(0, 0)],
    );
    yard.run(&[]).await;
    assert_eq!(yard.places(), [(0, 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_that_go_have_their_files_closed_first() {
    let yard = Yard::new().await;
    for number in 0..20 {
        yard.bed.write_good(number % 2, &format!("r{number}"));
    }
    let quick = [
        ("kafka.properties.session.timeout.ms", "1500"),
        ("kafka.properties.heartbeat.interval.ms", "300"),
    ];
    let first = yard.start(&quick).await;
    wait(|| first.metric("gluestream_sink_open_files", None) == 2).await;
    let second = yard.start(&quick).await;
    wait(|| first.consumer.assigned() == 1 && second.consumer.assigned() == 1).await;
    for number in 0..20 {
        yard.bed.write_good(number % 2, &format!("s{number}"));
    }
    assert_eq!(first.stop().await, Exit::Done);
    wait(|| second.consumer.assigned() == 2).await;
    assert_eq!(second.stop().await, Exit::Done);
    yard.run(&[]).await;
    let expected: Vec<_> = (0..2).flat_map(|p| (0..20).map(move |o| (p, o))).collect();
    assert_eq!(yard.places(), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn parquet_has_a_column_for_each_field_and_for_each_thing_that_kafka_knows() {
    let yard = Yard::new().await;
    yard.bed.write_good(0, "hello");
    yard.bed.write(0, Some(&[0xff]), None);
    yard.bed.write(0, None, Some(b"\x07 no frame"));
    let mut broken = yard.bed.frame("x");
    broken[19] = 0xff; // no UTF-8
    yard.bed.write(0, None, Some(&broken));
    yard.bed
        .write(0, Some(b"k"), Some(&yard.bed.frame("world")));
    yard.run(&[("sink.format", "parquet"), ("sink.compression", "zstd")])
        .await;
    let files = yard.files();
    assert_eq!(files.len(), 1, "{files:?}");
    let rows = rows(&files[0]);
    assert_eq!(numbers(&rows, "kafka_offset"), [Some(0), Some(1), Some(4)]);
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        texts(&rows, "kafka_key"),
        [text("hello"), text("/w=="), text("k")]
    );
    assert_eq!(texts(&rows, "s"), [text("hello"), None, text("world")]);
    assert_eq!(numbers(&rows, "n"), [Some(5), None, Some(5)]);
    let headers = rows
        .column_by_name("kafka_headers")
        .unwrap()
        .as_list::<i32>();
    assert_eq!(
        headers
            .value(0)
            .as_struct()
            .column(0)
            .as_string::<i32>()
            .value(0),
        "h"
    );
    assert_eq!(yard.bed.committed(0), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn schema_versions_have_files_of_their_own_and_a_readers_schema_one_for_all() {
    let yard = Yard::new().await;
    let wider = r#"{"type":"record","name":"T","fields":[{"name":"s","type":"string"},{"name":"n","type":"long"},{"name":"m","type":["null","int"],"default":null}]}"#;
    let id = yard.bed.register("u-value", wider).await;
    let mut newer = [&[3, 0][..], id.as_bytes(), b"\x02b\x0a\x02\x06"].concat();
    yard.bed.write_good(0, "a");
    yard.bed.write(0, None, Some(&newer));
    newer[19] = b'c';
    yard.bed.write(0, None, Some(&newer));
    yard.run(&[("sink.format", "parquet")]).await;
    let counts: BTreeMap<usize, usize> = yard
        .files()
        .iter()
        .map(|path| (rows(path).num_columns(), rows(path).num_rows()))
        .collect();
    assert_eq!(counts, BTreeMap::from([(7, 1), (8, 2)]));

    let other = Yard {
        bed: yard.bed,
        folder: tempfile::tempdir().unwrap(),
    };
    let reader = other.bed.file("reader.avsc", wider);
    let options = [
        ("sink.format", "parquet"),
        ("codec.reader_schema", reader.as_str()),
        ("kafka.group_id", "another"),
    ];
    other.run(&options).await;
    let mut values: Vec<(i64, Option<i32>)> = Vec::new();
    for path in other.files() {
        let rows = rows(&path);
        assert_eq!(rows.num_columns(), 8);
        let m = rows.column_by_name("m").unwrap();
        let m = m.as_primitive::<arrow_array::types::Int32Type>();
        let offsets = numbers(&rows, "kafka_offset").into_iter().flatten();
        values.extend(offsets.zip(m));
    }
    values.sort_unstable();
    assert_eq!(values, [(0, None), (1, Some(3)), (2, Some(3))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_without_a_form_in_parquet_is_named() {
    let yard = Yard::new().await;
    let union = r#"{"type":"record","name":"T","fields":[{"name":"u","type":["int","string"]}]}"#;
    let id = yard.bed.register("u-value", union).await;
    let frame = [&[3, 0][..], id.as_bytes(), b"\x00\x02"].concat();
    yard.bed.write(0, None, Some(&frame));
    let running = yard
        .start(&[("sink.format", "parquet"), ("dead_letter.policy", "stop")])
        .await;
    let end = running.tasks.finished(Duration::from_secs(20)).await;
    assert_eq!(end.exit, Exit::Refused);
    assert!(yard.files().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_cannot_be_written_holds_offsets_and_loses_nothing() {
    let yard = Yard::new().await;
    let running = yard.start(&[("sink.file_records", "1")]).await;
    // A file stands where the topic's folder should be.
    let place = yard.folder.path().join("t");
    fs::write(&place, "").unwrap();
    yard.bed.write_good(0, "a");
    wait(|| running.metric("gluestream_consumer_retries_total", None) > 1).await;
    assert_eq!(yard.bed.committed(0), 0);
    fs::remove_file(&place).unwrap();
    wait(|| yard.bed.committed(0) == 1).await;
    assert_eq!(yard.places(), [(0, 0)]);
    running.tasks.drain(Cause::Signal);
    assert_eq!(
        running.tasks.finished(Duration::from_secs(20)).await.exit,
        Exit::Done
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_offset_lies_within_a_file_when_a_dead_letter_is_not_taken() {
    let yard = Yard::new().await;
    yard.bed.cluster.create_topic("t-dead-letters", 1).unwrap();
    yard.bed.write_good(0, "a");
    yard.bed.write(0, None, Some(&[9; 40]));
    yard.bed.write_good(0, "b");
    let away = rdkafka::types::RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS;
    let produce = client::kafka::mock::Request::Produce;
    yard.bed.cluster.fail_requests(produce, &[away; 1000]);
    let settings = [
        ("dead_letter.policy", "topic"),
        ("sink.batch_records", "1"),
        ("shutdown.grace", "2s"),
    ];
    let running = yard.start(&settings).await;
    let failures = "gluestream_consumer_dead_letter_failures_total";
    wait(|| running.metric(failures, None) > 0).await;
    running.tasks.drain(Cause::Signal);
    let outcome = running.tasks.finished(Duration::from_secs(5)).await;
    assert_eq!(outcome.exit, Exit::DrainIncomplete);
    // Whoever reads on finds each record once.
    yard.run(&[]).await;
    assert_eq!(yard.places(), [(0, 0), (0, 2)]);
}
