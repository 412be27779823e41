//! Avro schemas out of an input: its text, or a recipe, which any bytes are.

use common::avro::{Names, ParseOptions, Schema};

/// Begins a recipe: no JSON text does.
const RECIPE: u8 = 1;

const PLAIN: [&str; 8] = [
    "null", "boolean", "int", "long", "float", "double", "bytes", "string",
];
const LOGICAL: [&str; 12] = [
    r#"{"type":"int","logicalType":"date"}"#,
    r#"{"type":"int","logicalType":"time-millis"}"#,
    r#"{"type":"long","logicalType":"time-micros"}"#,
    r#"{"type":"long","logicalType":"timestamp-millis"}"#,
    r#"{"type":"long","logicalType":"timestamp-micros"}"#,
    r#"{"type":"long","logicalType":"timestamp-nanos"}"#,
    r#"{"type":"long","logicalType":"local-timestamp-millis"}"#,
    r#"{"type":"long","logicalType":"local-timestamp-micros"}"#,
    r#"{"type":"long","logicalType":"local-timestamp-nanos"}"#,
    r#"{"type":"string","logicalType":"uuid"}"#,
    r#"{"type":"bytes","logicalType":"decimal","precision":20,"scale":3}"#,
    r#"{"type":"bytes","logicalType":"decimal","precision":4}"#,
];
/// What is behind the name of a fixed.
const FIXED: [&str; 6] = [
    r#""size":0"#,
    r#""size":1"#,
    r#""size":4"#,
    r#""size":5,"logicalType":"decimal","precision":11,"scale":2"#,
    r#""size":12,"logicalType":"duration""#,
    r#""size":16,"logicalType":"uuid""#,
];
const SYMBOLS: [&str; 5] = [r#""S""#, r#""T""#, r#""U""#, r#""V""#, r#""größe""#];
const NAMES: [&str; 4] = ["A", "B", "n.C", "D"];
const FIELDS: [&str; 6] = ["a", "b", "c", "d", "e", "grün"];
const DEFAULTS: [&str; 12] = [
    "",
    "",
    "null",
    "0",
    "\"\"",
    "[]",
    "{}",
    "\"S\"",
    "true",
    "1.5",
    "{\"a\":1}",
    "[0]",
];
/// Deepest nesting of what a recipe makes.
const DEPTH: usize = 5;

/// The schema, if there is one; its text is read again as the same schema.
pub(crate) fn parse(input: &[u8]) -> Option<Schema> {
    let made;
    let text = match input.split_first() {
        Some((&RECIPE, recipe)) => {
            made = text_of(recipe);
            &made
        }
        _ => std::str::from_utf8(input).ok()?,
    };
    let lenient = ParseOptions {
        names: Names::Unchecked,
        check_defaults: false,
        ..ParseOptions::default()
    };
    let (options, schema) = match Schema::parse(text) {
        Ok(schema) => (ParseOptions::default(), schema),
        Err(_) => (lenient, Schema::parse_with(text, &lenient).ok()?),
    };
    let printed = schema.to_string();
    let again = Schema::parse_with(&printed, &options);
    let again = again.unwrap_or_else(|error| panic!("{error}: {printed}"));
    assert_eq!(again.to_string(), printed);
    Some(schema)
}

fn text_of(recipe: &[u8]) -> String {
    let mut maker = Maker {
        recipe: recipe.iter(),
        named: Vec::new(),
        text: String::new(),
    };
    maker.schema(0, true);
    maker.text
}

struct Maker<'r> {
    recipe: std::slice::Iter<'r, u8>,
    /// Names that are taken.
    named: Vec<String>,
    text: String,
}

impl Maker<'_> {
    /// The next number below `bound`; 0 at the end of the recipe.
    fn next(&mut self, bound: usize) -> usize {
        usize::from(*self.recipe.next().unwrap_or(&0)) % bound
    }

    fn pick(&mut self, list: &[&'static str]) -> &'static str {
        list[self.next(list.len())]
    }

    fn push(&mut self, parts: &[&str]) {
        self.text.extend(parts.iter().copied());
    }

    fn schema(&mut self, depth: usize, union: bool) {
        let kinds = if depth < DEPTH { 16 } else { 8 };
        match self.next(kinds) {
            0..=3 => {
                let name = self.pick(&PLAIN);
                self.push(&["\"", name, "\""]);
            }
            4 | 5 => {
                let logical = self.pick(&LOGICAL);
                self.push(&[logical]);
            }
            6 => self.reference(),
            7 => self.fixed_or_enum(),
            8 => self.around("{\"type\":\"array\",\"items\":", depth),
            9 => self.around("{\"type\":\"map\",\"values\":", depth),
            10..=12 if union => self.union(depth),
            _ => self.record(depth),
        }
    }

    /// One of the named types before or around.
    fn reference(&mut self) {
        let at = self.next(self.named.len().max(1));
        let name = self.named.get(at).map_or("null", String::as_str).to_owned();
        self.push(&["\"", &name, "\""]);
    }

    /// The start of a named type, with a name that is not taken.
    fn named(&mut self, kind: &str) {
        let mut name = self.pick(&NAMES).to_owned();
        while self.named.contains(&name) {
            name.push('_');
        }
        self.push(&["{\"type\":\"", kind, "\",\"name\":\"", &name, "\","]);
        self.named.push(name);
    }

    fn fixed_or_enum(&mut self) {
        if self.next(2) == 0 {
            self.named("fixed");
            let rest = self.pick(&FIXED);
            self.push(&[rest]);
        } else {
            self.named("enum");
            let (first, last) = (self.next(SYMBOLS.len()), self.next(SYMBOLS.len()));
            let symbols = &SYMBOLS[first.min(last)..=first.max(last)];
            self.push(&["\"symbols\":[", &symbols.join(","), "]"]);
            if self.next(3) == 1 {
                self.push(&[",\"default\":", symbols[0]]);
            }
        }
        self.aliases();
        self.push(&["}"]);
    }

    fn around(&mut self, opening: &str, depth: usize) {
        self.push(&[opening]);
        self.schema(depth + 1, true);
        self.push(&["}"]);
    }

    fn union(&mut self, depth: usize) {
        self.push(&["["]);
        for at in 0..=self.next(4) {
            if at > 0 {
                self.push(&[","]);
            }
            self.schema(depth + 1, false);
        }
        self.push(&["]"]);
    }

    fn record(&mut self, depth: usize) {
        self.named("record");
        self.push(&["\"fields\":["]);
        let first = self.next(FIELDS.len());
        for at in 0..self.next(FIELDS.len()) {
            let separator = if at > 0 { "," } else { "" };
            let field = FIELDS[(first + at) % FIELDS.len()];
            self.push(&[separator, "{\"name\":\"", field, "\",\"type\":"]);
            self.schema(depth + 1, true);
            let default = self.pick(&DEFAULTS);
            if !default.is_empty() {
                self.push(&[",\"default\":", default]);
            }
            self.aliases();
            self.push(&["}"]);
        }
        self.push(&["]"]);
        self.aliases();
        self.push(&["}"]);
    }

    fn aliases(&mut self) {
        if self.next(6) == 1 {
            let (name, field) = (self.pick(&NAMES), self.pick(&FIELDS));
            self.push(&[",\"aliases\":[\"", name, "\",\"", field, "\"]"]);
        }
    }
}
