//! `transform.*`: which records go on, and what of them.

use common::view::{Change, MaskKey, View};
use runtime::config::{Reader, Section};

use crate::condition::Condition;

/// A shorter key can be guessed, and what was masked be told with it.
const SHORTEST_KEY: usize = 16;

/// `transform.*`
#[derive(Clone, Debug, Default)]
pub struct TransformConfig {
    /// What has to hold of a record's value; others are passed over.
    pub(crate) conditions: Vec<Condition>,
    /// What is let through of values, if that is not all.
    pub(crate) view: Option<View>,
}

impl TransformConfig {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let mut section = reader.section("transform");
        Self {
            conditions: conditions(&mut section),
            view: view(&mut section),
        }
    }

    /// Whether nothing is asked for.
    pub(super) const fn is_empty(&self) -> bool {
        self.conditions.is_empty() && self.view.is_none()
    }
}

fn conditions(section: &mut Section<'_>) -> Vec<Condition> {
    let texts: Vec<String> = section.get(
        "where",
        Vec::new(),
        "Only records go on for whose values all of these hold, such as `[\"status=paid\", \"amount>=10\", \"customer.country!=AU\"]`; `~` is for text that a field has in it. The others are counted as filtered. Records without a value go on.",
    );
    let mut conditions = Vec::with_capacity(texts.len());
    for text in &texts {
        match Condition::parse(text) {
            Ok(condition) => conditions.push(condition),
            Err(why) => section.problem("where", format!("`{text}`: {why}")),
        }
    }
    if let Err(error) = View::of(conditions.iter().map(|one| one.path().to_owned())) {
        section.problem("where", error.to_string());
    }
    conditions
}

fn view(section: &mut Section<'_>) -> Option<View> {
    let keep: Vec<String> = section.get(
        "keep",
        Vec::new(),
        "Only these fields of a value go on, such as `[\"order_id\", \"customer.country\", \"items.sku\"]`; empty keeps all.",
    );
    let drop: Vec<String> = section.get("drop", Vec::new(), "These fields go no further.");
    let rename: Vec<String> = section.get(
        "rename",
        Vec::new(),
        "Fields that have another name from here on: `[\"user_id=customer\", \"items.sku=article\"]`.",
    );
    let mask: Vec<String> = section.get(
        "mask",
        Vec::new(),
        "In place of these fields' values stands the HMAC-SHA256 of their text in hex, the same for the same text; null stays null.",
    );
    let key = key(section);
    if let (Some(_), true) = (&key, mask.is_empty()) {
        section.problem("mask_key", "no field is masked: set transform.mask");
    }
    if key.is_none() && !mask.is_empty() && !section.is_set("mask_key_file") {
        section.problem("mask", "masking needs a key: set transform.mask_key_file");
        return None;
    }
    let mut changes = Vec::new();
    for text in rename {
        match text.split_once('=') {
            Some((path, name)) => changes.push((path.to_owned(), Change::Rename(name.to_owned()))),
            None => section.problem("rename", format!("`{text}`: expected FIELD=NAME")),
        }
    }
    for (paths, change) in [
        (keep, Change::Keep),
        (drop, Change::Drop),
        (mask, Change::Mask),
    ] {
        changes.extend(paths.into_iter().map(|path| (path, change.clone())));
    }
    if changes.is_empty() {
        return None;
    }
    match View::new(changes, key) {
        Ok(view) => Some(view),
        Err(error) => {
            section.problem("keep, drop, rename, mask", error.to_string());
            None
        }
    }
}

/// The key that masks.
fn key(section: &mut Section<'_>) -> Option<MaskKey> {
    let said = (
        "mask_key",
        "What fields are masked with, at least 16 characters; best given as the environment variable `GLUESTREAM_TRANSFORM__MASK_KEY`, or in `mask_key_file`.",
    );
    let in_file = (
        "mask_key_file",
        "File with that key and nothing else but a line end; it is read at the start.",
    );
    let (key, secret) = section.secret(said, in_file, true)?;
    if secret.expose().len() < SHORTEST_KEY {
        section.problem(key, format!("a key has at least {SHORTEST_KEY} characters"));
    }
    Some(MaskKey::new(secret.expose().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ConsumerConfig;
    use runtime::config::Sources;

    fn load(pairs: &[(&str, &str)]) -> Result<TransformConfig, String> {
        let sources = Sources::from_pairs(pairs.iter().copied());
        let settings = Reader::load::<ConsumerConfig>(&sources);
        settings
            .map(|settings| settings.config.transform)
            .map_err(|problems| problems.to_string())
    }

    #[test]
    fn what_cannot_be_done_is_told_with_its_key() {
        for (pairs, said) in [
            (
                &[("transform.where", "[\"status\"]")][..],
                "transform.where: `status`: expected FIELD=VALUE",
            ),
            (
                &[("transform.where", "[\"a..b=1\"]")],
                "transform.where: `a..b` is no path",
            ),
            (
                &[("transform.rename", "[\"a\"]")],
                "transform.rename: `a`: expected FIELD=NAME",
            ),
            (&[("transform.mask", "[\"a\"]")], "masking needs a key"),
            (
                &[("transform.mask_key", "0123456789abcdef")],
                "no field is masked",
            ),
            (
                &[
                    ("transform.mask", "[\"a\"]"),
                    ("transform.mask_key", "short"),
                ],
                "transform.mask_key: a key has at least 16 characters",
            ),
            (
                &[
                    ("transform.mask", "[\"a\"]"),
                    ("transform.mask_key_file", "/nowhere"),
                ],
                "transform.mask_key_file: the file cannot be read",
            ),
            (
                &[("transform.keep", "[\"a\"]"), ("transform.drop", "[\"a\"]")],
                "transform.keep, drop, rename, mask: `a` is kept and dropped",
            ),
        ] {
            let problems = load(pairs).unwrap_err();
            assert!(problems.contains(said), "{problems}");
            assert!(!problems.contains("0123456789abcdef"), "{problems}");
        }
    }

    #[test]
    fn nothing_is_changed_unless_asked_for() {
        let config = load(&[]).unwrap();
        assert!(config.is_empty());
        let key = ("transform.mask_key", "0123456789abcdef");
        let config = load(&[
            ("transform.mask", "[\"a\"]"),
            key,
            ("transform.where", "[\"b=1\"]"),
        ]);
        let config = config.unwrap();
        assert!(config.view.is_some() && config.conditions.len() == 1);
        assert!(!format!("{config:?}").contains("0123456789abcdef"));
    }
}
