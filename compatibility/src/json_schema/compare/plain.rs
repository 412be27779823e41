//! The rules on types, and on the keywords whose values are numbers, texts and booleans.

use super::{Comparison, Inside, Kind, Plain, Rule, SchemaValue, Shown};

use std::cmp::Ordering;

/// Keywords by which values get fewer as the number grows: the rules for a new one and for a higher one.
const LEAST: [(&str, Rule, Rule); 5] = [
    ("minLength", Rule::MinLengthAdded, Rule::MinLengthIncreased),
    ("minItems", Rule::MinItemsAdded, Rule::MinItemsIncreased),
    (
        "minProperties",
        Rule::MinPropertiesAdded,
        Rule::MinPropertiesIncreased,
    ),
    ("minimum", Rule::MinimumAdded, Rule::MinimumIncreased),
    (
        "exclusiveMinimum",
        Rule::ExclusiveMinimumAdded,
        Rule::ExclusiveMinimumIncreased,
    ),
];

/// Keywords by which values get fewer as the number shrinks: the rules for a new one and for a lower one.
const MOST: [(&str, Rule, Rule); 5] = [
    ("maxLength", Rule::MaxLengthAdded, Rule::MaxLengthDecreased),
    ("maxItems", Rule::MaxItemsAdded, Rule::MaxItemsDecreased),
    (
        "maxProperties",
        Rule::MaxPropertiesAdded,
        Rule::MaxPropertiesDecreased,
    ),
    ("maximum", Rule::MaximumAdded, Rule::MaximumDecreased),
    (
        "exclusiveMaximum",
        Rule::ExclusiveMaximumAdded,
        Rule::ExclusiveMaximumDecreased,
    ),
];

/// Keywords whose texts cannot be compared: the rules for a new one and for another one.
const TEXTS: [(&str, Rule, Rule); 4] = [
    ("pattern", Rule::PatternAdded, Rule::PatternChanged),
    ("format", Rule::FormatAdded, Rule::FormatChanged),
    (
        "contentEncoding",
        Rule::ContentEncodingAdded,
        Rule::ContentEncodingChanged,
    ),
    (
        "contentMediaType",
        Rule::ContentMediaTypeAdded,
        Rule::ContentMediaTypeChanged,
    ),
];

/// Keywords that ask for more when they are `true`.
const FLAGS: [(&str, Rule); 3] = [
    ("exclusiveMinimum", Rule::MinimumMadeExclusive),
    ("exclusiveMaximum", Rule::MaximumMadeExclusive),
    ("uniqueItems", Rule::UniqueItemsAdded),
];

impl<'d> Comparison<'d> {
    /// Two schemas of one type each.
    pub(super) fn plain(&mut self, reader: &'d Plain, writer: &'d Plain) {
        match (reader.kind, writer.kind) {
            (to, from) if to == from => {}
            (Kind::Number, Kind::Integer) => {}
            (Kind::Integer, Kind::Number) => self.schemas(Rule::IntegerRequired),
            _ => return self.schemas(Rule::TypeChanged),
        }
        if reader.typed && !writer.typed {
            self.schemas(Rule::TypeAdded);
        }
        for (keyword, added, increased) in LEAST {
            self.limit(
                keyword,
                (reader, writer),
                added,
                (Ordering::Greater, increased),
            );
        }
        for (keyword, added, decreased) in MOST {
            self.limit(
                keyword,
                (reader, writer),
                added,
                (Ordering::Less, decreased),
            );
        }
        for (keyword, added, changed) in TEXTS {
            self.text(keyword, (reader, writer), added, changed);
        }
        for (keyword, rule) in FLAGS {
            self.flag(keyword, (reader, writer), rule);
        }
        self.multiple_of(reader, writer);
        match (&reader.inside, &writer.inside) {
            (Inside::Items(to), Inside::Items(from)) => self.items(to, from),
            (Inside::Properties(to), Inside::Properties(from)) => self.properties(to, from),
            _ => {}
        }
    }

    /// A keyword of both schemas, where the reader has it.
    fn values(
        &self,
        keyword: &'static str,
        (reader, writer): (&'d Plain, &'d Plain),
    ) -> Option<(SchemaValue<'d>, Option<SchemaValue<'d>>)> {
        let value = self.reader.value(reader.value(keyword)?);
        let other = writer.value(keyword).map(|at| self.writer.value(at));
        Some((value, other))
    }

    fn limit(
        &mut self,
        keyword: &'static str,
        both: (&'d Plain, &'d Plain),
        added: Rule,
        (worse, changed): (Ordering, Rule),
    ) {
        let Some((value, other)) = self.values(keyword, both) else {
            return;
        };
        if !value.is_number() {
            return;
        }
        match other.filter(SchemaValue::is_number) {
            None => self.keyword(added, keyword, value, None),
            Some(other) if value.compare(&other) == Some(worse) => {
                self.keyword(changed, keyword, value, Some(other));
            }
            Some(_) => {}
        }
    }

    fn text(
        &mut self,
        keyword: &'static str,
        both: (&'d Plain, &'d Plain),
        added: Rule,
        changed: Rule,
    ) {
        match self.values(keyword, both) {
            Some((value, None)) => self.keyword(added, keyword, value, None),
            Some((value, Some(other))) if value.text() != other.text() => {
                self.keyword(changed, keyword, value, Some(other));
            }
            _ => {}
        }
    }

    fn flag(&mut self, keyword: &'static str, both: (&'d Plain, &'d Plain), rule: Rule) {
        if let Some((value, other)) = self.values(keyword, both)
            && value.boolean() == Some(true)
            && other.and_then(|other| other.boolean()) != Some(true)
        {
            self.keyword(rule, keyword, value, other);
        }
    }

    fn multiple_of(&mut self, reader: &'d Plain, writer: &'d Plain) {
        let keyword = "multipleOf";
        match self.values(keyword, (reader, writer)) {
            Some((value, None)) => self.keyword(Rule::MultipleOfAdded, keyword, value, None),
            Some((value, Some(other))) if !value.divides(&other) => {
                self.keyword(Rule::MultipleOfChanged, keyword, value, Some(other));
            }
            _ => {}
        }
    }

    fn keyword(
        &mut self,
        rule: Rule,
        keyword: &'static str,
        value: SchemaValue<'d>,
        other: Option<SchemaValue<'d>>,
    ) {
        let other = other.map_or(Shown::Nothing, |other| Shown::Value(keyword, other));
        self.broken(rule, Shown::Value(keyword, value), other);
    }
}
