//! The keys `codec.foreign*`: records of the topic that no Glue serializer wrote.

use std::path::PathBuf;

use common::deserializer::ForeignValues;
use common::foreign::Framing;
use common::limits::Limits;
use common::registry::SchemaVersion;
use runtime::choice;
use runtime::config::Section;

use crate::codec::Format;
use crate::files;

choice! {
    /// What happens to values that are no Glue frames.
    pub enum Foreign {
        /// They are undecodable.
        Reject = "reject",
        /// They pass as they are.
        Pass = "pass",
        /// They are decoded with a schema that is configured.
        Decode = "decode",
    }
}

choice! {
    /// Which of them have the header of a Confluent frame.
    pub enum ForeignFraming {
        /// Those that begin with `00`.
        Detect = "detect",
        /// All of them.
        Confluent = "confluent",
        /// None of them.
        None = "none",
    }
}

impl ForeignFraming {
    /// The codec's own value.
    pub const fn codec(self) -> Framing {
        match self {
            Self::Detect => Framing::Detect,
            Self::Confluent => Framing::Confluent,
            Self::None => Framing::None,
        }
    }
}

/// `codec.foreign*`.
#[derive(Clone, Debug)]
pub struct ForeignConfig {
    /// What happens to them.
    pub policy: Foreign,
    /// The schema that they are decoded with.
    pub schema_file: Option<PathBuf>,
    /// The format of that schema.
    pub format: Format,
    /// Which of them have a header in front of what the schema describes.
    pub framing: ForeignFraming,
}

impl ForeignConfig {
    pub(crate) fn read(section: &mut Section<'_>) -> Self {
        let config = Self {
            policy: section.get(
                "foreign",
                Foreign::Reject,
                "What the consumer does with values that are no Glue frames (Confluent frames, JSON, others): `reject` counts them as undecodable, `pass` hands them on as they are (JSON as JSON, other bytes as text or base64), `decode` decodes them with `foreign_schema_file`.",
            ),
            schema_file: section.get_optional(
                "foreign_schema_file",
                "File with the schema of values that are no Glue frames, for `foreign` = `decode`.",
            ),
            format: section.get(
                "foreign_format",
                Format::Avro,
                "Data format of `foreign_schema_file`.",
            ),
            framing: section.get(
                "foreign_framing",
                ForeignFraming::Detect,
                "Which values that are no Glue frames begin with the five bytes of a Confluent header, for `foreign` = `decode`: `detect` takes those that begin with `00` for such, which bare Avro and bare Protobuf may do as well, `confluent` decodes no others, `none` decodes every value from its first byte on.",
            ),
        };
        config.check(section);
        config
    }

    fn check(&self, section: &mut Section<'_>) {
        let decodes = self.policy == Foreign::Decode;
        if decodes && self.schema_file.is_none() {
            let message = "codec.foreign is \"decode\", so a file is needed";
            section.problem("foreign_schema_file", message);
        }
        for key in ["foreign_schema_file", "foreign_format", "foreign_framing"] {
            if !decodes && section.is_set(key) {
                section.problem(key, "it is used under codec.foreign = \"decode\" only");
            }
        }
    }

    /// What a deserializer does with such values.
    ///
    /// # Errors
    /// The schema's file cannot be read or is no schema.
    pub fn values(&self, limits: Limits) -> anyhow::Result<ForeignValues> {
        match (self.policy, &self.schema_file) {
            (Foreign::Decode, Some(path)) => {
                files::read(path, "codec.foreign_schema_file", |definition| {
                    let version =
                        SchemaVersion::unregistered(self.format.data_format(), definition);
                    ForeignValues::decoded_with(version, self.framing.codec(), limits)
                })
            }
            (Foreign::Pass, _) => Ok(ForeignValues::Pass),
            // Without a file the configuration was refused before.
            (Foreign::Reject | Foreign::Decode, _) => Ok(ForeignValues::Reject),
        }
    }
}
