//! Tests of whole frames through a cache and the registry in memory.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::error::Kind;
use crate::limits::Limits;
use crate::metrics::{CacheMetrics, Direction, RegistryMetrics};
use crate::registry::cache::CacheOptions;
use crate::registry::fake::FakeRegistry;
use crate::registry::{DataFormat, Operation, SchemaName, SchemaVersions};
use crate::serializer::{Serializer, SerializerOptions};

mod foreign;
mod formats;
mod reader;
mod view;

struct House {
    registry: Arc<FakeRegistry>,
    cache: Arc<SchemaCache>,
    metrics: CodecMetrics,
    cache_metrics: CacheMetrics,
}

impl House {
    fn new() -> Self {
        Self::with(Limits::default())
    }

    fn with(limits: Limits) -> Self {
        let registry = Arc::new(FakeRegistry::new());
        let behind: Arc<dyn SchemaVersions> = Arc::<FakeRegistry>::clone(&registry);
        let options = CacheOptions {
            confirm_after: Duration::from_millis(1),
            limits,
            ..CacheOptions::default()
        };
        let cache_metrics = CacheMetrics::unregistered();
        let cache = SchemaCache::new(
            behind,
            options,
            &RegistryMetrics::unregistered(),
            &cache_metrics,
        );
        Self {
            registry,
            cache: Arc::new(cache),
            metrics: CodecMetrics::unregistered(),
            cache_metrics,
        }
    }

    fn worker(&self, trailing: Trailing) -> Deserializer {
        let options = DeserializerOptions {
            trailing,
            ..DeserializerOptions::default()
        };
        Deserializer::new(&self.cache, options, &self.metrics)
    }

    /// Adds a schema and gives a frame written with it.
    fn frame(
        &self,
        schema: &str,
        definition: &str,
        json: &str,
        compression: Compression,
    ) -> Vec<u8> {
        let name = SchemaName::new("customer", schema);
        let id = self.registry.add(&name, DataFormat::Avro, definition);
        let version = SchemaVersion {
            id,
            registry: None,
            schema_name: None,
            number: None,
            data_format: DataFormat::Avro,
            definition: definition.to_owned(),
            status: crate::registry::VersionStatus::Available,
        };
        let options = SerializerOptions {
            compression,
            ..SerializerOptions::default()
        };
        let mut frame = Vec::new();
        Serializer::new(&version, options)
            .unwrap()
            .encode_json(json.as_bytes(), &mut frame)
            .unwrap();
        frame
    }
}

/// Decodes as a consumer does: what is missing is loaded, then the frame is decoded again.
async fn decode(
    house: &House,
    worker: &mut Deserializer,
    frame: &[u8],
) -> Result<String, DecodeError> {
    let mut out = Vec::new();
    loop {
        match worker.decode_json(frame, &mut out) {
            Ok(_) => return Ok(String::from_utf8(out).unwrap()),
            Err(error) => match error.missing() {
                Some(id) => drop(house.cache.load(id).await),
                None => return Err(error),
            },
        }
        assert!(out.is_empty());
    }
}

#[tokio::test]
async fn ten_thousand_records_with_one_schema_make_one_call() {
    let house = House::new();
    let frame = house.frame("s", r#""string""#, r#""hello""#, Compression::None);
    let mut worker = house.worker(Trailing::Ignore);
    for _ in 0..10_000 {
        assert_eq!(
            decode(&house, &mut worker, &frame).await.unwrap(),
            r#""hello""#
        );
    }
    assert_eq!(house.registry.calls(), [Operation::GetSchemaVersion]);
    worker.flush();
    assert_eq!(house.cache_metrics.hits.get(), 10_000);
    assert_eq!(
        house
            .metrics
            .succeeded(Direction::Decode, DataFormat::Avro)
            .get(),
        10_000
    );
    assert_eq!(house.metrics.frames(FrameKind::Glue).get(), 10_000);
    let seen = house.metrics.sampler(Direction::Decode);
    let measured = seen.durations[DataFormat::Avro as usize].get_sample_count();
    // One of 127, and the first try, which had no schema yet, is none of them.
    assert_eq!((measured, seen.framed.get_sample_count()), (78, 78));
    let payload = u32::try_from(frame.len() - 18).unwrap();
    assert!((seen.raw.get_sample_sum() - 78.0 * f64::from(payload)).abs() < f64::EPSILON);
}

#[tokio::test]
async fn sixty_four_workers_with_one_new_schema_make_one_call() {
    let house = Arc::new(House::new());
    let frame = house.frame("s", r#""string""#, r#""hello""#, Compression::None);
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let (house, frame) = (Arc::clone(&house), frame.clone());
        workers.spawn(async move {
            let mut worker = house.worker(Trailing::Ignore);
            decode(&house, &mut worker, &frame).await.is_ok()
        });
    }
    assert_eq!(workers.join_all().await, [true; 64]);
    assert_eq!(house.registry.calls(), [Operation::GetSchemaVersion]);
}

#[tokio::test]
async fn frames_of_several_schemas_and_compressions_take_turns() {
    let house = House::new();
    let frames = [
        (
            house.frame("s", r#""string""#, r#""hello""#, Compression::Zlib),
            r#""hello""#,
        ),
        (house.frame("l", r#""long""#, "42", Compression::None), "42"),
        (
            house.frame("b", r#""boolean""#, "true", Compression::Zlib),
            "true",
        ),
    ];
    let mut worker = house.worker(Trailing::Refuse);
    for _ in 0..3 {
        for (frame, json) in &frames {
            assert_eq!(decode(&house, &mut worker, frame).await.unwrap(), *json);
        }
    }
    assert_eq!(house.registry.count(Operation::GetSchemaVersion), 3);
    drop(worker);
    assert_eq!(house.metrics.frames(FrameKind::GlueZlib).get(), 6);
}

#[tokio::test]
async fn what_a_frame_said_is_told() {
    let house = House::new();
    let frame = house.frame("s", r#""string""#, r#""hello""#, Compression::Zlib);
    let mut worker = house.worker(Trailing::Ignore);
    decode(&house, &mut worker, &frame).await.unwrap();
    let mut out = b"before ".to_vec();
    let longer = [&frame[..], b"xyz"].concat();
    let decoded = worker.decode_json(&longer, &mut out).unwrap();
    assert_eq!(decoded.schema.unwrap().schema_name.as_deref(), Some("s"));
    assert_eq!(Some(decoded.schema.unwrap().id), decoded.schema_version_id);
    assert_eq!(
        (decoded.compression, decoded.trailing_bytes),
        (Compression::Zlib, 3)
    );
    assert_eq!(out, br#"before "hello""#);
}

#[tokio::test]
async fn bytes_behind_the_value_are_counted_or_refused() {
    let house = House::new();
    let frame = [
        house.frame("l", r#""long""#, "42", Compression::None),
        vec![0; 2],
    ]
    .concat();
    assert_eq!(
        decode(&house, &mut house.worker(Trailing::Ignore), &frame)
            .await
            .unwrap(),
        "42"
    );
    assert_eq!(house.metrics.trailing.get(), 1);
    let error = decode(&house, &mut house.worker(Trailing::Refuse), &frame)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Trailing);
    let mut out = b"kept".to_vec();
    let mut strict = house.worker(Trailing::Refuse);
    assert!(strict.decode_json(&frame, &mut out).is_err());
    assert_eq!(out, b"kept");
    assert_eq!(house.metrics.trailing.get(), 1);
}

#[tokio::test]
async fn a_frame_with_an_id_that_does_not_exist_is_refused_for_sure() {
    let house = House::new();
    let frame = [&[3, 0][..], &[7; 16], b"payload"].concat();
    let mut worker = house.worker(Trailing::Ignore);
    for _ in 0..3 {
        let error = decode(&house, &mut worker, &frame).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.missing()),
            (Kind::SchemaUnavailable, None)
        );
        assert!(
            error
                .to_string()
                .contains("07070707-0707-0707-0707-070707070707"),
            "{error}"
        );
    }
    assert_eq!(house.registry.count(Operation::GetSchemaVersion), 2);
    assert_eq!(house.cache_metrics.negatives.get(), 3);
}

#[tokio::test]
async fn frames_of_schemas_that_cannot_be_used_are_refused_for_sure() {
    let house = House::new();
    let broken = house.registry.add(
        &SchemaName::new("customer", "broken"),
        DataFormat::Avro,
        "{",
    );
    let protobuf = house.registry.add(
        &SchemaName::new("customer", "protobuf"),
        DataFormat::Protobuf,
        "message",
    );
    let mut worker = house.worker(Trailing::Ignore);
    for id in [broken, protobuf] {
        let frame = [&[3, 0][..], id.as_bytes()].concat();
        let error = decode(&house, &mut worker, &frame).await.unwrap_err();
        assert_eq!(error.kind(), Kind::SchemaInvalid);
        assert!(
            error
                .to_string()
                .starts_with(&format!("schema version {id}: ")),
            "{error}"
        );
    }
}

#[tokio::test]
async fn damaged_frames_leave_the_buffer_and_the_next_frame_alone() {
    let house = House::new();
    let plain = house.frame("s", r#""string""#, r#""hello""#, Compression::None);
    let zlib = house.frame("z", r#""string""#, r#""hello""#, Compression::Zlib);
    let mut worker = house.worker(Trailing::Ignore);
    for frame in [&plain, &zlib] {
        decode(&house, &mut worker, frame).await.unwrap();
    }
    let cases = [
        (Vec::new(), Kind::Header),
        (plain[..17].to_vec(), Kind::Header),
        ([&[3, 9], &plain[2..]].concat(), Kind::Header),
        (plain[..20].to_vec(), Kind::Truncated),
        (zlib[..22].to_vec(), Kind::Truncated),
        ([&zlib[..18], b"no zlib stream"].concat(), Kind::Compression),
    ];
    for (frame, kind) in cases {
        let mut out = b"kept".to_vec();
        let error = worker.decode_json(&frame, &mut out).unwrap_err();
        assert_eq!(
            (error.kind(), out.as_slice()),
            (kind, &b"kept"[..]),
            "{frame:02x?}"
        );
        assert_eq!(
            decode(&house, &mut worker, &plain).await.unwrap(),
            r#""hello""#
        );
    }
    assert_eq!(house.metrics.frames(FrameKind::Unknown).get(), 3);
}

#[tokio::test]
async fn a_payload_over_the_limit_is_refused() {
    let limits = Limits {
        payload_bytes: 500,
        ..Limits::default()
    };
    let house = House::with(limits);
    let long = format!("\"{}\"", "x".repeat(1000));
    for compression in [Compression::None, Compression::Zlib] {
        let frame = house.frame(compression.as_str(), r#""string""#, &long, compression);
        let mut worker = house.worker(Trailing::Ignore);
        let error = decode(&house, &mut worker, &frame).await.unwrap_err();
        assert_eq!(error.kind(), Kind::TooLarge, "{compression:?}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic_or_touch_the_buffer_when_refused(
        start in prop::sample::select(vec![0_usize, 1, 2, 17, 18]),
        zlib: bool,
        tail: Vec<u8>,
    ) {
        let house = House::new();
        let compression = if zlib { Compression::Zlib } else { Compression::None };
        let known = house.frame("s", r#"{"type":"array","items":["null","string"]}"#, "[null]", compression);
        let mut worker = house.worker(Trailing::Ignore);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(decode(&house, &mut worker, &known)).unwrap();

        let frame = [&known[..start], &tail].concat();
        let mut out = b"kept".to_vec();
        let decoded = worker.decode_json(&frame, &mut out).is_ok();
        prop_assert!(out.starts_with(b"kept"));
        prop_assert_eq!(decoded, out.len() > 4);
    }
}

#[test]
fn a_given_schema_reads_frames_of_any_id() {
    let version = SchemaVersion {
        id: Uuid::nil(),
        registry: None,
        schema_name: None,
        number: None,
        data_format: DataFormat::Avro,
        definition: "\"string\"".to_owned(),
        status: crate::registry::VersionStatus::Available,
    };
    let options = DeserializerOptions::default();
    let metrics = CodecMetrics::unregistered();
    let mut deserializer =
        Deserializer::with_schema(version.clone(), Limits::default(), options, &metrics).unwrap();
    for id in [Uuid::from_u128(1), Uuid::from_u128(2)] {
        let version = SchemaVersion {
            id,
            ..version.clone()
        };
        let mut serializer = Serializer::new(&version, SerializerOptions::default()).unwrap();
        let (mut frame, mut json) = (Vec::new(), Vec::new());
        serializer.encode_json(b"\"hello\"", &mut frame).unwrap();
        let decoded = deserializer.decode_json(&frame, &mut json).unwrap();
        assert_eq!(
            (decoded.schema_version_id, json.as_slice()),
            (Some(id), b"\"hello\"".as_slice())
        );
    }
    let broken = SchemaVersion {
        definition: "{".to_owned(),
        ..version
    };
    let refused = Deserializer::with_schema(broken, Limits::default(), options, &metrics);
    assert!(refused.is_err());
}
