//! Avro bytes to Rust values: a serde deserializer that follows the plan, the mirror of `serde_in`.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Expected, Unexpected};

use super::input::Input;
use super::json_in::{Step, path};
use super::plan::{NodeId, Plan};
use crate::error::{DecodeError, PayloadFault, Place, TypeFault};

mod compound;
mod leaf;
mod text;
mod value;
mod variant;

use value::ValueDeserializer;

pub(super) fn decode<'de, T: Deserialize<'de>>(
    plan: &Plan,
    payload: &'de [u8],
) -> Result<(T, usize), DecodeError> {
    let mut state = State {
        input: Input::new(plan, payload),
        text_left: plan.limits.json_bytes,
        scratch: Vec::new(),
    };
    let decoded = match state.input.check_size() {
        Ok(()) => state.value(plan.root, PhantomData, || None),
        Err(fault) => Err(fault.into()),
    };
    match decoded {
        Ok(value) => Ok((value, state.input.reader.offset())),
        Err(refused) => Err(refused.into_error(plan)),
    }
}

/// What all deserializers of one value share.
struct State<'p, 'de> {
    input: Input<'p, 'de>,
    /// Bytes of names and texts that the payload does not spell out and that may still be given away.
    text_left: usize,
    /// The text of a logical type while a visitor looks at it.
    scratch: Vec<u8>,
}

/// A value is refused. Serde may drop it and try another type, so it carries all that is known of it.
#[derive(Debug)]
struct Refused(Box<Failure>);

#[derive(Debug)]
struct Failure {
    fault: PayloadFault,
    offset: Option<usize>,
    /// The way from the refused value up to the top, in this order.
    path: Vec<Step>,
}

impl Refused {
    fn into_error(self, plan: &Plan) -> DecodeError {
        let place = Place {
            offset: Some(self.0.offset.unwrap_or_default()),
            path: path(plan, &self.0.path),
        };
        DecodeError::Payload {
            place,
            fault: self.0.fault,
        }
    }
}

impl<'de> State<'_, 'de> {
    /// Deserializes a value; `step` leads to it.
    #[inline]
    fn value<S: DeserializeSeed<'de>>(
        &mut self,
        node: NodeId,
        seed: S,
        step: impl FnOnce() -> Option<Step>,
    ) -> Result<S::Value, Refused> {
        let left = self.input.reader.left();
        match seed.deserialize(ValueDeserializer::new(self, node)) {
            Ok(value) => {
                if self.input.reader.left() == left {
                    self.empty(node)?;
                }
                Ok(value)
            }
            Err(refused) => Err(self.located(refused, left, step())),
        }
    }

    /// Called if nothing was read of a value: because it has no bytes, or because its type makes itself of nothing.
    #[cold]
    fn empty(&mut self, node: NodeId) -> Result<(), Refused> {
        self.input.skip(node)?;
        Ok(self.input.empty()?)
    }

    /// Notes where a refused value stands, which began with so many bytes left.
    #[cold]
    fn located(&self, mut refused: Refused, left: usize, step: Option<Step>) -> Refused {
        let Failure {
            fault,
            offset,
            path,
        } = &mut *refused.0;
        let reader = &self.input.reader;
        offset.get_or_insert(match fault {
            PayloadFault::Type(_) => reader.offset() + reader.left() - left,
            _ => reader.offset(),
        });
        path.extend(step);
        refused
    }

    /// Takes so many from the bytes of text that are allowed.
    #[inline]
    fn text(&mut self, bytes: usize) -> Result<(), Refused> {
        match self.text_left.checked_sub(bytes) {
            Some(left) => self.text_left = left,
            None => {
                return Err(Refused::from(PayloadFault::TextsTooLarge {
                    limit: self.input.plan.limits.json_bytes,
                }));
            }
        }
        Ok(())
    }
}

impl From<PayloadFault> for Refused {
    #[cold]
    fn from(fault: PayloadFault) -> Self {
        Self(Box::new(Failure {
            fault,
            offset: None,
            path: Vec::new(),
        }))
    }
}

impl From<TypeFault> for Refused {
    #[cold]
    fn from(fault: TypeFault) -> Self {
        PayloadFault::Type(fault).into()
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fault.fmt(f)
    }
}

impl std::error::Error for Refused {}

/// Texts of others may hold data, so they are dropped.
impl serde::de::Error for Refused {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        TypeFault::Custom.into()
    }

    fn invalid_type(found: Unexpected<'_>, _expected: &dyn Expected) -> Self {
        TypeFault::Kind(kind_of(found)).into()
    }

    fn invalid_value(found: Unexpected<'_>, _expected: &dyn Expected) -> Self {
        TypeFault::Value(kind_of(found)).into()
    }

    fn invalid_length(_length: usize, _expected: &dyn Expected) -> Self {
        TypeFault::Count.into()
    }

    fn unknown_variant(_variant: &str, _expected: &'static [&'static str]) -> Self {
        TypeFault::Variant.into()
    }

    fn unknown_field(_field: &str, _expected: &'static [&'static str]) -> Self {
        TypeFault::UnknownField.into()
    }

    fn missing_field(field: &'static str) -> Self {
        TypeFault::Missing(field).into()
    }

    fn duplicate_field(field: &'static str) -> Self {
        TypeFault::Twice(field).into()
    }
}

/// What a value is, without the value.
const fn kind_of(found: Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "a boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "an integer",
        Unexpected::Float(_) => "a floating-point number",
        Unexpected::Char(_) | Unexpected::Str(_) => "a text",
        Unexpected::Bytes(_) => "bytes",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::NewtypeStruct => "a newtype",
        Unexpected::Seq => "an array",
        Unexpected::Map => "a record or map",
        Unexpected::Enum
        | Unexpected::UnitVariant
        | Unexpected::NewtypeVariant
        | Unexpected::TupleVariant
        | Unexpected::StructVariant => "an enum's variant of this shape",
        Unexpected::Other(_) => "a value of this kind",
    }
}

#[cfg(test)]
mod tests;
