//! Rules are read from both forms and refused with their place.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Rule, from_json, from_pairs};
use crate::api::Operation;

fn pairs(of: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(key, text): &(&str, &str)| ((*key).to_owned(), (*text).to_owned());
    of.iter().map(owned).collect()
}

#[test]
fn both_forms_give_the_same_rules() {
    let json = json!({
        "slow": {"operations": ["GetSchema", "GetRegistry"], "latency": "200ms", "jitter": "50ms", "for": "1m"},
        "limits": {"throttle": "5/s", "burst": 2},
        "broken": {"errors": 20},
        "down": {"refuse": true},
    });
    let (rules, complaints) = from_pairs(&pairs(&[
        ("slow.operations", "GetSchema, GetRegistry"),
        ("slow.latency", "200ms"),
        ("slow.jitter", "50ms"),
        ("slow.for", "60s"),
        ("limits.throttle", "5/s"),
        ("limits.burst", "2"),
        ("broken.errors", "20%"),
        ("down.refuse", "true"),
    ]));
    assert_eq!(complaints, []);
    assert_eq!(from_json(json.to_string().as_bytes()).unwrap(), rules);
    assert!(
        rules["slow"].means(Operation::GetRegistry) && !rules["slow"].means(Operation::Unknown)
    );
    assert!(rules["down"].means(Operation::Unknown) && rules["down"].is_outage());
}

#[test]
fn a_rule_prints_what_can_be_given_again() {
    for fields in [
        json!({"operations": ["GetSchema"], "throttle": "5/s", "burst": 2, "latency": "200ms", "jitter": "5ms", "errors": 20, "refuse": true, "for": "30s"}),
        json!({"throttle": "0/s"}),
        json!({"errors": 100}),
    ] {
        let rules = from_json(json!({ "one": fields }).to_string().as_bytes()).unwrap();
        let rule = &rules["one"];
        assert_eq!(rule.to_json(rule.lasts), fields);
    }
}

#[test]
fn a_burst_that_is_not_given_is_a_second_of_the_rate() {
    let rule = |throttle: &str| {
        let mut rule = Rule::default();
        rule.set("throttle", throttle).unwrap();
        rule.limit()
    };
    assert_eq!(rule("2.5/s"), Some((2.5, 3)));
    assert_eq!(rule("0/s"), Some((0.0, 0)));
    assert_eq!(Rule::default().limit(), None);
    assert_eq!(Rule::default().lasts, None::<Duration>);
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let table: [(Value, &str); 16] = [
        (
            json!({"a": {"latncy": "1s"}}),
            "a.latncy: no such field; there are operations, throttle, burst, latency, jitter, errors, refuse, for",
        ),
        (
            json!({"a": {"latency": "1"}}),
            "a.latency: \"1\" is not a duration",
        ),
        (
            json!({"a": {"latency": "11m"}}),
            "a.latency: \"11m\" is longer than ten minutes",
        ),
        (
            json!({"a": {"jitter": 5}}),
            "a.jitter: \"5\" is not a duration",
        ),
        (
            json!({"a": {"errors": 101}}),
            "a.errors: \"101\" is not a share",
        ),
        (
            json!({"a": {"errors": -1}}),
            "a.errors: \"-1\" is not a share",
        ),
        (
            json!({"a": {"errors": 0.5}}),
            "a.errors: \"0.5\" is not a share",
        ),
        (
            json!({"a": {"refuse": "maybe"}}),
            "a.refuse: \"maybe\" is neither true nor false",
        ),
        (json!({"a": {"refuse": null}}), "a.refuse: a text, a number"),
        (
            json!({"a": {"operations": ["CreateJob"], "refuse": true}}),
            "a.operations: no such operation: \"CreateJob\"",
        ),
        (
            json!({"a": {"operations": ["unknown"], "refuse": true}}),
            "a.operations: no such operation: \"unknown\"",
        ),
        (json!({"a": {}}), "a: it does nothing"),
        (
            json!({"a": {"refuse": true, "burst": 1}}),
            "a.burst: it is used with throttle only",
        ),
        (
            json!({"a": {"throttle": "1/s", "burst": 0}}),
            "a.burst: at 0 nothing ever passes",
        ),
        (json!({"a b": {"refuse": true}}), "a b: a name has"),
        (json!([]), "not an object of faults"),
    ];
    for (body, wanted) in table {
        let error = from_json(body.to_string().as_bytes()).unwrap_err();
        assert!(error.starts_with(wanted), "{body}: {error}");
    }
}

#[test]
fn what_only_looks_right_is_refused_with_its_place() {
    for (body, wanted) in [
        (
            json!({"a": {"errors": "50%%"}}),
            "a.errors: \"50%%\" is not a share",
        ),
        (
            json!({"a": {"errors": "%"}}),
            "a.errors: \"%\" is not a share",
        ),
        (
            json!({"a": {"refuse": true, "for": "0s"}}),
            "a.for: \"0s\" is no time; leave it out for a fault that lasts until it is lifted",
        ),
        (
            json!({"a": {"refuse": true, "for": "0.9ms"}}),
            "a.for: \"0.9ms\" is no time",
        ),
        (
            json!({"a": {"refuse": true, "for": "-1s"}}),
            "a.for: \"-1s\" is not a duration",
        ),
        (
            json!({"a": {"operations": ["GetSchema", "GetTags", "GetSchema"], "refuse": true}}),
            "a.operations: \"GetSchema\" is named twice",
        ),
        (
            json!({"a": {"operations": "GetSchema, GetSchema", "refuse": true}}),
            "a.operations: \"GetSchema\" is named twice",
        ),
    ] {
        let error = from_json(body.to_string().as_bytes()).unwrap_err();
        assert!(error.starts_with(wanted), "{body}: {error}");
    }
}

#[test]
fn what_is_given_twice_is_refused_by_its_name() {
    for (body, wanted) in [
        (
            r#"{"a": {"errors": 20}, "b": {"refuse": true}, "a": {"latency": "1s"}}"#,
            "a: two faults have this name",
        ),
        (
            r#"{"a": {"errors": 20, "refuse": true, "errors": 30}}"#,
            "a.errors: it is given twice",
        ),
    ] {
        assert_eq!(from_json(body.as_bytes()).unwrap_err(), wanted);
    }
}

#[test]
fn the_end_of_a_fault_can_be_given_again() {
    let rules = from_json(br#"{"a": {"refuse": true, "for": "30s"}}"#).unwrap();
    let shown = rules["a"].to_json(Some(Duration::from_nanos(1)));
    assert_eq!(shown["for"], "1ms");
    let again = json!({ "a": shown }).to_string();
    from_json(again.as_bytes()).unwrap();
}

#[test]
fn all_that_is_wrong_in_the_configuration_is_said() {
    let (_, complaints) = from_pairs(&pairs(&[("a", "1s"), ("b.errors", "x"), ("c.x", "")]));
    let places: Vec<&str> = complaints.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(places, ["a", "b.errors", "c.x"]);
}

#[test]
fn there_are_not_more_faults_than_fit() {
    let many = |count: usize| {
        let faults = (0..count).map(|number| (number.to_string(), json!({"refuse": true})));
        Value::Object(faults.collect()).to_string()
    };
    assert!(from_json(many(100).as_bytes()).is_ok());
    assert!(from_json(many(101).as_bytes()).is_err());
}
