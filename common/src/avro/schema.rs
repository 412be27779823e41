//! The schema tree: flat, types point to each other by index, so recursion needs no care.

use serde_json::{Map, Value};

use super::names::Name;
use super::parse::{ParseOptions, SchemaError};

/// A type's index in its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeId(pub(super) u32);

impl TypeId {
    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A parsed schema.
///
/// ```
/// use common::avro::{Schema, TypeKind};
///
/// let schema = Schema::parse(r#"{"type": "record", "name": "R", "namespace": "Order V1", "fields": [
///     {"name": "next", "type": ["null", "R"], "default": null}
/// ]}"#)?;
/// let TypeKind::Record(record) = &schema.root().kind else { panic!("a record") };
/// let TypeKind::Union(branches) = &schema.get(record.fields[0].type_id).kind else { panic!("a union") };
/// assert_eq!(branches[1], schema.root_id());
/// assert_eq!(
///     schema.to_string(),
///     r#"{"type":"record","name":"R","namespace":"Order V1","fields":[{"name":"next","type":["null","R"],"default":null}]}"#,
/// );
/// # Ok::<(), common::avro::SchemaError>(())
/// ```
///
/// Its `Display` is the text that Avro's Java library prints and registers: one line without spaces, docs, defaults,
/// aliases and other attributes kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    pub(super) types: Vec<Type>,
    pub(super) root: TypeId,
    /// The records in the order in which their text ends.
    pub(super) complete: Vec<TypeId>,
}

impl Schema {
    /// Parses a schema's text as Avro's Java library 1.11.4 does.
    ///
    /// # Errors
    ///
    /// The text is no JSON, or no schema: see [`super::SchemaFault`].
    pub fn parse(text: &str) -> Result<Self, SchemaError> {
        Self::parse_with(text, &ParseOptions::default())
    }

    /// Parses a schema's text with other rules for names and defaults.
    ///
    /// # Errors
    ///
    /// The text is no JSON, or no schema by these rules.
    pub fn parse_with(text: &str, options: &ParseOptions) -> Result<Self, SchemaError> {
        super::parse::parse(text, *options)
    }

    /// The type of the whole value.
    pub fn root(&self) -> &Type {
        self.get(self.root)
    }

    /// The index of the type of the whole value.
    pub const fn root_id(&self) -> TypeId {
        self.root
    }

    /// The type at an index that this schema has given.
    ///
    /// # Panics
    ///
    /// If the index is another schema's and this one has fewer types.
    pub fn get(&self, id: TypeId) -> &Type {
        self.types
            .get(id.index())
            .expect("an index comes from its own schema")
    }

    /// All types, each once, in no order that means anything.
    pub fn types(&self) -> impl Iterator<Item = &Type> {
        self.types.iter()
    }

    /// The name by which a union's tag and Avro's messages call a type: its full name, or its type's.
    pub fn type_name(&self, id: TypeId) -> &str {
        let kind = &self.get(id).kind;
        kind.name().map_or_else(|| kind.type_name(), Name::full)
    }
}

/// A type: what it is, what it means, and the attributes the specification does not know.
#[derive(Debug, Clone, PartialEq)]
pub struct Type {
    /// What it is.
    pub kind: TypeKind,
    /// What it means, if the schema names a logical type that is valid for the kind.
    pub logical: Option<Logical>,
    /// Attributes that the specification does not reserve, in their order, `logicalType` among them.
    pub props: Map<String, Value>,
}

/// Avro's types.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeKind {
    /// No value.
    Null,
    /// True or false.
    Boolean,
    /// 32 bits, signed.
    Int,
    /// 64 bits, signed.
    Long,
    /// 32 bits, IEEE 754.
    Float,
    /// 64 bits, IEEE 754.
    Double,
    /// Bytes.
    Bytes,
    /// UTF-8.
    String,
    /// Items of one type.
    Array(TypeId),
    /// Values of one type, by string.
    Map(TypeId),
    /// One of several types.
    Union(Vec<TypeId>),
    /// Named fields.
    Record(RecordType),
    /// Named symbols.
    Enum(EnumType),
    /// A fixed count of bytes.
    Fixed(FixedType),
}

impl TypeKind {
    /// The type's name in schema texts; `record` for errors too.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Int => "int",
            Self::Long => "long",
            Self::Float => "float",
            Self::Double => "double",
            Self::Bytes => "bytes",
            Self::String => "string",
            Self::Array(_) => "array",
            Self::Map(_) => "map",
            Self::Union(_) => "union",
            Self::Record(_) => "record",
            Self::Enum(_) => "enum",
            Self::Fixed(_) => "fixed",
        }
    }

    /// The name of a record, enum or fixed.
    pub const fn name(&self) -> Option<&Name> {
        match self {
            Self::Record(record) => Some(&record.name),
            Self::Enum(symbols) => Some(&symbols.name),
            Self::Fixed(fixed) => Some(&fixed.name),
            _ => None,
        }
    }
}

/// A record.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordType {
    /// Its full name.
    pub name: Name,
    /// Its documentation.
    pub doc: Option<String>,
    /// Other names it goes by.
    pub aliases: Vec<Name>,
    /// Its fields, in the order of their bytes.
    pub fields: Vec<Field>,
    /// Whether the text says `error` for `record`.
    pub is_error: bool,
}

/// A record's field.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub type_id: TypeId,
    /// Its documentation.
    pub doc: Option<String>,
    /// Its default, as the text has it; `Some(Value::Null)` for `null`.
    pub default: Option<Value>,
    /// How it counts when records are sorted.
    pub order: Order,
    /// Other names it goes by.
    pub aliases: Vec<String>,
    /// Attributes that the specification does not reserve, in their order.
    pub props: Map<String, Value>,
}

/// How a field counts when records are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Smaller first.
    #[default]
    Ascending,
    /// Larger first.
    Descending,
    /// Not at all.
    Ignore,
}

/// An enum.
#[derive(Debug, Clone, PartialEq)]
pub struct EnumType {
    /// Its full name.
    pub name: Name,
    /// Its documentation.
    pub doc: Option<String>,
    /// Other names it goes by.
    pub aliases: Vec<Name>,
    /// Its symbols, in the order of their numbers.
    pub symbols: Vec<String>,
    /// The symbol that a reader takes for those it does not know.
    pub default: Option<String>,
}

/// A fixed.
#[derive(Debug, Clone, PartialEq)]
pub struct FixedType {
    /// Its full name.
    pub name: Name,
    /// Its documentation.
    pub doc: Option<String>,
    /// Other names it goes by.
    pub aliases: Vec<Name>,
    /// Its length in bytes.
    pub size: usize,
}

/// What a type means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Logical {
    /// A number of `precision` digits, `scale` of them behind the point.
    Decimal {
        /// Digits in all.
        precision: u32,
        /// Digits behind the point.
        scale: u32,
    },
    /// A UUID.
    Uuid,
    /// Days since 1970-01-01.
    Date,
    /// Milliseconds since midnight.
    TimeMillis,
    /// Microseconds since midnight.
    TimeMicros,
    /// Milliseconds since 1970 in UTC.
    TimestampMillis,
    /// Microseconds since 1970 in UTC.
    TimestampMicros,
    /// Nanoseconds since 1970 in UTC.
    TimestampNanos,
    /// Milliseconds since 1970, local time.
    LocalTimestampMillis,
    /// Microseconds since 1970, local time.
    LocalTimestampMicros,
    /// Nanoseconds since 1970, local time.
    LocalTimestampNanos,
    /// Months, days and milliseconds.
    Duration,
}
