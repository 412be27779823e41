//! The table that a schema version's values become: its decoder, and the columns behind those of Kafka.

use super::columns;
use super::rows::MOST_ROWS;
use arrow_array::ArrayRef;
use arrow_avro::reader::{Decoder, DecoderMode, ReaderBuilder};
use arrow_avro::schema::{AvroSchema, Fingerprint, FingerprintAlgorithm, SchemaStore};
use arrow_schema::{ArrowError, DataType, Field, SchemaRef};

/// The one schema in a decoder's store.
const ONLY: Fingerprint = Fingerprint::Id(0);

/// See the module's words.
pub(super) struct Table {
    definition: String,
    decoder: Decoder,
    schema: SchemaRef,
}

impl Table {
    /// Makes the table of an Avro schema.
    ///
    /// # Errors
    /// Its values have no form in Parquet; the text says why.
    pub(super) fn new(definition: &str) -> Result<Self, String> {
        let decoder = decoder(definition).map_err(|error| error.to_string())?;
        let schema = columns::schema(&decoder.schema())?;
        schema.fields().iter().try_for_each(|field| check(field))?;
        Ok(Self {
            definition: definition.to_owned(),
            decoder,
            schema,
        })
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Whether the datum became the next row. If not, the table has to [begin anew](Self::begin_anew).
    pub(super) fn decode(&mut self, datum: &[u8]) -> bool {
        self.decoder
            .decode(datum)
            .is_ok_and(|taken| taken == datum.len())
    }

    /// Forgets all rows.
    pub(super) fn begin_anew(&mut self) {
        if let Ok(decoder) = decoder(&self.definition) {
            self.decoder = decoder;
        }
    }

    /// Takes the rows' columns, if there are rows.
    pub(super) fn take(&mut self) -> Result<Option<Vec<ArrayRef>>, ArrowError> {
        let rows = self.decoder.flush().map_err(ArrowError::from)?;
        Ok(rows.map(|rows| rows.columns().to_vec()))
    }
}

fn decoder(definition: &str) -> Result<Decoder, ArrowError> {
    let mut store = SchemaStore::new_with_type(FingerprintAlgorithm::Id);
    store.set(ONLY, AvroSchema::new(definition.to_owned()))?;
    ReaderBuilder::new()
        .with_writer_schema_store(store)
        .with_active_fingerprint(ONLY)
        .with_decoder_mode(DecoderMode::UnframedDatum)
        .with_batch_size(MOST_ROWS)
        .build_decoder()
}

/// Refuses what has no form in Parquet, whose writer panics at it.
fn check(field: &Field) -> Result<(), String> {
    match field.data_type() {
        DataType::Null
        | DataType::Boolean
        | DataType::Int32
        | DataType::Int64
        | DataType::Float32
        | DataType::Float64
        | DataType::Utf8
        | DataType::Binary
        | DataType::FixedSizeBinary(_)
        | DataType::Date32
        | DataType::Time32(_)
        | DataType::Time64(_)
        | DataType::Timestamp(..)
        | DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..)
        | DataType::Dictionary(..) => Ok(()),
        DataType::List(items) | DataType::Map(items, _) => check(items),
        DataType::Struct(fields) => fields.iter().try_for_each(|field| check(field)),
        DataType::Union(..) => Err(format!("{} is a union of several types", field.name())),
        DataType::Interval(_) => Err(format!("{} is a duration", field.name())),
        _ => Err(format!("{} has a type of its own", field.name())),
    }
}
