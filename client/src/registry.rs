//! The section `registry.*`: where schemas come from.

mod cache;
mod naming;
mod registration;

use std::path::PathBuf;
use std::time::Duration;

use common::registry::SchemaName;
use common::registry::arn::RegistryArn;
use common::registry::cache::CacheOptions;
use common::registry::resolution::{self, Pin, Wanted};
use runtime::choice;
use runtime::config::{Reader, Section};
use uuid::Uuid;

pub use cache::{CacheConfig, Warm};
pub use naming::Naming;
pub use registration::{CompatibilityMode, OnFailure, Registration};

use crate::aws::Role;
use crate::codec::CodecConfig;

choice! {
    /// How the version to write with is found.
    pub enum Resolution {
        /// It has to be there.
        Lookup = "lookup",
        /// It is created where it is missing, for development.
        Register = "register",
        /// It is the newest, and the newest again after a while.
        Latest = "latest",
        /// It is the one with the number that is configured.
        Version = "version",
        /// It is the one with the id that is configured.
        Id = "id",
    }
}

/// How to find the version to write with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By the schema text that the producer has.
    Definition(resolution::Resolution),
    /// As the newest, or by its number or id; the registry supplies the text.
    Pin(Pin),
}

choice! {
    /// Where AWS credentials come from.
    pub enum Credentials {
        /// The AWS SDK's own chain: environment, profile, container, instance.
        Default = "default",
        /// None: for a local registry that asks for none.
        Anonymous = "anonymous",
    }
}

/// `registry.*`.
#[derive(Clone, Debug)]
pub struct RegistryConfig {
    /// The registry's name.
    pub name: String,
    /// The registry's address, if it is called by that.
    pub arn: Option<RegistryArn>,
    /// The schema's name in it; the record's name may still be missing, see [`Self::name_after`].
    pub schema_name: String,
    /// The file with the schema text.
    pub schema_file: Option<PathBuf>,
    /// The URL of the registry, where it is not the region's own.
    pub endpoint: Option<String>,
    /// The AWS region.
    pub region: Option<String>,
    /// Where credentials come from.
    pub credentials: Credentials,
    /// The role that is assumed with them.
    pub role: Option<Role>,
    /// How the version to write with is found.
    pub resolution: Resolution,
    /// The number of the version, for the resolution `version`.
    pub schema_version: Option<u64>,
    /// The id of the version, for the resolution `id`.
    pub schema_version_id: Option<Uuid>,
    /// What `register` creates.
    pub registration: Registration,
    /// How long the newest version is taken for the newest.
    pub latest_ttl: Duration,
    /// The longest time of one call.
    pub timeout: Duration,
    /// Bounds of the cache of schemas by id.
    pub cache: CacheConfig,
}

/// Decides about the other keys of a role.
const ROLE: &str = "registry.assume_role_arn";
const ROLE_HELP: &str = "ARN of a role that is assumed for calls to the registry, such as one of the account that has it; Kafka's credentials stay what they are.";
/// Decides which of the other keys are used.
const RESOLUTION: &str = "registry.resolution";
/// The shortest time after which the newest version is asked for again.
const SHORTEST_TTL: Duration = Duration::from_secs(1);

/// Why a schema cannot be named after its record.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NamingError {
    /// The schema has no record, message or title.
    #[error("the schema has no name of its own to be named after (registry.schema_naming)")]
    NoRecord,
    /// The registry takes no such name.
    #[error(
        "the schema's own name makes none that the registry takes: {GLUE_NAME} (registry.schema_naming)"
    )]
    NoName,
}

impl RegistryConfig {
    /// Reads the section; the schema is named after `topic` unless it is named.
    pub fn read(reader: &mut Reader, topic: &str) -> Self {
        Self::read_from(&mut reader.section("registry"), topic)
    }

    /// Reads the keys from a section that has them.
    pub fn read_from(section: &mut Section<'_>, topic: &str) -> Self {
        let (name, arn) = registry(section);
        let naming = section.get(
            "schema_naming",
            Naming::standard(),
            "How the schema is named: `topic-value` is `<topic>-value`, `topic` the topic's name, `record-name` the name of the record (Avro's and Protobuf's full name, a JSON schema's title), and a template such as `{topic}-{record}` puts both together.",
        );
        let credentials = section.get(
            "credentials",
            Credentials::Default,
            "Where AWS credentials come from: `default` is the AWS SDK's chain, `anonymous` is for a local registry that needs none.",
        );
        let resolution = section.get(
            "resolution",
            Resolution::Lookup,
            "How the producer finds its schema version: `lookup` wants its text to be registered, `register` creates what is missing, `latest` takes the newest version and looks for a newer one after each `latest_ttl`, `version` and `id` take the version named by `schema_version` or `schema_version_id`; these three have the registry's text.",
        );
        let config = Self {
            name,
            arn,
            schema_name: section.get_derived(
                "schema_name",
                naming.of_topic(topic),
                "by `registry.schema_naming`",
                "Name of the schema that the producer writes with; it wins over `registry.schema_naming`.",
            ),
            schema_file: section.get_optional(
                "schema_file",
                "File with the schema text that the producer writes with; needed unless the source is `orders`, which has its own, or the resolution is `latest`, `version` or `id`.",
            ),
            endpoint: section.get_optional(
                "endpoint",
                "URL of the registry, such as `http://127.0.0.1:8181` for a local one; AWS's own when not set.",
            ),
            region: section.get_optional("region", "AWS region of the registry; found by the AWS SDK when not set."),
            credentials,
            role: Role::read(section, ROLE, ROLE_HELP),
            resolution,
            schema_version: section.get_optional(
                "schema_version",
                "Number of the version that the producer writes with under the resolution `version`, 1 and up.",
            ),
            schema_version_id: version_id(section),
            registration: Registration::read(section, resolution),
            latest_ttl: section.get(
                "latest_ttl",
                Duration::from_mins(5),
                "How often the resolution `latest` looks for a newer version; the producer takes it over between two batches.",
            ),
            timeout: section.get("timeout", Duration::from_secs(5), "Longest time of one call to the registry."),
            cache: CacheConfig::read(section),
        };
        config.check(section);
        config
    }

    fn check(&self, section: &mut Section<'_>) {
        let schema = if section.is_set("schema_name") {
            self.schema_name.clone()
        } else {
            self.schema_name.replace(naming::RECORD, "r")
        };
        for (key, name) in [("name", &self.name), ("schema_name", &schema)] {
            if !is_glue_name(name) {
                section.problem(key, GLUE_NAME);
            }
        }
        if self
            .endpoint
            .as_deref()
            .is_some_and(|endpoint| !is_url(endpoint))
        {
            let message = "a URL is expected, such as `http://127.0.0.1:8181`";
            section.problem("endpoint", message);
        }
        if self.region.as_deref().is_some_and(str::is_empty) {
            section.problem("region", "a region has a name, such as `eu-central-1`");
        }
        if let (Some(arn), Some(region)) = (&self.arn, &self.region)
            && arn.region() != region
        {
            section.problem("region", format!("registry.name is in {}", arn.region()));
        }
        if self.role.is_some() && self.credentials == Credentials::Anonymous {
            let message = "no role can be assumed with registry.credentials = \"anonymous\"";
            section.problem("assume_role_arn", message);
        }
        self.check_pins(section);
        self.check_text(section);
        if self.timeout.is_zero() {
            section.problem("timeout", "a call needs some time: `5s` is the default");
        }
    }

    /// A pinned version is named where the resolution asks for it, and nowhere else.
    fn check_pins(&self, section: &mut Section<'_>) {
        if self.schema_version == Some(0) {
            section.problem("schema_version", "versions are counted from 1");
        }
        for (key, resolution) in [
            ("schema_version", Resolution::Version),
            ("schema_version_id", Resolution::Id),
        ] {
            let word = resolution.as_str();
            let is_asked = self.resolution == resolution;
            let condition = format!("registry.resolution = \"{word}\"");
            section.used_only(key, RESOLUTION, is_asked, &condition);
            if is_asked && !section.is_set(key) {
                let message = format!("registry.resolution is \"{word}\", so it is needed");
                section.problem(key, message);
            }
        }
    }

    /// What the registry's own text leaves without a use, or does not bring in time.
    fn check_text(&self, section: &mut Section<'_>) {
        let condition = "a registry.resolution that does not take the text from the registry";
        section.used_only("schema_file", RESOLUTION, !self.supplies_text(), condition);
        let follows = self.resolution == Resolution::Latest;
        let condition = "registry.resolution = \"latest\"";
        section.used_only("latest_ttl", RESOLUTION, follows, condition);
        if self.latest_ttl < SHORTEST_TTL {
            section.problem(
                "latest_ttl",
                "at least `1s`, so that the registry is not flooded",
            );
        }
        let is_searched = matches!(self.resolution, Resolution::Latest | Resolution::Version);
        if is_searched && self.names_record() {
            let message = "the registry supplies the text, so no record names the schema: set registry.schema_name";
            section.problem("schema_naming", message);
        }
    }

    /// Whether the schema text comes from the registry.
    pub const fn supplies_text(&self) -> bool {
        matches!(
            self.resolution,
            Resolution::Latest | Resolution::Version | Resolution::Id
        )
    }

    /// Whether the schema's name is not known without the record's.
    pub fn names_record(&self) -> bool {
        self.schema_name.contains(naming::RECORD)
    }

    /// Names the schema after a record, if that is how it is named.
    ///
    /// # Errors
    /// There is no record, or its name makes none that Glue accepts.
    pub fn name_after(&mut self, record: Option<&str>) -> Result<(), NamingError> {
        if self.names_record() {
            let record = record.ok_or(NamingError::NoRecord)?;
            let name = self.schema_name.replace(naming::RECORD, record);
            if !is_glue_name(&name) {
                return Err(NamingError::NoName);
            }
            self.schema_name = name;
        }
        Ok(())
    }

    /// How often a newer version is looked for, if it is.
    pub fn following(&self) -> Option<Duration> {
        (self.resolution == Resolution::Latest).then_some(self.latest_ttl)
    }

    /// The full name of the schema to write with; where it [names a record](Self::names_record), only after that is
    /// known.
    pub fn schema(&self) -> SchemaName {
        SchemaName::new(&self.name, &self.schema_name)
    }

    /// What to ask the registry for, to write with this definition.
    pub fn wanted(&self, definition: String, codec: &CodecConfig) -> Wanted {
        let wanted = Wanted::new(self.schema(), definition, codec.data_format());
        self.registration.onto(wanted)
    }

    /// How to find the version to write with.
    #[expect(
        clippy::missing_panics_doc,
        reason = "a configuration without the pin that its resolution needs does not load"
    )]
    pub fn way(&self) -> Way {
        match self.resolution {
            Resolution::Lookup => Way::Definition(resolution::Resolution::Lookup),
            Resolution::Register => Way::Definition(resolution::Resolution::Register),
            Resolution::Latest => Way::Pin(Pin::Latest),
            Resolution::Version => Way::Pin(Pin::Number(
                self.schema_version.expect("`version` has a number"),
            )),
            Resolution::Id => Way::Pin(Pin::Id(self.schema_version_id.expect("`id` has an id"))),
        }
    }

    /// The bounds of the cache of schemas by id.
    pub fn cache_options(&self, codec: &CodecConfig) -> CacheOptions {
        CacheOptions {
            entries: self.cache.entries,
            negative_entries: self.cache.entries,
            negative_ttl: self.cache.negative_ttl,
            lookups_per_second: self.cache.lookups_per_second,
            ttl: self.cache.ttl,
            concurrency: self.cache.max_calls,
            allowed: codec.allowed_schemas.clone(),
            limits: codec.limits(),
            ..CacheOptions::default()
        }
    }
}

fn version_id(section: &mut Section<'_>) -> Option<Uuid> {
    let text: Option<String> = section.get_optional(
        "schema_version_id",
        "Id of the version that the producer writes with under the resolution `id`.",
    );
    let id = Uuid::try_parse(text.as_deref()?);
    if id.is_err() {
        let message = "an id looks like `75db6fea-2b3f-4283-8abc-805f5381fee9`";
        section.problem("schema_version_id", message);
    }
    id.ok()
}

/// `http://` or `https://`, a host, and nothing that no URL holds.
fn is_url(text: &str) -> bool {
    let rest = text
        .strip_prefix("http://")
        .or_else(|| text.strip_prefix("https://"));
    rest.is_some_and(|rest| {
        !rest.is_empty()
            && !rest.starts_with(['/', ':'])
            && rest.bytes().all(|byte| byte.is_ascii_graphic())
    })
}

/// The registry's name, and its address if that is what is configured.
fn registry(section: &mut Section<'_>) -> (String, Option<RegistryArn>) {
    let text: String = section.get(
        "name",
        "customer".to_owned(),
        "Name of the schema registry, or its ARN, which calls then go by.",
    );
    if !text.starts_with("arn:") {
        return (text, None);
    }
    match text.parse::<RegistryArn>() {
        Ok(arn) => (arn.name().to_owned(), Some(arn)),
        Err(error) => {
            section.problem("name", error.to_string());
            ("customer".to_owned(), None)
        }
    }
}

/// What [`is_glue_name`] wants, for a message.
const GLUE_NAME: &str = "a name has 1 to 255 letters, digits or `-_$#.`";

/// Names that Glue accepts.
fn is_glue_name(name: &str) -> bool {
    (1..=255).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_$#.".contains(&byte))
}

#[cfg(test)]
pub(crate) mod tests;
