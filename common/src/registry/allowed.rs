//! Which schemas records may be read with.

use std::fmt;

use super::SchemaVersion;
use crate::error::text::short;

/// Patterns of `registry/schema`, in which `*` stands for any characters; without patterns all schemas are allowed.
///
/// A version that does not say which schema of which registry it belongs to fits no pattern, not even `*/*`.
///
/// ```
/// use common::registry::allowed::AllowedSchemas;
///
/// let allowed = AllowedSchemas::new(["customer/orders-*"])?;
/// assert!(allowed.allows("customer", "orders-value"));
/// assert!(!allowed.allows("customer", "payments-value"));
/// # Ok::<(), common::registry::allowed::PatternErrors>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedSchemas(Vec<Pattern>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    registry: Box<str>,
    schema: Box<str>,
}

/// A text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{}\" is no pattern of registry/schema, such as `customer/orders-*`", short(.pattern))]
pub struct PatternError {
    /// The text.
    pub pattern: String,
}

/// Texts are no patterns: all that are not, in their order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct PatternErrors(pub Vec<PatternError>);

impl fmt::Display for PatternErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, error) in self.0.iter().enumerate() {
            let separator = if number == 0 { "" } else { "; " };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

impl AllowedSchemas {
    /// Reads patterns.
    ///
    /// # Errors
    ///
    /// Some of them are not two names with a slash between them.
    pub fn new<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Self, PatternErrors> {
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for pattern in patterns {
            match Pattern::parse(pattern) {
                Ok(pattern) => good.push(pattern),
                Err(error) => bad.push(error),
            }
        }
        if bad.is_empty() {
            Ok(Self(good))
        } else {
            Err(PatternErrors(bad))
        }
    }

    /// Whether one of the patterns has this schema, or there are no patterns.
    pub fn allows(&self, registry: &str, schema: &str) -> bool {
        self.0.is_empty()
            || self
                .0
                .iter()
                .any(|pattern| fits(&pattern.registry, registry) && fits(&pattern.schema, schema))
    }

    /// The same for a version; one that does not say whose it is passes no pattern.
    pub(super) fn allow(&self, version: &SchemaVersion) -> bool {
        match (&version.registry, &version.schema_name) {
            (Some(registry), Some(schema)) => self.allows(registry, schema),
            _ => self.0.is_empty(),
        }
    }
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, PatternError> {
        match text.split_once('/') {
            Some((registry, schema))
                if !registry.is_empty() && !schema.is_empty() && !schema.contains('/') =>
            {
                Ok(Self {
                    registry: registry.into(),
                    schema: schema.into(),
                })
            }
            _ => Err(PatternError {
                pattern: text.to_owned(),
            }),
        }
    }
}

/// Whether a name fits a pattern. The parts between stars are found from left to right, each as early as it can be.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut left) = name.strip_prefix(head) else {
        return false;
    };
    let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    left.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::DataFormat;

    #[test]
    fn stars_stand_for_any_characters() {
        for (pattern, name, expected) in [
            ("orders", "orders", true),
            ("orders", "orders-value", false),
            ("*", "", true),
            ("*", "orders", true),
            ("orders-*", "orders-value", true),
            ("orders-*", "orders", false),
            ("*-value", "orders-value", true),
            ("*-value", "-value-key", false),
            ("a*b*c", "a--b--c", true),
            ("a*b*c", "a--c--b", false),
            ("a*a", "a", false),
            ("**", "x", true),
            ("a**b", "ab", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn registry_and_schema_both_have_to_fit() {
        let allowed = AllowedSchemas::new(["customer/orders-*", "*/shared"]).unwrap();
        assert!(allowed.allows("customer", "orders-value"));
        assert!(allowed.allows("other", "shared"));
        assert!(!allowed.allows("other", "orders-value"));
        assert!(!allowed.allows("", ""));
        assert!(AllowedSchemas::default().allows("", ""));
    }

    #[test]
    fn a_version_that_does_not_say_whose_it_is_fits_no_pattern() {
        let nameless = SchemaVersion::unregistered(DataFormat::Avro, "\"int\"".to_owned());
        let half = SchemaVersion {
            schema_name: Some("orders".to_owned()),
            ..nameless.clone()
        };
        let whole = SchemaVersion {
            registry: Some("customer".to_owned()),
            ..half.clone()
        };
        let all = AllowedSchemas::new(["*/*"]).unwrap();
        assert!(!all.allow(&nameless) && !all.allow(&half) && all.allow(&whole));
        assert!(AllowedSchemas::default().allow(&nameless));
    }

    #[test]
    fn all_that_is_no_pattern_is_named() {
        let texts = ["", "orders", "a/b", "/orders", "customer/", "a/b/c"];
        let PatternErrors(errors) = AllowedSchemas::new(texts).unwrap_err();
        let named: Vec<_> = errors.iter().map(|error| error.pattern.as_str()).collect();
        assert_eq!(named, ["", "orders", "/orders", "customer/", "a/b/c"]);
        let long = PatternError {
            pattern: "é".repeat(10_000),
        };
        assert!(long.to_string().len() < 300, "{long}");
    }
}
