//! Tests of unions: which branch is taken, and that trying ends.

use super::{AVRO, Kind, PLAIN, encode, plan};

const UNIONS: &[(&str, &str, u8)] = &[
    (r#"["int","long"]"#, "5", 0),
    (r#"["int","long"]"#, "5000000000", 1),
    (r#"["long","double"]"#, "3", 0),
    (r#"["long","double"]"#, "3.0", 1),
    (r#"["double","long"]"#, "3", 1),
    (r#"["double","int"]"#, "3000000000", 0),
    (r#"["double","int"]"#, "1e3", 0),
    (r#"["float","double"]"#, "0.5", 0),
    (r#"["float","double"]"#, "0.1", 0),
    (r#"["float","double"]"#, "0.123456789", 1),
    (r#"["string","bytes"]"#, "\"ÿ\"", 0),
    (r#"["bytes","string"]"#, "\"ÿ\"", 0),
    (r#"["bytes","string"]"#, "\"Ā\"", 1),
    (r#"["double","string"]"#, "\"NaN\"", 0),
    (r#"["double","string"]"#, "\"nan\"", 1),
    (
        r#"[{"type":"enum","name":"E","symbols":["A"]},"string"]"#,
        "\"A\"",
        0,
    ),
    (
        r#"[{"type":"enum","name":"E","symbols":["A"]},"string"]"#,
        "\"B\"",
        1,
    ),
    (
        r#"[{"type":"long","logicalType":"timestamp-millis"},"string"]"#,
        "\"2023-04-12T13:45:33.000Z\"",
        0,
    ),
    (
        r#"[{"type":"long","logicalType":"timestamp-millis"},"string"]"#,
        "\"2023-04-12T13:45:33Z\"",
        1,
    ),
    (
        r#"[{"type":"long","logicalType":"timestamp-millis"},"double"]"#,
        "5",
        0,
    ),
    (
        r#"[{"type":"record","name":"A","fields":[{"name":"a","type":"int"}]},{"type":"record","name":"B","fields":[{"name":"a","type":"int"}]}]"#,
        r#"{"a":1}"#,
        0,
    ),
    (
        r#"[{"type":"record","name":"A","fields":[{"name":"a","type":"int"}]},{"type":"record","name":"B","fields":[{"name":"a","type":"string"}]}]"#,
        r#"{"a":"1"}"#,
        1,
    ),
    (
        r#"[{"type":"record","name":"A","fields":[{"name":"a","type":"int"},{"name":"b","type":"int","default":0}]},{"type":"record","name":"B","fields":[{"name":"a","type":"int"}]}]"#,
        r#"{"a":1}"#,
        1,
    ),
    (
        r#"[{"type":"record","name":"A","fields":[{"name":"a","type":"double"}]},{"type":"map","values":"long"}]"#,
        r#"{"a":1}"#,
        1,
    ),
    (
        r#"[{"type":"record","name":"A","fields":[{"name":"a","type":"double"}]},{"type":"map","values":"string"}]"#,
        r#"{"a":1}"#,
        0,
    ),
];

#[test]
fn unions_take_the_first_branch_that_reads_back_the_same() {
    for &(union, json, branch) in UNIONS {
        let plan = plan(union);
        let bytes =
            encode(&plan, json, PLAIN).unwrap_or_else(|error| panic!("{union} {json}: {error:?}"));
        assert_eq!(bytes[0], branch * 2, "{union} {json}");
    }
}

#[test]
fn tagged_unions_name_their_branch() {
    let plan = plan(
        r#"["null","int",{"type":"record","name":"un.X","fields":[{"name":"a","type":"int"}]},{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}]"#,
    );
    for (json, bytes) in [
        ("null", &b"\x00"[..]),
        (r#"{"int":5}"#, b"\x02\x0a"),
        (r#" { "\u0069nt" : 5 } "#, b"\x02\x0a"),
        (r#"{"un.X":{"a":1}}"#, b"\x04\x02"),
        (r#"{"bytes":"ÿ"}"#, b"\x06\x02\xff"),
    ] {
        assert_eq!(encode(&plan, json, AVRO).as_deref(), Ok(bytes), "{json}");
    }
    for (json, message) in [
        (
            "5",
            "byte 0: a union's value is an object with one key, the branch's name",
        ),
        (
            "{}",
            "byte 0: a union's value is an object with one key, the branch's name",
        ),
        (
            r#"{"int":5,"int":5}"#,
            "byte 0: a union's value is an object with one key, the branch's name",
        ),
        (
            r#"{"X":{"a":1}}"#,
            "byte 1: the union has no branch of that name",
        ),
        (
            r#"{"un.X":{"a":""}}"#,
            "byte 13: a: expected an int, found a text",
        ),
    ] {
        assert_eq!(
            encode(&plan, json, AVRO),
            Err((Kind::Validation, message.to_owned())),
            "{json}"
        );
    }
}

#[test]
fn trying_branches_has_an_end() {
    // Each level doubles the ways to try.
    let branches = |name: &str, last: &str| {
        format!(
            r#"{{"type":"record","name":"{name}","fields":[{{"name":"n","type":["null","A","B"]}},{{"name":"x","type":"{last}"}}]}}"#
        )
    };
    let first = branches("A", "int").replace(
        r#"["null","A","B"]"#,
        &format!(r#"["null","A",{}]"#, branches("B", "boolean")),
    );
    let deep = format!(
        "{}null{}",
        r#"{"n":"#.repeat(40),
        r#","x":"no"}"#.repeat(40)
    );
    assert_eq!(
        encode(&plan(&first), &deep, PLAIN).unwrap_err().0,
        Kind::Limit
    );
}
