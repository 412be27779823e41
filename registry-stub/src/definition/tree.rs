//! JSON texts as trees in which numbers keep their spelling: what two definitions are compared by.

use std::collections::BTreeMap;

use common::json::Cursor;

/// Texts nested deeper than this have no tree.
const MAX_DEPTH: usize = 200;

/// A JSON value: members in the order of their names, texts without their escapes, numbers as they were written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tree {
    Object(BTreeMap<String, Tree>),
    Array(Vec<Tree>),
    Text(String),
    /// A number, `true`, `false` or `null`.
    Bare(String),
}

impl Tree {
    /// The tree of a text, in one pass over it; none when it is not JSON or too deep.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut cursor = Cursor::new(text);
        let tree = Self::read(&mut cursor, MAX_DEPTH)?;
        cursor.end().ok()?;
        Some(tree)
    }

    fn read(cursor: &mut Cursor<'_>, depth: usize) -> Option<Self> {
        Some(match cursor.peek()? {
            b'{' => {
                let depth = depth.checked_sub(1)?;
                cursor.open(b'{').ok()?;
                let (mut members, mut first) = (BTreeMap::new(), true);
                while cursor.more(b'}', &mut first).ok()? {
                    let name = cursor.key().ok()?.text().into_owned();
                    members.insert(name, Self::read(cursor, depth)?);
                }
                Self::Object(members)
            }
            b'[' => {
                let depth = depth.checked_sub(1)?;
                cursor.open(b'[').ok()?;
                let (mut items, mut first) = (Vec::new(), true);
                while cursor.more(b']', &mut first).ok()? {
                    items.push(Self::read(cursor, depth)?);
                }
                Self::Array(items)
            }
            b'"' => Self::Text(cursor.string().ok()?.text().into_owned()),
            _ => {
                let start = cursor.offset();
                cursor.skip(0).ok()?;
                Self::Bare(cursor.between(start, cursor.offset()).to_owned())
            }
        })
    }

    /// Appends the tree as the shortest JSON text.
    pub(super) fn write(&self, out: &mut String) {
        match self {
            Self::Object(members) => {
                out.push('{');
                for (index, (name, member)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    quote(name, out);
                    out.push(':');
                    member.write(out);
                }
                out.push('}');
            }
            Self::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Text(text) => quote(text, out),
            Self::Bare(text) => out.push_str(text),
        }
    }
}

/// Appends a text as a JSON string.
pub(super) fn quote(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Tree;

    /// The least time that reading the text took.
    fn time(text: &str) -> Duration {
        let once = || {
            let start = Instant::now();
            assert!(Tree::parse(text).is_some());
            start.elapsed()
        };
        (0..5).map(|_| once()).min().unwrap()
    }

    #[test]
    fn what_is_nested_deeply_takes_no_longer_than_what_is_not() {
        let items = "1234567,".repeat(21_000) + "0";
        let flat = time(&format!("[{items}]"));
        let deep = time(&(("[".repeat(200)) + &items + &"]".repeat(200)));
        assert!(deep < flat * 20, "{deep:?} and {flat:?}");
    }

    #[test]
    fn only_json_has_a_tree() {
        for text in [
            "",
            "[1,]",
            "[1 2]",
            "{\"a\"}",
            "{1:2}",
            "nul",
            "01",
            "[]]",
            "\"\\ud800\"",
            "[1",
        ] {
            assert_eq!(Tree::parse(text), None, "{text}");
        }
    }
}
