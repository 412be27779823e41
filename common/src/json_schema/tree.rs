//! A schema as a tree of values with its references, for those who compare schemas instead of checking values.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::document::{At, Kind, Node, Tree, element_text, string_text};
use super::number::{Decimal, Divisor};
use super::references::{References, Target};
use super::refusal::JsonSchemaError;
use super::schema::Rules;
use super::{Draft, compile, registered};

/// A valid schema's values.
///
/// ```
/// use common::json_schema::SchemaTree;
///
/// let tree = SchemaTree::parse(
///     r##"{"properties": {"id": {"$ref": "#/definitions/id"}}, "definitions": {"id": {"minimum": 1.0}}}"##,
/// )?;
/// let id = tree.root().member("properties").and_then(|properties| properties.member("id"));
/// let target = id.and_then(|id| id.reference()).unwrap();
/// assert_eq!(target.pointer(), "/definitions/id");
/// assert_eq!(target.member("minimum").unwrap().text(), "1.0");
/// # Ok::<(), common::json_schema::JsonSchemaError>(())
/// ```
#[derive(Debug)]
pub struct SchemaTree {
    text: Vec<u8>,
    nodes: Vec<Node>,
    references: References,
    draft: Draft,
}

/// A value in a [`SchemaTree`].
#[derive(Debug, Clone, Copy)]
pub struct SchemaValue<'s> {
    schema: &'s SchemaTree,
    at: At,
}

impl SchemaTree {
    /// Parses the text of a schema, which may also be `true` or `false`.
    ///
    /// # Errors
    ///
    /// As [`JsonSchema::compile`](super::JsonSchema::compile), and if there is text before or behind the schema's value.
    pub fn parse(definition: &str) -> Result<Self, JsonSchemaError> {
        let (text, nodes) = registered::read_all(definition)?;
        let is_boolean = nodes.first().map(|node| node.kind) == Some(Kind::Boolean);
        let (text, nodes, draft) = if is_boolean {
            (text, nodes, Draft::Seven)
        } else {
            let (Rules { text, nodes, .. }, draft) = compile::compile(text, nodes)?;
            (text, nodes, draft)
        };
        let references = References::find(&Tree::new(&text, &nodes), draft.name_keyword());
        Ok(Self {
            text,
            nodes,
            references,
            draft,
        })
    }

    /// The draft whose rules hold.
    pub const fn draft(&self) -> Draft {
        self.draft
    }

    /// The whole schema.
    pub const fn root(&self) -> SchemaValue<'_> {
        self.at(0)
    }

    /// The value of that [index](SchemaValue::index), which must be of this tree.
    pub const fn at(&self, index: u32) -> SchemaValue<'_> {
        SchemaValue {
            schema: self,
            at: index,
        }
    }

    fn tree(&self) -> Tree<'_> {
        Tree::new(&self.text, &self.nodes)
    }
}

impl<'s> SchemaValue<'s> {
    /// A number that no other value of the tree has.
    pub const fn index(&self) -> u32 {
        self.at
    }

    /// The value of a boolean.
    pub fn boolean(&self) -> Option<bool> {
        (self.kind() == Kind::Boolean).then(|| self.schema.tree().text(self.at) == b"true")
    }

    /// Whether the value is a number.
    pub fn is_number(&self) -> bool {
        matches!(self.kind(), Kind::Integer | Kind::Number)
    }

    /// The content of a string.
    pub fn string(&self) -> Option<Cow<'s, str>> {
        matches!(self.kind(), Kind::String | Kind::Escaped)
            .then(|| string_text(&self.schema.tree(), self.at))
    }

    /// Whether the value is an array.
    pub fn is_array(&self) -> bool {
        self.kind() == Kind::Array
    }

    /// The items of an array; of other values, none.
    pub fn items(&self) -> impl Iterator<Item = SchemaValue<'s>> + use<'s> {
        let Self { schema, at } = *self;
        let array = (self.kind() == Kind::Array).then_some(at);
        let items = array.into_iter().flat_map(|at| schema.tree().items(at));
        items.map(|item| schema.at(item))
    }

    /// The members of an object with their names, in the order of the text; of other values, none.
    pub fn members(&self) -> impl Iterator<Item = (Cow<'s, str>, SchemaValue<'s>)> + use<'s> {
        let Self { schema, at } = *self;
        let object = (self.kind() == Kind::Object).then_some(at);
        let keys = object.into_iter().flat_map(|at| schema.tree().keys(at));
        keys.map(|key| (string_text(&schema.tree(), key), schema.at(key + 1)))
    }

    /// The value of an object's member.
    pub fn member(&self, name: &str) -> Option<SchemaValue<'s>> {
        let mut named = self.members().filter(|(own, _)| own == name);
        named.next().map(|(_, value)| value)
    }

    /// Where the object's `$ref` leads, if it has one: one step, which may be to another reference.
    pub fn reference(&self) -> Option<SchemaValue<'s>> {
        let tree = self.schema.tree();
        let reference = tree.member(self.at, b"$ref")?;
        let text = self.schema.at(reference).string()?;
        match self.schema.references.resolve(&tree, self.at, &text) {
            Target::Found(found) => Some(self.schema.at(found)),
            Target::Missing | Target::Outside => None,
        }
    }

    /// The order of two numbers, compared without rounding; `None` if one is no number.
    pub fn compare(&self, other: &SchemaValue<'_>) -> Option<Ordering> {
        Some(self.number()?.compare(&other.number()?))
    }

    /// Whether `number` is a multiple of this number; not if one is no number.
    pub fn divides(&self, number: &SchemaValue<'_>) -> bool {
        let divisor = self
            .number()
            .and_then(|_| Divisor::new(self.schema.tree().text(self.at)));
        match (divisor, number.number()) {
            (Some(divisor), Some(number)) => divisor.divides(&number),
            _ => false,
        }
    }

    /// The value's JSON text without white space, numbers as they are written.
    pub fn text(&self) -> Cow<'s, str> {
        match element_text(&self.schema.tree(), self.at) {
            Cow::Borrowed(text) => String::from_utf8_lossy(text),
            Cow::Owned(text) => Cow::Owned(String::from_utf8_lossy(&text).into_owned()),
        }
    }

    /// A text that equal values share: numbers by their value, objects in any order.
    pub fn normal(&self) -> String {
        let mut out = String::new();
        write_normal(&self.schema.tree(), self.at, &mut out);
        out
    }

    /// The JSON Pointer of the value.
    pub fn pointer(&self) -> String {
        compile::pointer(&self.schema.tree(), self.at)
    }

    fn kind(&self) -> Kind {
        self.schema.tree().node(self.at).kind
    }

    fn number(&self) -> Option<Decimal<'s>> {
        self.is_number()
            .then(|| Decimal::new(self.schema.tree().text(self.at)))
    }
}

fn write_normal(tree: &Tree<'_>, at: At, out: &mut String) {
    match tree.node(at).kind {
        Kind::Integer | Kind::Number => Decimal::new(tree.text(at)).write_normal(out),
        Kind::Array => {
            out.push('[');
            for item in tree.items(at) {
                write_normal(tree, item, out);
                out.push(',');
            }
            out.push(']');
        }
        Kind::Object => {
            let mut keys: Vec<At> = tree.keys(at).collect();
            keys.sort_unstable_by_key(|key| tree.text(*key));
            out.push('{');
            for key in keys {
                out.push_str(&String::from_utf8_lossy(&element_text(tree, key)));
                out.push(':');
                write_normal(tree, key + 1, out);
                out.push(',');
            }
            out.push('}');
        }
        _ => out.push_str(&String::from_utf8_lossy(&element_text(tree, at))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_a_text() {
        for (left, right, equal) in [
            ("[1, 2.50]", "[1.0, 25e-1]", true),
            (
                r#"{"a": 1, "b": "x"}"#,
                r#"{"b": "\u0078", "a": 10e-1}"#,
                true,
            ),
            (r#"["ab"]"#, r#"["a", "b"]"#, false),
            ("[1, 2]", "[2, 1]", false),
            (r#""1""#, "1", false),
            ("[[], {}]", "[[], []]", false),
        ] {
            let normal = |value: &str| {
                let tree = SchemaTree::parse(&format!(r#"{{"enum": [{value}]}}"#)).unwrap();
                tree.root().normal()
            };
            assert_eq!(normal(left) == normal(right), equal, "{left} and {right}");
        }
    }

    #[test]
    fn nothing_may_stand_beside_the_schema() {
        for text in ["{} {}", "\u{feff}{}", "true x", "", "3", "null"] {
            assert!(SchemaTree::parse(text).is_err(), "{text:?}");
        }
        for text in [" {} ", "true", "\nfalse"] {
            assert!(SchemaTree::parse(text).is_ok(), "{text:?}");
        }
    }
}
