//! The compatibility modes of a schema and what each one compares.

use std::fmt;
use std::str::FromStr;

/// How the versions of one schema may evolve.
///
/// ```
/// use compatibility::{Direction, Mode, Reach};
///
/// let mode: Mode = "BACKWARD_ALL".parse()?;
/// assert_eq!(mode.directions(), [Direction::Backward]);
/// assert_eq!(mode.reach(), Some(Reach::All));
/// # Ok::<(), compatibility::ModeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Any valid definition may follow.
    None,
    /// No version may follow the first.
    Disabled,
    /// The new version reads what the last one wrote.
    Backward,
    /// The new version reads what every earlier one wrote.
    BackwardAll,
    /// The last version reads what the new one writes.
    Forward,
    /// Every earlier version reads what the new one writes.
    ForwardAll,
    /// The new version and the last one read each other.
    Full,
    /// The new version and every earlier one read each other.
    FullAll,
}

/// Who must be able to read whose data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The new version, as a reader, of data that an earlier one wrote.
    Backward,
    /// An earlier version, as a reader, of data that the new one writes.
    Forward,
}

/// How many earlier versions the new one is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// The last available version only.
    Last,
    /// Every available version.
    All,
}

/// A text that names no compatibility mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a compatibility mode; the modes are NONE, DISABLED, BACKWARD, BACKWARD_ALL, FORWARD, FORWARD_ALL, FULL and FULL_ALL"
)]
pub struct ModeError;

impl Mode {
    /// Every mode, in the order AWS lists them.
    pub const ALL: [Self; 8] = [
        Self::None,
        Self::Disabled,
        Self::Backward,
        Self::BackwardAll,
        Self::Forward,
        Self::ForwardAll,
        Self::Full,
        Self::FullAll,
    ];

    /// The name that the AWS API uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Disabled => "DISABLED",
            Self::Backward => "BACKWARD",
            Self::BackwardAll => "BACKWARD_ALL",
            Self::Forward => "FORWARD",
            Self::ForwardAll => "FORWARD_ALL",
            Self::Full => "FULL",
            Self::FullAll => "FULL_ALL",
        }
    }

    /// Whether a second version may be registered at all.
    pub const fn allows_new_versions(self) -> bool {
        !matches!(self, Self::Disabled)
    }

    /// The directions that must hold; empty when nothing is compared.
    pub const fn directions(self) -> &'static [Direction] {
        match self {
            Self::None | Self::Disabled => &[],
            Self::Backward | Self::BackwardAll => &[Direction::Backward],
            Self::Forward | Self::ForwardAll => &[Direction::Forward],
            Self::Full | Self::FullAll => &[Direction::Backward, Direction::Forward],
        }
    }

    /// How many earlier versions are compared; `None` when nothing is.
    pub const fn reach(self) -> Option<Reach> {
        match self {
            Self::None | Self::Disabled => None,
            Self::Backward | Self::Forward | Self::Full => Some(Reach::Last),
            Self::BackwardAll | Self::ForwardAll | Self::FullAll => Some(Reach::All),
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for Mode {
    type Err = ModeError;

    fn from_str(text: &str) -> Result<Self, ModeError> {
        Self::ALL
            .into_iter()
            .find(|mode| mode.as_str() == text)
            .ok_or(ModeError)
    }
}

#[cfg(test)]
mod tests {
    use super::{Direction, Mode, ModeError, Reach};

    #[test]
    fn every_mode_prints_the_text_it_parses() {
        for mode in Mode::ALL {
            assert_eq!(mode.to_string().parse(), Ok(mode));
        }
    }

    #[test]
    fn other_texts_are_no_modes() {
        for text in [
            "",
            "backward",
            "BACKWARD ",
            "BACKWARD-ALL",
            "FULL_TRANSITIVE",
        ] {
            assert_eq!(text.parse::<Mode>(), Err(ModeError), "{text:?}");
        }
    }

    #[test]
    fn each_mode_compares_what_its_name_says() {
        use Direction::{Backward, Forward};
        let table: [(Mode, &[Direction], Option<Reach>); 8] = [
            (Mode::None, &[], None),
            (Mode::Disabled, &[], None),
            (Mode::Backward, &[Backward], Some(Reach::Last)),
            (Mode::BackwardAll, &[Backward], Some(Reach::All)),
            (Mode::Forward, &[Forward], Some(Reach::Last)),
            (Mode::ForwardAll, &[Forward], Some(Reach::All)),
            (Mode::Full, &[Backward, Forward], Some(Reach::Last)),
            (Mode::FullAll, &[Backward, Forward], Some(Reach::All)),
        ];
        for (mode, directions, reach) in table {
            assert_eq!(mode.directions(), directions, "{mode}");
            assert_eq!(mode.reach(), reach, "{mode}");
        }
    }

    #[test]
    fn only_disabled_allows_no_new_versions() {
        let closed: Vec<Mode> = Mode::ALL
            .into_iter()
            .filter(|mode| !mode.allows_new_versions())
            .collect();
        assert_eq!(closed, [Mode::Disabled]);
    }
}
