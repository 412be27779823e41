//! Tables for the checks on single members.

use super::{
    Numbered, VersionNumber, arn, definition, definition_length, description, max_results, name,
    tags, version_id,
};
use crate::api::error::ApiError;
use crate::store::Tags;

fn text(result: Result<impl Sized, ApiError>) -> String {
    result.err().map_or_else(
        || "ok".to_owned(),
        |error| format!("{}: {error}", error.kind().0),
    )
}

fn of_length(parameter: &str) -> String {
    format!(
        "InvalidInputException: The resource name contains too many or too few characters. Parameter Name: {parameter}"
    )
}

fn of_characters(parameter: &str) -> String {
    format!(
        "InvalidInputException: The parameter value contains one or more characters that are not valid. Parameter Name: {parameter}"
    )
}

#[test]
fn names() {
    for good in ["a", "default-registry", "Orders_v1.2$#", &"x".repeat(255)] {
        assert_eq!(text(name(good, "schemaName")), "ok", "{good}");
    }
    for bad in ["", &"x".repeat(256)] {
        assert_eq!(
            text(name(bad, "schemaName")),
            of_length("schemaName"),
            "{bad}"
        );
    }
    for bad in ["a b", "a/b", "a\0b", "é", "a:b", "a\n"] {
        assert_eq!(
            text(name(bad, "registryName")),
            of_characters("registryName"),
            "{bad}"
        );
    }
}

#[test]
fn arns() {
    for good in [
        "arn:aws:glue:us-east-1:000000000000:registry/r",
        "arn:aws-cn:glue:cn-north-1:1:schema/r/s",
        "arn:aws-us-gov:glue:",
        "arn:aws-iso-b:glue:x",
    ] {
        assert_eq!(text(arn(good, "registryArn")), "ok", "{good}");
    }
    for bad in [
        "r",
        "arn:aws:glue",
        "arn:aws:s3:::b",
        "arn:aws-x:glue:a",
        "arn:aws:glue:a\0b",
        "arn:aws:glue:a\nb",
    ] {
        assert_eq!(
            text(arn(bad, "schemaArn")),
            of_characters("schemaArn"),
            "{bad}"
        );
    }
    for bad in ["", &"a".repeat(10_241)] {
        assert_eq!(text(arn(bad, "schemaArn")), of_length("schemaArn"));
    }
}

#[test]
fn descriptions() {
    for good in [
        None,
        Some(""),
        Some("two\r\n\tlines, ünïcode 🦀"),
        Some(&"é".repeat(2_048)),
    ] {
        assert_eq!(text(description(good)), "ok");
    }
    assert_eq!(
        text(description(Some(&"é".repeat(2_049)))),
        of_length("description")
    );
    for bad in ["\u{1}", "\u{b}", "a\u{fffe}", "\0"] {
        assert_eq!(
            text(description(Some(bad))),
            of_characters("description"),
            "{bad:?}"
        );
    }
}

#[test]
fn definitions() {
    assert_eq!(text(definition("\n {}")), "ok");
    assert_eq!(
        text(definition(&"é".repeat(170_000))),
        "ok",
        "characters count, not bytes"
    );
    for bad in ["", &"x".repeat(170_001)] {
        assert_eq!(text(definition(bad)), of_length("SchemaDefinition"));
        assert_eq!(text(definition_length(bad)), of_length("SchemaDefinition"));
    }
    assert_eq!(text(definition(" \n ")), of_characters("SchemaDefinition"));
    assert_eq!(
        text(definition_length(" \n ")),
        "ok",
        "a look-up does not check"
    );
}

#[test]
fn version_ids() {
    assert_eq!(
        text(version_id("00000000-0000-0000-0000-000000000000")),
        "ok"
    );
    assert_eq!(
        text(version_id("b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63")),
        "ok"
    );
    for bad in [
        "",
        "b7b4a7f09c964e4aa687fb5de9ef0c63",
        "B7B4A7F0-9C96-4E4A-A687-FB5DE9EF0C63",
        "{b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63}",
        "urn:uuid:b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63",
        "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c6g",
    ] {
        assert_eq!(
            text(version_id(bad)),
            of_characters("SchemaVersionId"),
            "{bad}"
        );
    }
}

#[test]
fn tag_sets() {
    let many = |count: usize| -> Tags {
        (0..count)
            .map(|i| (format!("key{i}"), String::new()))
            .collect()
    };
    let one = |key: usize, value: usize| Tags::from([("k".repeat(key), "v".repeat(value))]);
    for good in [many(0), many(50), one(128, 256)] {
        assert_eq!(text(tags(&good)), "ok");
    }
    assert_eq!(
        text(tags(&many(51))),
        "InvalidInputException: New Tags cannot be empty or more than 50"
    );
    for bad in [one(0, 0), one(129, 0), one(1, 257)] {
        assert!(text(tags(&bad)).starts_with("ValidationException: 1 validation error detected: "));
    }
}

#[test]
fn page_sizes() {
    for (asked, size) in [(None, 25), (Some(1), 1), (Some(100), 100)] {
        assert_eq!(max_results(asked).unwrap(), size);
    }
    let table = [
        (0, "greater than or equal to 1"),
        (-1, "greater than or equal to 1"),
        (101, "less than or equal to 100"),
    ];
    for (bad, constraint) in table {
        let wanted = format!(
            "ValidationException: 1 validation error detected: Value '{bad}' at 'maxResults' failed to satisfy constraint: Member must have value {constraint}"
        );
        assert_eq!(text(max_results(Some(bad))), wanted);
    }
}

#[test]
fn version_numbers() {
    let given = |latest_version, version_number| VersionNumber {
        latest_version,
        version_number,
    };
    assert_eq!(given(None, Some(3)).resolve().unwrap(), Numbered::Number(3));
    assert_eq!(
        given(Some(false), Some(3)).resolve().unwrap(),
        Numbered::Number(3)
    );
    assert_eq!(given(Some(true), None).resolve().unwrap(), Numbered::Latest);
    assert_eq!(
        text(given(Some(true), Some(3)).resolve()),
        "InvalidInputException: Only one of VersionNumber or LatestVersion is required."
    );
    for neither in [given(None, None), given(Some(false), None)] {
        assert_eq!(
            text(neither.resolve()),
            "InvalidInputException: One of version number (or) latest version is required."
        );
    }
    for bad in [0, -1, 100_001, i64::MIN] {
        assert!(
            text(given(None, Some(bad)).shape()).starts_with("ValidationException"),
            "{bad}"
        );
    }
}
