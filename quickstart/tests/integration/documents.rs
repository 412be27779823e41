//! The tables in the documents are what the code says.

use consumer::config::ConsumerConfig;
use registry_stub::StubConfig;
use runtime::config::{Config, Effective, Reader, Sources};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn keys<C: Config>() -> Vec<Effective> {
    Reader::load::<C>(&Sources::default()).unwrap().effective
}

/// `| key | type | default | read by | what it is for |`, a row a key, in the order of the sections.
fn table() -> String {
    let mut rows: Vec<(Effective, Vec<&str>)> = Vec::new();
    let binaries = [
        (producer::Config::BINARY, keys::<producer::Config>()),
        (ConsumerConfig::BINARY, keys::<ConsumerConfig>()),
        (StubConfig::BINARY, keys::<StubConfig>()),
    ];
    for (binary, keys) in binaries {
        for key in keys {
            match rows.iter_mut().find(|(known, _)| known.path == key.path) {
                Some((_, binaries)) => binaries.push(binary),
                None => rows.push((key, vec![binary])),
            }
        }
    }
    rows.sort_by_key(|(key, _)| section_rank(&key.path));
    let mut lines = vec![String::from(
        "| key | type | default | read by | what it is for |\n|---|---|---|---|---|\n",
    )];
    for (key, binaries) in rows {
        let default = if key.default.starts_with('`')
            || !key.default.contains('"') && !key.default.chars().any(char::is_numeric)
        {
            key.default.clone()
        } else {
            format!("`{}`", key.default)
        };
        lines.push(format!(
            "| `{}` | {} | {} | {} | {} |\n",
            key.path,
            key.kind,
            default,
            binaries.join(", "),
            key.help
        ));
    }
    lines.concat()
}

fn section_rank(path: &str) -> usize {
    let section = path.split('.').next().unwrap();
    runtime::config::SECTIONS
        .iter()
        .position(|known| *known == section)
        .unwrap()
}

/// A document's text, and where the part between two markers begins and ends.
fn part(document: &str, marker: &str) -> (String, usize, usize) {
    let text = fs::read_to_string(root().join(document)).unwrap();
    let (begin, end) = (
        format!("<!-- {marker} -->\n"),
        format!("<!-- end of {marker} -->"),
    );
    let start = text
        .find(&begin)
        .unwrap_or_else(|| panic!("{document} has no {begin}"))
        + begin.len();
    let stop = start + text[start..].find(&end).unwrap();
    (text, start, stop)
}

/// Whether the part of a document between two markers is what the code says.
pub(crate) fn held(document: &str, marker: &str, wanted: &str) -> bool {
    let (text, start, stop) = part(document, marker);
    text[start..stop] == *wanted
}

/// Fails when it is not, and writes what the document should be.
pub(crate) fn hold(document: &str, marker: &str, wanted: &str) {
    if held(document, marker, wanted) {
        return;
    }
    let (text, start, stop) = part(document, marker);
    let should =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(Path::new(document).file_name().unwrap());
    fs::write(
        &should,
        format!("{}{wanted}{}", &text[..start], &text[stop..]),
    )
    .unwrap();
    panic!(
        "{document} is not what the code says; copy it from {}",
        should.display()
    );
}

#[test]
fn the_configuration_table_is_what_the_binaries_read() {
    hold("docs/CONFIGURATION.md", "keys", &table());
}

#[test]
fn readmes_ten_keys_are_rows_of_the_full_table() {
    let full: BTreeMap<String, Row> = rows(&table());
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let start = readme.find("<!-- ten keys -->").unwrap();
    let excerpt = &readme[start..start + readme[start..].find("<!-- end of ten keys -->").unwrap()];
    let shown = rows(excerpt);
    assert_eq!(shown.len(), 10);
    for (key, default) in shown {
        assert_eq!(full.get(&key), Some(&default), "{key}");
    }
}

/// What a row says of its key: kind, default and meaning.
type Row = [String; 3];

/// The rows of a table that begins with key, kind and default, and ends with the meaning.
fn rows(text: &str) -> BTreeMap<String, Row> {
    let cells = |line: &str| {
        line.split('|')
            .map(|cell| cell.trim().to_owned())
            .collect::<Vec<_>>()
    };
    text.lines()
        .filter(|line| line.starts_with("| `"))
        .map(cells)
        .map(|cells| {
            // The line's own ends make an empty first and last cell.
            let meaning = cells[cells.len() - 2].clone();
            (
                cells[1].clone(),
                [cells[2].clone(), cells[3].clone(), meaning],
            )
        })
        .collect()
}

#[test]
fn the_samples_in_the_documents_are_accepted() {
    for document in ["README.md", "docs/CONFIGURATION.md"] {
        let text = fs::read_to_string(root().join(document)).unwrap();
        for sample in text
            .split("```toml\n")
            .skip(1)
            .map(|rest| rest.split("```").next().unwrap())
        {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            std::io::Write::write_all(&mut file, sample.as_bytes()).unwrap();
            let sources = Sources {
                file: Some(file.path().to_owned()),
                ..Sources::default()
            };
            Reader::load::<producer::Config>(&sources).unwrap();
            Reader::load::<ConsumerConfig>(&sources).unwrap();
            Reader::load::<StubConfig>(&sources).unwrap();
        }
    }
}

/// The environment that `docker-compose.yml` gives its services is understood by every binary.
#[test]
fn the_compose_files_environment_is_accepted() {
    let text = fs::read_to_string(root().join("docker-compose.yml")).unwrap();
    let environment: BTreeMap<String, String> = text
        .lines()
        .filter_map(|line| {
            line.trim()
                .strip_prefix("- ")
                .unwrap_or(line.trim())
                .split_once(": ")
        })
        .filter(|(name, _)| name.starts_with("GLUESTREAM_"))
        .map(|(name, value)| {
            (
                name.to_owned(),
                default_of(value.trim().trim_matches(['"', '\''])),
            )
        })
        .collect();
    assert!(
        environment.len() >= 5,
        "no environment found in docker-compose.yml"
    );
    let sources = Sources {
        environment,
        ..Sources::default()
    };
    Reader::load::<producer::Config>(&sources).unwrap();
    Reader::load::<ConsumerConfig>(&sources).unwrap();
    Reader::load::<StubConfig>(&sources).unwrap();
}

/// `${NAME:-default}` stands for its default.
fn default_of(value: &str) -> String {
    let inner = value
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'));
    inner
        .and_then(|inner| inner.split_once(":-"))
        .map_or(value, |(_, default)| default)
        .to_owned()
}
