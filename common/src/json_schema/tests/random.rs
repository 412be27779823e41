//! Properties that hold for any text.

use proptest::prelude::*;

use super::*;

/// Any JSON value.
fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(|number| serde_json::Number::from_f64(number).into()),
        ".*".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::vec((".*", inner), 0..6)
                .prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect())),
        ]
    })
}

const WORDS: &str = "type properties items $ref id $id allOf anyOf oneOf not if then else const enum pattern \
    patternProperties additionalProperties additionalItems dependencies required format minimum exclusiveMaximum \
    multipleOf maxLength uniqueItems contains propertyNames definitions a";

const VALUES: &str = r##""string" "integer" "#" "#/definitions/a" "#/properties/a" "a" "^(a|b)+$" "(?=a)" "date-time"
    "regex" 1 0.5 -1 1e400 true false null [] {} "\ud800""##;

/// Texts that are often schemas, and sound ones at that.
fn schema_like() -> impl Strategy<Value = String> {
    let one_of = |texts: &'static str| {
        prop::sample::select(texts.split_whitespace().collect::<Vec<_>>()).prop_map(str::to_owned)
    };
    let inner = one_of(VALUES).prop_recursive(5, 60, 6, move |inner| {
        let entry =
            (one_of(WORDS), inner.clone()).prop_map(|(word, value)| format!("\"{word}\":{value}"));
        let object = prop::collection::vec(entry, 0..6)
            .prop_map(|entries| format!("{{{}}}", entries.join(",")));
        let array =
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(",")));
        prop_oneof![2 => object, 1 => array]
    });
    (4..8, inner).prop_map(|(draft, schema)| match schema.strip_prefix('{') {
        Some(rest) => {
            let comma = if rest == "}" { "" } else { "," };
            format!("{{\"$schema\":\"http://json-schema.org/draft-0{draft}/schema#\"{comma}{rest}")
        }
        None => schema,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn what_is_written_is_read_again(value in value()) {
        let schema = compile("{}");
        let mut payload = Vec::new();
        schema.encode_value(&value, &mut payload).unwrap();
        let mut json = Vec::new();
        prop_assert_eq!(schema.decode_json(&payload, JsonOut { validate: true }, &mut json).unwrap(), payload.len());
        prop_assert_eq!(&serde_json::from_slice::<serde_json::Value>(&json).unwrap(), &value);
        let mut again = Vec::new();
        schema.encode_json(&json, &mut again).unwrap();
        prop_assert_eq!(again, payload);
    }

    #[test]
    fn every_value_is_its_own_constant(value in value()) {
        let keyword = format!(r#""const":{value},"enum":[{value}]"#);
        prop_assert!(accepts(&keyword, &value.to_string()));
    }

    #[test]
    fn a_list_of_violations_is_there_if_and_only_if_the_quick_check_fails(schema in schema_like(), value in value()) {
        if let Ok(schema) = JsonSchema::compile(&schema, Limits::default())
            && let Err(Refusal::Invalid(violations)) = schema.check(value.to_string().as_bytes())
        {
            prop_assert!(!violations.found().is_empty());
        }
    }

    #[test]
    fn no_text_panics_as_a_schema(text in ".*", like in schema_like(), payload in schema_like()) {
        for definition in [&text, &like] {
            if let Ok(schema) = JsonSchema::compile(definition, Limits::default()) {
                schema.check(payload.as_bytes()).ok();
                let registered = registered_text(definition).unwrap();
                prop_assert_eq!(&registered_text(&registered).unwrap(), &registered);
            }
        }
    }

    #[test]
    fn no_bytes_panic_as_a_payload(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let schema = compile(r#"{"format":"email","pattern":"^a"}"#);
        schema.check(&bytes).ok();
        let mut out = Vec::new();
        if let Ok(taken) = schema.decode_json(&bytes, JsonOut { validate: true }, &mut out) {
            prop_assert!(taken <= bytes.len());
            prop_assert!(serde_json::from_slice::<serde::de::IgnoredAny>(&out).is_ok() || out.contains(&b'\\'));
        }
    }

    #[test]
    fn no_pattern_panics(pattern in r"[a\\\[\](){}^$.*+?|:<=!&~,0-9dswpQEuxkzZ-]{0,24}", text in ".{0,12}") {
        if let Ok(pattern) = pattern::Pattern::new(&pattern) {
            pattern.is_match(&text).ok();
        }
    }
}
