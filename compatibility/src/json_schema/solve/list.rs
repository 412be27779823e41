//! What is said of two schemas that do not fit: every difference, from the outside in.

use std::collections::HashSet;

use crate::json_schema::Rule;
use crate::json_schema::compare::{Broken, Match, Need, Pair, Path, Shown, Step};
use crate::{Difference, MAX_DIFFERENCES};

use super::{Exhausted, Solver};

impl<'d> Solver<'d> {
    /// Lists what broke the pair, from the outside in.
    pub(super) fn list(
        &mut self,
        root: Pair,
        found: &mut Vec<Difference>,
    ) -> Result<(), Exhausted> {
        let mut listed = HashSet::from([root]);
        let mut waiting = vec![root];
        while let Some(pair) = waiting.pop()
            && found.len() < MAX_DIFFERENCES
        {
            let mut inner = Vec::new();
            for need in self.needs(pair)? {
                match need {
                    Need::Broken(broken) => self.say(&broken, found),
                    Need::Pair(pair) => inner.push(pair),
                    Need::Holds(pair, broken) => {
                        if !self.solve(pair)? {
                            self.say(&broken, found);
                        }
                    }
                    Need::Match(of) => self.unmatched(&of, &mut inner, found)?,
                }
            }
            for pair in inner.into_iter().rev() {
                if !self.solve(pair)? && listed.insert(pair) {
                    waiting.push(pair);
                }
            }
        }
        Ok(())
    }

    /// What is said when the work or the room was used up.
    pub(super) fn too_complex(&self, root: Pair) -> Difference {
        let place = root.reader;
        let step = Step::None;
        self.context.difference(&Broken {
            rule: Rule::TooComplex,
            path: Path { place, step },
            reader: Shown::Nothing,
            writer: Shown::Nothing,
        })
    }

    /// The writer's schemas that have no partner: each with a schema of its own sort that is free is compared with that
    /// one.
    fn unmatched(
        &mut self,
        of: &Match,
        inner: &mut Vec<Pair>,
        found: &mut Vec<Difference>,
    ) -> Result<(), Exhausted> {
        let partners = self.settled_partners(of)?;
        let taken: HashSet<usize> = partners.iter().flatten().copied().collect();
        let readers = of.readers.iter().enumerate();
        let mut free: Vec<_> = readers
            .filter(|(index, _)| !taken.contains(index))
            .map(|(_, place)| *place)
            .collect();
        let alone = of.writers.iter().zip(partners);
        for (writer, _) in alone.filter(|(_, partner)| partner.is_none()) {
            self.charge(free.len())?;
            let sort = |place| self.context.node(place).shape.sort();
            let alike = free.iter().position(|place| sort(*place) == sort(*writer));
            if let Some(alike) = alike {
                let reader = free.remove(alike);
                let writer = *writer;
                inner.push(Pair { reader, writer });
                continue;
            }
            let place = of.whole.reader;
            let step = Step::None;
            let broken = Broken {
                rule: of.rule,
                path: Path { place, step },
                reader: Shown::Schema(place),
                writer: Shown::Schema(*writer),
            };
            self.say(&broken, found);
        }
        Ok(())
    }

    /// The partners once nothing can change them any more.
    fn settled_partners(&mut self, of: &Match) -> Result<Vec<Option<usize>>, Exhausted> {
        loop {
            let found = self.partners(of)?;
            let broken = self.broken;
            self.settle()?;
            if self.broken == broken {
                return Ok(found);
            }
        }
    }

    fn say(&self, broken: &Broken<'d>, found: &mut Vec<Difference>) {
        if found.len() < MAX_DIFFERENCES {
            let difference = self.context.difference(broken);
            if !found.contains(&difference) {
                found.push(difference);
            }
        }
    }
}
