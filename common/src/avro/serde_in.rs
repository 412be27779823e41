//! Rust values to Avro bytes: a serde serializer that follows the plan.

use std::fmt;

use serde::Serialize;

use super::fields::Span;
use super::json_in::{Step, path};
use super::plan::{NodeId, Plan};
use super::stack::Stack;
use crate::error::{EncodeError, Place, ValueFault};

mod compound;
mod scalar;
mod value;

use value::ValueSerializer;

pub(super) fn encode<T: Serialize + ?Sized>(
    plan: &Plan,
    value: &T,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let start = out.len();
    let mut state = State {
        plan,
        out_limit: start.saturating_add(plan.limits.payload_bytes),
        out: std::mem::take(out),
        depth_left: plan.limits.depth,
        items_left: plan.limits.items,
        spans: Stack::new(),
        fault: None,
        path: Vec::new(),
    };
    let encoded = value
        .serialize(ValueSerializer::new(&mut state, plan.root))
        .and_then(|()| state.check_size());
    *out = std::mem::take(&mut state.out);
    if encoded.is_ok() {
        return Ok(());
    }
    out.truncate(start);
    let fault = state.fault.unwrap_or(ValueFault::Custom);
    let place = Place {
        offset: None,
        path: path(plan, &state.path),
    };
    Err(EncodeError::Value { place, fault })
}

/// What all serializers of one value share.
struct State<'p> {
    plan: &'p Plan,
    /// The caller's buffer, taken out of its place for the time: one step less to each byte.
    out: Vec<u8>,
    /// Longest that `out` may become.
    out_limit: usize,
    depth_left: usize,
    items_left: usize,
    spans: Stack<Option<Span>>,
    fault: Option<ValueFault>,
    /// The way from the failing value up to the top, in this order.
    path: Vec<Step>,
}

/// A value is refused; the reason is in [`State::fault`], if it is ours.
#[derive(Debug)]
struct Refused;

type Encoded = Result<(), Refused>;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value does not fit the schema")
    }
}

impl std::error::Error for Refused {}

impl serde::ser::Error for Refused {
    /// The message may hold data, so it is dropped.
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Self
    }
}

impl State<'_> {
    #[cold]
    fn refuse<T>(&mut self, fault: ValueFault) -> Result<T, Refused> {
        self.fault = Some(fault);
        Err(Refused)
    }

    /// Notes on the way out of a refused value where it stood.
    #[cold]
    fn step(&mut self, step: Step) -> Refused {
        self.path.push(step);
        Refused
    }

    #[inline]
    fn enter(&mut self) -> Encoded {
        if self.depth_left == 0 {
            return self.refuse(ValueFault::Depth {
                limit: self.plan.limits.depth,
            });
        }
        self.depth_left -= 1;
        Ok(())
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

    #[inline]
    fn check_size(&mut self) -> Encoded {
        if self.out.len() > self.out_limit {
            return self.refuse(ValueFault::TooLarge {
                limit: self.plan.limits.payload_bytes,
            });
        }
        Ok(())
    }

    /// Serializes a value inside another; `step` leads to it.
    #[inline]
    fn inner<T: Serialize + ?Sized>(&mut self, node: NodeId, value: &T, step: Step) -> Encoded {
        match value.serialize(ValueSerializer::new(self, node)) {
            Ok(()) => Ok(()),
            Err(Refused) => Err(self.step(step)),
        }
    }
}

#[cfg(test)]
mod tests;
