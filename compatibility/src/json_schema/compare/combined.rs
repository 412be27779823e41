//! The rules on `allOf`, `anyOf` and `oneOf`, and on what stands for them.

use super::{Combined, Comparison, Criterion, Id, Match, Need, Place, Rule, Shape, Shown};

impl Comparison<'_> {
    pub(super) fn combined(&mut self, reader: &Combined, writer: &Combined) {
        let words = |combined: &Combined| Shown::Words(combined.criterion.as_str());
        match (reader.criterion, writer.criterion) {
            (to, from) if to == from => {}
            (Criterion::Any, _) => {}
            (_, Criterion::Any) => {
                return self.broken(Rule::CriterionNarrowed, words(reader), words(writer));
            }
            _ => return self.broken(Rule::CriterionChanged, words(reader), words(writer)),
        }
        let sizes = reader.parts.len().cmp(&writer.parts.len());
        match reader.criterion {
            Criterion::All if sizes.is_gt() => self.schemas(Rule::AllOfAdded),
            Criterion::All if sizes.is_lt() => {}
            Criterion::All => self.matched(Rule::AllOfUnmatched, &reader.parts, &writer.parts),
            _ if sizes.is_lt() => self.schemas(Rule::BranchRemoved),
            _ => self.matched(Rule::BranchUnmatched, &reader.parts, &writer.parts),
        }
    }

    fn matched(&mut self, rule: Rule, readers: &[Id], writers: &[Id]) {
        let writers = writers.iter().map(|id| self.writers(*id)).collect();
        self.match_with(rule, readers, writers);
    }

    fn match_with(&mut self, rule: Rule, readers: &[Id], writers: Vec<Place>) {
        self.needs.push(Need::Match(Match {
            rule,
            whole: self.pair,
            readers: readers.iter().map(|id| self.readers(*id)).collect(),
            writers,
        }));
    }

    /// The writer's type that an `enum` limits, if it may become the reader's schema as if there were no `enum`: as
    /// long as the reader has no `allOf` as well.
    pub(super) fn limited_type(&self, reader: &Shape, writer: &Shape) -> Option<Id> {
        let Shape::Combined(writer) = writer else {
            return None;
        };
        let [one, other] = writer.parts.as_slice() else {
            return None;
        };
        let limited = match (self.writer.shape(*one), self.writer.shape(*other)) {
            _ if writer.criterion != Criterion::All => return None,
            (_, Shape::Enum(_)) => *one,
            (Shape::Enum(_), _) => *other,
            _ => return None,
        };
        let may_become = match (reader, self.writer.shape(limited)) {
            (Shape::Plain(_), Shape::Plain(_)) => true,
            (Shape::Combined(to), Shape::Combined(list)) => {
                list.types && to.criterion != Criterion::All
            }
            _ => false,
        };
        may_become.then_some(limited)
    }

    /// Whether a schema may become a branch of this.
    pub(super) fn takes_branch(&self, combined: &Combined) -> bool {
        self.context.rules.are_confluent() && combined.criterion != Criterion::All
    }

    /// The writer's schema must be read by one of the branches.
    pub(super) fn one_of(&mut self, branches: &[Id]) {
        self.match_with(Rule::BranchUnmatched, branches, vec![self.pair.writer]);
    }
}
