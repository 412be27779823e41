//! The keywords that the rules look at.

use common::json_schema::{Draft, SchemaValue};

use super::Kind;

/// The keywords of each type; a `type` that is not there is known by them.
const OF_KINDS: [(Kind, &[&str]); 4] = [
    (
        Kind::Number,
        &[
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
        ],
    ),
    (
        Kind::String,
        &[
            "minLength",
            "maxLength",
            "pattern",
            "format",
            "contentEncoding",
            "contentMediaType",
        ],
    ),
    (
        Kind::Array,
        &["minItems", "maxItems", "uniqueItems", "items", "contains"],
    ),
    (
        Kind::Object,
        &[
            "minProperties",
            "maxProperties",
            "properties",
            "required",
            "patternProperties",
            "additionalProperties",
            "propertyNames",
            "dependencies",
        ],
    ),
];

/// The keywords of no type.
const OTHERS: [&str; 11] = [
    "type",
    "enum",
    "const",
    "not",
    "if",
    "then",
    "else",
    "allOf",
    "anyOf",
    "oneOf",
    "additionalItems",
];

/// The keywords of one schema that mean something in its draft, with their values.
pub(super) struct Keywords<'t>(Vec<(&'static str, SchemaValue<'t>)>);

impl<'t> Keywords<'t> {
    pub(super) fn of(schema: SchemaValue<'t>, draft: Draft) -> Self {
        let of_kinds = OF_KINDS.iter().flat_map(|(_, keywords)| *keywords);
        let known: Vec<&'static str> = of_kinds.chain(&OTHERS).copied().collect();
        let members = schema.members().filter_map(|(name, value)| {
            let known = known.iter().copied().find(|keyword| *keyword == name)?;
            (draft >= since(known)).then_some((known, value))
        });
        Self(members.collect())
    }

    pub(super) fn value(&self, keyword: &str) -> Option<SchemaValue<'t>> {
        let mut named = self.0.iter().filter(|(own, _)| *own == keyword);
        named.next().map(|(_, value)| *value)
    }

    /// The types whose keywords there are.
    pub(super) fn kinds(&self) -> impl Iterator<Item = Kind> {
        let of_kinds = OF_KINDS.iter();
        of_kinds.filter_map(|(kind, of_kind)| self.has_any(of_kind).then_some(*kind))
    }

    /// The places of the values of a type's keywords.
    pub(super) fn places(&self, kind: Kind) -> Vec<(&'static str, u32)> {
        let kind = if kind == Kind::Integer {
            Kind::Number
        } else {
            kind
        };
        let Some((_, of_kind)) = OF_KINDS.iter().find(|(own, _)| *own == kind) else {
            return Vec::new();
        };
        let own = self
            .0
            .iter()
            .filter(|(keyword, _)| of_kind.contains(keyword));
        own.map(|(keyword, value)| (*keyword, value.index()))
            .collect()
    }

    fn has_any(&self, of_kind: &[&str]) -> bool {
        // Nobody checks how a content is encoded, so that alone makes no string.
        let counts = |keyword: &str| of_kind.contains(&keyword) && !keyword.starts_with("content");
        self.0.iter().any(|(keyword, _)| counts(keyword))
    }
}

/// The first draft that has the keyword.
fn since(keyword: &str) -> Draft {
    match keyword {
        "if" | "then" | "else" => Draft::Seven,
        "const" | "contains" | "propertyNames" => Draft::Six,
        _ => Draft::Four,
    }
}
