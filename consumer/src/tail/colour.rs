//! Colours of what is shown to people on a terminal.

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Place,
    Name,
    Text,
    Literal,
    Trouble,
}

impl Part {
    const fn code(self) -> &'static [u8] {
        match self {
            Self::Place => b"\x1b[1m",
            Self::Name => b"\x1b[34m",
            Self::Text => b"\x1b[32m",
            Self::Literal => b"\x1b[36m",
            Self::Trouble => b"\x1b[31m",
        }
    }
}

/// Whether there are colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Colours(pub(super) bool);

impl Colours {
    /// Writes a piece of text.
    pub(super) fn write(self, part: Part, text: &[u8], out: &mut Vec<u8>) {
        if self.0 {
            out.extend_from_slice(part.code());
            out.extend_from_slice(text);
            out.extend_from_slice(b"\x1b[0m");
        } else {
            out.extend_from_slice(text);
        }
    }
}
