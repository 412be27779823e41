//! The rules on arrays: items, tuples and `contains`.

use crate::json_schema::model::Items;

use super::object::Extra;
use super::{Comparison, Rule, Shown, Step};

const ITEMS: Extra = Extra {
    open_words: "additionalItems true",
    closed_words: "additionalItems false",
    added_to_open: Rule::TupleItemAddedToOpen,
    added_not_covered: Rule::TupleItemAddedNotCovered,
    removed_from_closed: Rule::TupleItemRemovedFromClosed,
    removed_not_covered: Rule::TupleItemRemovedNotCovered,
    closed: Rule::AdditionalItemsClosed,
    narrowed: Rule::AdditionalItemsNarrowed,
};

impl<'d> Comparison<'d> {
    pub(super) fn items(&mut self, reader: &'d Items, writer: &'d Items) {
        self.optional(reader.all, writer.all, (Rule::ItemsAdded, "items"));
        let additional = (reader.additional, writer.additional);
        let (own, other) = (&reader.tuple, &writer.tuple);
        for (own, other) in own.iter().zip(other) {
            self.inside(*own, *other);
        }
        for (index, schema) in own.iter().enumerate().skip(other.len()) {
            let path = self.here(Step::Index("items", index));
            self.added(&ITEMS, path, *schema, additional);
        }
        for (index, schema) in other.iter().enumerate().skip(own.len()) {
            let path = self.there(Step::Index("items", index));
            self.removed(&ITEMS, path, *schema, additional);
        }
        self.additional(&ITEMS, additional);
        match (reader.contains, writer.contains) {
            (Some(own), Some(other)) => self.inside(own, other),
            (Some(own), None) => {
                let own = Shown::Schema(self.readers(own));
                self.broken(Rule::ContainsAdded, own, Shown::Nothing);
            }
            (None, _) => {}
        }
    }
}
