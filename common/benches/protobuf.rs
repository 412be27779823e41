//! Protobuf records through the plan, beside a hand-written floor and the route through `prost-reflect`.
//!
//! The floors know one layout and check nothing. What a step costs is its ratio to its floor in the same run.

use std::fmt::Write;
use std::hint::black_box;

use common::avro::UnknownFields;
use common::limits::Limits;
use common::protobuf::ProtobufSchema;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use prost::Message;
use prost_reflect::{DynamicMessage, MessageDescriptor};

#[path = "protobuf/floor.rs"]
mod floor;

const ORDER: &str = "syntax = \"proto3\"; package shop; import \"google/protobuf/timestamp.proto\"; \
    message Order { string order_id = 1; google.protobuf.Timestamp ordered_at = 2; string user_id = 3; \
    repeated Item order_items = 4; message Item { int64 product_id = 1; int64 quantity = 2; } }";

/// Distinct records, so that no branch is learned by heart.
const RECORDS: u64 = 512;

/// Forty fields, ten of each of four types.
fn wide_schema() -> String {
    let mut text = "syntax = \"proto3\"; message Wide {".to_owned();
    for number in 1..=40 {
        let kind = ["int64", "string", "double", "bool"][number % 4];
        write!(text, " {kind} f{number} = {number};").expect("a String takes all");
    }
    text + " }"
}

/// Numbers that differ from call to call.
fn random() -> impl FnMut(u64) -> u64 {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    move |bound| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % bound
    }
}

fn orders() -> Vec<String> {
    let mut random = random();
    let orders = (0..RECORDS).map(|_| {
        let id = uuid::Uuid::from_u64_pair(random(u64::MAX), random(u64::MAX));
        let items: Vec<_> = (0..=random(4))
            .map(|_| format!(r#"{{"productId":"{}","quantity":"{}"}}"#, 1 + random(10_000), 1 + random(10)))
            .collect();
        let (day, second, millis) = (1 + random(28), random(60), 1 + random(999));
        let user = random(100);
        let items = items.join(",");
        format!(
            r#"{{"orderId":"{id}","orderedAt":"2023-04-{day:02}T13:45:{second:02}.{millis:03}Z","userId":"u{user:02}","orderItems":[{items}]}}"#
        )
    });
    orders.collect()
}

fn wides() -> Vec<String> {
    let mut random = random();
    let records = (0..RECORDS).map(|_| {
        let fields: Vec<_> = (1..=40)
            .map(|number| match number % 4 {
                0 => format!(r#""f{number}":"{}""#, 1 + random(1_000_000)),
                1 => format!(r#""f{number}":"text {}""#, random(1_000_000)),
                2 => format!(r#""f{number}":{}.5"#, random(1_000)),
                _ => format!(r#""f{number}":true"#),
            })
            .collect();
        format!("{{{}}}", fields.join(","))
    });
    records.collect()
}

/// Runs a step over all records, one reused buffer for all.
fn step<T>(
    c: &mut Criterion,
    group: &str,
    name: &str,
    inputs: &[T],
    mut run: impl FnMut(&T, &mut Vec<u8>),
) {
    let mut group = c.benchmark_group(group);
    group.throughput(Throughput::Elements(inputs.len() as u64));
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

/// A record's texts and payloads, which all ways must agree about.
struct Inputs {
    schema: ProtobufSchema,
    descriptor: MessageDescriptor,
    texts: Vec<String>,
    payloads: Vec<Vec<u8>>,
}

impl Inputs {
    fn new(definition: &str, texts: Vec<String>) -> Self {
        let schema =
            ProtobufSchema::compile(definition, Limits::default()).expect("it is a schema");
        let descriptor = schema.file().messages().next().expect("it has a message");
        let name = descriptor.full_name().to_owned();
        let encode = |text: &String| {
            let mut out = Vec::new();
            let json = text.as_bytes();
            schema
                .encode_json(Some(&name), json, UnknownFields::Refuse, &mut out)
                .expect("it fits");
            out
        };
        let payloads: Vec<_> = texts.iter().map(encode).collect();
        Self {
            schema,
            descriptor,
            texts,
            payloads,
        }
    }

    fn check(&self, floor: impl Fn(&[u8], &mut Vec<u8>) -> Option<()>) {
        for (text, payload) in self.texts.iter().zip(&self.payloads) {
            let (mut ours, mut theirs, mut least) = (Vec::new(), Vec::new(), Vec::new());
            self.schema
                .decode_json(payload, &mut ours)
                .expect("it is whole");
            reflect(&self.descriptor, payload, &mut theirs);
            floor(payload, &mut least).expect("it is whole");
            assert!(
                [ours, theirs, least]
                    .iter()
                    .all(|json| json == text.as_bytes())
            );
        }
    }
}

fn reflect(descriptor: &MessageDescriptor, payload: &[u8], out: &mut Vec<u8>) {
    let message = DynamicMessage::decode(descriptor.clone(), &payload[1..]).expect("it is whole");
    serde_json::to_writer(out, &message).expect("it has JSON");
}

fn unreflect(descriptor: &MessageDescriptor, json: &str, out: &mut Vec<u8>) {
    let mut text = serde_json::Deserializer::from_str(json);
    let message = DynamicMessage::deserialize(descriptor.clone(), &mut text).expect("it fits");
    out.push(0);
    message.encode(out).expect("a Vec takes all");
}

fn record(
    c: &mut Criterion,
    name: &str,
    inputs: &Inputs,
    floor: impl Fn(&[u8], &mut Vec<u8>) -> Option<()>,
) {
    inputs.check(&floor);
    let Inputs {
        schema, descriptor, ..
    } = inputs;
    let message = descriptor.full_name().to_owned();
    let group = format!("protobuf {name} to json");
    step(c, &group, "floor", &inputs.payloads, |payload, out| {
        floor(payload, out).expect("it is whole");
    });
    step(c, &group, "plan", &inputs.payloads, |payload, out| {
        schema.decode_json(payload, out).expect("it is whole");
    });
    step(
        c,
        &group,
        "prost-reflect",
        &inputs.payloads,
        |payload, out| {
            reflect(descriptor, payload, out);
        },
    );
    let group = format!("json to protobuf {name}");
    step(c, &group, "plan", &inputs.texts, |text, out| {
        let json = text.as_bytes();
        schema
            .encode_json(Some(&message), json, UnknownFields::Refuse, out)
            .expect("it fits");
    });
    step(c, &group, "prost-reflect", &inputs.texts, |text, out| {
        unreflect(descriptor, text, out);
    });
}

fn protobuf(c: &mut Criterion) {
    record(
        c,
        "order",
        &Inputs::new(ORDER, orders()),
        floor::order_to_json,
    );
    record(
        c,
        "wide",
        &Inputs::new(&wide_schema(), wides()),
        floor::wide_to_json,
    );
}

criterion_group!(benches, protobuf);
criterion_main!(benches);
