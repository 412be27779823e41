//! Registries and schemas as requests name them: by name or by ARN.

use serde::Deserialize;

use super::error::{ApiError, SchemaNames};
use super::{Call, input};
use crate::config::Validation;
use crate::store::{Registry, Rows, Schema, View};

/// The registry that stands in when a request names none.
pub(crate) const DEFAULT_REGISTRY: &str = "default-registry";

/// `RegistryId`: a name or an ARN, or neither for the default registry.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RegistryId {
    registry_name: Option<String>,
    registry_arn: Option<String>,
}

/// `SchemaId`: names or an ARN; without a registry's name the default registry.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SchemaId {
    schema_arn: Option<String>,
    schema_name: Option<String>,
    registry_name: Option<String>,
}

/// A registry that a request means; it may not exist.
#[derive(Debug)]
pub(crate) struct RegistryRef {
    /// None for an ARN that leads out of this account and region.
    name: Option<String>,
    arn: Option<String>,
}

/// A schema that a request means; it may not exist.
#[derive(Debug)]
pub(crate) struct SchemaRef {
    /// Registry and schema; none for an ARN that leads out of this account and region.
    names: Option<(String, String)>,
    given: SchemaNames,
}

/// What an ARN means: a registry or a schema; it may not exist.
#[derive(Debug)]
pub(crate) enum Resource {
    Registry(RegistryRef),
    Schema(SchemaRef),
}

impl RegistryId {
    /// Whether the request says anything.
    pub(crate) fn is_given(&self) -> bool {
        self.registry_name.is_some() || self.registry_arn.is_some()
    }

    /// Checks the shape and that only one of both is given.
    pub(crate) fn resolve(self, call: Call<'_>) -> Result<RegistryRef, ApiError> {
        if let Some(name) = &self.registry_name {
            input::name(name, "registryName")?;
        }
        if let Some(arn) = &self.registry_arn {
            input::arn(arn, "registryArn")?;
        }
        match (self.registry_name, self.registry_arn) {
            (Some(_), Some(_)) => Err(ApiError::RegistryNamedTwice),
            (None, Some(arn)) => Ok(RegistryRef::of_arn(call, arn)),
            (name, None) => Ok(RegistryRef {
                name: Some(name.unwrap_or_else(|| DEFAULT_REGISTRY.to_owned())),
                arn: None,
            }),
        }
    }
}

impl RegistryRef {
    fn of_arn(call: Call<'_>, arn: String) -> Self {
        let name = path(call, &arn).and_then(|path| path.strip_prefix("registry/"));
        Self {
            name: name.map(str::to_owned),
            arn: Some(arn),
        }
    }

    /// Whether it is the registry that stands in when a request names none.
    pub(crate) fn is_default(&self) -> bool {
        self.name.as_deref() == Some(DEFAULT_REGISTRY)
    }

    /// The registry, if the store has it.
    pub(crate) fn find(&self, view: &View<impl Rows>, region: &str) -> Result<Registry, ApiError> {
        let found = match &self.name {
            Some(name) => view.registry(region, name)?,
            None => None,
        };
        found.ok_or_else(|| match (&self.arn, &self.name) {
            (Some(arn), _) => ApiError::RegistryArnNotFound(arn.clone()),
            (None, name) => ApiError::RegistryNotFound(name.clone().unwrap_or_default()),
        })
    }
}

impl SchemaId {
    /// Whether the request says anything.
    pub(crate) fn is_given(&self) -> bool {
        self.schema_arn.is_some() || self.schema_name.is_some() || self.registry_name.is_some()
    }

    /// Checks lengths and characters.
    pub(crate) fn shape(&self) -> Result<(), ApiError> {
        if let Some(name) = &self.registry_name {
            input::name(name, "registryName")?;
        }
        if let Some(name) = &self.schema_name {
            input::name(name, "schemaName")?;
        }
        self.schema_arn
            .as_deref()
            .map_or(Ok(()), |arn| input::arn(arn, "schemaArn"))
    }

    /// The names as the request gave them.
    pub(crate) fn given(self) -> SchemaNames {
        SchemaNames {
            registry: self.registry_name,
            schema: self.schema_name,
            arn: self.schema_arn,
        }
    }

    /// Checks the shape and that the schema is named in exactly one way.
    pub(crate) fn resolve(self, call: Call<'_>) -> Result<SchemaRef, ApiError> {
        self.shape()?;
        let strict = call.service.behaviour.validation == Validation::Strict;
        let given = self.given();
        let names = match (&given.arn, &given.schema, &given.registry) {
            (Some(arn), None, None) => return Ok(SchemaRef::of_arn(call, arn.clone())),
            (Some(_), _, _) => return Err(ApiError::SchemaNamedTwice),
            (None, None, _) => return Err(ApiError::SchemaNotNamed),
            (None, Some(_), None) if strict => return Err(ApiError::SchemaNotNamed),
            (None, Some(schema), registry) => (
                registry.as_deref().unwrap_or(DEFAULT_REGISTRY).to_owned(),
                schema.clone(),
            ),
        };
        Ok(SchemaRef {
            names: Some(names),
            given,
        })
    }
}

impl SchemaRef {
    fn of_arn(call: Call<'_>, arn: String) -> Self {
        let names = path(call, &arn)
            .and_then(|path| path.strip_prefix("schema/")?.split_once('/'))
            .map(|(registry, schema)| (registry.to_owned(), schema.to_owned()));
        let given = SchemaNames {
            arn: Some(arn),
            ..SchemaNames::default()
        };
        Self { names, given }
    }

    /// The schema, if the store has it.
    pub(crate) fn find(&self, view: &View<impl Rows>, region: &str) -> Result<Schema, ApiError> {
        let found = match &self.names {
            Some((registry, schema)) => view.schema(region, registry, schema)?,
            None => None,
        };
        found.ok_or_else(|| ApiError::SchemaNotFound(self.given.clone()))
    }

    /// The names as the request gave them.
    pub(crate) fn given(&self) -> SchemaNames {
        self.given.clone()
    }
}

impl Resource {
    /// Reads the ARN of a request about tags.
    pub(crate) fn parse(call: Call<'_>, arn: &str) -> Result<Self, ApiError> {
        input::arn(arn, "resourceArn")?;
        match path(call, arn).and_then(|path| path.split_once('/')) {
            Some(("registry", _)) => Ok(Self::Registry(RegistryRef::of_arn(call, arn.to_owned()))),
            Some(("schema", _)) => Ok(Self::Schema(SchemaRef::of_arn(call, arn.to_owned()))),
            _ => Err(ApiError::ResourceNotFound(arn.to_owned())),
        }
    }
}

/// What an ARN names in this account and region; none when it leads elsewhere.
fn path<'a>(call: Call<'_>, arn: &'a str) -> Option<&'a str> {
    let mut parts = arn.splitn(6, ':').skip(3);
    let here = parts.next()? == call.region && parts.next()? == call.service.account_id;
    parts.next().filter(|_| here)
}
