use super::*;

fn is_match(pattern: &str, text: &str) -> bool {
    Pattern::new(pattern)
        .unwrap_or_else(|fault| panic!("{pattern}: {fault:?}"))
        .is_match(text)
        .unwrap()
}

#[test]
fn patterns_match_as_in_java() {
    for (pattern, text, expected) in [
        ("^a+$", "aa", true),
        ("^a+$", "ab", false),
        ("b", "abc", true),
        // Java's `$` comes before a last line end.
        ("^a$", "a\n", true),
        ("^a$", "a\r\n", true),
        ("^a$", "a\n\n", false),
        ("^a\\z", "a\n", false),
        ("^.$", "\u{2028}", false),
        ("(?s)^.$", "\n", true),
        // Classes are of ASCII characters.
        ("^\\d$", "٣", false),
        ("^\\w+$", "Jürgen", false),
        ("^[\\w.-]+@[\\w-]+$", "a.b@c-d", true),
        ("^\\p{Alpha}$", "é", false),
        ("^\\p{L}+$", "é", true),
        ("^\\p{IsLatin}$", "é", true),
        ("^\\P{Upper}$", "A", false),
        ("^[^\\p{Upper}\\d]$", "a", true),
        ("^\\h$", "f", false),
        ("^\\u0041\\x42\\0103$", "ABC", true),
        ("^\\uD83D\\uDE00$", "😀", true),
        ("^\\Qa.b\\E$", "a.b", true),
        ("^\\Qa.b\\E$", "axb", false),
        ("^[a-z&&[^b]]$", "b", false),
        ("^[a\\-z]$", "-", true),
        ("^[+--]$", ",", true),
        ("^a{2,3}$", "aaa", true),
        ("^a}]$", "a}]", true),
        ("^\\{a\\}\\/$", "{a}/", true),
        ("(?i)^abc$", "ABC", true),
        ("(?m)^b$", "a\nb\nc", true),
        // These need look-around or back references.
        ("^(?=a).*$", "abc", true),
        ("^(?=a).*$", "x", false),
        ("^(?!.*--)[a-z-]+$", "a--b", false),
        ("^(a|b)\\1$", "aa", true),
        ("^(?<n>a|b)\\k<n>$", "ab", false),
        ("^a++b$", "aab", true),
        ("^a++a", "aaa", false),
        ("^[--/]$", ".", true),
        ("^(?>a|ab)c$", "abc", false),
    ] {
        assert_eq!(is_match(pattern, text), expected, "{pattern} on {text:?}");
    }
}

#[test]
fn what_java_refuses_is_refused() {
    for pattern in [
        "(", "[", "*", "a{2,1}", "\\y", "[]", "\\c", "\\p{Foo}", "a)", "(?<n", "\\x{", "\\u12",
    ] {
        assert!(Pattern::new(pattern).is_err(), "{pattern}");
    }
}

#[test]
fn patterns_that_explode_are_refused_or_end() {
    for pattern in ["((a{1,100}){1,100}){1,100}", "(?:\\p{L}{1,999}){1,999}"] {
        assert_eq!(
            Pattern::new(pattern).unwrap_err(),
            PatternFault::TooLarge,
            "{pattern}"
        );
    }
    assert!(Pattern::new(&"(".repeat(8000)).is_err());
    assert!(Pattern::new(&"(?=".repeat(2000)).is_err());
    assert!(Pattern::new(&"a".repeat(9000)).is_err());
    let linear = Pattern::new("^(a+)+$").unwrap();
    assert_eq!(
        linear.is_match(&format!("{}b", "a".repeat(50_000))),
        Ok(false)
    );
    let backtracking = Pattern::new("^((a+)\\2*)+$").unwrap();
    assert_eq!(
        backtracking.is_match(&format!("{}b", "a".repeat(5_000))),
        Err(TooManySteps)
    );
}
