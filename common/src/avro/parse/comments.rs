//! Comments in schema texts, which Java's parser accepts.

use std::borrow::Cow;

/// Puts spaces in place of comments, `/* … */` and `// …`, and leaves strings alone.
///
/// Line ends stay, so that an error's line stays true. A comment without end stays as it is, to be refused.
pub(super) fn blank(text: &str) -> Cow<'_, str> {
    if !text.contains("/*") && !text.contains("//") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['"', '/']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let length = if from.starts_with('"') {
            string(from)
        } else {
            comment(from)
        };
        let (token, behind) = from.split_at(length.unwrap_or(from.len()));
        if from.starts_with('"') || length.is_none() || token == "/" {
            out.push_str(token);
        } else {
            out.extend(
                token
                    .chars()
                    .map(|character| if character == '\n' { '\n' } else { ' ' }),
            );
        }
        rest = behind;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Length of the string that begins `text`, quotes included.
fn string(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Length of the comment that begins `text`, or 1 for a lone slash.
fn comment(text: &str) -> Option<usize> {
    if text.starts_with("/*") {
        return text.get(2..)?.find("*/").map(|at| at + 4);
    }
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    Some(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_comments_turn_into_spaces() {
        for (text, blanked) in [
            ("/* c */ 1", "        1"),
            ("1 // c\n2", "1     \n2"),
            ("1 // c", "1     "),
            (r#""a//b" "/*" "\"/*" /**/"#, r#""a//b" "/*" "\"/*"     "#),
            ("/*\n*/1", "  \n  1"),
            ("/* open", "/* open"),
            ("\"open /* */", "\"open /* */"),
            ("1 / 2 /* é */", "1 / 2        "),
            ("/*/", "/*/"),
        ] {
            assert_eq!(blank(text), blanked, "{text}");
        }
    }
}
