//! What is let through of values: fields kept, dropped, renamed and masked.
//!
//! A [`View`] names fields by their paths, and is worked into the plan of each schema version: Avro and Protobuf payloads
//! are read with what is dropped passed over, and no whole value is ever made. JSON payloads, which are JSON, are cut as
//! they are copied.
//!
//! A path is the names of fields with dots between, such as `customer.address.city`. It goes through arrays, maps and
//! unions as if they were not there: `items.sku` is that field of every item. A value without the field stays as it is.

mod json;
mod level;
mod mask;

use std::fmt;
use std::sync::Arc;

pub(crate) use json::{Uncut, apply, mask_text};
pub(crate) use level::Level;
pub use mask::MaskKey;

use crate::avro::Schema;
use crate::avro::view as avro;
use crate::codec::DefinitionError;
use crate::limits::Limits;
use crate::protobuf::ProtobufSchema;
use crate::registry::DataFormat;

/// What happens to a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It stays, and of the record that it is in only what is kept does.
    Keep,
    /// It goes.
    Drop,
    /// It has another name.
    Rename(String),
    /// In place of its value stands the HMAC-SHA256 of its text, in hex; null stays null.
    Mask,
}

/// Why there is no such view, or none of a schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ViewError {
    /// No path of fields.
    #[error("`{0}` is no path of fields: names with dots between, such as `customer.city`")]
    Path(String),
    /// No name of a field.
    #[error("`{name}` is no new name for `{path}`: a name has letters, digits and `_`")]
    Name {
        /// The field.
        path: String,
        /// What it was to be called.
        name: String,
    },
    /// Two changes that leave nothing to do for one of them.
    #[error("`{path}` is {one} and {other}")]
    Conflict {
        /// The field.
        path: String,
        /// The one.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
    /// Fields are masked, and there is no key.
    #[error("`{0}` is masked, and there is no key to do it with")]
    Key(String),
    /// The schema has no such field.
    #[error("the schema has no field `{0}`")]
    Missing(String),
    /// The field has parts.
    #[error("`{path}` is {kind}, and only single values can be masked: name its fields")]
    Composite {
        /// The field.
        path: String,
        /// What it is.
        kind: &'static str,
    },
    /// Only fields of it are kept, and it may be a value without fields.
    #[error("`{0}` may be a value without fields, of which nothing could be kept: keep it whole")]
    Leaf(String),
    /// Two fields of a record would have one name.
    #[error("two fields would be called `{0}`")]
    Twice(String),
    /// The definition is no schema.
    #[error("the schema cannot be read")]
    Definition(#[source] DefinitionErrorText),
}

/// Why a text is no schema, in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DefinitionErrorText(String);

impl<E: Into<DefinitionError>> From<E> for ViewError {
    fn from(error: E) -> Self {
        Self::Definition(DefinitionErrorText(error.into().to_string()))
    }
}

/// What is let through of values; clones share it.
///
/// ```
/// use common::view::{Change, MaskKey, View};
///
/// let changes = [
///     ("user_id".to_owned(), Change::Mask),
///     ("user_id".to_owned(), Change::Rename("customer".to_owned())),
///     ("items.price".to_owned(), Change::Drop),
/// ];
/// let view = View::new(changes, Some(MaskKey::new(b"a key of the house")))?;
/// let schema = r#"{"type":"record","name":"Order","fields":[{"name":"user_id","type":["null","string"]}]}"#;
/// let error = view.check(common::registry::DataFormat::Avro, schema).unwrap_err();
/// assert_eq!(error.to_string(), "the schema has no field `items.price`");
/// # Ok::<(), common::view::ViewError>(())
/// ```
#[derive(Clone)]
pub struct View(Arc<Shared>);

struct Shared {
    top: Level,
    key: Option<MaskKey>,
    /// Every path that is named, to be held against a schema.
    paths: Vec<String>,
    /// It is there to look fields up, not to hold others back.
    is_lookup: bool,
}

impl View {
    /// A view that makes these changes; `key` is what masks.
    ///
    /// # Errors
    /// A path or a name is none, two changes of a field exclude each other, or a key is missing.
    pub fn new(
        changes: impl IntoIterator<Item = (String, Change)>,
        key: Option<MaskKey>,
    ) -> Result<Self, ViewError> {
        let (mut top, mut paths) = (Level::default(), Vec::new());
        for (path, change) in changes {
            if change == Change::Mask && key.is_none() {
                return Err(ViewError::Key(path));
            }
            top.change(&path, change)?;
            paths.push(path);
        }
        top.check("")?;
        Ok(Self(Arc::new(Shared {
            top,
            key,
            paths,
            is_lookup: false,
        })))
    }

    /// A view to look these fields up with; fields beside them are not let through either, but that is not its purpose.
    ///
    /// # Errors
    /// A path is none.
    pub fn of(paths: impl IntoIterator<Item = String>) -> Result<Self, ViewError> {
        let (mut top, mut named) = (Level::default(), Vec::new());
        for path in paths {
            top.change(&path, Change::Keep)?;
            named.push(path);
        }
        Ok(Self(Arc::new(Shared {
            top,
            key: None,
            paths: named,
            is_lookup: true,
        })))
    }

    /// Holds the view against a schema: whether every field that it names is there and can be changed so. A JSON schema
    /// is asked as far as it tells.
    ///
    /// # Errors
    /// A field is not there, or cannot be masked or renamed so; the first that is found.
    pub fn check(&self, format: DataFormat, definition: &str) -> Result<(), ViewError> {
        match format {
            DataFormat::Avro => {
                let schema = Schema::parse(definition)?;
                self.find_all(|path| avro::has(&schema, path))?;
                avro::project(&schema, self).map(drop)
            }
            DataFormat::Protobuf => {
                let schema = ProtobufSchema::compile(definition, Limits::default())?;
                self.find_all(|path| schema.has_field(path))?;
                schema.viewed(self).map(drop)
            }
            DataFormat::Json => self.find_all(|path| json::may_have(definition, path)),
        }
    }

    fn find_all(&self, has: impl Fn(&[&str]) -> bool) -> Result<(), ViewError> {
        let missing = self.0.paths.iter().find(|path| {
            let steps: Vec<_> = path.split('.').collect();
            !has(&steps)
        });
        missing.map_or(Ok(()), |path| Err(ViewError::Missing(path.clone())))
    }

    pub(crate) fn top(&self) -> &Level {
        &self.0.top
    }

    pub(crate) fn is_lookup(&self) -> bool {
        self.0.is_lookup
    }

    pub(crate) fn key(&self) -> Option<&MaskKey> {
        self.0.key.as_ref()
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("View").field(&self.0.paths).finish()
    }
}

#[cfg(test)]
mod tests;
