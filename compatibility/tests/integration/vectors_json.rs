//! Pairs of JSON schemas in every mode.

use std::collections::BTreeMap;

use compatibility::{Definition, Earlier, Format, Mode, Options, Verdict, check};
use serde_json::Value;

fn text<'r>(row: &'r Value, key: &str) -> &'r str {
    row[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} of {row}"))
}

fn definition(row: &Value, key: &str) -> Definition {
    Definition::parse(Format::Json, text(row, key))
        .unwrap_or_else(|error| panic!("{key}, {}: {error}", row["why"]))
}

fn verdict(row: &Value, mode: Mode) -> Verdict {
    let earlier = Earlier {
        number: 1,
        definition: definition(row, "old"),
    };
    check(
        mode,
        &definition(row, "new"),
        &[earlier],
        &Options::default(),
    )
}

/// Whether the row's new schema is the old one but for white space and the order of members: the existing version.
fn is_existing(row: &Value) -> bool {
    let value = |key| serde_json::from_str::<Value>(text(row, key)).unwrap();
    value("old") == value("new")
}

#[test]
fn every_pair_of_schemas_gets_its_verdict_in_every_mode() {
    let rows: Vec<Value> = include_str!("../data/compat-json.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), 292);
    let mut modes: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut available, mut existing) = (0, 0);
    let mut wrong = Vec::new();
    for row in &rows {
        let mode = text(row, "mode");
        *modes.entry(mode).or_default() += 1;
        let is_expected = text(row, "expected") == "AVAILABLE";
        available += usize::from(is_expected);
        existing += usize::from(is_existing(row));
        let mode: Mode = mode.parse().unwrap();
        let verdict = verdict(row, mode);
        let is_available = mode.allows_new_versions() && verdict.is_compatible();
        if is_available != is_expected {
            wrong.push(format!(
                "{mode}, {}: not {}: {verdict}",
                row["why"], row["expected"]
            ));
        }
        if is_existing(row) {
            assert!(verdict.is_compatible(), "{}", row["why"]);
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!((available, existing), (105, 24));
    assert_eq!(modes.len(), Mode::ALL.len(), "{modes:?}");
}
