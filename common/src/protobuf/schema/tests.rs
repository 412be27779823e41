use proptest::prelude::*;

use super::*;

fn error(text: &str) -> String {
    compile(text).unwrap_err().to_string()
}

#[test]
fn faults_have_their_place() {
    for (text, fault) in [
        ("message A { x }", "1:15: expected"),
        ("/* é😀 */ message A { x }", "1:24: expected"),
        (
            "message A {} /* é */ message B { Unknown x = 1; }",
            "1:34: fields must",
        ),
        ("message A {}\nmessage A {}", "name 'A' is defined twice"),
        (
            "syntax = \"proto3\"; message A { B b = 1; }",
            "name 'B' is not defined",
        ),
    ] {
        assert!(error(text).contains(fault), "{text}: {}", error(text));
    }
}

#[test]
fn full_names_have_a_bound_together() {
    let fields = |kind: &str| {
        let field = |number| format!("{kind} f{number} = {number};");
        (1..=2_000).map(field).collect::<String>()
    };
    let text = |package: &str, name: &str, kind: &str| {
        let fields = fields(kind);
        format!(
            "syntax = \"proto3\"; package {package}; message {name} {{ {fields} }} message A {{}}"
        )
    };
    let long = "M".repeat(80_000);
    for text in [text("p", &long, "bool"), text(&long, "M", "A")] {
        let limit = names::MAX_NAMES;
        assert_eq!(
            compile(&text).unwrap_err().fault,
            ProtobufSchemaFault::NamesTooLong { limit }
        );
    }
    compile(&text("p", &long[..300], "A")).unwrap();
}

#[test]
fn messages_marked_as_map_entries_have_a_key_and_a_value() {
    let text = |fields: &str| {
        format!(
            "syntax = \"proto3\"; message M {{ repeated MEntry m = 1; \
             message MEntry {{ option map_entry = true; {fields} }} }} enum E {{ X = 0; }}"
        )
    };
    for fields in [
        "int32 key = 1; E value = 2;",
        "M value = 2; string key = 1;",
        "bool key = 1; .M value = 2;",
    ] {
        compile(&text(fields)).unwrap();
    }
    for fields in [
        "",
        "string key = 1;",
        "string value = 2;",
        "string key = 1; E value = 3;",
        "string key = 1; E value = 2; E more = 3;",
        "repeated string key = 1; E value = 2;",
        "string key = 1; repeated E value = 2;",
        "double key = 1; E value = 2;",
        "bytes key = 1; E value = 2;",
        "E key = 1; E value = 2;",
        "M key = 1; E value = 2;",
    ] {
        let error = error(&text(fields));
        assert!(
            error.contains("MEntry is marked as a map's entry"),
            "{fields}: {error}"
        );
    }
}

#[test]
fn only_what_the_registry_knows_can_be_imported() {
    for name in imports::GOOGLE {
        compile(&format!("import \"{name}\";")).unwrap();
    }
    for file in [
        "calendar_period",
        "color",
        "date",
        "dayofweek",
        "expr",
        "fraction",
        "interval",
        "latlng",
        "localized_text",
        "money",
        "month",
        "phone_number",
        "postal_address",
        "quaternion",
        "timeofday",
    ] {
        compile(&format!("import \"google/type/{file}.proto\";")).unwrap();
    }
    for name in [
        "additionalTypes/decimal.proto",
        "metadata/metadata.proto",
        "wire/extensions.proto",
    ] {
        compile(&format!("import \"{name}\";")).unwrap();
    }
    for name in [
        "other.proto",
        ".proto",
        "google/type/datetime.proto",
        "/etc/passwd",
        "../x.proto",
    ] {
        assert!(!is_importable(name));
        assert!(compile(&format!("import \"{name}\";")).is_err(), "{name}");
    }
    let name = "other.proto".to_owned();
    let fault = compile("import \"other.proto\";").unwrap_err().fault;
    assert_eq!(fault, ProtobufSchemaFault::Import { name });
}

#[test]
fn options_of_java_and_of_others_are_read() {
    let text = "syntax = \"proto3\"; package p; import \"metadata/metadata.proto\"; \
                import \"google/protobuf/descriptor.proto\"; option php_generic_services = true; \
                extend google.protobuf.FieldOptions { string own = 50005; } \
                message M { string s = 1 [metadata.metadata_key = \"k\", (own) = \"o\", metadata.metadata_value = \"v\"]; }";
    let printed = crate::protobuf::print(&compile(text).unwrap()).text;
    assert!(
        printed.contains("option php_generic_services = true;"),
        "{printed}"
    );
    assert!(
        printed.contains(
            "    metadata.metadata_key = \"k\",\n    metadata.metadata_value = \"v\"\n  ];"
        ),
        "{printed}"
    );
    let again = crate::protobuf::print(&compile(&printed).unwrap()).text;
    assert_eq!(again, printed);
}

/// A text of about this length, of one part again and again, each with its number.
fn repeated(length: usize, part: impl Fn(usize) -> String) -> String {
    let count = length / part(length).len();
    (1..=count).map(part).collect()
}

#[test]
fn long_and_deep_texts_end_soon() {
    const LENGTH: usize = 40_000;
    let option = "import \"google/protobuf/descriptor.proto\"; message A { optional A a = 1; } \
                  extend google.protobuf.FileOptions { optional A x = 50000; } option (x)";
    let again = |part: &str| repeated(LENGTH, |_| part.to_owned());
    let message = |body: String| format!("message A {{ {body} }}");
    for text in [
        again("x"),
        again(" "),
        format!("//{}", again("x")),
        format!("/*{}", again("*")),
        format!("option java_package = \"{}\";", again("x")),
        again("message A{"),
        again("message A{}"),
        again("= \"a\" x option "),
        again("option a = \"b\" x "),
        again("bytes b = 1 [default = \\;"),
        again("import \"google/protobuf/api.proto\";"),
        format!("package {}a;", again("a.")),
        format!("{option} = {{ {} }};", "a {".repeat(60)),
        format!("{option} = {{ {} }};", again("a { } ")),
        format!("{option}{} = 1;", again(".a")),
        message(repeated(LENGTH, |at| {
            format!("optional int32 a{at} = {at} [deprecated = true];")
        })),
        message(repeated(LENGTH, |at| format!("reserved {at};"))),
        message(again("oneof a { int32 b = 1; }")),
        format!(
            "enum A {{ {} }}",
            repeated(LENGTH, |at| format!("a{at} = 1;"))
        ),
    ] {
        let start = std::time::Instant::now();
        let _result = compile(&text);
        let took = start.elapsed().as_secs();
        assert!(took < 20, "{took} s for {}", &text[..40]);
    }
    let limit = MAX_LENGTH;
    let fault = compile(&"ä".repeat(limit + 1)).unwrap_err().fault;
    assert_eq!(fault, ProtobufSchemaFault::TooLong { limit });
}

proptest! {
    #[test]
    fn any_text_is_a_schema_or_is_not(text in ".*") {
        let _result = compile(&text);
    }

    #[test]
    fn any_words_are_a_schema_or_are_not(words in prop::collection::vec(word(), 0..60)) {
        let text = words.join(" ");
        if let Ok(file) = compile(&text) {
            crate::protobuf::ProtobufSchema::from_file(file, crate::limits::Limits::default());
        }
    }
}

fn word() -> impl Strategy<Value = &'static str> {
    const WORDS: &str = "message enum A B { } = 1 2 0 ; string bytes int32 repeated optional required map<string, > \
        oneof option [ ] default \"a\" \" \\ , import \"google/protobuf/any.proto\" google.protobuf.Any syntax \
        \"proto3\" \"proto2\" package group extensions to max reserved - inf json_name packed true a b extend service \
        rpc metadata.metadata_key (x) map_entry allow_alias // /* */ . A.B";
    let mut words: Vec<_> = WORDS.split(' ').collect();
    words.extend([
        "\n",
        "message A {",
        "string a = 1;",
        "B b = 2;",
        "message B {}",
        "enum E { Z = 0; }",
        "}",
    ]);
    prop::sample::select(words)
}

#[test]
fn texts_of_any_characters_mean_the_same_and_take_no_more_stack() {
    let file = compile(
        "syntax = \"proto3\"; /* é */ message M { string s = 1 [json_name = \"größe 😀\"]; } // é",
    );
    let field = file.unwrap().messages().next().unwrap().get_field(1);
    assert_eq!(field.unwrap().json_name(), "größe 😀");
    let long = "é".repeat(80_000);
    let texts = [
        format!("syntax = \"proto3\"; import \"{long}\"; message M {{}}"),
        format!("message M {{ optional string s = 1 [default = \"{long}\"]; }}"),
        format!("message M {{ optional string s = 1 [default = '{long}']; }}"),
        format!("message M {{ optional string s = 1 [default = \"{long}"),
        format!("syntax = \"proto3\"; // {long}\nmessage M {{}} /* {long}"),
        format!("syntax = \"proto3\"; {long} message M {{}}"),
    ];
    let read = move || texts.map(|text| compile(&text).is_ok());
    let thread = std::thread::Builder::new().stack_size(1024 * 1024);
    let read = thread.spawn(read).unwrap().join().unwrap();
    assert_eq!(read, [false, true, true, false, false, false]);
}
