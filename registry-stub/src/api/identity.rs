//! Registries and schemas as requests name them: by name or by ARN.

use serde::Deserialize;

use super::error::{ApiError, SchemaNames};
use super::input;
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
    pub(crate) name: String,
    arn: Option<String>,
}

/// A schema that a request means; it may not exist.
#[derive(Debug)]
pub(crate) struct SchemaRef {
    registry: String,
    schema: String,
    given: SchemaNames,
}

impl RegistryId {
    /// Whether the request says anything.
    pub(crate) fn is_given(&self) -> bool {
        self.registry_name.is_some() || self.registry_arn.is_some()
    }

    /// Checks the shape and that only one of both is given.
    pub(crate) fn resolve(self) -> Result<RegistryRef, ApiError> {
        if let Some(name) = &self.registry_name {
            input::name(name, "registryName")?;
        }
        if let Some(arn) = &self.registry_arn {
            input::arn(arn, "registryArn")?;
        }
        match (self.registry_name, self.registry_arn) {
            (Some(_), Some(_)) => Err(ApiError::RegistryNamedTwice),
            (None, Some(arn)) => Ok(RegistryRef {
                name: last_segment(&arn).to_owned(),
                arn: Some(arn),
            }),
            (name, None) => Ok(RegistryRef {
                name: name.unwrap_or_else(|| DEFAULT_REGISTRY.to_owned()),
                arn: None,
            }),
        }
    }
}

impl RegistryRef {
    /// The registry, if the store has it.
    pub(crate) fn find(&self, view: &View<impl Rows>, region: &str) -> Result<Registry, ApiError> {
        view.registry(region, &self.name)?
            .ok_or_else(|| self.not_found())
    }

    /// The answer when it does not exist.
    pub(crate) fn not_found(&self) -> ApiError {
        match &self.arn {
            Some(arn) => ApiError::RegistryArnNotFound(arn.clone()),
            None => ApiError::RegistryNotFound(self.name.clone()),
        }
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

    /// Checks the shape and that the schema is named in exactly one way.
    pub(crate) fn resolve(self) -> Result<SchemaRef, ApiError> {
        self.shape()?;
        let given = SchemaNames {
            registry: self.registry_name,
            schema: self.schema_name,
            arn: self.schema_arn,
        };
        let (registry, schema) = match (&given.arn, &given.schema, &given.registry) {
            (Some(arn), None, None) => schema_of(arn),
            (Some(_), _, _) => return Err(ApiError::SchemaNamedTwice),
            (None, Some(schema), registry) => (
                registry.as_deref().unwrap_or(DEFAULT_REGISTRY),
                schema.as_str(),
            ),
            (None, None, _) => return Err(ApiError::SchemaNotNamed),
        };
        Ok(SchemaRef {
            registry: registry.to_owned(),
            schema: schema.to_owned(),
            given: given.clone(),
        })
    }
}

impl SchemaRef {
    /// The schema, if the store has it.
    pub(crate) fn find(&self, view: &View<impl Rows>, region: &str) -> Result<Schema, ApiError> {
        let schema = view.schema(region, &self.registry, &self.schema)?;
        schema.ok_or_else(|| ApiError::SchemaNotFound(self.given.clone()))
    }

    /// The names as the request gave them.
    pub(crate) fn given(&self) -> SchemaNames {
        self.given.clone()
    }
}

fn last_segment(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or_default()
}

/// Registry and schema of an ARN: its last two segments.
fn schema_of(arn: &str) -> (&str, &str) {
    let mut segments = arn.rsplit('/');
    let schema = segments.next().unwrap_or_default();
    (segments.next().unwrap_or_default(), schema)
}
