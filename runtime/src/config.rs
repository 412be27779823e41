//! Configuration: defaults, then a TOML file, then the environment, then `--set`.
//!
//! [`Sources`] flattens the layers into `section.key` entries that remember where they
//! came from. A [`Reader`] hands each binary its sections, key by key, and collects *every* problem
//! (bad values, unknown keys, unknown sections), so that one run reports them all. What was read is
//! kept as [`Effective`] entries: `validate` prints them and a test holds the documentation to them.

mod base;
mod legacy;
pub mod load;
mod print;
mod reader;
mod redact;
mod section;
pub mod units;
mod value;

pub use base::{Admin, Base, LogConfig, LogFormat};
pub use load::{Origin, Sources};
pub(crate) use print::{print, print_json};
pub use reader::{Effective, Problem, Problems, Reader, Settings};
pub use redact::{is_secret_key, mask_user_info};
pub use section::Section;
pub use units::{Rate, Share, Size};
pub use value::{Secret, Value};

use std::net::SocketAddr;

/// What a binary reads from the configuration.
pub trait Config: Sized {
    /// The binary's name, as on the command line.
    const BINARY: &'static str;

    /// Reads every section the binary owns; problems go to the reader.
    fn read(reader: &mut Reader) -> Self;

    /// The sections common to all binaries.
    fn base(&self) -> &Base;

    /// The admin section of a binary with an admin port of its own.
    fn admin(&self) -> Option<&Admin>;

    /// The address that answers `/live` and `/ready`.
    fn listen(&self) -> SocketAddr;
}

/// The names of all sections of all binaries: one configuration serves every binary.
pub const SECTIONS: [&str; 19] = [
    "kafka",
    "registry",
    "codec",
    "source",
    "generate",
    "producer",
    "sink",
    "sinks",
    "transform",
    "route",
    "target",
    "dead_letter",
    "topic",
    "consumer",
    "stub",
    "admin",
    "log",
    "startup",
    "shutdown",
];
