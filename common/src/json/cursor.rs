//! The cursor itself: what it passes, and where it is.

use super::{JsonError, JsonFault, JsonStr, scan};
use crate::bytes::same;

/// A place in a JSON text.
#[derive(Debug, Clone)]
pub struct Cursor<'a> {
    text: &'a str,
    offset: usize,
}

impl<'a> Cursor<'a> {
    /// A cursor at the start of `text`.
    pub const fn new(text: &'a str) -> Self {
        Self { text, offset: 0 }
    }

    /// Checks that `bytes` are UTF-8 and gives a cursor at their start.
    ///
    /// # Errors
    ///
    /// [`JsonFault::Utf8`] with the offset of the first byte that is not UTF-8.
    #[inline]
    pub fn from_bytes(bytes: &'a [u8]) -> Result<Self, JsonError> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Self::new(text)),
            Err(error) => Err(JsonError {
                offset: error.valid_up_to(),
                fault: JsonFault::Utf8,
            }),
        }
    }

    /// Offset of the next byte, from 0.
    #[inline]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Goes to `offset`, which this cursor must have given.
    #[inline]
    pub const fn rewind(&mut self, offset: usize) {
        self.offset = offset;
    }

    /// The text between two offsets which this cursor has given.
    #[inline]
    pub fn between(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// Passes white space and gives the next byte, which stays the next, or `None` at the end.
    #[inline]
    pub fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.offset) {
                Some(b' ' | b'\n' | b'\t' | b'\r') => self.offset += 1,
                next => return next.copied(),
            }
        }
    }

    /// An error at the next byte: `fault`, or [`JsonFault::End`] where there is none.
    #[cold]
    pub fn error(&self, fault: JsonFault) -> JsonError {
        let fault = if self.offset < self.text.len() {
            fault
        } else {
            JsonFault::End
        };
        JsonError {
            offset: self.offset,
            fault,
        }
    }

    /// Passes `{` or `[`.
    ///
    /// # Errors
    ///
    /// Another byte is next.
    #[inline]
    pub fn open(&mut self, bracket: u8) -> Result<(), JsonError> {
        if self.peek() == Some(bracket) {
            self.offset += 1;
            return Ok(());
        }
        Err(self.error(JsonFault::Expected(if bracket == b'{' {
            "an object"
        } else {
            "an array"
        })))
    }

    /// Passes the comma before the next entry, or the closing bracket: whether there is another entry.
    ///
    /// `first` is true before the first entry; this call sets it to false.
    ///
    /// # Errors
    ///
    /// Neither a comma nor the bracket is next.
    #[inline]
    pub fn more(&mut self, close: u8, first: &mut bool) -> Result<bool, JsonError> {
        let next = self.peek();
        if next == Some(close) {
            self.offset += 1;
            return Ok(false);
        }
        if std::mem::take(first) {
            return Ok(true);
        }
        if next == Some(b',') {
            self.offset += 1;
            return Ok(true);
        }
        let wanted = if close == b'}' {
            "`,` or `}`"
        } else {
            "`,` or `]`"
        };
        Err(self.error(JsonFault::Expected(wanted)))
    }

    /// Passes an object's key and its colon, if the key is written exactly as `quoted`.
    #[inline]
    pub fn try_key(&mut self, quoted: &[u8]) -> bool {
        if self.peek() != Some(b'"') {
            return false;
        }
        let start = self.offset;
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        if !rest
            .get(..quoted.len())
            .is_some_and(|key| same(key, quoted))
        {
            return false;
        }
        self.offset += quoted.len();
        if self.peek() == Some(b':') {
            self.offset += 1;
            return true;
        }
        self.offset = start;
        false
    }

    /// Bytes that are left, white space and all.
    pub(crate) const fn left(&self) -> usize {
        self.text.len() - self.offset
    }

    /// The last byte that was passed.
    pub(crate) fn last(&self) -> Option<u8> {
        self.text.as_bytes().get(..self.offset)?.last().copied()
    }

    /// The next byte, white space or not.
    pub(crate) fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.offset).copied()
    }

    /// Passes the colon behind a key.
    #[inline]
    pub(crate) fn colon(&mut self) -> Result<(), JsonError> {
        if self.peek() != Some(b':') {
            return Err(self.error(JsonFault::Expected("`:`")));
        }
        self.offset += 1;
        Ok(())
    }

    /// Passes an object's key and its colon.
    ///
    /// # Errors
    ///
    /// There is no string, or no colon behind it.
    pub fn key(&mut self) -> Result<JsonStr<'a>, JsonError> {
        if self.peek() != Some(b'"') {
            return Err(self.error(JsonFault::Expected("a key")));
        }
        let key = self.string()?;
        self.colon()?;
        Ok(key)
    }

    /// Passes a string.
    ///
    /// # Errors
    ///
    /// There is no string, or it is malformed.
    #[inline]
    pub fn string(&mut self) -> Result<JsonStr<'a>, JsonError> {
        if self.peek() != Some(b'"') {
            return Err(self.error(JsonFault::Expected("a string")));
        }
        let start = self.offset + 1;
        let (end, escaped) = scan::string(self.text.as_bytes(), start)?;
        self.offset = end + 1;
        Ok(JsonStr {
            raw: self.between(start, end),
            escaped,
        })
    }

    /// Passes a string in which halves of surrogate pairs may stand alone and gives what is between its quotes, and
    /// whether that has escapes.
    #[inline]
    pub(crate) fn loose_string(&mut self) -> Result<(&'a str, bool), JsonError> {
        if self.peek() != Some(b'"') {
            return Err(self.error(JsonFault::Expected("a string")));
        }
        let start = self.offset + 1;
        let (end, escaped) = scan::loose_string(self.text.as_bytes(), start)?;
        self.offset = end + 1;
        Ok((self.between(start, end), escaped))
    }

    /// Passes a string and gives its content, in which U+FFFD stands for half of a surrogate pair.
    pub(crate) fn loose_content(&mut self) -> Result<String, JsonError> {
        let (raw, _) = self.loose_string()?;
        let mut content = String::with_capacity(raw.len());
        scan::unescape(raw, |part| content.push_str(part));
        Ok(content)
    }

    /// Passes a number and gives its text.
    ///
    /// # Errors
    ///
    /// There is no number, or it is malformed.
    #[inline]
    pub fn number(&mut self) -> Result<&'a str, JsonError> {
        if !matches!(self.peek(), Some(b'-' | b'0'..=b'9')) {
            return Err(self.error(JsonFault::Expected("a number")));
        }
        let start = self.offset;
        self.offset = scan::number(self.text.as_bytes(), start)?;
        Ok(self.between(start, self.offset))
    }

    /// Passes an integer of at most 18 digits; else gives `None` and passes nothing but white space.
    ///
    /// `-0` is left to [`Cursor::number`], like all that is written with a point or an exponent.
    #[inline]
    pub(crate) fn short_integer(&mut self) -> Option<i64> {
        self.peek();
        let (number, end) = scan::short_integer(self.text.as_bytes(), self.offset)?;
        self.offset = end;
        Some(number)
    }

    /// Passes `true`, `false` or `null`.
    ///
    /// # Errors
    ///
    /// The text has something else here.
    #[inline]
    pub fn literal(&mut self, word: &'static str) -> Result<(), JsonError> {
        self.peek();
        let rest = self.text.as_bytes().get(self.offset..).unwrap_or_default();
        if rest.starts_with(word.as_bytes()) {
            self.offset += word.len();
            return Ok(());
        }
        Err(self.error(JsonFault::Expected(word)))
    }

    /// Passes one value, nested at most `depth` arrays and objects deep.
    ///
    /// # Errors
    ///
    /// The value is malformed or nested too deeply.
    pub fn skip(&mut self, depth: usize) -> Result<(), JsonError> {
        self.skip_within(depth, depth)
    }

    fn skip_within(&mut self, left: usize, limit: usize) -> Result<(), JsonError> {
        match self.peek() {
            Some(b'"') => self.string().map(drop),
            Some(b'-' | b'0'..=b'9') => self.number().map(drop),
            Some(b't') => self.literal("true"),
            Some(b'f') => self.literal("false"),
            Some(b'n') => self.literal("null"),
            Some(b'{' | b'[') if left == 0 => Err(self.error(JsonFault::Depth { limit })),
            Some(b'{') => {
                self.offset += 1;
                let mut first = true;
                while self.more(b'}', &mut first)? {
                    self.key()?;
                    self.skip_within(left - 1, limit)?;
                }
                Ok(())
            }
            Some(b'[') => {
                self.offset += 1;
                let mut first = true;
                while self.more(b']', &mut first)? {
                    self.skip_within(left - 1, limit)?;
                }
                Ok(())
            }
            _ => Err(self.error(JsonFault::Value)),
        }
    }

    /// Checks that only white space is left.
    ///
    /// # Errors
    ///
    /// [`JsonFault::Trailing`] at the first byte of anything else.
    #[inline]
    pub fn end(&mut self) -> Result<(), JsonError> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.error(JsonFault::Trailing)),
        }
    }
}
