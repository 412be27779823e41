use super::*;

mod random;
mod table;

fn definition(text: &str) -> ProtobufDefinition {
    ProtobufDefinition::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The paths and rules of what keeps `reader` from understanding `writer`.
fn found(reader: &str, writer: &str) -> Vec<(String, &'static str)> {
    differences(&definition(reader), &definition(writer), Rules::Glue)
        .into_iter()
        .map(|difference| (difference.path, difference.rule.as_str()))
        .collect()
}

fn shop(syntax: &str, body: &str) -> String {
    format!("syntax = \"{syntax}\"; package shop; {body}")
}

fn lines(reader: &str, writer: &str) -> Vec<String> {
    differences(
        &definition(&shop("proto3", reader)),
        &definition(&shop("proto3", writer)),
        Rules::Glue,
    )
    .iter()
    .map(ToString::to_string)
    .collect()
}

#[test]
fn every_difference_is_listed_with_its_place_and_both_sides() {
    let old = "message Order { string id = 1; repeated Item items = 2; map<string, int32> by_name = 3; \
               oneof pay { string card = 4; bytes coupon = 5; } int32 age = 6; optional bool paid = 7; \
               message Item { int64 price = 3; Color color = 4; } enum Color { NONE = 0; } } message Gone {}";
    let new = "message Order { int32 id = 1; Other items = 2; map<int32, string> by_name = 3; \
               oneof pay { string card = 4; int32 age = 6; } repeated bool paid = 7; \
               message Item { Color price = 3; double color = 4; } enum Color { NONE = 0; } } message Other {}";
    assert_eq!(
        lines(new, old),
        [
            "Order.id (1): scalar-type-changed: int32 id = 1 cannot read string id = 1",
            "Order.items (2): message-type-changed: Other items = 2 cannot read repeated Order.Item items = 2",
            "Order.by_name (3).key: scalar-type-changed: map<int32, string> by_name = 3 cannot read \
             map<string, int32> by_name = 3",
            "Order.by_name (3).value: scalar-type-changed: map<int32, string> by_name = 3 cannot read \
             map<string, int32> by_name = 3",
            "Order.paid (7): numeric-label-changed: repeated bool paid = 7 cannot read optional bool paid = 7",
            "Order.coupon (5): oneof-member-removed: the writer has bytes coupon = 5 in oneof pay",
            "Order.age (6): field-moved-to-existing-oneof: int32 age = 6 in oneof pay cannot read int32 age = 6",
            "Gone: message-removed: the writer has message Gone",
            "Order.Item.color (4): scalar-type-changed: double color = 4 cannot read Order.Color color = 4",
        ]
    );
    let old = "message A { int32 a = 1; oneof one { int32 b = 2; string c = 3; } A d = 4; }";
    let new = "message A { oneof all { int32 a = 1; int32 b = 2; string c = 3; A d = 4; } }";
    assert_eq!(
        lines(new, old),
        [
            "A.all: fields-moved-to-new-oneof: oneof all cannot read int32 a = 1; int32 b = 2; string c = 3; …"
        ]
    );
    assert_eq!(
        differences(
            &definition("syntax = \"proto3\"; message A { int32 a = 1; }"),
            &definition(&shop("proto3", "message A { string a = 1; }")),
            Rules::Glue
        )
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>(),
        [
            "package-changed: no package cannot read package shop",
            "A.a (1): scalar-type-changed: int32 a = 1 cannot read string a = 1",
        ]
    );
}

#[test]
fn without_rules_every_file_may_follow() {
    let old = definition(&shop(
        "proto2",
        "message A { required int32 a = 1; } message B {}",
    ));
    let new = definition("message A { required string a = 1; required A b = 2; }");
    assert_eq!(differences(&new, &old, Rules::Glue).len(), 4);
    assert!(differences(&new, &old, Rules::Off).is_empty());
}

#[test]
fn groups_and_extensions_are_refused_and_own_options_are_not() {
    let options = "import \"google/protobuf/descriptor.proto\";";
    for (body, refused) in [
        (
            "message A { optional group G = 1 { optional int32 x = 1; } }",
            Some("shop.A.g: groups are not supported"),
        ),
        (
            "message A { message B { oneof one { group G = 1 { } } } }",
            Some("shop.A.B.g: groups are not supported"),
        ),
        (
            "message A { extensions 5 to 9; } extend A { optional int32 x = 5; }",
            Some("shop.x: extensions are not supported"),
        ),
        (
            "message A { extensions 5 to 9; message B { extend A { optional int32 x = 5; } } }",
            Some("shop.A.B.x: extensions are not supported"),
        ),
        (
            "extend google.protobuf.FileOptions { optional group G = 50000 { } }",
            Some("shop.g: groups are not supported"),
        ),
        ("message A { extensions 5 to 9; reserved 3; }", None),
        (
            "extend google.protobuf.FieldOptions { optional string own = 50005; } \
             message A { optional int32 a = 1 [(own) = \"x\"]; }",
            None,
        ),
    ] {
        let text = format!("syntax = \"proto2\"; package shop; {options} {body}");
        let result = ProtobufDefinition::parse(&text).map_err(|error| error.detail);
        assert_eq!(result.err().as_deref(), refused, "{body}");
    }
    for text in ["message A {", "import \"other.proto\";", "{}"] {
        assert!(ProtobufDefinition::parse(text).is_err(), "{text}");
    }
}

#[test]
fn names_of_any_length_give_short_texts_and_many_differences_are_not_all_listed() {
    let name = "n".repeat(1000);
    let field = |kind: &str, at: usize| format!("{kind} {name}{at} = {at};");
    let file = |kind: &str| {
        let fields: String = (1..150).map(|at| field(kind, at)).collect();
        shop("proto3", &format!("message {name} {{ {fields} }}"))
    };
    let (old, new) = (definition(&file("int32")), definition(&file("string")));
    let found = differences(&new, &old, Rules::Glue);
    assert_eq!(found.len(), crate::MAX_DIFFERENCES);
    let longest = found.iter().map(|found| found.to_string().len()).max();
    assert!(longest < Some(1000), "{longest:?}");
    assert!(found[98].path.ends_with("… (99)"), "{}", found[98].path);
}

#[test]
fn hostile_files_are_compared_soon() {
    let part = |count: usize, part: &dyn Fn(usize) -> String| -> String {
        (1..=count).map(part).collect()
    };
    let deep = format!("{}{}", "message A { ".repeat(30), "}".repeat(30));
    let oneofs = part(3000, &|at| format!("oneof o{at} {{ A a{at} = {at}; }} "));
    let single = part(3000, &|at| format!("A a{at} = {at}; "));
    let single = format!("message A {{ {single} }}");
    let joined = part(3000, &|at| format!("A a{at} = {at}; "));
    let files = [
        shop("proto3", &deep),
        shop("proto3", &part(4000, &|at| format!("message A{at} {{}} "))),
        shop("proto3", &format!("message A {{ {oneofs} }}")),
        shop("proto3", &single),
        shop(
            "proto3",
            &format!("message A {{ oneof all {{ {joined} }} }}"),
        ),
        shop(
            "proto3",
            "message A { A a = 1; B b = 2; map<int32, A> c = 3; } message B { A a = 1; B b = 2; }",
        ),
    ]
    .map(|text| definition(&text));
    let start = std::time::Instant::now();
    for (index, reader) in files.iter().enumerate() {
        for (other, writer) in files.iter().enumerate() {
            let found = differences(reader, writer, Rules::Glue);
            assert!(found.len() <= crate::MAX_DIFFERENCES);
            assert!(index != other || found.is_empty());
        }
    }
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}
