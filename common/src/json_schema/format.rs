//! The formats of strings that are checked.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::Draft;
use super::pattern::Pattern;

mod time;
mod uri;

/// A format that is checked; names that a draft does not know are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    DateTime,
    Date,
    Time,
    Email,
    Hostname,
    Ipv4,
    Ipv6,
    /// A URI as the draft has it: each is stricter than the one before.
    Uri(Draft),
    UriReference,
    UriTemplate,
    JsonPointer,
    RelativeJsonPointer,
    Regex,
}

impl Format {
    pub(super) fn new(name: &str, draft: Draft) -> Option<Self> {
        let (format, since) = match name {
            "date-time" => (Self::DateTime, Draft::Four),
            "email" => (Self::Email, Draft::Four),
            "hostname" => (Self::Hostname, Draft::Four),
            "ipv4" => (Self::Ipv4, Draft::Four),
            "ipv6" => (Self::Ipv6, Draft::Four),
            "uri" => (Self::Uri(draft), Draft::Four),
            "json-pointer" => (Self::JsonPointer, Draft::Six),
            "uri-reference" => (Self::UriReference, Draft::Six),
            "uri-template" => (Self::UriTemplate, Draft::Six),
            "date" => (Self::Date, Draft::Seven),
            "time" => (Self::Time, Draft::Seven),
            "regex" => (Self::Regex, Draft::Seven),
            "relative-json-pointer" => (Self::RelativeJsonPointer, Draft::Seven),
            _ => return None,
        };
        (draft >= since).then_some(format)
    }

    /// What a check costs, counted in simple checks.
    pub(super) fn cost(self, text: &str) -> usize {
        match self {
            // A regular expression is compiled.
            Self::Regex => 1_000 + text.len() * 64,
            _ => 1 + text.len() / 8,
        }
    }

    pub(super) fn accepts(self, text: &str) -> bool {
        match self {
            Self::DateTime => time::is_date_time(text),
            Self::Date => time::is_date(text),
            Self::Time => time::is_time(text),
            Self::Email => is_email(text),
            Self::Hostname => is_hostname(text, Alone::Allowed),
            Self::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
            Self::Ipv6 => is_ipv6(text),
            Self::Uri(draft) => uri::is_uri(text, draft),
            Self::UriReference => uri::is_reference(text),
            Self::UriTemplate => uri::is_template(text),
            Self::JsonPointer => is_json_pointer(text),
            Self::RelativeJsonPointer => is_relative_json_pointer(text),
            Self::Regex => Pattern::new(text).is_ok(),
        }
    }
}

/// An address with an optional zone (`%eth0`) and prefix length (`/64`).
fn is_ipv6(text: &str) -> bool {
    let (text, prefix) = text
        .split_once('/')
        .map_or((text, None), |(text, prefix)| (text, Some(prefix)));
    let (text, zone) = text
        .split_once('%')
        .map_or((text, None), |(text, zone)| (text, Some(zone)));
    let is_prefix = |prefix: &str| {
        (1..=3).contains(&prefix.len())
            && prefix.bytes().all(|digit| digit.is_ascii_digit())
            && prefix.parse::<u8>().is_ok_and(|bits| bits <= 128)
    };
    let is_zone = |zone: &str| {
        !zone.is_empty()
            && !zone.contains(|character: char| character == '%' || character.is_whitespace())
    };
    text.parse::<Ipv6Addr>().is_ok() && prefix.is_none_or(is_prefix) && zone.is_none_or(is_zone)
}

/// Whether a name may be of one label only.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Alone {
    Allowed,
    Refused,
}

/// Labels of letters, digits and hyphens; the last of several has a letter first and is no single one.
fn is_hostname(text: &str, alone: Alone) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.is_empty() || text.len() > 253 {
        return false;
    }
    let is_label = |label: &str| {
        let inner = |character: char| character.is_alphanumeric() || character == '-';
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(inner)
    };
    if !text.split('.').all(is_label) {
        return false;
    }
    match text.rsplit_once('.') {
        None => alone == Alone::Allowed,
        Some((_, top)) => top.chars().count() > 1 && top.starts_with(char::is_alphabetic),
    }
}

fn is_email(text: &str) -> bool {
    let Some((user, domain)) = text.rsplit_once('@') else {
        return false;
    };
    if user.is_empty() || user.len() > 64 || !is_user(user) {
        return false;
    }
    if let Some(address) = domain
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        return address.parse::<Ipv4Addr>().is_ok() || is_ipv6(address);
    }
    !domain.ends_with('.') && is_hostname(domain, Alone::Refused)
}

/// Words with a dot between each two; a word may be quoted.
fn is_user(user: &str) -> bool {
    let is_plain = |character: char| {
        !character.is_whitespace()
            && !character.is_control()
            && !"()<>@,;:\\\".[]".contains(character)
    };
    let mut rest = user;
    loop {
        let end = if let Some(quoted) = rest.strip_prefix('"') {
            match quoted.find('"') {
                Some(end) => end + 2,
                None => return false,
            }
        } else {
            rest.find(|character| !is_plain(character))
                .unwrap_or(rest.len())
        };
        rest = match rest.split_at(end) {
            ("", _) => return false,
            (_, "") => return true,
            (_, after) => match after.strip_prefix('.') {
                Some(after) => after,
                None => return false,
            },
        };
    }
}

fn is_json_pointer(text: &str) -> bool {
    let escapes_hold = text
        .split('~')
        .skip(1)
        .all(|after| after.starts_with(['0', '1']));
    (text.is_empty() || text.starts_with('/')) && escapes_hold
}

/// A count of levels up, then `#` or a pointer, whose escapes Java does not check.
fn is_relative_json_pointer(text: &str) -> bool {
    let digits = text
        .find(|next: char| !next.is_ascii_digit())
        .unwrap_or(text.len());
    let (count, rest) = text.split_at(digits);
    !count.is_empty()
        && (count == "0" || !count.starts_with('0'))
        && (matches!(rest, "" | "#") || rest.starts_with('/'))
}

#[cfg(test)]
mod tests;
