//! The warm paths of the facade, one a run, for `instructions.py` to count their instructions under callgrind.
//!
//! Without a path's name it prints the names. What is counted is [`measured`] and all that it calls: every record
//! once, after every record has been through the path once before.

use std::hint::black_box;
use std::io::Write as _;
use std::process::ExitCode;

use common::compression::Compression;
use common::deserializer::{Deserializer, DeserializerOptions, ReaderSchema};
use common::limits::Limits;
use common::metrics::CodecMetrics;
use common::registry::{DataFormat, SchemaVersion};
use common::serializer::{Serializer, SerializerOptions};
use serde::{Deserialize, Serialize};

const AVRO: &str = include_str!("../../schemas/order.avsc");
const JSON: &str = include_str!("../../schemas/order.schema.json");
const PROTOBUF: &str = include_str!("../../schemas/order.proto");
/// The order without its user, with a default, and with wider numbers.
const READER: &str = r#"{"type": "record", "name": "Order", "namespace": "Order V1", "fields": [
    {"name": "order_id", "type": "string"},
    {"name": "ordered_at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "channel", "type": "string", "default": "web"},
    {"name": "order_items", "type": {"type": "array", "items": {"type": "record", "name": "OrderItem", "fields": [
        {"name": "product_id", "type": "long"},
        {"name": "quantity", "type": "double"}]}}}]}"#;

/// Records, all of the same length, so that a count is the same from one run to the next.
const RECORDS: i64 = 256;

#[derive(Debug, Serialize, Deserialize)]
struct Purchase {
    order_id: String,
    ordered_at: i64,
    user_id: String,
    order_items: Vec<Item>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Item {
    product_id: i64,
    quantity: i64,
}

fn orders() -> Vec<Purchase> {
    let item = |number| Item {
        product_id: 1000 + number % 9000,
        quantity: 1 + number % 9,
    };
    let order = |number: i64| Purchase {
        order_id: format!("7e0f8c9a-5d4b-4c3a-9b2e-{:012x}", number * 0x9e37),
        ordered_at: 1_681_307_133_001 + number * 86_400_003,
        user_id: format!("u{:02}", number % 100),
        order_items: (0..3).map(|at| item(number * 31 + at)).collect(),
    };
    (1..=RECORDS).map(order).collect()
}

/// A step from one form of a record to another.
type Step = Box<dyn FnMut(&[u8], &mut Vec<u8>)>;

/// A path: its name, what it is given, and what it does.
struct Path {
    name: &'static str,
    inputs: Vec<Vec<u8>>,
    step: Step,
}

/// Everything about one format.
struct Bed {
    format: DataFormat,
    definition: &'static str,
    texts: Vec<Vec<u8>>,
}

impl Bed {
    fn version(&self) -> SchemaVersion {
        SchemaVersion::unregistered(self.format, self.definition.to_owned())
    }

    fn serializer(&self, compression: Compression) -> Serializer {
        let options = SerializerOptions {
            compression,
            ..SerializerOptions::default()
        };
        Serializer::new(&self.version(), options).expect("the schema is valid")
    }

    fn deserializer(&self, options: DeserializerOptions) -> Deserializer {
        let metrics = CodecMetrics::unregistered();
        Deserializer::with_schema(self.version(), Limits::default(), options, &metrics)
            .expect("the schema is valid")
    }

    fn frames(&self, compression: Compression) -> Vec<Vec<u8>> {
        let mut step = encode(self.serializer(compression));
        let frame = |text: &Vec<u8>| {
            let mut out = Vec::new();
            step(text, &mut out);
            out
        };
        self.texts.iter().map(frame).collect()
    }

    fn encoding(&self, name: &'static str, compression: Compression) -> Path {
        Path {
            name,
            inputs: self.texts.clone(),
            step: encode(self.serializer(compression)),
        }
    }

    fn decoding(&self, name: &'static str, compression: Compression, by: Deserializer) -> Path {
        Path {
            name,
            inputs: self.frames(compression),
            step: decode(by),
        }
    }
}

fn encode(mut serializer: Serializer) -> Step {
    Box::new(move |text, out| serializer.encode_json(text, out).expect("it fits"))
}

fn decode(mut deserializer: Deserializer) -> Step {
    Box::new(move |frame, out| {
        deserializer.decode_json(frame, out).expect("it is whole");
    })
}

fn paths() -> Vec<Path> {
    let texts = texts();
    let [avro, json, protobuf] = [
        (DataFormat::Avro, AVRO),
        (DataFormat::Json, JSON),
        (DataFormat::Protobuf, PROTOBUF),
    ]
    .map(|(format, definition)| Bed {
        format,
        definition,
        texts: texts.clone(),
    });
    let plain = DeserializerOptions::default();
    let checked = DeserializerOptions {
        validate: true,
        ..plain
    };
    let reader = ReaderSchema::parse(READER).expect("the schema is valid");
    let resolving = avro.deserializer(plain).with_reader(reader);
    let (none, zlib) = (Compression::None, Compression::Zlib);
    vec![
        struct_to_frame(&avro),
        avro.encoding("avro: JSON to frame", none),
        avro.encoding("avro: JSON to zlib frame", zlib),
        avro.decoding("avro: frame to JSON", none, avro.deserializer(plain)),
        avro.decoding("avro: zlib frame to JSON", zlib, avro.deserializer(plain)),
        avro.decoding("avro: frame to JSON as the reader's", none, resolving),
        frame_to_struct(&avro),
        json.encoding("json: JSON to frame", none),
        json.decoding("json: frame to JSON", none, json.deserializer(plain)),
        json.decoding(
            "json: frame to JSON, checked",
            none,
            json.deserializer(checked),
        ),
        protobuf.encoding("protobuf: JSON to frame", none),
        protobuf.decoding(
            "protobuf: frame to JSON",
            none,
            protobuf.deserializer(plain),
        ),
    ]
}

/// The orders as plain JSON text.
fn texts() -> Vec<Vec<u8>> {
    let bed = Bed {
        format: DataFormat::Avro,
        definition: AVRO,
        texts: Vec::new(),
    };
    let mut serializer = bed.serializer(Compression::None);
    let mut deserializer = bed.deserializer(DeserializerOptions::default());
    let mut text = |order: &Purchase| {
        let (mut frame, mut text) = (Vec::new(), Vec::new());
        serializer.encode(order, &mut frame).expect("it fits");
        deserializer
            .decode_json(&frame, &mut text)
            .expect("it is whole");
        text
    };
    orders().iter().map(&mut text).collect()
}

fn struct_to_frame(avro: &Bed) -> Path {
    let mut serializer = avro.serializer(Compression::None);
    let orders = orders();
    let mut turn = (0..orders.len()).cycle();
    Path {
        name: "avro: struct to frame",
        inputs: avro.texts.clone(),
        step: Box::new(move |_, out| {
            let order = &orders[turn.next().expect("it never ends")];
            serializer.encode(order, out).expect("it fits");
        }),
    }
}

fn frame_to_struct(avro: &Bed) -> Path {
    let mut deserializer = avro.deserializer(DeserializerOptions::default());
    Path {
        name: "avro: frame to struct",
        inputs: avro.frames(Compression::None),
        step: Box::new(move |frame, _| {
            black_box(deserializer.decode::<Purchase>(frame).expect("it is whole"));
        }),
    }
}

/// All records through a path.
#[inline(never)]
fn measured(path: &mut Path, out: &mut Vec<u8>) {
    for input in &path.inputs {
        out.clear();
        (path.step)(black_box(input), out);
        black_box(&*out);
    }
}

/// Once through, uncounted: buffers grow, and what is looked up once is known.
#[inline(never)]
fn warm_up(path: &mut Path, out: &mut Vec<u8>) {
    for input in &path.inputs {
        out.clear();
        (path.step)(input, out);
    }
}

fn main() -> std::io::Result<ExitCode> {
    // Cargo's own arguments begin with a dash.
    let wanted = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let mut paths = paths();
    let Some(wanted) = wanted else {
        let mut stdout = std::io::stdout();
        writeln!(stdout, "{RECORDS} records a path")?;
        for path in paths {
            writeln!(stdout, "{}", path.name)?;
        }
        return Ok(ExitCode::SUCCESS);
    };
    let Some(path) = paths.iter_mut().find(|path| path.name == wanted) else {
        writeln!(std::io::stderr(), "there is no path {wanted:?}")?;
        return Ok(ExitCode::from(64));
    };
    let mut out = Vec::with_capacity(1024);
    warm_up(path, &mut out);
    measured(path, &mut out);
    Ok(ExitCode::SUCCESS)
}
