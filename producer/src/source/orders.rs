//! The `orders` source: made-up online orders, as the Python demo made them.

use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use common::avro::write_instant;
use common::error::EncodeError;
use common::registry::DataFormat;
use common::serializer::Serializer;
use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use serde::Serialize;

use super::{Next, Record, Rejection, Source, SourceError};
use crate::config::Variant;
use crate::key::Key;

#[cfg(test)]
mod tests;

/// An item of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct OrderItem {
    product_id: i64,
    quantity: i64,
}

/// An order, in the fields of `schemas/order.avsc`.
#[derive(Debug, Serialize)]
#[expect(
    clippy::struct_field_names,
    reason = "serde takes the schema's own field names from here"
)]
struct Order<'a> {
    order_id: &'a str,
    ordered_at: i64,
    user_id: &'a str,
    order_items: &'a [OrderItem],
}

/// An order in the fields of `schemas/order_more.avsc`: one mandatory field more.
#[derive(Debug, Serialize)]
struct OrderMore<'a> {
    order_id: &'a str,
    ordered_at: i64,
    user_id: &'a str,
    order_items: &'a [OrderItem],
    is_prime: bool,
}

/// The `orders` source of one worker.
pub(crate) struct Orders {
    generator: Generator,
    variant: Variant,
    key: Option<(Key, Vec<Field>)>,
    /// The order as JSON text.
    json: Vec<u8>,
}

/// A field of an order that a key can be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    OrderId,
    OrderedAt,
    UserId,
    OrderItems,
    IsPrime,
}

impl Field {
    fn named(name: &str, variant: Variant) -> Option<Self> {
        match name {
            "order_id" => Some(Self::OrderId),
            "ordered_at" => Some(Self::OrderedAt),
            "user_id" => Some(Self::UserId),
            "order_items" => Some(Self::OrderItems),
            "is_prime" if variant == Variant::OrderMore => Some(Self::IsPrime),
            _ => None,
        }
    }
}

impl Orders {
    /// Orders of a worker's own random stream, the same for the same seed and worker.
    ///
    /// # Errors
    ///
    /// The name of a key field that orders do not have.
    pub(crate) fn new(
        seed: u64,
        worker: u64,
        variant: Variant,
        key: Option<Key>,
    ) -> Result<Self, String> {
        let key = match key {
            None => None,
            Some(key) => {
                let field = |name: &String| Field::named(name, variant).ok_or_else(|| name.clone());
                let fields = key.names().iter().map(field).collect::<Result<_, _>>()?;
                Some((key, fields))
            }
        };
        Ok(Self {
            generator: Generator::new(seed, worker),
            variant,
            key,
            json: Vec::new(),
        })
    }
}

impl Orders {
    /// Writes one order, to see whether a schema takes orders.
    ///
    /// # Errors
    ///
    /// It does not.
    pub(crate) fn sample(variant: Variant, serializer: &mut Serializer) -> Result<(), EncodeError> {
        let mut orders = Self {
            generator: Generator::new(0, 0),
            variant,
            key: None,
            json: Vec::new(),
        };
        orders.generator.advance(now_millis());
        orders.encode(serializer, &mut Vec::new())
    }

    /// Avro takes the struct, which has to have the schema's fields; where the additional one may go, and in the other
    /// formats, it is JSON, with the time as text.
    fn encode(
        &mut self,
        serializer: &mut Serializer,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let generator = &self.generator;
        let may_differ = self.variant == Variant::OrderMore && serializer.drops_unknown_fields();
        if serializer.data_format() != DataFormat::Avro || may_differ {
            self.json.clear();
            generator.append_json(self.variant, &mut self.json);
            return serializer.encode_json(&self.json, out);
        }
        match self.variant {
            Variant::Order => serializer.encode(&generator.order(), out),
            Variant::OrderMore => serializer.encode(&generator.order_more(), out),
        }
    }
}

impl Source for Orders {
    fn next(
        &mut self,
        serializer: &mut Serializer,
        record: &mut Record,
    ) -> Result<Next, SourceError> {
        self.generator.advance(now_millis());
        if let Err(error) = self.encode(serializer, &mut record.value) {
            return Ok(Next::Rejected(Rejection::encoding(None, &error)));
        }
        record.keyed = self.key.is_some();
        if let Some((key, fields)) = &self.key {
            key.write(&mut record.key, |index, out| {
                self.generator.write_json(fields[index], out);
            });
        }
        Ok(Next::Record)
    }
}

fn now_millis() -> i64 {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}

/// Makes orders in buffers that it fills again and again.
struct Generator {
    random: StdRng,
    order_id: String,
    ordered_at: i64,
    user_id: String,
    items: Vec<OrderItem>,
    is_prime: bool,
}

impl Generator {
    fn new(seed: u64, worker: u64) -> Self {
        let mut stream = [0; 32];
        stream[..8].copy_from_slice(&seed.to_le_bytes());
        stream[8..16].copy_from_slice(&worker.to_le_bytes());
        Self {
            random: StdRng::from_seed(stream),
            order_id: String::new(),
            ordered_at: 0,
            user_id: String::new(),
            items: Vec::with_capacity(4),
            is_prime: false,
        }
    }

    /// Makes the next order.
    fn advance(&mut self, ordered_at: i64) {
        let mut id = [0; 16];
        self.random.fill_bytes(&mut id);
        self.order_id.clear();
        let id = uuid::Builder::from_random_bytes(id)
            .into_uuid()
            .hyphenated();
        self.order_id
            .push_str(id.encode_lower(&mut [0; uuid::fmt::Hyphenated::LENGTH]));
        self.ordered_at = ordered_at;
        write_user_id(self.random.random_range(1..=1_000), &mut self.user_id);
        self.items.clear();
        for _ in 0..self.random.random_range(1..=4) {
            let product_id = self.random.random_range(1..=9_999);
            let quantity = self.random.random_range(1..=10);
            self.items.push(OrderItem {
                product_id,
                quantity,
            });
        }
        self.is_prime = self.random.random();
    }

    fn order(&self) -> Order<'_> {
        Order {
            order_id: &self.order_id,
            ordered_at: self.ordered_at,
            user_id: &self.user_id,
            order_items: &self.items,
        }
    }

    fn order_more(&self) -> OrderMore<'_> {
        OrderMore {
            order_id: &self.order_id,
            ordered_at: self.ordered_at,
            user_id: &self.user_id,
            order_items: &self.items,
            is_prime: self.is_prime,
        }
    }

    /// Appends the order as JSON, its time as text.
    fn append_json(&self, variant: Variant, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"order_id\":");
        write_quoted(&self.order_id, out);
        out.extend_from_slice(b",\"ordered_at\":\"");
        // The clock is far from the year 10,000, beyond which an instant has no text.
        write_instant(self.ordered_at, out);
        out.extend_from_slice(b"\",\"user_id\":");
        write_quoted(&self.user_id, out);
        out.extend_from_slice(b",\"order_items\":");
        self.write_json(Field::OrderItems, out);
        if variant == Variant::OrderMore {
            out.extend_from_slice(b",\"is_prime\":");
            self.write_json(Field::IsPrime, out);
        }
        out.push(b'}');
    }

    /// Writes a field as Python's `json.dumps` does.
    fn write_json(&self, field: Field, out: &mut Vec<u8>) {
        let written = match field {
            Field::OrderId => return write_quoted(&self.order_id, out),
            Field::UserId => return write_quoted(&self.user_id, out),
            Field::OrderedAt => write!(out, "{}", self.ordered_at),
            Field::IsPrime => write!(out, "{}", self.is_prime),
            Field::OrderItems => write_items(&self.items, out),
        };
        written.expect("writing into a vector cannot fail");
    }
}

/// Writes a text that has nothing to escape.
fn write_quoted(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

fn write_items(items: &[OrderItem], out: &mut Vec<u8>) -> std::io::Result<()> {
    for (
        index,
        OrderItem {
            product_id,
            quantity,
        },
    ) in items.iter().enumerate()
    {
        let before = if index == 0 { "[" } else { ", " };
        write!(
            out,
            "{before}{{\"product_id\": {product_id}, \"quantity\": {quantity}}}"
        )?;
    }
    write!(out, "]")
}

/// Writes a user's name: Python's `hex(number)` with its digits as the letters `a` to `j`, reversed.
fn write_user_id(number: u16, out: &mut String) {
    out.clear();
    let mut rest = number;
    loop {
        out.push(char::from(b"abcdefghijabcdef"[usize::from(rest % 16)]));
        rest /= 16;
        if rest == 0 {
            break;
        }
    }
    out.push_str("xa");
}
