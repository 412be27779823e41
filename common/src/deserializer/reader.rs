//! The Avro schema in whose shape values are given out.

use std::fmt;
use std::sync::Arc;

use crate::avro::{Schema, SchemaError};

/// A schema that values are read with, whatever version they were written with; clones share it.
#[derive(Clone)]
pub struct ReaderSchema(Arc<Schema>);

impl ReaderSchema {
    /// Reads values with an Avro schema.
    pub fn avro(schema: Schema) -> Self {
        Self(Arc::new(schema))
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
        &self.0
    }
}

impl fmt::Debug for ReaderSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReaderSchema")
            .field(&self.0.type_name(self.0.root_id()))
            .finish()
    }
}
