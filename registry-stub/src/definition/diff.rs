//! The difference between two definitions, as a JSON Patch (RFC 6902) from the first to the second.

use super::Format;
use super::tree::{Tree, quote};

/// A patch that gets longer gives way to one that replaces everything.
const MAX_PATCH: usize = 340_000;

/// The patch as text; `[]` when nothing that counts differs.
pub(crate) fn patch(format: Format, first: &str, second: &str) -> String {
    if first == second {
        return "[]".to_owned();
    }
    let trees = match format {
        Format::Avro | Format::Json => Tree::parse(first).zip(Tree::parse(second)),
        Format::Protobuf => None,
    };
    let Some((first, second)) = trees else {
        return replacing(&Tree::Text(second.to_owned()));
    };
    let mut patch = Patch::default();
    patch.compare(&first, &second);
    if patch.text.len() > MAX_PATCH {
        return replacing(&second);
    }
    patch.end()
}

/// A patch of one operation.
fn replacing(value: &Tree) -> String {
    let mut patch = Patch::default();
    patch.operation("replace", Some(value));
    patch.end()
}

/// The operations so far, and the place that is being compared.
#[derive(Default)]
struct Patch {
    text: String,
    path: String,
}

impl Patch {
    fn end(self) -> String {
        format!("[{}]", self.text)
    }

    fn operation(&mut self, name: &str, value: Option<&Tree>) {
        // Each operation writes its whole path, so that many under a long name take many times the definition.
        if self.text.len() > MAX_PATCH {
            return;
        }
        if !self.text.is_empty() {
            self.text.push(',');
        }
        self.text.push_str("{\"op\":");
        quote(name, &mut self.text);
        self.text.push_str(",\"path\":");
        quote(&self.path, &mut self.text);
        if let Some(value) = value {
            self.text.push_str(",\"value\":");
            value.write(&mut self.text);
        }
        self.text.push('}');
    }

    /// Does something one step further down.
    fn at(&mut self, step: &str, body: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        self.path.push('/');
        self.path
            .push_str(&step.replace('~', "~0").replace('/', "~1"));
        body(self);
        self.path.truncate(length);
    }

    fn compare(&mut self, first: &Tree, second: &Tree) {
        if self.text.len() > MAX_PATCH {
            return;
        }
        match (first, second) {
            (Tree::Object(first), Tree::Object(second)) => {
                for name in first.keys().filter(|name| !second.contains_key(*name)) {
                    self.at(name, |patch| patch.operation("remove", None));
                }
                for (name, value) in second {
                    self.at(name, |patch| match first.get(name) {
                        Some(old) => patch.compare(old, value),
                        None => patch.operation("add", Some(value)),
                    });
                }
            }
            (Tree::Array(first), Tree::Array(second)) => self.compare_items(first, second),
            _ if first == second => {}
            _ => self.operation("replace", Some(second)),
        }
    }

    /// What is the same at both ends stays; of the rest, items are compared one by one, and then some go or come.
    fn compare_items(&mut self, first: &[Tree], second: &[Tree]) {
        let same = |pair: &(&Tree, &Tree)| pair.0 == pair.1;
        let head = first.iter().zip(second).take_while(same).count();
        let (first, second) = (&first[head..], &second[head..]);
        let ends = first.iter().rev().zip(second.iter().rev());
        let tail = ends.take_while(same).count();
        let (first, second) = (&first[..first.len() - tail], &second[..second.len() - tail]);
        let both = first.len().min(second.len());
        for (index, (old, new)) in first.iter().zip(second).enumerate() {
            self.at(&(head + index).to_string(), |patch| patch.compare(old, new));
        }
        for index in (both..first.len()).rev() {
            self.at(&(head + index).to_string(), |patch| {
                patch.operation("remove", None);
            });
        }
        for (index, new) in second.iter().enumerate().skip(both) {
            self.at(&(head + index).to_string(), |patch| {
                patch.operation("add", Some(new));
            });
        }
    }
}

#[cfg(test)]
mod tests;
