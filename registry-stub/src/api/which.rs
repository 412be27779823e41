//! A version as requests name it: by its id alone, or by schema and number.

use uuid::Uuid;

use super::Call;
use super::error::ApiError;
use super::identity::{SchemaId, SchemaRef};
use super::input::{self, Numbered, VersionNumber};
use crate::store::{Rows, Schema, Version, View};

/// A version that a request means; it may not exist.
#[derive(Debug)]
pub(crate) enum Which {
    Id(Uuid),
    Number(SchemaRef, Numbered),
}

impl Which {
    /// Checks the shape and that the version is named in exactly one way.
    pub(crate) fn resolve(
        call: Call<'_>,
        schema: Option<SchemaId>,
        id: Option<&str>,
        number: Option<VersionNumber>,
    ) -> Result<Self, ApiError> {
        let schema = schema.filter(SchemaId::is_given);
        let number = number.filter(|number| number.is_given());
        let id = id.map(input::version_id).transpose()?;
        schema.as_ref().map_or(Ok(()), SchemaId::shape)?;
        number.map_or(Ok(()), VersionNumber::shape)?;
        let Some(id) = id else {
            let schema = schema.unwrap_or_default().resolve(call)?;
            let number = number.unwrap_or_default().resolve()?;
            return Ok(Self::Number(schema, number));
        };
        if schema.is_some() || number.is_some() {
            return Err(ApiError::VersionIdNotAlone);
        }
        Ok(Self::Id(id))
    }

    /// The version with its schema, if the store has it.
    pub(crate) fn find(
        &self,
        view: &View<impl Rows>,
        region: &str,
    ) -> Result<(Schema, Version), ApiError> {
        match self {
            Self::Id(id) => {
                let not_found = || ApiError::VersionNotFoundById(id.to_string());
                let version = view.version(region, *id)?.ok_or_else(not_found)?;
                let schema = view.schema(region, &version.registry, &version.schema)?;
                Ok((schema.ok_or_else(not_found)?, version))
            }
            Self::Number(schema, number) => {
                let named = schema.find(view, region)?;
                let version = numbered(view, region, schema, &named, *number)?;
                Ok((named, version))
            }
        }
    }
}

/// The version of a schema that a request calls by number, or as the latest.
pub(crate) fn numbered(
    view: &View<impl Rows>,
    region: &str,
    named: &SchemaRef,
    schema: &Schema,
    number: Numbered,
) -> Result<Version, ApiError> {
    let (asked, number) = match number {
        Numbered::Latest => (None, schema.latest),
        Numbered::Number(number) => (Some(number), Some(number)),
    };
    let version = match number {
        Some(number) => view.numbered(region, schema, number)?,
        None => None,
    };
    version.ok_or_else(|| ApiError::VersionNotFoundByNumber {
        schema: named.given(),
        number: asked,
    })
}
