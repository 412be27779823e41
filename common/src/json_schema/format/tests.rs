use super::*;

/// Whether a draft's format takes each text; what Java says unless the line says otherwise.
fn assert_format(draft: Draft, name: &str, accepted: &[&str], refused: &[&str]) {
    let format = Format::new(name, draft).unwrap();
    for text in accepted {
        assert!(format.accepts(text), "{name} refuses {text:?}");
    }
    for text in refused {
        assert!(!format.accepts(text), "{name} accepts {text:?}");
    }
}

#[test]
fn dates_with_times() {
    assert_format(
        Draft::Four,
        "date-time",
        &[
            "2023-04-12T13:45:33Z",
            "2023-04-12T24:00:00Z",
            "2023-04-12T13:45:33.1Z",
            "2023-04-12T13:45:33+02:00",
            "2023-04-12T13:45:33+18:00",
            "2023-04-12T13:45:33-00:00",
            "0001-01-01T00:00:00Z",
            "+12023-04-12T13:45:33Z",
            "2024-02-29T00:00:00Z",
        ],
        &[
            "2023-04-12 13:45",
            "2023-02-32T00:00:00Z",
            "2023-04-12t13:45:33z",
            "2023-04-12T23:59:60Z",
            "2023-04-12T13:45:33.1234567891Z",
            "2023-04-12T13:45:33.Z",
            "2023-04-12T13:45:33+0200",
            "2023-04-12T13:45:33+18:01",
            "2023-04-12T13:45:33",
            "0000-01-01T00:00:00Z",
            "12023-04-12T13:45:33Z",
            "-2023-04-12T13:45:33Z",
            "2023-4-12T13:45:33Z",
            "2023-04-12T13:45:33Z ",
            "2023-04-12T13:45:33,5Z",
            "２023-04-12T13:45:33Z",
            "2023-04-12T24:00:01Z",
            // Java takes these for the month's last day.
            "2023-02-30T00:00:00Z",
            "2023-04-31T00:00:00Z",
        ],
    );
}

#[test]
fn dates_and_times() {
    assert_format(
        Draft::Seven,
        "date",
        &[
            "2023-04-12",
            "0000-01-01",
            "+10000-01-01",
            "-0001-01-01",
            "2024-02-29",
        ],
        &[
            "2023-02-29",
            "2023-13-01",
            "2023-1-1",
            "10000-01-01",
            "+2023-01-01",
            "2023-04-31",
            "2023-04-12Z",
            "-+10000-01-01",
        ],
    );
    assert_format(
        Draft::Seven,
        "time",
        &["13:45:33Z", "24:00:00Z", "13:45:33+02:00", "13:45:33.123Z"],
        &[
            "25:00:00Z",
            "23:59:60Z",
            "13:45:33",
            "13:45Z",
            "13:45:33z",
            "1:45:33Z",
            "13:45:33.1234567890Z",
        ],
    );
}

#[test]
fn emails() {
    assert_format(
        Draft::Four,
        "email",
        &[
            "a@b.com",
            "\"a b\"@x.com",
            "a@[127.0.0.1]",
            "é@x.com",
            "a@é.com",
            "a@xn--p1ai.com",
            "a@x.рф",
            "a+b@x.com",
            "a@[::1]",
            "o'x@y.com",
            // Java knows a list of top-level domains as it once was.
            "a@b.notintheolderlists",
        ],
        &[
            "a@",
            "a@b",
            "a@b.c",
            "a b@x.com",
            "a@127.0.0.1",
            "a..b@x.com",
            ".a@x.com",
            "a.@x.com",
            "a@x_y.com",
            "a@-x.com",
            "a@localhost",
            "a@x.com.",
            "@x.com",
            "a@@x.com",
            "a@x.com ",
            "a@[IPv6:::1]",
            "",
            "@",
        ],
    );
}

#[test]
fn hostnames() {
    assert_format(
        Draft::Four,
        "hostname",
        &[
            "example.com",
            "x",
            "é.com",
            "1",
            "localhost",
            "example.com.",
            "a--b",
            "0x1.com",
        ],
        &[
            "-x-",
            "a.b",
            "x-",
            "a..b",
            ".a",
            "a_b",
            "",
            "1.2.3.4",
            "a.1",
            "a b",
            "a.-b",
            "*.com",
            &"a".repeat(64),
        ],
    );
}

#[test]
fn addresses() {
    assert_format(
        Draft::Four,
        "ipv4",
        &["10.0.0.1", "0.0.0.0", "255.255.255.255"],
        &[
            "10.0.0.256",
            "1.2.3",
            "1.2.3.4.5",
            "01.2.3.4",
            "1.2.3.4 ",
            "::1",
            "",
            "1.2.3.4/8",
        ],
    );
    assert_format(
        Draft::Four,
        "ipv6",
        &[
            "::",
            "::1",
            "1:2:3:4:5:6:7:8",
            "::ffff:1.2.3.4",
            "::1%eth0",
            "::1/64",
            "1:2:3:4:5:6:7::",
            "0001::",
        ],
        &[
            "::g",
            "1:2:3",
            "1::2::3",
            "1.2.3.4",
            "::1%",
            "::1/129",
            "12345::",
            "",
            ":::",
            "[::1]",
            "::1%a%b",
            "::01.2.3.4",
        ],
    );
}

#[test]
fn uris() {
    let sound = [
        "a:b",
        "http://x/é",
        "mailto:a@b",
        "urn:x:y",
        "http://x:99999/",
        "http://[::1]/",
        "HTTP://X",
        "http://x/%41",
    ];
    let broken = [
        "http://",
        "http:",
        "http://x y",
        "http://[::1/",
        "1a:b",
        "a b:c",
        "http://x/%zz",
        "http://x/{a}",
        "http://x/|",
        "http://x/^",
        "://x",
        ":",
        "a:",
        "http://x#a#b",
        "http://x/\\",
    ];
    for draft in [Draft::Four, Draft::Six, Draft::Seven] {
        assert_format(draft, "uri", &sound, &broken);
    }
    assert_format(Draft::Four, "uri", &["../x", "", "#f", "//x.y/z"], &[]);
    assert_format(Draft::Six, "uri", &["//x.y/z"], &["../x", "", "#f"]);
    assert_format(Draft::Seven, "uri", &[], &["../x", "", "#f", "//x.y/z"]);
    assert_format(
        Draft::Six,
        "uri-reference",
        &["", "../x", "a:b", "//x.y", "?q", "#", "é"],
        &["\\\\bad", "http:", "a b", "%zz", "{", "1a:b", ":a", "\0"],
    );
    assert_format(
        Draft::Six,
        "uri-template",
        &[
            "", "/{id}", "{a,b}", "{+a}", "{/a*}", "{a:3}", "{?a}", "a b", "%zz", "é", "{a.b}",
            "{%41}",
        ],
        &[
            "/{id", "}", "{}", "{ }", "{=a}", "{a}}", "{{a}}", "{a-b}", "{,a}", "{a:x}", "{a*:3}",
            "{é}",
        ],
    );
}

#[test]
fn pointers_and_expressions() {
    assert_format(
        Draft::Six,
        "json-pointer",
        &["", "/", "/a/b~0", "/a//b", "/é"],
        &["a/b", "/a~", "/a~2", "#/a", "~0"],
    );
    assert_format(
        Draft::Seven,
        "relative-json-pointer",
        &["0", "1#", "1/a", "10/a", "1/"],
        &["x", "01", "1a", "-1", "", "/a", "1##", "1#/a"],
    );
    assert_format(Draft::Seven, "regex", &["^a$", "(?=a)", ""], &["(", "*"]);
}

#[test]
fn drafts_know_only_their_own_formats() {
    for (name, draft) in [
        ("date", Draft::Six),
        ("regex", Draft::Four),
        ("json-pointer", Draft::Four),
        ("uuid", Draft::Seven),
    ] {
        assert_eq!(Format::new(name, draft), None, "{name}");
    }
}
