//! The rules on `const`, `enum`, `not`, `if`, `then` and `else`.

use crate::json_schema::model::Member;

use super::{Broken, Comparison, Id, Need, Rule, Shape, Shown, Step};

impl<'d> Comparison<'d> {
    pub(super) fn constants(&mut self, reader: &'d Member, writer: &'d Member) {
        if reader.normal != writer.normal {
            let own = Shown::Value("const", self.reader.value(reader.at));
            let other = Shown::Value("const", self.writer.value(writer.at));
            self.broken(Rule::ConstChanged, own, other);
        }
    }

    /// Each of the writer's values must be one of the reader's; both are sorted.
    pub(super) fn enums(&mut self, reader: &'d [Member], writer: &'d [Member]) {
        let mut left = reader.iter().peekable();
        for value in writer {
            while left.next_if(|own| own.normal < value.normal).is_some() {}
            if left.next_if(|own| own.normal == value.normal).is_none() {
                let value = Shown::Value("enum", self.writer.value(value.at));
                self.broken(Rule::EnumMemberRemoved, Shown::Nothing, value);
            }
        }
    }

    /// What is forbidden must be the same or less, so it is the writer's that must read the reader's.
    pub(super) fn not(&mut self, reader: Id, writer: Id) {
        let own = Shown::Schema(self.readers(reader));
        let other = Shown::Schema(self.writers(writer));
        let broken = self.difference(Rule::NotWidened, own, other);
        let turned = self.turned(reader, writer);
        self.needs.push(Need::Holds(turned, broken));
    }

    pub(super) fn conditions(&mut self, reader: &'d Shape, writer: &'d Shape) {
        let (
            Shape::If {
                test,
                then,
                otherwise,
            },
            Shape::If {
                test: other_test,
                then: other_then,
                otherwise: other_otherwise,
            },
        ) = (reader, writer)
        else {
            return;
        };
        for pair in [
            self.pair_of(*test, *other_test),
            self.turned(*test, *other_test),
        ] {
            let own = Shown::Schema(self.readers(*test));
            let other = Shown::Schema(self.writers(*other_test));
            let broken = self.difference(Rule::IfChanged, own, other);
            self.needs.push(Need::Holds(pair, broken));
        }
        self.optional(*then, *other_then, (Rule::ThenAdded, "then"));
        self.optional(*otherwise, *other_otherwise, (Rule::ElseAdded, "else"));
    }

    pub(super) fn difference(
        &self,
        rule: Rule,
        reader: Shown<'d>,
        writer: Shown<'d>,
    ) -> Broken<'d> {
        Broken {
            rule,
            path: self.here(Step::None),
            reader,
            writer,
        }
    }
}
