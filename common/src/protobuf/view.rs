//! A plan as a view shows it: fields that go are as good as unknown, and are passed over.
//!
//! Messages on the way to a change are copied, so that the same message elsewhere stays as it is.

use super::ProtobufSchema;
use super::plan::{Form, Message, MessageId, Node, Plan};
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
            Node::Message(inner) if !rest.is_empty() => self.has(inner, rest),
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
        message.fields.retain(|field| {
            // Either name means the field.
            level.lets(level.own_name(&field.json_name, &field.name))
        });
        for field in &mut message.fields {
            let Some(entry) = level.get(level.own_name(&field.json_name, &field.name)) else {
                continue;
            };
            if entry.is_masked {
                if matches!(field.node, Node::Message(_)) {
                    return Err(ViewError::Composite {
                        path: field.name.to_string(),
                        kind: "a message",
                    });
                }
                field.is_masked = true;
            } else if let (Some(inside), Node::Message(inner)) = (entry.inside(), field.node) {
                field.node = Node::Message(self.through(inner, inside)?);
            }
            if let Some(name) = &entry.name {
                field.rename(name);
            }
        }
        check_names(&message)?;
        message.required = message.fields.iter().filter(|field| field.required).count();
        // For writing, which this plan is not for.
        message.by_name.clear();
        Ok(self.push(message))
    }
}

fn check_names(message: &Message) -> Result<(), ViewError> {
    let mut seen = HashSet::new();
    let twice = message
        .fields
        .iter()
        .find(|field| !seen.insert(&field.json_name));
    twice.map_or(Ok(()), |field| {
        Err(ViewError::Twice(field.json_name.to_string()))
    })
}
