//! AWS Glue Schema Registry codec: frames, Avro, JSON Schema, Protobuf, the registry client and its caches.
//!
//! A [`Serializer`](serializer::Serializer) turns values into frames of one schema version; a
//! [`Deserializer`](deserializer::Deserializer) turns frames of any version into values, through a
//! [cache](registry::cache::SchemaCache) in front of a [registry](registry::SchemaRegistry). Both take and give JSON
//! text, Rust types and [trees](value::Value), in all three formats. Each part can be used alone as well:
//!
//! A frame is an 18-byte [header](wire) and a payload, which may be [compressed](compression). The payload of
//! an Avro schema version is read and written by a [plan](avro::Plan) compiled once from the schema text, that of
//! others by a [`JsonSchema`](json_schema::JsonSchema) or a [`ProtobufSchema`](protobuf::ProtobufSchema):
//!
//! ```
//! use common::avro::{JsonForm, JsonIn, Plan, Schema};
//! use common::compression::Compression;
//! use common::limits::Limits;
//! use common::wire::{self, Header};
//!
//! let schema = Schema::parse(
//!     r#"{"type":"record","name":"Err","fields":[{"name":"s","type":"string"},{"name":"n","type":"long"}]}"#,
//! )?;
//! let plan = Plan::compile(&schema, Limits::default())?;
//! let header = Header {
//!     compression: Compression::None,
//!     schema_version_id: "75db6fea-2b3f-4283-8abc-805f5381fee9".parse()?,
//! };
//!
//! let mut frame = Vec::new();
//! wire::write_header(&mut frame, &header);
//! plan.encode_json(br#"{"s":"hello","n":5}"#, &JsonIn::default(), &mut frame)?;
//! assert_eq!(frame, b"\x03\x00\x75\xdb\x6f\xea\x2b\x3f\x42\x83\x8a\xbc\x80\x5f\x53\x81\xfe\xe9\x0ahello\x0a");
//!
//! let (header, payload) = wire::split(&frame)?;
//! let mut json = Vec::new();
//! plan.decode_json(payload, JsonForm::Plain, &mut json)?;
//! assert_eq!(header.compression, Compression::None);
//! assert_eq!(json, br#"{"s":"hello","n":5}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod avro;
mod bytes;
mod codec;
pub mod compression;
pub mod deserializer;
pub mod error;
pub mod foreign;
pub mod json;
pub mod json_schema;
pub mod limits;
pub mod metrics;
pub mod protobuf;
pub mod registry;
pub mod serializer;
pub mod value;
pub mod view;
pub mod wire;
