//! `producer topics ensure`: the topic exists afterwards, whoever created it, and the topic of its dead letters too.
//! With `--check` nothing is changed, and each difference from the configuration is a line.

mod admin;
mod drift;

use std::io::Write as _;

use anyhow::Context as _;
use client::dead_letter::DeadLetterPolicy;
use runtime::lifecycle::{Exit, Failure, Tasks};
use runtime::output::Output;
use serde_json::json;

use crate::config::Config;
use admin::{Admin, Ensured};
use drift::{Difference, Found, Wanted};

/// Creates the configured topics that are missing, waits for their leaders and prints a line for each.
///
/// One that exists is left as it is, and each difference is a warning; `adds_partitions` gives it those that it lacks.
///
/// # Errors
/// 69 when no broker can be reached within `startup.timeout`, 77 when access is denied, 78 when the broker refuses, or
/// when fewer partitions are asked for than there are.
pub(crate) async fn ensure(
    config: Config,
    tasks: Tasks,
    adds_partitions: bool,
    output: Output,
) -> Result<(), Failure> {
    let admin = Admin::open(&config, &tasks).await?;
    let source = Wanted::source(&config);
    let mut all = vec![make(&config, &admin, &source, adds_partitions).await?];
    say_made(&all[0], output)?;
    if has_dead_letters(&config) {
        let found = look(&admin, &source.name).await?;
        let letters = Wanted::dead_letters(&config, found.as_ref());
        let made = make(&config, &admin, &letters, adds_partitions).await?;
        say_made(&made, output)?;
        all.push(made);
    }
    if output == Output::Json {
        let topics: Vec<_> = all.iter().map(Made::facts).collect();
        say(&json!({ "topics": topics }).to_string())?;
    }
    Ok(())
}

/// A topic that is there now.
struct Made {
    topic: String,
    done: Done,
    partitions: usize,
    /// What it is left with, as far as that can be told.
    differences: Vec<Difference>,
}

/// What was done to make it so.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Done {
    Created,
    Existed,
    Enlarged,
}

impl Made {
    fn facts(&self) -> serde_json::Value {
        let done = match self.done {
            Done::Created => "created",
            Done::Existed => "existed",
            Done::Enlarged => "enlarged",
        };
        json!({
            "topic": self.topic,
            "done": done,
            "partitions": self.partitions,
            "differences": self.differences.iter().map(Difference::what).collect::<Vec<_>>(),
        })
    }
}

/// The line about a topic, as soon as there is something to say of it.
fn say_made(made: &Made, output: Output) -> Result<(), Failure> {
    if output == Output::Json {
        return Ok(());
    }
    let done = match made.done {
        Done::Created => "created",
        Done::Existed => "exists",
        Done::Enlarged => "enlarged, now",
    };
    let (topic, partitions) = (&made.topic, made.partitions);
    say(&format!(
        "topic {topic} {done} with {partitions} partitions"
    ))
}

/// Prints a line for each difference between the configured topics and those that are there; changes nothing.
///
/// # Errors
/// 1 when there is a difference, 69 when no broker can be reached within `startup.timeout`, 77 when access is denied.
pub(crate) async fn check(config: Config, tasks: Tasks, output: Output) -> Result<(), Failure> {
    let admin = Admin::open(&config, &tasks).await?;
    let source = Wanted::source(&config);
    let found = admin.find(&source.name).await?;
    let mut all = source.differences(found.as_ref());
    if has_dead_letters(&config) {
        let letters = Wanted::dead_letters(&config, found.as_ref());
        let found = admin.find(&letters.name).await?;
        all.extend(letters.differences(found.as_ref()));
    }
    match output {
        Output::Text => {
            for difference in &all {
                say(&difference.to_string())?;
            }
        }
        Output::Json => {
            let differences: Vec<_> = all.iter().map(Difference::facts).collect();
            say(&json!({ "differences": differences }).to_string())?;
        }
    }
    if all.is_empty() {
        return Ok(());
    }
    let message = format!("{} differences from the configuration", all.len());
    Err(Failure::said(Exit::SomeFailed, message))
}

/// Whether the policy has a use for a topic of dead letters.
fn has_dead_letters(config: &Config) -> bool {
    match config.dead_letter.policy {
        None | Some(DeadLetterPolicy::Topic) => true,
        Some(DeadLetterPolicy::Log | DeadLetterPolicy::Stop) => false,
    }
}

/// Creates a topic, or looks at the one that is there; waits until it is led.
async fn make(
    config: &Config,
    admin: &Admin,
    wanted: &Wanted,
    adds_partitions: bool,
) -> Result<Made, Failure> {
    let topic = &wanted.name;
    let (done, least) = match admin.create(wanted).await? {
        Ensured::Created => (Done::Created, wanted.partitions),
        Ensured::Existing => {
            let partitions = admin.led(topic, 1).await?;
            refuse_to_shrink(config, wanted, partitions)?;
            if adds_partitions && partitions < wanted.partitions {
                admin.add_partitions(wanted).await?;
                (Done::Enlarged, wanted.partitions)
            } else {
                (Done::Existed, 1)
            }
        }
    };
    let partitions = admin.led(topic, least).await?;
    let mut differences = Vec::new();
    if done != Done::Created {
        let found = look(admin, topic).await?;
        differences = found.map_or_else(Vec::new, |found| wanted.differences(Some(&found)));
        for difference in &differences {
            tracing::warn!("{difference}; it is left as it is");
        }
    }
    Ok(Made {
        topic: topic.clone(),
        done,
        partitions,
        differences,
    })
}

/// Fewer partitions than there are, where a number is asked for, is a wish that nobody can grant.
fn refuse_to_shrink(config: &Config, wanted: &Wanted, partitions: usize) -> Result<(), Failure> {
    let (topic, asked) = (&wanted.name, wanted.partitions);
    if partitions <= asked || !config.topic.is_sized {
        return Ok(());
    }
    let message = format!(
        "topic {topic} has {partitions} partitions and topic.partitions asks for {asked}: Kafka takes none away"
    );
    Err(Failure::said(Exit::Configuration, message))
}

/// What a topic is like, where we may know.
async fn look(admin: &Admin, topic: &str) -> Result<Option<Found>, Failure> {
    match admin.find(topic).await {
        Err(failure) if failure.exit != Exit::Unreachable => {
            tracing::warn!(
                topic,
                "whether the topic is as configured cannot be told: {failure}"
            );
            Ok(None)
        }
        found => found,
    }
}

fn say(line: &str) -> Result<(), Failure> {
    writeln!(std::io::stdout(), "{line}").context("write to stdout")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_is_told_for_programs() {
        let made = |done, differences| Made {
            topic: "orders".to_owned(),
            done,
            partitions: 6,
            differences,
        };
        let wanted = runtime::config::Reader::load(&runtime::config::Sources::default());
        let wanted = Wanted::source(&wanted.expect("the defaults are sound").config);
        let facts = made(Done::Existed, wanted.differences(None)).facts();
        let expected = json!({"topic": "orders", "done": "existed", "partitions": 6, "differences": ["missing"]});
        assert_eq!(facts, expected);
        assert_eq!(made(Done::Created, Vec::new()).facts()["done"], "created");
        assert_eq!(made(Done::Enlarged, Vec::new()).facts()["done"], "enlarged");
    }
}
