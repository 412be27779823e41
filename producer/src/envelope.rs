//! What goes around a record's value: its key and its headers, made of its JSON text.

use std::sync::Arc;

use crate::key::{Key, KeyError};
use crate::source::Record;
use crate::template::{Template, TemplateError};

/// Why a record has no key, or lacks a header.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum EnvelopeError {
    /// It has no key of fields.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// It lacks what a template needs.
    #[error("{place}: {error}")]
    Template {
        /// The key, or the header.
        place: String,
        /// What it lacks.
        error: TemplateError,
    },
}

/// Writes keys and headers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Envelope {
    pub(crate) key: Option<Keys>,
    pub(crate) headers: Vec<(Arc<str>, Template)>,
}

/// How keys are made.
#[derive(Clone, Debug)]
pub(crate) enum Keys {
    /// Of fields, as a JSON object.
    Fields(Key),
    /// By a template.
    Text(Template),
}

impl Envelope {
    /// Whether records have keys.
    pub(crate) const fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// The fields at the top of a record that it needs.
    pub(crate) fn names(&self) -> Vec<String> {
        let headers = self.headers.iter().map(|(_, template)| template);
        let (fields, template) = match &self.key {
            Some(Keys::Fields(key)) => (key.names(), None),
            Some(Keys::Text(template)) => (&[][..], Some(template)),
            None => (&[][..], None),
        };
        let named = template
            .into_iter()
            .chain(headers)
            .flat_map(Template::names);
        fields.iter().chain(named).cloned().collect()
    }

    /// Writes the key and the headers of a record given as a JSON object.
    ///
    /// # Errors
    /// A field is missing, or the text is no JSON object.
    pub(crate) fn write(&mut self, json: &[u8], record: &mut Record) -> Result<(), EnvelopeError> {
        record.keyed = self.key.is_some();
        match &mut self.key {
            Some(Keys::Fields(key)) => key.write_from_json(json, &mut record.key)?,
            Some(Keys::Text(template)) => {
                record.key.clear();
                let written = template.write(json, &mut record.key);
                written.map_err(|error| placed("the key", error))?;
            }
            None => {}
        }
        record
            .headers
            .resize_with(self.headers.len(), Default::default);
        for ((name, template), header) in self.headers.iter().zip(&mut record.headers) {
            header.0 = Arc::clone(name);
            header.1.clear();
            let written = template.write(json, &mut header.1);
            written.map_err(|error| placed(&format!("the header `{name}`"), error))?;
        }
        Ok(())
    }
}

fn placed(place: &str, error: TemplateError) -> EnvelopeError {
    EnvelopeError::Template {
        place: place.to_owned(),
        error,
    }
}

impl From<Option<Key>> for Envelope {
    fn from(key: Option<Key>) -> Self {
        Self {
            key: key.map(Keys::Fields),
            headers: Vec::new(),
        }
    }
}
