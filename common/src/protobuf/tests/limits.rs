//! The bounds on a payload, both ways.

use super::*;

#[test]
fn limits_hold_both_ways() {
    let nested = |depth: usize| format!("{}{{}}{}", "{\"m\":".repeat(depth), "}".repeat(depth));
    let payload = write(&schema(SCHEMA), &nested(9)).unwrap();
    let shallow = limited(Limits {
        depth: 9,
        ..Limits::default()
    });
    assert_eq!(write(&shallow, &nested(9)).unwrap_err().kind(), Kind::Limit);
    assert_eq!(read(&shallow, &payload).unwrap_err().kind(), Kind::Limit);
    assert_eq!(
        shallow.decode_dynamic(&payload).unwrap_err().kind(),
        Kind::Limit
    );
    assert_eq!(
        write(
            &limited(Limits {
                depth: 10,
                ..Limits::default()
            }),
            &nested(9)
        )
        .unwrap(),
        payload
    );

    let json = r#"{"items":[{},{}],"numbers":[1,2]}"#;
    let payload = write(&schema(SCHEMA), json).unwrap();
    let few = limited(Limits {
        items: 3,
        ..Limits::default()
    });
    assert_eq!(write(&few, json).unwrap_err().kind(), Kind::Limit);
    assert_eq!(read(&few, &payload).unwrap_err().kind(), Kind::Limit);
    assert_eq!(
        few.decode_dynamic(&payload).unwrap_err().kind(),
        Kind::Limit
    );

    let small = limited(Limits {
        payload_bytes: payload.len() - 1,
        ..Limits::default()
    });
    assert_eq!(read(&small, &payload).unwrap_err().kind(), Kind::TooLarge);
    assert_eq!(
        small.decode_dynamic(&payload).unwrap_err().kind(),
        Kind::TooLarge
    );
    let tiny = limited(Limits {
        payload_bytes: 4,
        ..Limits::default()
    });
    assert_eq!(write(&tiny, json).unwrap_err().kind(), Kind::TooLarge);
    let brief = limited(Limits {
        json_bytes: json.len() - 1,
        ..Limits::default()
    });
    assert_eq!(read(&brief, &payload).unwrap_err().kind(), Kind::TooLarge);
}

#[test]
fn what_is_as_large_as_may_be_is_written_and_read() {
    let json = r#"{"s":"aaaa"}"#;
    let bounded = |payload_bytes| {
        let limits = Limits {
            payload_bytes,
            ..Limits::default()
        };
        ProtobufSchema::compile("package t; message M { optional string s = 1; }", limits).unwrap()
    };
    // The index counts.
    let full = bounded(7);
    let payload = write(&full, json).unwrap();
    assert_eq!(payload, b"\x00\x0a\x04aaaa");
    assert_eq!(read(&full, &payload).unwrap(), json);
    let message = full.decode_dynamic(&payload).unwrap();
    full.encode_dynamic(&message, &mut Vec::new()).unwrap();
    let small = bounded(6);
    let refused = [
        write(&small, json).unwrap_err(),
        small.encode_dynamic(&message, &mut Vec::new()).unwrap_err(),
    ];
    assert_eq!(refused.map(|error| error.kind()), [Kind::TooLarge; 2]);
}
