//! The schema in whose shape values are given out, and the plans that bring each schema version into it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use foldhash::fast::RandomState;
use uuid::Uuid;

use crate::avro::{Plan, ResolutionError, Schema, SchemaError};
use crate::codec::Codec;
use crate::error::DecodeError;
use crate::limits::Limits;
use crate::registry::cache::CachedSchema;

/// Most schema versions whose plans are kept; beyond it they are made anew.
const KEPT: usize = 1024;

/// A schema that values are read with, whatever version they were written with.
///
/// For each version a plan is compiled when its first frame comes; what does not fit is kept as well, and refuses
/// every frame of that version. Clones share the plans: give each worker's
/// [`Deserializer`](super::Deserializer) a clone of one.
#[derive(Clone)]
pub struct ReaderSchema(Arc<Shared>);

struct Shared {
    schema: Schema,
    plans: Arc<ArcSwap<Plans>>,
    /// Held while a plan is made, so that each is made once.
    making: Mutex<()>,
}

type Plans = HashMap<Uuid, Resolved, RandomState>;

/// The plan for a schema version, or why there is none.
type Resolved = Result<Arc<Codec>, Arc<ResolutionError>>;

impl ReaderSchema {
    /// Reads values with an Avro schema.
    pub fn avro(schema: Schema) -> Self {
        Self(Arc::new(Shared {
            schema,
            plans: Arc::new(ArcSwap::from_pointee(Plans::default())),
            making: Mutex::new(()),
        }))
    }

    /// Reads values with the Avro schema of a text.
    ///
    /// # Errors
    ///
    /// The text is no schema.
    pub fn parse(text: &str) -> Result<Self, SchemaError> {
        Schema::parse(text).map(Self::avro)
    }

    /// The schema.
    pub fn schema(&self) -> &Schema {
        &self.0.schema
    }

    /// The same schema with plans of its own, for versions whose ids say nothing.
    pub(super) fn apart(self) -> Self {
        Self::avro(self.0.schema.clone())
    }

    pub(super) fn resolver(self) -> Resolver {
        Resolver {
            known: arc_swap::Cache::new(Arc::clone(&self.0.plans)),
            reader: self,
            last: None,
        }
    }

    /// Makes the plan for a version, unless another worker has.
    fn make(&self, written: &CachedSchema, limits: Limits) -> Resolved {
        let Shared {
            schema,
            plans,
            making,
        } = &*self.0;
        let _one_at_a_time = making.lock().unwrap_or_else(PoisonError::into_inner);
        let id = written.version.id;
        let known = plans.load();
        if let Some(made) = known.get(&id) {
            return made.clone();
        }
        let writer = Schema::parse(&written.version.definition)
            .expect("a schema is cached after its text has been parsed");
        let made = Plan::resolve(&writer, schema, limits)
            .map(|plan| Arc::new(Codec::Avro(plan)))
            .map_err(Arc::new);
        if let Err(error) = &made {
            tracing::warn!(schema_version_id = %id, %error, "schema version cannot be read with the reader's schema");
        }
        let mut next = if known.len() < KEPT {
            Plans::clone(&known)
        } else {
            Plans::default()
        };
        next.insert(id, made.clone());
        plans.store(Arc::new(next));
        made
    }
}

impl fmt::Debug for ReaderSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReaderSchema")
            .field(&self.0.schema.type_name(self.0.schema.root_id()))
            .finish()
    }
}

/// A worker's own view of a reader's plans: a look-up takes no lock, but for a version that is new to all workers.
pub(super) struct Resolver {
    reader: ReaderSchema,
    known: arc_swap::Cache<Arc<ArcSwap<Plans>>, Arc<Plans>>,
    /// The plan for the last frame's version, which is nearly always that for the next.
    last: Option<(Uuid, Arc<Codec>)>,
}

impl Resolver {
    /// What reads the values that were written with a schema version.
    /// Of other formats than Avro values keep the shape that they were written in.
    pub(super) fn codec<'a>(
        &'a mut self,
        written: &'a CachedSchema,
    ) -> Result<&'a Codec, DecodeError> {
        let Codec::Avro(plan) = &written.codec else {
            return Ok(&written.codec);
        };
        let id = written.version.id;
        if self.last.as_ref().is_none_or(|(last, _)| *last != id) {
            let made = match self.known.load().get(&id) {
                Some(made) => made.clone(),
                None => self.reader.make(written, *plan.limits()),
            };
            self.last = Some((id, made.map_err(DecodeError::Resolution)?));
        }
        let (_, codec) = self
            .last
            .as_ref()
            .expect("the plan of this version was put there above");
        Ok(codec)
    }
}
