//! JSON text through a view: cut, renamed and masked as it is copied.

use serde_json::Value;

use super::{Level, MaskKey, View};
use crate::json::{Cursor, JsonError, JsonFault, write_string};
use crate::limits::Limits;

/// Replaces the text behind `start`, which is one JSON value, by what the view lets through of it.
///
/// # Errors
/// It is no JSON value, is nested too deeply, or becomes too large; `out` is then as it was.
pub(crate) fn apply(
    view: &View,
    limits: &Limits,
    out: &mut Vec<u8>,
    start: usize,
) -> Result<(), Uncut> {
    let whole = out[start..].to_vec();
    let mut cut = Vec::with_capacity(whole.len());
    let mut walk = Walk {
        cursor: Cursor::from_bytes(&whole)?,
        key: view.key(),
        out: &mut cut,
        depth: limits.depth,
        room: limits.json_bytes,
        passes_singles: view.is_lookup(),
    };
    walk.through(Some(view.top()), limits.depth)?;
    out.truncate(start);
    out.append(&mut cut);
    Ok(())
}

/// Masks each single value of the JSON text behind `start`, those in arrays too; the text may become as large as `room`.
pub(crate) fn mask_text(
    key: &MaskKey,
    room: usize,
    out: &mut Vec<u8>,
    start: usize,
) -> Result<(), Uncut> {
    let whole = out[start..].to_vec();
    let mut masked = Vec::with_capacity(whole.len());
    let mut walk = Walk {
        cursor: Cursor::from_bytes(&whole)?,
        key: Some(key),
        out: &mut masked,
        depth: usize::MAX,
        room,
        passes_singles: true,
    };
    walk.masked(usize::MAX)?;
    out.truncate(start);
    out.append(&mut masked);
    Ok(())
}

struct Walk<'a, 'o> {
    cursor: Cursor<'a>,
    key: Option<&'a MaskKey>,
    out: &'o mut Vec<u8>,
    /// Levels that there may be.
    depth: usize,
    /// Bytes that what is written may have.
    room: usize,
    /// Single values pass where only fields are kept.
    passes_singles: bool,
}

/// Why a text cannot be shown through a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Uncut {
    Json(JsonError),
    TooLarge,
}

impl From<JsonError> for Uncut {
    fn from(error: JsonError) -> Self {
        Self::Json(error)
    }
}

type Walked = Result<(), Uncut>;

impl Walk<'_, '_> {
    /// Copies a value through a level, or as it is.
    fn through(&mut self, level: Option<&Level>, left: usize) -> Walked {
        self.value(
            left,
            |walk, left| match level {
                Some(level) => walk.fields(level, left),
                None => walk.entries(left, |walk, left| walk.through(None, left)),
            },
            |walk, left| walk.through(level, left),
            |walk, text| {
                // What has no fields has none that are kept.
                let is_kept = walk.passes_singles || !level.is_some_and(Level::keeps);
                let text = if is_kept { text } else { "null" };
                walk.out.extend_from_slice(text.as_bytes());
            },
        )
    }

    /// Masks a value: an object as a whole, so that its keys are not to be seen either.
    fn masked(&mut self, left: usize) -> Walked {
        if self.cursor.peek() != Some(b'{') {
            return self.value(left, |_, _| Ok(()), Self::masked, Self::token);
        }
        let start = self.cursor.offset();
        self.drop_value(left)?;
        let text = self.cursor.between(start, self.cursor.offset());
        self.token(text);
        Ok(())
    }

    /// Reads a value: the inside of an object, each item of an array, or a single value's text.
    fn value(
        &mut self,
        left: usize,
        object: impl FnOnce(&mut Self, usize) -> Walked,
        mut item: impl FnMut(&mut Self, usize) -> Walked,
        single: impl FnOnce(&mut Self, &str),
    ) -> Walked {
        let inner = |walk: &Self| {
            let fault = JsonFault::Depth { limit: walk.depth };
            let left = left.checked_sub(1);
            left.ok_or_else(|| Uncut::Json(walk.cursor.error(fault)))
        };
        match self.cursor.peek() {
            Some(b'{') => {
                let left = inner(self)?;
                self.cursor.open(b'{')?;
                self.out.push(b'{');
                object(self, left)?;
                self.out.push(b'}');
            }
            Some(b'[') => {
                let left = inner(self)?;
                self.cursor.open(b'[')?;
                self.out.push(b'[');
                let mut first = true;
                while self.cursor.more(b']', &mut first)? {
                    self.separate(b'[');
                    item(self, left)?;
                }
                self.out.push(b']');
            }
            _ => {
                let start = self.cursor.offset();
                self.pass()?;
                let text = self.cursor.between(start, self.cursor.offset());
                single(self, text);
            }
        }
        if self.out.len() > self.room {
            return Err(Uncut::TooLarge);
        }
        Ok(())
    }

    /// Passes a single value.
    fn pass(&mut self) -> Walked {
        // The values of JSON schemas may have half of a surrogate pair.
        if self.cursor.peek() == Some(b'"') {
            self.cursor.loose_string()?;
        } else {
            self.cursor.skip(0)?;
        }
        Ok(())
    }

    /// Copies an object's entries, each value as told.
    fn entries(
        &mut self,
        left: usize,
        mut value: impl FnMut(&mut Self, usize) -> Walked,
    ) -> Walked {
        let mut first = true;
        while self.cursor.more(b'}', &mut first)? {
            self.separate(b'{');
            let (raw, _) = self.cursor.loose_string()?;
            self.cursor.colon()?;
            self.quoted(raw);
            value(self, left)?;
        }
        Ok(())
    }

    /// Copies the entries that a level lets through.
    fn fields(&mut self, level: &Level, left: usize) -> Walked {
        let mut first = true;
        while self.cursor.more(b'}', &mut first)? {
            let at = self.cursor.offset();
            let name = self.cursor.loose_content()?;
            let entry = level.get(&name);
            // What has the name that another field gets would be a second one of it.
            let is_taken = entry.is_none() && level.is_new_name(&name);
            if is_taken || !level.lets(&name) {
                self.cursor.colon()?;
                self.drop_value(left)?;
                continue;
            }
            self.separate(b'{');
            if let Some(new) = entry.and_then(|entry| entry.name.as_deref()) {
                write_string(new, self.out);
                self.out.push(b':');
            } else {
                self.cursor.rewind(at);
                let (raw, _) = self.cursor.loose_string()?;
                self.quoted(raw);
            }
            self.cursor.colon()?;
            match entry {
                Some(entry) if entry.is_masked => self.masked(left)?,
                entry => self.through(entry.and_then(|entry| entry.inside()), left)?,
            }
        }
        Ok(())
    }

    fn drop_value(&mut self, left: usize) -> Walked {
        let length = self.out.len();
        self.through(None, left)?;
        self.out.truncate(length);
        Ok(())
    }

    fn quoted(&mut self, raw: &str) {
        self.out.push(b'"');
        self.out.extend_from_slice(raw.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    /// Writes a comma, but not behind the bracket that opens.
    fn separate(&mut self, bracket: u8) {
        if self.out.last() != Some(&bracket) {
            self.out.push(b',');
        }
    }

    /// Writes what stands for a single value's text; null stays.
    fn token(&mut self, text: &str) {
        let content = Cursor::new(text).loose_content();
        let token = match (self.key, text) {
            (_, "null") | (None, _) => return self.out.extend_from_slice(b"null"),
            (Some(key), _) => key.token(content.as_deref().unwrap_or(text).as_bytes()),
        };
        self.out.push(b'"');
        self.out.extend_from_slice(&token);
        self.out.push(b'"');
    }
}

/// Words by which a schema says more of an object's fields than `properties` does.
const MORE: [&str; 8] = [
    "$ref",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "dependencies",
    "extends",
];

/// Whether values of a JSON schema may have a field at a path; only one that lists its fields can tell that they do not.
///
/// A map's values have no names: a path through one names the key, which is a field like others.
pub(super) fn may_have(definition: &str, path: &[&str]) -> bool {
    let Ok(schema) = serde_json::from_str::<Value>(definition) else {
        return false;
    };
    let mut at = &schema;
    for step in path {
        while let Some(items) = at.get("items").filter(|_| at.get("properties").is_none()) {
            at = items;
        }
        let is_open = at.get("additionalProperties") == Some(&Value::Bool(true));
        if let Some(field) = at.get("properties").and_then(|fields| fields.get(step)) {
            at = field;
        } else if is_open || MORE.iter().any(|word| at.get(word).is_some()) {
            return true;
        } else {
            let lists = ["properties", "additionalProperties", "patternProperties"];
            return !lists.iter().any(|word| at.get(word).is_some());
        }
    }
    true
}
