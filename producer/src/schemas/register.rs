//! `schema register`: the registry has the definition afterwards, or says why not.

use common::registry::resolution::{Refusal, Resolution, ResolveError, resolve};
use common::registry::{Problem, SchemaVersion};
use runtime::lifecycle::Failure;
use serde_json::{Value, json};

use super::answer::{Answer, Outcome, reasons};
use super::{Desk, named};
use crate::config::Config;
use crate::{definition, evolution};

pub(super) async fn answer(mut config: Config) -> Result<Answer, Failure> {
    let text = definition::text(&config)?;
    named(&mut config)?;
    let desk = Desk::open(&config).await?;
    let wanted = config.registry.wanted(text, &config.codec);
    let (registry, retry) = (desk.registry.as_ref(), desk.retry());
    let found = Box::pin(resolve(registry, &wanted, Resolution::Register, &retry)).await;
    match found {
        Ok(version) => Ok(registered(&desk, &version)),
        Err(ResolveError::Refused(refusal)) => Ok(refused(&desk, &refusal)),
        Err(error) if is_refusal(&error) => {
            let why = format!("{:#}", anyhow::Error::new(error));
            Ok(Answer {
                outcome: Outcome::Refused,
                why,
                text: String::new(),
                facts: facts(&desk, None, None),
            })
        }
        Err(error) => Err(evolution::failure(error)),
    }
}

/// Whether the registry has said no for good, other than by a status.
const fn is_refusal(error: &ResolveError) -> bool {
    match error {
        ResolveError::DataFormat { .. } | ResolveError::RegistryNotFound { .. } => true,
        ResolveError::Registry { source, .. } => {
            matches!(source.problem, Problem::InvalidInput | Problem::Refused)
        }
        _ => false,
    }
}

fn registered(desk: &Desk, version: &SchemaVersion) -> Answer {
    let number = version.number;
    let shown = number.map_or_else(|| "?".to_owned(), |number| number.to_string());
    let text = format!("{}: version {shown}, id {}", desk.name, version.id);
    Answer::told(text, facts(desk, number, Some(version)))
}

fn refused(desk: &Desk, refusal: &Refusal) -> Answer {
    let verdict = evolution::verdict(refusal).unwrap_or_default();
    let candidate = &refusal.candidate;
    let mut facts = facts(desk, candidate.number, Some(candidate));
    facts["reasons"] = reasons(&verdict);
    let text = if verdict.is_compatible() {
        evolution::reasons(refusal)
    } else {
        verdict.to_string()
    };
    Answer {
        outcome: Outcome::Refused,
        why: refusal.to_string(),
        text,
        facts,
    }
}

fn facts(desk: &Desk, number: Option<u64>, version: Option<&SchemaVersion>) -> Value {
    json!({
        "registry": desk.name.registry,
        "schema": desk.name.schema,
        "version": number,
        "schema_version_id": version.map(|version| version.id.to_string()),
        "reasons": [],
    })
}
