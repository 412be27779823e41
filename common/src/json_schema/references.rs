//! Where references lead: names that subschemas give themselves, and JSON Pointers.

use std::collections::HashMap;

use super::document::{At, Kind, Tree, string_text};

/// Arrays and objects with more in them than this are looked into by an index: thousands of references may lead there.
const WIDE: u32 = 16;

/// Longer names name nothing: each is joined with every reference inside.
const MAX_NAME: usize = 2 * 1024;

/// The base of each subschema's references and the subschemas by their full names.
#[derive(Debug)]
pub(super) struct References {
    /// For each node the index of its base in `bases`.
    base_of: Vec<u32>,
    bases: Vec<String>,
    by_id: HashMap<String, At>,
    /// The items of wide arrays; the keys of wide objects, sorted by their texts.
    wide: HashMap<At, Vec<At>>,
}

impl References {
    /// Finds all names; `keyword` is what gives them, `id` or `$id`.
    pub(super) fn find(tree: &Tree<'_>, keyword: &[u8]) -> Self {
        let mut references = Self {
            base_of: vec![0; tree.node(0).next as usize],
            bases: vec![String::new()],
            by_id: HashMap::new(),
            wide: HashMap::new(),
        };
        references.visit(tree, 0, 0, keyword);
        references
    }

    fn visit(&mut self, tree: &Tree<'_>, at: At, base: u32, keyword: &[u8]) {
        self.index(tree, at);
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

    fn index(&mut self, tree: &Tree<'_>, at: At) {
        let node = tree.node(at);
        if node.count <= WIDE {
            return;
        }
        let inside = match node.kind {
            Kind::Array => tree.items(at).collect(),
            Kind::Object => {
                let mut keys: Vec<At> = tree.keys(at).collect();
                keys.sort_unstable_by_key(|key| tree.text(*key));
                keys
            }
            _ => return,
        };
        self.wide.insert(at, inside);
    }

    /// The value of an object's key.
    fn member(&self, tree: &Tree<'_>, at: At, key: &[u8]) -> Option<At> {
        let Some(keys) = self.wide.get(&at) else {
            return tree.member(at, key);
        };
        let found = keys
            .binary_search_by_key(&key, |key| tree.text(*key))
            .ok()?;
        Some(keys[found] + 1)
    }

    /// An array's item.
    fn item(&self, tree: &Tree<'_>, at: At, index: usize) -> Option<At> {
        match self.wide.get(&at) {
            Some(items) => items.get(index).copied(),
            None => tree.items(at).nth(index),
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
            if full.len() > MAX_NAME {
                self.base_of[at as usize] = own;
                return own;
            }
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
        match self.follow(tree, root, fragment) {
            Some(found) => Target::Found(found),
            None => Target::Missing,
        }
    }

    /// Follows a JSON Pointer that is written as a URI's fragment.
    fn follow(&self, tree: &Tree<'_>, root: At, fragment: &str) -> Option<At> {
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
                    self.member(tree, at, key.get(1..key.len() - 1)?)?
                }
                Kind::Array => self.item(tree, at, step.parse().ok()?)?,
                _ => return None,
            };
        }
        Some(at)
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
    use crate::json_schema::SchemaTree;
    use crate::json_schema::document::looks;

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

    /// How often nodes are looked at while a schema is read that is a way through so many references.
    fn looks(length: usize, reference: &dyn Fn(usize) -> String, wrap: [&str; 3]) -> u64 {
        let steps: Vec<String> = (0..length).map(reference).collect();
        let [before, last, after] = wrap;
        let text = format!("{before}{},{last}{after}", steps.join(","));
        let text = text.replace("LAST", &format!("d{length}"));
        looks::of(|| assert!(SchemaTree::parse(&text).is_ok()))
    }

    #[test]
    fn a_reference_takes_as_few_looks_among_many() {
        let member = |at: usize| format!(r##""d{at}": {{"$ref": "#/definitions/d{}"}}"##, at + 1);
        let item = |at: usize| format!(r##"{{"$ref": "#/definitions/{}"}}"##, at + 1);
        let members = [
            r##"{"$ref": "#/definitions/d0", "definitions": {"##,
            r#""LAST": {}"#,
            "}}",
        ];
        let items = [
            r##"{"$ref": "#/definitions/0", "definitions": ["##,
            "{}",
            "]}",
        ];
        let check = |reference: &dyn Fn(usize) -> String, wrap| {
            let [few, many] = [800, 8_000].map(|length| looks(length, reference, wrap));
            assert!(
                many < few * 20,
                "{few} looks for 800 references, {many} for ten times as many"
            );
        };
        check(&member, members);
        check(&item, items);
    }

    #[test]
    fn references_into_wide_objects_and_arrays_lead_to_their_places() {
        let members: Vec<String> = (0..100).map(|at| format!(r#""k{at}~/": {at}"#)).collect();
        let items: Vec<String> = (0..100).map(|at| at.to_string()).collect();
        let text = format!(
            r#"{{"o": {{{}}}, "a": [{}]}}"#,
            members.join(","),
            items.join(",")
        );
        let (text, nodes) = crate::json_schema::registered::read_all(&text).unwrap();
        let tree = Tree::new(&text, &nodes);
        let references = References::find(&tree, b"$id");
        for at in 0..100 {
            for pointer in [format!("#/o/k{at}~0~1"), format!("#/a/{at}")] {
                let Target::Found(found) = references.resolve(&tree, 0, &pointer) else {
                    panic!("{pointer}");
                };
                assert_eq!(tree.text(found), at.to_string().as_bytes());
            }
        }
        for pointer in ["#/o/k100~0~1", "#/o/k", "#/a/100", "#/a/-1", "#/a/0/0"] {
            assert_eq!(references.resolve(&tree, 0, pointer), Target::Missing);
        }
    }

    #[test]
    fn a_name_without_end_names_nothing() {
        for (length, wanted) in [(2_000, true), (2_100, false)] {
            let name = "n".repeat(length);
            let text = format!(
                r#"{{"$schema": "http://json-schema.org/draft-07/schema#", "items": {{"$ref": "{name}"}}, "definitions": {{"a": {{"$id": "{name}"}}}}}}"#
            );
            assert_eq!(SchemaTree::parse(&text).is_ok(), wanted, "{length}");
        }
    }
}
