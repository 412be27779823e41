//! A valid definition that wants to become a version, read once, and what came out when it was held against others.
//!
//! Reading and comparing take long for large definitions. So they are done
//! before the store is written; what is found is kept, and the writer, who
//! alone knows which versions count in the end, looks only at those that came
//! in between.

use std::collections::HashMap;

use compatibility::{
    Conflict, Definition, Direction, Earlier, Mode, counting, json_schema, protobuf,
};
use uuid::Uuid;

use super::{Canonical, Format, MAX_REASONS, Verdict};
use crate::config::Rules;
use crate::store::{Reason, Status, StoreError};

/// So many characters a reason may say about an earlier definition that is not valid.
const MAX_DETAIL: usize = 500;

/// What decides beside the definitions.
#[derive(Debug)]
pub(crate) struct Terms<'a> {
    pub(crate) mode: Mode,
    /// The number of the version that the schema's checkpoint names.
    pub(crate) checkpoint: u64,
    /// The available versions that a mode of this reach can mean, in the rising order of their numbers.
    pub(crate) available: &'a [(u64, Uuid)],
}

/// A valid definition, and what is known about it.
#[derive(Debug)]
pub(crate) struct Draft {
    format: Format,
    text: String,
    canonical: Canonical,
    definition: Definition,
    /// Against which versions it was held under which mode, and what spoke against it; what they hold never changes.
    found: HashMap<(Mode, Uuid), Vec<Reason>>,
}

impl Draft {
    /// Reads a text.
    ///
    /// # Errors
    /// What is wrong with it, as a detail for the client.
    pub(crate) fn read(format: Format, text: String) -> Result<Self, String> {
        let definition = Definition::parse(format, &text).map_err(|error| error.detail)?;
        Ok(Self {
            format,
            canonical: Canonical::of(format, &text),
            text,
            definition,
            found: HashMap::new(),
        })
    }

    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// The text, byte for byte.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What it is compared with others by.
    pub(crate) fn canonical(&self) -> &Canonical {
        &self.canonical
    }

    /// What becomes of it beside the versions that count; `text_of` gives the definition of one.
    ///
    /// # Errors
    /// Those of `text_of`.
    pub(crate) fn verdict(
        &mut self,
        terms: &Terms<'_>,
        rules: Rules,
        mut text_of: impl FnMut(Uuid) -> Result<String, StoreError>,
    ) -> Result<Verdict, StoreError> {
        let numbers: Vec<u64> = terms.available.iter().map(|&(number, _)| number).collect();
        let counting = counting(terms.mode, rules.checkpoint, terms.checkpoint, &numbers);
        let counts = |version: &&(u64, Uuid)| counting.binary_search(&version.0).is_ok();
        let (mut compared, mut reasons) = (Vec::new(), Vec::new());
        // One earlier version at a time: together they may be large. The last one is what people expect to read of first.
        for &(number, id) in terms.available.iter().filter(counts).rev() {
            let key = (terms.mode, id);
            if !self.found.contains_key(&key) {
                let against = self.against(number, &text_of(id)?, terms.mode, rules);
                self.found.insert(key, against);
            }
            compared.push(number);
            reasons.extend_from_slice(&self.found[&key]);
            if reasons.len() >= MAX_REASONS {
                break;
            }
        }
        let status = if reasons.is_empty() {
            Status::Available
        } else {
            Status::Failure
        };
        compared.truncate(MAX_REASONS);
        compared.reverse();
        Ok(Verdict {
            status,
            compared,
            reasons,
        })
    }

    /// What speaks against it beside one earlier version.
    fn against(&self, number: u64, earlier: &str, mode: Mode, rules: Rules) -> Vec<Reason> {
        let compares = match self.format {
            Format::Avro => true,
            Format::Json => rules.options.json != json_schema::Rules::Off,
            Format::Protobuf => rules.options.protobuf != protobuf::Rules::Off,
        };
        let Some(&direction) = mode.directions().first().filter(|_| compares) else {
            return Vec::new();
        };
        let definition = match Definition::parse(self.format, earlier) {
            Ok(definition) => definition,
            // An earlier program took more than this one.
            Err(error) => return vec![not_valid(number, direction, &error.detail)],
        };
        let earlier = [Earlier { number, definition }];
        let found = compatibility::check(mode, &self.definition, &earlier, &rules.options);
        found.conflicts.iter().flat_map(reasons_of).collect()
    }
}

fn not_valid(version: u64, direction: Direction, detail: &str) -> Reason {
    let detail: String = detail.chars().take(MAX_DETAIL).collect();
    let what = format!("a definition that is not valid: {detail}");
    let (reader, writer) = match direction {
        Direction::Backward => (String::new(), what),
        Direction::Forward => (what, String::new()),
    };
    Reason {
        version,
        direction: word(direction).to_owned(),
        path: String::new(),
        rule: "invalid-definition".to_owned(),
        reader,
        writer,
    }
}

fn reasons_of(conflict: &Conflict) -> impl Iterator<Item = Reason> {
    let direction = word(conflict.direction);
    conflict.differences.iter().map(move |difference| Reason {
        version: conflict.version,
        direction: direction.to_owned(),
        path: difference.path.clone(),
        rule: difference.rule.to_string(),
        reader: difference.reader.clone(),
        writer: difference.writer.clone(),
    })
}

fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Backward => "backward",
        Direction::Forward => "forward",
    }
}

#[cfg(test)]
mod tests;
