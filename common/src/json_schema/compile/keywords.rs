//! The keywords of numbers, strings, arrays and objects.

use super::{Compiled, Compiler};
use crate::json_schema::Draft;
use crate::json_schema::document::{At, Kind, string_text};
use crate::json_schema::format::Format;
use crate::json_schema::number::Divisor;
use crate::json_schema::refusal::JsonSchemaFault;
use crate::json_schema::schema::{
    Additional, ArrayRule, Bound, Dependency, Items, NumberRule, ObjectRule, Property, Side, Sizes,
    StringRule,
};

impl Compiler<'_> {
    fn has_any(&self, at: At, keywords: &[&[u8]]) -> bool {
        self.tree
            .keys(at)
            .any(|key| keywords.contains(&self.tree.text(key)))
    }

    fn number(&self, at: At) -> Compiled<At> {
        match self.tree.node(at).kind {
            Kind::Integer | Kind::Number => Ok(at),
            _ => self.expected(at, "a number"),
        }
    }

    fn boolean(&self, at: At) -> Compiled<bool> {
        match self.tree.node(at).kind {
            Kind::Boolean => Ok(self.tree.text(at) == b"true"),
            _ => self.expected(at, "a boolean"),
        }
    }

    /// A count; what is negative is as 0, what is beyond counting as the most there is.
    fn count(&self, at: At) -> Compiled<usize> {
        if self.tree.node(at).kind != Kind::Integer {
            return self.expected(at, "an integer");
        }
        Ok(match self.tree.text(at) {
            [b'-', ..] => 0,
            digits => std::str::from_utf8(digits)
                .unwrap_or_default()
                .parse()
                .unwrap_or(usize::MAX),
        })
    }

    fn sizes(&mut self, at: At, least: &[u8], most: &[u8]) -> Compiled<Sizes> {
        Ok(Sizes {
            least: self.optional(at, least, |this, value| this.count(value))?,
            most: self.optional(at, most, |this, value| this.count(value))?,
        })
    }

    pub(super) fn number_rule(&mut self, at: At) -> Compiled<Option<Box<NumberRule>>> {
        let mut rule = NumberRule {
            bounds: Vec::new(),
            multiple_of: self.optional(at, b"multipleOf", |this, value| this.divisor(value))?,
        };
        for (side, keyword, exclusive_keyword) in [
            (Side::Lowest, "minimum", "exclusiveMinimum"),
            (Side::Highest, "maximum", "exclusiveMaximum"),
        ] {
            let mut exclusive = false;
            if let Some(value) = self.tree.member(at, exclusive_keyword.as_bytes()) {
                if self.draft == Draft::Four {
                    exclusive = self.boolean(value)?;
                } else {
                    rule.bounds
                        .push(self.bound(value, exclusive_keyword, side, true)?);
                }
            }
            if let Some(value) = self.tree.member(at, keyword.as_bytes()) {
                let keyword = if exclusive {
                    exclusive_keyword
                } else {
                    keyword
                };
                rule.bounds
                    .push(self.bound(value, keyword, side, exclusive)?);
            }
        }
        let is_empty = rule.bounds.is_empty() && rule.multiple_of.is_none();
        Ok((!is_empty).then(|| Box::new(rule)))
    }

    fn bound(&self, at: At, keyword: &'static str, side: Side, exclusive: bool) -> Compiled<Bound> {
        let number = self.number(at)?;
        Ok(Bound {
            keyword,
            number,
            short: super::super::short(self.tree.text(number)),
            side,
            exclusive,
        })
    }

    fn divisor(&self, at: At) -> Compiled<Divisor> {
        let number = self.number(at)?;
        Divisor::new(self.tree.text(number)).ok_or_else(|| {
            self.error(
                at,
                JsonSchemaFault::MultipleOf {
                    limit: Divisor::DIGITS,
                },
            )
        })
    }

    pub(super) fn string_rule(&mut self, at: At) -> Compiled<Option<Box<StringRule>>> {
        if !self.has_any(at, &[b"minLength", b"maxLength", b"pattern", b"format"]) {
            return Ok(None);
        }
        let draft = self.draft;
        Ok(Some(Box::new(StringRule {
            length: self.sizes(at, b"minLength", b"maxLength")?,
            pattern: self.optional(at, b"pattern", |this, value| {
                let text = this.text(value)?;
                this.pattern(value, text)
            })?,
            format: self
                .optional(at, b"format", |this, value| this.text(value))?
                .and_then(|name| Format::new(&name, draft)),
        })))
    }

    pub(super) fn array_rule(&mut self, at: At) -> Compiled<Option<Box<ArrayRule>>> {
        if !self.has_any(
            at,
            &[
                b"items",
                b"minItems",
                b"maxItems",
                b"uniqueItems",
                b"contains",
            ],
        ) {
            return Ok(None);
        }
        let mut rule = ArrayRule {
            length: self.sizes(at, b"minItems", b"maxItems")?,
            unique: self.optional(at, b"uniqueItems", |this, value| this.boolean(value))?
                == Some(true),
            ..ArrayRule::default()
        };
        if let Some(items) = self.tree.member(at, b"items") {
            rule.items = if self.tree.node(items).kind == Kind::Array {
                Items::Tuple(
                    self.rule_list(items)?,
                    self.additional(at, b"additionalItems")?,
                )
            } else {
                Items::All(self.rule_of(items)?)
            };
        }
        if self.draft > Draft::Four {
            rule.contains = self.optional(at, b"contains", Self::rule_of)?;
        }
        Ok(Some(Box::new(rule)))
    }

    fn additional(&mut self, at: At, keyword: &[u8]) -> Compiled<Additional> {
        let Some(value) = self.tree.member(at, keyword) else {
            return Ok(Additional::Any);
        };
        Ok(match self.tree.node(value).kind {
            Kind::Boolean if self.boolean(value)? => Additional::Any,
            Kind::Boolean => Additional::Refused,
            _ => Additional::Rule(self.rule_of(value)?),
        })
    }

    pub(super) fn object_rule(&mut self, at: At) -> Compiled<Option<Box<ObjectRule>>> {
        let keywords: [&[u8]; 8] = [
            b"properties",
            b"required",
            b"patternProperties",
            b"additionalProperties",
            b"propertyNames",
            b"minProperties",
            b"maxProperties",
            b"dependencies",
        ];
        if !self.has_any(at, &keywords) {
            return Ok(None);
        }
        let mut rule = ObjectRule {
            length: self.sizes(at, b"minProperties", b"maxProperties")?,
            additional: self.additional(at, b"additionalProperties")?,
            ..ObjectRule::default()
        };
        for (key, value) in self.entries(at, b"properties")? {
            let id = self.rule_of(value)?;
            let property = property(&mut rule, self.tree.text(key));
            property.declared = true;
            property.rule = Some(id);
        }
        self.required(at, &mut rule)?;
        for (key, value) in self.entries(at, b"patternProperties")? {
            let text = string_text(&self.tree, key).into_owned();
            let pattern = self.pattern(value, text)?;
            rule.patterns.push((pattern, self.rule_of(value)?));
        }
        if self.draft > Draft::Four {
            rule.names = self.optional(at, b"propertyNames", Self::rule_of)?;
        }
        for (key, value) in self.entries(at, b"dependencies")? {
            rule.dependencies.push(self.dependency(key, value)?);
        }
        Ok(Some(Box::new(rule)))
    }

    /// The keys and values of a keyword that is an object, or none.
    fn entries(&self, at: At, keyword: &[u8]) -> Compiled<Vec<(At, At)>> {
        match self.tree.member(at, keyword) {
            None => Ok(Vec::new()),
            Some(object) if self.tree.node(object).kind == Kind::Object => {
                Ok(self.tree.keys(object).map(|key| (key, key + 1)).collect())
            }
            Some(other) => self.expected(other, "an object"),
        }
    }

    fn required(&mut self, at: At, rule: &mut ObjectRule) -> Compiled<()> {
        for name in self.names(at, b"required")? {
            let property = property(rule, &name);
            if !property.required {
                property.required = true;
                rule.required += 1;
            }
        }
        Ok(())
    }

    /// The texts of a keyword that is an array, as they stand between their quotes.
    fn names(&mut self, at: At, keyword: &[u8]) -> Compiled<Vec<Box<[u8]>>> {
        match self.tree.member(at, keyword) {
            Some(list) => self.name_list(list),
            None => Ok(Vec::new()),
        }
    }

    fn name_list(&mut self, list: At) -> Compiled<Vec<Box<[u8]>>> {
        let list = self.array(list)?;
        let name = |item: At| {
            self.text(item)?;
            Ok(self.tree.text(item).into())
        };
        self.tree.items(list).map(name).collect()
    }

    fn dependency(&mut self, key: At, value: At) -> Compiled<Dependency> {
        let name = self.tree.text(key).into();
        Ok(match self.tree.node(value).kind {
            Kind::Array => Dependency {
                name,
                needed: self.name_list(value)?,
                rule: None,
            },
            _ => Dependency {
                name,
                needed: Vec::new(),
                rule: Some(self.rule_of(value)?),
            },
        })
    }
}

/// The property of that name, which is made if it is not there.
fn property<'r>(rule: &'r mut ObjectRule, name: &[u8]) -> &'r mut Property {
    let next = rule.properties.len();
    let index = *rule.by_name.entry(name.into()).or_insert(next);
    if index == next {
        rule.properties.push(Property {
            name: name.into(),
            declared: false,
            rule: None,
            required: false,
        });
    }
    &mut rule.properties[index]
}
