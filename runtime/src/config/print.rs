//! The configuration in force, printed as TOML or JSON.

use super::reader::Effective;
use super::value::quoted;
use serde_json::json;

/// The values in force and their origins as one JSON document on one line, keys as they are set: `section.key`.
pub(crate) fn print_json(effective: &[Effective]) -> String {
    let setting = |key: &Effective| {
        let value = parsed(key.shown.as_deref()?);
        Some((
            key.path.clone(),
            json!({ "value": value, "from": key.origin.to_string() }),
        ))
    };
    let settings: serde_json::Map<_, _> = effective.iter().filter_map(setting).collect();
    format!("{}\n", json!({ "settings": settings }))
}

/// A value that is shown as TOML, whose texts, numbers, truths and lists of them are JSON's, too.
fn parsed(shown: &str) -> serde_json::Value {
    serde_json::from_str(shown).unwrap_or_else(|_| shown.into())
}

/// Prints the values in force as TOML, each with its origin.
pub(crate) fn print(effective: &[Effective]) -> String {
    let mut lines = Vec::new();
    let mut section = "";
    for key in effective {
        let Some(shown) = &key.shown else { continue };
        let (name, rest) = key.path.split_once('.').unwrap_or(("", &key.path));
        if name != section {
            section = name;
            if !lines.is_empty() {
                lines.push(String::new());
            }
            lines.push(format!("[{section}]"));
        }
        let rest = match rest.split_once('.') {
            Some((table @ ("properties" | "config" | "fields" | "headers"), name)) => {
                format!("{table}.{}", quoted(name))
            }
            _ => rest.to_owned(),
        };
        lines.push(format!("{rest} = {shown}  # {}", key.origin));
    }
    lines.push(String::new());
    lines.join("\n")
}
