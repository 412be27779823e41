//! Records: fields by name, defaults, and the order in which they are written.

use super::{NODE_BYTES, Pair, Resolver, Tried, label, push};
use crate::avro::JsonForm;
use crate::avro::json_out;
use crate::avro::plan::{
    Adjust, Adjusted, DefaultText, FieldDefault, Move, Node, NodeId, Rest, Skip,
};
use crate::avro::resolve::ResolutionFault;
use crate::avro::schema::{Field, RecordType, TypeKind};
use crate::bytes::Piece;

/// What became of a pair of records.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome {
    pub(super) node: NodeId,
    /// A field's value is refused whatever it is.
    pub(super) misfits: bool,
}

/// A field of the writer's: the reader's field with its node, or what is passed over.
struct Source {
    reader: Option<(usize, NodeId)>,
    name: Box<str>,
    skip: u32,
}

impl<'s> Resolver<'s> {
    /// The node of a pair of records, which need not be filled yet.
    pub(super) fn record(&mut self, pair: Pair) -> Tried<Outcome> {
        if let Some(outcome) = self.records.get(&pair) {
            return Ok(*outcome);
        }
        let node = if self.equal(pair.0, pair.1)? {
            NodeId(pair.1.0)
        } else {
            let index = push(&mut self.plan.resolved.records, Adjusted::default());
            self.add(Node::Adjust(Adjust::Record(index)))?
        };
        let outcome = Outcome {
            node,
            misfits: false,
        };
        self.records.insert(pair, outcome);
        if node == NodeId(pair.1.0) {
            return Ok(outcome);
        }
        if self.nesting > super::NESTING {
            self.waiting.push(pair);
            return Ok(outcome);
        }
        self.nesting += 1;
        self.fill(pair)?;
        self.nesting -= 1;
        Ok(self.records.get(&pair).copied().unwrap_or(outcome))
    }

    /// Fills in how a record is read.
    pub(super) fn fill(&mut self, pair: Pair) -> Tried<()> {
        let (TypeKind::Record(from), TypeKind::Record(to)) =
            (&self.writer.get(pair.0).kind, &self.reader.get(pair.1).kind)
        else {
            unreachable!("only pairs of records have a place among the records")
        };
        let node = self.records.get(&pair).map(|outcome| outcome.node);
        let Some((node, Node::Adjust(Adjust::Record(index)))) =
            node.map(|node| (node, self.plan.node(node)))
        else {
            unreachable!("a pair's node is made before it is filled")
        };
        let sources = self.sources(pair, from, to)?;
        let mut taken = vec![false; to.fields.len()];
        for (at, _) in sources.iter().filter_map(|source| source.reader) {
            taken[at] = true;
        }
        let Node::Record(reader) = self.plan.node(NodeId(pair.1.0)) else {
            unreachable!("the nodes of the reader's plan have the indexes of its types")
        };
        for at in (0..taken.len()).filter(|at| !taken[*at]) {
            if self.plan.record(reader).fields[at].default == FieldDefault::None {
                let fault = ResolutionFault::Missing {
                    writer: label(self.writer, pair.0),
                    reader: label(self.reader, pair.1),
                    field: to.fields[at].name.as_str().into(),
                };
                self.spend(to.fields[at].name.len())?;
                let fault = self.fault(fault)?;
                self.plan.nodes[node.0 as usize] = Node::Adjust(Adjust::Refuse(fault));
                return Ok(());
            }
        }
        let adjusted = self.arrange(reader, &sources)?;
        self.plan.resolved.records[index as usize] = adjusted;
        Ok(())
    }

    fn sources(
        &mut self,
        pair: Pair,
        from: &'s RecordType,
        to: &'s RecordType,
    ) -> Tried<Vec<Source>> {
        let Node::Record(reader) = self.plan.node(NodeId(pair.1.0)) else {
            unreachable!("the nodes of the reader's plan have the indexes of its types")
        };
        let mut sources = Vec::with_capacity(from.fields.len());
        for field in &from.fields {
            self.spend(2 * NODE_BYTES + 2 * field.name.len())?;
            let name = self.name(pair, from, field);
            let mut source = Source {
                reader: None,
                name: field.name.as_str().into(),
                skip: field.type_id.0,
            };
            let known = &self.plan.record(reader).by_name;
            if let Some(at) = name.and_then(|name| known.get(name)).copied() {
                self.path.push(&to.fields[at].name);
                let node = self.pair(field.type_id, to.fields[at].type_id)?;
                self.path.pop();
                if self.refuses(node)
                    && let Some(outcome) = self.records.get_mut(&pair)
                {
                    outcome.misfits = true;
                }
                source.reader = Some((at, node));
            }
            sources.push(source);
        }
        Ok(sources)
    }

    /// The name that a field of the writer's has among the reader's, if it can be one of them.
    fn name<'n>(&'n self, pair: Pair, from: &RecordType, field: &'n Field) -> Option<&'n str> {
        let own = field.name.as_str();
        let name = self.aliases.field_name(&from.name, own);
        let Some(renamed) = self.shown.renamed.get(&pair.1) else {
            return Some(name);
        };
        match renamed.get(name) {
            Some(new) => Some(new),
            // By an alias it has the new name already.
            None if name != own => Some(name),
            // What has taken the name of another field is not that field.
            None => Some(name).filter(|name| renamed.values().all(|new| **new != **name)),
        }
    }

    /// Puts the fields in order: written at once as long as no later value belongs before, held from there on.
    fn arrange(&mut self, reader: u32, sources: &[Source]) -> Tried<Adjusted> {
        let count = self.plan.record(reader).fields.len();
        // The lowest field of the reader's that is read from here on.
        let mut lowest = vec![count; sources.len() + 1];
        let mut slots = vec![None; count];
        for (at, source) in sources.iter().enumerate().rev() {
            let field = source.reader.map_or(count, |(field, _)| field);
            lowest[at] = lowest[at + 1].min(field);
        }
        let mut adjusted = Adjusted {
            reader,
            is_empty: count == 0,
            ..Adjusted::default()
        };
        // Fields whose turn is over, and values held.
        let (mut done, mut held) = (0, 0);
        for (at, source) in sources.iter().enumerate() {
            let Some((field, node)) = source.reader else {
                if self.plan.resolved.skips[source.skip as usize] == Skip::Nothing {
                    continue;
                }
                adjusted.moves.push(Move::Skip {
                    skip: source.skip,
                    name: source.name.clone(),
                });
                continue;
            };
            if held > 0 || lowest[at] < field {
                slots[field] = Some(held);
                held += 1;
                adjusted.moves.push(Move::Hold { field, node });
                continue;
            }
            for missing in done..field {
                let default = self.default(reader, missing)?;
                adjusted.moves.push(Move::Default(default));
            }
            done = field + 1;
            let opening = self.opening(reader, field);
            adjusted.moves.push(Move::Read {
                field,
                node,
                opening,
            });
        }
        for (field, slot) in slots.into_iter().enumerate().skip(done) {
            match slot {
                Some(slot) => {
                    let opening = self.opening(reader, field);
                    adjusted.rest.push(Rest::Held { slot, opening });
                }
                None if held > 0 => adjusted
                    .rest
                    .push(Rest::Default(self.default(reader, field)?)),
                None => adjusted
                    .moves
                    .push(Move::Default(self.default(reader, field)?)),
            }
        }
        Ok(adjusted)
    }

    fn opening(&self, reader: u32, field: usize) -> Piece {
        self.plan.record(reader).fields[field].opening.clone()
    }

    /// The text of a field's default, made when it is first needed.
    fn default(&mut self, reader: u32, at: usize) -> Tried<u32> {
        if let Some(index) = self.defaults.get(&(reader, at)) {
            return Ok(*index);
        }
        let field = &self.plan.record(reader).fields[at];
        let text = |form| {
            let FieldDefault::Bytes(bytes) = &field.default else {
                return None;
            };
            let mut text = Vec::new();
            field.opening.append_to(&mut text);
            json_out::decode_default(&self.plan, (field.node, bytes), form, self.room, &mut text)
                .then_some(text)
        };
        let (Some(plain), Some(avro)) = (text(JsonForm::Plain), text(JsonForm::Avro)) else {
            let field = Box::from(&*field.name);
            return Err(self.error(ResolutionFault::Default { field }));
        };
        self.spend(plain.len() + avro.len())?;
        let index = push(
            &mut self.plan.resolved.defaults,
            DefaultText {
                of: (reader, at),
                plain: Piece::new(plain),
                avro: Piece::new(avro),
            },
        );
        self.defaults.insert((reader, at), index);
        Ok(index)
    }
}
