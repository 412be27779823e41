//! Pairs of Protobuf files in every mode.

use std::collections::BTreeMap;

use compatibility::{Definition, Earlier, Format, Mode, Options, check};
use serde_json::Value;

fn text<'r>(row: &'r Value, key: &str) -> &'r str {
    row[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} of {row}"))
}

fn definition(row: &Value, key: &str) -> Definition {
    Definition::parse(Format::Protobuf, text(row, key))
        .unwrap_or_else(|error| panic!("{key}, {}: {error}", row["why"]))
}

/// Whether the row's new file may be registered after the old one; one that only looks other is the old one, and fits.
fn is_available(row: &Value, mode: Mode) -> bool {
    if !mode.allows_new_versions() {
        return false;
    }
    let earlier = Earlier {
        number: 1,
        definition: definition(row, "old"),
    };
    let new = definition(row, "new");
    check(mode, &new, &[earlier], &Options::default()).is_compatible()
}

#[test]
fn every_pair_of_files_gets_its_verdict_in_every_mode() {
    let rows: Vec<Value> = include_str!("../data/compat-protobuf.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), 485);
    let mut modes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut available = 0;
    let mut wrong = Vec::new();
    for row in &rows {
        let mode = text(row, "mode");
        *modes.entry(mode).or_default() += 1;
        let is_expected = text(row, "expected") == "AVAILABLE";
        available += usize::from(is_expected);
        if is_available(row, mode.parse().unwrap()) != is_expected {
            wrong.push(format!("{mode}, {}: not {}", row["why"], row["expected"]));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(available, 139);
    assert_eq!(modes.len(), Mode::ALL.len(), "{modes:?}");
}
