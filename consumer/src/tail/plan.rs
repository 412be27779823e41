//! What the command line asks for.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use runtime::lifecycle::{Exit, Failure};

use super::filter::Filter;
use super::format::{self, Format};
use super::place::{self, From};
use super::template::{self, Template};
use crate::bounds::Until;
use crate::config::ConsumerConfig;
use crate::replay::topic_name;

/// The options of the command.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = template::HELP)]
pub(crate) struct Args {
    /// Topic; `kafka.topic` unless given
    #[arg(long, value_name = "TOPIC", value_parser = topic_name)]
    topic: Option<String>,
    /// Where to begin: beginning, end, a time in ISO 8601, a duration before now such as 15m, an offset, or offsets by
    /// partition such as 0=120,1=95 [default: end]
    #[arg(long, value_name = "PLACE", value_parser = From::parse)]
    from: Option<From>,
    /// Begin with the last N records of all partitions asked for, by time; the other filters count afterwards
    #[arg(long, value_name = "N", conflicts_with = "from")]
    last: Option<NonZeroUsize>,
    /// Where to end: end for what is there now, a time in ISO 8601, or a duration before now; goes on unless given
    #[arg(long, value_name = "PLACE", value_parser = place::until)]
    until: Option<Until>,
    /// End after N records were shown
    #[arg(long, value_name = "N")]
    count: Option<NonZeroUsize>,
    /// Only these partitions; repeatable, or with commas
    #[arg(long = "partition", value_name = "P", value_delimiter = ',', value_parser = clap::value_parser!(i32).range(0..))]
    partitions: Vec<i32>,
    #[command(flatten)]
    filter: Filter,
    /// How records are shown
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "json")]
    format: format::Name,
    /// Show records by a text such as '{offset} {key} {value.status}\n' instead
    #[arg(long, value_name = "TEXT", conflicts_with = "format")]
    template: Option<String>,
}

/// What is read.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) topic: String,
    pub(super) from: From,
    pub(super) last: Option<usize>,
    pub(super) until: Option<Until>,
    pub(super) count: Option<usize>,
    /// All partitions where none is named.
    pub(super) partitions: BTreeSet<i32>,
    pub(super) filter: Filter,
}

impl Args {
    /// How records are shown.
    ///
    /// # Errors
    /// What is wrong with the template.
    pub(super) fn format(&self) -> Result<Format, String> {
        match &self.template {
            Some(text) => Template::parse(text).map(Format::Template),
            None => Ok(self.format.into()),
        }
    }

    /// What the options ask for, under a configuration.
    ///
    /// # Errors
    /// 64 where they do not fit together.
    pub(super) fn plan(self, config: &ConsumerConfig) -> Result<Plan, Failure> {
        let from = self.from.unwrap_or(From::End);
        if matches!(from, From::Offsets(_)) && !self.partitions.is_empty() {
            return Err(refused(
                "--from names the partitions already: take --partition away",
            ));
        }
        Ok(Plan {
            topic: self.topic.unwrap_or_else(|| config.kafka.topic.clone()),
            from,
            last: self.last.map(NonZeroUsize::get),
            until: self.until,
            count: self.count.map(NonZeroUsize::get),
            partitions: self.partitions.into_iter().collect(),
            filter: self.filter,
        })
    }
}

/// A command line that cannot be followed.
pub(super) fn refused(said: impl Into<String>) -> Failure {
    Failure::said(Exit::Usage, said)
}
