//! URIs by RFC 2396, as Java reads them, with characters beyond ASCII allowed; URI templates by RFC 6570.

use std::net::Ipv6Addr;

use crate::json_schema::Draft;

/// A URI: in draft 4 any reference, in draft 6 one with a scheme or a host, later one with a scheme.
pub(super) fn is_uri(text: &str, draft: Draft) -> bool {
    is_reference(text)
        && match draft {
            Draft::Four => true,
            Draft::Six => scheme(text).is_some() || text.starts_with("//"),
            Draft::Seven => scheme(text).is_some(),
        }
}

/// A URI or what can be completed to one.
pub(super) fn is_reference(text: &str) -> bool {
    let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
    if !has_characters(fragment, true) {
        return false;
    }
    let Some(colon) = first_colon(text) else {
        return has_parts(text);
    };
    // What is before the first colon has to be a scheme, and something has to be behind it.
    scheme(text).is_some_and(|scheme| scheme.len() == colon)
        && text.len() > colon + 1
        && has_parts(&text[colon + 1..])
}

/// Where the colon of a scheme would be.
fn first_colon(text: &str) -> Option<usize> {
    text.find([':', '/', '?', '#'])
        .filter(|at| text.as_bytes().get(*at) == Some(&b':'))
}

fn scheme(text: &str) -> Option<&str> {
    let scheme = &text[..first_colon(text)?];
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|next| next.is_ascii_alphanumeric() || "+-.".contains(next));
    is_scheme.then_some(scheme)
}

/// What is behind the scheme.
fn has_parts(text: &str) -> bool {
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    if !has_characters(query, true) {
        return false;
    }
    let Some(rest) = path.strip_prefix("//") else {
        return has_characters(path, false);
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    // `//` alone names nothing.
    if authority.is_empty() && path.is_empty() && query.is_empty() {
        return false;
    }
    is_authority(authority) && has_characters(path, false)
}

fn is_authority(text: &str) -> bool {
    let host = text.rsplit_once('@').map_or(text, |(_, host)| host);
    let Some(literal) = host.strip_prefix('[') else {
        return has_characters(text, false);
    };
    let Some((address, port)) = literal.split_once(']') else {
        return false;
    };
    let port = port.strip_prefix(':').unwrap_or(port);
    address.parse::<Ipv6Addr>().is_ok() && port.bytes().all(|digit| digit.is_ascii_digit())
}

fn has_characters(text: &str, brackets: bool) -> bool {
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        let is_sound = match character {
            '%' => (0..2).all(|_| rest.next().is_some_and(|digit| digit.is_ascii_hexdigit())),
            '[' | ']' => brackets,
            ' ' | '"' | '#' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}' => false,
            other => !other.is_control() && !other.is_whitespace(),
        };
        if !is_sound {
            return false;
        }
    }
    true
}

/// Text with expressions in braces.
pub(super) fn is_template(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let Some(expression) = rest[at..].strip_prefix('{') else {
            return false;
        };
        let Some((expression, after)) = expression.split_once('}') else {
            return false;
        };
        if !is_expression(expression) {
            return false;
        }
        rest = after;
    }
    true
}

fn is_expression(text: &str) -> bool {
    let names = text
        .strip_prefix(['+', '#', '.', '/', ';', '?', '&'])
        .unwrap_or(text);
    names.split(',').all(|name| {
        let name = match name.split_once(':') {
            Some((name, length)) => {
                let is_length = (1..=5).contains(&length.len())
                    && length.bytes().all(|digit| digit.is_ascii_digit());
                if !is_length {
                    return false;
                }
                name
            }
            None => name.strip_suffix('*').unwrap_or(name),
        };
        let is_plain =
            |character: char| character.is_ascii_alphanumeric() || "_.%".contains(character);
        !name.is_empty() && name.chars().all(is_plain) && has_characters(name, false)
    })
}
