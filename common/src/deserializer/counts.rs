//! What a worker counts.

use std::sync::atomic::Ordering;

use prometheus::IntCounter;
use prometheus::local::LocalIntCounter;

use super::schemas::Refusal;
use crate::compression::Compression;
use crate::error::DecodeError;
use crate::metrics::{CacheMetrics, CodecMetrics, Direction, FrameKind, Sampler};
use crate::registry::DataFormat;
use crate::registry::cache::CachedSchema;
use crate::wire::Header;

/// The counters of every record: plain numbers here, shared ones after [`flush`](Counts::flush).
pub(super) struct Counts {
    /// By data format.
    decoded: [LocalIntCounter; DataFormat::ALL.len()],
    plain: LocalIntCounter,
    zlib: LocalIntCounter,
    tombstones: LocalIntCounter,
    hits: LocalIntCounter,
    stale: LocalIntCounter,
    negatives: IntCounter,
    pub(super) sampler: Sampler,
    pub(super) metrics: CodecMetrics,
}

impl Counts {
    pub(super) fn new(metrics: &CodecMetrics, lookups: &CacheMetrics) -> Self {
        let decoded = |format| metrics.succeeded(Direction::Decode, format).local();
        Self {
            decoded: [DataFormat::Avro, DataFormat::Json, DataFormat::Protobuf].map(decoded),
            plain: metrics.frames(FrameKind::Glue).local(),
            zlib: metrics.frames(FrameKind::GlueZlib).local(),
            tombstones: metrics.frames(FrameKind::Tombstone).local(),
            hits: lookups.hits.local(),
            stale: lookups.stale.local(),
            negatives: lookups.negatives.clone(),
            sampler: metrics.sampler(Direction::Decode),
            metrics: metrics.clone(),
        }
    }

    pub(super) fn flush(&self) {
        self.decoded.iter().for_each(LocalIntCounter::flush);
        let frames = [&self.plain, &self.zlib, &self.tombstones];
        for counter in frames.into_iter().chain([&self.hits, &self.stale]) {
            counter.flush();
        }
    }

    fn frame(&self, header: &Header) {
        match header.compression {
            Compression::None => self.plain.inc(),
            Compression::Zlib => self.zlib.inc(),
        }
    }

    pub(super) fn schema_found(&self, header: &Header, schema: &CachedSchema) {
        self.frame(header);
        if schema.is_stale.load(Ordering::Relaxed) {
            self.stale.inc();
        } else {
            self.hits.inc();
        }
    }

    pub(super) fn decoded(&self, format: DataFormat, trailing_bytes: usize) {
        self.decoded[format as usize].inc();
        if trailing_bytes > 0 {
            self.metrics.trailing.inc();
        }
    }

    pub(super) fn tombstone(&self) {
        self.tombstones.inc();
    }

    /// A value went on as it is.
    pub(super) fn passed(&self, frame: FrameKind) {
        self.metrics.frames(frame).inc();
        self.metrics.succeeded(Direction::Decode, None).inc();
    }

    pub(super) fn not_a_frame(&self, frame: FrameKind, error: DecodeError) -> DecodeError {
        self.metrics.frames(frame).inc();
        self.failed(None, error)
    }

    pub(super) fn no_schema(&self, header: &Header, refusal: Refusal) -> DecodeError {
        self.frame(header);
        self.negatives.inc();
        self.failed(refusal.format, refusal.error)
    }

    pub(super) fn failed(&self, format: Option<DataFormat>, error: DecodeError) -> DecodeError {
        self.metrics.failed(Direction::Decode, format, error.kind());
        error
    }
}
