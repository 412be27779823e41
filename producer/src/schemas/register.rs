//! `schema register`: the registry has the definition afterwards, or says why not.

use common::metrics::RegistryMetrics;
use common::registry::Operation;
use common::registry::resolution::ResolveError;
use common::registry::retry::Retry;
use runtime::lifecycle::Failure;
use serde_json::json;
use tokio::time::Instant;

use super::Desk;
use super::answer::{Answer, Outcome, reasons};
use crate::config::Config;
use crate::definition::Definition;
use crate::{evolution, schema};

pub(super) async fn answer(mut config: Config) -> Result<Answer, Failure> {
    let definition = Definition::find(&mut config)?
        .expect("the resolution `register` has a definition of its own");
    let desk = Desk::open(&config).await?;
    // The search may wait for a version that is PENDING, and has the whole time again.
    let deadline = Instant::now() + config.base.startup_timeout;
    let retry = Retry::until(deadline, &RegistryMetrics::unregistered());
    let registry = desk.registry.as_ref();
    let found = Box::pin(schema::register(&config, &definition, registry, &retry)).await;
    match found {
        Ok(version) => {
            // A look-up by definition tells no number.
            let look = || registry.schema_version(version.id);
            let known = retry.call(Operation::GetSchemaVersion, look).await;
            let number = known.ok().and_then(|known| known.number).or(version.number);
            let shown = number.map_or_else(|| "?".to_owned(), |number| number.to_string());
            let text = format!("{}: version {shown}, id {}", desk.name, version.id);
            let facts = json!({
                "registry": desk.name.registry,
                "schema": desk.name.schema,
                "version": number,
                "schema_version_id": version.id.to_string(),
                "reasons": [],
            });
            Ok(Answer::told(text, facts))
        }
        Err(ResolveError::Refused(refusal)) => {
            let verdict = evolution::verdict(&refusal).unwrap_or_default();
            let candidate = &refusal.candidate;
            let facts = json!({
                "registry": desk.name.registry,
                "schema": desk.name.schema,
                "version": candidate.number,
                "schema_version_id": candidate.id.to_string(),
                "reasons": reasons(&verdict),
            });
            let text = if verdict.is_compatible() {
                evolution::reasons(&refusal)
            } else {
                verdict.to_string()
            };
            Ok(Answer {
                outcome: Outcome::Refused,
                why: refusal.to_string(),
                text,
                facts,
            })
        }
        Err(error) => Err(evolution::failure(error)),
    }
}
