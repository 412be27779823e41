//! The inputs that the fuzzer begins with: what the Java serde did, from the codec's test data, and some more.

use std::fs;
use std::path::Path;

use serde_json::Value;

type Seeds = Vec<(&'static str, Vec<u8>)>;

/// Longer ones only cost time.
const LONGEST: usize = 4096;

/// Every seed: its target's name and the input. `data` is the directory of the test data.
///
/// # Panics
///
/// A file is missing or is not what its README says.
pub fn all(data: &Path) -> Seeds {
    let mut seeds = Vec::new();
    frames(data, &mut seeds);
    avro(data, &mut seeds);
    recipes(&mut seeds);
    json_schema(data, &mut seeds);
    protobuf(data, &mut seeds);
    seeds.retain(|(_, seed)| seed.len() <= LONGEST);
    seeds
}

fn rows(data: &Path, file: &str) -> Vec<Value> {
    let text = fs::read_to_string(data.join(file));
    let text = text.unwrap_or_else(|error| panic!("{file}: {error}"));
    let rows = text.lines().map(serde_json::from_str);
    rows.collect::<Result<_, _>>().expect("lines of JSON")
}

fn text<'r>(row: &'r Value, key: &str) -> &'r [u8] {
    row[key].as_str().unwrap_or_default().as_bytes()
}

fn bytes(row: &Value, key: &str) -> Vec<u8> {
    let hex = row[key].as_str().unwrap_or_default();
    let bytes = (0..hex.len()).step_by(2);
    let bytes = bytes.map(|at| u8::from_str_radix(&hex[at..at + 2], 16));
    bytes.collect::<Result<_, _>>().expect("hex")
}

/// Parts of an input, with the byte between them that no text has.
fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.join(&0xff)
}

fn frames(data: &Path, seeds: &mut Seeds) {
    for (choice, file) in [
        (0, "errors-avro.jsonl"),
        (1, "errors-json.jsonl"),
        (2, "errors-protobuf.jsonl"),
    ] {
        for row in rows(data, file) {
            for bits in [0, 0x10, 0x20, 0x40] {
                let frame = [vec![bits | choice], bytes(&row, "frame")].concat();
                seeds.push(("frame", frame));
            }
        }
    }
    for input in [
        &b"\x80\x0ahello\x0a"[..],
        b"\x81{\"a\": 1}",
        b"\x82\x01\x0a\x01x\x10\x07",
        b"\x20\x00\x00\x00\x00\x07\x0ahello\x0a",
        b"\x21\x00\x00\x00\x00\x07{\"a\":1}",
        b"\x22\x00\x00\x00\x00\x07\x02\x02\x0a\x01x",
        b"\x22\x0a\x01x",
        b"\x40\x00\x00\x00\x00\x07\x0ahello\x0a",
        b"\x40{\"a\":\n1}",
        b"\x40text",
    ] {
        seeds.push(("frame", input.to_vec()));
    }
}

fn avro(data: &Path, seeds: &mut Seeds) {
    for row in rows(data, "frames-avro.jsonl") {
        let (schema, payload) = (text(&row, "schema"), bytes(&row, "binary"));
        seeds.push(("avro_decode", join(&[schema, &payload])));
        seeds.push(("avro_json", join(&[schema, text(&row, "avroJson")])));
        seeds.push(("avro_resolve", join(&[schema, schema, &payload])));
    }
    for row in rows(data, "avro-schema.jsonl") {
        seeds.push(("avro_decode", join(&[text(&row, "schema"), &[0; 8]])));
    }
    for file in ["avro-resolution.jsonl", "avro-resolution-more.jsonl"] {
        for row in rows(data, file) {
            let (writer, reader) = (text(&row, "writer"), text(&row, "reader"));
            let input = join(&[writer, reader, &bytes(&row, "binary")]);
            seeds.push(("avro_resolve", input));
            seeds.push(("avro_json", join(&[reader, text(&row, "avroJson")])));
        }
    }
}

/// Recipes of schemas, with zeros for a payload: some of every kind.
fn recipes(seeds: &mut Seeds) {
    for step in 1..32_u8 {
        let recipe: Vec<u8> = (0..24_u8).map(|at| at.wrapping_mul(step) % 251).collect();
        let recipe = [&[1][..], &recipe].concat();
        let json = b"{\"a\":null,\"b\":[],\"c\":1}";
        seeds.push(("avro_decode", join(&[&recipe, &[0; 16]])));
        seeds.push(("avro_json", join(&[&recipe, json])));
        seeds.push(("avro_resolve", join(&[&recipe, &recipe, &[0; 16]])));
    }
}

fn json_schema(data: &Path, seeds: &mut Seeds) {
    for file in ["frames-json.jsonl", "json-validation.jsonl"] {
        for row in rows(data, file) {
            seeds.push((
                "json_schema",
                join(&[text(&row, "schema"), text(&row, "payload")]),
            ));
        }
    }
}

fn protobuf(data: &Path, seeds: &mut Seeds) {
    for row in rows(data, "protobuf-text.jsonl") {
        for key in ["proto", "text"] {
            seeds.push(("protobuf_text", text(&row, key).to_vec()));
        }
    }
    for row in rows(data, "frames-protobuf.jsonl") {
        for schema in [0, 1] {
            let payload = [vec![schema], bytes(&row, "payload")].concat();
            seeds.push(("protobuf_decode", payload));
            let json = [&[schema, 0], text(&row, "json")].concat();
            seeds.push(("protobuf_json", json));
        }
    }
    for number in 1..80 {
        for message in [0, 1] {
            fields(message, number, seeds);
        }
    }
    for (message, json) in JSON {
        let input = [&[0, *message], json.as_bytes()].concat();
        seeds.push(("protobuf_json", input));
    }
}

/// One field in each of the layouts.
fn fields(message: u8, number: u8, seeds: &mut Seeds) {
    for (layout, value) in [
        (0, &b"\x01"[..]),
        (1, b"\0\0\0\0\0\0\xf0\x3f"),
        (2, b"\x02\x08\x01"),
        (3, b"\x08\x01"),
        (5, b"\0\0\x80\x3f"),
    ] {
        // Two bytes of a varint, which is as good as one where one would do.
        let tag = [0x80 | (number << 3) | layout, number >> 4];
        seeds.push(("protobuf_decode", [&[0, message], &tag[..], value].concat()));
    }
}

/// JSON texts of the messages of the first schema.
const JSON: &[(u8, &str)] = &[
    (
        0,
        r#"{"d":"NaN","f":1.5,"i32":-1,"i64":"9","u32":1e3,"u64":"1","s32":1,"s64":"-1","f32":1,"f64":"1","sf32":1}"#,
    ),
    (
        0,
        r#"{"sf64":"1","b":true,"s":"x","y":"AA==","e":"ONE","child":{"e":-1},"children":[{}],"rf":[1],"rd":[1]}"#,
    ),
    (
        0,
        r#"{"ri":[1],"rs":["1"],"rb":[true],"rt":["a"],"ry":["_-8"],"re":["ONE",7],"byName":{"a":{}},"oi":0,"os":""}"#,
    ),
    (
        0,
        r#"{"byNumber":{"1":"x"},"byBool":{"true":"AA"},"bySigned":{"-1":"ONE"},"byFixed":{"1":1.5},"values":{"a":null}}"#,
    ),
    (0, r#"{"oe":"ZERO","n":null,"v":{"a":[1,null,"x",true]}}"#),
    (
        1,
        r#"{"ts":"2023-04-12T13:45:33.001+02:00","du":"-1.5s","st":{"a":1},"va":[1],"li":[null],"mask":"a.bC,d","empty":{}}"#,
    ),
    (
        1,
        r#"{"any":{"@type":"type.googleapis.com/t.Every","i32":1},"wd":1,"wf":1,"wl":"1","wu":"1","wi":1,"wn":1}"#,
    ),
    (
        1,
        r#"{"any":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s"},"wb":true,"wt":"x","wy":"AA=="}"#,
    ),
    (
        1,
        r#"{"any":{"@type":"a/b.c","value":"AA=="},"tss":["0001-01-01T00:00:00Z"],"dus":{"1":"1s"},"child":{},"vs":[null]}"#,
    ),
];
