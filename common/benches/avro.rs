//! The records `order` and `wide` through the plan, each step beside a hand-written floor.
//!
//! The floors are the least that the step can be: code for one record and nothing else, with no limits, no
//! paths for errors, and keys in one order only. What a step costs is its ratio to its floor in the same run.

use std::hint::black_box;

use common::avro::{JsonForm, JsonIn, Plan, Schema};
use common::compression::{Compression, Deflater, Inflater};
use common::limits::Limits;
use common::wire::{self, Header};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

#[path = "avro/floor.rs"]
mod floor;
#[path = "avro/floor_resolved.rs"]
mod floor_resolved;
#[path = "avro/wide.rs"]
mod wide;

use apache_avro::reader::datum::GenericDatumReader;
use floor::{Item, Record};
use wide::Wide;

/// The schema that another program reads the records with: without the user, with a default, with wider numbers.
const READER: &str = r#"{"type": "record", "name": "Order", "namespace": "Order V1", "fields": [
    {"name": "order_id", "type": "string"},
    {"name": "ordered_at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "channel", "type": "string", "default": "web"},
    {"name": "order_items", "type": {"type": "array", "items": {"type": "record", "name": "OrderItem", "fields": [
        {"name": "product_id", "type": "long"},
        {"name": "quantity", "type": "double"}]}}}]}"#;

/// The same with the fields of the order the other way round.
const REVERSED: &str = r#"{"type": "record", "name": "Order", "namespace": "Order V1", "fields": [
    {"name": "order_items", "type": {"type": "array", "items": {"type": "record", "name": "OrderItem", "fields": [
        {"name": "product_id", "type": "long"},
        {"name": "quantity", "type": "double"}]}}},
    {"name": "channel", "type": "string", "default": "web"},
    {"name": "ordered_at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "order_id", "type": "string"}]}"#;

const SCHEMA: &str = r#"{"type": "record", "name": "Order", "namespace": "Order V1", "fields": [
    {"name": "order_id", "type": "string"},
    {"name": "ordered_at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "user_id", "type": "string"},
    {"name": "order_items", "type": {"type": "array", "items": {"type": "record", "name": "OrderItem", "fields": [
        {"name": "product_id", "type": "long"},
        {"name": "quantity", "type": "long"}]}}}]}"#;

/// Distinct records, so that no branch is learned by heart.
const RECORDS: usize = 512;

fn orders() -> Vec<Record> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |bound: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % bound
    };
    (0..RECORDS)
        .map(|_| Record {
            order_id: uuid::Uuid::from_u64_pair(random(u64::MAX), random(u64::MAX)).to_string(),
            ordered_at: i64::try_from(1_681_307_133_000 + random(100_000_000_000))
                .expect("below 2^63"),
            user_id: format!("u{:02}", random(100)),
            order_items: (0..=random(4))
                .map(|_| Item {
                    product_id: i64::try_from(random(10_000)).expect("below 2^63"),
                    quantity: i64::try_from(1 + random(10)).expect("below 2^63"),
                })
                .collect(),
        })
        .collect()
}

fn header() -> Header {
    Header {
        compression: Compression::None,
        schema_version_id: uuid::Uuid::from_u128(7),
    }
}

fn frame_with(encode: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut frame = Vec::new();
    wire::write_header(&mut frame, &header());
    encode(&mut frame);
    frame
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
            || Vec::with_capacity(1024),
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

/// The same records in all their shapes.
struct Inputs {
    plan: Plan,
    resolved: Plan,
    reversed: Plan,
    orders: Vec<Record>,
    frames: Vec<Vec<u8>>,
    /// Instants as text.
    texts: Vec<Vec<u8>>,
    /// Instants as numbers.
    raw_texts: Vec<Vec<u8>>,
}

impl Inputs {
    fn new() -> Self {
        let schema = Schema::parse(SCHEMA).expect("the schema is valid");
        let plan = Plan::compile(&schema, Limits::default()).expect("the schema has no defaults");
        let resolve = |reader| {
            let reader = Schema::parse(reader).expect("the schema is valid");
            Plan::resolve(&schema, &reader, Limits::default()).expect("the schemas fit")
        };
        let orders = orders();
        let frame = |order| frame_with(|out| floor::struct_to_avro(order, out));
        let frames: Vec<_> = orders.iter().map(frame).collect();
        let texts = |form| {
            frames
                .iter()
                .map(|frame| frame_to_text(&plan, frame, form))
                .collect()
        };
        let (texts, raw_texts) = (texts(JsonForm::Plain), texts(JsonForm::Avro));
        Self {
            resolved: resolve(READER),
            reversed: resolve(REVERSED),
            plan,
            orders,
            frames,
            texts,
            raw_texts,
        }
    }

    /// The plan and the floors must do the same.
    fn check(&self) {
        let options = JsonIn::default();
        for (at, frame) in self.frames.iter().enumerate() {
            let (order, text, raw) = (&self.orders[at], &self.texts[at], &self.raw_texts[at]);
            let by_struct = frame_with(|out| self.plan.encode_struct(order, out).expect("it fits"));
            let by_text =
                frame_with(|out| self.plan.encode_json(text, &options, out).expect("it fits"));
            let by_floor = frame_with(|out| floor::json_to_avro(raw, out).expect("it fits"));
            assert!(
                [by_struct, by_text, by_floor]
                    .iter()
                    .all(|ours| ours == frame)
            );
            let mut floor_text = Vec::new();
            floor::frame_to_json(frame, true, &mut floor_text).expect("it is whole");
            assert_eq!(&floor_text, text);
            floor_text.clear();
            floor_resolved::frame_to_json(frame, true, &mut floor_text).expect("it is whole");
            let resolved = frame_to_text(&self.resolved, frame, JsonForm::Plain);
            assert_eq!(floor_text, resolved);
        }
    }
}

fn to_frame(c: &mut Criterion, inputs: &Inputs) {
    let (plan, header, options) = (&inputs.plan, header(), JsonIn::default());
    step(
        c,
        "struct to frame",
        "floor",
        &inputs.orders,
        |order, out| {
            wire::write_header(out, &header);
            floor::struct_to_avro(order, out);
        },
    );
    step(
        c,
        "struct to frame",
        "plan",
        &inputs.orders,
        |order, out| {
            wire::write_header(out, &header);
            plan.encode_struct(order, out).expect("it fits");
        },
    );
    step(
        c,
        "json to frame",
        "floor",
        &inputs.raw_texts,
        |text, out| {
            wire::write_header(out, &header);
            floor::json_to_avro(text, out).expect("it fits");
        },
    );
    for (name, texts) in [
        ("plan", &inputs.raw_texts),
        ("plan, instants as text", &inputs.texts),
    ] {
        step(c, "json to frame", name, texts, |text, out| {
            wire::write_header(out, &header);
            plan.encode_json(text, &options, out).expect("it fits");
        });
    }
}

fn to_json(c: &mut Criterion, inputs: &Inputs) {
    let plan = &inputs.plan;
    for (form, plain) in [(JsonForm::Plain, true), (JsonForm::Avro, false)] {
        let group = format!("frame to {form} json");
        step(c, &group, "floor", &inputs.frames, |frame, out| {
            floor::frame_to_json(frame, plain, out).expect("it is whole");
        });
        step(c, &group, "plan", &inputs.frames, |frame, out| {
            let (_, payload) = wire::split(frame).expect("it is a frame");
            plan.decode_json(payload, form, out).expect("it is whole");
        });
        let group = format!("frame to {form} json, resolved");
        step(c, &group, "floor", &inputs.frames, |frame, out| {
            floor_resolved::frame_to_json(frame, plain, out).expect("it is whole");
        });
        for (name, plan) in [
            ("plan", &inputs.resolved),
            ("plan, fields reversed", &inputs.reversed),
        ] {
            step(c, &group, name, &inputs.frames, |frame, out| {
                let (_, payload) = wire::split(frame).expect("it is a frame");
                plan.decode_json(payload, form, out).expect("it is whole");
            });
        }
    }
}

/// Compressed frames; the floor is inflating alone.
fn zlib_to_json(c: &mut Criterion, inputs: &Inputs) {
    let plan = &inputs.plan;
    let mut deflater = Deflater::default();
    let mut stream = |frame: &Vec<u8>| {
        let mut out = Vec::new();
        deflater.append(&frame[18..], &mut out);
        out
    };
    let streams: Vec<_> = inputs.frames.iter().map(&mut stream).collect();
    let (mut inflater, mut payload) = (Inflater::new(), Vec::new());
    let limit = Limits::default().payload_bytes;
    let group = "zlib payload to plain json";
    step(
        c,
        group,
        "floor, inflated alone",
        &streams,
        |stream, out| {
            inflater.append(stream, out, limit).expect("it is whole");
        },
    );
    step(c, group, "plan", &streams, |stream, out| {
        payload.clear();
        inflater
            .append(stream, &mut payload, limit)
            .expect("it is whole");
        plan.decode_json(&payload, JsonForm::Plain, out)
            .expect("it is whole");
    });
}

/// Another library's reader of the same schema; it knows no spaces in names.
fn other_schema(schema: &str) -> apache_avro::Schema {
    apache_avro::Schema::parse_str(&schema.replace("Order V1", "orders")).expect("it is valid")
}

fn to_struct(c: &mut Criterion, inputs: &Inputs) {
    let plan = &inputs.plan;
    let payloads: Vec<_> = inputs.frames.iter().map(|frame| &frame[18..]).collect();
    let other = other_schema(SCHEMA);
    let reader = GenericDatumReader::builder(&other).build();
    let reader = reader.expect("it is valid");
    for (payload, order) in payloads.iter().zip(&inputs.orders) {
        let (read, _): (Record, _) = plan.decode_struct(payload).expect("it is whole");
        assert_eq!(&read, order);
        assert_eq!(floor::avro_to_struct(payload).as_ref(), Some(order));
    }
    let group = "order to struct";
    step(c, group, "floor, owned", &payloads, |payload, _| {
        black_box::<Record>(floor::avro_to_struct(payload).expect("it is whole"));
    });
    step(c, group, "plan, owned", &payloads, |payload, _| {
        black_box::<(Record, _)>(plan.decode_struct(payload).expect("it is whole"));
    });
    step(c, group, "apache-avro, owned", &payloads, |payload, _| {
        black_box::<Record>(reader.read_deser(&mut &**payload).expect("it is whole"));
    });
    step(c, group, "floor, borrowed", &payloads, |payload, _| {
        black_box::<Record<&str>>(floor::avro_to_struct(payload).expect("it is whole"));
    });
    step(c, group, "plan, borrowed", &payloads, |payload, _| {
        black_box::<(Record<&str>, _)>(plan.decode_struct(payload).expect("it is whole"));
    });
    step(c, group, "plan, dynamic", &payloads, |payload, _| {
        black_box(plan.decode_value(payload).expect("it is whole"));
    });
}

fn wide_to_struct(c: &mut Criterion) {
    let text = wide::schema();
    let schema = Schema::parse(&text).expect("the schema is valid");
    let plan = Plan::compile(&schema, Limits::default()).expect("the schema has no defaults");
    let payloads = wide::payloads(RECORDS, &plan);
    let other = other_schema(&text);
    let reader = GenericDatumReader::builder(&other).build();
    let reader = reader.expect("it is valid");
    for payload in &payloads {
        let (read, _): (Wide<String>, _) = plan.decode_struct(payload).expect("it is whole");
        assert_eq!(wide::avro_to_struct(payload), Some(read));
    }
    let group = "wide to struct";
    step(c, group, "floor, owned", &payloads, |payload, _| {
        black_box::<Wide<String>>(wide::avro_to_struct(payload).expect("it is whole"));
    });
    step(c, group, "plan, owned", &payloads, |payload, _| {
        black_box::<(Wide<String>, _)>(plan.decode_struct(payload).expect("it is whole"));
    });
    step(c, group, "apache-avro, owned", &payloads, |payload, _| {
        black_box::<Wide<String>>(reader.read_deser(&mut &**payload).expect("it is whole"));
    });
    step(c, group, "floor, borrowed", &payloads, |payload, _| {
        black_box::<Wide<&str>>(wide::avro_to_struct(payload).expect("it is whole"));
    });
    step(c, group, "plan, borrowed", &payloads, |payload, _| {
        black_box::<(Wide<&str>, _)>(plan.decode_struct(payload).expect("it is whole"));
    });
}

fn avro(c: &mut Criterion) {
    let inputs = Inputs::new();
    inputs.check();
    to_frame(c, &inputs);
    to_json(c, &inputs);
    zlib_to_json(c, &inputs);
    to_struct(c, &inputs);
    wide_to_struct(c);
}

fn frame_to_text(plan: &Plan, frame: &[u8], form: JsonForm) -> Vec<u8> {
    let mut text = Vec::new();
    let (_, payload) = wire::split(frame).expect("it is a frame");
    plan.decode_json(payload, form, &mut text)
        .expect("it is whole");
    text
}

criterion_group!(benches, avro);
criterion_main!(benches);
