//! Where the stub can behave in more than one way: because AWS takes its time, or because nobody outside it knows.

use std::time::Duration;

use runtime::config::Section;

use super::Rules;

runtime::choice! {
    /// When two definitions of a schema are the same one.
    pub enum DefinitionMatch {
        /// When they say the same: JSON in any member order, Protobuf word by word.
        Json = "json",
        /// When they are the same text.
        Exact = "exact",
    }
}

runtime::choice! {
    /// How much a request has to say.
    pub enum Validation {
        /// A schema's registry, and an update's version number, wherever AWS documents that they are needed.
        Strict = "strict",
        /// What clients are known to send.
        Moto = "moto",
    }
}

/// The choices.
#[derive(Clone, Copy, Debug)]
pub struct Behaviour {
    /// How long a new version is `PENDING`.
    pub pending: Duration,
    /// How long what is deleted is `DELETING`.
    pub deletion: Duration,
    /// When two definitions of a schema are the same one.
    pub definition_match: DefinitionMatch,
    /// How much a request has to say.
    pub validation: Validation,
    /// Which rules of compatibility count.
    pub rules: Rules,
}

impl Behaviour {
    pub(super) fn read(stub: &mut Section<'_>) -> Self {
        let mut milliseconds =
            |key, help| Duration::from_millis(u64::from(stub.get(key, 0_u32, help)));
        let pending = milliseconds(
            "pending_ms",
            "Milliseconds for which the stub keeps a new version, and a new schema, `PENDING`; 0 judges at once.",
        );
        let deletion = milliseconds(
            "deletion_ms",
            "Milliseconds for which the stub keeps `DELETING` what was deleted; 0 deletes at once.",
        );
        Self {
            pending,
            deletion,
            definition_match: stub.get(
                "definition_match",
                DefinitionMatch::Json,
                "When two definitions of a schema are the same to the stub: `json` does not count white space, the order of members or comments, `exact` counts every byte.",
            ),
            validation: stub.get(
                "validation",
                Validation::Moto,
                "How much requests to the stub have to say: `strict` wants a registry's name beside a schema's, and a version number in each update of a schema.",
            ),
            rules: Rules::read(stub),
        }
    }
}
