//! What one fault does, and its two forms: keys of the configuration, and JSON.
//!
//! Both have the same fields with the same texts in them, so both are read by
//! one parser and refused with one sentence.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use runtime::config::{Rate, Value as _, units};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use crate::api::Operation;

/// Faults by name.
pub(crate) type Rules = BTreeMap<String, Rule>;

const MAX_RULES: usize = 100;
const MAX_NAME: usize = 64;
/// A request that waits longer is forgotten by its client.
const LONGEST_WAIT: Duration = Duration::from_mins(10);
/// What is left of a fault's time is never shown as less than this.
const SHORTEST: Duration = Duration::from_millis(1);
const FIELDS: [&str; 8] = [
    "operations",
    "throttle",
    "burst",
    "latency",
    "jitter",
    "errors",
    "refuse",
    "for",
];

/// One fault: on which operations, what happens, how long.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rule {
    /// Empty means all, unknown ones too.
    operations: Vec<Operation>,
    /// Requests a second that pass; at 0 none does once the burst is used up.
    throttle: Option<Rate>,
    burst: Option<u32>,
    pub(super) latency: Duration,
    pub(super) jitter: Duration,
    /// How many of 100 requests fail.
    pub(super) errors: u32,
    /// Connections are closed without an answer.
    pub(super) refuse: bool,
    pub(super) lasts: Option<Duration>,
}

impl Rule {
    /// Sets one field from its text.
    ///
    /// # Errors
    /// Says what was expected.
    fn set(&mut self, field: &str, text: &str) -> Result<(), String> {
        match field {
            "operations" => self.operations = operations(text)?,
            "throttle" => self.throttle = Some(Rate::parse(text)?),
            "burst" => self.burst = Some(u32::parse(text)?),
            "latency" => self.latency = wait(text)?,
            "jitter" => self.jitter = wait(text)?,
            "errors" => self.errors = percent(text)?,
            "refuse" => self.refuse = bool::parse(text)?,
            "for" => self.lasts = Some(lasting(text)?),
            _ => return Err(format!("no such field; there are {}", FIELDS.join(", "))),
        }
        Ok(())
    }

    /// Says what is wrong with the fields together.
    fn check(&self) -> Result<(), (&'static str, String)> {
        let waits = !(self.latency.is_zero() && self.jitter.is_zero());
        if !(self.throttle.is_some() || waits || self.errors > 0 || self.refuse) {
            let message =
                "it does nothing: throttle, latency, jitter, errors or refuse is needed".to_owned();
            return Err(("", message));
        }
        match (self.burst, self.throttle) {
            (Some(_), None) => Err(("burst", "it is used with throttle only".to_owned())),
            (Some(0), Some(rate)) if rate.limit().is_some() => {
                Err(("burst", "at 0 nothing ever passes: 1 or more".to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// Whether it is a fault of this operation.
    pub(super) fn means(&self, operation: Operation) -> bool {
        self.operations.is_empty() || self.operations.contains(&operation)
    }

    /// Whether nothing of the API answers.
    pub(super) fn is_outage(&self) -> bool {
        self.refuse && self.operations.is_empty()
    }

    /// Requests a second that pass and how many at once, if there is a limit.
    pub(super) fn limit(&self) -> Option<(f64, u32)> {
        let rate = self.throttle?.limit().unwrap_or(0.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "rates are from 0 to 1e9"
        )]
        let burst = self.burst.unwrap_or(rate.ceil() as u32);
        Some((rate, burst))
    }

    /// The form in which it can be given again; `left` is how long it still lasts.
    pub(super) fn to_json(&self, left: Option<Duration>) -> Value {
        let mut fields = Map::new();
        let mut put = |field: &str, value: Value| fields.insert(field.to_owned(), value);
        if !self.operations.is_empty() {
            let names: Vec<&str> = self.operations.iter().map(|one| one.as_str()).collect();
            put("operations", json!(names));
        }
        if let Some(rate) = self.throttle {
            put("throttle", json!(rate.to_string()));
        }
        if let Some(burst) = self.burst {
            put("burst", json!(burst));
        }
        for (field, duration) in [("latency", self.latency), ("jitter", self.jitter)] {
            if !duration.is_zero() {
                put(field, json!(units::show_duration(duration)));
            }
        }
        if self.errors > 0 {
            put("errors", json!(self.errors));
        }
        if self.refuse {
            put("refuse", json!(true));
        }
        if let Some(left) = left {
            put("for", json!(units::show_duration(left.max(SHORTEST))));
        }
        Value::Object(fields)
    }
}

fn operations(text: &str) -> Result<Vec<Operation>, String> {
    let names = text
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let known = |name| Operation::named(name).ok_or_else(|| format!("no such operation: {name:?}"));
    let mut operations: Vec<Operation> = Vec::new();
    for name in names {
        let operation = known(name)?;
        if operations.contains(&operation) {
            return Err(format!("{name:?} is named twice"));
        }
        operations.push(operation);
    }
    if operations.is_empty() {
        return Err("it names no operation; leave it out for all of them".to_owned());
    }
    Ok(operations)
}

fn wait(text: &str) -> Result<Duration, String> {
    let wait = Duration::parse(text)?;
    if wait > LONGEST_WAIT {
        return Err(format!("{text:?} is longer than ten minutes"));
    }
    Ok(wait)
}

fn lasting(text: &str) -> Result<Duration, String> {
    let lasting = Duration::parse(text)?;
    // Less is nothing, as it is shown in whole milliseconds too.
    if lasting < SHORTEST {
        return Err(format!(
            "{text:?} is no time; leave it out for a fault that lasts until it is lifted"
        ));
    }
    Ok(lasting)
}

fn percent(text: &str) -> Result<u32, String> {
    let text = text.trim();
    let number = u32::parse(text.strip_suffix('%').unwrap_or(text)).ok();
    number
        .filter(|number| *number <= 100)
        .ok_or_else(|| format!("{text:?} is not a share from 0 to 100 in percent"))
}

/// What is wrong with a set of faults: where, and what.
pub(crate) type Complaint = (String, String);

/// Reads faults from `name.field = text`.
///
/// Every complaint names its place, `name.field` or `name`.
pub(crate) fn from_pairs(pairs: &BTreeMap<String, String>) -> (Rules, Vec<Complaint>) {
    let (mut rules, mut complaints) = (Rules::new(), Vec::new());
    for (place, text) in pairs {
        let Some((name, field)) = place.split_once('.') else {
            let message = "a fault has a name and fields: faults.NAME.latency".to_owned();
            complaints.push((place.clone(), message));
            continue;
        };
        let rule: &mut Rule = rules.entry(name.to_owned()).or_default();
        if let Err(message) = rule.set(field, text) {
            complaints.push((place.clone(), message));
        }
    }
    // A rule that was not read whole would give a second complaint about the first one's cause.
    if complaints.is_empty() {
        complaints.extend(check_all(&rules));
    }
    (rules, complaints)
}

/// Reads faults from JSON: an object of objects.
///
/// # Errors
/// The first thing that is wrong, with its place.
pub(crate) fn from_json(body: &[u8]) -> Result<Rules, String> {
    let Members(faults) = serde_json::from_slice::<Members<Members<Value>>>(body)
        .map_err(|error| format!("not an object of faults: {error}"))?;
    let mut rules = Rules::new();
    for (name, Members(fields)) in faults {
        let mut rule = Rule::default();
        let mut given = BTreeSet::new();
        for (field, value) in fields {
            text_of(&value)
                .and_then(|text| rule.set(&field, &text))
                .and_then(|()| {
                    given
                        .insert(field.clone())
                        .then_some(())
                        .ok_or_else(|| "it is given twice".to_owned())
                })
                .map_err(|message| format!("{name}.{field}: {message}"))?;
        }
        if rules.contains_key(&name) {
            return Err(format!("{name}: two faults have this name"));
        }
        rules.insert(name, rule);
    }
    match check_all(&rules) {
        Some((place, message)) => Err(format!("{place}: {message}")),
        None => Ok(rules),
    }
}

fn check_all(rules: &Rules) -> Option<Complaint> {
    if rules.len() > MAX_RULES {
        return Some(("faults".to_owned(), format!("at most {MAX_RULES}")));
    }
    let sound = |name: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(plain)
    };
    rules.iter().find_map(|(name, rule)| {
        if !sound(name) {
            let message =
                format!("a name has 1 to {MAX_NAME} letters, digits, hyphens, underscores");
            return Some((name.clone(), message));
        }
        let (field, message) = rule.check().err()?;
        let dot = if field.is_empty() { "" } else { "." };
        Some((format!("{name}{dot}{field}"), message))
    })
}

/// An object's members as they came, the same name twice included.
struct Members<V>(Vec<(String, V)>);

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Members<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor(PhantomData))
    }
}

struct MembersVisitor<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for MembersVisitor<V> {
    type Value = Members<V>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

/// The text that the configuration would hold in a JSON value's place.
fn text_of(value: &Value) -> Result<String, String> {
    let wanted = || "a text, a number, true, false or a list of texts is expected".to_owned();
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Array(items) => {
            let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            texts.map(|texts| texts.join(",")).ok_or_else(wanted)
        }
        Value::Null | Value::Object(_) => Err(wanted()),
    }
}

#[cfg(test)]
mod tests;
