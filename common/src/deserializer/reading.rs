//! How values are given out: as which schema, through which view; and the plans that bring each schema version there.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use foldhash::fast::RandomState;
use uuid::Uuid;

use super::{Decoded, ForeignValues, ReaderSchema};
use crate::avro::view::{Projection, project};
use crate::avro::{Plan, ResolutionError, Schema};
use crate::codec::Codec;
use crate::error::DecodeError;
use crate::registry::cache::CachedSchema;
use crate::view::{View, ViewError};

/// Most schema versions whose plans are kept; beyond it they are made anew.
const KEPT: usize = 1024;

/// How values are given out, whatever version they were written with.
///
/// For each version a plan is compiled when its first frame comes; what does not fit is kept as well, and refuses
/// every frame of that version. Clones share the plans: give each worker's
/// [`Deserializer`](super::Deserializer) a clone of one.
#[derive(Clone)]
pub struct Reading(Arc<Shared>);

struct Shared {
    reader: Option<ReaderSchema>,
    view: Option<View>,
    plans: Arc<ArcSwap<Plans>>,
    /// Held while a plan is made, so that each is made once.
    making: Mutex<()>,
}

type Plans = HashMap<Uuid, Made, RandomState>;

/// The plan for a schema version, or why there is none.
type Made = Result<Arc<Codec>, Misread>;

/// Why values of a schema cannot be given out so.
#[derive(Clone, Debug, thiserror::Error)]
enum Misread {
    #[error("{0}")]
    Resolution(Arc<ResolutionError>),
    #[error("{0}")]
    View(Arc<ViewError>),
}

impl From<ResolutionError> for Misread {
    fn from(error: ResolutionError) -> Self {
        Self::Resolution(Arc::new(error))
    }
}

impl From<ViewError> for Misread {
    fn from(error: ViewError) -> Self {
        Self::View(Arc::new(error))
    }
}

impl From<Misread> for DecodeError {
    fn from(error: Misread) -> Self {
        match error {
            Misread::Resolution(error) => Self::Resolution(error),
            Misread::View(error) => Self::View(error),
        }
    }
}

impl Reading {
    /// Values of the reader's schema, or without one of the writer's, as the view shows them.
    pub fn new(reader: Option<ReaderSchema>, view: Option<View>) -> Self {
        Self(Arc::new(Shared {
            reader,
            view,
            plans: Arc::new(ArcSwap::from_pointee(Plans::default())),
            making: Mutex::new(()),
        }))
    }

    /// The same with plans of its own, for versions whose ids say nothing.
    pub(super) fn apart(self) -> Self {
        Self::new(self.0.reader.clone(), self.0.view.clone())
    }

    /// What tells the Avro schema that a value is given out in from others: nothing where all have one, else the id of
    /// the version it was written with.
    pub fn key(&self, decoded: &Decoded<'_>) -> Option<Uuid> {
        let is_one = self.0.reader.is_some() && decoded.schema_version_id.is_some();
        let version = decoded.schema.filter(|_| !is_one);
        version.map(|version| version.id)
    }

    /// The text of the Avro schema that a value is given out in.
    ///
    /// # Errors
    /// The value has no schema, or the view does not fit it.
    pub fn definition(&self, decoded: &Decoded<'_>) -> Result<String, ViewError> {
        let Shared { reader, view, .. } = &*self.0;
        // Foreign values keep the shape of their own schema.
        let reader = reader
            .as_ref()
            .filter(|_| decoded.schema_version_id.is_some());
        let written = decoded.schema.map_or("", |version| &version.definition);
        match (reader, view) {
            (None, None) => Ok(written.to_owned()),
            (Some(reader), None) => Ok(reader.schema().to_string()),
            (Some(reader), Some(view)) => Ok(project(reader.schema(), view)?.text()),
            (None, Some(view)) => Ok(project(&Schema::parse(written)?, view)?.text()),
        }
    }

    /// Whether values are given out as they were written.
    pub fn is_plain(&self) -> bool {
        self.0.reader.is_none() && self.0.view.is_none()
    }

    /// What reads values of a schema. Of other formats than Avro the reader's schema is not asked.
    fn of(&self, written: &CachedSchema) -> Result<Codec, Misread> {
        let Shared { reader, view, .. } = &*self.0;
        let (version, limits) = (&written.version, *written.codec.limits());
        Ok(match (&written.codec, view) {
            (Codec::Avro(_), _) => {
                let writer = Schema::parse(&version.definition)
                    .expect("a schema is compiled after its text has been parsed");
                let base = reader.as_ref().map_or(&writer, ReaderSchema::schema);
                let mut shown = match view {
                    Some(view) => project(base, view)?,
                    None => Projection::none(base),
                };
                shown.is_own = reader.is_none();
                Codec::Avro(Plan::view(&writer, &shown, limits)?)
            }
            (Codec::Protobuf(schema), Some(view)) => Codec::Protobuf(schema.viewed(view)?),
            (_, view) => {
                let own = Codec::reader(version.data_format, &version.definition, limits)
                    .expect("a schema is compiled after its text has been compiled");
                match view {
                    Some(view) => Codec::Viewed(Box::new(own), view.clone()),
                    None => own,
                }
            }
        })
    }

    pub(super) fn resolver(self, foreign: &ForeignValues) -> Resolver {
        let mut resolver = Resolver {
            known: arc_swap::Cache::new(Arc::clone(&self.0.plans)),
            reading: self,
            last: None,
            foreign: None,
        };
        resolver.know(foreign);
        resolver
    }

    /// Whether values of a schema are given out as they were written.
    fn leaves(&self, codec: &Codec) -> bool {
        self.0.view.is_none() && !matches!(codec, Codec::Avro(_))
    }

    /// Makes the plan for a version, unless another worker has.
    fn make(&self, written: &CachedSchema) -> Made {
        let Shared { plans, making, .. } = &*self.0;
        let _one_at_a_time = making.lock().unwrap_or_else(PoisonError::into_inner);
        let id = written.version.id;
        let known = plans.load();
        if let Some(made) = known.get(&id) {
            return made.clone();
        }
        let made = self.of(written).map(Arc::new);
        if let Err(error) = &made {
            tracing::warn!(schema_version_id = %id, %error, "schema version cannot be read as configured");
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

impl From<ReaderSchema> for Reading {
    fn from(reader: ReaderSchema) -> Self {
        Self::new(Some(reader), None)
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading")
            .field("reader", &self.0.reader)
            .field("view", &self.0.view)
            .finish_non_exhaustive()
    }
}

/// A worker's own view of a reading's plans: a look-up takes no lock, but for a version that is new to all workers.
pub(super) struct Resolver {
    reading: Reading,
    known: arc_swap::Cache<Arc<ArcSwap<Plans>>, Arc<Plans>>,
    /// The plan for the last frame's version, which is nearly always that for the next.
    last: Option<(Uuid, Arc<Codec>)>,
    /// What reads foreign values, if a view changes them. They keep the shape of their own schema otherwise.
    foreign: Option<Made>,
}

impl Resolver {
    /// Has foreign values shown through the view too.
    pub(super) fn know(&mut self, foreign: &ForeignValues) {
        let view = self.reading.0.view.clone();
        self.foreign = match foreign {
            ForeignValues::Decode { schema, .. } if view.is_some() => {
                Some(Reading::new(None, view).of(schema).map(Arc::new))
            }
            _ => None,
        };
    }

    /// What reads foreign values, which were written with a schema.
    pub(super) fn foreign<'a>(
        &'a self,
        written: &'a CachedSchema,
    ) -> Result<&'a Codec, DecodeError> {
        match &self.foreign {
            None => Ok(&written.codec),
            Some(Ok(codec)) => Ok(codec),
            Some(Err(error)) => Err(error.clone().into()),
        }
    }

    /// What reads the values that were written with a schema version.
    pub(super) fn codec<'a>(
        &'a mut self,
        written: &'a CachedSchema,
    ) -> Result<&'a Codec, DecodeError> {
        if self.reading.leaves(&written.codec) {
            return Ok(&written.codec);
        }
        let id = written.version.id;
        if self.last.as_ref().is_none_or(|(last, _)| *last != id) {
            let made = match self.known.load().get(&id) {
                Some(made) => made.clone(),
                None => self.reading.make(written),
            };
            self.last = Some((id, made.map_err(DecodeError::from)?));
        }
        let (_, codec) = self
            .last
            .as_ref()
            .expect("the plan of this version was put there above");
        Ok(codec)
    }
}
