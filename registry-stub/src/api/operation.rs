//! The operations of the schema registry, by their names in `X-Amz-Target`.

use axum::http::HeaderMap;

const TARGET: &str = "x-amz-target";
const TARGET_PREFIX: &str = "AWSGlue.";

/// The operations; a closed set, also in metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    CreateRegistry,
    GetRegistry,
    ListRegistries,
    UpdateRegistry,
    DeleteRegistry,
    CreateSchema,
    GetSchema,
    ListSchemas,
    UpdateSchema,
    DeleteSchema,
    RegisterSchemaVersion,
    GetSchemaVersion,
    GetSchemaByDefinition,
    GetSchemaVersionsDiff,
    ListSchemaVersions,
    DeleteSchemaVersions,
    CheckSchemaVersionValidity,
    PutSchemaVersionMetadata,
    QuerySchemaVersionMetadata,
    RemoveSchemaVersionMetadata,
    GetTags,
    TagResource,
    UntagResource,
    /// Anything else, or nothing.
    Unknown,
}

impl Operation {
    /// All of them, in the order of their numbers.
    pub(crate) const ALL: [Self; 24] = [
        Self::CreateRegistry,
        Self::GetRegistry,
        Self::ListRegistries,
        Self::UpdateRegistry,
        Self::DeleteRegistry,
        Self::CreateSchema,
        Self::GetSchema,
        Self::ListSchemas,
        Self::UpdateSchema,
        Self::DeleteSchema,
        Self::RegisterSchemaVersion,
        Self::GetSchemaVersion,
        Self::GetSchemaByDefinition,
        Self::GetSchemaVersionsDiff,
        Self::ListSchemaVersions,
        Self::DeleteSchemaVersions,
        Self::CheckSchemaVersionValidity,
        Self::PutSchemaVersionMetadata,
        Self::QuerySchemaVersionMetadata,
        Self::RemoveSchemaVersionMetadata,
        Self::GetTags,
        Self::TagResource,
        Self::UntagResource,
        Self::Unknown,
    ];

    /// The operation's name, as AWS spells it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::CreateRegistry => "CreateRegistry",
            Self::GetRegistry => "GetRegistry",
            Self::ListRegistries => "ListRegistries",
            Self::UpdateRegistry => "UpdateRegistry",
            Self::DeleteRegistry => "DeleteRegistry",
            Self::CreateSchema => "CreateSchema",
            Self::GetSchema => "GetSchema",
            Self::ListSchemas => "ListSchemas",
            Self::UpdateSchema => "UpdateSchema",
            Self::DeleteSchema => "DeleteSchema",
            Self::RegisterSchemaVersion => "RegisterSchemaVersion",
            Self::GetSchemaVersion => "GetSchemaVersion",
            Self::GetSchemaByDefinition => "GetSchemaByDefinition",
            Self::GetSchemaVersionsDiff => "GetSchemaVersionsDiff",
            Self::ListSchemaVersions => "ListSchemaVersions",
            Self::DeleteSchemaVersions => "DeleteSchemaVersions",
            Self::CheckSchemaVersionValidity => "CheckSchemaVersionValidity",
            Self::PutSchemaVersionMetadata => "PutSchemaVersionMetadata",
            Self::QuerySchemaVersionMetadata => "QuerySchemaVersionMetadata",
            Self::RemoveSchemaVersionMetadata => "RemoveSchemaVersionMetadata",
            Self::GetTags => "GetTags",
            Self::TagResource => "TagResource",
            Self::UntagResource => "UntagResource",
            Self::Unknown => "unknown",
        }
    }

    /// The operation that a request asks for.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let target = headers
            .get(TARGET)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let name = target.strip_prefix(TARGET_PREFIX).unwrap_or_default();
        Self::named(name).unwrap_or(Self::Unknown)
    }

    /// The operation that AWS calls by this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let known = |operation: &Self| *operation != Self::Unknown && operation.as_str() == name;
        Self::ALL.into_iter().find(known)
    }

    /// Whether there may be more or fewer schemas afterwards.
    pub(super) const fn changes_schemas(self) -> bool {
        matches!(
            self,
            Self::CreateSchema | Self::DeleteSchema | Self::DeleteRegistry
        )
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::Operation;

    #[test]
    fn only_glue_targets_are_operations() {
        for operation in Operation::ALL {
            let mut headers = HeaderMap::new();
            headers.insert(
                "x-amz-target",
                format!("AWSGlue.{}", operation.as_str()).parse().unwrap(),
            );
            assert_eq!(Operation::of(&headers), operation);
        }
        for target in [
            "",
            "GetSchema",
            "AWSGlue.",
            "AWSGlue.CreateJob",
            "awsglue.GetSchema",
            "AWSGlue.getschema",
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("x-amz-target", target.parse().unwrap());
            assert_eq!(Operation::of(&headers), Operation::Unknown, "{target}");
        }
    }
}
