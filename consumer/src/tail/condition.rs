//! `--where`: what a field of a record's value has to be.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

/// A field and what it is held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    path: String,
    is: Relation,
    wanted: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Equal,
    Different,
    Containing,
}

impl Condition {
    /// Reads `path=value`, `path!=value` or `path~value`.
    ///
    /// # Errors
    /// Says what a condition looks like.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let split = text.find(['=', '~']).map(|at| text.split_at(at));
        let parts = split.map(
            |(path, rest)| match (path.strip_suffix('!'), rest.as_bytes()[0]) {
                (Some(path), b'=') => (path, Relation::Different, &rest[1..]),
                (_, b'=') => (path, Relation::Equal, &rest[1..]),
                _ => (path, Relation::Containing, &rest[1..]),
            },
        );
        match parts {
            Some((path, is, wanted)) if !path.is_empty() => Ok(Self {
                path: path.to_owned(),
                is,
                wanted: wanted.to_owned(),
            }),
            _ => Err("expected FIELD=VALUE, FIELD!=VALUE or FIELD~TEXT, where FIELD may be a path such as customer.city or items.0.sku".to_owned()),
        }
    }

    /// Whether it holds for a value in JSON; a field that is not there is different from everything.
    pub(super) fn holds(&self, json: &str) -> bool {
        let found = find(json, &self.path);
        match self.is {
            Relation::Equal => found.is_some_and(|found| equals(found, &self.wanted)),
            Relation::Different => !found.is_some_and(|found| equals(found, &self.wanted)),
            Relation::Containing => found.is_some_and(|found| text(found).contains(&self.wanted)),
        }
    }
}

/// The field at a path such as `customer.city` or `items.0.sku`. A name with dots in it is found too.
pub(super) fn find<'a>(json: &'a str, path: &str) -> Option<&'a str> {
    if json.starts_with('[') {
        let (index, rest) = split(path, path.find('.').unwrap_or(path.len()));
        let items: Vec<&'a RawValue> = serde_json::from_str(json).ok()?;
        let item = items.get(index.parse::<usize>().ok()?)?.get();
        return rest.map_or(Some(item), |rest| find(item, rest));
    }
    let fields: BTreeMap<String, &'a RawValue> = serde_json::from_str(json).ok()?;
    let dots = path.rmatch_indices('.').map(|(at, _)| at);
    std::iter::once(path.len()).chain(dots).find_map(|at| {
        let (name, rest) = split(path, at);
        let field = fields.get(name)?.get();
        rest.map_or(Some(field), |rest| find(field, rest))
    })
}

/// What stands before and behind a dot.
fn split(path: &str, at: usize) -> (&str, Option<&str>) {
    (&path[..at], path.get(at + 1..))
}

/// A JSON string's content; other JSON as it is.
pub(super) fn text(json: &str) -> Cow<'_, str> {
    match serde_json::from_str(json) {
        Ok(Value::String(text)) => Cow::Owned(text),
        _ => Cow::Borrowed(json),
    }
}

/// Whether JSON is what somebody has typed: the same text, the same JSON, or a number of the same size.
fn equals(json: &str, wanted: &str) -> bool {
    if json == wanted || text(json) == wanted {
        return true;
    }
    let number = |text: &str| text.parse::<f64>().ok();
    match json.as_bytes().first() {
        Some(b'-' | b'0'..=b'9') => match (json.parse::<i128>(), wanted.parse::<i128>()) {
            (Ok(json), Ok(wanted)) => json == wanted,
            _ => number(json).is_some() && number(json) == number(wanted),
        },
        Some(b'"' | b'{' | b'[') => {
            let wanted = serde_json::from_str::<Value>(wanted).ok();
            wanted.is_some() && wanted == serde_json::from_str(json).ok()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"s":"fail\u0065d","n":10,"d":1.50,"big":12345678901234567890123,"none":null,"yes":true,"o":{"a.b":{"c":"x"},"list":[{"k":1},"two"]},"":1}"#;

    #[test]
    fn conditions_hold_by_text_or_by_what_the_json_means() {
        for holds in [
            "s=failed",
            "s=\"failed\"",
            "s!=done",
            "s~ail",
            "n=10",
            "n=10.0",
            "n=1e1",
            "n!=11",
            "d=1.5",
            "big=12345678901234567890123",
            "big!=12345678901234567890124",
            "none=null",
            "yes=true",
            "missing!=x",
            "o.a.b.c=x",
            "o.list.0.k=1",
            "o.list.1=two",
            "o.list.0={\"k\": 1}",
            "o.list~two",
            "s!~x",
        ] {
            let Ok(condition) = Condition::parse(holds) else {
                panic!("{holds}");
            };
            let expected = holds != "s!~x";
            assert_eq!(condition.holds(JSON), expected, "{holds}");
        }
        for fails in [
            "s=fail",
            "s!=failed",
            "n=1",
            "n=ten",
            "missing=x",
            "missing~x",
            "o.list.2=x",
            "o.list.k=1",
            "o=x",
            "s.x=1",
            "yes=1",
            "none=",
        ] {
            assert!(!Condition::parse(fails).unwrap().holds(JSON), "{fails}");
        }
        assert!(!Condition::parse("a=1").unwrap().holds("5"));
    }

    #[test]
    fn a_condition_has_a_field_and_a_relation() {
        for text in ["", "s", "=x", "!=x", "~x"] {
            let refused = Condition::parse(text).unwrap_err();
            assert!(refused.starts_with("expected FIELD=VALUE"), "{refused}");
        }
        let condition = Condition::parse("a=b=c~d").unwrap();
        assert_eq!((&*condition.path, &*condition.wanted), ("a", "b=c~d"));
    }
}
