//! A JSON value as compact text and a flat list of what stands where in it.
//!
//! The text has one form for each value but for the order of keys and the way numbers are written, so that equal
//! strings are equal bytes, and nothing has to be unescaped to be compared.

use std::collections::HashMap;

use super::refusal::Refusal;
use crate::json::{Cursor, JsonError, JsonFault, write_loose};
use crate::limits::Limits;

mod keys;
mod text;

use keys::has_duplicates;
pub(super) use text::{element_text, string_length, string_text};

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Boolean,
    /// A number written without point and exponent.
    Integer,
    Number,
    /// A string whose text is its content.
    String,
    /// A string with escapes.
    Escaped,
    Array,
    Object,
}

/// A value or a key in a [`Tree`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// Where its text begins, without quotes or brackets.
    start: u32,
    /// Where its text ends.
    end: u32,
    /// The node behind it and all that is inside.
    pub(super) next: u32,
    /// Items of an array, entries of an object.
    pub(super) count: u32,
}

/// A value's place in a [`Tree`]: 0 is the whole.
///
/// An array's first item is the next one; an object's first key is, and each key's value is behind the key.
pub(super) type At = u32;

/// The text and the nodes of one value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tree<'t> {
    text: &'t [u8],
    nodes: &'t [Node],
}

impl<'t> Tree<'t> {
    pub(super) const fn new(text: &'t [u8], nodes: &'t [Node]) -> Self {
        Self { text, nodes }
    }

    #[inline]
    pub(super) fn node(&self, at: At) -> Node {
        #[cfg(test)]
        looks::count();
        self.nodes[at as usize]
    }

    /// The value's text; of strings and keys what is between the quotes.
    #[inline]
    pub(super) fn text(&self, at: At) -> &'t [u8] {
        let node = self.node(at);
        &self.text[node.start as usize..node.end as usize]
    }

    /// An array's items.
    #[inline]
    pub(super) fn items(&self, at: At) -> impl Iterator<Item = At> + use<'t> {
        let (nodes, mut item) = (self.nodes, at + 1);
        (0..self.node(at).count).map(move |_| {
            #[cfg(test)]
            looks::count();
            let this = item;
            item = nodes[this as usize].next;
            this
        })
    }

    /// An object's keys; the value of each is the node behind it.
    #[inline]
    pub(super) fn keys(&self, at: At) -> impl Iterator<Item = At> + use<'t> {
        let (nodes, mut key) = (self.nodes, at + 1);
        (0..self.node(at).count).map(move |_| {
            #[cfg(test)]
            looks::count();
            let this = key;
            key = nodes[this as usize + 1].next;
            this
        })
    }

    /// The value of an object's key.
    pub(super) fn member(&self, at: At, key: &[u8]) -> Option<At> {
        if self.node(at).kind != Kind::Object {
            return None;
        }
        let key = self.keys(at).find(|this| self.text(*this) == key)?;
        Some(key + 1)
    }
}

/// How often nodes are looked at: what tests judge effort by, on a busy machine as on a quiet one.
#[cfg(test)]
pub(super) mod looks {
    use std::cell::Cell;

    thread_local! {
        static LOOKS: Cell<u64> = const { Cell::new(0) };
    }

    pub(super) fn count() {
        LOOKS.set(LOOKS.get() + 1);
    }

    /// The looks that `work` takes.
    pub(in crate::json_schema) fn of(work: impl FnOnce()) -> u64 {
        let before = LOOKS.get();
        work();
        LOOKS.get() - before
    }
}

/// Appends the value at the cursor to `out` as compact text and gives its nodes.
///
/// Of a key given twice the last value counts, at the place of the first.
pub(super) fn read(
    cursor: &mut Cursor<'_>,
    limits: &Limits,
    out: &mut Vec<u8>,
) -> Result<Vec<Node>, Refusal> {
    let start = out.len();
    let mut reader = Reader {
        cursor,
        out,
        start,
        nodes: Vec::new(),
        depth_left: limits.depth,
        items_left: limits.items,
        limits,
        duplicates: false,
    };
    reader.whole()?;
    let (nodes, duplicates) = (reader.nodes, reader.duplicates);
    if !duplicates {
        return Ok(nodes);
    }
    let mut single = Vec::with_capacity(out.len() - start);
    let written = out.split_off(start);
    write_single(&Tree::new(&written, &nodes), 0, &mut single);
    read(&mut Cursor::from_bytes(&single)?, limits, out)
}

struct Reader<'r, 'j> {
    cursor: &'r mut Cursor<'j>,
    out: &'r mut Vec<u8>,
    /// Where the value's text begins in `out`.
    start: usize,
    nodes: Vec<Node>,
    depth_left: usize,
    items_left: usize,
    limits: &'r Limits,
    duplicates: bool,
}

type Read = Result<(), Refusal>;

impl Reader<'_, '_> {
    fn whole(&mut self) -> Read {
        let left = self.cursor.left();
        if u32::try_from(left).is_err() {
            return Err(Refusal::TooLarge {
                limit: u32::MAX as usize,
            });
        }
        self.out.reserve(left);
        self.nodes.reserve((left / 8).clamp(4, 512));
        self.value()
    }

    /// The end of what is written so far; the whole text is shorter than 2^32, as it is no longer than what is read.
    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the text's length is checked at its start"
    )]
    fn end(&self) -> u32 {
        (self.out.len() - self.start) as u32
    }

    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "there are fewer nodes than bytes"
    )]
    fn here(&self) -> At {
        self.nodes.len() as At
    }

    #[inline]
    fn scalar(&mut self, kind: Kind, start: u32, end: u32) {
        self.nodes.push(Node {
            kind,
            start,
            end,
            next: self.here() + 1,
            count: 0,
        });
    }

    fn value(&mut self) -> Read {
        match self.cursor.peek() {
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'{') => self.object(),
            Some(b'[') => self.array(),
            Some(b't') => self.literal("true", Kind::Boolean),
            Some(b'f') => self.literal("false", Kind::Boolean),
            Some(b'n') => self.literal("null", Kind::Null),
            _ => Err(self.cursor.error(JsonFault::Value).into()),
        }
    }

    fn literal(&mut self, word: &'static str, kind: Kind) -> Read {
        self.cursor.literal(word)?;
        let start = self.end();
        self.out.extend_from_slice(word.as_bytes());
        self.scalar(kind, start, self.end());
        Ok(())
    }

    fn number(&mut self) -> Read {
        let text = self.cursor.number()?;
        let start = self.end();
        self.out.extend_from_slice(text.as_bytes());
        let integer = text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-');
        let kind = if integer { Kind::Integer } else { Kind::Number };
        self.scalar(kind, start, self.end());
        Ok(())
    }

    #[inline]
    fn string(&mut self) -> Read {
        let (raw, escaped) = self.cursor.loose_string()?;
        self.out.push(b'"');
        let start = self.end();
        let mut kind = Kind::String;
        if escaped {
            write_loose(raw, self.out);
            if self.out[self.start + start as usize..].contains(&b'\\') {
                kind = Kind::Escaped;
            }
        } else {
            self.out.extend_from_slice(raw.as_bytes());
        }
        self.scalar(kind, start, self.end());
        self.out.push(b'"');
        Ok(())
    }

    fn array(&mut self) -> Read {
        let at = self.enter(Kind::Array, b'[')?;
        let (mut first, mut count) = (true, 0);
        while self.cursor.more(b']', &mut first)? {
            self.item(count)?;
            count += 1;
            self.value()?;
        }
        self.leave(at, count, b']');
        Ok(())
    }

    fn object(&mut self) -> Read {
        let at = self.enter(Kind::Object, b'{')?;
        let (mut first, mut count) = (true, 0);
        while self.cursor.more(b'}', &mut first)? {
            self.item(count)?;
            count += 1;
            if self.cursor.peek() != Some(b'"') {
                return Err(self.cursor.error(JsonFault::Expected("a key")).into());
            }
            self.string()?;
            self.cursor.colon()?;
            self.out.push(b':');
            self.value()?;
        }
        self.leave(at, count, b'}');
        if count > 1 && !self.duplicates {
            let tree = Tree::new(&self.out[self.start..], &self.nodes);
            self.duplicates = has_duplicates(&tree, at);
        }
        Ok(())
    }

    fn enter(&mut self, kind: Kind, bracket: u8) -> Result<At, JsonError> {
        if self.depth_left == 0 {
            return Err(self.cursor.error(JsonFault::Depth {
                limit: self.limits.depth,
            }));
        }
        self.depth_left -= 1;
        self.cursor.open(bracket)?;
        let at = self.here();
        self.out.push(bracket);
        let start = self.end();
        self.scalar(kind, start, start);
        Ok(at)
    }

    fn leave(&mut self, at: At, count: u32, bracket: u8) {
        let (end, next) = (self.end(), self.here());
        let node = &mut self.nodes[at as usize];
        (node.end, node.next, node.count) = (end, next, count);
        self.out.push(bracket);
        self.depth_left += 1;
    }

    #[inline]
    fn item(&mut self, before: u32) -> Read {
        if self.items_left == 0 {
            return Err(Refusal::Items {
                limit: self.limits.items,
            });
        }
        self.items_left -= 1;
        if before > 0 {
            self.out.push(b',');
        }
        Ok(())
    }
}

/// Writes a value in which of each key only the last value is left, at the place of the first.
fn write_single(tree: &Tree<'_>, at: At, out: &mut Vec<u8>) {
    match tree.node(at).kind {
        Kind::Array => {
            out.push(b'[');
            for (number, item) in tree.items(at).enumerate() {
                if number > 0 {
                    out.push(b',');
                }
                write_single(tree, item, out);
            }
            out.push(b']');
        }
        Kind::Object => {
            let mut entries: Vec<(At, At)> = Vec::new();
            let mut places: HashMap<&[u8], usize> = HashMap::new();
            for key in tree.keys(at) {
                let place = *places.entry(tree.text(key)).or_insert(entries.len());
                match entries.get_mut(place) {
                    Some(entry) => entry.1 = key + 1,
                    None => entries.push((key, key + 1)),
                }
            }
            out.push(b'{');
            for (number, (key, value)) in entries.into_iter().enumerate() {
                if number > 0 {
                    out.push(b',');
                }
                out.extend_from_slice(&element_text(tree, key));
                out.push(b':');
                write_single(tree, value, out);
            }
            out.push(b'}');
        }
        _ => out.extend_from_slice(&element_text(tree, at)),
    }
}

#[cfg(test)]
mod tests;
