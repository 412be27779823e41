//! The rules: everything that keeps one schema from reading what another one wrote.

use std::fmt;

/// Why a reader's schema may refuse a document of the writer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// The type is another one, or a plain schema became a combined one or the other way round.
    TypeChanged,
    /// The writer takes values of any type, the reader only some.
    TypeAdded,
    /// The writer takes every number, the reader only integers.
    IntegerRequired,
    /// The reader takes no value at all.
    NothingAllowed,
    /// The reader requires a property that the writer does not.
    RequiredAdded,
    /// The reader describes a property that the writer, being open, may have written otherwise.
    PropertyAddedToOpen,
    /// The reader describes a property that is narrower than the writer's `additionalProperties`, or takes no others.
    PropertyAddedNotCovered,
    /// The reader is closed and lacks a property of the writer's.
    PropertyRemovedFromClosed,
    /// The reader lacks a property of the writer's, and its `additionalProperties` does not stand for it; it never
    /// does where the writer is not closed.
    PropertyRemovedNotCovered,
    /// The reader takes no additional properties, the writer does.
    AdditionalPropertiesClosed,
    /// The reader has a schema for additional properties, the writer takes any.
    AdditionalPropertiesNarrowed,
    /// The reader has a pattern of properties that the writer has not.
    PatternPropertyAdded,
    /// The reader has a schema for names of properties, the writer has none.
    PropertyNamesAdded,
    /// The reader has a dependency on a property that the writer has not.
    DependencyAdded,
    /// A property of the reader's needs another one that it does not need for the writer.
    DependencyMemberAdded,
    /// The reader has a `minLength`, the writer has none.
    MinLengthAdded,
    /// The reader's `minLength` is higher.
    MinLengthIncreased,
    /// The reader has a `minItems`, the writer has none.
    MinItemsAdded,
    /// The reader's `minItems` is higher.
    MinItemsIncreased,
    /// The reader has a `minProperties`, the writer has none.
    MinPropertiesAdded,
    /// The reader's `minProperties` is higher.
    MinPropertiesIncreased,
    /// The reader has a `minimum`, the writer has none.
    MinimumAdded,
    /// The reader's `minimum` is higher.
    MinimumIncreased,
    /// The reader has a `exclusiveMinimum`, the writer has none.
    ExclusiveMinimumAdded,
    /// The reader's `exclusiveMinimum` is higher.
    ExclusiveMinimumIncreased,
    /// The reader has a `maxLength`, the writer has none.
    MaxLengthAdded,
    /// The reader's `maxLength` is lower.
    MaxLengthDecreased,
    /// The reader has a `maxItems`, the writer has none.
    MaxItemsAdded,
    /// The reader's `maxItems` is lower.
    MaxItemsDecreased,
    /// The reader has a `maxProperties`, the writer has none.
    MaxPropertiesAdded,
    /// The reader's `maxProperties` is lower.
    MaxPropertiesDecreased,
    /// The reader has a `maximum`, the writer has none.
    MaximumAdded,
    /// The reader's `maximum` is lower.
    MaximumDecreased,
    /// The reader has a `exclusiveMaximum`, the writer has none.
    ExclusiveMaximumAdded,
    /// The reader's `exclusiveMaximum` is lower.
    ExclusiveMaximumDecreased,
    /// The reader's `minimum` is exclusive (draft 4), the writer's is not.
    MinimumMadeExclusive,
    /// The reader's `maximum` is exclusive (draft 4), the writer's is not.
    MaximumMadeExclusive,
    /// The reader has a `multipleOf`, the writer has none.
    MultipleOfAdded,
    /// The reader's `multipleOf` does not divide the writer's.
    MultipleOfChanged,
    /// The reader has a `pattern`, the writer has none.
    PatternAdded,
    /// The reader's `pattern` is another one.
    PatternChanged,
    /// The reader has a `format`, the writer has none.
    FormatAdded,
    /// The reader's `format` is another one.
    FormatChanged,
    /// The reader has a `contentEncoding`, the writer has none.
    ContentEncodingAdded,
    /// The reader's `contentEncoding` is another one.
    ContentEncodingChanged,
    /// The reader has a `contentMediaType`, the writer has none.
    ContentMediaTypeAdded,
    /// The reader's `contentMediaType` is another one.
    ContentMediaTypeChanged,
    /// The writer's `enum` has a value that the reader's has not.
    EnumMemberRemoved,
    /// The `const` is another value.
    ConstChanged,
    /// The reader has a schema for all items, the writer has none.
    ItemsAdded,
    /// The reader describes an item that the writer, being open, may have written otherwise.
    TupleItemAddedToOpen,
    /// The reader describes an item that is narrower than the writer's `additionalItems`, or takes no others.
    TupleItemAddedNotCovered,
    /// The reader is closed and lacks an item of the writer's.
    TupleItemRemovedFromClosed,
    /// The reader lacks an item of the writer's, and its `additionalItems` does not stand for it; it never does where
    /// the writer is not closed.
    TupleItemRemovedNotCovered,
    /// The reader takes no additional items, the writer does.
    AdditionalItemsClosed,
    /// The reader has a schema for additional items, the writer takes any.
    AdditionalItemsNarrowed,
    /// The reader's items must differ, the writer's need not.
    UniqueItemsAdded,
    /// The reader has a `contains`, the writer has none.
    ContainsAdded,
    /// The writer's `anyOf` became `allOf` or `oneOf`.
    CriterionNarrowed,
    /// The writer's `oneOf` became `allOf`, or the other way round.
    CriterionChanged,
    /// The reader's `anyOf` or `oneOf` has fewer branches.
    BranchRemoved,
    /// A branch of the writer's has none of its own in the reader that reads it.
    BranchUnmatched,
    /// The reader's `allOf` has more parts.
    AllOfAdded,
    /// A part of the writer's `allOf` has none of its own in the reader that reads it.
    AllOfUnmatched,
    /// What `not` forbids is not the same or less.
    NotWidened,
    /// The `if` is another one.
    IfChanged,
    /// The reader has a `then`, the writer has none.
    ThenAdded,
    /// The reader has an `else`, the writer has none.
    ElseAdded,
    /// To compare the schemas takes too much work.
    TooComplex,
}

impl Rule {
    /// The name of the rule, in lower case with hyphens.
    #[expect(clippy::too_many_lines, reason = "a table")]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TypeChanged => "type-changed",
            Self::TypeAdded => "type-added",
            Self::IntegerRequired => "integer-required",
            Self::NothingAllowed => "nothing-allowed",
            Self::RequiredAdded => "required-added",
            Self::PropertyAddedToOpen => "property-added-to-open",
            Self::PropertyAddedNotCovered => "property-added-not-covered",
            Self::PropertyRemovedFromClosed => "property-removed-from-closed",
            Self::PropertyRemovedNotCovered => "property-removed-not-covered",
            Self::AdditionalPropertiesClosed => "additional-properties-closed",
            Self::AdditionalPropertiesNarrowed => "additional-properties-narrowed",
            Self::PatternPropertyAdded => "pattern-property-added",
            Self::PropertyNamesAdded => "property-names-added",
            Self::DependencyAdded => "dependency-added",
            Self::DependencyMemberAdded => "dependency-member-added",
            Self::MinLengthAdded => "min-length-added",
            Self::MinLengthIncreased => "min-length-increased",
            Self::MinItemsAdded => "min-items-added",
            Self::MinItemsIncreased => "min-items-increased",
            Self::MinPropertiesAdded => "min-properties-added",
            Self::MinPropertiesIncreased => "min-properties-increased",
            Self::MinimumAdded => "minimum-added",
            Self::MinimumIncreased => "minimum-increased",
            Self::ExclusiveMinimumAdded => "exclusive-minimum-added",
            Self::ExclusiveMinimumIncreased => "exclusive-minimum-increased",
            Self::MaxLengthAdded => "max-length-added",
            Self::MaxLengthDecreased => "max-length-decreased",
            Self::MaxItemsAdded => "max-items-added",
            Self::MaxItemsDecreased => "max-items-decreased",
            Self::MaxPropertiesAdded => "max-properties-added",
            Self::MaxPropertiesDecreased => "max-properties-decreased",
            Self::MaximumAdded => "maximum-added",
            Self::MaximumDecreased => "maximum-decreased",
            Self::ExclusiveMaximumAdded => "exclusive-maximum-added",
            Self::ExclusiveMaximumDecreased => "exclusive-maximum-decreased",
            Self::MinimumMadeExclusive => "minimum-made-exclusive",
            Self::MaximumMadeExclusive => "maximum-made-exclusive",
            Self::MultipleOfAdded => "multiple-of-added",
            Self::MultipleOfChanged => "multiple-of-changed",
            Self::PatternAdded => "pattern-added",
            Self::PatternChanged => "pattern-changed",
            Self::FormatAdded => "format-added",
            Self::FormatChanged => "format-changed",
            Self::ContentEncodingAdded => "content-encoding-added",
            Self::ContentEncodingChanged => "content-encoding-changed",
            Self::ContentMediaTypeAdded => "content-media-type-added",
            Self::ContentMediaTypeChanged => "content-media-type-changed",
            Self::EnumMemberRemoved => "enum-member-removed",
            Self::ConstChanged => "const-changed",
            Self::ItemsAdded => "items-added",
            Self::TupleItemAddedToOpen => "tuple-item-added-to-open",
            Self::TupleItemAddedNotCovered => "tuple-item-added-not-covered",
            Self::TupleItemRemovedFromClosed => "tuple-item-removed-from-closed",
            Self::TupleItemRemovedNotCovered => "tuple-item-removed-not-covered",
            Self::AdditionalItemsClosed => "additional-items-closed",
            Self::AdditionalItemsNarrowed => "additional-items-narrowed",
            Self::UniqueItemsAdded => "unique-items-added",
            Self::ContainsAdded => "contains-added",
            Self::CriterionNarrowed => "criterion-narrowed",
            Self::CriterionChanged => "criterion-changed",
            Self::BranchRemoved => "branch-removed",
            Self::BranchUnmatched => "branch-unmatched",
            Self::AllOfAdded => "all-of-added",
            Self::AllOfUnmatched => "all-of-unmatched",
            Self::NotWidened => "not-widened",
            Self::IfChanged => "if-changed",
            Self::ThenAdded => "then-added",
            Self::ElseAdded => "else-added",
            Self::TooComplex => "too-complex",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}
