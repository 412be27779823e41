//! Where references lead: names that subschemas give themselves, and JSON Pointers.

use std::collections::HashMap;

use super::document::{At, Kind, Tree, string_text};

/// The base of each subschema's references and the subschemas by their full names.
#[derive(Debug)]
pub(super) struct References {
    /// For each node the index of its base in `bases`.
    base_of: Vec<u32>,
    bases: Vec<String>,
    by_id: HashMap<String, At>,
}

impl References {
    /// Finds all names; `keyword` is what gives them, `id` or `$id`.
    pub(super) fn find(tree: &Tree<'_>, keyword: &[u8]) -> Self {
        let mut references = Self {
            base_of: vec![0; tree.node(0).next as usize],
            bases: vec![String::new()],
            by_id: HashMap::new(),
        };
        references.visit(tree, 0, 0, keyword);
        references
    }

    fn visit(&mut self, tree: &Tree<'_>, at: At, base: u32, keyword: &[u8]) {
        match tree.node(at).kind {
            Kind::Array => {
                for item in tree.items(at) {
                    self.visit(tree, item, base, keyword);
                }
            }
            Kind::Object => {
                let base = self.name(tree, at, base, keyword);
                for key in tree.keys(at) {
                    if !matches!(tree.text(key), b"enum" | b"const") {
                        self.visit(tree, key + 1, base, keyword);
                    }
                }
            }
            _ => {}
        }
    }

    /// Notes an object's own name and gives the base inside it.
    fn name(&mut self, tree: &Tree<'_>, at: At, base: u32, keyword: &[u8]) -> u32 {
        let mut own = base;
        let id = tree.member(at, keyword);
        if let Some(id) =
            id.filter(|id| matches!(tree.node(*id).kind, Kind::String | Kind::Escaped))
        {
            let full = join(self.base(base), &string_text(tree, id));
            let without = full.split('#').next().unwrap_or_default().to_owned();
            self.by_id
                .entry(full.trim_end_matches('#').to_owned())
                .or_insert(at);
            if without != self.base(base) {
                own = u32::try_from(self.bases.len()).unwrap_or_default();
                self.bases.push(without);
            }
        }
        self.base_of[at as usize] = own;
        own
    }

    fn base(&self, index: u32) -> &str {
        self.bases.get(index as usize).map_or("", |base| base)
    }

    /// The node that a reference in the object `at` leads to.
    pub(super) fn resolve(&self, tree: &Tree<'_>, at: At, reference: &str) -> Target {
        let full = join(self.base(self.base_of[at as usize]), reference);
        if let Some(&found) = self.by_id.get(full.trim_end_matches('#')) {
            return Target::Found(found);
        }
        // Java looks for pointers in the whole schema, not in the subschema that has its own name.
        let (root, fragment) = if let Some(fragment) = reference.strip_prefix('#') {
            (Some(0), fragment)
        } else {
            let (document, fragment) = full.split_once('#').unwrap_or((&full, ""));
            let named = self.by_id.get(document).copied();
            (if document.is_empty() { Some(0) } else { named }, fragment)
        };
        let Some(root) = root else {
            return Target::Outside;
        };
        match follow(tree, root, fragment) {
            Some(found) => Target::Found(found),
            None => Target::Missing,
        }
    }
}

/// Where a reference leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Found(At),
    /// To a place in the schema where nothing is.
    Missing,
    /// Out of the schema.
    Outside,
}

/// Follows a JSON Pointer that is written as a URI's fragment.
fn follow(tree: &Tree<'_>, root: At, fragment: &str) -> Option<At> {
    let pointer = unescape_percent(fragment);
    if pointer.is_empty() {
        return Some(root);
    }
    let mut at = root;
    for step in pointer.strip_prefix('/')?.split('/') {
        let step = step.replace("~1", "/").replace("~0", "~");
        at = match tree.node(at).kind {
            Kind::Object => {
                let mut key = Vec::new();
                crate::json::write_string(&step, &mut key);
                tree.member(at, key.get(1..key.len() - 1)?)?
            }
            Kind::Array => tree.items(at).nth(step.parse().ok()?)?,
            _ => return None,
        };
    }
    Some(at)
}

fn unescape_percent(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digit = |at: usize| {
            bytes
                .get(at)
                .and_then(|byte| char::from(*byte).to_digit(16))
        };
        if let (b'%', Some(high), Some(low)) = (byte, digit(at + 1), digit(at + 2)) {
            plain.extend((high * 16 + low).to_le_bytes().first());
            at += 3;
        } else {
            plain.push(byte);
            at += 1;
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// A reference resolved against a base, as RFC 3986 does it, without the dots in paths.
fn join(base: &str, reference: &str) -> String {
    if reference.is_empty() {
        return base.to_owned();
    }
    let without_fragment = base.split('#').next().unwrap_or_default();
    if reference.starts_with('#') {
        return format!("{without_fragment}{reference}");
    }
    if has_scheme(reference) || without_fragment.is_empty() {
        return reference.to_owned();
    }
    let scheme_end = if has_scheme(base) {
        without_fragment.find(':').map_or(0, |at| at + 1)
    } else {
        0
    };
    let (scheme, rest) = without_fragment.split_at(scheme_end);
    if reference.starts_with("//") {
        return format!("{scheme}{reference}");
    }
    let authority_end = match rest.strip_prefix("//") {
        Some(authority) => authority.find('/').map_or(rest.len(), |at| at + 2),
        None => 0,
    };
    let (authority, path) = rest.split_at(authority_end);
    if reference.starts_with('/') {
        return format!("{scheme}{authority}{reference}");
    }
    let directory = path.rfind('/').map_or("/", |at| &path[..=at]);
    let directory = if authority.is_empty() && !path.contains('/') {
        ""
    } else {
        directory
    };
    format!("{scheme}{authority}{directory}{reference}")
}

fn has_scheme(text: &str) -> bool {
    let Some(colon) = text.find(':') else {
        return false;
    };
    let scheme = &text[..colon];
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|next| next.is_ascii_alphanumeric() || "+-.".contains(next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_joined_with_their_base() {
        for (base, reference, full) in [
            ("", "#/a", "#/a"),
            ("", "a.json", "a.json"),
            ("http://x/y/root.json", "a.json", "http://x/y/a.json"),
            ("http://x/y/root.json#", "#/a", "http://x/y/root.json#/a"),
            ("http://x/y/root.json", "/a.json#b", "http://x/a.json#b"),
            ("http://x", "a.json", "http://x/a.json"),
            ("http://x/y", "//z/a", "http://z/a"),
            ("http://x/y", "urn:a", "urn:a"),
            ("root.json", "a.json", "a.json"),
        ] {
            assert_eq!(join(base, reference), full, "{reference} from {base}");
        }
    }
}
