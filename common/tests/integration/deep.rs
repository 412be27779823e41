//! Values as deep as the limits allow, on the stack that a thread has: every way in and out that calls itself.

use common::avro::{JsonForm, JsonIn, Plan, Schema, UnknownFields};
use common::error::Kind;
use common::json_schema::{JsonOut, JsonSchema};
use common::limits::Limits;
use common::protobuf::ProtobufSchema;
use serde::{Deserialize, Serialize};

const DEPTH: usize = 256;
const STACK: usize = 2 * 1024 * 1024;

/// Runs on a thread of its own, whose stack has the usual size whatever the test's has.
fn on_a_usual_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(run);
    thread.unwrap().join().unwrap();
}

fn nested(open: &str, inside: &str, close: &str, levels: usize) -> String {
    [&open.repeat(levels), inside, &close.repeat(levels)].concat()
}

#[derive(Serialize, Deserialize)]
struct Chain {
    next: Option<Box<Chain>>,
}

const CHAIN: &str =
    r#"{"type":"record","name":"R","fields":[{"name":"next","type":["null","R"]}]}"#;

fn schema(text: &str) -> Schema {
    Schema::parse(text).unwrap()
}

/// A chain of as many records.
fn chain(records: usize) -> Vec<u8> {
    [vec![2; records - 1], vec![0]].concat()
}

#[test]
fn the_default_depth_is_the_one_that_is_tested() {
    assert_eq!(Limits::default().depth, DEPTH);
}

#[test]
fn avro_texts_and_payloads_as_deep_as_may_be_are_written_and_read() {
    on_a_usual_stack(|| {
        let plan = Plan::compile(&schema(CHAIN), Limits::default()).unwrap();
        let untagged = nested(r#"{"next":"#, "null", "}", DEPTH);
        let tagged = nested(r#"{"next":{"R":"#, r#"{"next":null}"#, "}}", DEPTH - 1);
        for (form, text) in [(JsonForm::Plain, untagged), (JsonForm::Avro, tagged)] {
            let options = JsonIn {
                form,
                unknown_fields: UnknownFields::Refuse,
            };
            let (mut payload, mut json) = (Vec::new(), Vec::new());
            plan.encode_json(text.as_bytes(), &options, &mut payload)
                .unwrap();
            assert_eq!(payload, chain(DEPTH));
            plan.decode_json(&payload, form, &mut json).unwrap();
            assert_eq!(json, text.as_bytes());
        }
        let error = plan.decode_json(&chain(DEPTH + 1), JsonForm::Plain, &mut Vec::new());
        assert!(error.unwrap_err().to_string().contains("256 levels"));
    });
}

#[test]
fn avro_values_as_deep_as_may_be_are_written_and_read() {
    on_a_usual_stack(|| {
        let plan = Plan::compile(&schema(CHAIN), Limits::default()).unwrap();
        let payload = chain(DEPTH);
        let (mut tree, mut text, mut typed) = (Vec::new(), Vec::new(), Vec::new());
        let value = plan.decode_value(&payload).unwrap().0;
        plan.encode_value(&value, &mut tree).unwrap();
        let value: serde_json::Value = plan.decode_struct(&payload).unwrap().0;
        plan.encode_struct(&value, &mut text).unwrap();
        let value: Chain = plan.decode_struct(&payload).unwrap().0;
        plan.encode_struct(&value, &mut typed).unwrap();
        assert_eq!([&tree, &text, &typed], [&payload; 3]);
    });
}

#[test]
fn avro_payloads_as_deep_as_may_be_are_resolved_and_skipped() {
    let around = |fields: &str| format!(r#"{{"type":"record","name":"Q","fields":[{fields}]}}"#);
    let inner = CHAIN.replace(r#"["null","R"]"#, r#"["R","null"]"#);
    let writer = around(&format!(r#"{{"name":"r","type":{CHAIN}}}"#));
    let reader = around(&format!(r#"{{"name":"r","type":{inner}}}"#));
    on_a_usual_stack(move || {
        let payload = chain(DEPTH - 1);
        for reader in [reader, around("")] {
            let plan = Plan::resolve(&schema(&writer), &schema(&reader), Limits::default());
            let (plan, mut json) = (plan.unwrap(), Vec::new());
            let taken = plan.decode_json(&payload, JsonForm::Plain, &mut json);
            assert_eq!(taken.unwrap(), payload.len());
        }
    });
}

#[test]
fn json_values_as_deep_as_may_be_are_checked() {
    on_a_usual_stack(|| {
        let schema = JsonSchema::compile(
            r##"{"$schema":"http://json-schema.org/draft-07/schema#","items":{"allOf":[{"$ref":"#"}]}}"##,
            Limits::default(),
        );
        let (schema, mut payload) = (schema.unwrap(), Vec::new());
        let text = nested("[", "", "]", DEPTH);
        schema.encode_json(text.as_bytes(), &mut payload).unwrap();
        assert_eq!(payload, text.as_bytes());
    });
}

#[test]
fn protobuf_messages_as_deep_as_may_be_are_written_and_read() {
    let text = r#"syntax = "proto3"; message M { M next = 1; int32 n = 2; }"#;
    on_a_usual_stack(move || {
        let schema = ProtobufSchema::compile(text, Limits::default()).unwrap();
        let json = nested(r#"{"next":"#, "{}", "}", DEPTH - 1);
        let (mut payload, mut again) = (Vec::new(), Vec::new());
        let refuse = UnknownFields::Refuse;
        schema
            .encode_json(None, json.as_bytes(), refuse, &mut payload)
            .unwrap();
        schema.decode_json(&payload, &mut again).unwrap();
        assert_eq!(again, json.as_bytes());
        // With a field behind its place every message is read carefully.
        let careless = [&payload[..1], b"\x10\x01", &payload[1..]].concat();
        again.clear();
        schema.decode_json(&careless, &mut again).unwrap();
        assert!(again.ends_with(br#"},"n":1}"#));
    });
}

#[test]
fn typed_values_deeper_than_their_libraries_go_are_beyond_a_limit() {
    on_a_usual_stack(|| {
        let schema = JsonSchema::compile("{}", Limits::default()).unwrap();
        let read = |levels| {
            let text = nested("[", "", "]", levels);
            schema.decode_value::<serde_json::Value>(text.as_bytes(), JsonOut::default())
        };
        assert!(read(127).is_ok());
        let error = read(128).unwrap_err();
        assert_eq!(error.kind(), Kind::Limit, "{error}");
        let text = r#"syntax = "proto3"; message M { M next = 1; }"#;
        let schema = ProtobufSchema::compile(text, Limits::default()).unwrap();
        let (json, mut payload) = (nested(r#"{"next":"#, "{}", "}", 101), Vec::new());
        let refuse = UnknownFields::Refuse;
        schema
            .encode_json(None, json.as_bytes(), refuse, &mut payload)
            .unwrap();
        let error = schema.decode_message::<Message>("M", &payload).unwrap_err();
        assert_eq!(error.kind(), Kind::Limit, "{error}");
    });
}

#[derive(Clone, PartialEq, prost::Message)]
struct Message {
    #[prost(message, optional, boxed, tag = "1")]
    next: Option<Box<Message>>,
}
