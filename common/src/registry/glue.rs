//! AWS Glue as the schema registry: the only place of this crate that names the AWS SDK.

mod failure;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use aws_sdk_glue::Client;
use aws_sdk_glue::config::http::HttpResponse;
use aws_sdk_glue::config::retry::RetryConfig;
use aws_sdk_glue::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_glue::operation::get_schema_version::GetSchemaVersionOutput;
use aws_sdk_glue::types;
use uuid::Uuid;

use failure::failure;

use super::arn::RegistryArn;
use super::{
    Answer, Compatibility, DataFormat, NewSchema, Operation, Problem, RegistryError, SchemaName,
    SchemaRegistry, SchemaState, SchemaVersion, SchemaVersions, Schemas, VersionState,
    VersionStatus, Versions, Which,
};
use crate::error::text::short;
use crate::metrics::RegistryMetrics;

/// The Glue Schema Registry of one account and region.
///
/// It makes each call once: whoever calls decides about retries. How long a call may take is up to the client it is
/// given (the SDK's timeout configuration).
#[derive(Clone, Debug)]
pub struct GlueRegistry {
    client: Client,
    metrics: RegistryMetrics,
    /// The registry that is called by its address, not by its name.
    address: Option<RegistryArn>,
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
            address: None,
        }
    }

    /// Calls the registry of this name by its address from here on, which may be in another account.
    #[must_use]
    pub fn with_address(mut self, address: RegistryArn) -> Self {
        self.address = Some(address);
        self
    }

    /// The address of a registry, if it is to be called by it.
    fn address_of(&self, registry: &str) -> Option<&RegistryArn> {
        self.address
            .as_ref()
            .filter(|address| address.name() == registry)
    }

    fn schema_id(&self, name: &SchemaName) -> types::SchemaId {
        let id = types::SchemaId::builder();
        match self.address_of(&name.registry) {
            Some(address) => id.schema_arn(address.schema(&name.schema)),
            None => id.registry_name(&name.registry).schema_name(&name.schema),
        }
        .build()
    }

    fn registry_id(&self, registry: &str) -> types::RegistryId {
        let id = types::RegistryId::builder();
        match self.address_of(registry) {
            Some(address) => id.registry_arn(address.as_str()),
            None => id.registry_name(registry),
        }
        .build()
    }

    /// Makes one call, counts and times it.
    async fn call<A, E, T>(
        &self,
        operation: Operation,
        sent: impl Future<Output = Result<A, SdkError<E, HttpResponse>>>,
        read: impl FnOnce(A) -> Result<(T, Option<VersionStatus>), Misread>,
    ) -> Result<T, RegistryError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let call = self.metrics.start(operation);
        let answer = match sent.await {
            Ok(answer) => read(answer).map_err(|misread| misread.of(operation)),
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

impl SchemaVersions for GlueRegistry {
    fn schema_version(&self, id: Uuid) -> Answer<'_, SchemaVersion> {
        let request = self
            .client
            .get_schema_version()
            .schema_version_id(id.hyphenated().to_string());
        Box::pin(
            self.call(Operation::GetSchemaVersion, request.send(), move |answer| {
                let version = version(answer)?;
                if version.id != id {
                    let what = format!("the answer is about another version, {}", version.id);
                    return Err(Misread::Unknown(what));
                }
                let status = version.status;
                Ok((version, Some(status)))
            }),
        )
    }
}

impl SchemaRegistry for GlueRegistry {
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
            .schema_id(self.schema_id(name))
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
            .schema_id(self.schema_id(name))
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

    fn schema<'a>(&'a self, name: &'a SchemaName) -> Answer<'a, SchemaState> {
        let request = self.client.get_schema().schema_id(self.schema_id(name));
        Box::pin(self.call(Operation::GetSchema, request.send(), |answer| {
            let mode = answer.compatibility().map(types::Compatibility::as_str);
            let schema = SchemaState {
                data_format: data_format(answer.data_format())?,
                compatibility: mode.and_then(Compatibility::from_word),
                checkpoint: number(answer.schema_checkpoint()),
            };
            Ok((schema, None))
        }))
    }

    fn versions<'a>(&'a self, name: &'a SchemaName, most: usize) -> Answer<'a, Versions> {
        let most = i32::try_from(most.clamp(1, MOST_LISTED)).unwrap_or(i32::MAX);
        let request = self
            .client
            .list_schema_versions()
            .schema_id(self.schema_id(name))
            .max_results(most);
        Box::pin(
            self.call(Operation::ListSchemaVersions, request.send(), |answer| {
                let versions = answer.schemas().iter().map(listed);
                let mut versions = versions.collect::<Result<Vec<_>, _>>()?;
                // So they come, though nothing promises it.
                versions.sort_by_key(|version| Reverse(version.number));
                let more = answer.next_token().is_some();
                Ok((Versions { versions, more }, None))
            }),
        )
    }

    fn schemas<'a>(&'a self, registry: &'a str, after: Option<&'a str>) -> Answer<'a, Schemas> {
        let request = self
            .client
            .list_schemas()
            .registry_id(self.registry_id(registry))
            .max_results(i32::try_from(MOST_LISTED).unwrap_or(i32::MAX))
            .set_next_token(after.map(str::to_owned));
        Box::pin(self.call(Operation::ListSchemas, request.send(), |answer| {
            let names = answer.schemas().iter().map(|item| {
                let name = item.schema_name().ok_or(Misread::Missing("SchemaName"))?;
                Ok(name.to_owned())
            });
            let names = names.collect::<Result<Vec<_>, Misread>>()?;
            let next = answer.next_token;
            Ok((Schemas { names, next }, None))
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
            .schema_id(self.schema_id(name))
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
            .registry_id(self.registry_id(&schema.name.registry))
            .schema_name(&schema.name.schema)
            .data_format(types::DataFormat::from(schema.data_format.as_str()))
            .compatibility(types::Compatibility::from(schema.compatibility.as_str()))
            .schema_definition(schema.definition)
            .set_description(schema.description.map(str::to_owned))
            .set_tags(tags(schema.tags));
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

    fn put_metadata<'a>(&'a self, id: Uuid, key: &'a str, value: &'a str) -> Answer<'a, ()> {
        let entry = types::MetadataKeyValuePair::builder()
            .metadata_key(key)
            .metadata_value(value);
        let request = self
            .client
            .put_schema_version_metadata()
            .schema_version_id(id.hyphenated().to_string())
            .metadata_key_value(entry.build());
        let operation = Operation::PutSchemaVersionMetadata;
        Box::pin(self.call(operation, request.send(), |_| Ok(((), None))))
    }

    fn delete_version<'a>(&'a self, name: &'a SchemaName, number: u64) -> Answer<'a, ()> {
        let request = self
            .client
            .delete_schema_versions()
            .schema_id(self.schema_id(name))
            .versions(number.to_string());
        let operation = Operation::DeleteSchemaVersions;
        Box::pin(async move {
            // What could not be removed is told in an answer that is otherwise a good one.
            let left = self.call(operation, request.send(), |answer| {
                let left = answer.schema_version_errors().first();
                let why = left.and_then(types::SchemaVersionErrorItem::error_details);
                let said = why.and_then(types::ErrorDetails::error_message);
                Ok((left.map(|_| said.unwrap_or_default().to_owned()), None))
            });
            match left.await? {
                Some(why) => Err(RegistryError::new(operation, Problem::Refused, &why)),
                None => Ok(()),
            }
        })
    }

    fn create_registry<'a>(&'a self, registry: &'a str) -> Answer<'a, ()> {
        if self.address_of(registry).is_some() {
            // By its name it would come to be in our own account, whoever's the address is.
            let why = "a registry that is called by its ARN is never created";
            let error =
                RegistryError::new(Operation::CreateRegistry, Problem::RegistryNotFound, why);
            return Box::pin(async { Err(error) });
        }
        let request = self.client.create_registry().registry_name(registry);
        Box::pin(self.call(Operation::CreateRegistry, request.send(), |_| {
            Ok(((), None))
        }))
    }
}

/// Why an answer without an error is none.
enum Misread {
    /// Something is not there that Glue always sends: half an answer, or somebody else's.
    Missing(&'static str),
    /// Everything is there, and says what is not known here.
    Unknown(String),
}

impl Misread {
    fn of(self, operation: Operation) -> RegistryError {
        match self {
            Self::Missing(what) => {
                let text = format!("the answer has no {what}");
                RegistryError::new(operation, Problem::Unexpected, &text)
            }
            Self::Unknown(what) => RegistryError::new(operation, Problem::NotUnderstood, &what),
        }
    }
}

/// The most versions that Glue lists at once.
const MOST_LISTED: usize = 100;

fn listed(item: &types::SchemaVersionListItem) -> Result<VersionState, Misread> {
    Ok(VersionState {
        id: version_id(item.schema_version_id())?,
        number: number(item.version_number()),
        data_format: None,
        status: status(item.status())?,
    })
}

/// No tags at all, rather than none of them.
fn tags(tags: &BTreeMap<String, String>) -> Option<HashMap<String, String>> {
    (!tags.is_empty()).then(|| tags.clone().into_iter().collect())
}

fn version(answer: GetSchemaVersionOutput) -> Result<SchemaVersion, Misread> {
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
            .ok_or(Misread::Missing("SchemaDefinition"))?,
    })
}

fn version_id(text: Option<&str>) -> Result<Uuid, Misread> {
    let text = text.ok_or(Misread::Missing("SchemaVersionId"))?;
    Uuid::try_parse(text)
        .map_err(|error| Misread::Unknown(format!("SchemaVersionId is no UUID: {error}")))
}

fn number(value: Option<i64>) -> Option<u64> {
    value
        .and_then(|value| u64::try_from(value).ok())
        .filter(|value| *value > 0)
}

fn data_format(value: Option<&types::DataFormat>) -> Result<DataFormat, Misread> {
    let word = value.ok_or(Misread::Missing("DataFormat"))?.as_str();
    DataFormat::from_word(word)
        .ok_or_else(|| Misread::Unknown(format!("data format `{}` is not known", short(word))))
}

fn status(value: Option<&types::SchemaVersionStatus>) -> Result<VersionStatus, Misread> {
    let word = value.ok_or(Misread::Missing("version status"))?.as_str();
    VersionStatus::from_word(word)
        .ok_or_else(|| Misread::Unknown(format!("version status `{}` is not known", short(word))))
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

#[cfg(test)]
mod tests {
    use super::*;

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
