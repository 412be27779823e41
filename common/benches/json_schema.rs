//! JSON Schema: the records `order` and `wide` checked and written, each step beside a floor.
//!
//! The floor is what is left without the check: the text parsed by `serde_json` and copied without white space by
//! hand. What a step costs is its ratio to its floor in the same run.

use std::fmt::Write as _;
use std::hint::black_box;

use common::json_schema::{JsonOut, JsonSchema};
use common::limits::Limits;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

const ORDER: &str = r#"{"$schema": "http://json-schema.org/draft-07/schema#", "title": "Order", "type": "object",
    "additionalProperties": false, "required": ["order_id", "ordered_at", "user_id", "order_items"],
    "properties": {
        "order_id": {"type": "string", "minLength": 1},
        "ordered_at": {"type": "string", "format": "date-time"},
        "user_id": {"type": "string", "maxLength": 36},
        "order_items": {"type": "array", "items": {"type": "object", "required": ["product_id", "quantity"],
            "properties": {"product_id": {"type": "integer", "minimum": 0}, "quantity": {"type": "integer", "minimum": 1}}}}}}"#;

/// Distinct records, so that no branch is learned by heart.
const RECORDS: u64 = 512;

/// A sequence of numbers that looks random.
struct Random(u64);

impl Random {
    const fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

fn orders() -> Vec<Vec<u8>> {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let order = |_| {
        let id = uuid::Uuid::from_u64_pair(random.below(u64::MAX), random.below(u64::MAX));
        let (second, user) = (10 + random.below(50), random.below(100));
        let mut text = format!(
            r#"{{"order_id": "{id}", "ordered_at": "2023-04-12T13:45:{second}Z", "user_id": "u{user:02}", "order_items": ["#
        );
        for item in 0..=random.below(4) {
            let comma = if item == 0 { "" } else { ", " };
            let (product, quantity) = (random.below(10_000), 1 + random.below(10));
            write!(
                text,
                r#"{comma}{{"product_id": {product}, "quantity": {quantity}}}"#
            )
            .expect("memory");
        }
        text.push_str("]}");
        text.into_bytes()
    };
    (0..RECORDS).map(order).collect()
}

fn wide_schema() -> String {
    let properties: Vec<_> = (0..40)
        .map(|field| match field % 4 {
            0 => format!(r#""field_{field:02}": {{"type": "string", "maxLength": 64}}"#),
            1 => format!(r#""field_{field:02}": {{"type": "integer"}}"#),
            2 => format!(r#""field_{field:02}": {{"type": "number", "minimum": 0}}"#),
            _ => format!(r#""field_{field:02}": {{"type": ["boolean", "null"]}}"#),
        })
        .collect();
    let required: Vec<_> = (0..40)
        .map(|field| format!(r#""field_{field:02}""#))
        .collect();
    format!(
        r#"{{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "additionalProperties": false,
            "properties": {{{}}}, "required": [{}]}}"#,
        properties.join(", "),
        required.join(", ")
    )
}

fn wides() -> Vec<Vec<u8>> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let wide = |_| {
        let fields: Vec<_> = (0..40)
            .map(|field| match field % 4 {
                0 => format!(r#""field_{field:02}": "text {}""#, random.below(1_000_000)),
                1 => format!(r#""field_{field:02}": {}"#, random.below(1_000_000_000)),
                2 => format!(
                    r#""field_{field:02}": {}.{:02}"#,
                    random.below(1_000),
                    random.below(100)
                ),
                _ => format!(
                    r#""field_{field:02}": {}"#,
                    if random.below(3) == 0 { "null" } else { "true" }
                ),
            })
            .collect();
        format!("{{{}}}", fields.join(", ")).into_bytes()
    };
    (0..RECORDS).map(wide).collect()
}

/// Copies a text without the white space outside its strings.
fn compact(text: &[u8], out: &mut Vec<u8>) {
    let mut in_string = false;
    for &byte in text {
        match byte {
            b'"' => in_string = !in_string,
            b' ' | b'\n' if !in_string => continue,
            _ => {}
        }
        out.push(byte);
    }
}

fn floor(text: &[u8], out: &mut Vec<u8>) {
    let value: serde_json::Value = serde_json::from_slice(text).expect("it is JSON");
    black_box(value);
    compact(text, out);
}

/// Runs a step over all records, one reused buffer for all.
fn step(
    c: &mut Criterion,
    (group, name): (&str, &str),
    inputs: &[Vec<u8>],
    mut run: impl FnMut(&[u8], &mut Vec<u8>),
) {
    let mut group = c.benchmark_group(group);
    group.throughput(Throughput::Elements(RECORDS));
    group.bench_function(name, |b| {
        b.iter_batched_ref(
            || Vec::with_capacity(4096),
            |out| {
                for input in inputs {
                    out.clear();
                    run(black_box(input), out);
                    black_box(&*out);
                }
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

fn record(c: &mut Criterion, name: &str, schema: &str, texts: &[Vec<u8>]) {
    let schema = JsonSchema::compile(schema, Limits::default()).expect("the schema is sound");
    let compacted = |text: &Vec<u8>| {
        let mut out = Vec::new();
        compact(text, &mut out);
        out
    };
    let payloads: Vec<_> = texts.iter().map(compacted).collect();
    for (text, payload) in texts.iter().zip(&payloads) {
        let mut ours = Vec::new();
        schema.encode_json(text, &mut ours).expect("it fits");
        assert_eq!(&ours, payload);
    }
    let group = format!("{name}, json to payload");
    step(c, (&group, "floor"), texts, floor);
    step(c, (&group, "checked"), texts, |text, out| {
        schema.encode_json(text, out).expect("it fits");
    });
    let group = format!("{name}, payload to json");
    step(c, (&group, "floor"), &payloads, floor);
    for (name, validate) in [("as it is", false), ("checked", true)] {
        step(c, (&group, name), &payloads, |payload, out| {
            schema
                .decode_json(payload, JsonOut { validate }, out)
                .expect("it fits");
        });
    }
}

fn json_schema(c: &mut Criterion) {
    record(c, "order", ORDER, &orders());
    record(c, "wide", &wide_schema(), &wides());
    c.bench_function("order, compile", |b| {
        b.iter(|| JsonSchema::compile(black_box(ORDER), Limits::default()));
    });
}

criterion_group!(benches, json_schema);
criterion_main!(benches);
