//! What a schema asks of every value, whatever it is: which properties it may have, and whether there can be any.

use std::collections::HashSet;

use super::document::{self, Tree, string_text};
use super::limits::SCHEMA;
use super::refusal::{JsonSchemaError, JsonSchemaFault, SchemaPlace};
use super::schema::{Additional, ObjectRule, Rule, RuleId, Rules, Types};
use super::{JsonSchema, compile, validate};
use crate::json::{Cursor, write_string};

impl JsonSchema {
    /// The properties that `properties` describes for the value itself, in the order of the schema; what a reference or
    /// `allOf` leads to counts too.
    ///
    /// ```
    /// use common::json_schema::JsonSchema;
    ///
    /// let schema = JsonSchema::compile(r##"{"allOf": [{"$ref": "#/definitions/a"}, {"properties": {"n": {}}}],
    ///     "definitions": {"a": {"properties": {"id": {}}, "additionalProperties": false}}}"##, Default::default())?;
    /// assert_eq!(schema.properties(), ["id", "n"]);
    /// assert!(schema.excludes("n") && !schema.excludes("id"));
    /// # Ok::<(), common::json_schema::JsonSchemaError>(())
    /// ```
    pub fn properties(&self) -> Vec<String> {
        let mut seen = HashSet::new();
        let described = self.objects().flat_map(|object| &object.properties);
        described
            .filter(|property| property.declared && seen.insert(&property.name))
            .map(|property| content(&property.name))
            .collect()
    }

    /// Whether no value that has this property can fit, whatever the property's value is. Only what the schema asks of
    /// every object counts: conditions and alternatives do not.
    pub fn excludes(&self, name: &str) -> bool {
        let mut text = Vec::new();
        write_string(name, &mut text);
        let excluded = |tree: &Tree<'_>| {
            let mut objects = self.objects();
            objects.any(|object| self.refuses(object, name, tree))
        };
        with_text(&text, excluded).unwrap_or(false)
    }

    /// Whether there can be a value at all that fits: there is none for a schema without a type, without a value to
    /// choose, or that leads back to itself before it has looked at anything.
    ///
    /// # Errors
    ///
    /// No value fits. The error names the place.
    pub fn takes_any(&self) -> Result<(), JsonSchemaError> {
        let rules = &self.rules;
        let always = rules.always();
        let vain = always.iter().copied().find(|id| {
            let rule = rules.rule(*id);
            let is_empty = |at| rules.tree().node(at).count == 0;
            rule.never
                || rule.types.is_some_and(|types| types == Types::default())
                || rule.enumeration.is_some_and(is_empty)
        });
        match vain.or_else(|| rules.circle(&always)) {
            None => Ok(()),
            Some(id) => Err(JsonSchemaError {
                place: SchemaPlace(Some(compile::pointer(
                    &rules.tree(),
                    rules.places[id as usize],
                ))),
                fault: JsonSchemaFault::Nothing,
            }),
        }
    }

    /// What is asked of a value that is an object, in any case.
    fn objects(&self) -> impl Iterator<Item = &ObjectRule> {
        let always = self.rules.always().into_iter();
        always.filter_map(|id| self.rules.rule(id).object.as_deref())
    }

    /// Whether an object with this property does not fit the rule; `tree` is the name as a value.
    fn refuses(&self, object: &ObjectRule, name: &str, tree: &Tree<'_>) -> bool {
        let rules = &self.rules;
        let is_never = |id: RuleId| rules.rule(id).never;
        let misfit = |id| validate::fits(rules, id, *tree, &self.limits) == Some(false);
        if object.names.is_some_and(misfit) {
            return true;
        }
        let named = object.by_name.get(tree.text(0));
        let named = named.map(|index| &object.properties[*index]);
        let mut known = named.is_some_and(|property| property.declared);
        let mut never = named
            .and_then(|property| property.rule)
            .is_some_and(is_never);
        for (pattern, rule) in &object.patterns {
            let matches = rules.patterns[*pattern].is_match(name);
            // A pattern that takes too long is no certain answer.
            known |= *matches.as_ref().unwrap_or(&true);
            never |= matches.unwrap_or(false) && is_never(*rule);
        }
        never
            || !known
                && match object.additional {
                    Additional::Any => false,
                    Additional::Refused => true,
                    Additional::Rule(rule) => is_never(rule),
                }
    }
}

impl Rules {
    fn rule(&self, id: RuleId) -> &Rule {
        &self.all[id as usize]
    }

    /// The rules that every value has to fit, each once: the first one, and what it says under `allOf`.
    fn always(&self) -> Vec<RuleId> {
        let (mut seen, mut ids) = (vec![false; self.all.len()], vec![self.root]);
        seen[self.root as usize] = true;
        let mut next = 0;
        while let Some(id) = ids.get(next).copied() {
            next += 1;
            for inner in self.rule(id).parts() {
                if !std::mem::replace(&mut seen[*inner as usize], true) {
                    ids.push(*inner);
                }
            }
        }
        ids
    }

    /// One of these rules that leads back to itself, if there is one.
    fn circle(&self, always: &[RuleId]) -> Option<RuleId> {
        let mut uses = vec![0_u32; self.all.len()];
        for inner in always.iter().flat_map(|id| self.rule(*id).parts()) {
            uses[*inner as usize] += 1;
        }
        // Whatever is used by nothing more is in no circle, and uses nothing any more.
        let is_free = |id: &&RuleId| uses[**id as usize] == 0;
        let mut free: Vec<RuleId> = always.iter().filter(is_free).copied().collect();
        while let Some(id) = free.pop() {
            for inner in self.rule(id).parts() {
                uses[*inner as usize] -= 1;
                if uses[*inner as usize] == 0 {
                    free.push(*inner);
                }
            }
        }
        always.iter().copied().find(|id| uses[*id as usize] > 0)
    }
}

impl Rule {
    /// The rules under `allOf`, or behind a reference.
    fn parts(&self) -> &[RuleId] {
        self.logic.as_ref().map_or(&[], |logic| &logic.all)
    }
}

/// What a property's name says.
fn content(name: &[u8]) -> String {
    let text = [b"\"", name, b"\""].concat();
    with_text(&text, |tree| string_text(tree, 0).into_owned())
        .unwrap_or_else(|| String::from_utf8_lossy(name).into_owned())
}

/// Reads a name with its quotes.
fn with_text<T>(text: &[u8], look: impl FnOnce(&Tree<'_>) -> T) -> Option<T> {
    let (mut cursor, mut out) = (Cursor::from_bytes(text).ok()?, Vec::new());
    let nodes = document::read(&mut cursor, &SCHEMA, &mut out).ok()?;
    Some(look(&Tree::new(&out, &nodes)))
}
