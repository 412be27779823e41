use super::*;

fn compact(text: &str) -> String {
    let mut out = Vec::new();
    read(&mut Cursor::new(text), &Limits::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_key_given_twice_is_found_in_objects_of_any_size() {
    for count in [2, 6, 7, 40, 128, 129, 1000] {
        let entries: Vec<_> = (0..count)
            .map(|number| format!("\"key_{number}\":{number}"))
            .collect();
        let single = format!("{{{}}}", entries.join(","));
        assert_eq!(compact(&single), single);
        let double = format!("{{{},\"key_0\":[]}}", entries.join(","));
        assert_eq!(compact(&double), single.replacen(":0", ":[]", 1), "{count}");
    }
}

#[test]
fn nodes_say_what_stands_where() {
    let text = r#"{"a": [1, 2.5, {"b": "x\n"}], "c": null}"#;
    let mut out = b"before".to_vec();
    let nodes = read(&mut Cursor::new(text), &Limits::default(), &mut out).unwrap();
    let tree = Tree::new(&out[6..], &nodes);
    let a = tree.member(0, b"a").unwrap();
    let kinds: Vec<_> = tree.items(a).map(|item| tree.node(item).kind).collect();
    assert_eq!(kinds, [Kind::Integer, Kind::Number, Kind::Object]);
    let b = tree.member(tree.items(a).nth(2).unwrap(), b"b").unwrap();
    assert_eq!(
        (string_text(&tree, b).as_ref(), string_length(&tree, b)),
        ("x\n", 2)
    );
    assert_eq!(element_text(&tree, a).as_ref(), br#"[1,2.5,{"b":"x\n"}]"#);
    let c = tree.member(0, b"c").unwrap();
    assert_eq!(tree.node(c).kind, Kind::Null);
    assert_eq!(tree.member(0, b"d"), None);
}
