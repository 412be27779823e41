//! Tests of Rust enums, tagged and untagged.

use serde::{Deserialize, Serialize};

use super::{ITEM, Item, SYMBOLS, Side, comes_back, read, reads};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Point,
    #[serde(rename = "double")]
    Circle(f64),
    Square {
        side: i32,
    },
    #[serde(rename = "array")]
    Path(i32, i32),
    #[serde(rename = "null")]
    Nothing,
    #[serde(rename = "string")]
    Text(String),
    Side(Side),
    Item(Item),
}

#[test]
fn enums_come_back_from_symbols_texts_and_branches() {
    for side in [Side::Left, Side::Right] {
        let symbols = r#"{"type":"enum","name":"Side","symbols":["Right","Left"]}"#;
        comes_back(symbols, &side);
        comes_back("\"string\"", &side);
        comes_back(&format!(r#"["null",{symbols}]"#), &Some(side));
        comes_back(r#"["null","string"]"#, &side);
        comes_back(
            &symbols
                .replace("Side", "x.Left")
                .replace("[\"Right", "[\"y\",\"Right"),
            &side,
        );
    }
    let union = format!(
        r#"["null",{{"type":"record","name":"ns.Square","fields":[{{"name":"side","type":"long"}}]}},
        {{"type":"record","name":"Point","fields":[]}}, {{"type":"array","items":"int"}}, "double", "string",
        {{"type":"enum","name":"a.Side","symbols":["Left","Point","Right"]}}, {ITEM}]"#
    );
    for shape in [
        Shape::Point,
        Shape::Circle(1.5),
        Shape::Square { side: 3 },
        Shape::Path(1, 2),
        Shape::Nothing,
        Shape::Text("Square".to_owned()),
        Shape::Text("string".to_owned()),
        Shape::Side(Side::Right),
        Shape::Item(Item {
            product_id: 1,
            quantity: 2,
        }),
    ] {
        comes_back(&union, &shape);
        comes_back(
            &format!(r#"{{"type":"array","items":{union}}}"#),
            &vec![shape],
        );
    }
}

/// An enum with a variant of its own name.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Level {
    Level,
    Other,
}

#[test]
fn an_enum_of_the_avro_enums_name_has_its_symbols() {
    let union = r#"["null",{"type":"enum","name":"a.Level","symbols":["Other","Level"]}]"#;
    comes_back(union, &Level::Level);
    comes_back(union, &Some(Level::Other));
}

#[test]
fn enums_refuse_what_is_none_of_their_variants() {
    let refused = |schema: &str, json: &str, message: &str| {
        assert_eq!(
            read::<Shape>(schema, json).map_err(|(kind, text)| (kind.as_str(), text)),
            Err(("validation", message.to_owned())),
            "{schema} {json}"
        );
    };
    refused(
        SYMBOLS,
        r#""Circle""#,
        "byte 0: the Rust enum has no such variant",
    );
    refused(
        "\"string\"",
        r#""secret""#,
        "byte 0: the Rust enum has no such variant",
    );
    refused(
        r#"["long"]"#,
        r#"{"long":5}"#,
        "byte 0: the Rust enum has no such variant",
    );
    refused(
        "\"long\"",
        "5",
        "byte 0: the Rust type does not take an integer",
    );
    refused(
        "\"string\"",
        r#""Item""#,
        "byte 0: the Rust type does not take an enum's variant of this shape",
    );
    // The Avro enum has the name of one of the variants, and its symbol is another one.
    let confusing = r#"[{"type":"enum","name":"Point","symbols":["Point","Side"]}]"#;
    reads(confusing, r#"{"Point":"Point"}"#, &Shape::Point);
    refused(
        confusing,
        r#"{"Point":"Side"}"#,
        "byte 0: the Rust enum has no such variant",
    );
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(i64),
    Text(String),
    Items(Vec<Untagged>),
    Blob { bytes: Vec<u8> },
    Item(Item),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Internal {
    Item(Item),
    Other { name: String },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Flat {
    id: String,
    #[serde(flatten)]
    item: Item,
}

#[test]
fn types_that_look_before_they_read_come_back() {
    let union = format!(
        r#"["string","long",{{"type":"array","items":["long","string"]}},{ITEM},
        {{"type":"record","name":"B","fields":[{{"name":"bytes","type":"bytes"}}]}}]"#
    );
    comes_back(&union, &Untagged::Number(5));
    comes_back(&union, &Untagged::Text("x".to_owned()));
    let items = vec![Untagged::Number(1), Untagged::Text("y".to_owned())];
    comes_back(&union, &Untagged::Items(items));
    let blob = r#"{"type":"record","name":"B","fields":[{"name":"bytes","type":"bytes"}]}"#;
    comes_back(
        blob,
        &Untagged::Blob {
            bytes: vec![0, 255],
        },
    );
    let item = || Item {
        product_id: 1,
        quantity: 2,
    };
    comes_back(&union, &Untagged::Item(item()));
    let with = |field: &str| {
        ITEM.replace(
            r#""fields":["#,
            &format!(r#""fields":[{{"name":"{field}","type":"string"}},"#),
        )
    };
    comes_back(
        &with("id"),
        &Flat {
            id: "x".to_owned(),
            item: item(),
        },
    );
    comes_back(&with("kind"), &Internal::Item(item()));
    let other = r#"{"type":"record","name":"O","fields":[{"name":"kind","type":"string"},{"name":"name","type":"string"}]}"#;
    comes_back(
        other,
        &Internal::Other {
            name: "x".to_owned(),
        },
    );
}
