//! Tests of the names, and of what is there before anything has happened.

use prometheus::{Encoder, TextEncoder};
use uuid::Uuid;

use super::*;
use crate::error::Kind;
use crate::registry::{
    DataFormat, Operation, Problem, RegistryError, SchemaName, SchemaVersion, VersionStatus,
};

fn text(registry: &Registry) -> String {
    let mut out = Vec::new();
    TextEncoder::new()
        .encode(&registry.gather(), &mut out)
        .unwrap();
    String::from_utf8(out).unwrap()
}

fn value(registry: &Registry, series: &str) -> Option<String> {
    text(registry).lines().find_map(|line| {
        line.strip_prefix(series)?
            .strip_prefix(' ')
            .map(str::to_owned)
    })
}

fn all() -> (Registry, RegistryMetrics, CacheMetrics, CodecMetrics) {
    let registry = Registry::new();
    let calls = RegistryMetrics::register(&registry).unwrap();
    let cache = CacheMetrics::register(&registry).unwrap();
    let codec = CodecMetrics::register(&registry).unwrap();
    (registry, calls, cache, codec)
}

#[test]
fn closed_sets_are_there_at_zero_from_the_start() {
    let (registry, calls, ..) = all();
    let name = SchemaName::new("customer", "orders-value");
    calls.expect_registrations(&name);
    calls.expect_refreshes(&name);
    let series = [
        r#"gluestream_registry_requests_total{operation="GetSchemaVersion",result="ok"}"#,
        r#"gluestream_registry_requests_total{operation="CreateRegistry",result="throttled"}"#,
        r#"gluestream_registry_retries_total{operation="RegisterSchemaVersion"}"#,
        r#"gluestream_registry_request_duration_seconds_count{operation="GetSchema"}"#,
        "gluestream_registry_in_flight_requests",
        r#"gluestream_schema_cache_requests_total{cache="by_id",result="negative"}"#,
        r#"gluestream_schema_cache_requests_total{cache="by_id",result="stale"}"#,
        r#"gluestream_schema_cache_entries{cache="by_id"}"#,
        r#"gluestream_schema_refreshes_total{result="unusable",schema="orders-value"}"#,
        r#"gluestream_schema_registrations_total{result="kept_previous",schema="orders-value"}"#,
        r#"gluestream_schema_registrations_total{result="pending_timeout",schema="orders-value"}"#,
        r#"gluestream_codec_operations_total{direction="decode",format="avro",result="ok"}"#,
        r#"gluestream_codec_operations_total{direction="decode",format="unknown",result="error"}"#,
        r#"gluestream_codec_errors_total{direction="encode",kind="validation"}"#,
        r#"gluestream_frames_total{kind="tombstone"}"#,
        "gluestream_codec_trailing_total",
        r#"gluestream_codec_duration_seconds_count{direction="decode",format="json"}"#,
        r#"gluestream_codec_payload_bytes_count{direction="encode",stage="framed"}"#,
    ];
    for series in series {
        assert_eq!(value(&registry, series).as_deref(), Some("0"), "{series}");
    }
}

#[test]
fn calls_are_counted_by_their_end() {
    let (registry, calls, ..) = all();
    let operation = Operation::GetSchemaVersion;
    calls.start(operation).answered(false);
    calls.start(operation).answered(true);
    for problem in [
        Problem::VersionNotFound,
        Problem::Throttled,
        Problem::Denied,
        Problem::Timeout,
        Problem::Unavailable,
    ] {
        calls
            .start(operation)
            .failed(&RegistryError::new(operation, problem, ""));
    }
    let pending = calls.start(operation);
    assert_eq!(
        value(&registry, "gluestream_registry_in_flight_requests").as_deref(),
        Some("1")
    );
    drop(pending);
    assert_eq!(
        value(&registry, "gluestream_registry_in_flight_requests").as_deref(),
        Some("0")
    );
    for (result, count) in [
        ("ok", "1"),
        ("failure", "1"),
        ("not_found", "1"),
        ("throttled", "1"),
        ("denied", "1"),
        ("timeout", "2"),
        ("error", "1"),
    ] {
        let series = format!(
            r#"gluestream_registry_requests_total{{operation="GetSchemaVersion",result="{result}"}}"#
        );
        assert_eq!(
            value(&registry, &series).as_deref(),
            Some(count),
            "{series}"
        );
    }
}

#[test]
fn schema_versions_stop_being_shown_at_the_cap() {
    let (registry, calls, ..) = all();
    for number in 1..=150 {
        let version = SchemaVersion {
            id: Uuid::from_u128(number),
            registry: Some("customer".to_owned()),
            schema_name: Some("orders-value".to_owned()),
            number: None,
            data_format: DataFormat::Avro,
            definition: String::new(),
            status: VersionStatus::Available,
        };
        calls.version_in_use(&version, Role::Writer);
        calls.version_in_use(&version, Role::Writer);
    }
    let shown = text(&registry)
        .lines()
        .filter(|line| line.starts_with("gluestream_schema_version_info{"))
        .count();
    assert_eq!(shown, RegistryMetrics::MAX_VERSIONS);
}

#[test]
fn codec_failures_are_counted_by_format_and_kind() {
    let (registry, _, _, codec) = all();
    codec.failed(
        Direction::Decode,
        Some(DataFormat::Json),
        Kind::SchemaInvalid,
    );
    codec.failed(Direction::Decode, None, Kind::Header);
    codec.succeeded(Direction::Encode, DataFormat::Avro).inc();
    for series in [
        r#"gluestream_codec_operations_total{direction="decode",format="json",result="error"}"#,
        r#"gluestream_codec_operations_total{direction="decode",format="unknown",result="error"}"#,
        r#"gluestream_codec_operations_total{direction="encode",format="avro",result="ok"}"#,
        r#"gluestream_codec_errors_total{direction="decode",kind="schema_invalid"}"#,
        r#"gluestream_codec_errors_total{direction="decode",kind="header"}"#,
    ] {
        assert_eq!(value(&registry, series).as_deref(), Some("1"), "{series}");
    }
}
