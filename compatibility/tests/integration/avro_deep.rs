//! Avro schemas as deep, as wide and as tangled as may be, on the stack that a thread has.

use common::avro::Schema;
use compatibility::avro::{Options, Rule, Strictness, differences};

const STACK: usize = 2 * 1024 * 1024;
/// The deepest nesting of JSON that is parsed.
const NESTING: usize = 127;

/// Runs on a thread of its own, whose stack has the usual size whatever the test's has.
fn on_a_usual_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(run);
    thread.unwrap().join().unwrap();
}

fn all_options() -> Vec<Options> {
    let both = [Strictness::Lenient, Strictness::Strict];
    let options = both.into_iter().flat_map(|record_names| {
        both.map(|enum_symbols| Options {
            record_names,
            enum_symbols,
        })
    });
    options.collect()
}

fn paths(reader: &str, writer: &str, options: Options) -> Vec<(String, &'static str)> {
    let (reader, writer) = (
        Schema::parse(reader).unwrap(),
        Schema::parse(writer).unwrap(),
    );
    let found = differences(&reader, &writer, options);
    found
        .into_iter()
        .map(|difference| (difference.path, difference.rule.as_str()))
        .collect()
}

#[test]
fn arrays_as_deep_as_the_parser_reads_them() {
    on_a_usual_stack(|| {
        let nested = |levels: usize, inside: &str| {
            let open = r#"{"type":"array","items":"#;
            [&open.repeat(levels), inside, &"}".repeat(levels)].concat()
        };
        assert!(Schema::parse(&nested(NESTING + 1, "\"int\"")).is_err());
        for options in all_options() {
            let found = paths(
                &nested(NESTING, "\"int\""),
                &nested(NESTING, "\"long\""),
                options,
            );
            assert_eq!(found, [("[]".repeat(NESTING), "type-mismatch")]);
        }
    });
}

/// Records of which each holds the one before by its name, and the first a value.
fn chain(length: usize, prefix: &str, value: &str) -> String {
    let first = format!(r#"{{"name":"f0","type":{value}}}"#);
    let fields: Vec<_> = (1..length)
        .scan(first, |field, at| {
            let record = format!(r#"{{"type":"record","name":"{prefix}{at}","fields":[{field}]}}"#);
            *field = format!(r#"{{"name":"x","type":["null","{prefix}{at}"]}}"#);
            Some(format!(r#"{{"name":"g{at}","type":{record}}}"#))
        })
        .collect();
    let last = length - 1;
    let fields = fields.join(",");
    format!(
        r#"{{"type":"record","name":"{prefix}","fields":[{fields},{{"name":"last","type":"{prefix}{last}"}}]}}"#
    )
}

#[test]
fn chains_of_thousands_of_records() {
    on_a_usual_stack(|| {
        let (int, string) = (chain(3000, "R", "\"int\""), chain(3000, "R", "\"string\""));
        let other = chain(3000, "S", "\"string\"");
        for options in all_options() {
            assert_eq!(paths(&int, &int, options), []);
            let found = paths(&int, &string, options);
            assert_eq!(found, [("g1.f0".to_owned(), "type-mismatch")]);
            // Under another name each record has to be found out to fit.
            assert!(!paths(&int, &other, options).is_empty());
        }
    });
}

/// Records in a ring, each with an array of the next.
fn ring(length: usize) -> String {
    let next = |to: &str| format!(r#"{{"name":"next","type":{{"type":"array","items":"{to}"}}}}"#);
    let mut last = "Top".to_owned();
    let mut fields: Vec<_> = (1..length)
        .map(|at| {
            let record = format!(
                r#"{{"type":"record","name":"R{at}","fields":[{}]}}"#,
                next(&last)
            );
            last = format!("R{at}");
            format!(r#"{{"name":"g{at}","type":["null",{record}],"default":null}}"#)
        })
        .collect();
    fields.push(next(&last));
    format!(
        r#"{{"type":"record","name":"Top","fields":[{}]}}"#,
        fields.join(",")
    )
}

#[test]
fn rings_of_records_in_different_rhythms() {
    on_a_usual_stack(|| {
        let options = Options::default();
        assert_eq!(paths(&ring(101), &ring(100), options), []);
        let found = paths(&ring(1501), &ring(1500), options);
        assert_eq!(found, [(String::new(), Rule::TooManyPairs.as_str())]);
        // Versions of one another are no more than they are large.
        assert_eq!(paths(&ring(1500), &ring(1500), options), []);
    });
}

#[test]
fn defaults_that_double_with_each_level_are_given_up() {
    let pairs: Vec<_> = (1..40)
        .map(|at| {
            let inside = match at {
                1 => r#"{"type":"enum","name":"R0","symbols":["A"]}"#.to_owned(),
                _ => format!("\"R{}\"", at - 1),
            };
            let (default, again) = match at {
                1 => ("\"A\"", "\"R0\"".to_owned()),
                _ => ("{}", inside.clone()),
            };
            let record = format!(
                r#"{{"type":"record","name":"R{at}","fields":[{{"name":"x","type":{inside},"default":{default}}},{{"name":"y","type":{again},"default":{default}}}]}}"#
            );
            format!(r#"{{"name":"f{at}","type":{record},"default":{{}}}}"#)
        })
        .collect();
    let reader = |last: usize| {
        let fields = pairs[..last].join(",");
        format!(r#"{{"type":"record","name":"T","fields":[{fields}]}}"#)
    };
    for options in all_options() {
        assert_eq!(paths(&reader(5), &reader(0), options), []);
    }
    // The parser itself has an end for checking such defaults.
    assert!(Schema::parse(&reader(39)).is_ok());
    let found = paths(&reader(39), &reader(0), Options::default());
    assert_eq!(found, [(String::new(), Rule::TooManyPairs.as_str())]);
}

#[test]
fn unions_with_a_thousand_records() {
    let union = |prefix: &str, kind: &str| {
        let records = (0..1000).map(|at| {
            format!(r#"{{"type":"record","name":"{prefix}{at}","fields":[{{"name":"f{at}","type":"{kind}"}}]}}"#)
        });
        format!("[{}]", records.collect::<Vec<_>>().join(","))
    };
    for options in all_options() {
        assert_eq!(paths(&union("R", "long"), &union("R", "int"), options), []);
        let found = paths(&union("R", "int"), &union("R", "long"), options);
        assert_eq!(found.len(), compatibility::MAX_DIFFERENCES);
        assert_eq!(found[0], ("<R0>.f0".to_owned(), "type-mismatch"));
    }
}
