//! From a schema's tree to its parts.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use common::json_schema::{SchemaTree, SchemaValue};

use super::keywords::Keywords;
use super::{
    Additional, Combined, Criterion, Id, Inside, Items, Kind, Member, Node, Plain, Properties,
    Shape,
};

/// The nodes of all schemas that the whole leads to, and the whole.
pub(super) fn build(tree: &SchemaTree) -> (Vec<Node>, Id) {
    let mut builder = Builder {
        tree,
        nodes: Vec::new(),
        ids: HashMap::new(),
        targets: HashMap::new(),
        waiting: Vec::new(),
    };
    let root = builder.id(tree.root());
    // No recursion: references may lead from schema to schema thousands of times.
    while let Some(id) = builder.waiting.pop() {
        let value = tree.at(builder.nodes[id as usize].at);
        let shape = builder.shape(value);
        builder.nodes[id as usize].shape = shape;
    }
    (builder.nodes, root)
}

struct Builder<'t> {
    tree: &'t SchemaTree,
    nodes: Vec<Node>,
    /// The nodes of the schemas by their places.
    ids: HashMap<u32, Id>,
    /// Where references lead in the end; nowhere, if in a circle.
    targets: HashMap<u32, Option<u32>>,
    /// Nodes whose shapes are still to be found.
    waiting: Vec<Id>,
}

impl<'t> Builder<'t> {
    /// The node of a schema behind its references.
    fn id(&mut self, schema: SchemaValue<'t>) -> Id {
        let target = self.target(schema);
        let at = target.unwrap_or(schema.index());
        if let Some(id) = self.ids.get(&at) {
            return *id;
        }
        let id = self.push(at, Shape::Any);
        self.ids.insert(at, id);
        if target.is_some() {
            self.waiting.push(id);
        }
        id
    }

    fn push(&mut self, at: u32, shape: Shape) -> Id {
        let id = Id::try_from(self.nodes.len()).unwrap_or(Id::MAX);
        self.nodes.push(Node { at, shape });
        id
    }

    /// Follows references; each is looked up only once, however many lead to it.
    fn target(&mut self, schema: SchemaValue<'t>) -> Option<u32> {
        let mut passed = HashSet::new();
        let mut here = schema;
        let target = loop {
            if let Some(target) = self.targets.get(&here.index()) {
                break *target;
            }
            let Some(next) = here.reference() else {
                break Some(here.index());
            };
            if !passed.insert(here.index()) {
                break None;
            }
            here = next;
        };
        self.targets
            .extend(passed.into_iter().map(|at| (at, target)));
        target
    }

    fn shape(&mut self, schema: SchemaValue<'t>) -> Shape {
        match schema.boolean() {
            Some(true) => return Shape::Any,
            Some(false) => return Shape::Never,
            None => {}
        }
        let keywords = Keywords::of(schema, self.tree.draft());
        let at = schema.index();
        let mut parts = self.types(at, &keywords);
        if let Some(list) = keywords.value("enum") {
            parts.push(Shape::Enum(members(list)));
        }
        parts.extend(keywords.value("const").map(member).map(Shape::Const));
        parts.extend(keywords.value("not").map(|not| Shape::Not(self.id(not))));
        if let Some(test) = keywords.value("if") {
            parts.push(Shape::If {
                test: self.id(test),
                then: keywords.value("then").map(|then| self.id(then)),
                otherwise: keywords.value("else").map(|otherwise| self.id(otherwise)),
            });
        }
        for criterion in [Criterion::All, Criterion::Any, Criterion::One] {
            if let Some(list) = keywords.value(criterion.as_str()) {
                let ids = list.items().map(|part| self.id(part)).collect();
                parts.push(combined(criterion, ids));
            }
        }
        match parts.pop() {
            None => Shape::Any,
            Some(only) if parts.is_empty() => only,
            Some(last) => {
                parts.push(last);
                let ids = parts.into_iter().map(|part| self.push(at, part));
                combined(Criterion::All, ids.collect())
            }
        }
    }

    /// The parts that are of one type each, or the part that is a list of types.
    fn types(&mut self, at: u32, keywords: &Keywords<'t>) -> Vec<Shape> {
        let Some(named) = keywords.value("type") else {
            let kinds = keywords.kinds().collect::<Vec<_>>().into_iter();
            return kinds
                .map(|kind| self.plain(kind, false, keywords))
                .collect();
        };
        if !named.is_array() {
            let kind = kind(named);
            return kind
                .map(|kind| self.plain(kind, true, keywords))
                .into_iter()
                .collect();
        }
        let mut kinds: Vec<Kind> = Vec::new();
        for kind in named.items().filter_map(kind) {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        let parts = kinds.into_iter().map(|kind| {
            let part = self.plain(kind, true, keywords);
            self.push(at, part)
        });
        vec![Shape::Combined(Combined {
            criterion: Criterion::Any,
            parts: parts.collect(),
            types: true,
        })]
    }

    fn plain(&mut self, kind: Kind, typed: bool, keywords: &Keywords<'t>) -> Shape {
        let inside = match kind {
            Kind::Array => Inside::Items(self.items(keywords)),
            Kind::Object => Inside::Properties(Box::new(self.properties(keywords))),
            _ => Inside::Nothing,
        };
        Shape::Plain(Plain {
            kind,
            typed,
            values: keywords.places(kind),
            inside,
        })
    }

    fn items(&mut self, keywords: &Keywords<'t>) -> Items {
        let mut items = Items {
            contains: keywords.value("contains").map(|schema| self.id(schema)),
            ..Items::default()
        };
        match keywords.value("items") {
            Some(tuple) if tuple.is_array() => {
                items.tuple = tuple.items().map(|item| self.id(item)).collect();
                items.additional = self.additional(keywords.value("additionalItems"));
            }
            all => items.all = all.map(|all| self.id(all)),
        }
        items
    }

    fn properties(&mut self, keywords: &Keywords<'t>) -> Properties {
        let mut properties = Properties {
            patterns: self.schemas(keywords.value("patternProperties")),
            additional: self.additional(keywords.value("additionalProperties")),
            names: keywords.value("propertyNames").map(|names| self.id(names)),
            required: keywords.value("required").map(texts).unwrap_or_default(),
            ..Properties::default()
        };
        let named = keywords.value("properties");
        for (name, schema) in named.iter().flat_map(SchemaValue::members) {
            if schema.member("default").is_some() {
                properties.defaults.insert(name.clone().into_owned());
            }
            let id = self.id(schema);
            properties.named.insert(name.into_owned(), id);
        }
        let dependencies = keywords.value("dependencies");
        for (name, value) in dependencies.iter().flat_map(SchemaValue::members) {
            let name = name.into_owned();
            if value.is_array() {
                properties.needs.insert(name, texts(value));
            } else {
                properties.dependent.insert(name, self.id(value));
            }
        }
        properties
    }

    fn schemas(&mut self, object: Option<SchemaValue<'t>>) -> BTreeMap<String, Id> {
        let members = object.iter().flat_map(SchemaValue::members);
        members
            .map(|(name, schema)| (name.into_owned(), self.id(schema)))
            .collect()
    }

    fn additional(&mut self, value: Option<SchemaValue<'t>>) -> Additional {
        match value {
            None => Additional::Open,
            Some(schema) => match schema.boolean() {
                Some(true) => Additional::Open,
                Some(false) => Additional::Closed,
                None => Additional::Schema(self.id(schema)),
            },
        }
    }
}

fn combined(criterion: Criterion, parts: Vec<Id>) -> Shape {
    Shape::Combined(Combined {
        criterion,
        parts,
        types: false,
    })
}

fn kind(name: SchemaValue<'_>) -> Option<Kind> {
    Some(match name.string()?.as_ref() {
        "null" => Kind::Null,
        "boolean" => Kind::Boolean,
        "integer" => Kind::Integer,
        "number" => Kind::Number,
        "string" => Kind::String,
        "array" => Kind::Array,
        "object" => Kind::Object,
        _ => return None,
    })
}

fn member(value: SchemaValue<'_>) -> Member {
    Member {
        at: value.index(),
        normal: value.normal(),
    }
}

/// The values of an `enum`, sorted and each once.
fn members(list: SchemaValue<'_>) -> Vec<Member> {
    let mut members: Vec<Member> = list.items().map(member).collect();
    members.sort_unstable_by(|left, right| left.normal.cmp(&right.normal));
    members.dedup_by(|left, right| left.normal == right.normal);
    members
}

fn texts(list: SchemaValue<'_>) -> BTreeSet<String> {
    let texts = list.items().filter_map(|text| text.string());
    texts.map(std::borrow::Cow::into_owned).collect()
}
