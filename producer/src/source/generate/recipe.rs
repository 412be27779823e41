//! What a schema's records are made by, and the check that they fit it.

use std::sync::Arc;

use anyhow::Context as _;
use client::codec::Format;
use common::avro::Schema;
use common::json_schema::{JsonSchema, SchemaTree};
use common::protobuf::ProtobufSchema;
use common::serializer::Serializer;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::build::Wishes;
use super::plan::Plan;
use super::whole::Moment;
use super::{avro, json_schema, now_nanos, protobuf};
use crate::config::Config;
use crate::definition::Definition;

/// How often a record is made again that its schema refuses.
const TRIES: u32 = 100;
/// Records that are made to see whether any fits.
const SAMPLES: u64 = 20;

/// What makes the records of a schema; all workers share it.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    plan: Arc<Plan>,
    /// The schema where a plan does not know all that it demands.
    check: Option<Arc<JsonSchema>>,
}

impl Recipe {
    /// Compiles a schema with the configured rules; `keys` are fields that are always there.
    ///
    /// # Errors
    /// No records can be made of the schema, or a rule does not go with it.
    pub(crate) fn new(
        config: &Config,
        definition: &Definition,
        keys: &[String],
        seed: u64,
    ) -> anyhow::Result<Self> {
        let text = definition.text();
        let wishes = Wishes {
            rules: &config.generate.fields,
            nulls: config.generate.nulls.part(),
            keys,
            seed,
        };
        let limits = config.codec.limits();
        let mut check = None;
        let plan = match config.codec.format {
            Format::Avro => avro::plan(&Schema::parse(text)?, wishes)?,
            Format::Json => {
                check = Some(Arc::new(JsonSchema::compile(text, limits)?));
                json_schema::plan(&SchemaTree::parse(text)?, wishes)?
            }
            Format::Protobuf => {
                let schema = ProtobufSchema::compile(text, limits)?;
                let message = schema.message(config.codec.message.as_deref());
                protobuf::plan(&message.context("codec.message")?, wishes)?
            }
        };
        let plan = Arc::new(plan);
        Ok(Self { plan, check })
    }

    /// Writes a record as JSON, again and again until the schema takes it.
    ///
    /// # Errors
    /// Why the schema did not take the last try.
    pub(super) fn write(
        &self,
        moment: Moment,
        random: &mut StdRng,
        json: &mut Vec<u8>,
    ) -> Result<(), String> {
        let mut left = TRIES;
        loop {
            self.plan.write(moment, random, json);
            let Some(schema) = &self.check else {
                return Ok(());
            };
            match schema.check(json) {
                Ok(()) => return Ok(()),
                Err(_) if left > 1 => left -= 1,
                Err(refusal) => {
                    return Err(format!("the schema took none of {TRIES} tries: {refusal}"));
                }
            }
        }
    }

    /// Makes some records, to see whether what a serializer writes can be made at all.
    ///
    /// # Errors
    /// The serializer takes none of them.
    pub(crate) fn sample(&self, serializer: &mut Serializer) -> anyhow::Result<()> {
        let mut random = StdRng::seed_from_u64(0);
        let (mut json, mut frame) = (Vec::new(), Vec::new());
        let mut last = Ok(());
        for number in 0..SAMPLES {
            let moment = Moment {
                nanos: now_nanos(),
                number,
            };
            last = match self.write(moment, &mut random, &mut json) {
                Ok(()) => serializer
                    .encode_json(&json, &mut frame)
                    .map_err(anyhow::Error::new),
                Err(why) => Err(anyhow::Error::msg(why)),
            };
            if last.is_ok() {
                break;
            }
        }
        last
    }
}
