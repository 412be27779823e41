//! The comparison of two files: every message of the writer's once, so that recursive ones have an end.

use std::collections::{HashMap, VecDeque};

use prost_reflect::{FieldDescriptor, FileDescriptor, MessageDescriptor, OneofDescriptor};

use super::Rule;
use super::side::{Side, oneof, path, short};
use super::types::{Shape, Type};
use crate::{Difference, MAX_DIFFERENCES};

/// Most fields that one text names.
const MAX_FIELDS: usize = 3;

/// What the rules of the AWS registry find.
pub(super) fn compare(reader: &FileDescriptor, writer: &FileDescriptor) -> Vec<Difference> {
    let mut comparison = Comparison {
        reader: Side::new(reader),
        writer: Side::new(writer),
        found: Vec::new(),
    };
    comparison.packages();
    comparison.messages();
    comparison.found
}

struct Comparison<'f> {
    reader: Side<'f>,
    writer: Side<'f>,
    found: Vec<Difference>,
}

/// A field that both sides have.
struct Field<'d> {
    path: String,
    read: &'d FieldDescriptor,
    written: &'d FieldDescriptor,
}

impl Comparison<'_> {
    fn packages(&mut self) {
        if self.reader.package() != self.writer.package() {
            let (read, written) = (self.reader.declaration(), self.writer.declaration());
            self.report(Rule::PackageChanged, String::new(), read, written);
        }
    }

    fn messages(&mut self) {
        let mut pending: VecDeque<MessageDescriptor> = self.writer.messages().collect();
        while let Some(written) = pending.pop_front() {
            if self.is_full() {
                return;
            }
            if written.is_map_entry() {
                continue;
            }
            let name = self.writer.name(&written);
            if let Some(read) = self.reader.message(name) {
                self.fields(&read, &written);
                self.oneofs(&read, &written);
                pending.extend(written.child_messages());
            } else {
                let message = format!("message {}", short(written.name()));
                let path = short(name.text).into_owned();
                self.report(Rule::MessageRemoved, path, String::new(), message);
            }
        }
    }

    fn fields(&mut self, read: &MessageDescriptor, written: &MessageDescriptor) {
        for before in written.fields() {
            if self.is_full() {
                return;
            }
            let name = self.writer.name(written);
            if let Some(now) = read.get_field(before.number()) {
                self.field(&Field {
                    path: path(name, &now),
                    read: &now,
                    written: &before,
                });
            } else if before.is_required() {
                let text = self.writer.field(&before);
                let path = path(name, &before);
                self.report(Rule::RequiredFieldRemoved, path, String::new(), text);
            }
        }
        let added = read
            .fields()
            .filter(|field| field.is_required() && written.get_field(field.number()).is_none());
        for field in added.take(MAX_DIFFERENCES) {
            let path = path(self.reader.name(read), &field);
            let text = self.reader.field(&field);
            self.report(Rule::RequiredFieldAdded, path, text, String::new());
        }
    }

    fn field(&mut self, field: &Field<'_>) {
        let (read, written) = (Shape::of(field.read), Shape::of(field.written));
        let is_alike = match (&read, &written) {
            (Shape::One(read), Shape::One(written)) => {
                let rule = self.misfit(read, written);
                self.report_field(rule, field, "")
            }
            (
                Shape::Map {
                    key: key_read,
                    value: value_read,
                },
                Shape::Map { key, value },
            ) => {
                let rule = self.misfit(key_read, key);
                let is_alike = self.report_field(rule, field, ".key");
                let rule = self.misfit(value_read, value);
                self.report_field(rule, field, ".value") && is_alike
            }
            _ => self.report_field(Some(Rule::FieldKindChanged), field, ""),
        };
        if field.read.is_required() && !field.written.is_required() {
            self.report_field(Some(Rule::FieldMadeRequired), field, "");
        } else if is_alike
            && written.is_numeric()
            && field.read.cardinality() != field.written.cardinality()
        {
            self.report_field(Some(Rule::NumericLabelChanged), field, "");
        }
    }

    /// The rule that forbids to read one type as another.
    fn misfit(&self, read: &Type, written: &Type) -> Option<Rule> {
        match (read, written) {
            (Type::Scalar(read), Type::Scalar(written)) => {
                (read != written).then_some(Rule::ScalarTypeChanged)
            }
            (Type::Message(read), Type::Message(written)) => {
                let is_same = self.reader.name(read) == self.writer.name(written);
                (!is_same).then_some(Rule::MessageTypeChanged)
            }
            _ => Some(Rule::FieldKindChanged),
        }
    }

    fn oneofs(&mut self, read: &MessageDescriptor, written: &MessageDescriptor) {
        let before: Vec<_> = real_oneofs(written).collect();
        let by_name: HashMap<_, _> = before.iter().map(|oneof| (oneof.name(), oneof)).collect();
        for now in real_oneofs(read) {
            if self.is_full() {
                return;
            }
            match by_name.get(now.name()) {
                Some(before) => self.surviving_oneof(&now, before),
                None => self.new_oneof(&now, written),
            }
        }
    }

    fn surviving_oneof(&mut self, read: &OneofDescriptor, written: &OneofDescriptor) {
        let within = |text: String| format!("{text} in oneof {}", short(read.name()));
        let name = self.writer.name(written.parent_message());
        let known = read.parent_message();
        let removed = written
            .fields()
            .filter(|field| known.get_field(field.number()).is_none());
        for field in removed.take(MAX_DIFFERENCES) {
            let text = within(self.writer.field(&field));
            let path = path(name, &field);
            self.report(Rule::OneofMemberRemoved, path, String::new(), text);
        }
        let known = written.parent_message();
        let moved = read.fields().filter_map(|now| {
            let before = known.get_field(now.number())?;
            let was_inside = oneof(&before).is_some_and(|oneof| oneof.name() == written.name());
            (!was_inside).then_some((now, before))
        });
        for (now, before) in moved.take(MAX_DIFFERENCES) {
            let reader = within(self.reader.field(&now));
            let writer = self.writer.field(&before);
            let path = path(name, &now);
            self.report(Rule::FieldMovedToExistingOneof, path, reader, writer);
        }
    }

    /// Members that were in one oneof before were never set together: theirs was renamed or split.
    fn new_oneof(&mut self, read: &OneofDescriptor, written: &MessageDescriptor) {
        let members: Vec<_> = read
            .fields()
            .filter_map(|field| written.get_field(field.number()))
            .collect();
        let Some((first, others)) = members.split_first() else {
            return;
        };
        let home = oneof(first);
        let is_apart = |field| match (&home, oneof(field)) {
            (Some(home), Some(other)) => home.name() != other.name(),
            _ => true,
        };
        if !others.iter().any(is_apart) {
            return;
        }
        let named: Vec<_> = members
            .iter()
            .take(MAX_FIELDS)
            .map(|field| self.writer.field(field))
            .collect();
        let more = if members.len() > MAX_FIELDS {
            "; …"
        } else {
            ""
        };
        let writer = format!("{}{more}", named.join("; "));
        let name = short(read.name());
        let message = self.writer.name(written).text;
        let path = format!("{}.{name}", short(message));
        let reader = format!("oneof {name}");
        self.report(Rule::FieldsMovedToNewOneof, path, reader, writer);
    }

    /// Whether there was no rule to report.
    fn report_field(&mut self, rule: Option<Rule>, field: &Field<'_>, part: &str) -> bool {
        let Some(rule) = rule else {
            return true;
        };
        let path = format!("{}{part}", field.path);
        let reader = self.reader.field(field.read);
        let writer = self.writer.field(field.written);
        self.report(rule, path, reader, writer);
        false
    }

    fn report(&mut self, rule: Rule, path: String, reader: String, writer: String) {
        if !self.is_full() {
            self.found.push(Difference {
                path,
                rule: crate::Rule::Protobuf(rule),
                reader,
                writer,
            });
        }
    }

    const fn is_full(&self) -> bool {
        self.found.len() >= MAX_DIFFERENCES
    }
}

/// The oneofs that were written as such.
fn real_oneofs(message: &MessageDescriptor) -> impl Iterator<Item = OneofDescriptor> {
    message.oneofs().filter(|oneof| !oneof.is_synthetic())
}
