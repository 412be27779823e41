//! Whether what is written to a stream may have colours.

use std::ffi::OsStr;
use std::io::IsTerminal;

/// Whether colours are for somebody: the stream is a terminal that has them, and `NO_COLOR` is not set.
#[expect(
    clippy::disallowed_methods,
    reason = "variables of every program on a terminal, no settings of ours"
)]
pub fn has_colours(stream: &impl IsTerminal) -> bool {
    stream.is_terminal()
        && wants_colours(
            std::env::var_os("NO_COLOR").as_deref(),
            std::env::var_os("TERM").as_deref(),
        )
}

/// As <https://no-color.org> has it, an empty `NO_COLOR` is none.
fn wants_colours(no_color: Option<&OsStr>, term: Option<&OsStr>) -> bool {
    no_color.is_none_or(OsStr::is_empty) && term.is_none_or(|term| term != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_says_anything_ends_colours() {
        let wants = |no_color: Option<&str>, term: Option<&str>| {
            wants_colours(no_color.map(OsStr::new), term.map(OsStr::new))
        };
        assert!(wants(None, Some("xterm")));
        assert!(wants(Some(""), None));
        assert!(!wants(Some("0"), Some("xterm")));
        assert!(!wants(None, Some("dumb")));
    }
}
