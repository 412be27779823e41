//! From a schema's text to its rules.

use std::collections::HashMap;

use super::Draft;
use super::document::{At, Kind, Node, Tree, string_text};
use super::pattern::{Pattern, PatternFault};
use super::references::{References, Target};
use super::refusal::{JsonSchemaError, JsonSchemaFault, SchemaPlace};
use super::schema::{Logic, Rule, RuleId, Rules, Types};

mod keywords;

/// Most bytes that all patterns of a schema may take.
const PATTERN_BYTES: usize = 16 * 1024 * 1024;

/// Most references that are followed when the schema is compiled.
const HOPS: usize = 64;

type Compiled<T> = Result<T, JsonSchemaError>;

/// Compiles the rules of the schema whose text and nodes are given.
pub(super) fn compile(text: Vec<u8>, nodes: Vec<Node>) -> Compiled<(Rules, Draft)> {
    let tree = Tree::new(&text, &nodes);
    let mut compiler = Compiler::new(tree)?;
    let root = compiler.rule_of(0)?;
    // Each subschema is compiled once, however many references lead to it.
    while let Some(at) = compiler.places.get(compiler.rules.len()).copied() {
        let rule = compiler.compile(at)?;
        compiler.rules.push(rule);
    }
    let (rules, places) = (compiler.rules, compiler.places);
    let (patterns, draft) = (compiler.patterns, compiler.draft);
    let rules = Rules {
        text,
        nodes,
        all: rules,
        places,
        root,
        patterns,
    };
    Ok((rules, draft))
}

struct Compiler<'t> {
    tree: Tree<'t>,
    draft: Draft,
    references: References,
    /// The subschemas by the number of their rules; those beyond `rules` are still to be compiled.
    places: Vec<At>,
    ids: HashMap<At, RuleId>,
    rules: Vec<Rule>,
    patterns: Vec<Pattern>,
    pattern_ids: HashMap<String, usize>,
    pattern_bytes: usize,
}

impl<'t> Compiler<'t> {
    fn new(tree: Tree<'t>) -> Compiled<Self> {
        let draft = draft_of(&tree)?;
        Ok(Self {
            tree,
            draft,
            references: References::find(&tree, draft.name_keyword()),
            places: Vec::new(),
            ids: HashMap::new(),
            rules: Vec::new(),
            patterns: Vec::new(),
            pattern_ids: HashMap::new(),
            pattern_bytes: 0,
        })
    }

    fn error(&self, at: At, fault: JsonSchemaFault) -> JsonSchemaError {
        error(&self.tree, at, fault)
    }

    fn expected<T>(&self, at: At, what: &'static str) -> Compiled<T> {
        Err(self.error(at, JsonSchemaFault::Expected(what)))
    }

    /// The rule of the subschema at `at`, behind all references.
    fn rule_of(&mut self, at: At) -> Compiled<RuleId> {
        let target = self.target(at)?;
        if let Some(id) = self.ids.get(&target) {
            return Ok(*id);
        }
        let id = RuleId::try_from(self.places.len()).unwrap_or(RuleId::MAX);
        self.places.push(target);
        self.ids.insert(target, id);
        Ok(id)
    }

    /// The subschema that the one at `at` refers to, or itself, or where [`HOPS`] references lead.
    fn target(&self, at: At) -> Compiled<At> {
        let mut target = at;
        for _ in 0..HOPS {
            let Some(reference) = self.tree.member(target, b"$ref") else {
                break;
            };
            let text = self.text(reference)?;
            let next = match self.references.resolve(&self.tree, target, &text) {
                Target::Found(next) => next,
                Target::Missing => {
                    return Err(self.error(reference, JsonSchemaFault::MissingReference(text)));
                }
                Target::Outside => {
                    return Err(self.error(reference, JsonSchemaFault::RemoteReference(text)));
                }
            };
            target = next;
        }
        Ok(target)
    }

    fn compile(&mut self, at: At) -> Compiled<Rule> {
        match self.tree.node(at).kind {
            Kind::Object => {}
            Kind::Boolean if self.draft > Draft::Four => {
                let never = self.tree.text(at) == b"false";
                return Ok(Rule {
                    never,
                    ..Rule::default()
                });
            }
            _ if self.draft > Draft::Four => return self.expected(at, "an object or a boolean"),
            _ => return self.expected(at, "an object"),
        }
        if self.tree.member(at, b"$ref").is_some() {
            // A long way, or a circle, which never comes to an end when a value is checked. What stands beside a
            // reference is ignored.
            let all = vec![self.rule_of(at)?];
            let logic = Some(Box::new(Logic {
                all,
                ..Logic::default()
            }));
            return Ok(Rule {
                logic,
                ..Rule::default()
            });
        }
        let mut rule = Rule {
            types: self.types(at)?,
            enumeration: self.optional(at, b"enum", Self::array)?,
            number: self.number_rule(at)?,
            string: self.string_rule(at)?,
            array: self.array_rule(at)?,
            object: self.object_rule(at)?,
            logic: self.logic(at)?,
            ..Rule::default()
        };
        if self.draft > Draft::Four {
            rule.constant = self.tree.member(at, b"const");
        }
        Ok(rule)
    }

    /// The value of a keyword, read by `read`, if the schema has the keyword.
    fn optional<T>(
        &mut self,
        at: At,
        keyword: &[u8],
        read: impl FnOnce(&mut Self, At) -> Compiled<T>,
    ) -> Compiled<Option<T>> {
        match self.tree.member(at, keyword) {
            Some(value) => read(self, value).map(Some),
            None => Ok(None),
        }
    }

    fn text(&self, at: At) -> Compiled<String> {
        match self.tree.node(at).kind {
            Kind::String | Kind::Escaped => Ok(string_text(&self.tree, at).into_owned()),
            _ => self.expected(at, "a text"),
        }
    }

    fn array(&mut self, at: At) -> Compiled<At> {
        match self.tree.node(at).kind {
            Kind::Array => Ok(at),
            _ => self.expected(at, "an array"),
        }
    }

    fn rule_list(&mut self, at: At) -> Compiled<Vec<RuleId>> {
        let list = self.array(at)?;
        let tree = self.tree;
        tree.items(list).map(|item| self.rule_of(item)).collect()
    }

    fn types(&mut self, at: At) -> Compiled<Option<Types>> {
        self.optional(at, b"type", |this, named| {
            match this.tree.node(named).kind {
                Kind::Array => this
                    .tree
                    .items(named)
                    .try_fold(Types::default(), |types, item| {
                        Ok(types.with(this.one_type(item)?))
                    }),
                _ => this.one_type(named),
            }
        })
    }

    fn one_type(&self, at: At) -> Compiled<Types> {
        Ok(match self.text(at)?.as_str() {
            "null" => Types::NULL,
            "boolean" => Types::BOOLEAN,
            "integer" => Types::INTEGER,
            "number" => Types::NUMBER,
            "string" => Types::STRING,
            "array" => Types::ARRAY,
            "object" => Types::OBJECT,
            _ => return Err(self.error(at, JsonSchemaFault::Type)),
        })
    }

    fn logic(&mut self, at: At) -> Compiled<Option<Box<Logic>>> {
        let mut logic = Logic {
            all: self
                .optional(at, b"allOf", Self::rule_list)?
                .unwrap_or_default(),
            any: self.optional(at, b"anyOf", Self::rule_list)?,
            one: self.optional(at, b"oneOf", Self::rule_list)?,
            not: self.optional(at, b"not", Self::rule_of)?,
            condition: None,
        };
        if self.draft == Draft::Seven
            && let Some(test) = self.optional(at, b"if", Self::rule_of)?
        {
            let then = self.optional(at, b"then", Self::rule_of)?;
            let otherwise = self.optional(at, b"else", Self::rule_of)?;
            logic.condition = Some((test, then, otherwise));
        }
        let is_empty = logic.all.is_empty()
            && logic.any.is_none()
            && logic.one.is_none()
            && logic.not.is_none()
            && logic.condition.is_none();
        Ok((!is_empty).then(|| Box::new(logic)))
    }

    /// The index of a pattern; equal ones are compiled once.
    fn pattern(&mut self, at: At, text: String) -> Compiled<usize> {
        if let Some(index) = self.pattern_ids.get(&text) {
            return Ok(*index);
        }
        let pattern = Pattern::new(&text).map_err(|fault| {
            let fault = match fault {
                PatternFault::Syntax => JsonSchemaFault::Pattern,
                PatternFault::TooLarge => JsonSchemaFault::PatternsTooLarge,
            };
            self.error(at, fault)
        })?;
        self.pattern_bytes = self.pattern_bytes.saturating_add(pattern.size);
        if self.pattern_bytes > PATTERN_BYTES {
            return Err(self.error(at, JsonSchemaFault::PatternsTooLarge));
        }
        let index = self.patterns.len();
        self.patterns.push(pattern);
        self.pattern_ids.insert(text, index);
        Ok(index)
    }
}

fn error(tree: &Tree<'_>, at: At, fault: JsonSchemaFault) -> JsonSchemaError {
    let place = SchemaPlace(Some(pointer(tree, at)));
    JsonSchemaError { place, fault }
}

/// The draft that `$schema` names. Without it that is draft 4, as in Java.
fn draft_of(tree: &Tree<'_>) -> Compiled<Draft> {
    if tree.node(0).kind != Kind::Object {
        return Err(error(tree, 0, JsonSchemaFault::Expected("an object")));
    }
    let Some(named) = tree.member(0, b"$schema") else {
        return Ok(Draft::Four);
    };
    let name = std::str::from_utf8(tree.text(named)).unwrap_or_default();
    let is_text = matches!(tree.node(named).kind, Kind::String | Kind::Escaped);
    Draft::of(name)
        .filter(|_| is_text)
        .ok_or_else(|| error(tree, named, JsonSchemaFault::Draft))
}

/// The JSON Pointer of a node.
pub(super) fn pointer(tree: &Tree<'_>, target: At) -> String {
    let mut pointer = String::new();
    let mut at = 0;
    while at != target {
        let inside = |value: &At| *value <= target && target < tree.node(*value).next;
        let step = match tree.node(at).kind {
            Kind::Object => tree.keys(at).find(|key| inside(&(key + 1))).map(|key| {
                at = key + 1;
                string_text(tree, key).replace('~', "~0").replace('/', "~1")
            }),
            Kind::Array => tree
                .items(at)
                .enumerate()
                .find(|(_, item)| inside(item))
                .map(|(number, item)| {
                    at = item;
                    number.to_string()
                }),
            _ => None,
        };
        let Some(step) = step else { break };
        pointer.push('/');
        pointer.push_str(&step);
    }
    pointer
}
