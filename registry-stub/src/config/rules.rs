//! `stub.*`: which rules of compatibility count, where AWS has not said or people want others.

use compatibility::{Checkpoint, Options, avro, json_schema, protobuf};
use runtime::config::Section;

runtime::choice! {
    /// What a schema's checkpoint means.
    enum CheckpointWord {
        Range = "range",
        Pinned = "pinned",
        Ignore = "ignore",
    }
}

runtime::choice! {
    /// How strictly Avro's names and symbols are compared.
    enum AvroWord {
        Lenient = "lenient",
        Strict = "strict",
    }
}

runtime::choice! {
    /// The rules for JSON schemas.
    enum JsonWord {
        Glue = "glue",
        ConfluentStrict = "confluent-strict",
        ConfluentLenient = "confluent-lenient",
        Off = "off",
    }
}

runtime::choice! {
    /// The rules for Protobuf.
    enum ProtobufWord {
        Glue = "glue",
        Off = "off",
    }
}

runtime::choice! {
    /// What becomes of a version that is not compatible.
    pub enum Incompatible {
        /// As AWS does: it is registered and has failed, and the answer is 200.
        FailureStatus = "failure_status",
        /// The call is refused, and nothing is registered.
        Error = "error",
    }
}

/// The rules that count.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// What a schema's checkpoint means.
    pub checkpoint: Checkpoint,
    /// The rules of each format.
    pub options: Options,
    /// What becomes of a version that is not compatible.
    pub incompatible: Incompatible,
}

impl Rules {
    pub(super) fn read(stub: &mut Section<'_>) -> Self {
        let checkpoint = stub.get(
            "checkpoint",
            CheckpointWord::Range,
            "Which versions the stub compares a new one with: `range` the last, and for the `_ALL` modes all from the checkpoint on; `pinned` the one at the checkpoint, and all from there on; `ignore` the last, or all.",
        );
        let record_names = stub.get(
            "avro.record_names",
            AvroWord::Lenient,
            "Whether the stub wants Avro records to keep their names: `lenient` as Java's SchemaValidator, `strict` as its SchemaCompatibility.",
        );
        let enum_symbols = stub.get(
            "avro.enum_symbols",
            AvroWord::Lenient,
            "Whether the stub wants an Avro reader's enum to have the writer's symbols or a default: only `strict` does.",
        );
        let json = stub.get(
            "json.rules",
            JsonWord::Glue,
            "The stub's rules for JSON schemas: AWS's, those of Confluent's registry, or none.",
        );
        let protobuf = stub.get(
            "proto.rules",
            ProtobufWord::Glue,
            "The stub's rules for Protobuf: AWS's as far as they are known, or none.",
        );
        let options = Options {
            avro: avro::Options {
                record_names: record_names.into(),
                enum_symbols: enum_symbols.into(),
            },
            json: json.into(),
            protobuf: protobuf.into(),
        };
        Self {
            checkpoint: checkpoint.into(),
            options,
            incompatible: stub.get(
                "incompatible",
                Incompatible::FailureStatus,
                "What the stub does with a version that is not compatible: `failure_status` registers it as failed, as AWS does; `error` refuses the call with the reasons, where it can judge at once.",
            ),
        }
    }
}

impl Default for Rules {
    /// AWS's, as far as anyone has seen.
    fn default() -> Self {
        Self {
            checkpoint: Checkpoint::default(),
            options: Options::default(),
            incompatible: Incompatible::FailureStatus,
        }
    }
}

impl From<CheckpointWord> for Checkpoint {
    fn from(word: CheckpointWord) -> Self {
        match word {
            CheckpointWord::Range => Self::Range,
            CheckpointWord::Pinned => Self::Pinned,
            CheckpointWord::Ignore => Self::Ignore,
        }
    }
}

impl From<AvroWord> for avro::Strictness {
    fn from(word: AvroWord) -> Self {
        match word {
            AvroWord::Lenient => Self::Lenient,
            AvroWord::Strict => Self::Strict,
        }
    }
}

impl From<JsonWord> for json_schema::Rules {
    fn from(word: JsonWord) -> Self {
        match word {
            JsonWord::Glue => Self::Glue,
            JsonWord::ConfluentStrict => Self::ConfluentStrict,
            JsonWord::ConfluentLenient => Self::ConfluentLenient,
            JsonWord::Off => Self::Off,
        }
    }
}

impl From<ProtobufWord> for protobuf::Rules {
    fn from(word: ProtobufWord) -> Self {
        match word {
            ProtobufWord::Glue => Self::Glue,
            ProtobufWord::Off => Self::Off,
        }
    }
}
