//! Tests of dynamic values.

use super::Value;
use crate::avro::{JsonForm, Plan, Schema};
use crate::error::Kind;
use crate::limits::Limits;

fn plan(schema: &str) -> Plan {
    Plan::compile(&Schema::parse(schema).unwrap(), Limits::default()).unwrap()
}

fn encode(schema: &str, value: &Value) -> Result<Vec<u8>, (Kind, String)> {
    let mut out = b"kept".to_vec();
    match plan(schema).encode_value(value, &mut out) {
        Ok(()) => Ok(out.split_off(4)),
        Err(error) => {
            assert_eq!(out, b"kept");
            Err((error.kind(), error.to_string()))
        }
    }
}

/// Writes a value, compares its JSON, reads it back.
fn comes_back(schema: &str, value: &Value, json: &str) {
    let payload = encode(schema, value).unwrap();
    let plan = plan(schema);
    let mut text = Vec::new();
    plan.decode_json(&payload, JsonForm::Avro, &mut text)
        .unwrap();
    assert_eq!(String::from_utf8(text).unwrap(), json, "{schema}");
    let (back, length) = plan.decode_value(&payload).unwrap();
    assert_eq!((&back, length), (value, payload.len()), "{schema}");
}

const ORDER: &str = r#"{"type":"record","name":"Order","fields":[
    {"name":"id","type":"string"},
    {"name":"note","type":["null","string"],"default":null},
    {"name":"items","type":{"type":"array","items":{"type":"record","name":"Item","fields":[{"name":"quantity","type":"int"}]}},"default":[]}]}"#;

#[test]
fn values_of_all_types_come_back() {
    comes_back("\"null\"", &().into(), "null");
    comes_back("\"boolean\"", &true.into(), "true");
    comes_back("\"int\"", &(-1).into(), "-1");
    comes_back("\"long\"", &i64::MIN.into(), "-9223372036854775808");
    comes_back("\"float\"", &0.5_f32.into(), "0.5");
    comes_back("\"double\"", &0.5_f64.into(), "0.5");
    comes_back("\"bytes\"", &b"a\xff"[..].into(), "\"aÿ\"");
    comes_back("\"bytes\"", &vec![b'a'].into(), "\"a\"");
    comes_back("\"string\"", &"é".into(), "\"é\"");
    comes_back("\"string\"", &"é".to_owned().into(), "\"é\"");
    let fixed = r#"{"type":"fixed","name":"F","size":2}"#;
    comes_back(fixed, &Value::Fixed(b"ab".to_vec()), "\"ab\"");
    let symbols = r#"{"type":"enum","name":"E","symbols":["A","B"]}"#;
    comes_back(symbols, &Value::Enum("B".into()), "\"B\"");
    comes_back(
        r#"{"type":"array","items":"int"}"#,
        &vec![Value::Int(1), Value::Int(2)].into(),
        "[1,2]",
    );
    let twice = vec![
        ("k".to_owned(), Value::Int(1)),
        ("k".to_owned(), Value::Int(2)),
    ];
    comes_back(
        r#"{"type":"map","values":"int"}"#,
        &twice.into(),
        r#"{"k":1,"k":2}"#,
    );
    comes_back(
        r#"["int","null"]"#,
        &Value::Union(1, Box::new(Value::Null)),
        "null",
    );
    comes_back(
        r#"["int","null"]"#,
        &Value::Union(0, Box::new(5.into())),
        r#"{"int":5}"#,
    );
    comes_back(r#"{"type":"int","logicalType":"date"}"#, &5.into(), "5");
    comes_back(
        r#"{"type":"long","logicalType":"timestamp-micros"}"#,
        &5_i64.into(),
        "5",
    );
    let decimal = r#"{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}"#;
    comes_back(decimal, &vec![1, 2].into(), r#""\u0001\u0002""#);
    let duration = r#"{"type":"fixed","name":"P","size":12,"logicalType":"duration"}"#;
    comes_back(duration, &Value::Fixed(vec![b'x'; 12]), "\"xxxxxxxxxxxx\"");
}

#[test]
fn records_take_fields_in_any_order_and_fill_in_defaults() {
    let items = || Value::from(vec![Value::record([("quantity", 1.into())])]);
    let note = || Value::Union(1, Box::new("n".into()));
    let all = Value::record([("id", "x".into()), ("note", note()), ("items", items())]);
    comes_back(
        ORDER,
        &all,
        r#"{"id":"x","note":{"string":"n"},"items":[{"quantity":1}]}"#,
    );
    let shuffled = Value::record([("items", items()), ("id", "x".into()), ("note", note())]);
    assert_eq!(encode(ORDER, &shuffled), encode(ORDER, &all));
    let (back, _) = plan(ORDER)
        .decode_value(&encode(ORDER, &Value::record([("id", "x".into())])).unwrap())
        .unwrap();
    assert_eq!(
        back.get("note"),
        Some(&Value::Union(0, Box::new(Value::Null)))
    );
    assert_eq!(back.get("items"), Some(&Value::Array(vec![])));
    assert_eq!(all.get("note").unwrap().as_str(), Some("n"));
    assert_eq!(
        Value::Union(1, Box::new(all)).get("id").unwrap().as_str(),
        Some("x")
    );
    assert_eq!(items().get("quantity"), None);
}

#[test]
fn records_that_do_not_fit_are_refused_with_their_path() {
    let refused = |schema: &str, value: &Value, message: &str| {
        assert_eq!(
            encode(schema, value),
            Err((Kind::Validation, message.to_owned())),
            "{schema}"
        );
    };
    refused(
        ORDER,
        &Value::record([("note", ().into())]),
        "id: the field is missing and has no default",
    );
    refused(
        ORDER,
        &Value::record([("id", "x".into()), ("other", "secret".into())]),
        "the schema has no such field",
    );
    refused(
        ORDER,
        &Value::record([("id", "x".into()), ("id", "y".into())]),
        "id: the field is there twice",
    );
    let items = Value::from(vec![Value::record([("quantity", 1_i64.into())])]);
    refused(
        ORDER,
        &Value::record([("id", "x".into()), ("items", items)]),
        "items[].quantity: expected an int, found a long",
    );
}

#[test]
fn values_that_do_not_fit_are_refused_with_their_path() {
    let refused = |schema: &str, value: &Value, message: &str| {
        assert_eq!(
            encode(schema, value),
            Err((Kind::Validation, message.to_owned())),
            "{schema}"
        );
    };
    refused(
        r#"{"type":"map","values":"int"}"#,
        &vec![("k".to_owned(), ().into())].into(),
        "{}: expected an int, found null",
    );
    refused(
        "\"string\"",
        &Value::Union(0, Box::new("x".into())),
        "expected a text, found a union",
    );
    refused(
        "\"int\"",
        &Value::Fixed(vec![1]),
        "expected an int, found a fixed",
    );
    let fixed = r#"{"type":"fixed","name":"F","size":2}"#;
    refused(fixed, &Value::Fixed(vec![1]), "expected 2 bytes, found 1");
    refused(fixed, &vec![1, 2].into(), "expected bytes, found bytes");
    let symbols = r#"{"type":"enum","name":"E","symbols":["A","B"]}"#;
    refused(
        symbols,
        &Value::Enum("C".into()),
        "the text is none of the enum's symbols",
    );
    refused(
        r#"["null"]"#,
        &Value::Union(1, Box::new(().into())),
        "the union has no branch of that name",
    );
    refused(
        r#"["null"]"#,
        &1.into(),
        "no branch of the union takes the value",
    );
}

#[test]
fn a_bare_value_goes_to_the_only_branch_of_its_like() {
    let union = r#"["null","string",{"type":"enum","name":"E","symbols":["A","B"]},{"type":"enum","name":"G","symbols":["B","C"]},
        {"type":"fixed","name":"F","size":1},{"type":"fixed","name":"H","size":2},
        {"type":"record","name":"R","fields":[]}]"#;
    assert_eq!(encode(union, &().into()), Ok(vec![0]));
    assert_eq!(encode(union, &"A".into()), Ok(vec![2, 2, b'A']));
    assert_eq!(encode(union, &Value::Enum("A".into())), Ok(vec![4, 0]));
    assert_eq!(encode(union, &Value::Enum("C".into())), Ok(vec![6, 2]));
    assert!(encode(union, &Value::Enum("B".into())).is_err());
    assert_eq!(encode(union, &Value::Fixed(vec![7, 7])), Ok(vec![10, 7, 7]));
    assert_eq!(encode(union, &Value::Record(vec![])), Ok(vec![12]));
}

#[test]
fn nesting_items_and_size_have_limits() {
    let schema = r#"{"type":"record","name":"N","fields":[{"name":"n","type":["null","N"]}]}"#;
    let nested =
        |depth: usize| (0..depth).fold(Value::Null, |inner, _| Value::record([("n", inner)]));
    assert!(encode(schema, &nested(256)).is_ok());
    assert_eq!(encode(schema, &nested(257)).unwrap_err().0, Kind::Limit);
    let deep = [vec![2; 256], vec![0]].concat();
    assert_eq!(
        plan(schema).decode_value(&deep).unwrap_err().kind(),
        Kind::Limit
    );
    let limits = Limits {
        items: 2,
        payload_bytes: 8,
        ..Limits::default()
    };
    let limited = |schema: &str| Plan::compile(&Schema::parse(schema).unwrap(), limits).unwrap();
    let array = limited(r#"{"type":"array","items":"null"}"#);
    let nulls = |count| Value::Array(vec![Value::Null; count]);
    let mut out = Vec::new();
    array.encode_value(&nulls(2), &mut out).unwrap();
    assert_eq!(array.decode_value(&out).unwrap(), (nulls(2), 2));
    assert_eq!(
        array.encode_value(&nulls(3), &mut out).unwrap_err().kind(),
        Kind::Limit
    );
    assert_eq!(
        array.decode_value(b"\x06\x00").unwrap_err().kind(),
        Kind::Limit
    );
    let record = limited(
        r#"{"type":"record","name":"R","fields":[{"name":"a","type":"null"},{"name":"b","type":"null"},{"name":"c","type":"null"}]}"#,
    );
    assert_eq!(
        record.decode_value(b"").unwrap_err().to_string(),
        "byte 0: more than 2 items"
    );
    let text = limited("\"string\"");
    assert_eq!(
        text.encode_value(&"12345678".into(), &mut out)
            .unwrap_err()
            .kind(),
        Kind::TooLarge
    );
    assert_eq!(
        text.decode_value(&[0; 9]).unwrap_err().kind(),
        Kind::TooLarge
    );
}

#[test]
fn damaged_payloads_are_refused_with_kind_and_place() {
    let payload = encode(
        ORDER,
        &Value::record([
            ("id", "secret".into()),
            (
                "items",
                vec![Value::record([("quantity", 70.into())])].into(),
            ),
        ]),
    )
    .unwrap();
    let plan = plan(ORDER);
    for end in 0..payload.len() {
        let error = plan.decode_value(&payload[..end]).unwrap_err();
        let same = plan
            .decode_json(&payload[..end], JsonForm::Avro, &mut Vec::new())
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string()),
            (Kind::Truncated, same.to_string())
        );
    }
    let error = plan.decode_value(b"\x02x\x04").unwrap_err();
    assert_eq!(error.to_string(), "byte 3: note: union index out of range");
}
