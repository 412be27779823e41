//! `schema check`: whether the registry would take a definition, told without a call that writes.

use common::registry::resolution::{Counting, counting};
use common::registry::{
    Compatibility, DataFormat, Operation, SchemaState, VersionState, VersionStatus,
};
use compatibility::{Definition, Options, Verdict};
use runtime::lifecycle::Failure;
use serde_json::json;

use super::answer::{Answer, Outcome, reasons, versions};
use super::{Desk, named};
use crate::config::Config;
use crate::{definition, evolution};

/// The most versions that are compared with.
const MOST: usize = 100;
/// The most characters of a definition that the registry takes.
const LONGEST: usize = 170_000;

pub(super) async fn answer(mut config: Config, options: Options) -> Result<Answer, Failure> {
    let text = definition::text(&config)?;
    let format = config.codec.data_format();
    let new = match read(format, &text) {
        Ok(new) => new,
        Err(why) => return Ok(Finding::new(Outcome::Refused, why).answer(None)),
    };
    named(&mut config)?;
    let desk = Desk::open(&config).await?;
    let schema = desk.schema().await?;
    let finding = match &schema {
        None => first(&desk, config.registry.registration.create).await?,
        Some(schema) => {
            let candidate = Candidate {
                desk: &desk,
                schema,
                format,
                text: &text,
            };
            candidate.find(&new, options).await?
        }
    };
    Ok(finding.answer(Some((&desk, schema.as_ref()))))
}

/// Reads a definition as the registry does, or says why it is none.
fn read(format: DataFormat, text: &str) -> Result<Definition, String> {
    let length = text.chars().count();
    if length > LONGEST {
        return Err(format!(
            "it has {length} characters, and the registry takes {LONGEST}"
        ));
    }
    let parsed = evolution::definition(format, text);
    parsed.map_err(|error| format!("it is no valid {format} definition: {error}"))
}

/// There is no such schema, so nothing stands against a first version but a registry that may not be created.
async fn first(desk: &Desk, creates: bool) -> Result<Finding, Failure> {
    let name = &desk.name;
    if !creates && !has_registry(desk).await? {
        let registry = &name.registry;
        let why = format!(
            "registry `{registry}` does not exist and may not be created (registry.create)"
        );
        return Ok(Finding::new(Outcome::Refused, why));
    }
    let why = format!("{name} does not exist: it would be version 1");
    Ok(Finding::new(Outcome::Fits, why))
}

/// The answer about a schema does not tell whether its registry is there.
async fn has_registry(desk: &Desk) -> Result<bool, Failure> {
    let look = || desk.registry.schemas(&desk.name.registry, None);
    match desk.retry().call(Operation::ListSchemas, look).await {
        Ok(_) => Ok(true),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(desk.failed(error)),
    }
}

/// What was found out.
struct Finding {
    outcome: Outcome,
    why: String,
    existing: Option<VersionState>,
    against: Vec<u64>,
    verdict: Verdict,
}

impl Finding {
    fn new(outcome: Outcome, why: String) -> Self {
        Self {
            outcome,
            why,
            existing: None,
            against: Vec::new(),
            verdict: Verdict::default(),
        }
    }

    fn answer(self, asked: Option<(&Desk, Option<&SchemaState>)>) -> Answer {
        let schema = asked.and_then(|(_, schema)| schema);
        let mode = schema.and_then(|schema| schema.compatibility);
        let facts = json!({
            "registry": asked.map(|(desk, _)| &desk.name.registry),
            "schema": asked.map(|(desk, _)| &desk.name.schema),
            "data_format": schema.map(|schema| schema.data_format.as_str()),
            "compatibility": mode.map(Compatibility::as_str),
            "existing": self.existing.as_ref().map(super::show::version_facts),
            "compared_with": self.against,
            "reasons": reasons(&self.verdict),
        });
        let text = if self.verdict.is_compatible() {
            String::new()
        } else {
            self.verdict.to_string()
        };
        Answer {
            outcome: self.outcome,
            why: self.why,
            text,
            facts,
        }
    }
}

/// A definition that an existing schema may take.
struct Candidate<'a> {
    desk: &'a Desk,
    schema: &'a SchemaState,
    format: DataFormat,
    text: &'a str,
}

impl Candidate<'_> {
    async fn find(&self, new: &Definition, options: Options) -> Result<Finding, Failure> {
        let (name, found) = (&self.desk.name, self.schema.data_format);
        if found != self.format {
            let why = format!("{name} has data format {found}, not {}", self.format);
            return Ok(Finding::new(Outcome::Refused, why));
        }
        let existing = self.existing().await?;
        if let Some(known) = &existing
            && known.status == VersionStatus::Available
        {
            let number = known
                .number
                .map_or(String::new(), |number| format!(" {number}"));
            let why = format!("{name} has it already, as version{number}");
            let finding = Finding::new(Outcome::Fits, why);
            return Ok(Finding {
                existing,
                ..finding
            });
        }
        let finding = self.judge(new, options).await?;
        Ok(Finding {
            existing,
            ..finding
        })
    }

    /// The version that has this very definition.
    async fn existing(&self) -> Result<Option<VersionState>, Failure> {
        let (registry, name) = (&self.desk.registry, &self.desk.name);
        let look = || registry.version_by_definition(name, self.text);
        let retry = self.desk.retry();
        let state = match retry.call(Operation::GetSchemaByDefinition, look).await {
            Ok(state) => state,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(self.desk.failed(error)),
        };
        // The answer has no number.
        let look = || registry.schema_version(state.id);
        let version = retry.call(Operation::GetSchemaVersion, look).await;
        let number = version.ok().and_then(|version| version.number);
        Ok(Some(VersionState { number, ..state }))
    }

    async fn judge(&self, new: &Definition, options: Options) -> Result<Finding, Failure> {
        let name = &self.desk.name;
        let Some(mode) = self.schema.compatibility else {
            let why = format!("the compatibility mode of {name} is not known here");
            return Ok(Finding::new(Outcome::CouldNotTell, why));
        };
        let mode = evolution::mode(mode);
        if !mode.allows_new_versions() {
            let why = format!("{name} takes no new version: its compatibility mode is {mode}");
            return Ok(Finding::new(Outcome::Refused, why));
        }
        let (registry, retry) = (self.desk.registry.as_ref(), self.desk.retry());
        let counted = counting(registry, name, self.schema, MOST, &retry)
            .await
            .map_err(|error| self.desk.failed(error))?;
        let numbers = counted
            .versions
            .iter()
            .rev()
            .filter_map(|version| version.number);
        let against: Vec<_> = numbers.collect();
        let compared = format!("under {mode}, compared with {}", versions(&against));
        let finding = match evolution::judge(mode, new, &counted.versions, options) {
            Ok(verdict) if !verdict.is_compatible() => Finding {
                verdict,
                ..Finding::new(
                    Outcome::Refused,
                    format!("{name} would not take it {compared}"),
                )
            },
            Ok(_) => Self::accepted(&format!("{name} would take it {compared}"), &counted),
            Err(error) => Finding::new(Outcome::CouldNotTell, error.to_string()),
        };
        Ok(Finding { against, ..finding })
    }

    /// No reason was found, in the versions that were seen.
    fn accepted(why: &str, counted: &Counting) -> Finding {
        if counted.more {
            let why = format!("{why}; older ones count too and were not looked at");
            return Finding::new(Outcome::CouldNotTell, why);
        }
        Finding::new(Outcome::Fits, why.to_owned())
    }
}
