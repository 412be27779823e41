//! What can go wrong in a call to the registry, sorted by what a caller can do about it.

use super::Operation;

/// A call to the registry that gave no usable answer.
///
/// It can be cloned, because everyone who waits for the same schema gets the same answer.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{operation}: {problem}{}{message}", if message.is_empty() { "" } else { ": " })]
#[non_exhaustive]
pub struct RegistryError {
    /// The call that failed.
    pub operation: Operation,
    /// The sort of failure; decide by this, not by the message.
    pub problem: Problem,
    /// What the registry, or the way to it, said; at most [`RegistryError::MESSAGE_CHARS`] characters.
    pub message: String,
}

/// The sorts of failure of a registry call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The registry that holds the schema does not exist.
    #[error("registry not found")]
    RegistryNotFound,
    /// The schema does not exist, or its registry does not: the look-up by definition tells them not apart.
    #[error("schema not found")]
    SchemaNotFound,
    /// The schema exists, this version of it does not.
    #[error("schema version not found")]
    VersionNotFound,
    /// Something was not found, and the answer's text does not say what.
    #[error("not found")]
    NotFound,
    /// What was to be created is there.
    #[error("already exists")]
    AlreadyExists,
    /// The registry refuses the input: a name, or a definition that is no valid schema.
    #[error("invalid input")]
    InvalidInput,
    /// Not allowed, or the credentials are missing, wrong or expired.
    #[error("access denied")]
    Denied,
    /// Credentials could not be fetched from where they come from, which may pass.
    #[error("no credentials")]
    Credentials,
    /// Too many calls.
    #[error("throttled")]
    Throttled,
    /// Someone else changes the same thing at the same time.
    #[error("concurrent modification")]
    Conflict,
    /// A quota of the account is used up.
    #[error("quota exceeded")]
    Quota,
    /// No answer in time.
    #[error("timeout")]
    Timeout,
    /// The registry cannot be reached, or answers that it cannot answer.
    #[error("unavailable")]
    Unavailable,
    /// An answer that makes no sense here.
    #[error("unexpected answer")]
    Unexpected,
    /// An answer that came whole, and says what is not known here: a data format, a status, another version.
    #[error("answer not understood")]
    NotUnderstood,
    /// Any other refusal.
    #[error("refused")]
    Refused,
}

impl RegistryError {
    /// The longest message that is kept, in characters.
    pub const MESSAGE_CHARS: usize = 500;

    /// Builds the error of one call.
    pub fn new(operation: Operation, problem: Problem, message: &str) -> Self {
        let message = message.trim().chars().take(Self::MESSAGE_CHARS).collect();
        Self {
            operation,
            problem,
            message,
        }
    }

    /// Tells whether the same call may succeed a moment later.
    pub const fn is_retryable(&self) -> bool {
        matches!(
            self.problem,
            Problem::Credentials
                | Problem::Throttled
                | Problem::Conflict
                | Problem::Timeout
                | Problem::Unavailable
                | Problem::Unexpected
        )
    }

    /// Tells whether the registry answered, and what was asked for is not there.
    pub const fn is_not_found(&self) -> bool {
        matches!(
            self.problem,
            Problem::RegistryNotFound
                | Problem::SchemaNotFound
                | Problem::VersionNotFound
                | Problem::NotFound
        )
    }

    /// Tells whether the schema is there and the version is not.
    pub const fn is_version_not_found(&self) -> bool {
        matches!(self.problem, Problem::VersionNotFound)
    }

    /// Tells whether credentials or permissions are at fault.
    pub const fn is_denied(&self) -> bool {
        matches!(self.problem, Problem::Denied | Problem::Credentials)
    }

    /// Tells whether what was to be created is there.
    pub const fn is_already_exists(&self) -> bool {
        matches!(self.problem, Problem::AlreadyExists)
    }
}

impl Problem {
    /// Reads which thing an `EntityNotFoundException` means; its type does not tell, only its text.
    ///
    /// The words have been seen with and without the full stop, and with details after it, so only their start counts.
    pub fn of_not_found(message: &str) -> Self {
        let text = message.trim_start().to_ascii_lowercase();
        if text.starts_with("schema version") {
            Self::VersionNotFound
        } else if text.starts_with("schema") {
            Self::SchemaNotFound
        } else if text.starts_with("registry") {
            Self::RegistryNotFound
        } else {
            Self::NotFound
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_was_not_found_by_the_start_of_the_text() {
        let cases = [
            ("Schema version is not found.", Problem::VersionNotFound),
            (
                "Schema version is not found. SchemaVersionId: 1",
                Problem::VersionNotFound,
            ),
            ("schema version is not found", Problem::VersionNotFound),
            ("Schema is not found.", Problem::SchemaNotFound),
            ("Schema is not found", Problem::SchemaNotFound),
            (
                "Schema is not found. RegistryName: customer, SchemaName: orders-value, SchemaArn: null",
                Problem::SchemaNotFound,
            ),
            (
                "Registry is not found. RegistryName: customer",
                Problem::RegistryNotFound,
            ),
            ("Entity missing", Problem::NotFound),
            ("", Problem::NotFound),
        ];
        for (message, expected) in cases {
            assert_eq!(Problem::of_not_found(message), expected, "{message}");
        }
    }

    #[test]
    fn names_the_call_and_keeps_the_message_short() {
        let error = RegistryError::new(
            Operation::CreateSchema,
            Problem::InvalidInput,
            &"x".repeat(10_000),
        );
        assert_eq!(error.message.chars().count(), RegistryError::MESSAGE_CHARS);
        assert!(
            error
                .to_string()
                .starts_with("CreateSchema: invalid input: xxx")
        );
        let silent = RegistryError::new(Operation::GetSchemaVersion, Problem::Timeout, "");
        assert_eq!(silent.to_string(), "GetSchemaVersion: timeout");
    }
}
