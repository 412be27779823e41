//! Which earlier versions count, and the check against each.

use std::fmt;

use crate::{Conflict, Definition, Direction, Mode, Reach, Verdict, avro, json_schema, protobuf};

/// The rules where a registry leaves a choice; the defaults are the AWS registry's, as far as anyone has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Avro's.
    pub avro: avro::Options,
    /// Those for JSON schemas.
    pub json: json_schema::Rules,
    /// Those for Protobuf.
    pub protobuf: protobuf::Rules,
}

/// What the checkpoint of a schema means; AWS says two things about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checkpoint {
    /// The last version counts; for the `_ALL` modes every version from the checkpoint on.
    #[default]
    Range,
    /// The version at the checkpoint counts; for the `_ALL` modes every version from the checkpoint on.
    Pinned,
    /// It means nothing: the last version counts, or every one.
    Ignore,
}

impl Checkpoint {
    /// The name in configurations.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Range => "range",
            Self::Pinned => "pinned",
            Self::Ignore => "ignore",
        }
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// An earlier version that is available.
#[derive(Debug)]
pub struct Earlier {
    /// Its number, from 1.
    pub number: u64,
    /// Its definition.
    pub definition: Definition,
}

/// The numbers of the versions that a new one is compared with, in rising order.
///
/// `available` are the numbers of the available versions, in any order; others never count.
///
/// ```
/// use compatibility::{Checkpoint, Mode, counting};
///
/// assert_eq!(counting(Mode::Backward, Checkpoint::Range, 2, &[1, 2, 4]), [4]);
/// assert_eq!(counting(Mode::BackwardAll, Checkpoint::Range, 2, &[1, 2, 4]), [2, 4]);
/// assert_eq!(counting(Mode::Full, Checkpoint::Pinned, 2, &[1, 2, 4]), [2]);
/// assert!(counting(Mode::None, Checkpoint::Range, 2, &[1, 2, 4]).is_empty());
/// ```
pub fn counting(mode: Mode, checkpoint: Checkpoint, at: u64, available: &[u64]) -> Vec<u64> {
    let Some(reach) = mode.reach() else {
        return Vec::new();
    };
    let last = available.iter().copied().max();
    let mut numbers = available.to_vec();
    numbers.sort_unstable();
    numbers.retain(|number| match (reach, checkpoint) {
        (Reach::All, Checkpoint::Ignore) => true,
        (Reach::All, _) => *number >= at,
        (Reach::Last, Checkpoint::Pinned) => *number == at,
        (Reach::Last, _) => Some(*number) == last,
    });
    numbers
}

/// Compares a new definition with the earlier versions that count: see [`counting`].
pub fn check(mode: Mode, new: &Definition, earlier: &[Earlier], options: &Options) -> Verdict {
    let mut conflicts = Vec::new();
    for version in earlier {
        for &direction in mode.directions() {
            let (reader, writer) = match direction {
                Direction::Backward => (new, &version.definition),
                Direction::Forward => (&version.definition, new),
            };
            let differences = reader.cannot_read(writer, options);
            if !differences.is_empty() {
                conflicts.push(Conflict {
                    version: version.number,
                    direction,
                    differences,
                });
            }
        }
    }
    Verdict { conflicts }
}
