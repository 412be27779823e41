//! What was asked for and what came of it: every line of the input against every line of every consumer's file, and
//! the group's commits against what was written by then.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Records go round these keys.
const KEYS: usize = 50;

/// What the group had committed at one moment, a partition, and how long the consumers' files were just after.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) committed: BTreeMap<i32, i64>,
    pub(crate) lengths: Vec<usize>,
}

/// What came of the records.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) lost: usize,
    pub(crate) duplicates: usize,
    pub(crate) order_breaks: usize,
    /// Commits that were ahead of what was written.
    pub(crate) early_commits: usize,
}

/// Lines for the ndjson source, each with its key, its number within the key, and a checksum over both.
pub(crate) fn input(count: usize) -> String {
    let mut text = String::new();
    for at in 0..count {
        let (key, number) = (at % KEYS, at / KEYS);
        let line = json!({
            "order_id": format!("k{key}"),
            "ordered_at": number,
            "user_id": checksum(key, number),
            "order_items": [],
        });
        writeln!(text, "{line}").unwrap();
    }
    text
}

fn checksum(key: usize, number: usize) -> String {
    let text = format!("{key}/{number}");
    let mix = |sum: u64, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325, mix))
}

/// One line of a consumer's file.
struct Row {
    place: (i32, i64),
    key: usize,
    number: usize,
    /// Where in the file it ends.
    end: usize,
}

impl Row {
    /// Reads a line, whose checksum must be that of its key and number.
    fn read(line: &str, end: usize) -> Self {
        let line: Value = serde_json::from_str(line).unwrap();
        let value = &line["value"];
        let key = value["order_id"].as_str().unwrap()[1..].parse().unwrap();
        let millis = value["ordered_at"].as_str().unwrap();
        let number = number_of(millis);
        assert_eq!(value["user_id"], checksum(key, number), "checksum");
        assert_eq!(line["key"], format!("{{\"order_id\": \"k{key}\"}}"), "key");
        let partition = i32::try_from(line["partition"].as_i64().unwrap()).unwrap();
        Self {
            place: (partition, line["offset"].as_i64().unwrap()),
            key,
            number,
            end,
        }
    }
}

/// The milliseconds of an instant within the first hour of 1970.
fn number_of(instant: &str) -> usize {
    let time = instant.strip_prefix("1970-01-01T00:").unwrap();
    let number = |range: std::ops::Range<usize>| time[range].parse::<usize>().unwrap();
    (number(0..2) * 60 + number(3..5)) * 1000 + number(6..9)
}

fn rows(path: &PathBuf) -> Vec<Row> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let mut end = 0;
    let mut rows = Vec::new();
    for line in text.split_inclusive('\n') {
        end += line.len();
        // The last one may be under way.
        if let Some(line) = line.strip_suffix('\n') {
            rows.push(Row::read(line, end));
        }
    }
    rows
}

/// Holds the consumers' files against the first `count` lines of the input, and the samples against the files.
pub(crate) fn judge(files: &[PathBuf], count: usize, samples: &[Sample]) -> Verdict {
    let files: Vec<_> = files.iter().map(rows).collect();
    let mut verdict = Verdict::default();
    let mut by_place = HashMap::new();
    for file in &files {
        let mut newest = HashMap::new();
        let mut seen = BTreeSet::new();
        for row in file {
            let record = (row.key, row.number);
            let known = by_place.insert(row.place, record).unwrap_or(record);
            assert_eq!(known, record, "two records at {:?}", row.place);
            if seen.insert(record) {
                let before = newest.insert(row.key, row.number);
                verdict.order_breaks += usize::from(before >= Some(row.number));
            }
        }
    }
    let records: BTreeSet<_> = by_place.into_values().collect();
    // The embedded Kafka does not know producers by number: a record may be twice in its log.
    verdict.duplicates = files.iter().map(Vec::len).sum::<usize>() - records.len();
    let wanted = (0..count).map(|at| (at % KEYS, at / KEYS));
    verdict.lost = wanted.filter(|record| !records.contains(record)).count();
    let early = |sample: &&Sample| !is_covered(sample, &files);
    verdict.early_commits = samples.iter().filter(early).count();
    verdict
}

/// Whether everything below the commits was in the files by then.
fn is_covered(sample: &Sample, files: &[Vec<Row>]) -> bool {
    let mut written: BTreeMap<i32, BTreeSet<i64>> = BTreeMap::new();
    for (rows, length) in files.iter().zip(&sample.lengths) {
        for row in rows.iter().take_while(|row| row.end <= *length) {
            written.entry(row.place.0).or_default().insert(row.place.1);
        }
    }
    sample.committed.iter().all(|(partition, committed)| {
        let below = written
            .get(partition)
            .map_or(0, |offsets| offsets.range(..committed).count());
        i64::try_from(below).unwrap() == *committed
    })
}

/// Lines of a consumer's file, as they would be for these records, in this order.
fn lines(records: &[(i32, i64, usize, usize)]) -> String {
    let line = |(partition, offset, key, number): &(i32, i64, usize, usize)| {
        let value = json!({
            "order_id": format!("k{key}"),
            "ordered_at": format!("1970-01-01T00:00:00.{number:03}Z"),
            "user_id": checksum(*key, *number),
        });
        let key = format!("{{\"order_id\": \"k{key}\"}}");
        let line = json!({"partition": partition, "offset": offset, "key": key, "value": value});
        format!("{line}\n")
    };
    records.iter().map(line).collect()
}

#[test]
fn the_ledger_sees_what_is_lost_twice_out_of_order_or_committed_too_early() {
    let folder = tempfile::tempdir().unwrap();
    let judged = |records: &[(i32, i64, usize, usize)], count, committed: Option<i64>| {
        let path = folder.path().join("out");
        let text = lines(records);
        std::fs::write(&path, &text).unwrap();
        let sample = committed.map(|offset| Sample {
            committed: BTreeMap::from([(0, offset)]),
            lengths: vec![text.len()],
        });
        judge(&[path], count, sample.as_slice())
    };
    let whole = [(0, 0, 0, 0), (0, 1, 1, 0)];
    assert_eq!(judged(&whole, 2, Some(2)), Verdict::default());
    assert_eq!(judged(&whole, 3, None).lost, 1);
    assert_eq!(judged(&whole, 2, Some(3)).early_commits, 1);
    let twice = [(0, 0, 0, 0), (0, 0, 0, 0)];
    assert_eq!(judged(&twice, 1, None).duplicates, 1);
    let turned = [(0, 0, 0, 1), (0, 1, 0, 0)];
    assert_eq!(judged(&turned, 1, None).order_breaks, 1);
    let hole = [(0, 0, 0, 0), (0, 2, 1, 0)];
    assert_eq!(judged(&hole, 2, Some(3)).early_commits, 1);
}
