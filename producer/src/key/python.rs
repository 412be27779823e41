//! Rewrites JSON text the way Python's `json.dumps` writes it: a space after `,` and `:`, ASCII only.

/// Rewrites a JSON value that is known to be sound. Numbers keep their text.
pub(super) fn write_json(json: &str, out: &mut Vec<u8>) {
    let mut rest = json;
    let special = |byte: u8| matches!(byte, b'"' | b',' | b':' | b' ' | b'\t' | b'\r' | b'\n');
    while let Some(at) = rest.bytes().position(special) {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let found = rest.as_bytes()[at];
        rest = &rest[at + 1..];
        match found {
            b'"' => rest = write_string(rest, out),
            b',' => out.extend_from_slice(b", "),
            b':' => out.extend_from_slice(b": "),
            _ => {}
        }
    }
    out.extend_from_slice(rest.as_bytes());
}

/// Writes a text as a JSON string.
pub(super) fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    text.chars().for_each(|c| write_char(c, out));
    out.push(b'"');
}

/// Rewrites a JSON string from behind its first quote; gives back what follows its last.
fn write_string<'a>(string: &'a str, out: &mut Vec<u8>) -> &'a str {
    out.push(b'"');
    let mut rest = string;
    loop {
        let plain = rest
            .bytes()
            .position(|byte| !is_plain(byte))
            .unwrap_or(rest.len());
        out.extend_from_slice(&rest.as_bytes()[..plain]);
        rest = &rest[plain..];
        let mut chars = rest.chars();
        match chars.next() {
            None | Some('"') => {
                out.push(b'"');
                return chars.as_str();
            }
            Some('\\') => rest = write_escape(chars.as_str(), out),
            Some(c) => {
                write_char(c, out);
                rest = chars.as_str();
            }
        }
    }
}

/// Rewrites an escape from behind its backslash; gives back what follows it.
fn write_escape<'a>(escape: &'a str, out: &mut Vec<u8>) -> &'a str {
    let mut chars = escape.chars();
    match chars.next() {
        Some('u') => {
            let unit = chars
                .as_str()
                .get(..4)
                .and_then(|digits| u16::from_str_radix(digits, 16).ok());
            write_unit(unit.unwrap_or(0xfffd), out);
            chars.as_str().get(4..).unwrap_or("")
        }
        Some('b') => after(&chars, '\u{8}', out),
        Some('f') => after(&chars, '\u{c}', out),
        Some('n') => after(&chars, '\n', out),
        Some('r') => after(&chars, '\r', out),
        Some('t') => after(&chars, '\t', out),
        Some(c) => after(&chars, c, out),
        None => "",
    }
}

fn after<'a>(rest: &std::str::Chars<'a>, c: char, out: &mut Vec<u8>) -> &'a str {
    write_char(c, out);
    rest.as_str()
}

fn write_char(c: char, out: &mut Vec<u8>) {
    c.encode_utf16(&mut [0; 2])
        .iter()
        .for_each(|unit| write_unit(*unit, out));
}

/// Writes one UTF-16 unit: as it is, with a short escape, or as `\u` with lower-case digits.
fn write_unit(unit: u16, out: &mut Vec<u8>) {
    let short = match u8::try_from(unit) {
        Ok(byte) if is_plain(byte) => {
            out.push(byte);
            return;
        }
        Ok(byte @ (b'"' | b'\\')) => byte,
        Ok(8) => b'b',
        Ok(0xc) => b'f',
        Ok(b'\n') => b'n',
        Ok(b'\r') => b'r',
        Ok(b'\t') => b't',
        _ => {
            out.extend_from_slice(b"\\u");
            for shift in [12, 8, 4, 0] {
                out.push(b"0123456789abcdef"[usize::from(unit >> shift & 0xf)]);
            }
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Whether Python writes the byte into a string as it is.
fn is_plain(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\'
}
