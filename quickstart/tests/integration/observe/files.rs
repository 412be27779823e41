//! The files of `observe/`: what its rules and dashboards ask, and what they say beside.

use crate::documents::root;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

/// One query, where it stands, and the labels that the words beside it speak of.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) place: String,
    pub(crate) query: String,
    pub(crate) spoken: Vec<String>,
}

/// One rule of Prometheus: a sum that it records, or an alarm.
#[derive(Debug, Default)]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) is_alarm: bool,
    pub(crate) query: String,
    pub(crate) severity: String,
    pub(crate) runbook: String,
    /// Labels that its annotations show.
    pub(crate) spoken: Vec<String>,
    pub(crate) shows_value: bool,
}

/// The files of a folder whose names end so.
pub(crate) fn files(folder: &str, end: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(end))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "{folder} has no {end}");
    found
}

/// The rules, in the form in which our files are written: one key a line, long queries in blocks.
pub(crate) fn rules() -> Vec<Rule> {
    files("observe/rules", ".yml")
        .iter()
        .flat_map(|path| read_rules(&fs::read_to_string(path).unwrap()))
        .collect()
}

fn read_rules(text: &str) -> Vec<Rule> {
    let mut found: Vec<Rule> = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let line = line.trim();
        for (key, is_alarm) in [("- record: ", false), ("- alert: ", true)] {
            if let Some(name) = line.strip_prefix(key) {
                found.push(Rule {
                    name: name.to_owned(),
                    is_alarm,
                    ..Rule::default()
                });
            }
        }
        let Some((rule, (key, value))) = found.last_mut().zip(line.split_once(": ")) else {
            continue;
        };
        match key {
            "expr" if value == "|" => {
                while let Some(more) = lines.next_if(|next| next.starts_with("          ")) {
                    rule.query += more;
                }
            }
            "expr" => value.clone_into(&mut rule.query),
            "severity" => value.clone_into(&mut rule.severity),
            "runbook" => value.clone_into(&mut rule.runbook),
            "summary" | "description" => {
                rule.spoken.extend(between(value, "$labels.", [' ', '}']));
                rule.shows_value |= value.contains("$value");
            }
            _ => {}
        }
    }
    found
}

/// The words that stand behind a mark, up to one of two signs.
fn between(text: &str, mark: &str, ends: [char; 2]) -> Vec<String> {
    text.split(mark)
        .skip(1)
        .map(|rest| rest.split(ends).next().unwrap().to_owned())
        .collect()
}

/// The dashboards by the names of their files.
pub(crate) fn dashboards() -> Vec<(String, Value)> {
    files("observe/grafana/dashboards", ".json")
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(path).unwrap();
            (name, serde_json::from_str(&text).unwrap())
        })
        .collect()
}

/// The panels of a dashboard but those that only divide it.
pub(crate) fn panels(dashboard: &Value) -> impl Iterator<Item = &Value> {
    let panels = dashboard["panels"].as_array().unwrap();
    panels.iter().filter(|panel| panel["type"] != "row")
}

/// All that a dashboard asks: its panels, its variables, its annotations.
pub(crate) fn asked(name: &str, dashboard: &Value) -> Vec<Asked> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut found = Vec::new();
    for panel in panels(dashboard) {
        for target in panel["targets"].as_array().unwrap() {
            found.push(Asked {
                place: format!("{name}: {}", text(&panel["title"])),
                query: text(&target["expr"]),
                spoken: between(&text(&target["legendFormat"]), "{{", ['}', '}']),
            });
        }
    }
    for variable in dashboard["templating"]["list"].as_array().unwrap() {
        let definition = text(&variable["definition"]);
        let inner = definition
            .strip_prefix("label_values(")
            .and_then(|rest| rest.strip_suffix(')'));
        let (query, label) = inner.unwrap().rsplit_once(", ").unwrap();
        found.push(Asked {
            place: format!("{name}: variable {}", text(&variable["name"])),
            query: query.to_owned(),
            spoken: vec![label.to_owned()],
        });
    }
    for annotation in dashboard["annotations"]["list"].as_array().unwrap() {
        found.push(Asked {
            place: format!("{name}: annotation {}", text(&annotation["name"])),
            query: text(&annotation["target"]["expr"]),
            spoken: between(&text(&annotation["titleFormat"]), "{{", ['}', '}']),
        });
    }
    found
}
