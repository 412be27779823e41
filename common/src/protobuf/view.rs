//! A plan as a view shows it: fields that go are as good as unknown, and are passed over.
//!
//! Messages on the way to a change are copied, so that the same message elsewhere stays as it is.

use super::ProtobufSchema;
use super::plan::{Field, Form, Message, MessageId, Node, Plan, Shape, Shown};
use crate::view::{Level, View, ViewError};
use std::collections::HashSet;
use std::sync::Arc;

impl ProtobufSchema {
    /// The schema with payloads shown through a view; it is for reading alone.
    pub(crate) fn viewed(&self, view: &View) -> Result<Self, ViewError> {
        let mut plan = Plan::clone(&self.plan);
        plan.show(view)?;
        Ok(Self {
            plan: Arc::new(plan),
            ..self.clone()
        })
    }

    /// Whether any of the schema's messages can have a field at a path.
    pub(crate) fn has_field(&self, path: &[&str]) -> bool {
        let mut roots = self.plan.roots();
        roots.any(|root| self.plan.has(root, path))
    }
}

impl Plan {
    fn has(&self, id: MessageId, path: &[&str]) -> bool {
        let Some((first, rest)) = path.split_first() else {
            return true;
        };
        let message = self.message(id);
        let field = message.by_name.get(*first).map(|at| &message.fields[*at]);
        field.is_some_and(|field| match field.node {
            Node::Message(inner) if !rest.is_empty() => {
                self.message(inner).form == Form::Fields && self.has(inner, rest)
            }
            _ => rest.is_empty(),
        })
    }

    fn show(&mut self, view: &View) -> Result<(), ViewError> {
        self.set_key(view.key().cloned());
        for root in self.roots().collect::<HashSet<_>>() {
            let shown = self.through(root, view.top())?;
            self.replace_root(root, shown);
        }
        Ok(())
    }

    /// The message as a level shows it.
    fn through(&mut self, id: MessageId, level: &Level) -> Result<MessageId, ViewError> {
        let mut message = self.message(id).clone();
        if message.form != Form::Fields {
            return Ok(id);
        }
        for field in &message.fields {
            level.check_names(&field.json_name, &field.name)?;
        }
        message.fields.retain_mut(|field| {
            // Either name means the field.
            let is_let = level.lets(level.own_name(&field.json_name, &field.name));
            // One of several that exclude each other still ends the others.
            let is_rival = field.oneof > 0;
            if !is_let && is_rival {
                field.shown = Shown::Hidden;
            }
            is_let || is_rival
        });
        for field in message
            .fields
            .iter_mut()
            .filter(|field| field.shown != Shown::Hidden)
        {
            self.change(field, level)?;
        }
        check_names(&message)?;
        message.required = message.fields.iter().filter(|field| field.required).count();
        // For writing, which this plan is not for.
        message.by_name.clear();
        Ok(self.push(message))
    }

    fn change(&mut self, field: &mut Field, level: &Level) -> Result<(), ViewError> {
        let Some(entry) = level.get(level.own_name(&field.json_name, &field.name)) else {
            return Ok(());
        };
        if entry.is_masked {
            if let Some(kind) = self.composite(field) {
                return Err(ViewError::Composite {
                    path: field.name.to_string(),
                    kind,
                });
            }
            field.shown = Shown::Masked;
        } else if let Some(inside) = entry.inside() {
            match field.node {
                Node::Message(inner) if self.message(inner).form == Form::Fields => {
                    field.node = Node::Message(self.through(inner, inside)?);
                }
                _ => return Err(ViewError::Missing(format!("{}.…", field.name))),
            }
        }
        if let Some(name) = &entry.name {
            field.rename(name);
        }
        Ok(())
    }

    /// What a field is, if its value has parts in JSON.
    fn composite(&self, field: &Field) -> Option<&'static str> {
        if matches!(field.shape, Shape::Map { .. }) {
            return Some("a map");
        }
        let Node::Message(id) = field.node else {
            return None;
        };
        match self.message(id).form {
            Form::Timestamp | Form::Duration | Form::FieldMask | Form::Wrapper(_) => None,
            Form::Fields | Form::Any | Form::Struct | Form::Value | Form::ListValue => {
                Some("a message")
            }
        }
    }
}

fn check_names(message: &Message) -> Result<(), ViewError> {
    let mut seen = HashSet::new();
    let mut shown = message
        .fields
        .iter()
        .filter(|field| field.shown != Shown::Hidden);
    let twice = shown.find(|field| !seen.insert(&field.json_name));
    twice.map_or(Ok(()), |field| {
        Err(ViewError::Twice(field.json_name.to_string()))
    })
}
