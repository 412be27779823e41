//! `kafka.auth = "scram-sha-512"`: a user name, and a password that is never shown.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use rdkafka::ClientConfig;
use runtime::config::{Secret, Section, Value as _};

use super::{Auth, needed, used_under};

/// No password is as long as this.
const MOST_BYTES: u64 = 64 << 10;

/// Name and password.
#[derive(Clone, Debug)]
pub struct Scram {
    username: String,
    password: Secret,
}

impl Scram {
    /// Reads the keys; nothing under another `kafka.auth`.
    pub(super) fn read(kafka: &mut Section<'_>, way: Auth) -> Option<Self> {
        let username: Option<String> =
            kafka.get_optional("username", "User name, for `scram-sha-512`.");
        let password: Option<Secret> = kafka.get_optional(
            "password",
            "Password, for `scram-sha-512`; best given as the environment variable `GLUESTREAM_KAFKA__PASSWORD`, or in a file.",
        );
        let file: Option<PathBuf> = kafka.get_optional(
            "password_file",
            "File with the password, in place of `kafka.password`; one line end at its end is no part of it.",
        );
        used_under(
            kafka,
            &["username", "password", "password_file"],
            way,
            &[Auth::ScramSha512],
        );
        if way != Auth::ScramSha512 {
            return None;
        }
        needed(kafka, "username", way);
        let password = match (password, file) {
            (Some(_), Some(_)) => {
                kafka.problem(
                    "password_file",
                    "kafka.password is set too: one of them is enough",
                );
                None
            }
            (given, None) => {
                needed(kafka, "password", way);
                given.map(|given| ("password", given))
            }
            (None, Some(path)) => match read(&path) {
                Ok(text) => Some(("password_file", text)),
                Err(error) => {
                    kafka.problem("password_file", format!("the file cannot be read: {error}"));
                    None
                }
            },
        };
        let (key, password) = password?;
        if password.expose().is_empty() || password.expose().contains('\0') {
            kafka.problem(key, "a password is not empty, and has no zero byte");
        }
        Some(Self {
            username: username?,
            password,
        })
    }

    pub(super) fn apply(&self, client: &mut ClientConfig) {
        client
            .set("sasl.mechanisms", "SCRAM-SHA-512")
            .set("sasl.username", &self.username)
            .set("sasl.password", self.password.expose());
    }
}

fn read(path: &Path) -> io::Result<Secret> {
    let mut text = String::new();
    File::open(path)?
        .take(MOST_BYTES)
        .read_to_string(&mut text)?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    Secret::parse(line).map_err(io::Error::other)
}
