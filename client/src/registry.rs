//! The section `registry.*`: where schemas come from.

use std::path::PathBuf;
use std::time::Duration;

use common::registry::cache::CacheOptions;
use common::registry::resolution::{self, Pin, Wanted};
use common::registry::{Compatibility, SchemaName};
use runtime::choice;
use runtime::config::{Reader, Section};
use uuid::Uuid;

use crate::codec::CodecConfig;

choice! {
    /// How the version to write with is found.
    pub enum Resolution {
        /// It has to be there.
        Lookup = "lookup",
        /// It is created where it is missing, for development.
        Register = "register",
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
    /// By its number or id; the registry supplies the text.
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

choice! {
    /// The rule for later versions of a schema that is created here.
    pub enum CompatibilityMode {
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

/// `registry.*`.
#[derive(Clone, Debug)]
pub struct RegistryConfig {
    /// The registry's name.
    pub name: String,
    /// The schema's name in it.
    pub schema_name: String,
    /// The file with the schema text.
    pub schema_file: Option<PathBuf>,
    /// The URL of the registry, where it is not the region's own.
    pub endpoint: Option<String>,
    /// The AWS region.
    pub region: Option<String>,
    /// Where credentials come from.
    pub credentials: Credentials,
    /// How the version to write with is found.
    pub resolution: Resolution,
    /// The number of the version, for the resolution `version`.
    pub schema_version: Option<u64>,
    /// The id of the version, for the resolution `id`.
    pub schema_version_id: Option<Uuid>,
    /// Whether `register` creates the registry as well.
    pub create: bool,
    /// The rule of a schema that `register` creates.
    pub compatibility: CompatibilityMode,
    /// The longest time of one call.
    pub timeout: Duration,
    /// Bounds of the cache of schemas by id.
    pub cache: CacheConfig,
}

/// Decides which of the other keys are used.
const RESOLUTION: &str = "registry.resolution";

/// `registry.cache_*` and the limits on look-ups.
#[derive(Clone, Copy, Debug)]
pub struct CacheConfig {
    /// Schema versions kept.
    pub entries: usize,
    /// How long an unknown id is not asked for again.
    pub negative_ttl: Duration,
    /// Calls a second for ids that are not cached.
    pub lookups_per_second: u32,
}

impl RegistryConfig {
    /// Reads the section; the schema is named after `topic` unless it is named.
    pub fn read(reader: &mut Reader, topic: &str) -> Self {
        let mut section = reader.section("registry");
        let config = Self {
            name: section.get("name", "customer".to_owned(), "Name of the schema registry."),
            schema_name: section.get_derived(
                "schema_name",
                format!("{topic}-value"),
                "`<topic>-value`",
                "Name of the schema that the producer writes with.",
            ),
            schema_file: section.get_optional(
                "schema_file",
                "File with the schema text that the producer writes with; needed unless the source is `orders`, which has its own, or the resolution is `version` or `id`.",
            ),
            endpoint: section.get_optional(
                "endpoint",
                "URL of the registry, such as `http://127.0.0.1:8181` for a local one; AWS's own when not set.",
            ),
            region: section.get_optional("region", "AWS region of the registry; found by the AWS SDK when not set."),
            credentials: section.get(
                "credentials",
                Credentials::Default,
                "Where AWS credentials come from: `default` is the AWS SDK's chain, `anonymous` is for a local registry that needs none.",
            ),
            resolution: section.get(
                "resolution",
                Resolution::Lookup,
                "How the producer finds its schema version: `lookup` wants its text to be registered, `register` creates what is missing, `version` and `id` take the version named by `schema_version` or `schema_version_id` with the registry's text.",
            ),
            schema_version: section.get_optional(
                "schema_version",
                "Number of the version that the producer writes with under the resolution `version`, 1 and up.",
            ),
            schema_version_id: version_id(&mut section),
            create: section.get("create", true, "Whether `register` may create the registry itself."),
            compatibility: section.get(
                "compatibility",
                CompatibilityMode::Backward,
                "Compatibility mode of a schema that `register` creates; an existing schema keeps its own.",
            ),
            timeout: section.get("timeout", Duration::from_secs(5), "Longest time of one call to the registry."),
            cache: CacheConfig::read(&mut section),
        };
        config.check(&mut section);
        config
    }

    fn check(&self, section: &mut Section<'_>) {
        for (key, name) in [("name", &self.name), ("schema_name", &self.schema_name)] {
            if !is_glue_name(name) {
                section.problem(key, "a name has 1 to 255 letters, digits or `-_$#.`");
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
        self.check_pins(section);
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
        let condition = "a registry.resolution that does not take the text from the registry";
        section.used_only("schema_file", RESOLUTION, !self.supplies_text(), condition);
    }

    /// Whether the schema text comes from the registry.
    pub const fn supplies_text(&self) -> bool {
        matches!(self.resolution, Resolution::Version | Resolution::Id)
    }

    /// The full name of the schema to write with.
    pub fn schema(&self) -> SchemaName {
        SchemaName::new(&self.name, &self.schema_name)
    }

    /// What to ask the registry for, to write with this definition.
    #[expect(
        clippy::missing_panics_doc,
        reason = "both lists of modes have the same words, as a test shows"
    )]
    pub fn wanted(&self, definition: String, codec: &CodecConfig) -> Wanted {
        Wanted {
            name: self.schema(),
            definition,
            data_format: codec.data_format(),
            compatibility: Compatibility::from_word(self.compatibility.as_str())
                .expect("both lists of modes have the same words"),
            create_registry: self.create,
        }
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
            allowed: codec.allowed_schemas.clone(),
            limits: codec.limits(),
            ..CacheOptions::default()
        }
    }
}

impl CacheConfig {
    fn read(section: &mut Section<'_>) -> Self {
        let standard = CacheOptions::default();
        let config = Self {
            entries: section.get(
                "cache_entries",
                standard.entries,
                "Schema versions that the consumer keeps compiled, and as many ids known not to exist.",
            ),
            negative_ttl: section.get(
                "negative_ttl",
                standard.negative_ttl,
                "How long a schema version that does not exist is not asked for again.",
            ),
            lookups_per_second: section.get(
                "lookups_per_second",
                standard.lookups_per_second,
                "Calls a second for schema versions that are not cached; frames with random ids wait rather than use up the account's quota.",
            ),
        };
        if config.entries == 0 {
            section.problem("cache_entries", "at least 1 schema version has to be kept");
        }
        if config.lookups_per_second == 0 {
            section.problem(
                "lookups_per_second",
                "with no look-up at all nothing can be decoded",
            );
        }
        config
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

/// Names that Glue accepts.
fn is_glue_name(name: &str) -> bool {
    (1..=255).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_$#.".contains(&byte))
}

#[cfg(test)]
pub(crate) mod tests;
