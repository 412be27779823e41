//! Checks a value against the rules: quickly for a yes or no, or with a list of all that does not fit.

use super::document::{At, Kind, Tree, string_text};
use super::equality;
use super::limits::{DEPTH, WORK, WORK_PER_BYTE};
use super::refusal::{Refusal, Violation, Violations};
use super::schema::{Logic, Rule, RuleId, Rules, Types};
use crate::limits::Limits;

mod containers;
mod scalars;

/// The work or the depth that the value's length allows for is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exhausted;

type Verdict = Result<bool, Exhausted>;

/// Checks a value.
pub(super) fn check(rules: &Rules, tree: Tree<'_>, limits: &Limits) -> Result<(), Refusal> {
    let mut validator = Validator::new(rules, tree, limits);
    match validator.rule(rules.root, 0) {
        Ok(true) => return Ok(()),
        Ok(false) => {}
        Err(Exhausted) => return Err(Refusal::Work),
    }
    let mut validator = Validator::new(rules, tree, limits);
    validator.report = Some(Violations::default());
    let verdict = validator.rule(rules.root, 0);
    let mut violations = validator.report.unwrap_or_default();
    if verdict == Err(Exhausted) {
        violations.cut();
    }
    Err(Refusal::Invalid(violations))
}

/// Whether a value fits one of the rules; nothing if that takes too much work.
pub(super) fn fits(rules: &Rules, rule: RuleId, tree: Tree<'_>, limits: &Limits) -> Option<bool> {
    Validator::new(rules, tree, limits).rule(rule, 0).ok()
}

struct Validator<'v> {
    rules: &'v Rules,
    tree: Tree<'v>,
    work_left: usize,
    depth_left: usize,
    /// What does not fit, if that is asked for: then checking goes on after the first.
    report: Option<Violations>,
    /// The way to the value, if there is a report.
    path: Vec<Step>,
}

/// A step into a value.
#[derive(Debug, Clone, Copy)]
enum Step {
    Item(usize),
    /// A key that the schema names.
    Named(At),
    /// A key that is data.
    Unnamed(At),
}

impl<'v> Validator<'v> {
    fn new(rules: &'v Rules, tree: Tree<'v>, limits: &Limits) -> Self {
        let length = tree.text(0).len();
        Self {
            rules,
            tree,
            work_left: WORK.saturating_add(WORK_PER_BYTE.saturating_mul(length)),
            depth_left: limits.depth.saturating_mul(2).saturating_add(DEPTH),
            report: None,
            path: Vec::new(),
        }
    }

    #[inline]
    fn charge(&mut self, work: usize) -> Result<(), Exhausted> {
        self.work_left = self.work_left.checked_sub(work).ok_or(Exhausted)?;
        Ok(())
    }

    /// Whether a first failure ends the check.
    #[inline]
    const fn is_quick(&self) -> bool {
        self.report.is_none()
    }

    /// Notes that the value does not fit a keyword.
    #[inline]
    fn fail(&mut self, keyword: &'static str) -> bool {
        if self.report.is_some() {
            self.note(keyword, None);
        }
        false
    }

    #[cold]
    fn note(&mut self, keyword: &'static str, property: Option<&[u8]>) {
        let (tree, path) = (&self.tree, &self.path);
        if let Some(report) = &mut self.report {
            report.push(|| Violation {
                pointer: pointer(tree, path, true),
                shown: pointer(tree, path, false),
                keyword,
                property: property.map(|name| String::from_utf8_lossy(name).into_owned()),
            });
        }
    }

    /// Checks without noting what does not fit.
    fn quietly(&mut self, rule: RuleId, at: At) -> Verdict {
        let report = self.report.take();
        let verdict = self.rule(rule, at);
        self.report = report;
        verdict
    }

    /// Checks a value inside another.
    #[inline]
    fn inside(&mut self, rule: RuleId, at: At, step: Step) -> Verdict {
        if self.is_quick() {
            return self.rule(rule, at);
        }
        self.path.push(step);
        let verdict = self.rule(rule, at);
        self.path.pop();
        verdict
    }

    fn rule(&mut self, id: RuleId, at: At) -> Verdict {
        self.charge(1)?;
        self.depth_left = self.depth_left.checked_sub(1).ok_or(Exhausted)?;
        let rules = self.rules;
        let verdict = self.keywords(&rules.all[id as usize], at);
        self.depth_left += 1;
        verdict
    }

    fn keywords(&mut self, rule: &Rule, at: At) -> Verdict {
        if rule.never {
            return Ok(self.fail("false"));
        }
        let kind = self.tree.node(at).kind;
        let mut valid = true;
        if let Some(types) = rule.types
            && !types.overlaps(type_of(kind))
        {
            valid = self.fail("type");
        }
        if !valid && self.is_quick() {
            return Ok(false);
        }
        valid &= self.values(rule, at)?;
        if !valid && self.is_quick() {
            return Ok(false);
        }
        valid &= match kind {
            Kind::Integer | Kind::Number => match &rule.number {
                Some(number) => self.number(number, at)?,
                None => true,
            },
            Kind::String | Kind::Escaped => match &rule.string {
                Some(string) => self.string(string, at)?,
                None => true,
            },
            Kind::Array => match &rule.array {
                Some(array) => self.array(array, at)?,
                None => true,
            },
            Kind::Object => match &rule.object {
                Some(object) => self.object(object, at)?,
                None => true,
            },
            Kind::Null | Kind::Boolean => true,
        };
        match &rule.logic {
            Some(logic) if valid || !self.is_quick() => Ok(self.logic(logic, at)? && valid),
            _ => Ok(valid),
        }
    }

    /// `enum` and `const`.
    fn values(&mut self, rule: &Rule, at: At) -> Verdict {
        let mut valid = true;
        let schema = self.rules.tree();
        if let Some(values) = rule.enumeration {
            let mut found = false;
            for value in schema.items(values) {
                found = self.equals(value, at)?;
                if found {
                    break;
                }
            }
            if !found {
                valid = self.fail("enum");
            }
        }
        if let Some(value) = rule.constant
            && !self.equals(value, at)?
        {
            valid = self.fail("const");
        }
        Ok(valid)
    }

    /// Whether the value is that value of the schema.
    fn equals(&mut self, value: At, at: At) -> Verdict {
        let (schema, tree) = (self.rules.tree(), self.tree);
        equality::equal((&schema, value), (&tree, at), &mut |work| self.charge(work))
    }

    fn logic(&mut self, logic: &Logic, at: At) -> Verdict {
        let mut valid = true;
        for rule in &logic.all {
            valid &= self.rule(*rule, at)?;
            if !valid && self.is_quick() {
                return Ok(false);
            }
        }
        if let Some(rules) = &logic.any {
            valid &= self.any(rules, at)?;
        }
        if let Some(rules) = &logic.one {
            valid &= self.one(rules, at)?;
        }
        if let Some(rule) = logic.not
            && self.quietly(rule, at)?
        {
            valid = self.fail("not");
        }
        if let Some((test, then, otherwise)) = logic.condition {
            let branch = if self.quietly(test, at)? {
                then
            } else {
                otherwise
            };
            if let Some(rule) = branch {
                valid &= self.rule(rule, at)?;
            }
        }
        Ok(valid)
    }

    fn any(&mut self, rules: &[RuleId], at: At) -> Verdict {
        for rule in rules {
            if self.quietly(*rule, at)? {
                return Ok(true);
            }
        }
        self.fail("anyOf");
        self.branches(rules, at)
    }

    fn one(&mut self, rules: &[RuleId], at: At) -> Verdict {
        let mut fitting = 0;
        for rule in rules {
            fitting += usize::from(self.quietly(*rule, at)?);
            if fitting > 1 {
                break;
            }
        }
        match fitting {
            1 => Ok(true),
            0 => {
                self.fail("oneOf");
                self.branches(rules, at)
            }
            _ => Ok(self.fail("oneOf")),
        }
    }

    /// Notes why none of the branches takes the value.
    fn branches(&mut self, rules: &[RuleId], at: At) -> Verdict {
        if !self.is_quick() {
            for rule in rules {
                self.rule(*rule, at)?;
            }
        }
        Ok(false)
    }
}

const fn type_of(kind: Kind) -> Types {
    match kind {
        Kind::Null => Types::NULL,
        Kind::Boolean => Types::BOOLEAN,
        Kind::Integer => Types::INTEGER,
        Kind::Number => Types::FRACTION,
        Kind::String | Kind::Escaped => Types::STRING,
        Kind::Array => Types::ARRAY,
        Kind::Object => Types::OBJECT,
    }
}

/// The JSON Pointer of a path; with `*` for keys that are data unless `all` are asked for.
fn pointer(tree: &Tree<'_>, path: &[Step], all: bool) -> String {
    let mut pointer = String::new();
    for step in path {
        pointer.push('/');
        match *step {
            Step::Item(number) => pointer.push_str(&number.to_string()),
            Step::Unnamed(_) if !all => pointer.push('*'),
            Step::Named(key) | Step::Unnamed(key) => {
                pointer.push_str(&string_text(tree, key).replace('~', "~0").replace('/', "~1"));
            }
        }
    }
    pointer
}
