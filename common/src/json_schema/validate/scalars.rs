//! Keywords of numbers and strings.

use std::cmp::Ordering;

use super::{Validator, Verdict};
use crate::json_schema::document::{At, string_length, string_text};
use crate::json_schema::number::Decimal;
use crate::json_schema::schema::{Bound, NumberRule, Side, Sizes, StringRule};
use crate::json_schema::short;

impl Validator<'_> {
    pub(super) fn number(&mut self, rule: &NumberRule, at: At) -> Verdict {
        let text = self.tree.text(at);
        self.charge(1 + text.len() / 8)?;
        let number = short(text);
        let mut valid = true;
        for bound in &rule.bounds {
            let order = match (number, bound.short) {
                (Some(number), Some(short)) => number.cmp(&short),
                _ => {
                    Decimal::new(text).compare(&Decimal::new(self.rules.tree().text(bound.number)))
                }
            };
            if !is_within(order, bound) {
                valid = self.fail(bound.keyword);
            }
        }
        if let Some(divisor) = &rule.multiple_of
            && !divisor.divides(&Decimal::new(text))
        {
            valid = self.fail("multipleOf");
        }
        Ok(valid)
    }

    pub(super) fn string(&mut self, rule: &StringRule, at: At) -> Verdict {
        let mut valid = true;
        if rule.length.least.is_some() || rule.length.most.is_some() {
            let length = string_length(&self.tree, at);
            valid = self.size(length, rule.length, ["minLength", "maxLength"]);
        }
        if rule.pattern.is_none() && rule.format.is_none() {
            return Ok(valid);
        }
        let tree = self.tree;
        let text = string_text(&tree, at);
        if let Some(index) = rule.pattern
            && !self.matches(index, &text)?
        {
            valid = self.fail("pattern");
        }
        if let Some(format) = rule.format {
            self.charge(format.cost(&text))?;
            if !format.accepts(&text) {
                valid = self.fail("format");
            }
        }
        Ok(valid)
    }

    /// Whether a pattern of the schema is found in a text.
    pub(super) fn matches(&mut self, index: usize, text: &str) -> Verdict {
        let rules = self.rules;
        let pattern = &rules.patterns[index];
        self.charge(pattern.cost(text))?;
        pattern.is_match(text).map_err(|_| super::Exhausted)
    }

    /// Whether a count is within its bounds; `keywords` are those of the least and of the most.
    pub(super) fn size(&mut self, count: usize, sizes: Sizes, keywords: [&'static str; 2]) -> bool {
        let [least, most] = keywords;
        let mut valid = true;
        if sizes.least.is_some_and(|bound| count < bound) {
            valid = self.fail(least);
        }
        if sizes.most.is_some_and(|bound| count > bound) {
            valid = self.fail(most);
        }
        valid
    }
}

fn is_within(order: Ordering, bound: &Bound) -> bool {
    match (order, bound.side) {
        (Ordering::Equal, _) => !bound.exclusive,
        (Ordering::Less, side) => side == Side::Highest,
        (Ordering::Greater, side) => side == Side::Lowest,
    }
}
