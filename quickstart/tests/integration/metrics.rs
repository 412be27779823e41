//! The table of metrics in `docs/OPERATIONS.md` is what the running daemons expose.

use crate::documents::{held, hold};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Some metrics come with librdkafka's statistics, every 5 s.
const PATIENCE: Duration = Duration::from_secs(20);

struct Family {
    kind: String,
    help: String,
    labels: BTreeSet<String>,
    binaries: BTreeSet<&'static str>,
}

/// Ends the process whatever the test says.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
fn the_metrics_table_is_what_the_daemons_expose() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quickstart"));
    for port in ["--producer-admin", "--consumer-admin", "--stub-listen"] {
        command.args([port, "127.0.0.1:0"]);
    }
    let mut child = command
        .env_clear()
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stderr = child.stderr.take().unwrap();
    let _running = Running(child);
    let places = addresses(stderr);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let table = table(&places);
        if held("docs/OPERATIONS.md", "metrics", &table) {
            return;
        }
        if Instant::now() > deadline {
            return hold("docs/OPERATIONS.md", "metrics", &table);
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// What quickstart says at start: which part listens where. The rest is read away.
fn addresses(stderr: std::process::ChildStderr) -> Vec<(&'static str, String)> {
    let mut lines = BufReader::new(stderr);
    let mut found = Vec::new();
    while found.len() < 3 {
        let mut line = String::new();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "ended early");
        for (said, binary) in [
            ("schema registry ", "registry-stub"),
            ("producer ", "producer"),
            ("consumer ", "consumer"),
        ] {
            if let Some(address) = line
                .strip_prefix(said)
                .and_then(|rest| rest.trim().strip_prefix("http://"))
            {
                found.push((binary, address.trim_end_matches('/').to_owned()));
            }
        }
    }
    std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
    found
}

fn table(places: &[(&'static str, String)]) -> String {
    let mut families = BTreeMap::new();
    for (binary, address) in places {
        read_families(binary, &metrics(address), &mut families);
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

fn metrics(address: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
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
