//! Java Avro's verdicts, recorded: see `tests/data/README.md`.

use compatibility::avro::{self, Strictness};
use compatibility::{Definition, Earlier, Format, Mode, Options, check};
use serde_json::Value;

const ROWS: &str = include_str!("../data/compat-avro.jsonl");
const STRICT: avro::Options = avro::Options {
    record_names: Strictness::Strict,
    enum_symbols: Strictness::Strict,
};

struct Row(Value);

impl Row {
    fn text(&self, key: &str) -> &str {
        self.0[key].as_str().unwrap()
    }

    fn mode(&self) -> Mode {
        self.text("mode").parse().unwrap()
    }

    /// What a registry does with the new version: one that is there already is not compared.
    fn status(&self, options: avro::Options) -> &'static str {
        let json = |key| serde_json::from_str::<Value>(self.text(key)).unwrap();
        let parse = |key| Definition::parse(Format::Avro, self.text(key)).unwrap();
        let (old, new) = (parse("old"), parse("new"));
        if !self.mode().allows_new_versions() {
            return "FAILURE";
        }
        if json("old") == json("new") {
            return "AVAILABLE";
        }
        let earlier = Earlier {
            number: 1,
            definition: old,
        };
        let options = Options {
            avro: options,
            ..Options::default()
        };
        if check(self.mode(), &new, &[earlier], &options).is_compatible() {
            "AVAILABLE"
        } else {
            "FAILURE"
        }
    }
}

fn rows() -> Vec<Row> {
    let rows = ROWS
        .lines()
        .map(|line| Row(serde_json::from_str(line).unwrap()));
    rows.collect()
}

#[test]
fn all_recorded_verdicts_are_there() {
    let rows = rows();
    let strict = rows
        .iter()
        .filter(|row| row.0.get("expected_strict").is_some());
    let refused = rows.iter().filter(|row| row.0.get("error").is_some());
    assert_eq!(
        (rows.len(), strict.count(), refused.count()),
        (590, 532, 28)
    );
    for mode in Mode::ALL {
        assert!(
            rows.iter().filter(|row| row.mode() == mode).count() >= 25,
            "{mode}"
        );
    }
}

#[test]
fn lenient_verdicts_are_those_of_javas_validator() {
    for row in rows() {
        let status = row.status(avro::Options::default());
        assert_eq!(status, row.text("expected"), "{}", row.0);
    }
}

#[test]
fn strict_verdicts_are_those_of_javas_compatibility_checker() {
    for row in rows() {
        if row.0.get("expected_strict").is_some() {
            assert_eq!(row.status(STRICT), row.text("expected_strict"), "{}", row.0);
        }
    }
}

#[test]
fn only_a_disabled_schema_refuses_a_version_with_an_error() {
    for row in rows() {
        let disabled = !row.mode().allows_new_versions();
        assert_eq!(row.0.get("error").is_some(), disabled, "{}", row.0);
    }
}
