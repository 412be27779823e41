//! The schema registry as the codec sees it: one trait, its types, and what stands behind it.

pub mod allowed;
pub mod arn;
pub mod cache;
mod error;
#[cfg(feature = "glue")]
pub mod glue;
pub mod resolution;
pub mod retry;
pub mod snapshot;

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use uuid::Uuid;

pub use error::{Problem, RegistryError};

/// A future that can be held behind `dyn SchemaRegistry`. Dropping it cancels the call.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a registry answers to a call.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, RegistryError>>;

/// Schema versions by their ids: all that decoding needs of a registry.
///
/// Each call is made once, without a retry; who calls decides how often it is made again: see [`retry::Retry`].
pub trait SchemaVersions: Send + Sync {
    /// Fetches a schema version by its id, the one that each frame carries.
    fn schema_version(&self, id: Uuid) -> Answer<'_, SchemaVersion>;
}

/// A schema registry: each method is one call, as in [`SchemaVersions`].
pub trait SchemaRegistry: SchemaVersions {
    /// Fetches a version of a schema by its place among the schema's versions.
    fn version_of<'a>(&'a self, name: &'a SchemaName, which: Which) -> Answer<'a, SchemaVersion>;

    /// Finds the version of a schema that has this definition, whatever its status is.
    fn version_by_definition<'a>(
        &'a self,
        name: &'a SchemaName,
        definition: &'a str,
    ) -> Answer<'a, VersionState>;

    /// Tells what holds for all versions of an existing schema.
    fn schema<'a>(&'a self, name: &'a SchemaName) -> Answer<'a, SchemaState>;

    /// Lists the newest versions of a schema, whatever their status is; at most `most` of them, or 100.
    fn versions<'a>(&'a self, name: &'a SchemaName, most: usize) -> Answer<'a, Versions>;

    /// Lists the schemas of a registry by name, up to 100 at once; `after` is [`Schemas::next`] of the part before.
    fn schemas<'a>(&'a self, registry: &'a str, after: Option<&'a str>) -> Answer<'a, Schemas>;

    /// Adds a definition to an existing schema; one that is there already gives the version it has.
    fn register_version<'a>(
        &'a self,
        name: &'a SchemaName,
        definition: &'a str,
    ) -> Answer<'a, VersionState>;

    /// Creates a schema together with its first version.
    fn create_schema<'a>(&'a self, schema: &'a NewSchema<'a>) -> Answer<'a, VersionState>;

    /// Adds an entry to a version's metadata.
    fn put_metadata<'a>(&'a self, id: Uuid, key: &'a str, value: &'a str) -> Answer<'a, ()>;

    /// Removes a version for good, by its place among the schema's versions.
    fn delete_version<'a>(&'a self, name: &'a SchemaName, number: u64) -> Answer<'a, ()>;

    /// Creates an empty registry.
    fn create_registry<'a>(&'a self, registry: &'a str) -> Answer<'a, ()>;

    /// Asks for the nil id, which no version has: "not found" means reachable and allowed.
    fn probe(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            match self.schema_version(Uuid::nil()).await {
                Ok(_) => Ok(()),
                Err(error) if error.is_not_found() => Ok(()),
                Err(error) => Err(error),
            }
        })
    }
}

/// A version's place among the versions of its schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one with this number, 1 and up.
    Number(u64),
    /// The newest.
    Latest,
}

/// The full name of a schema: its registry and its own name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SchemaName {
    /// The registry that holds the schema.
    pub registry: String,
    /// The schema's name within that registry.
    pub schema: String,
}

impl SchemaName {
    /// Joins a registry's and a schema's name.
    pub fn new(registry: impl Into<String>, schema: impl Into<String>) -> Self {
        Self {
            registry: registry.into(),
            schema: schema.into(),
        }
    }
}

impl fmt::Display for SchemaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "schema `{}` in registry `{}`",
            self.schema, self.registry
        )
    }
}

/// One version of a schema, with its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaVersion {
    /// The id that frames carry.
    pub id: Uuid,
    /// The registry's name, if the registry told it.
    pub registry: Option<String>,
    /// The schema's name, if the registry told it.
    pub schema_name: Option<String>,
    /// The version number, 1 and up; a look-up by definition does not tell it.
    pub number: Option<u64>,
    /// The language the definition is written in.
    pub data_format: DataFormat,
    /// The schema text, byte for byte as it was registered.
    pub definition: String,
    /// Where the version is in its life.
    pub status: VersionStatus,
}

impl SchemaVersion {
    /// A schema that no registry knows: its id is nil, and it belongs to nobody.
    pub const fn unregistered(data_format: DataFormat, definition: String) -> Self {
        Self {
            id: Uuid::nil(),
            registry: None,
            schema_name: None,
            number: None,
            data_format,
            definition,
            status: VersionStatus::Available,
        }
    }
}

/// What the registry tells about a version when it does not send the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionState {
    /// The id that frames carry.
    pub id: Uuid,
    /// The version number, 1 and up, where the operation tells it.
    pub number: Option<u64>,
    /// The schema's data format, where the operation tells it.
    pub data_format: Option<DataFormat>,
    /// Where the version is in its life.
    pub status: VersionStatus,
}

/// What holds for all versions of a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaState {
    /// The language of its versions.
    pub data_format: DataFormat,
    /// The rule that new versions have to keep, where it is told and known here.
    pub compatibility: Option<Compatibility>,
    /// The first version that new ones are held against under rules of all versions, where it is told.
    pub checkpoint: Option<u64>,
}

/// Versions of a schema, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versions {
    /// The versions.
    pub versions: Vec<VersionState>,
    /// Whether the schema has more, older ones.
    pub more: bool,
}

/// A part of the list of a registry's schemas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schemas {
    /// The schemas' names.
    pub names: Vec<String>,
    /// What asks for the next part, where there is one.
    pub next: Option<String>,
}

/// A schema that does not exist yet.
#[derive(Clone, Debug)]
pub struct NewSchema<'a> {
    /// Registry and name.
    pub name: &'a SchemaName,
    /// The language the definition is written in.
    pub data_format: DataFormat,
    /// The rule that later versions have to keep.
    pub compatibility: Compatibility,
    /// The text of version 1.
    pub definition: &'a str,
    /// What the schema is for, if that is to be said.
    pub description: Option<&'a str>,
    /// The schema's tags.
    pub tags: &'a BTreeMap<String, String>,
}

/// Makes an enum with one fixed text a variant, so that no two places can disagree on it.
macro_rules! texts {
    ($(#[$meta:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$about])* $variant,)+
        }

        impl $name {
            /// All of them, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The registry's own word for it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// All words, as a sentence lists them.
            pub const ONE_OF: &'static str = concat!("one of" $(, " `", $text, "`")+);

            /// Finds the value of a word; `None` for a word not known here.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == word)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

texts! {
    /// The language of a schema definition.
    DataFormat {
        /// Apache Avro.
        Avro = "AVRO",
        /// JSON Schema, drafts 4, 6 and 7.
        Json = "JSON",
        /// Protocol Buffers 2 and 3.
        Protobuf = "PROTOBUF",
    }
}

texts! {
    /// The life of a schema version.
    VersionStatus {
        /// Accepted: it may be written with.
        Available = "AVAILABLE",
        /// The compatibility check has not finished.
        Pending = "PENDING",
        /// The compatibility check refused it, for good.
        Failure = "FAILURE",
        /// It is being removed.
        Deleting = "DELETING",
    }
}

texts! {
    /// The rule that a new version of a schema has to keep towards earlier ones.
    Compatibility {
        /// No rule.
        None = "NONE",
        /// No second version at all.
        Disabled = "DISABLED",
        /// The new version reads what the last one wrote.
        Backward = "BACKWARD",
        /// The new version reads what every earlier one wrote.
        BackwardAll = "BACKWARD_ALL",
        /// The last version reads what the new one writes.
        Forward = "FORWARD",
        /// Every earlier version reads what the new one writes.
        ForwardAll = "FORWARD_ALL",
        /// Backward and forward.
        Full = "FULL",
        /// Backward and forward with every earlier version.
        FullAll = "FULL_ALL",
    }
}

texts! {
    /// A call of the registry's API, by the name AWS gives it.
    Operation {
        /// A version by id or number.
        GetSchemaVersion = "GetSchemaVersion",
        /// A version by its text.
        GetSchemaByDefinition = "GetSchemaByDefinition",
        /// A schema by name.
        GetSchema = "GetSchema",
        /// A new version of a schema.
        RegisterSchemaVersion = "RegisterSchemaVersion",
        /// A new schema with its first version.
        CreateSchema = "CreateSchema",
        /// A new registry.
        CreateRegistry = "CreateRegistry",
        /// The schemas of a registry.
        ListSchemas = "ListSchemas",
        /// The versions of a schema.
        ListSchemaVersions = "ListSchemaVersions",
        /// A version's metadata.
        PutSchemaVersionMetadata = "PutSchemaVersionMetadata",
        /// The end of versions.
        DeleteSchemaVersions = "DeleteSchemaVersions",
    }
}

impl Compatibility {
    /// Whether every earlier version counts, and not the last alone.
    pub const fn is_of_all(self) -> bool {
        matches!(self, Self::BackwardAll | Self::ForwardAll | Self::FullAll)
    }
}

#[cfg(test)]
pub(crate) mod fake;
#[cfg(test)]
mod tests;
