//! The rules on objects: `required`, properties, patterns, names and dependencies.

use std::collections::{BTreeMap, BTreeSet};

use crate::json_schema::model::{Additional, Properties};

use super::{Broken, Comparison, Id, Need, Path, Rule, Shape, Shown, Step};

/// What is forbidden about properties, or about items.
pub(super) struct Extra {
    /// How those that are not named are allowed or refused.
    pub(super) open_words: &'static str,
    pub(super) closed_words: &'static str,
    pub(super) added_to_open: Rule,
    pub(super) added_not_covered: Rule,
    pub(super) removed_from_closed: Rule,
    pub(super) removed_not_covered: Rule,
    pub(super) closed: Rule,
    pub(super) narrowed: Rule,
}

const PROPERTIES: Extra = Extra {
    open_words: "additionalProperties true",
    closed_words: "additionalProperties false",
    added_to_open: Rule::PropertyAddedToOpen,
    added_not_covered: Rule::PropertyAddedNotCovered,
    removed_from_closed: Rule::PropertyRemovedFromClosed,
    removed_not_covered: Rule::PropertyRemovedNotCovered,
    closed: Rule::AdditionalPropertiesClosed,
    narrowed: Rule::AdditionalPropertiesNarrowed,
};

impl<'d> Comparison<'d> {
    pub(super) fn properties(&mut self, reader: &'d Properties, writer: &'d Properties) {
        self.required(reader, writer);
        let additional = (reader.additional, writer.additional);
        for (name, schema) in &reader.named {
            match writer.named.get(name) {
                Some(other) => self.inside(*schema, *other),
                None if self.may_be_added(*schema) => {}
                None => {
                    let path = self.here(Step::Name("properties", name));
                    self.added(&PROPERTIES, path, *schema, additional);
                }
            }
        }
        for (name, schema) in &writer.named {
            if !reader.named.contains_key(name) {
                let path = self.there(Step::Name("properties", name));
                self.removed(&PROPERTIES, path, *schema, additional);
            }
        }
        self.additional(&PROPERTIES, additional);
        for (pattern, schema) in &reader.patterns {
            if let Some(other) = writer.patterns.get(pattern) {
                self.inside(*schema, *other);
            } else {
                let path = self.here(Step::Name("patternProperties", pattern));
                let own = Shown::Schema(self.readers(*schema));
                self.broken_at(path, Rule::PatternPropertyAdded, own, Shown::Nothing);
            }
        }
        let added = (Rule::PropertyNamesAdded, "propertyNames");
        self.optional(reader.names, writer.names, added);
        self.needed(&reader.needs, &writer.needs);
        self.dependent(&reader.dependent, &writer.dependent);
    }

    fn required(&mut self, reader: &'d Properties, writer: &'d Properties) {
        let with_default =
            |name| self.context.rules.are_confluent() && reader.defaults.contains(name);
        let added = reader.required.difference(&writer.required);
        let added: Vec<&String> = added.filter(|name| !with_default(*name)).collect();
        for name in added {
            let own = Shown::Name("required", name);
            self.broken(Rule::RequiredAdded, own, Shown::Nothing);
        }
    }

    /// Whether the rules allow that a property with this schema is added anywhere.
    fn may_be_added(&self, schema: Id) -> bool {
        self.context.rules.are_confluent() && matches!(self.reader.shape(schema), Shape::Any)
    }

    fn needed(
        &mut self,
        reader: &'d BTreeMap<String, BTreeSet<String>>,
        writer: &'d BTreeMap<String, BTreeSet<String>>,
    ) {
        for (name, needed) in reader {
            let path = self.here(Step::Name("dependencies", name));
            let Some(others) = writer.get(name) else {
                let own = Shown::Name("dependencies", name);
                self.broken_at(path, Rule::DependencyAdded, own, Shown::Nothing);
                continue;
            };
            for member in needed.difference(others) {
                let own = Shown::Name("dependencies", member);
                self.broken_at(path, Rule::DependencyMemberAdded, own, Shown::Nothing);
            }
        }
    }

    fn dependent(&mut self, reader: &'d BTreeMap<String, Id>, writer: &'d BTreeMap<String, Id>) {
        for (name, schema) in reader {
            if let Some(other) = writer.get(name) {
                self.inside(*schema, *other);
            } else {
                let path = self.here(Step::Name("dependencies", name));
                let own = Shown::Schema(self.readers(*schema));
                self.broken_at(path, Rule::DependencyAdded, own, Shown::Nothing);
            }
        }
    }

    /// A property or item that only the reader names.
    pub(super) fn added(
        &mut self,
        extra: &Extra,
        path: Path<'d>,
        schema: Id,
        (reader, writer): (Additional, Additional),
    ) {
        let own = Shown::Schema(self.readers(schema));
        let rule = extra.added_not_covered;
        let is_closed = matches!(self.reader.additional(reader), Additional::Closed);
        match self.writer.additional(writer) {
            Additional::Closed => {}
            Additional::Open => self.broken_at(path, extra.added_to_open, own, Shown::Nothing),
            Additional::Schema(other) if is_closed => {
                let other = Shown::Schema(self.writers(other));
                self.broken_at(path, rule, own, other);
            }
            Additional::Schema(other) => self.covered(path, rule, (schema, other)),
        }
    }

    /// A property or item that only the writer names.
    pub(super) fn removed(
        &mut self,
        extra: &Extra,
        path: Path<'d>,
        schema: Id,
        (reader, writer): (Additional, Additional),
    ) {
        let other = Shown::Schema(self.writers(schema));
        let rule = extra.removed_not_covered;
        let is_closed = matches!(self.writer.additional(writer), Additional::Closed);
        match self.reader.additional(reader) {
            Additional::Open => {}
            Additional::Closed => {
                self.broken_at(path, extra.removed_from_closed, Shown::Nothing, other);
            }
            Additional::Schema(own) if is_closed => self.covered(path, rule, (own, schema)),
            Additional::Schema(own) => {
                let own = Shown::Schema(self.readers(own));
                self.broken_at(path, rule, own, other);
            }
        }
    }

    fn covered(&mut self, path: Path<'d>, rule: Rule, (reader, writer): (Id, Id)) {
        if self.context.rules.allow(rule) {
            return;
        }
        let pair = self.pair_of(reader, writer);
        let broken = Broken {
            rule,
            path,
            reader: Shown::Schema(pair.reader),
            writer: Shown::Schema(pair.writer),
        };
        self.needs.push(Need::Holds(pair, broken));
    }

    /// What may be there beside the properties or items that are named.
    pub(super) fn additional(&mut self, extra: &Extra, (reader, writer): (Additional, Additional)) {
        let (reader, writer) = (
            self.reader.additional(reader),
            self.writer.additional(writer),
        );
        let rule = match (reader, writer) {
            (Additional::Open, _) | (_, Additional::Closed) => return,
            (Additional::Schema(own), Additional::Schema(other)) => {
                return self.inside(own, other);
            }
            (Additional::Closed, _) => extra.closed,
            (Additional::Schema(_), Additional::Open) => extra.narrowed,
        };
        let own = self.beside(extra, reader, Self::readers);
        let other = self.beside(extra, writer, Self::writers);
        self.broken(rule, own, other);
    }

    fn beside(
        &self,
        extra: &Extra,
        additional: Additional,
        place: fn(&Self, Id) -> super::Place,
    ) -> Shown<'d> {
        match additional {
            Additional::Open => Shown::Words(extra.open_words),
            Additional::Closed => Shown::Words(extra.closed_words),
            Additional::Schema(id) => Shown::Schema(place(self, id)),
        }
    }
}
