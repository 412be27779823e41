//! Which schemas records may be read with.

use super::SchemaVersion;

/// Patterns of `registry/schema`, in which `*` stands for any characters; without patterns all schemas are allowed.
///
/// ```
/// use common::registry::allowed::AllowedSchemas;
///
/// let allowed = AllowedSchemas::new(["customer/orders-*"])?;
/// assert!(allowed.allows("customer", "orders-value"));
/// assert!(!allowed.allows("customer", "payments-value"));
/// # Ok::<(), common::registry::allowed::PatternError>(())
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
#[error("\"{pattern}\" is no pattern of registry/schema, such as `customer/orders-*`")]
pub struct PatternError {
    /// The text.
    pub pattern: String,
}

impl AllowedSchemas {
    /// Reads patterns.
    ///
    /// # Errors
    ///
    /// One of them is not two names with a slash between them.
    pub fn new<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Self, PatternError> {
        patterns
            .into_iter()
            .map(Pattern::parse)
            .collect::<Result<_, _>>()
            .map(Self)
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
        let registry = version.registry.as_deref().unwrap_or_default();
        let schema = version.schema_name.as_deref().unwrap_or_default();
        self.allows(registry, schema)
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
    fn what_is_no_pattern_is_named() {
        for text in ["", "orders", "/orders", "customer/", "a/b/c"] {
            let error = AllowedSchemas::new([text]).unwrap_err();
            assert_eq!(error.pattern, text);
        }
    }
}
