//! What the SDK reports as an error, sorted by what can be done about it.

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_glue::config::http::HttpResponse;
use aws_sdk_glue::error::{ProvideErrorMetadata, SdkError};

use crate::error::text::chain;
use crate::registry::{Operation, Problem, RegistryError};

/// Sorts what the SDK reports by what can be done about it.
pub(super) fn failure<E>(operation: Operation, error: &SdkError<E, HttpResponse>) -> RegistryError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let status = error
        .raw_response()
        .map(|response| response.status().as_u16());
    match error {
        SdkError::ServiceError(refusal) => {
            let code = refusal.err().code().unwrap_or_default();
            let message = refusal.err().message().unwrap_or_default();
            let problem = problem(code, message, status);
            let text = match (code, message) {
                ("", _) => format!(
                    "HTTP status {}, and no error of AWS",
                    status.unwrap_or_default()
                ),
                (code, "") => code.to_owned(),
                (code, message) => format!("{code}: {message}"),
            };
            RegistryError::new(operation, problem, &text)
        }
        SdkError::TimeoutError(_) => RegistryError::new(operation, Problem::Timeout, ""),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            RegistryError::new(operation, Problem::Timeout, &chain(error))
        }
        SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) => {
            let problem = credentials_problem(error).unwrap_or(Problem::Unavailable);
            RegistryError::new(operation, problem, &chain(error))
        }
        _ => RegistryError::new(operation, Problem::Unexpected, &chain(error)),
    }
}

/// Sorts an answer by its error code, and where it has none by its HTTP status.
fn problem(code: &str, message: &str, status: Option<u16>) -> Problem {
    match code {
        "EntityNotFoundException" => Problem::of_not_found(message),
        "AlreadyExistsException" => Problem::AlreadyExists,
        "InvalidInputException" | "ValidationException" | "SerializationException" => {
            Problem::InvalidInput
        }
        "ResourceNumberLimitExceededException" => Problem::Quota,
        "ConcurrentModificationException" => Problem::Conflict,
        "InternalServiceException"
        | "InternalFailure"
        | "InternalServerError"
        | "ServiceUnavailable"
        | "ServiceUnavailableException"
        | "RequestTimeTooSkewed" => Problem::Unavailable,
        "OperationTimeoutException" | "RequestTimeout" | "RequestTimeoutException" => {
            Problem::Timeout
        }
        _ if is_denial(code) => Problem::Denied,
        _ if is_throttling(code) => Problem::Throttled,
        _ => match status {
            Some(401 | 403) => Problem::Denied,
            Some(429) => Problem::Throttled,
            Some(408) => Problem::Timeout,
            Some(500..) => Problem::Unavailable,
            // Not the registry's own words: a proxy, a web server, half an answer.
            _ if code.is_empty() => Problem::Unexpected,
            _ => Problem::Refused,
        },
    }
}

fn is_denial(code: &str) -> bool {
    const CODES: [&str; 12] = [
        "AccessDenied",
        "AuthFailure",
        "ExpiredToken",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignature",
        "MissingAuthenticationToken",
        "NotAuthorized",
        "OptInRequired",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClient",
    ];
    CODES.contains(&code.strip_suffix("Exception").unwrap_or(code))
}

fn is_throttling(code: &str) -> bool {
    code.contains("Throttl")
        || [
            "TooManyRequests",
            "RequestLimitExceeded",
            "ProvisionedThroughputExceeded",
            "SlowDown",
        ]
        .iter()
        .any(|start| code.starts_with(start))
}

/// Finds out whether the call failed before it was sent, because there were no credentials to sign it with.
fn credentials_problem(error: &(dyn std::error::Error + 'static)) -> Option<Problem> {
    let cause = std::iter::successors(Some(error), |error| error.source())
        .find_map(|error| error.downcast_ref::<CredentialsError>())?;
    Some(match cause {
        CredentialsError::CredentialsNotLoaded(_) | CredentialsError::InvalidConfiguration(_) => {
            Problem::Denied
        }
        // Where they come from does not answer, or not as it should.
        _ => Problem::Credentials,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_answers_by_code_and_then_by_status() {
        let cases = [
            ("EntityNotFoundException", Some(400), Problem::NotFound),
            ("AlreadyExistsException", Some(400), Problem::AlreadyExists),
            ("InvalidInputException", Some(400), Problem::InvalidInput),
            (
                "ResourceNumberLimitExceededException",
                Some(400),
                Problem::Quota,
            ),
            (
                "ConcurrentModificationException",
                Some(400),
                Problem::Conflict,
            ),
            ("InternalServiceException", Some(400), Problem::Unavailable),
            ("ThrottlingException", Some(400), Problem::Throttled),
            ("TooManyRequestsException", Some(400), Problem::Throttled),
            ("AccessDeniedException", Some(400), Problem::Denied),
            ("ExpiredTokenException", Some(400), Problem::Denied),
            ("ExpiredToken", Some(403), Problem::Denied),
            ("UnrecognizedClientException", Some(400), Problem::Denied),
            ("UnknownOperationException", Some(400), Problem::Refused),
            ("", Some(403), Problem::Denied),
            ("", Some(429), Problem::Throttled),
            ("", Some(502), Problem::Unavailable),
            ("", Some(404), Problem::Unexpected),
            ("", None, Problem::Unexpected),
        ];
        for (code, status, expected) in cases {
            assert_eq!(problem(code, "", status), expected, "{code} {status:?}");
        }
    }
}
