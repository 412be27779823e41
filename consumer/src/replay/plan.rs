//! What the command line asks for.

use client::config::{TOPIC_NAME, is_topic_name};
use runtime::config::Rate;
use runtime::daemon::option;
use runtime::lifecycle::{Exit, Failure};
use runtime::output::Output;

use super::filter::Filter;
use crate::config::ConsumerConfig;

/// The options of the command.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Topic of the dead letters; `dead_letter.topic` unless given
    #[arg(long, value_name = "TOPIC", value_parser = topic_name)]
    from: Option<String>,
    /// Topic that the records are written to; `kafka.topic` unless given
    #[arg(long, value_name = "TOPIC", value_parser = topic_name)]
    to: Option<String>,
    /// Group whose offsets say how far the replay has come; `kafka.group_id` with `-replay` behind it unless given
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// Records written in a time, at most, such as 100/s; 0/s is as fast as it goes
    #[arg(long, value_name = "RATE", default_value = "0/s", value_parser = option::<Rate>)]
    rate: Rate,
    /// Write nothing and commit nothing; print what would be replayed
    #[arg(long)]
    dry_run: bool,
    /// How a dry run prints what it found: text or json
    #[arg(long, value_name = "FORM", default_value = "text", requires = "dry_run", value_parser = option::<Output>)]
    output: Output,
    #[command(flatten)]
    filter: Filter,
}

/// Reads the name of a topic.
///
/// # Errors
/// What such a name looks like.
pub(crate) fn topic_name(text: &str) -> Result<String, String> {
    is_topic_name(text)
        .then(|| text.to_owned())
        .ok_or_else(|| TOPIC_NAME.to_owned())
}

/// What is replayed, and how.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) group: String,
    pub(super) rate: Rate,
    pub(super) dry_run: bool,
    pub(super) output: Output,
    pub(super) filter: Filter,
}

impl Args {
    /// What the options ask for, under a configuration.
    ///
    /// # Errors
    /// 64 where they do not fit together.
    pub(super) fn plan(self, config: &ConsumerConfig) -> Result<Plan, Failure> {
        let own_group = &config.kafka.group_id;
        let plan = Plan {
            from: self
                .from
                .unwrap_or_else(|| config.dead_letter.topic.clone()),
            to: self.to.unwrap_or_else(|| config.kafka.topic.clone()),
            group: self.group.unwrap_or_else(|| format!("{own_group}-replay")),
            rate: self.rate,
            dry_run: self.dry_run,
            output: self.output,
            filter: self.filter,
        };
        let refused = if plan.from == plan.to {
            let topic = &plan.from;
            format!("--from and --to are both {topic}: each letter would become another one")
        } else if plan.group.is_empty() {
            "--group: a group needs a name".to_owned()
        } else if plan.group == *own_group {
            format!("--group: {own_group} is the group of the consumer itself (kafka.group_id)")
        } else if plan.filter.is_never() {
            "--until is not later than --since: no letter is between them".to_owned()
        } else {
            return Ok(plan);
        };
        Err(Failure::said(Exit::Usage, refused))
    }
}
