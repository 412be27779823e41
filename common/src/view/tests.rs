//! Tests of views by themselves: what there can be, and what fits a schema. What values look like through them is tested
//! where frames are read.

use super::*;

fn view(changes: &[(&str, Change)]) -> Result<View, ViewError> {
    let changes = changes
        .iter()
        .map(|(path, change)| ((*path).to_owned(), change.clone()));
    View::new(changes, Some(MaskKey::new(b"key")))
}

fn renamed(name: &str) -> Change {
    Change::Rename(name.to_owned())
}

#[test]
fn changes_that_exclude_each_other_are_refused_with_their_field() {
    for (changes, said) in [
        (&[("", Change::Drop)][..], "`` is no path of fields"),
        (&[("a..b", Change::Drop)], "`a..b` is no path of fields"),
        (&[("a", renamed("1"))], "`1` is no new name for `a`"),
        (&[("a", renamed("b.c"))], "`b.c` is no new name for `a`"),
        (
            &[("a", Change::Keep), ("a", Change::Drop)],
            "`a` is kept and dropped",
        ),
        (
            &[("a", Change::Drop), ("a.b", Change::Mask)],
            "`a` is dropped and changed inside",
        ),
        (
            &[("a", Change::Mask), ("a.b", Change::Drop)],
            "`a` is masked and changed inside",
        ),
        (
            &[("a", Change::Mask), ("a", Change::Drop)],
            "`a` is dropped and masked",
        ),
        (
            &[("a", renamed("b")), ("a", Change::Drop)],
            "`a` is dropped and renamed",
        ),
        (
            &[("a", Change::Keep), ("a.b", Change::Keep)],
            "`a` is kept whole and kept in part",
        ),
        (
            &[("a", Change::Keep), ("b", Change::Mask)],
            "`b` is masked and not kept",
        ),
        (
            &[("a.x", Change::Keep), ("a.y", renamed("z"))],
            "`a.y` is renamed and not kept",
        ),
        (
            &[("a", Change::Keep), ("b.c", Change::Mask)],
            "`b` is changed inside and not kept",
        ),
    ] {
        let error = view(changes).unwrap_err().to_string();
        assert!(error.starts_with(said), "{error}");
    }
    let unkeyed = View::new([("a".to_owned(), Change::Mask)], None).unwrap_err();
    assert_eq!(unkeyed, ViewError::Key("a".to_owned()));
    for changes in [
        &[("a", Change::Keep), ("a.b", Change::Mask)][..],
        &[("a", Change::Keep), ("b", Change::Drop)],
        &[("a", Change::Mask), ("a", renamed("b"))],
    ] {
        view(changes).unwrap();
    }
}

const AVRO: &str = r#"{"type":"record","name":"R","fields":[
    {"name":"id","type":"string"},
    {"name":"list","type":{"type":"array","items":["null",{"type":"record","name":"I","fields":[{"name":"n","type":"int"}]}]}},
    {"name":"map","type":{"type":"map","values":"I"}}]}"#;
const PROTOBUF: &str = r#"syntax = "proto3"; message R { string id = 1; repeated I list = 2; map<string, I> map = 3; int32 user_id = 4; }
    message I { int32 n = 1; }"#;
const JSON: &str = r##"{"properties":{"id":{"type":"string"},"list":{"type":"array","items":{"properties":{"n":{"type":"integer"}}}},
    "map":{"additionalProperties":{"properties":{"n":{}}}},"open":{"$ref":"#/definitions/o"}}}"##;

#[test]
fn a_schema_is_asked_for_every_field() {
    let formats = [
        (DataFormat::Avro, AVRO),
        (DataFormat::Protobuf, PROTOBUF),
        (DataFormat::Json, JSON),
    ];
    for (format, definition) in formats {
        for path in ["id", "list", "list.n", "map.n", "map"] {
            if (format, path) == (DataFormat::Json, "map.n") {
                // Keys of a map are fields like others, and its values have no path.
                continue;
            }
            let found = view(&[(path, Change::Drop)])
                .unwrap()
                .check(format, definition);
            assert_eq!(found, Ok(()), "{format:?} {path}");
        }
        for path in ["ID", "list.m", "m", "map.m", "list.n.x"] {
            let found = view(&[(path, Change::Drop)])
                .unwrap()
                .check(format, definition);
            let is_json_leaf = format == DataFormat::Json && path == "list.n.x";
            let missing = Err(ViewError::Missing(path.to_owned()));
            assert_eq!(
                found,
                if is_json_leaf { Ok(()) } else { missing },
                "{format:?} {path}"
            );
        }
    }
    let either = |path: &str| {
        view(&[(path, Change::Drop)])
            .unwrap()
            .check(DataFormat::Protobuf, PROTOBUF)
    };
    assert_eq!((either("user_id"), either("userId")), (Ok(()), Ok(())));
    assert_eq!(
        view(&[("open.x", Change::Drop)])
            .unwrap()
            .check(DataFormat::Json, JSON),
        Ok(())
    );
    let error = View::of(["a".to_owned()])
        .unwrap()
        .check(DataFormat::Avro, "{")
        .unwrap_err();
    assert!(matches!(error, ViewError::Definition(_)), "{error:?}");
}

#[test]
fn what_has_parts_is_not_masked_and_no_name_is_given_twice() {
    for (format, definition, kind) in [
        (DataFormat::Avro, AVRO, "an array"),
        (DataFormat::Protobuf, PROTOBUF, "a message"),
    ] {
        let error = view(&[("list", Change::Mask)])
            .unwrap()
            .check(format, definition)
            .unwrap_err();
        assert_eq!(
            error,
            ViewError::Composite {
                path: "list".to_owned(),
                kind
            }
        );
        let error = view(&[("map", renamed("id"))])
            .unwrap()
            .check(format, definition)
            .unwrap_err();
        assert_eq!(error, ViewError::Twice("id".to_owned()));
    }
}

#[test]
fn what_could_be_seen_all_the_same_is_refused() {
    let union = r#"{"type":"record","name":"R","fields":[{"name":"c","type":["string",{"type":"record","name":"C","fields":[{"name":"city","type":"string"}]}]}]}"#;
    let error = view(&[("c.city", Change::Keep)])
        .unwrap()
        .check(DataFormat::Avro, union)
        .unwrap_err();
    assert_eq!(error, ViewError::Leaf("c".to_owned()));
    let looked_up = View::of(["c.city".to_owned()]).unwrap();
    assert_eq!(looked_up.check(DataFormat::Avro, union), Ok(()));
    let protobuf =
        r#"syntax = "proto3"; message R { string user_id = 1; map<string, string> m = 2; }"#;
    for (changes, said) in [
        (
            &[("userId", renamed("u")), ("user_id", Change::Mask)][..],
            "`user_id` is named by its name in the schema and by its name in JSON",
        ),
        (&[("m", Change::Mask)], "`m` is a map"),
    ] {
        let error = view(changes).unwrap().check(DataFormat::Protobuf, protobuf);
        let error = error.unwrap_err().to_string();
        assert!(error.starts_with(said), "{error}");
    }
    let map = r#"{"properties":{"m":{"additionalProperties":{"properties":{"email":{}}}}}}"#;
    let error = view(&[("m.email", Change::Mask)])
        .unwrap()
        .check(DataFormat::Json, map);
    assert_eq!(error, Err(ViewError::Missing("m.email".to_owned())));
}
