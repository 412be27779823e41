//! What may change and what may not, in both directions, as the table of the module's documentation says.

use std::collections::BTreeSet;

use super::{Rule, found, shop};

/// What changes; the bodies of the old and the new file; what is found under `BACKWARD` and under `FORWARD`.
type Row<'t> = (&'t str, &'t str, &'t str, &'t [Found<'t>], &'t [Found<'t>]);
/// A path and a rule.
type Found<'t> = (&'t str, &'t str);

/// Runs the rows and gives the rules that they have named.
fn run(syntax: &str, rows: &[Row<'_>]) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for (what, old, new, backward, forward) in rows {
        let (old, new) = (shop(syntax, old), shop(syntax, new));
        for (reader, writer, expected) in [(&new, &old, backward), (&old, &new, forward)] {
            let found = found(reader, writer);
            let shown: Vec<_> = found
                .iter()
                .map(|(path, rule)| (path.as_str(), *rule))
                .collect();
            assert_eq!(shown, **expected, "{what}: {reader} reads {writer}");
            named.extend(expected.iter().map(|(_, rule)| (*rule).to_owned()));
        }
    }
    named
}

const MESSAGES: &[Row<'_>] = &[
    (
        "reordered",
        "message A {} message B {}",
        "message B {} message A {}",
        &[],
        &[],
    ),
    (
        "message added",
        "message A {}",
        "message A {} message B {}",
        &[],
        &[("B", "message-removed")],
    ),
    (
        "message added with what is inside",
        "message A {}",
        "message A { message B { message C {} } }",
        &[],
        &[("A.B", "message-removed")],
    ),
    (
        "message made an enum",
        "message A {} message B {}",
        "message A {} enum B { X = 0; }",
        &[("B", "message-removed")],
        &[],
    ),
    (
        "message moved out",
        "message A { B b = 1; message B {} }",
        "message A { B b = 1; } message B {}",
        &[
            ("A.b (1)", "message-type-changed"),
            ("A.B", "message-removed"),
        ],
        &[
            ("A.b (1)", "message-type-changed"),
            ("B", "message-removed"),
        ],
    ),
    (
        "enums come and go",
        "message A { int32 a = 1; } enum E { X = 0; Y = 1; }",
        "message A { F a = 1; enum F { V = 0; W = 2; } }",
        &[],
        &[],
    ),
    (
        "enum replaced by another",
        "message A { E a = 1; } enum E { X = 0; Y = 1; }",
        "message A { F a = 1; } enum F { Z = 0; }",
        &[],
        &[],
    ),
    (
        "options, comments, services, reserved",
        "message A { int32 a = 1; reserved 5; }",
        "option java_package = \"p\"; message A { /* x */ int32 a = 1 [deprecated = true, json_name = \"b\"]; \
         reserved 2, 6 to 9; reserved \"c\"; } service S { rpc R (A) returns (A); }",
        &[],
        &[],
    ),
];

const FIELDS: &[Row<'_>] = &[
    (
        "fields added",
        "message A {}",
        "message A { int32 a = 1; repeated A b = 2; map<string, A> c = 3; optional bool d = 4; }",
        &[],
        &[],
    ),
    (
        "field renamed",
        "message A { int32 a = 1; }",
        "message A { int32 b = 1; }",
        &[],
        &[],
    ),
    (
        "field renumbered",
        "message A { int32 a = 1; }",
        "message A { string a = 2; }",
        &[],
        &[],
    ),
    (
        "optional written",
        "message A { int32 a = 1; }",
        "message A { optional int32 a = 1; }",
        &[],
        &[],
    ),
    (
        "scalar across encodings",
        "message A { int32 a = 1; sint64 b = 2; fixed32 c = 3; }",
        "message A { sint32 a = 1; bytes b = 2; float c = 3; }",
        &[
            ("A.a (1)", "scalar-type-changed"),
            ("A.b (2)", "scalar-type-changed"),
            ("A.c (3)", "scalar-type-changed"),
        ],
        &[
            ("A.a (1)", "scalar-type-changed"),
            ("A.b (2)", "scalar-type-changed"),
            ("A.c (3)", "scalar-type-changed"),
        ],
    ),
    (
        "scalar, message, map",
        "message A { bytes a = 1; A b = 2; map<int32, A> c = 3; map<int32, A> d = 4; }",
        "message A { A a = 1; map<int32, A> b = 2; string c = 3; map<int32, int32> d = 4; }",
        &[
            ("A.a (1)", "field-kind-changed"),
            ("A.b (2)", "field-kind-changed"),
            ("A.c (3)", "field-kind-changed"),
            ("A.d (4).value", "field-kind-changed"),
        ],
        &[
            ("A.a (1)", "field-kind-changed"),
            ("A.b (2)", "field-kind-changed"),
            ("A.c (3)", "field-kind-changed"),
            ("A.d (4).value", "field-kind-changed"),
        ],
    ),
    (
        "message replaced by one that is alike",
        "message A { B a = 1; map<string, B> b = 2; } message B {} message C {}",
        "message A { C a = 1; map<string, C> b = 2; } message B {} message C {}",
        &[
            ("A.a (1)", "message-type-changed"),
            ("A.b (2).value", "message-type-changed"),
        ],
        &[
            ("A.a (1)", "message-type-changed"),
            ("A.b (2).value", "message-type-changed"),
        ],
    ),
    (
        "difference in a message used twice, and in itself",
        "message A { B a = 1; B b = 2; A c = 3; } message B { int32 a = 1; A b = 2; }",
        "message A { B a = 1; B b = 2; A c = 3; } message B { string a = 1; A b = 2; }",
        &[("B.a (1)", "scalar-type-changed")],
        &[("B.a (1)", "scalar-type-changed")],
    ),
    (
        "imported type",
        "import \"google/protobuf/timestamp.proto\"; message A { google.protobuf.Timestamp a = 1; int32 b = 2; }",
        "import \"google/protobuf/timestamp.proto\"; import \"google/protobuf/duration.proto\"; \
         message A { google.protobuf.Duration a = 1; google.protobuf.Timestamp b = 2; }",
        &[
            ("A.a (1)", "message-type-changed"),
            ("A.b (2)", "field-kind-changed"),
        ],
        &[
            ("A.a (1)", "message-type-changed"),
            ("A.b (2)", "field-kind-changed"),
        ],
    ),
    (
        "map alike, and as Java prints it",
        "message A { map<int32, E> a = 1; map<string, A> b = 2; } enum E { X = 0; }",
        "message A { map<bool, int64> a = 1; repeated BEntry b = 2; \
         message BEntry { option map_entry = true; string key = 1; A value = 2; } } enum E { X = 0; }",
        &[],
        &[],
    ),
    (
        "map made a list of messages that are laid out alike",
        "message A { map<int32, A> a = 1; } message B { int32 key = 1; A value = 2; }",
        "message A { repeated B a = 1; } message B { int32 key = 1; A value = 2; }",
        &[("A.a (1)", "field-kind-changed")],
        &[("A.a (1)", "field-kind-changed")],
    ),
    (
        "map made a list of the messages that it stands for",
        "message A { map<int32, A> a = 1; }",
        "message A { repeated AEntry a = 1; message AEntry { int32 key = 1; A value = 2; } }",
        &[("A.a (1)", "field-kind-changed")],
        &[
            ("A.a (1)", "field-kind-changed"),
            ("A.AEntry", "message-removed"),
        ],
    ),
    (
        "entry that is no map's",
        "message A { AEntry a = 1; message AEntry { option map_entry = true; int32 key = 1; A value = 2; } }",
        "message A { AEntry a = 1; message AEntry { option map_entry = true; string key = 1; A value = 2; } }",
        &[("A.a (1).key", "scalar-type-changed")],
        &[("A.a (1).key", "scalar-type-changed")],
    ),
    (
        "one number made many texts",
        "message A { int32 a = 1; }",
        "message A { repeated string a = 1; }",
        &[("A.a (1)", "scalar-type-changed")],
        &[("A.a (1)", "scalar-type-changed")],
    ),
    (
        "one or many texts and messages",
        "message A { string a = 1; bytes b = 2; A c = 3; optional string d = 4; }",
        "message A { repeated bytes a = 1; repeated bytes b = 2; repeated A c = 3; repeated string d = 4; }",
        &[],
        &[],
    ),
    (
        "one or many numbers",
        "message A { int32 a = 1; optional E b = 2; double c = 3; oneof one { bool d = 4; } } enum E { X = 0; }",
        "message A { repeated int64 a = 1; repeated E b = 2; repeated double c = 3 [packed = false]; \
         repeated bool d = 4; } enum E { X = 0; }",
        &[
            ("A.a (1)", "numeric-label-changed"),
            ("A.b (2)", "numeric-label-changed"),
            ("A.c (3)", "numeric-label-changed"),
            ("A.d (4)", "numeric-label-changed"),
        ],
        &[
            ("A.a (1)", "numeric-label-changed"),
            ("A.b (2)", "numeric-label-changed"),
            ("A.c (3)", "numeric-label-changed"),
            ("A.d (4)", "numeric-label-changed"),
        ],
    ),
];

const REQUIRED: &[Row<'_>] = &[
    (
        "required field added",
        "message A { optional A a = 1; }",
        "message A { optional A a = 1; required string b = 2; }",
        &[("A.b (2)", "required-field-added")],
        &[("A.b (2)", "required-field-removed")],
    ),
    (
        "message with a required field added",
        "message A {}",
        "message A { optional B b = 1; } message B { required int32 a = 1; }",
        &[],
        &[("B", "message-removed")],
    ),
    (
        "text or message no longer required",
        "message A { required A a = 1; required string b = 2; required bytes c = 3; }",
        "message A { optional A a = 1; optional string b = 2; repeated bytes c = 3; }",
        &[],
        &[
            ("A.a (1)", "field-made-required"),
            ("A.b (2)", "field-made-required"),
            ("A.c (3)", "field-made-required"),
        ],
    ),
    (
        "number no longer required",
        "message A { required int32 a = 1; }",
        "message A { optional int32 a = 1; }",
        &[("A.a (1)", "numeric-label-changed")],
        &[("A.a (1)", "field-made-required")],
    ),
    (
        "required and of another type",
        "message A { optional int32 a = 1; }",
        "message A { required string a = 1; }",
        &[
            ("A.a (1)", "scalar-type-changed"),
            ("A.a (1)", "field-made-required"),
        ],
        &[("A.a (1)", "scalar-type-changed")],
    ),
];

const ONEOFS: &[Row<'_>] = &[
    (
        "oneof of new fields",
        "message A { int32 a = 1; }",
        "message A { int32 a = 1; oneof one { int32 b = 2; A c = 3; } }",
        &[],
        &[],
    ),
    (
        "member added",
        "message A { oneof one { int32 a = 1; } }",
        "message A { oneof one { int32 a = 1; A b = 2; } }",
        &[],
        &[("A.b (2)", "oneof-member-removed")],
    ),
    (
        "one field moved into a new oneof",
        "message A { int32 a = 1; A b = 2; }",
        "message A { oneof one { int32 a = 1; string c = 3; } A b = 2; }",
        &[],
        &[],
    ),
    (
        "two fields moved into a new oneof",
        "message A { int32 a = 1; A b = 2; }",
        "message A { oneof one { int32 a = 1; A b = 2; } }",
        &[("A.one", "fields-moved-to-new-oneof")],
        &[],
    ),
    (
        "field moved into a oneof that was there",
        "message A { int32 a = 1; oneof one { A b = 2; } }",
        "message A { oneof one { A b = 2; int32 a = 1; } }",
        &[("A.a (1)", "field-moved-to-existing-oneof")],
        &[],
    ),
    (
        "member moved from one oneof to another",
        "message A { oneof one { int32 a = 1; A b = 2; } oneof two { int32 c = 3; } }",
        "message A { oneof one { A b = 2; } oneof two { int32 c = 3; int32 a = 1; } }",
        &[("A.a (1)", "field-moved-to-existing-oneof")],
        &[("A.a (1)", "field-moved-to-existing-oneof")],
    ),
    (
        "oneof renamed",
        "message A { oneof one { int32 a = 1; A b = 2; } }",
        "message A { oneof two { int32 a = 1; A b = 2; string c = 3; } }",
        &[],
        &[],
    ),
    (
        "oneofs joined and split",
        "message A { oneof one { int32 a = 1; A b = 2; } oneof two { int32 c = 3; } }",
        "message A { oneof all { int32 a = 1; A b = 2; int32 c = 3; } }",
        &[("A.all", "fields-moved-to-new-oneof")],
        &[],
    ),
    (
        "member of another type",
        "message A { oneof one { int32 a = 1; A b = 2; } }",
        "message A { oneof one { int64 a = 1; bytes b = 2; } }",
        &[("A.b (2)", "field-kind-changed")],
        &[("A.b (2)", "field-kind-changed")],
    ),
    (
        "optional is no oneof",
        "message A { optional int32 a = 1; optional int32 b = 2; oneof one { A c = 3; } }",
        "message A { int32 a = 1; oneof _b { int32 b = 2; } oneof one { A c = 3; optional_ d = 4; } message optional_ {} }",
        &[],
        &[
            ("A.d (4)", "oneof-member-removed"),
            ("A.optional_", "message-removed"),
        ],
    ),
    (
        "two optional fields moved into a new oneof",
        "message A { optional int32 a = 1; optional int32 b = 2; }",
        "message A { oneof one { int32 a = 1; int32 b = 2; } }",
        &[("A.one", "fields-moved-to-new-oneof")],
        &[],
    ),
];

#[test]
fn each_line_of_the_table_holds_in_both_directions() {
    let mut named = run("proto3", MESSAGES);
    named.extend(run("proto3", FIELDS));
    named.extend(run("proto2", REQUIRED));
    named.extend(run("proto3", ONEOFS));
    named.insert("package-changed".to_owned());
    let all: BTreeSet<_> = Rule::ALL.map(|rule| rule.as_str().to_owned()).into();
    assert_eq!(named, all);
    assert_eq!(all.len(), Rule::ALL.len());
}

#[test]
fn packages_are_the_same_or_all_else_is_still_compared() {
    let changed = (String::new(), "package-changed");
    let body = "import \"google/protobuf/timestamp.proto\"; message A { B a = 1; E e = 2; message C {} \
                .google.protobuf.Timestamp t = 3; } message B { A a = 1; } enum E { X = 0; }";
    let text = |package: &str| format!("syntax = \"proto3\"; {package} {body}");
    let packages = ["", "package a;", "package a.b;", "package google;"].map(text);
    for (at, reader) in packages.iter().enumerate() {
        for (other, writer) in packages.iter().enumerate() {
            let expected: &[_] = if at == other {
                &[]
            } else {
                std::slice::from_ref(&changed)
            };
            assert_eq!(found(reader, writer), expected, "{reader} reads {writer}");
        }
    }
}

#[test]
fn an_imported_message_is_not_one_that_the_file_declares() {
    let own =
        "syntax = \"proto3\"; package google.type; message A { Money a = 1; } message Money {}";
    let imported = "syntax = \"proto3\"; package google.type; import \"google/type/money.proto\"; \
                    message A { Money a = 1; }";
    let changed = ("A.a (1)".to_owned(), "message-type-changed");
    let removed = ("Money".to_owned(), "message-removed");
    assert_eq!(found(imported, own), [changed.clone(), removed]);
    assert_eq!(found(own, imported), [changed]);
}

#[test]
fn syntax_does_not_matter() {
    let old = shop(
        "proto2",
        "message A { optional int32 a = 1; repeated int32 b = 2; optional E c = 3; } enum E { X = 1; }",
    );
    let new = shop(
        "proto3",
        "message A { int32 a = 1; repeated int32 b = 2; E c = 3; } enum E { Y = 0; }",
    );
    assert_eq!(found(&new, &old), []);
    assert_eq!(found(&old, &new), []);
}

#[test]
fn scalars_are_read_as_those_that_are_laid_out_alike() {
    const ALIKE: [&[&str]; 7] = [
        &["int32", "int64", "uint32", "uint64", "bool", "E"],
        &["sint32", "sint64"],
        &["string", "bytes"],
        &["fixed32", "sfixed32"],
        &["fixed64", "sfixed64"],
        &["float"],
        &["double"],
    ];
    let places = |kind: &str| {
        [
            format!("{kind} a = 1;"),
            format!("repeated {kind} a = 1;"),
            format!("map<int32, {kind}> a = 1;"),
            format!("oneof one {{ {kind} a = 1; }}"),
        ]
    };
    let file = |field: &str| {
        shop(
            "proto3",
            &format!("message A {{ {field} }} enum E {{ X = 0; }}"),
        )
    };
    let kinds = || {
        ALIKE
            .iter()
            .enumerate()
            .flat_map(|(at, kinds)| kinds.iter().map(move |kind| (at, *kind)))
    };
    for (reads, reader) in kinds() {
        for (writes, writer) in kinds() {
            for (reader, writer) in places(reader).iter().zip(places(writer)) {
                let rules: Vec<_> = found(&file(reader), &file(&writer))
                    .into_iter()
                    .map(|(_, rule)| rule)
                    .collect();
                let expected: &[_] = if reads == writes {
                    &[]
                } else {
                    &["scalar-type-changed"]
                };
                assert_eq!(rules, expected, "{reader} reads {writer}");
            }
        }
    }
}
