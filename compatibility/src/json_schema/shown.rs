//! Differences in words: short, whatever the schemas hold.

use crate::{Difference, Rule};

use super::compare::{Broken, Context, Path, Place, Shown, Step};
use super::model::{Combined, Kind, Plain, Shape};

/// Longest text of a side in bytes.
const SIDE: usize = 100;
/// Longest path in bytes; of longer ones the end is left.
const PATH: usize = 300;
/// Most parts of a combined schema that are named.
const PARTS: usize = 4;

impl Context<'_> {
    /// A difference in words.
    pub(super) fn difference(&self, broken: &Broken<'_>) -> Difference {
        Difference {
            path: self.path(&broken.path),
            rule: Rule::Json(broken.rule),
            reader: self.side(&broken.reader),
            writer: self.side(&broken.writer),
        }
    }

    fn path(&self, path: &Path<'_>) -> String {
        let at = self.node(path.place).at;
        let schema = self.model(path.place.side).value(at).pointer();
        let pointer = match path.step {
            Step::None => schema,
            Step::Name(keyword, name) => {
                let name = name.replace('~', "~0").replace('/', "~1");
                format!("{schema}/{keyword}/{name}")
            }
            Step::Index(keyword, index) => format!("{schema}/{keyword}/{index}"),
        };
        if pointer.len() > PATH {
            let start = pointer.ceil_char_boundary(pointer.len() - PATH);
            return format!("#…{}", &pointer[start..]);
        }
        format!("#{pointer}")
    }

    fn side(&self, shown: &Shown<'_>) -> String {
        match shown {
            Shown::Nothing => String::new(),
            Shown::Schema(place) => self.schema(*place),
            Shown::Value(keyword, value) => format!("{keyword} {}", short(&value.text())),
            Shown::Name(keyword, name) => format!("{keyword} `{}`", short(name)),
            Shown::Words(words) => (*words).to_owned(),
        }
    }

    /// What a schema is, in a word, or a few with its parts.
    fn schema(&self, place: Place) -> String {
        match &self.node(place).shape {
            Shape::Combined(combined) => self.combined(place, combined),
            Shape::Const(member) => {
                let value = self.model(place.side).value(member.at);
                format!("const {}", short(&value.text()))
            }
            shape => word(shape).to_owned(),
        }
    }

    fn combined(&self, place: Place, combined: &Combined) -> String {
        let part = |id: &u32| {
            let side = place.side;
            word(&self.node(Place { side, id: *id }).shape)
        };
        let mut parts: Vec<&str> = combined.parts.iter().take(PARTS).map(part).collect();
        if combined.parts.len() > PARTS {
            parts.push("…");
        }
        if combined.types {
            return parts.join(" or ");
        }
        format!("{}({})", combined.criterion.as_str(), parts.join(", "))
    }
}

const fn word(shape: &Shape) -> &'static str {
    match shape {
        Shape::Any => "any value",
        Shape::Never => "no value",
        Shape::Plain(plain) => type_word(plain),
        Shape::Const(_) => "const",
        Shape::Enum(_) => "enum",
        Shape::Not(_) => "not",
        Shape::If { .. } => "if",
        Shape::Combined(combined) => combined.criterion.as_str(),
    }
}

const fn type_word(plain: &Plain) -> &'static str {
    match (plain.kind, plain.typed) {
        (Kind::Null, _) => "null",
        (Kind::Boolean, _) => "boolean",
        (Kind::Integer, _) => "integer",
        (Kind::Number, true) => "number",
        (Kind::String, true) => "string",
        (Kind::Array, true) => "array",
        (Kind::Object, true) => "object",
        (Kind::Number, false) => "any value, if a number, limited",
        (Kind::String, false) => "any value, if a string, limited",
        (Kind::Array, false) => "any value, if an array, limited",
        (Kind::Object, false) => "any value, if an object, limited",
    }
}

fn short(text: &str) -> String {
    if text.len() <= SIDE {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(SIDE)])
}
