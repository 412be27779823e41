//! Names of records, enums and fixed types, and the rules for them.

use std::fmt;

/// Most bytes that all full names of a schema text may take: each type that inherits a namespace and each reference
/// spells it out once more, so that a long namespace would make a short text large.
pub(super) const MAX_NAMES: usize = 4 * 1024 * 1024;

/// How strictly names are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Names {
    /// As Avro's Java library 1.11.4: letters (of any script), digits and `_` in simple names, anything in
    /// namespaces. `Order V1` is a namespace in the wild.
    #[default]
    Java,
    /// As the Avro specification: ASCII letters, digits and `_`, in namespaces too.
    Strict,
    /// Not at all.
    Unchecked,
}

impl Names {
    /// Whether `name` may be a field, a symbol, or the last part of a type's name.
    pub(super) fn allow_simple(self, name: &str) -> bool {
        let allowed = |character: char, first: bool| match self {
            Self::Unchecked => true,
            Self::Strict => {
                character == '_'
                    || character.is_ascii_alphabetic()
                    || (!first && character.is_ascii_digit())
            }
            // Java looks at UTF-16 units, and no half of a pair is a letter.
            Self::Java => {
                character == '_'
                    || (u32::from(character) < 0x1_0000
                        && (character.is_alphabetic() || (!first && is_decimal_digit(character))))
            }
        };
        if self != Self::Unchecked && name.is_empty() {
            return false;
        }
        name.chars()
            .enumerate()
            .all(|(at, character)| allowed(character, at == 0))
    }

    /// Whether `space` may be a namespace.
    pub(super) fn allow_namespace(self, space: &str) -> bool {
        self != Self::Strict || space.split('.').all(|part| self.allow_simple(part))
    }
}

/// Digits as Java's `isLetterOrDigit` knows them: numeric, but neither fractions nor letter-like numerals.
fn is_decimal_digit(character: char) -> bool {
    character.is_ascii_digit()
        || (character.is_numeric()
            && !character.is_alphabetic()
            && !matches!(u32::from(character), 0xb2 | 0xb3 | 0xb9 | 0xbc..=0xbe | 0x2070..=0x218f | 0x2460..=0x24ff | 0x2776..=0x2793))
}

/// A type's full name.
///
/// ```
/// use common::avro::Name;
///
/// let name = Name::new("Order", Some("Order V1"));
/// assert_eq!((name.simple(), name.namespace(), name.to_string()), ("Order", Some("Order V1"), "Order V1.Order".into()));
/// assert_eq!(Name::new("a.b.C", Some("ignored")).namespace(), Some("a.b"));
/// assert_eq!(Name::new(".C", Some("ignored")).namespace(), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name {
    full: String,
    /// Length of the namespace, if there is one.
    space: Option<usize>,
}

impl Name {
    /// A name from `name`, which may carry its namespace, and else the namespace around it.
    pub fn new(name: &str, namespace: Option<&str>) -> Self {
        let (space, simple) = match name.rsplit_once('.') {
            Some((space, simple)) => (Some(space), simple),
            None => (namespace, name),
        };
        match space.filter(|space| !space.is_empty()) {
            Some(space) => Self {
                full: format!("{space}.{simple}"),
                space: Some(space.len()),
            },
            None => Self {
                full: simple.to_owned(),
                space: None,
            },
        }
    }

    /// The name with its namespace.
    pub fn full(&self) -> &str {
        &self.full
    }

    /// The name without its namespace.
    pub fn simple(&self) -> &str {
        self.space
            .and_then(|space| self.full.get(space + 1..))
            .unwrap_or(&self.full)
    }

    /// The namespace, never empty.
    pub fn namespace(&self) -> Option<&str> {
        self.space.and_then(|space| self.full.get(..space))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.full)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_names_are_checked_by_the_rule_of_the_call() {
        for (name, java, strict) in [
            ("Order", true, true),
            ("_1", true, true),
            ("Größe", true, false),
            ("名前", true, false),
            ("a٣", true, false),
            ("٣", false, false),
            ("a½", false, false),
            ("", false, false),
            ("1a", false, false),
            ("a b", false, false),
            ("a-b", false, false),
            ("a𝐀", false, false),
        ] {
            assert_eq!(Names::Java.allow_simple(name), java, "{name}");
            assert_eq!(Names::Strict.allow_simple(name), strict, "{name}");
            assert!(Names::Unchecked.allow_simple(name), "{name}");
        }
    }

    #[test]
    fn namespaces_are_checked_by_the_strict_rule_only() {
        for (space, strict) in [
            ("a.b", true),
            ("Order V1", false),
            ("a..b", false),
            ("1a", false),
            ("a-b.c", false),
        ] {
            assert!(Names::Java.allow_namespace(space), "{space}");
            assert_eq!(Names::Strict.allow_namespace(space), strict, "{space}");
        }
    }
}
