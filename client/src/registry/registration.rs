//! What `register` notes about what it creates, and what happens when the registry refuses it.

use std::collections::BTreeMap;

use common::registry::Compatibility;
use common::registry::resolution::Wanted;
use runtime::choice;
use runtime::config::{Section, Value};

use super::{RESOLUTION, Resolution};

/// A compatibility mode as a configured word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompatibilityMode(pub Compatibility);

impl Value for CompatibilityMode {
    const KIND: &'static str = Compatibility::ONE_OF;

    fn parse(text: &str) -> Result<Self, String> {
        let mode = Compatibility::from_word(text).map(Self);
        mode.ok_or_else(|| format!("\"{text}\" is not {}", Self::KIND))
    }

    fn show(&self) -> String {
        format!("\"{}\"", self.0)
    }
}

choice! {
    /// What happens when the registry refuses a definition as incompatible.
    pub enum OnFailure {
        /// The producer does not start.
        Stop = "stop",
        /// It writes with the newest version that its records still fit.
        KeepPrevious = "keep_previous",
    }
}

/// The keys that only `register` uses; tags and metadata may stand in a file that serves other resolutions too.
const ONLY_REGISTER: [&str; 2] = ["description", "clean_failed"];

/// The keys about what `register` creates.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Whether the registry itself is created.
    pub create: bool,
    /// The rule of a schema that is created.
    pub compatibility: CompatibilityMode,
    /// What a schema that is created is for.
    pub description: Option<String>,
    /// The tags of a schema that is created.
    pub tags: BTreeMap<String, String>,
    /// What is noted about a version that is registered.
    pub metadata: BTreeMap<String, String>,
    /// What a refused definition leads to.
    pub on_failure: OnFailure,
    /// Whether a version that was refused is removed.
    pub clean_failed: bool,
}

impl Registration {
    pub(super) fn read(section: &mut Section<'_>, resolution: Resolution) -> Self {
        let config = Self {
            create: section.get(
                "create",
                true,
                "Whether `register` may create the registry itself; one that is named by its ARN is never created.",
            ),
            compatibility: section.get(
                "compatibility",
                CompatibilityMode(Compatibility::Backward),
                "Compatibility mode of a schema that `register` creates; an existing schema keeps its own.",
            ),
            description: section.get_optional(
                "description",
                "Description of a schema that `register` creates.",
            ),
            tags: section.map("tags", "Tags of a schema that `register` creates."),
            metadata: section.map(
                "metadata",
                "Metadata of a version that `register` adds, at most 10 entries; a version that is there already keeps its own.",
            ),
            on_failure: section.get(
                "on_failure",
                OnFailure::Stop,
                "What a definition that the registry refuses as incompatible leads to: `stop` ends the start with 78, `keep_previous` writes with the newest available version that the source's records still fit.",
            ),
            clean_failed: section.get(
                "clean_failed",
                false,
                "Whether `register` removes a version that it has added and the registry has refused; without it such a version stays in the schema's list.",
            ),
        };
        config.check(section, resolution);
        config
    }

    fn check(&self, section: &mut Section<'_>, resolution: Resolution) {
        let registers = resolution == Resolution::Register;
        for key in ONLY_REGISTER {
            let condition = "registry.resolution = \"register\"";
            section.used_only(key, RESOLUTION, registers, condition);
        }
        let has_definition = matches!(resolution, Resolution::Register | Resolution::Lookup);
        let condition = "registry.resolution = \"lookup\" and \"register\"";
        section.used_only("on_failure", RESOLUTION, has_definition, condition);
        if self
            .description
            .as_ref()
            .is_some_and(|text| text.len() > 2048)
        {
            section.problem("description", "a description has at most 2048 bytes");
        }
        let is_tag =
            |(key, value): (&String, &String)| (1..=128).contains(&key.len()) && value.len() <= 256;
        if self.tags.len() > 50 || !self.tags.iter().all(is_tag) {
            let message =
                "there can be 50 tags, with keys of at most 128 and values of at most 256 bytes";
            section.problem("tags", message);
        }
        let is_entry = |(key, value): (&String, &String)| {
            let lengths = (1..=128).contains(&key.len()) && (1..=256).contains(&value.len());
            lengths && is_plain(key) && is_plain(value)
        };
        if self.metadata.len() > 10 || !self.metadata.iter().all(is_entry) {
            let message = "there can be 10 entries, with keys of at most 128 and values of at most 256 letters, digits, blanks or `+-=._./@`";
            section.problem("metadata", message);
        }
    }

    /// Says what is to be created, and how.
    pub(super) fn onto(&self, wanted: Wanted) -> Wanted {
        Wanted {
            compatibility: self.compatibility.0,
            create_registry: self.create,
            description: self.description.clone(),
            tags: self.tags.clone(),
            metadata: self.metadata.clone(),
            clean_failed: self.clean_failed,
            ..wanted
        }
    }
}

/// Whether Glue takes the text as metadata.
fn is_plain(text: &str) -> bool {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"+-=._./@ ".contains(&byte);
    text.bytes().all(is_good)
}
