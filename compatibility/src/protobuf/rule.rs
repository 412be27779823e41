//! The rules by their names.

/// Why a reader's file does not understand a writer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The files are of two packages.
    PackageChanged,
    /// The reader lacks a message of the writer; the messages inside go with it.
    MessageRemoved,
    /// The reader requires a field that the writer does not know.
    RequiredFieldAdded,
    /// The reader does not know a field that the writer requires.
    RequiredFieldRemoved,
    /// The reader requires a field that the writer may leave out.
    FieldMadeRequired,
    /// Two scalar types that are not laid out alike; also as keys or values of maps.
    ScalarTypeChanged,
    /// A scalar, a message and a map are three different things; also as values of maps.
    FieldKindChanged,
    /// Messages of two names, whatever is in them; also as values of maps.
    MessageTypeChanged,
    /// A number, bool or enum that is required, optional or repeated on one side and not on the other.
    NumericLabelChanged,
    /// The reader does not know a member of a oneof that it has.
    OneofMemberRemoved,
    /// The reader has a field in a oneof that the writer has too, but without that field.
    FieldMovedToExistingOneof,
    /// The reader has fields in one new oneof that the writer may set together.
    FieldsMovedToNewOneof,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 12] = [
        Self::PackageChanged,
        Self::MessageRemoved,
        Self::RequiredFieldAdded,
        Self::RequiredFieldRemoved,
        Self::FieldMadeRequired,
        Self::ScalarTypeChanged,
        Self::FieldKindChanged,
        Self::MessageTypeChanged,
        Self::NumericLabelChanged,
        Self::OneofMemberRemoved,
        Self::FieldMovedToExistingOneof,
        Self::FieldsMovedToNewOneof,
    ];

    /// The name of the rule, in lower case with hyphens.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PackageChanged => "package-changed",
            Self::MessageRemoved => "message-removed",
            Self::RequiredFieldAdded => "required-field-added",
            Self::RequiredFieldRemoved => "required-field-removed",
            Self::FieldMadeRequired => "field-made-required",
            Self::ScalarTypeChanged => "scalar-type-changed",
            Self::FieldKindChanged => "field-kind-changed",
            Self::MessageTypeChanged => "message-type-changed",
            Self::NumericLabelChanged => "numeric-label-changed",
            Self::OneofMemberRemoved => "oneof-member-removed",
            Self::FieldMovedToExistingOneof => "field-moved-to-existing-oneof",
            Self::FieldsMovedToNewOneof => "fields-moved-to-new-oneof",
        }
    }
}
