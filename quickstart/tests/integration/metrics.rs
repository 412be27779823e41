//! The table of metrics in `docs/METRICS.md` is what the running daemons expose.

use crate::documents::{held, hold};
use crate::live::Live;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Some metrics come with librdkafka's statistics, every 5 s.
const PATIENCE: Duration = Duration::from_secs(20);

struct Family {
    kind: String,
    help: String,
    labels: BTreeSet<String>,
    binaries: BTreeSet<&'static str>,
}

#[test]
fn the_metrics_table_is_what_the_daemons_expose() {
    let live = Live::start();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let table = table(&live);
        if held("docs/METRICS.md", "metrics", &table) {
            return;
        }
        if Instant::now() > deadline {
            return hold("docs/METRICS.md", "metrics", &table);
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

fn table(live: &Live) -> String {
    let mut families = BTreeMap::new();
    for (binary, text) in live.metrics() {
        read_families(binary, &text, &mut families);
    }
    let mut lines = vec![String::from(
        "| metric | type | labels | exposed by | meaning |\n|---|---|---|---|---|\n",
    )];
    for (name, family) in families {
        let list = |items: &BTreeSet<String>| {
            items
                .iter()
                .map(|label| format!("`{label}`"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let binaries: Vec<&str> = family.binaries.into_iter().collect();
        lines.push(format!(
            "| `{name}` | {} | {} | {} | {} |\n",
            family.kind,
            list(&family.labels),
            binaries.join(", "),
            family.help
        ));
    }
    lines.concat()
}

fn read_families(binary: &'static str, text: &str, families: &mut BTreeMap<String, Family>) {
    let mut help = BTreeMap::new();
    for line in text.lines() {
        if let Some((name, words)) = line
            .strip_prefix("# HELP ")
            .and_then(|rest| rest.split_once(' '))
        {
            help.insert(name.to_owned(), words.to_owned());
        } else if let Some((name, kind)) = line
            .strip_prefix("# TYPE ")
            .and_then(|rest| rest.split_once(' '))
        {
            let help = help.get(name).cloned().unwrap_or_default();
            let fresh = || Family {
                kind: kind.to_owned(),
                help,
                labels: BTreeSet::new(),
                binaries: BTreeSet::new(),
            };
            families
                .entry(name.to_owned())
                .or_insert_with(fresh)
                .binaries
                .insert(binary);
        } else if let Some((name, rest)) = line.split_once('{') {
            let base = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| name.strip_suffix(end))
                .unwrap_or(name);
            let known = if families.contains_key(name) {
                name
            } else {
                base
            };
            if let Some(family) = families.get_mut(known) {
                let labels = rest
                    .split('}')
                    .next()
                    .unwrap()
                    .split(',')
                    .filter_map(|pair| pair.split_once('='));
                family.labels.extend(
                    labels
                        .map(|(label, _)| label.to_owned())
                        .filter(|label| label != "le"),
                );
            }
        }
    }
}
