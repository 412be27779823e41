//! A record of 40 fields: texts, numbers, 17 that may be null, maps in a map, a record, an array.

use std::collections::BTreeMap;

use common::avro::Plan;
use serde::{Deserialize, Serialize};

use super::floor::Payload;

macro_rules! schema_of {
    (maybe_string) => {
        r#"["null","string"]"#
    };
    (maybe_long) => {
        r#"["null","long"]"#
    };
    ($kind:ident) => {
        concat!("\"", stringify!($kind), "\"")
    };
}

macro_rules! wide {
    ($($kind:ident($type:ty): $($name:ident)+;)+) => {
        /// The record, with texts of its own or with the payload's.
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        #[serde(bound(deserialize = "T: Deserialize<'de> + Ord"))]
        pub(crate) struct Wide<T> {
            $($($name: $type,)+)+
            address: Address<T>,
            scores: Vec<f64>,
            counts: BTreeMap<T, BTreeMap<T, i64>>,
        }

        /// The schema's text.
        pub(crate) fn schema() -> String {
            let scalars = concat!($($(r#"{"name":""#, stringify!($name), r#"","type":"#, schema_of!($kind), "},",)+)+);
            format!("{}{scalars}{}", r#"{"type":"record","name":"Wide","fields":["#, REST)
        }

        /// Reads the record's payload.
        pub(crate) fn avro_to_struct<'p, T: From<&'p str> + Ord>(payload: &'p [u8]) -> Option<Wide<T>> {
            let mut payload = Payload(payload);
            Some(Wide {
                $($($name: payload.$kind()?,)+)+
                address: Address { street: payload.string()?, zip: payload.long()? },
                scores: payload.scores()?,
                counts: payload.map(|payload| payload.map(Payload::long))?,
            })
        }

        fn record(mut random: impl FnMut(u64) -> u64) -> Wide<String> {
            Wide {
                $($($name: wide!(@random random $kind),)+)+
                address: Address { street: text(random(1000)), zip: long(random(100_000)) },
                scores: (0..4).map(|_| double(random(1000))).collect(),
                counts: (0..3).map(|_| (text(random(1000)), (0..3).map(|_| (text(random(1000)), long(random(1000)))).collect())).collect(),
            }
        }
    };
    (@random $random:ident string) => { text($random(1_000_000)) };
    (@random $random:ident maybe_string) => { ($random(2) == 0).then(|| text($random(1_000_000))) };
    (@random $random:ident long) => { long($random(1 << 40)) };
    (@random $random:ident maybe_long) => { ($random(2) == 0).then(|| long($random(1 << 20))) };
    (@random $random:ident double) => { double($random(1 << 20)) };
    (@random $random:ident boolean) => { $random(2) == 0 };
}

const REST: &str = r#"{"name":"address","type":{"type":"record","name":"Address","fields":[{"name":"street","type":"string"},{"name":"zip","type":"long"}]}},
    {"name":"scores","type":{"type":"array","items":"double"}},
    {"name":"counts","type":{"type":"map","values":{"type":"map","values":"long"}}}]}"#;

wide! {
    string(T): id customer_id status currency channel first_name last_name email phone country;
    long(i64): created_at updated_at version sequence quantity weight height;
    double(f64): price discount;
    boolean(bool): paid;
    maybe_string(Option<T>): note gift_message coupon referrer campaign device browser language;
    maybe_long(Option<i64>): shipped_at delivered_at cancelled_at refunded_at points tax shipping fee parent;
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Address<T> {
    street: T,
    zip: i64,
}

impl<'p> Payload<'p> {
    fn string<T: From<&'p str>>(&mut self) -> Option<T> {
        self.text().map(T::from)
    }

    fn double(&mut self) -> Option<f64> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(f64::from_le_bytes(*bytes))
    }

    fn boolean(&mut self) -> Option<bool> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte == 1)
    }

    #[expect(clippy::option_option, reason = "the outer is the failure")]
    fn maybe_string<T: From<&'p str>>(&mut self) -> Option<Option<T>> {
        Some(match self.long()? {
            0 => None,
            _ => Some(self.string()?),
        })
    }

    #[expect(clippy::option_option, reason = "the outer is the failure")]
    fn maybe_long(&mut self) -> Option<Option<i64>> {
        Some(match self.long()? {
            0 => None,
            _ => Some(self.long()?),
        })
    }

    fn scores(&mut self) -> Option<Vec<f64>> {
        let mut scores = Vec::new();
        loop {
            let count = self.long()?;
            if count == 0 {
                return Some(scores);
            }
            for _ in 0..count {
                scores.push(self.double()?);
            }
        }
    }

    fn map<T: From<&'p str> + Ord, V>(
        &mut self,
        value: impl Fn(&mut Self) -> Option<V>,
    ) -> Option<BTreeMap<T, V>> {
        let mut map = BTreeMap::new();
        loop {
            let count = self.long()?;
            if count == 0 {
                return Some(map);
            }
            for _ in 0..count {
                map.insert(self.string()?, value(self)?);
            }
        }
    }
}

fn text(number: u64) -> String {
    format!("text {number}")
}

fn long(number: u64) -> i64 {
    i64::try_from(number).expect("below 2^63")
}

fn double(number: u64) -> f64 {
    f64::from(u32::try_from(number).expect("below 2^32")) / 8.0
}

/// Distinct records.
pub(crate) fn payloads(count: usize, plan: &Plan) -> Vec<Vec<u8>> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |bound: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % bound
    };
    let payload = |_| {
        let mut payload = Vec::new();
        plan.encode_struct(&record(&mut random), &mut payload)
            .expect("it fits");
        payload
    };
    (0..count).map(payload).collect()
}
