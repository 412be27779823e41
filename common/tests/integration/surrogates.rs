//! Half of a surrogate pair in JSON texts: refused as no JSON, with its place, but in the values of a JSON Schema,
//! which Java writes and reads.

use common::avro::{JsonIn, Plan, Schema, UnknownFields};
use common::error::Kind;
use common::foreign::Look;
use common::json_schema::{JsonOut, JsonSchema};
use common::limits::Limits;
use common::protobuf::ProtobufSchema;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

/// Texts with half of a pair in a value, in a key, in what is skipped, and in an escape that a text ends with.
const TEXTS: [(&str, usize); 5] = [
    (r#"{"s":"x\ud800"}"#, 7),
    (r#"{"s":"\udc00\ud800"}"#, 6),
    (r#"{"m":{"\uD800":"x"}}"#, 7),
    (r#"{"unknown":["\ud800\ud800"]}"#, 13),
    (r#"{"\udfff":1}"#, 2),
];

#[test]
fn encoders_refuse_it_as_no_json() {
    let avro = r#"{"type":"record","name":"R","fields":[{"name":"s","type":"string","default":""},
        {"name":"m","type":{"type":"map","values":"string"},"default":{}}]}"#;
    let plan = Plan::compile(&Schema::parse(avro).unwrap(), Limits::default()).unwrap();
    let proto = "syntax = \"proto3\"; message R { string s = 1; map<string, string> m = 2; }";
    let messages = ProtobufSchema::compile(proto, Limits::default()).unwrap();
    let ignoring = JsonIn {
        unknown_fields: UnknownFields::Ignore,
        ..JsonIn::default()
    };
    for (text, offset) in TEXTS {
        let expected = format!("byte {offset}: lone surrogate in a string");
        let mut out = Vec::new();
        for options in [JsonIn::default(), ignoring] {
            let error = plan
                .encode_json(text.as_bytes(), &options, &mut out)
                .unwrap_err();
            assert_eq!(
                (error.kind(), error.to_string()),
                (Kind::Json, expected.clone()),
                "{text}"
            );
        }
        let error = messages
            .encode_json(Some("R"), text.as_bytes(), UnknownFields::Ignore, &mut out)
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string()),
            (Kind::Json, expected),
            "{text}"
        );
        assert!(out.is_empty());
        assert_eq!(Look::at(text.as_bytes(), 64), Look::Unknown, "{text}");
    }
}

#[test]
fn a_json_schemas_values_keep_it_and_rust_types_do_not_take_it() {
    #[derive(Deserialize)]
    struct Taken {
        #[serde(rename = "s")]
        _s: Option<String>,
    }
    let schema = JsonSchema::compile("{}", Limits::default()).unwrap();
    for (text, offset) in TEXTS {
        let mut payload = Vec::new();
        schema.encode_json(text.as_bytes(), &mut payload).unwrap();
        let mut json = Vec::new();
        schema
            .decode_json(&payload, JsonOut::default(), &mut json)
            .unwrap();
        assert_eq!(json, payload);
        let kept = String::from_utf8(json).unwrap();
        assert_eq!(kept.to_lowercase(), text.to_lowercase());

        let spaced = format!("  {text}");
        let error = schema
            .decode_value::<Value>(spaced.as_bytes(), JsonOut::default())
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Json, "{text}");
        let expected = format!("byte {}: lone surrogate in a string", offset + 2);
        assert_eq!(error.to_string(), expected, "{text}");
        schema
            .decode_value::<IgnoredAny>(spaced.as_bytes(), JsonOut::default())
            .unwrap();
    }
    let error = schema
        .decode_value::<Taken>(br#"{"s":1}"#, JsonOut::default())
        .map(drop)
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Validation);
}
