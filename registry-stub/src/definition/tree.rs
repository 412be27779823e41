//! JSON texts as trees in which numbers keep their spelling: what two definitions are compared by.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

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
    /// The tree of a text; none when it is not JSON or too deep.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::of(serde_json::from_str(text).ok()?, MAX_DEPTH)
    }

    fn of(value: &RawValue, depth: usize) -> Option<Self> {
        let text = value.get();
        Some(match text.as_bytes().first()? {
            b'{' => {
                let depth = depth.checked_sub(1)?;
                let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
                let members = members.into_iter();
                let members = members.map(|(name, member)| Some((name, Self::of(member, depth)?)));
                Self::Object(members.collect::<Option<_>>()?)
            }
            b'[' => {
                let depth = depth.checked_sub(1)?;
                let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
                let items = items.into_iter().map(|item| Self::of(item, depth));
                Self::Array(items.collect::<Option<_>>()?)
            }
            b'"' => Self::Text(serde_json::from_str(text).ok()?),
            _ => Self::Bare(text.to_owned()),
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
