//! Which records go on, and to which sink: decided by single fields, which are read without the rest of the value.

use common::deserializer::Deserializer;
use common::view::{View, ViewError};

use crate::condition::{self, Condition};
use crate::config::{ConsumerConfig, Destination, RouteConfig};

/// See the module's words; each worker has its own.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    conditions: Vec<Condition>,
    route: Option<RouteConfig>,
    /// The fields of the record at hand, as JSON.
    fields: Vec<u8>,
}

/// Where a record goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// To the sink of this number.
    To(usize),
    /// To every sink.
    ToAll,
    /// It is passed over.
    Filtered,
}

impl Selection {
    pub(crate) fn new(config: &ConsumerConfig) -> Self {
        Self {
            conditions: config.transform.conditions.clone(),
            route: config.route.clone(),
            fields: Vec::new(),
        }
    }

    /// The fields that decide, if any do.
    ///
    /// # Errors
    /// One of them has no path; the configuration was refused for that before.
    pub(crate) fn view(&self) -> Result<Option<View>, ViewError> {
        let conditions = self.conditions.iter().map(Condition::path);
        let route = self.route.iter().map(|route| route.field.as_str());
        let paths: Vec<_> = conditions.chain(route).map(str::to_owned).collect();
        if paths.is_empty() {
            return Ok(None);
        }
        View::of(paths).map(Some)
    }

    /// Decides for a value, or for a record without one: that goes wherever earlier ones of its key may have gone.
    ///
    /// A value whose fields cannot be read goes the first way: there it is refused for what is wrong with it.
    pub(crate) fn way(&mut self, deserializer: &mut Deserializer, value: Option<&[u8]>) -> Way {
        if self.conditions.is_empty() && self.route.is_none() {
            return Way::To(0);
        }
        let Some(value) = value else {
            return Way::ToAll;
        };
        self.fields.clear();
        if deserializer.decode_fields(value, &mut self.fields).is_err() {
            return Way::To(0);
        }
        let fields = std::str::from_utf8(&self.fields).unwrap_or_default();
        if !self.conditions.iter().all(|one| one.holds(fields)) {
            return Way::Filtered;
        }
        match self.route.as_ref().map(|route| route.destination(fields)) {
            None => Way::To(0),
            Some(Destination::Sink(at)) => Way::To(at),
            Some(Destination::Nowhere) => Way::Filtered,
        }
    }
}

impl RouteConfig {
    fn destination(&self, fields: &str) -> Destination {
        let found = condition::find(fields, &self.field).filter(|found| *found != "null");
        let known = found.and_then(|found| self.to.get(&*condition::text(found)));
        known.copied().unwrap_or(self.otherwise)
    }
}
