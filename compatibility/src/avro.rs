//! Avro: whether a reader's schema resolves every datum of a writer's schema.
//!
//! The rules are those of the two checkers of Avro's Java library 1.11.4:
//!
//! | | [`Strictness::Lenient`], as `SchemaValidator` | [`Strictness::Strict`], as `SchemaCompatibility` |
//! |---|---|---|
//! | a record's name | does not matter; in a reader's union a record of the same full name is taken, else one whose fields fit | must be the same without namespace, or one of the reader's aliases |
//! | an enum's or a fixed's name | must be the same without namespace, in a reader's union with it; aliases count | must be the same without namespace, or one of the reader's aliases |
//! | a reader's union | the branch that is chosen by name must be able to read the value | any branch of the name will do |
//! | symbols that the reader's enum has not | do not matter: values of them are refused when they are read | need a default of the reader's enum |
//! | anything else | the same | the same |
//!
//! Documentation, the order of fields, properties and logical types do not matter. They differ from Java in this:
//!
//! - Where Java's checkers throw an exception, there is a difference: [`Rule::AliasClash`], and in a field that the
//!   writer has not [`Rule::UnusableDefault`], which `SchemaCompatibility` does not look at.
//! - A field that has its own name for an alias is no clash, which it is for `SchemaCompatibility`.
//! - `SchemaCompatibility` keeps what it found out about two types while it took types around them to be readable, and
//!   `SchemaValidator` what it found out about a record while it tried a branch; both may then miss a difference in
//!   types that hold themselves.

use common::avro::Schema;

mod branches;
mod compare;
mod names;
mod pairs;
mod report;
mod sides;

use compare::Comparison;
use names::Names;
use pairs::Work;
use sides::Sides;

use crate::Difference;

/// How strictly something is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// As Java Avro's `SchemaValidator`, which the AWS registry seems to use.
    #[default]
    Lenient,
    /// As Java Avro's `SchemaCompatibility`.
    Strict,
}

/// Where Avro's own checkers differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether records need the same name, outside and inside of unions.
    pub record_names: Strictness,
    /// Whether a reader's enum needs every symbol of the writer's, or a default.
    pub enum_symbols: Strictness,
}

/// Why a reader's schema does not resolve a writer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// The writer's type is another one, and not one that becomes the reader's: int becomes long, float and double,
    /// long becomes float and double, float becomes double, string and bytes become each other.
    TypeMismatch,
    /// The reader's field is not in the writer's record, and has no default.
    MissingDefault,
    /// The reader's field is not in the writer's record, and its default has a symbol that is not in its enum.
    UnusableDefault,
    /// The two enums, fixed types or, if names are strict, records have different names, and no alias helps.
    NameMismatch,
    /// The reader's enum has not all of the writer's symbols, and no default. Only if symbols are strict.
    MissingSymbols,
    /// The two fixed types have different sizes.
    FixedSize,
    /// The reader's union has no branch for the writer's type.
    MissingBranch,
    /// By the reader's aliases two of the writer's fields, or two branches of a union, are one.
    AliasClash,
    /// The schemas hold themselves in so many ways that the comparison was given up.
    TooManyPairs,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 9] = [
        Self::TypeMismatch,
        Self::MissingDefault,
        Self::UnusableDefault,
        Self::NameMismatch,
        Self::MissingSymbols,
        Self::FixedSize,
        Self::MissingBranch,
        Self::AliasClash,
        Self::TooManyPairs,
    ];

    /// The name of the rule, in lower case with hyphens.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TypeMismatch => "type-mismatch",
            Self::MissingDefault => "missing-default",
            Self::UnusableDefault => "unusable-default",
            Self::NameMismatch => "name-mismatch",
            Self::MissingSymbols => "missing-symbols",
            Self::FixedSize => "fixed-size",
            Self::MissingBranch => "missing-branch",
            Self::AliasClash => "alias-clash",
            Self::TooManyPairs => "too-many-pairs",
        }
    }
}

/// What keeps the reader's schema from resolving the writer's: every difference, at most
/// [`MAX_DIFFERENCES`](crate::MAX_DIFFERENCES), in the order of the reader's schema.
///
/// Paths are of the reader's names: `items[].price`, `{}` for a map's values, `event<Click>.x` for a branch of a union
/// that has more than one beside null. A type that is used in several places is listed in the first.
///
/// ```
/// use common::avro::Schema;
/// use compatibility::avro::{Options, differences};
///
/// let old = Schema::parse(r#"{"type": "record", "name": "Order", "fields": [
///     {"name": "items", "type": {"type": "array", "items": {"type": "record", "name": "Item", "fields": [
///         {"name": "price", "type": "string"}
///     ]}}}
/// ]}"#)?;
/// let new = Schema::parse(r#"{"type": "record", "name": "Order", "fields": [
///     {"name": "items", "type": {"type": "array", "items": {"type": "record", "name": "Item", "fields": [
///         {"name": "price", "type": "double"},
///         {"name": "is_prime", "type": "boolean"}
///     ]}}}
/// ]}"#)?;
/// let found: Vec<_> = differences(&new, &old, Options::default()).iter().map(ToString::to_string).collect();
/// assert_eq!(found, [
///     "items[].is_prime: missing-default: the reader has a field of type boolean without a default",
///     "items[].price: type-mismatch: double cannot read string",
/// ]);
/// # Ok::<(), common::avro::SchemaError>(())
/// ```
pub fn differences(reader: &Schema, writer: &Schema, options: Options) -> Vec<Difference> {
    let names = match Names::of(options.record_names, reader, writer) {
        Ok(names) => names,
        Err(error) => return vec![report::clash(&error)],
    };
    let mut comparison = Comparison::new(Sides {
        reader,
        writer,
        names,
        symbols: options.enum_symbols,
        work: Work::default(),
    });
    report::list(&mut comparison).unwrap_or_else(|_| vec![report::too_many()])
}

#[cfg(test)]
mod tests;
