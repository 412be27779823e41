//! Texts with fields of a record in them, such as `import-{user.region}`.

use std::str::FromStr;

use common::json::{Cursor, JsonError};

/// How deep a value beside the fields may be nested; the encoder has its own limit before.
const DEPTH: usize = 1_000;

/// Why a record has no text by a template.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum TemplateError {
    /// A field is not there, or null.
    #[error("the field `{0}` of the template is missing or null")]
    Missing(String),
    /// The record is no JSON object.
    #[error("no field can be taken from it: {0}")]
    Json(#[from] JsonError),
}

/// Text with fields of a record in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    /// A field by the names that lead to it; the first may be another one in the record.
    Field(Vec<String>, Option<String>),
}

impl FromStr for Template {
    type Err = String;

    /// Reads a template: fields stand in braces, and a brace that is meant as one is doubled.
    fn from_str(text: &str) -> Result<Self, String> {
        let (mut parts, mut plain) = (Vec::new(), String::new());
        let mut rest = text.char_indices().peekable();
        while let Some((at, next)) = rest.next() {
            let is_double = rest.next_if(|(_, second)| *second == next && "{}".contains(next));
            match next {
                '{' if is_double.is_none() => {
                    let path: String = rest
                        .by_ref()
                        .map(|(_, c)| c)
                        .take_while(|c| *c != '}')
                        .collect();
                    let is_closed = text[at + 1 + path.len()..].starts_with('}');
                    let names: Vec<String> = path.split('.').map(str::to_owned).collect();
                    let column = text[..at].chars().count() + 1;
                    if !is_closed {
                        return Err(format!(
                            "column {column}: this `{{` is not closed; a brace alone is written `{{{{`"
                        ));
                    }
                    if names.iter().any(String::is_empty) {
                        return Err(format!(
                            "column {column}: `{{{path}}}` does not name a field"
                        ));
                    }
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                    parts.push(Part::Field(names, None));
                }
                '}' if is_double.is_none() => {
                    let column = text[..at].chars().count() + 1;
                    return Err(format!("column {column}: a brace alone is written `}}}}`"));
                }
                other => plain.push(other),
            }
        }
        parts.push(Part::Text(plain));
        parts.retain(|part| *part != Part::Text(String::new()));
        let text = text.to_owned();
        Ok(Self { text, parts })
    }
}

impl Template {
    /// The template as it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The names of the fields at the top of a record that it needs.
    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        self.parts.iter().filter_map(|part| match part {
            Part::Field(names, _) => names.first(),
            Part::Text(_) => None,
        })
    }

    /// The same template, whose fields may have another name at the top of a record.
    pub(crate) fn with_others(mut self, other: impl Fn(&str) -> Option<String>) -> Self {
        for part in &mut self.parts {
            if let Part::Field(names, second) = part {
                *second = names.first().and_then(|name| other(name));
            }
        }
        self
    }

    /// Appends the text for a record given as a JSON object: texts as they are, other values as JSON.
    ///
    /// # Errors
    /// A field is missing or null, or the record is no JSON object.
    pub(crate) fn write(&self, json: &[u8], out: &mut Vec<u8>) -> Result<(), TemplateError> {
        for part in &self.parts {
            match part {
                Part::Text(text) => out.extend_from_slice(text.as_bytes()),
                Part::Field(names, other) => write_field(json, names, other.as_deref(), out)?,
            }
        }
        Ok(())
    }
}

fn write_field(
    json: &[u8],
    names: &[String],
    other: Option<&str>,
    out: &mut Vec<u8>,
) -> Result<(), TemplateError> {
    let missing = || TemplateError::Missing(names.join("."));
    let mut cursor = Cursor::from_bytes(json)?;
    let mut is_top = true;
    for name in names {
        if cursor.peek() != Some(b'{') && !is_top {
            return Err(missing());
        }
        let at = find(&mut cursor, |key| {
            key == name || is_top && other == Some(key)
        })?;
        cursor.rewind(at.ok_or_else(missing)?);
        is_top = false;
    }
    let start = cursor.offset();
    match cursor.peek() {
        Some(b'"') => cursor.string()?.append_to(out),
        Some(b'n') => return Err(missing()),
        _ => {
            cursor.skip(DEPTH)?;
            out.extend_from_slice(cursor.between(start, cursor.offset()).as_bytes());
        }
    }
    Ok(())
}

/// Where the value of an object's member begins. Of a name given twice, the last counts.
fn find(cursor: &mut Cursor<'_>, is_it: impl Fn(&str) -> bool) -> Result<Option<usize>, JsonError> {
    let (mut found, mut first) = (None, true);
    cursor.open(b'{')?;
    while cursor.more(b'}', &mut first)? {
        let is_it = is_it(&cursor.key()?.text());
        cursor.peek();
        if is_it {
            found = Some(cursor.offset());
        }
        cursor.skip(DEPTH)?;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"id":"a\"b","n":1.50,"user":{"id":"u","tags":["x", 1]},"none":null,"n2":-3, "flag": true}"#;

    fn written(template: &str, record: &str) -> Result<String, TemplateError> {
        let template: Template = template.parse().unwrap();
        let mut out = Vec::new();
        template.write(record.as_bytes(), &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn fields_stand_where_the_template_has_them() {
        for (template, expected) in [
            ("", ""),
            ("plain", "plain"),
            ("{id}", "a\"b"),
            ("é-{id}-{n}/{user.id}", "é-a\"b-1.50/u"),
            ("{user.tags}{flag}{n2}", "[\"x\", 1]true-3"),
            ("{{{id}}}{{}}", "{a\"b}{}"),
        ] {
            assert_eq!(
                written(template, RECORD).as_deref(),
                Ok(expected),
                "{template}"
            );
        }
        assert_eq!(
            written("{a}", r#"{"a":1,"a":"last"}"#).as_deref(),
            Ok("last")
        );
    }

    #[test]
    fn a_field_that_is_not_there_is_named() {
        for (template, name) in [
            ("{x}", "x"),
            ("{none}", "none"),
            ("{user.x}", "user.x"),
            ("{id.x}", "id.x"),
        ] {
            let missing = TemplateError::Missing(name.to_owned());
            assert_eq!(written(template, RECORD), Err(missing), "{template}");
        }
        assert!(matches!(written("{x}", "[1]"), Err(TemplateError::Json(_))));
    }

    #[test]
    fn what_is_no_template_is_said_with_its_column() {
        for (text, expected) in [
            (
                "é{id",
                "column 2: this `{` is not closed; a brace alone is written `{{`",
            ),
            ("a{}", "column 2: `{}` does not name a field"),
            ("{a..b}", "column 1: `{a..b}` does not name a field"),
            ("a}b", "column 2: a brace alone is written `}}`"),
        ] {
            assert_eq!(text.parse::<Template>(), Err(expected.to_owned()), "{text}");
        }
    }
}
