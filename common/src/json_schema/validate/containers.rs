//! Keywords of arrays and objects.

use super::{Step, Validator, Verdict};
use crate::bytes::same;
use crate::json_schema::document::{At, string_text};
use crate::json_schema::equality;
use crate::json_schema::schema::{Additional, ArrayRule, Dependency, Items, ObjectRule};

impl Validator<'_> {
    pub(super) fn array(&mut self, rule: &ArrayRule, at: At) -> Verdict {
        let count = self.tree.node(at).count as usize;
        let mut valid = self.size(count, rule.length, ["minItems", "maxItems"]);
        if !valid && self.is_quick() {
            return Ok(false);
        }
        valid &= self.items(&rule.items, at)?;
        let tree = self.tree;
        if rule.unique && !equality::all_differ(&tree, at, &mut |work| self.charge(work))? {
            valid = self.fail("uniqueItems");
        }
        if let Some(contains) = rule.contains {
            let mut found = false;
            for item in tree.items(at) {
                found = self.quietly(contains, item)?;
                if found {
                    break;
                }
            }
            if !found {
                valid = self.fail("contains");
            }
        }
        Ok(valid)
    }

    fn items(&mut self, items: &Items, at: At) -> Verdict {
        let mut valid = true;
        let tree = self.tree;
        for (number, item) in tree.items(at).enumerate() {
            let rule = match items {
                Items::Any => return Ok(true),
                Items::All(rule) => *rule,
                Items::Tuple(rules, additional) => match (rules.get(number), additional) {
                    (Some(rule), _) | (None, Additional::Rule(rule)) => *rule,
                    (None, Additional::Any) => return Ok(valid),
                    (None, Additional::Refused) => return Ok(self.fail("additionalItems")),
                },
            };
            valid &= self.inside(rule, item, Step::Item(number))?;
            if !valid && self.is_quick() {
                return Ok(false);
            }
        }
        Ok(valid)
    }

    pub(super) fn object(&mut self, rule: &ObjectRule, at: At) -> Verdict {
        let tree = self.tree;
        let count = tree.node(at).count as usize;
        let mut valid = self.size(count, rule.length, ["minProperties", "maxProperties"]);
        let (mut required, mut likely) = (0, 0);
        for key in tree.keys(at) {
            if !valid && self.is_quick() {
                return Ok(false);
            }
            self.charge(1)?;
            let named = property(rule, tree.text(key), likely);
            let (mut known, mut step) = (false, Step::Unnamed(key));
            if let Some(index) = named {
                likely = index + 1;
                let property = &rule.properties[index];
                required += usize::from(property.required);
                step = Step::Named(key);
                known = property.declared;
                if let Some(inner) = property.rule {
                    valid &= self.inside(inner, key + 1, step)?;
                }
            }
            valid &= self.unnamed(rule, key, step, known)?;
        }
        if required < rule.required {
            valid = self.missing(rule, at)?;
        }
        for dependency in &rule.dependencies {
            valid &= self.dependency(dependency, at)?;
        }
        Ok(valid)
    }

    /// What is asked of a property beside what `properties` says; `known` if it says something.
    #[inline]
    fn unnamed(&mut self, rule: &ObjectRule, key: At, step: Step, known: bool) -> Verdict {
        let mut valid = true;
        if let Some(names) = rule.names {
            valid = self.inside(names, key, step)?;
        }
        let mut known = known;
        for (pattern, inner) in &rule.patterns {
            let tree = self.tree;
            if self.matches(*pattern, &string_text(&tree, key))? {
                known = true;
                valid &= self.inside(*inner, key + 1, step)?;
            }
        }
        match rule.additional {
            Additional::Rule(inner) if !known => Ok(self.inside(inner, key + 1, step)? && valid),
            Additional::Refused if !known => Ok(self.fail("additionalProperties")),
            _ => Ok(valid),
        }
    }

    /// Notes which required properties are missing.
    #[cold]
    fn missing(&mut self, rule: &ObjectRule, at: At) -> Verdict {
        if self.is_quick() {
            return Ok(false);
        }
        for property in rule.properties.iter().filter(|property| property.required) {
            self.charge(1 + self.tree.node(at).count as usize)?;
            if self.tree.member(at, &property.name).is_none() {
                self.note("required", Some(&property.name));
            }
        }
        Ok(false)
    }

    fn dependency(&mut self, dependency: &Dependency, at: At) -> Verdict {
        let count = self.tree.node(at).count as usize;
        self.charge(1 + count)?;
        if self.tree.member(at, &dependency.name).is_none() {
            return Ok(true);
        }
        let mut valid = true;
        for name in &dependency.needed {
            self.charge(1 + count)?;
            if self.tree.member(at, name).is_none() {
                self.note("dependencies", Some(name));
                valid = false;
            }
        }
        if let Some(rule) = dependency.rule {
            valid &= self.rule(rule, at)?;
        }
        Ok(valid)
    }
}

/// The index of a property that the schema names; `likely` is looked at first.
#[inline]
fn property(rule: &ObjectRule, name: &[u8], likely: usize) -> Option<usize> {
    if rule
        .properties
        .get(likely)
        .is_some_and(|property| same(&property.name, name))
    {
        return Some(likely);
    }
    rule.by_name.get(name).copied()
}
