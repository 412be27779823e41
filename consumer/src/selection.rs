//! Which records go on, and to which sink: decided by single fields, which are read without the rest of the value.

use std::sync::Arc;

use common::deserializer::Deserializer;
use common::error::DecodeError;
use common::view::{View, ViewError};

use crate::condition::{self, Condition};
use crate::config::{ConsumerConfig, Destination, RouteConfig};
use crate::shape::Label;
use crate::sink::object::folder::folder_name;

/// See the module's words; each worker has its own.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    conditions: Vec<Condition>,
    route: Option<RouteConfig>,
    /// The field by whose value the object store's files are parted.
    partition: Option<String>,
    /// The fields of the record at hand, as JSON.
    fields: Vec<u8>,
    /// Its value in the partition's field, and the folder of that.
    label: Option<(String, Arc<str>)>,
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
            partition: config.partition_field().map(str::to_owned),
            label: None,
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
        let partition = self.partition.as_deref();
        let paths = conditions.chain(route).chain(partition);
        let paths: Vec<_> = paths.map(str::to_owned).collect();
        if paths.is_empty() {
            return Ok(None);
        }
        View::of(paths).map(Some)
    }

    /// Decides for a value, or for a record without one: that goes wherever earlier ones of its key may have gone.
    ///
    /// # Errors
    /// Its fields cannot be read, or not before its schema is there.
    pub(crate) fn way(
        &mut self,
        deserializer: &mut Deserializer,
        value: Option<&[u8]>,
    ) -> Result<(Way, Label), DecodeError> {
        if self.conditions.is_empty() && self.route.is_none() && self.partition.is_none() {
            return Ok((Way::To(0), None));
        }
        let Some(value) = value else {
            return Ok((Way::ToAll, None));
        };
        self.fields.clear();
        deserializer.decode_fields(value, &mut self.fields)?;
        let fields = std::mem::take(&mut self.fields);
        let text = std::str::from_utf8(&fields).unwrap_or_default();
        let chosen = (self.choose(text), self.label(text));
        self.fields = fields;
        Ok(chosen)
    }

    fn choose(&self, fields: &str) -> Way {
        if !self.conditions.iter().all(|one| one.holds(fields)) {
            return Way::Filtered;
        }
        match self.route.as_ref().map(|route| route.destination(fields)) {
            None => Way::To(0),
            Some(Destination::Sink(at)) => Way::To(at),
            Some(Destination::Nowhere) => Way::Filtered,
        }
    }

    /// The folder of a value, which is mostly that of the value before.
    fn label(&mut self, fields: &str) -> Label {
        let path = self.partition.as_deref()?;
        let found = condition::find(fields, path).filter(|found| *found != "null")?;
        if let Some((known, folder)) = &self.label
            && known == found
        {
            return Some(Arc::clone(folder));
        }
        let folder: Arc<str> = folder_name(path, Some(&condition::text(found))).into();
        self.label = Some((found.to_owned(), Arc::clone(&folder)));
        Some(folder)
    }
}

impl RouteConfig {
    fn destination(&self, fields: &str) -> Destination {
        let found = condition::find(fields, &self.field).filter(|found| *found != "null");
        let known = found.and_then(|found| self.to.get(&*condition::text(found)));
        known.copied().unwrap_or(self.otherwise)
    }
}
