//! `producer topics ensure`: the topic exists afterwards, whoever created it, and the topic of its dead letters too.
//! With `--check` nothing is changed, and each difference from the configuration is a line.

mod admin;
mod drift;

use std::io::Write as _;

use anyhow::Context as _;
use client::dead_letter::DeadLetterPolicy;
use runtime::lifecycle::{Exit, Failure, Tasks};

use crate::config::Config;
use admin::{Admin, Ensured};
use drift::{Found, Wanted};

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
) -> Result<(), Failure> {
    let admin = Admin::open(&config, &tasks).await?;
    let source = Wanted::source(&config);
    make(&config, &admin, &source, adds_partitions).await?;
    if has_dead_letters(&config) {
        let found = look(&admin, &source.name).await?;
        let letters = Wanted::dead_letters(&config, found.as_ref());
        make(&config, &admin, &letters, adds_partitions).await?;
    }
    Ok(())
}

/// Prints a line for each difference between the configured topics and those that are there; changes nothing.
///
/// # Errors
/// 1 when there is a difference, 69 when no broker can be reached within `startup.timeout`, 77 when access is denied.
pub(crate) async fn check(config: Config, tasks: Tasks) -> Result<(), Failure> {
    let admin = Admin::open(&config, &tasks).await?;
    let source = Wanted::source(&config);
    let found = admin.find(&source.name).await?;
    let mut all = source.differences(found.as_ref());
    if has_dead_letters(&config) {
        let letters = Wanted::dead_letters(&config, found.as_ref());
        let found = admin.find(&letters.name).await?;
        all.extend(letters.differences(found.as_ref()));
    }
    for difference in &all {
        say(&difference.to_string())?;
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

/// Creates a topic, or looks at the one that is there; waits until it is led, and says so.
async fn make(
    config: &Config,
    admin: &Admin,
    wanted: &Wanted,
    adds_partitions: bool,
) -> Result<(), Failure> {
    let topic = &wanted.name;
    let (done, least) = match admin.create(wanted).await? {
        Ensured::Created => ("created", wanted.partitions),
        Ensured::Existing => {
            let partitions = admin.led(topic, 1).await?;
            refuse_to_shrink(config, wanted, partitions)?;
            if adds_partitions && partitions < wanted.partitions {
                admin.add_partitions(wanted).await?;
                ("enlarged, now", wanted.partitions)
            } else {
                ("exists", 1)
            }
        }
    };
    let partitions = admin.led(topic, least).await?;
    if done != "created" {
        let found = look(admin, topic).await?;
        let differences = found.map(|found| wanted.differences(Some(&found)));
        for difference in differences.unwrap_or_default() {
            tracing::warn!("{difference}; it is left as it is");
        }
    }
    say(&format!(
        "topic {topic} {done} with {partitions} partitions"
    ))
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
