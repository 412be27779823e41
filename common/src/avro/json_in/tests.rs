//! Tests of JSON to Avro: what is taken, what is refused and how the refusal reads.

use crate::avro::{JsonForm, JsonIn, Plan, Schema, UnknownFields};
use crate::error::Kind;
use crate::limits::Limits;

mod forms;
mod unions;

const PLAIN: JsonIn = JsonIn {
    form: JsonForm::Plain,
    unknown_fields: UnknownFields::Refuse,
};
const AVRO: JsonIn = JsonIn {
    form: JsonForm::Avro,
    unknown_fields: UnknownFields::Refuse,
};
const IGNORE: JsonIn = JsonIn {
    form: JsonForm::Plain,
    unknown_fields: UnknownFields::Ignore,
};

const ORDER: &str = r#"{"type": "record", "name": "Order", "namespace": "Order V1", "fields": [
    {"name": "order_id", "type": "string"},
    {"name": "ordered_at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "user_id", "type": "string", "default": "?"},
    {"name": "order_items", "type": {"type": "array", "items": {"type": "record", "name": "Item", "fields": [
        {"name": "product_id", "type": "long"},
        {"name": "quantity", "type": "long"}]}}}]}"#;

fn plan(schema: &str) -> Plan {
    Plan::compile(&Schema::parse(schema).unwrap(), Limits::default()).unwrap()
}

fn encode(plan: &Plan, json: &str, options: JsonIn) -> Result<Vec<u8>, (Kind, String)> {
    let mut out = b"kept".to_vec();
    match plan.encode_json(json.as_bytes(), &options, &mut out) {
        Ok(()) => Ok(out.split_off(4)),
        Err(error) => {
            assert_eq!(out, b"kept", "{json}");
            Err((error.kind(), error.to_string()))
        }
    }
}

fn decode(plan: &Plan, payload: &[u8], form: JsonForm) -> String {
    let mut out = Vec::new();
    plan.decode_json(payload, form, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_text_that_is_no_json_is_said_to_be_that_whatever_else_is_wrong_with_it() {
    let plan = plan(ORDER);
    for json in [
        r#"{"order_id": tru"#,
        r#"{"order_id": 1, "ordered_at": }"#,
        r#"{"unknown": [1,,2]}"#,
        r#"{"order_id": 1} {"#,
    ] {
        let (kind, message) = encode(&plan, json, PLAIN).unwrap_err();
        assert_eq!(kind, Kind::Json, "{json}: {message}");
    }
    let (kind, _) = encode(&plan, r#"{"order_id": true}"#, PLAIN).unwrap_err();
    assert_eq!(kind, Kind::Validation);
}

#[test]
fn fields_come_in_any_order_and_the_last_of_twins_counts() {
    let plan = plan(ORDER);
    let expected = encode(
        &plan,
        r#"{"order_id":"o","ordered_at":1,"user_id":"u","order_items":[{"product_id":1,"quantity":2}]}"#,
        PLAIN,
    );
    for json in [
        r#"{"order_items":[{"quantity":2,"product_id":1}],"user_id":"u","ordered_at":1,"order_id":"o"}"#,
        r#" { "order_id" : "o" , "user_id" : "u", "order_items" : [ { "product_id" : 1 , "quantity" : 2 } ] , "ordered_at" : 1 } "#,
        r#"{"order_id":"x","ordered_at":1,"user_id":"u","order_id":"o","order_items":[{"product_id":1,"quantity":2}]}"#,
        r#"{"order_id":"o","user_id":"longer","user_id":"u","ordered_at":9,"ordered_at":1,"order_items":[{"product_id":1,"quantity":2}]}"#,
        r#"{"order_id":"o","ordered_at":1,"user_id":"u","order_items":[],"order_items":[{"product_id":1,"quantity":1,"quantity":2}]}"#,
        r#"{"\u006frder_id":"o","ordered_at":1,"user_id":"u","order_items":[{"product_id":1,"quantity":2}]}"#,
    ] {
        assert_eq!(encode(&plan, json, PLAIN), expected, "{json}");
        assert_eq!(encode(&plan, json, AVRO), expected, "{json}");
    }
}

#[test]
fn missing_fields_take_their_default_or_are_refused() {
    let plan = plan(ORDER);
    let whole = encode(
        &plan,
        r#"{"order_id":"o","ordered_at":1,"user_id":"?","order_items":[]}"#,
        PLAIN,
    );
    assert_eq!(
        encode(
            &plan,
            r#"{"order_id":"o","ordered_at":1,"order_items":[]}"#,
            PLAIN
        ),
        whole
    );
    let refused = |json, message: &str| {
        assert_eq!(
            encode(&plan, json, PLAIN),
            Err((Kind::Validation, message.to_owned())),
            "{json}"
        );
    };
    refused(
        r#" {"order_id":"o","ordered_at":1}"#,
        "byte 1: order_items: the field is missing and has no default",
    );
    refused(
        "{}",
        "byte 0: order_id: the field is missing and has no default",
    );
    refused(
        r#"{"order_items":[{"quantity":1}]}"#,
        "byte 16: order_items[].product_id: the field is missing and has no default",
    );
    let nullable =
        self::plan(r#"{"type":"record","name":"R","fields":[{"name":"a","type":["null","int"]}]}"#);
    assert!(encode(&nullable, "{}", PLAIN).is_err());
}

#[test]
fn defaults_of_all_types_are_written() {
    let schema = r#"{"type":"record","name":"R","fields":[
        {"name":"a","type":"long","default":1}, {"name":"b","type":"bytes","default":"ÿ"},
        {"name":"c","type":{"type":"array","items":"int"},"default":[1,2]},
        {"name":"d","type":{"type":"map","values":"double"},"default":{"x":1}},
        {"name":"e","type":["int","null"],"default":3}, {"name":"f","type":"float","default":"NaN"},
        {"name":"g","type":{"type":"enum","name":"E","symbols":["A","B"]},"default":"B"},
        {"name":"h","type":{"type":"fixed","name":"F","size":1},"default":"z"},
        {"name":"i","type":{"type":"record","name":"I","fields":[{"name":"x","type":"int","default":7},{"name":"y","type":"string"}]},"default":{"y":"q"}},
        {"name":"j","type":"E","default":"C"}, {"name":"k","type":"null","default":null}, {"name":"l","type":"boolean","default":true}]}"#;
    let plan = plan(schema);
    let bytes = b"\x02\x02\xff\x04\x02\x04\x00\x02\x02x\x00\x00\x00\x00\x00\x00\xf0\x3f\x00\x00\x06\x00\x00\xc0\x7f\x02z\x0e\x02q\x00\x01";
    assert_eq!(
        encode(&plan, r#"{"j":"A"}"#, PLAIN).as_deref(),
        Ok(&bytes[..])
    );
    let (kind, message) = encode(&plan, "{}", PLAIN).unwrap_err();
    assert_eq!(
        (kind, &*message),
        (
            Kind::Validation,
            "byte 0: j: the field is missing and its default does not fit its type"
        )
    );
}

#[test]
fn unknown_fields_are_refused_by_offset_or_dropped() {
    let plan = plan(
        r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":"int","default":2}]}"#,
    );
    let json = r#"{"a":1, "secret": {"deep": [1, "x"]}, "b":3, "more":null}"#;
    let (kind, message) = encode(&plan, json, PLAIN).unwrap_err();
    assert_eq!(
        (kind, &*message),
        (Kind::Validation, "byte 8: the schema has no such field")
    );
    assert_eq!(encode(&plan, json, IGNORE).as_deref(), Ok(&b"\x02\x06"[..]));
    assert_eq!(
        encode(&plan, r#"{"x":0,"a":1}"#, IGNORE).as_deref(),
        Ok(&b"\x02\x04"[..])
    );
    assert_eq!(
        encode(&plan, r#"{"a":1,"x":01}"#, IGNORE).unwrap_err().0,
        Kind::Json
    );
    assert_eq!(
        encode(
            &plan,
            &format!(r#"{{"a":1,"x":{}}}"#, "[".repeat(1000)),
            IGNORE
        )
        .unwrap_err()
        .0,
        Kind::Limit
    );
}

#[test]
fn refusals_name_kind_and_place_and_never_the_data() {
    let order = |items: &str| {
        format!(r#"{{"order_id":"o","ordered_at":1,"user_id":"u","order_items":{items}}}"#)
    };
    let plan = plan(ORDER);
    for (json, kind, message) in [
        (String::new(), Kind::Json, "byte 0: the text ends too early"),
        ("secret".to_owned(), Kind::Json, "byte 0: expected a value"),
        (
            "5".to_owned(),
            Kind::Validation,
            "byte 0: expected an object, found a number",
        ),
        (
            r#"{"order_id":5}"#.to_owned(),
            Kind::Validation,
            "byte 12: order_id: expected a text, found a number",
        ),
        (
            r#"{"order_id":"s"#.to_owned(),
            Kind::Json,
            "byte 14: the text ends too early",
        ),
        (
            order("[]") + "x",
            Kind::Json,
            "byte 62: text after the end of the value",
        ),
        (
            order(r#"[{"product_id":1,"quantity":3.5}]"#),
            Kind::Validation,
            "byte 87: order_items[].quantity: the number does not fit a long",
        ),
        (
            order(r#"[{"product_id":9223372036854775808}]"#),
            Kind::Validation,
            "byte 74: order_items[].product_id: the number does not fit a long",
        ),
        (
            order(r#"[{"product_id":1,}]"#),
            Kind::Json,
            "byte 76: expected a key",
        ),
        (
            r#"{"order_id":"o","ordered_at":"secret"}"#.to_owned(),
            Kind::Validation,
            "byte 29: ordered_at: expected an ISO 8601 instant in milliseconds, found another text",
        ),
    ] {
        assert_eq!(
            encode(&plan, &json, PLAIN),
            Err((kind, message.to_owned())),
            "{json}"
        );
    }
    assert_eq!(
        plan.encode_json(b"{\"\xff", &PLAIN, &mut Vec::new())
            .unwrap_err()
            .to_string(),
        "byte 2: not UTF-8"
    );
}

#[test]
fn nesting_items_size_and_work_have_limits() {
    let list = r#"{"type":"record","name":"L","fields":[{"name":"n","type":["null","L"],"default":null}]}"#;
    let limits = Limits {
        depth: 5,
        items: 3,
        payload_bytes: 20,
        ..Limits::default()
    };
    let limited = |schema: &str| Plan::compile(&Schema::parse(schema).unwrap(), limits).unwrap();
    let nested = |depth: usize| format!("{}null{}", r#"{"n":"#.repeat(depth), "}".repeat(depth));
    let plan = limited(list);
    assert!(encode(&plan, &nested(5), PLAIN).is_ok());
    let (kind, message) = encode(&plan, &nested(6), PLAIN).unwrap_err();
    assert_eq!(
        (kind, &*message),
        (
            Kind::Limit,
            "byte 25: n.n.n.n.n: nested more than 5 levels deep"
        )
    );
    assert_eq!(
        encode(&self::plan(list), &nested(100_000), PLAIN)
            .unwrap_err()
            .0,
        Kind::Limit
    );
    assert_eq!(
        encode(&self::plan(list), &r#"{"n":{"L":"#.repeat(100_000), AVRO)
            .unwrap_err()
            .0,
        Kind::Limit
    );

    let arrays = limited(r#"{"type":"array","items":{"type":"array","items":"null"}}"#);
    assert!(encode(&arrays, "[[null],[]]", PLAIN).is_ok());
    assert_eq!(
        encode(&arrays, "[[null],[null]]", PLAIN).unwrap_err().0,
        Kind::Limit
    );
    assert_eq!(
        encode(&limited("\"string\""), "\"12345678901234567890\"", PLAIN)
            .unwrap_err()
            .0,
        Kind::TooLarge
    );
}
