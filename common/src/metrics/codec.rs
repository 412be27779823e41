//! Counters of encoded and decoded records.

use prometheus::{Error, IntCounter, Registry};

use super::registry::format_label;
use super::sample::Sampler;
use super::{SIZE_BYTES, WORK_SECONDS, counter, counters, histograms};
use crate::compression::Compression;
use crate::error::Kind;
use crate::foreign::Look;
use crate::registry::DataFormat;

/// Which way a record goes; the label `direction`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// A value becomes a frame.
    Encode,
    /// A frame becomes a value.
    Decode,
}

impl Direction {
    const ALL: [Self; 2] = [Self::Encode, Self::Decode];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Encode => "encode",
            Self::Decode => "decode",
        }
    }
}

/// What the value of a record looked like; the label `kind` of `gluestream_frames_total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameKind {
    /// A frame with an uncompressed payload.
    Glue,
    /// A frame with a zlib payload.
    GlueZlib,
    /// No value at all: a deletion in a compacted topic.
    Tombstone,
    /// A frame of Confluent's serializers.
    Confluent,
    /// A value without a frame: a JSON text, or whatever is decoded with the schema configured for such values.
    Raw,
    /// Bytes that are none of these.
    Unknown,
}

impl FrameKind {
    const ALL: [Self; 6] = [
        Self::Glue,
        Self::GlueZlib,
        Self::Tombstone,
        Self::Confluent,
        Self::Raw,
        Self::Unknown,
    ];

    /// The kind's name in labels and in what is shown to people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Glue => "glue",
            Self::GlueZlib => "glue_zlib",
            Self::Tombstone => "tombstone",
            Self::Confluent => "confluent",
            Self::Raw => "raw",
            Self::Unknown => "unknown",
        }
    }
}

impl From<Look> for FrameKind {
    fn from(look: Look) -> Self {
        match look {
            Look::Confluent { .. } => Self::Confluent,
            Look::Json => Self::Raw,
            Look::Unknown => Self::Unknown,
        }
    }
}

impl From<Compression> for FrameKind {
    fn from(compression: Compression) -> Self {
        match compression {
            Compression::None => Self::Glue,
            Compression::Zlib => Self::GlueZlib,
        }
    }
}

/// The formats of the label `format`; `None` stands for a value whose schema is not known or that has none.
pub(super) const FORMATS: [Option<DataFormat>; 4] = [
    Some(DataFormat::Avro),
    Some(DataFormat::Json),
    Some(DataFormat::Protobuf),
    None,
];

/// Handles of everything that is counted per record; clones share their counts.
#[derive(Clone, Debug)]
pub struct CodecMetrics {
    /// `[direction][format]`: what succeeded.
    succeeded: [[IntCounter; FORMATS.len()]; 2],
    /// `[direction][format]`: what failed.
    failed: [[IntCounter; FORMATS.len()]; 2],
    /// `[direction][kind]`, in the order of [`Kind::ALL`].
    errors: [Vec<IntCounter>; 2],
    frames: [IntCounter; FrameKind::ALL.len()],
    /// `[direction]`: what a worker that goes this way begins with.
    samplers: [Sampler; 2],
    /// Frames with bytes left after their value, which were ignored.
    pub trailing: IntCounter,
}

impl CodecMetrics {
    /// Creates the metrics and registers them.
    ///
    /// # Errors
    ///
    /// When `registry` has one of the names already.
    pub fn register(registry: &Registry) -> Result<Self, Error> {
        let operations = counters(
            registry,
            "gluestream_codec_operations_total",
            "Records encoded and decoded, by result.",
            &["direction", "format", "result"],
        )?;
        let errors = counters(
            registry,
            "gluestream_codec_errors_total",
            "Records that could not be encoded or decoded, by kind of error.",
            &["direction", "kind"],
        )?;
        let frames = counters(
            registry,
            "gluestream_frames_total",
            "Record values read, by what they look like.",
            &["kind"],
        )?;
        let samplers = samplers(registry)?;
        let trailing = counter(
            registry,
            "gluestream_codec_trailing_total",
            "Frames decoded that had bytes left after their value, which were ignored.",
        )?;
        let by_result = |result: &'static str| {
            Direction::ALL.map(|direction| {
                FORMATS.map(|format| {
                    operations.with_label_values(&[direction.as_str(), label(format), result])
                })
            })
        };
        Ok(Self {
            succeeded: by_result("ok"),
            failed: by_result("error"),
            errors: Direction::ALL.map(|direction| {
                Kind::ALL
                    .iter()
                    .map(|kind| errors.with_label_values(&[direction.as_str(), kind.as_str()]))
                    .collect()
            }),
            samplers,
            frames: FrameKind::ALL.map(|kind| frames.with_label_values(&[kind.as_str()])),
            trailing,
        })
    }

    /// Creates metrics that nobody scrapes, for one-shot commands and tests.
    #[expect(
        clippy::missing_panics_doc,
        reason = "a new registry has no name twice"
    )]
    pub fn unregistered() -> Self {
        Self::register(&Registry::new()).expect("a new registry has no name twice")
    }

    /// The counter of records that went through; no format for those that pass without a schema.
    pub fn succeeded(
        &self,
        direction: Direction,
        format: impl Into<Option<DataFormat>>,
    ) -> &IntCounter {
        &self.succeeded[direction as usize][column(format.into())]
    }

    /// Counts a record that could not be encoded or decoded; no format when its schema is not known.
    pub fn failed(&self, direction: Direction, format: Option<DataFormat>, kind: Kind) {
        self.failed[direction as usize][column(format)].inc();
        if let Some(row) = Kind::ALL.iter().position(|known| *known == kind) {
            self.errors[direction as usize][row].inc();
        }
    }

    /// What a worker measures records of one direction with.
    pub(crate) fn sampler(&self, direction: Direction) -> Sampler {
        self.samplers[direction as usize].clone()
    }

    /// The counter of record values that look like this.
    pub fn frames(&self, kind: FrameKind) -> &IntCounter {
        &self.frames[kind as usize]
    }
}

fn samplers(registry: &Registry) -> Result<[Sampler; 2], Error> {
    let durations = histograms(
        registry,
        "gluestream_codec_duration_seconds",
        "Time that encoding or decoding one record took, of one record in 127.",
        (&["direction", "format"], &WORK_SECONDS),
    )?;
    let sizes = histograms(
        registry,
        "gluestream_codec_payload_bytes",
        "Size of a record's payload (raw) and of its whole value (framed, perhaps compressed), of one record in 127.",
        (&["direction", "stage"], &SIZE_BYTES),
    )?;
    Ok(Direction::ALL.map(|direction| {
        let direction = direction.as_str();
        let of_stage = |stage: &str| sizes.with_label_values(&[direction, stage]);
        Sampler {
            durations: FORMATS
                .map(|format| durations.with_label_values(&[direction, label(format)])),
            raw: of_stage("raw"),
            framed: of_stage("framed"),
            left: 0,
        }
    }))
}

/// A format's place in [`FORMATS`].
const fn column(format: Option<DataFormat>) -> usize {
    match format {
        Some(format) => format as usize,
        None => FORMATS.len() - 1,
    }
}

const fn label(format: Option<DataFormat>) -> &'static str {
    match format {
        Some(format) => format_label(format),
        None => "unknown",
    }
}
