//! How commands print what they found: for people or for programs.

use crate::daemon::option;

crate::choice! {
    /// How a command prints what it found.
    pub enum Output {
        /// Lines for people.
        Text = "text",
        /// One JSON document on one line, for programs.
        Json = "json",
    }
}

/// The option of commands that print lists and tables.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct OutputArgs {
    /// How it is printed: text or json
    #[arg(long, value_name = "FORM", default_value = "text", value_parser = option::<Output>)]
    pub output: Output,
}
