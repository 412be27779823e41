//! `quickstart evolution`: the schema of orders changes, and each step tells what the rules and the registry say.
//!
//! One schema under `BACKWARD_ALL`, because its topic keeps records of every version; one producer a step, the daemon's
//! own; one consumer for all of them, which reads every record as version 2. A refused version stops nobody: the
//! producer goes on with the last one that its records fit.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use client::kafka::mock::MockCluster;
use consumer::config::ConsumerConfig;
use producer::schemas::{Outcome, RecordNames};
use runtime::lifecycle::{Cause, Exit, Failure, Tasks};
use runtime::telemetry::Telemetry;
use serde_json::Value;
use tempfile::TempDir;

use crate::cli::Cli;
use crate::parts::{Shared, load, start_stub};
use crate::summary::Summary;

const TOPIC: &str = "orders-evolution";
/// Orders a step, unless the command line says otherwise.
const ORDERS: u64 = 100;
/// How long the consumer may take for the records of a step.
const CATCH_UP: Duration = Duration::from_secs(30);

/// The four definitions. The last but one is the mistake of the Python demo.
const DEFINITIONS: [(&str, &str); 4] = [
    ("order.avsc", include_str!("../../schemas/order.avsc")),
    (
        "order_prime.avsc",
        include_str!("../../schemas/order_prime.avsc"),
    ),
    (
        "order_more.avsc",
        include_str!("../../schemas/order_more.avsc"),
    ),
    (
        "order_renamed.avsc",
        include_str!("../../schemas/order_renamed.avsc"),
    ),
];

/// Plays all steps.
///
/// # Errors
/// The exit code of whatever failed; 1 when the registry judges otherwise than the rules do.
pub(crate) async fn run(cli: &Cli, grace: Duration) -> Result<(), Failure> {
    let cluster = MockCluster::start(1).context("start the embedded Kafka")?;
    cluster.create_topic(TOPIC, 1).context("create the topic")?;
    let stub = Tasks::new();
    let endpoint = match &cli.registry_endpoint {
        Some(endpoint) => endpoint.clone(),
        None => start_stub(cli, &stub).await?,
    };
    let shared = Shared {
        cli,
        topic: TOPIC,
        bootstrap: cluster.bootstrap_servers(),
        endpoint,
        admin: Tasks::new(),
    };
    let mut demo = Demo::start(shared, grace).await?;
    let played = demo.play().await;
    let ended = demo.end().await;
    stub.drain(Cause::Finished);
    played.and(ended)
}

/// What a producer did in one step.
struct Step {
    /// `version 2`, where its number is known, and its id.
    version: String,
    status: String,
    /// Why it did not write with its own definition.
    refused: Option<String>,
    delivered: u64,
}

struct Demo<'a> {
    shared: Shared<'a>,
    folder: TempDir,
    reading: Tasks,
    consumer: consumer::Consumer,
    grace: Duration,
    began: Instant,
    delivered: u64,
    /// Whether a registry said something else than the rules did.
    differs: bool,
}

impl<'a> Demo<'a> {
    /// Starts the consumer; it reads everything as version 2, which no registry has yet.
    async fn start(shared: Shared<'a>, grace: Duration) -> Result<Self, Failure> {
        let folder = tempfile::tempdir().context("make a folder for what is consumed")?;
        for (name, text) in DEFINITIONS {
            std::fs::write(folder.path().join(name), text).context("write a definition")?;
        }
        let reader_schema = path_in(&folder, "order_prime.avsc");
        let mut set = shared.set("127.0.0.1:0".parse().context("an address")?);
        for (key, value) in [
            ("codec.reader_schema", reader_schema),
            ("sink.kind", "file".to_owned()),
            ("sink.path", path_in(&folder, "consumed.ndjson")),
            ("dead_letter.policy", "stop".to_owned()),
        ] {
            set.push((key.to_owned(), value));
        }
        let config = load::<ConsumerConfig>(&shared.cli.sources(set))?.config;
        let reading = Tasks::new();
        let consumer = consumer::start(config, reading.clone(), Telemetry::new("consumer")).await?;
        Ok(Self {
            shared,
            folder,
            reading,
            consumer,
            grace,
            began: Instant::now(),
            delivered: 0,
            differs: false,
        })
    }

    async fn play(&mut self) -> Result<(), Failure> {
        self.first().await?;
        self.field_with_default().await?;
        self.mandatory_field().await?;
        self.renamed_record().await
    }

    async fn first(&mut self) -> Result<(), Failure> {
        tell("a. Order, as it was in the beginning")?;
        self.judged("order.avsc", RecordNames::Lenient).await?;
        let step = self.produce("order.avsc", "order").await?;
        self.written(&step)
    }

    async fn field_with_default(&mut self) -> Result<(), Failure> {
        tell("\nb. Order gets a field, is_prime, with a default")?;
        let of_first = self.lines()?.into_iter().next_back();
        self.judged("order_prime.avsc", RecordNames::Lenient)
            .await?;
        let step = self.produce("order_prime.avsc", "order_more").await?;
        self.written(&step)?;
        let of_second = self.lines()?.into_iter().next_back();
        tell("   side by side, both read as the second version:")?;
        for (line, version) in [(of_first, "first"), (of_second, "second")] {
            let value = line.map_or(Value::Null, |line| line["value"].clone());
            tell(&format!("     written with the {version}: {value}"))?;
        }
        Ok(())
    }

    async fn mandatory_field(&mut self) -> Result<(), Failure> {
        tell("\nc. is_prime has no default")?;
        let outcome = self.judged("order_more.avsc", RecordNames::Lenient).await?;
        let step = self.produce("order_more.avsc", "order_more").await?;
        self.compare(outcome, step.refused.is_some());
        self.written(&step)
    }

    async fn renamed_record(&mut self) -> Result<(), Failure> {
        tell("\nd. Order is called Purchase")?;
        tell(
            "   where names do not count (as the AWS registry judges, as far as anyone has seen):",
        )?;
        let lenient = self
            .judged("order_renamed.avsc", RecordNames::Lenient)
            .await?;
        tell("   where they do (as Avro's specification says):")?;
        let strict = self
            .judged("order_renamed.avsc", RecordNames::Strict)
            .await?;
        let step = self.produce("order_renamed.avsc", "order_more").await?;
        let is_refused = step.refused.is_some();
        // Which of both a registry is, is its own affair.
        if lenient == strict {
            self.compare(lenient, is_refused);
        }
        self.written(&step)
    }

    /// Tells what the rules say, and gives their verdict.
    async fn judged(&self, file: &str, names: RecordNames) -> Result<Outcome, Failure> {
        let config = self.config(file, "order")?;
        let answer = Box::pin(producer::schemas::check(config, names)).await?;
        let said = answer.text();
        for (index, line) in said.lines().enumerate() {
            let lead = if index == 0 {
                "   the rules say: "
            } else {
                "     "
            };
            tell(&format!("{lead}{line}"))?;
        }
        Ok(answer.outcome())
    }

    fn compare(&mut self, outcome: Outcome, is_refused: bool) {
        self.differs |= judges_otherwise(outcome, is_refused);
    }

    /// Runs a producer to its end, and waits until its records are consumed.
    async fn produce(&mut self, file: &str, variant: &str) -> Result<Step, Failure> {
        let config = self.config(file, variant)?;
        let (tasks, telemetry) = (Tasks::new(), Telemetry::new("producer"));
        let progress = Box::pin(producer::start_gated(
            config,
            tasks.clone(),
            telemetry,
            None,
        ))
        .await?;
        let outcome = tasks.finished(self.grace).await;
        if outcome.exit != Exit::Done {
            return Err(Failure::said(
                outcome.exit,
                "the producer failed, see above",
            ));
        }
        let version = progress
            .schema_version()
            .context("the producer knows its schema version")?;
        let delivered = progress.delivered();
        self.delivered += delivered;
        self.catch_up().await?;
        let named = match version.number {
            Some(number) => format!("version {number}, id {}", version.id),
            None => format!("the version with id {}", version.id),
        };
        Ok(Step {
            version: named,
            status: version.status.to_string(),
            refused: progress.refused().map(str::to_owned),
            delivered,
        })
    }

    fn config(&self, file: &str, variant: &str) -> Result<producer::Config, Failure> {
        let mut set = self
            .shared
            .set("127.0.0.1:0".parse().context("an address")?);
        let orders = self.shared.cli.max_records.unwrap_or(ORDERS);
        for (key, value) in [
            ("registry.schema_file", path_in(&self.folder, file)),
            ("registry.compatibility", "BACKWARD_ALL".to_owned()),
            ("registry.on_failure", "keep_previous".to_owned()),
            ("registry.clean_failed", "true".to_owned()),
            ("source.kind", "orders".to_owned()),
            ("source.variant", variant.to_owned()),
            ("source.max_records", orders.to_string()),
            (
                "source.rate",
                self.shared.cli.rate.clone().unwrap_or("0/s".to_owned()),
            ),
        ] {
            set.push((key.to_owned(), value));
        }
        Ok(load::<producer::Config>(&self.shared.cli.sources(set))?.config)
    }

    async fn catch_up(&self) -> Result<(), Failure> {
        let deadline = Instant::now() + CATCH_UP;
        while self.consumer.ended() < self.delivered {
            if Instant::now() > deadline || self.reading.draining().is_cancelled() {
                let message = "the consumer does not get on, see above";
                return Err(Failure::said(Exit::DrainIncomplete, message));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// Tells what the registry said and what was written.
    fn written(&self, step: &Step) -> Result<(), Failure> {
        let Step {
            version, status, ..
        } = step;
        match &step.refused {
            None => tell(&format!("   the registry says: {version} is {status}"))?,
            Some(reason) => {
                tell(&format!("   the registry says: {reason}"))?;
                tell(&format!("   the producer goes on with {version}"))?;
            }
        }
        let consumed = self.consumer.delivered();
        let delivered = step.delivered;
        tell(&format!(
            "   {delivered} orders written with it, {consumed} of {} in the topic read so far",
            self.delivered
        ))
    }

    /// What was consumed, in its order.
    fn lines(&self) -> Result<Vec<Value>, Failure> {
        let path = self.folder.path().join("consumed.ndjson");
        let text = std::fs::read_to_string(&path).context("read what was consumed")?;
        let lines = text.lines().map(serde_json::from_str);
        Ok(lines
            .collect::<Result<_, _>>()
            .context("read what was consumed")?)
    }

    /// Ends the consumer and tells the totals.
    async fn end(self) -> Result<(), Failure> {
        self.reading.drain(Cause::Finished);
        let read = self.reading.finished(self.grace).await;
        tell("")?;
        let summary = Summary {
            made: self.delivered,
            delivered: self.delivered,
            consumed: self.consumer.delivered(),
            skipped: self.consumer.skipped(),
            dead_lettered: self.consumer.dead_lettered(),
            time: self.began.elapsed(),
        };
        summary.say();
        if read.exit != Exit::Done {
            return Err(Failure::said(read.exit, "the consumer failed, see above"));
        }
        summary.verdict()?;
        if self.differs {
            let message = "the registry does not judge by the rules: see above";
            return Err(Failure::said(Exit::SomeFailed, message));
        }
        Ok(())
    }
}

/// Whether a registry that refused a definition, or did not, is at odds with what the rules say of it.
fn judges_otherwise(rules: Outcome, is_refused: bool) -> bool {
    is_refused != (rules == Outcome::Refused)
}

fn path_in(folder: &TempDir, name: &str) -> String {
    let path: PathBuf = Path::new(folder.path()).join(name);
    path.to_string_lossy().into_owned()
}

/// Tells people one thing, on stdout.
fn tell(line: &str) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout(), "{line}").context("write to stdout")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_is_at_odds_with_the_rules_when_only_one_of_both_refuses() {
        for (rules, is_refused, otherwise) in [
            (Outcome::Refused, true, false),
            (Outcome::Fits, false, false),
            (Outcome::Refused, false, true),
            (Outcome::Fits, true, true),
        ] {
            assert_eq!(judges_otherwise(rules, is_refused), otherwise, "{rules:?}");
        }
    }
}
