//! JSON text to Avro bytes, in one pass over the text and without a tree.

use super::binary::{fill_length, reserve_length, write_length};
use super::fields::Span;
use super::plan::{Move, Node, NodeId, Plan, Token};
use super::stack::Stack;
use super::{JsonForm, JsonIn, UnknownFields};
use crate::error::{EncodeError, Kind, Place, ValueFault};
use crate::json::{Cursor, JsonError, JsonFault, JsonStr, malformed};

mod logical;
mod record;
mod scalar;
mod union;

/// Work allowed for a text: this much, and for each of its bytes so much more. A value costs one.
const WORK: usize = 4096;
const WORK_PER_BYTE: usize = 64;

pub(super) fn encode(
    plan: &Plan,
    json: &[u8],
    options: JsonIn,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let start = out.len();
    let cursor = Cursor::from_bytes(json).map_err(EncodeError::Json)?;
    let mut state = Encoder {
        plan,
        cursor,
        out_limit: start.saturating_add(plan.limits.payload_bytes),
        out,
        unknown_fields: options.unknown_fields,
        exact: false,
        trying: false,
        depth_left: plan.limits.depth,
        items_left: plan.limits.items,
        work_left: WORK + WORK_PER_BYTE * json.len(),
        spans: Stack::new(),
        failure: None,
        path: Vec::new(),
    };
    let encoded = match options.form {
        JsonForm::Plain => state.whole::<true>(),
        JsonForm::Avro => state.whole::<false>(),
    };
    if encoded.is_ok() {
        return Ok(());
    }
    let error = state.error();
    out.truncate(start);
    match (error.kind(), malformed(json, plan.limits.depth)) {
        (Kind::Validation, Some(error)) => Err(EncodeError::Json(error)),
        _ => Err(error),
    }
}

struct Encoder<'p, 'j, 'o> {
    plan: &'p Plan,
    cursor: Cursor<'j>,
    out: &'o mut Vec<u8>,
    /// Longest that `out` may become.
    out_limit: usize,
    unknown_fields: UnknownFields,
    /// A value is refused unless decoding it gives the same JSON; see [`union`].
    exact: bool,
    /// A branch of a union is being tried: a refusal needs no path.
    trying: bool,
    depth_left: usize,
    items_left: usize,
    work_left: usize,
    spans: Stack<Option<Span>>,
    failure: Option<Failure>,
    /// The way from the failing value up to the top, in this order.
    path: Vec<Step>,
}

/// A value is refused; the reason is in [`Encoder::failure`].
struct Refused;

type Encoded = Result<(), Refused>;

#[derive(Debug, Clone, Copy)]
struct Failure {
    offset: usize,
    cause: Cause,
}

#[derive(Debug, Clone, Copy)]
enum Cause {
    Json(JsonFault),
    Value(ValueFault),
}

impl Failure {
    /// Whether no other branch of a union can change it: the text is malformed or a limit is passed.
    const fn is_final(&self) -> bool {
        match self.cause {
            Cause::Json(_) => true,
            Cause::Value(fault) => !matches!(fault.kind(), Kind::Validation),
        }
    }
}

/// A step from a value to one inside it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    Field {
        record: u32,
        field: usize,
    },
    /// A field of the writer's that the reader has not, by its place among an adjusted record's moves.
    Skipped {
        record: u32,
        at: usize,
    },
    Item,
    Value,
}

/// The path of schema names for steps from the inside out.
pub(super) fn path(plan: &Plan, steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps.iter().rev() {
        match step {
            Step::Field { record, field } => {
                let field = plan.record(*record).fields.get(*field);
                push_name(field.map_or("", |field| &field.name), &mut path);
            }
            Step::Skipped { record, at } => {
                let name = match plan.adjusted(*record).moves.get(*at) {
                    Some(Move::Skip { name, .. }) => name,
                    _ => "",
                };
                push_name(name, &mut path);
            }
            Step::Item => path.push_str("[]"),
            Step::Value => path.push_str("{}"),
        }
    }
    path
}

fn push_name(name: &str, path: &mut String) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}

impl<'j> Encoder<'_, 'j, '_> {
    fn whole<const PLAIN: bool>(&mut self) -> Encoded {
        self.value::<PLAIN>(self.plan.root)?;
        match self.cursor.end() {
            Ok(()) => self.check_size(),
            Err(error) => self.malformed(error),
        }
    }

    fn value<const PLAIN: bool>(&mut self, node: NodeId) -> Encoded {
        if self.work_left == 0 {
            return self.refuse(ValueFault::Work);
        }
        self.work_left -= 1;
        match self.plan.node(node) {
            Node::Record(index) => self.record::<PLAIN>(index),
            Node::String => self.string(),
            Node::Long => self.long(),
            Node::Int => self.int(),
            Node::Union(index) if PLAIN => self.untagged_union(index),
            Node::Union(index) => self.tagged_union(index),
            Node::Array(items) => self.array::<PLAIN>(items),
            Node::Map(values) => self.map::<PLAIN>(values),
            Node::Enum(index) => self.enumeration(index),
            node if PLAIN => self.plain_scalar(node),
            node => self.raw_scalar(node),
        }
    }

    /// The next value's type.
    #[inline]
    fn token(&mut self) -> Result<Token, Refused> {
        if let Some(token) = self.cursor.peek().and_then(Token::of) {
            return Ok(token);
        }
        let error = self.cursor.error(JsonFault::Value);
        Err(self.fail(error.offset, Cause::Json(error.fault)))
    }

    fn array<const PLAIN: bool>(&mut self, items: NodeId) -> Encoded {
        self.expect(Token::Array, "an array")?;
        self.enter()?;
        let at = reserve_length(self.out);
        let (mut count, mut first) = (0, true);
        while self.more(b']', &mut first)? {
            self.item()?;
            if self.value::<PLAIN>(items).is_err() {
                return self.step(Step::Item);
            }
            count += 1;
        }
        self.leave_block(at, count);
        Ok(())
    }

    fn map<const PLAIN: bool>(&mut self, values: NodeId) -> Encoded {
        self.expect(Token::Object, "an object")?;
        self.enter()?;
        let at = reserve_length(self.out);
        let (mut count, mut first) = (0, true);
        while self.more(b'}', &mut first)? {
            self.item()?;
            let key = self.key()?;
            self.write_text(key);
            if self.value::<PLAIN>(values).is_err() {
                return self.step(Step::Value);
            }
            count += 1;
        }
        self.leave_block(at, count);
        Ok(())
    }

    /// Closes the only block of an array or map, if it has any items.
    fn leave_block(&mut self, at: usize, count: usize) {
        if count > 0 {
            fill_length(count, at, self.out);
            self.out.push(0);
        }
        self.leave();
    }

    #[inline]
    fn enter(&mut self) -> Encoded {
        if self.depth_left == 0 {
            return self.refuse(ValueFault::Depth {
                limit: self.plan.limits.depth,
            });
        }
        self.depth_left -= 1;
        // The bracket that brought us here.
        let opened = self.cursor.offset() + 1;
        self.cursor.rewind(opened);
        Ok(())
    }

    #[inline]
    const fn leave(&mut self) {
        self.depth_left += 1;
    }

    #[inline]
    fn item(&mut self) -> Encoded {
        if self.items_left == 0 {
            return self.refuse(ValueFault::Items {
                limit: self.plan.limits.items,
            });
        }
        self.items_left -= 1;
        self.check_size()
    }

    /// Refuses an output beyond the limit. Called often enough that it never grows much further: a text grows the
    /// output by its own length at most, a missing field by its default.
    #[inline]
    fn check_size(&mut self) -> Encoded {
        if self.out.len() > self.out_limit {
            return self.refuse(ValueFault::TooLarge {
                limit: self.plan.limits.payload_bytes,
            });
        }
        Ok(())
    }

    /// Writes a text's content with its length.
    #[inline]
    fn write_text(&mut self, text: JsonStr<'j>) {
        if let Some(plain) = text.plain() {
            write_length(plain.len(), self.out);
            self.out.extend_from_slice(plain.as_bytes());
            return;
        }
        let at = reserve_length(self.out);
        text.append_to(self.out);
        fill_length(self.out.len() - at - 1, at, self.out);
    }

    #[inline]
    fn more(&mut self, close: u8, first: &mut bool) -> Result<bool, Refused> {
        match self.cursor.more(close, first) {
            Ok(more) => Ok(more),
            Err(error) => Err(self.fail(error.offset, Cause::Json(error.fault))),
        }
    }

    #[inline]
    fn key(&mut self) -> Result<JsonStr<'j>, Refused> {
        match self.cursor.key() {
            Ok(key) => Ok(key),
            Err(error) => Err(self.fail(error.offset, Cause::Json(error.fault))),
        }
    }

    /// Checks that the next value has the type that the schema asks for.
    #[inline]
    fn expect(&mut self, wanted: Token, expected: &'static str) -> Encoded {
        if self.cursor.peek().and_then(Token::of) == Some(wanted) {
            return Ok(());
        }
        self.unexpected(expected)
    }

    #[cold]
    fn unexpected(&mut self, expected: &'static str) -> Encoded {
        let found = self.token()?;
        self.refuse(ValueFault::Type {
            expected,
            found: found.name(),
        })
    }

    /// Refuses the value at the cursor.
    #[cold]
    fn refuse(&mut self, fault: ValueFault) -> Encoded {
        self.refuse_at(self.cursor.offset(), fault)
    }

    #[cold]
    fn refuse_at(&mut self, offset: usize, fault: ValueFault) -> Encoded {
        Err(self.fail(offset, Cause::Value(fault)))
    }

    #[cold]
    fn malformed(&mut self, error: JsonError) -> Encoded {
        Err(self.fail(error.offset, Cause::Json(error.fault)))
    }

    #[cold]
    fn fail(&mut self, offset: usize, cause: Cause) -> Refused {
        self.failure = Some(Failure { offset, cause });
        Refused
    }

    /// Notes on the way out of a refused value where it stood.
    #[cold]
    fn step(&mut self, step: Step) -> Encoded {
        if !self.trying || self.failure.as_ref().is_some_and(Failure::is_final) {
            self.path.push(step);
        }
        Err(Refused)
    }

    fn error(&self) -> EncodeError {
        let path = path(self.plan, &self.path);
        let (offset, cause) = match self.failure {
            Some(Failure { offset, cause }) => (offset, cause),
            None => (self.cursor.offset(), Cause::Json(JsonFault::Value)),
        };
        match cause {
            Cause::Json(fault) => EncodeError::Json(JsonError { offset, fault }),
            Cause::Value(fault) => EncodeError::Value {
                place: Place {
                    offset: Some(offset),
                    path,
                },
                fault,
            },
        }
    }
}

#[cfg(test)]
mod tests;
