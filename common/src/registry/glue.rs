//! AWS Glue as the schema registry: the only file of this crate that names the AWS SDK.

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_glue::Client;
use aws_sdk_glue::config::http::HttpResponse;
use aws_sdk_glue::config::retry::RetryConfig;
use aws_sdk_glue::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_glue::operation::get_schema_version::GetSchemaVersionOutput;
use aws_sdk_glue::types;
use uuid::Uuid;

use super::{
    Answer, DataFormat, NewSchema, Operation, Problem, RegistryError, SchemaName, SchemaRegistry,
    SchemaVersion, VersionState, VersionStatus, Which,
};
use crate::error::text::chain;
use crate::metrics::RegistryMetrics;

/// The Glue Schema Registry of one account and region.
///
/// It makes each call once: whoever calls decides about retries. How long a call may take is up to the client it is
/// given (the SDK's timeout configuration).
#[derive(Clone, Debug)]
pub struct GlueRegistry {
    client: Client,
    metrics: RegistryMetrics,
}

impl GlueRegistry {
    /// Wraps a client, with its own retries switched off.
    pub fn new(client: &Client, metrics: &RegistryMetrics) -> Self {
        let config = client
            .config()
            .to_builder()
            .retry_config(RetryConfig::disabled())
            .build();
        Self {
            client: Client::from_conf(config),
            metrics: metrics.clone(),
        }
    }

    /// Makes one call, counts and times it.
    async fn call<A, E, T>(
        &self,
        operation: Operation,
        sent: impl Future<Output = Result<A, SdkError<E, HttpResponse>>>,
        read: impl FnOnce(A) -> Result<(T, Option<VersionStatus>), String>,
    ) -> Result<T, RegistryError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let call = self.metrics.start(operation);
        let answer = match sent.await {
            Ok(answer) => read(answer)
                .map_err(|what| RegistryError::new(operation, Problem::Unexpected, &what)),
            Err(error) => Err(failure(operation, &error)),
        };
        match answer {
            Ok((value, status)) => {
                call.answered(status == Some(VersionStatus::Failure));
                Ok(value)
            }
            Err(error) => {
                call.failed(&error);
                Err(error)
            }
        }
    }
}

impl SchemaRegistry for GlueRegistry {
    fn schema_version(&self, id: Uuid) -> Answer<'_, SchemaVersion> {
        let request = self
            .client
            .get_schema_version()
            .schema_version_id(id.hyphenated().to_string());
        Box::pin(
            self.call(Operation::GetSchemaVersion, request.send(), move |answer| {
                let version = version(answer)?;
                if version.id != id {
                    return Err(format!(
                        "the answer is about another version, {}",
                        version.id
                    ));
                }
                let status = version.status;
                Ok((version, Some(status)))
            }),
        )
    }

    fn version_of<'a>(&'a self, name: &'a SchemaName, which: Which) -> Answer<'a, SchemaVersion> {
        let place = types::SchemaVersionNumber::builder();
        let place = match which {
            // A number that Glue's type cannot hold is the number of no version.
            Which::Number(number) => {
                place.version_number(i64::try_from(number).unwrap_or(i64::MAX))
            }
            Which::Latest => place.latest_version(true),
        };
        let request = self
            .client
            .get_schema_version()
            .schema_id(schema_id(name))
            .schema_version_number(place.build());
        Box::pin(
            self.call(Operation::GetSchemaVersion, request.send(), |answer| {
                let version = version(answer)?;
                let status = version.status;
                Ok((version, Some(status)))
            }),
        )
    }

    fn version_by_definition<'a>(
        &'a self,
        name: &'a SchemaName,
        definition: &'a str,
    ) -> Answer<'a, VersionState> {
        let request = self
            .client
            .get_schema_by_definition()
            .schema_id(schema_id(name))
            .schema_definition(definition);
        Box::pin(
            self.call(Operation::GetSchemaByDefinition, request.send(), |answer| {
                let state = VersionState {
                    id: version_id(answer.schema_version_id())?,
                    number: None,
                    data_format: Some(data_format(answer.data_format())?),
                    status: status(answer.status())?,
                };
                let status = state.status;
                Ok((state, Some(status)))
            }),
        )
    }

    fn data_format<'a>(&'a self, name: &'a SchemaName) -> Answer<'a, DataFormat> {
        let request = self.client.get_schema().schema_id(schema_id(name));
        Box::pin(self.call(Operation::GetSchema, request.send(), |answer| {
            Ok((data_format(answer.data_format())?, None))
        }))
    }

    fn register_version<'a>(
        &'a self,
        name: &'a SchemaName,
        definition: &'a str,
    ) -> Answer<'a, VersionState> {
        let request = self
            .client
            .register_schema_version()
            .schema_id(schema_id(name))
            .schema_definition(definition);
        Box::pin(
            self.call(Operation::RegisterSchemaVersion, request.send(), |answer| {
                let state = VersionState {
                    id: version_id(answer.schema_version_id())?,
                    number: number(answer.version_number()),
                    data_format: None,
                    status: status(answer.status())?,
                };
                let status = state.status;
                Ok((state, Some(status)))
            }),
        )
    }

    fn create_schema<'a>(&'a self, schema: &'a NewSchema<'a>) -> Answer<'a, VersionState> {
        let request = self
            .client
            .create_schema()
            .registry_id(
                types::RegistryId::builder()
                    .registry_name(&schema.name.registry)
                    .build(),
            )
            .schema_name(&schema.name.schema)
            .data_format(types::DataFormat::from(schema.data_format.as_str()))
            .compatibility(types::Compatibility::from(schema.compatibility.as_str()))
            .schema_definition(schema.definition);
        Box::pin(
            self.call(Operation::CreateSchema, request.send(), |answer| {
                let state = VersionState {
                    id: version_id(answer.schema_version_id())?,
                    number: number(answer.latest_schema_version()),
                    data_format: Some(schema.data_format),
                    status: status(answer.schema_version_status())?,
                };
                let status = state.status;
                Ok((state, Some(status)))
            }),
        )
    }

    fn create_registry<'a>(&'a self, registry: &'a str) -> Answer<'a, ()> {
        let request = self.client.create_registry().registry_name(registry);
        Box::pin(self.call(Operation::CreateRegistry, request.send(), |_| {
            Ok(((), None))
        }))
    }
}

fn schema_id(name: &SchemaName) -> types::SchemaId {
    types::SchemaId::builder()
        .registry_name(&name.registry)
        .schema_name(&name.schema)
        .build()
}

fn version(answer: GetSchemaVersionOutput) -> Result<SchemaVersion, String> {
    let (registry, schema_name) = names(answer.schema_arn().unwrap_or_default());
    Ok(SchemaVersion {
        id: version_id(answer.schema_version_id())?,
        registry,
        schema_name,
        number: number(answer.version_number()),
        data_format: data_format(answer.data_format())?,
        status: status(answer.status())?,
        definition: answer
            .schema_definition
            .ok_or("the answer has no SchemaDefinition")?,
    })
}

fn version_id(text: Option<&str>) -> Result<Uuid, String> {
    let text = text.ok_or("the answer has no SchemaVersionId")?;
    Uuid::try_parse(text).map_err(|error| format!("SchemaVersionId is no UUID: {error}"))
}

fn number(value: Option<i64>) -> Option<u64> {
    value
        .and_then(|value| u64::try_from(value).ok())
        .filter(|value| *value > 0)
}

fn data_format(value: Option<&types::DataFormat>) -> Result<DataFormat, String> {
    let word = value.ok_or("the answer has no DataFormat")?.as_str();
    DataFormat::from_word(word).ok_or_else(|| format!("data format `{word}` is not known"))
}

fn status(value: Option<&types::SchemaVersionStatus>) -> Result<VersionStatus, String> {
    let word = value.ok_or("the answer has no version status")?.as_str();
    VersionStatus::from_word(word).ok_or_else(|| format!("version status `{word}` is not known"))
}

/// Registry and schema of an ARN that ends with `schema/<registry>/<schema>`.
fn names(arn: &str) -> (Option<String>, Option<String>) {
    let mut parts = arn.rsplit('/');
    let schema = parts.next().filter(|name| !name.is_empty() && *name != arn);
    let registry = schema
        .and(parts.next())
        .filter(|name| !name.is_empty() && !name.contains(':'));
    (registry.map(str::to_owned), schema.map(str::to_owned))
}

/// Sorts what the SDK reports by what can be done about it.
fn failure<E>(operation: Operation, error: &SdkError<E, HttpResponse>) -> RegistryError
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

    #[test]
    fn reads_the_names_out_of_an_arn() {
        let own = |(registry, schema): (Option<&str>, Option<&str>)| {
            (registry.map(str::to_owned), schema.map(str::to_owned))
        };
        let cases = [
            (
                "arn:aws:glue:us-east-1:000000000000:schema/customer/orders-value",
                (Some("customer"), Some("orders-value")),
            ),
            (
                "arn:aws-cn:glue:cn-north-1:000000000000:schema/a.b/c$d",
                (Some("a.b"), Some("c$d")),
            ),
            (
                "arn:aws:glue:us-east-1:000000000000:schema/orders-value",
                (None, Some("orders-value")),
            ),
            ("no arn", (None, None)),
            ("", (None, None)),
        ];
        for (arn, expected) in cases {
            assert_eq!(names(arn), own(expected), "{arn}");
        }
    }
}
