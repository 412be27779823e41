//! What a field of a record's value has to be: `transform.where`, and `tail --where`.

use std::borrow::Cow;
use std::cmp::Ordering;

use common::json::Cursor;
use serde_json::Value;

/// More levels than any value has that was decoded.
const DEPTH: usize = 1 << 16;

/// A field and what it is held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    path: String,
    is: Relation,
    wanted: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Equal,
    Different,
    Containing,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Relation {
    /// As they are written; of two that begin alike the longer one first.
    const ALL: [(&'static str, Self); 7] = [
        ("!=", Self::Different),
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
        ("=", Self::Equal),
        ("~", Self::Containing),
        ("<", Self::Less),
        (">", Self::More),
    ];
}

impl Condition {
    /// Reads `path=value`, and the same with `!=`, `~`, `<`, `<=`, `>` or `>=`.
    ///
    /// # Errors
    /// Says what a condition looks like.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let at = text.find(['=', '!', '~', '<', '>']);
        let (path, rest) = text.split_at(at.unwrap_or(text.len()));
        let read = |(word, is): &(&str, Relation)| Some((*is, rest.strip_prefix(word)?));
        match Relation::ALL.iter().find_map(read) {
            Some((is, wanted)) if !path.is_empty() => Ok(Self {
                path: path.to_owned(),
                is,
                wanted: wanted.to_owned(),
            }),
            _ => Err("expected FIELD=VALUE, or !=, <, <=, >, >= or ~ (has the text) for the =; FIELD may be a path such as customer.city".to_owned()),
        }
    }

    /// The field.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Whether it holds for a value in JSON; a field that is not there is different from everything.
    pub(crate) fn holds(&self, json: &str) -> bool {
        let found = find(json, &self.path);
        let is = |wanted: &[Ordering]| {
            let order = found.and_then(|found| order(found, &self.wanted));
            order.is_some_and(|order| wanted.contains(&order))
        };
        match self.is {
            Relation::Equal => found.is_some_and(|found| equals(found, &self.wanted)),
            Relation::Different => !found.is_some_and(|found| equals(found, &self.wanted)),
            Relation::Containing => found.is_some_and(|found| text(found).contains(&self.wanted)),
            Relation::Less => is(&[Ordering::Less]),
            Relation::AtMost => is(&[Ordering::Less, Ordering::Equal]),
            Relation::More => is(&[Ordering::Greater]),
            Relation::AtLeast => is(&[Ordering::Greater, Ordering::Equal]),
        }
    }
}

/// The field at a path such as `customer.city` or `items.0.sku`. A name with dots in it is found too.
pub(crate) fn find<'a>(json: &'a str, path: &str) -> Option<&'a str> {
    let mut cursor = Cursor::new(json);
    match cursor.peek()? {
        b'[' => find_item(cursor, json, path),
        b'{' => find_field(cursor, json, path),
        _ => None,
    }
}

fn find_item<'a>(mut cursor: Cursor<'a>, json: &'a str, path: &str) -> Option<&'a str> {
    let (index, rest) = path.split_once('.').unwrap_or((path, ""));
    let index: usize = index.parse().ok()?;
    let mut first = true;
    cursor.open(b'[').ok()?;
    for at in 0.. {
        if !cursor.more(b']', &mut first).ok()? {
            break;
        }
        let item = value(&mut cursor, json)?;
        if at == index {
            return if path.contains('.') {
                find(item, rest)
            } else {
                Some(item)
            };
        }
    }
    None
}

/// Of fields that could be meant the one with the longest name, and of one name the last.
fn find_field<'a>(mut cursor: Cursor<'a>, json: &'a str, path: &str) -> Option<&'a str> {
    let mut found: Option<(usize, &str)> = None;
    let mut first = true;
    cursor.open(b'{').ok()?;
    while cursor.more(b'}', &mut first).ok()? {
        let name = cursor.key().ok()?.text();
        let field = value(&mut cursor, json)?;
        let inside = match path.strip_prefix(&*name) {
            Some("") => Some(field),
            Some(rest) => rest.strip_prefix('.').and_then(|rest| find(field, rest)),
            None => None,
        };
        if let Some(inside) = inside
            && found.is_none_or(|(length, _)| name.len() >= length)
        {
            found = Some((name.len(), inside));
        }
    }
    found.map(|(_, field)| field)
}

/// The next value's text.
fn value<'a>(cursor: &mut Cursor<'a>, json: &'a str) -> Option<&'a str> {
    cursor.peek();
    let start = cursor.offset();
    cursor.skip(DEPTH).ok()?;
    json.get(start..cursor.offset())
}

/// How JSON compares with what somebody has typed: as numbers if both are, else as texts, as moments in time may be.
fn order(json: &str, wanted: &str) -> Option<Ordering> {
    let found = text(json);
    match (json.parse::<i128>(), wanted.parse::<i128>()) {
        (Ok(found), Ok(wanted)) => return Some(found.cmp(&wanted)),
        _ if json == "null" => return None,
        _ => {}
    }
    match (found.parse::<f64>(), wanted.parse::<f64>()) {
        (Ok(found), Ok(wanted)) => found.partial_cmp(&wanted),
        _ => Some((*found).cmp(wanted)),
    }
}

/// A JSON string's content; other JSON as it is.
pub(crate) fn text(json: &str) -> Cow<'_, str> {
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
            "n<11",
            "n<=10",
            "n>9.5",
            "n>=10",
            "d<1.51",
            "big>12345678901234567890122",
            "s>fail",
            "s<g",
        ] {
            assert!(Condition::parse(holds).unwrap().holds(JSON), "{holds}");
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
            "n<10",
            "n>10",
            "none<1",
            "none>0",
            "missing<1",
        ] {
            assert!(!Condition::parse(fails).unwrap().holds(JSON), "{fails}");
        }
        assert!(!Condition::parse("a=1").unwrap().holds("5"));
    }

    #[test]
    fn a_condition_has_a_field_and_a_relation() {
        for text in ["", "s", "=x", "!=x", "~x", "<1", "s!x", "s!~x"] {
            let refused = Condition::parse(text).unwrap_err();
            assert!(refused.starts_with("expected FIELD=VALUE"), "{refused}");
        }
        let condition = Condition::parse("a=b=c~d").unwrap();
        assert_eq!((&*condition.path, &*condition.wanted), ("a", "b=c~d"));
    }
}
