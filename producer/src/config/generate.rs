//! `generate.*`: what the `generate` source makes of the schema.

use std::collections::BTreeMap;

use runtime::config::{Reader, Section, Share};

use super::SourceKind;
use crate::source::generate::rule::Rules;

/// What the `generate` source makes of the schema.
#[derive(Clone, Debug)]
pub(crate) struct Generate {
    /// The rules by the dotted paths of their fields.
    pub(crate) fields: BTreeMap<String, Rules>,
    /// How often a field is without a value that may be.
    pub(crate) nulls: Share,
    /// How many records are one of the last ones again.
    pub(crate) duplicates: Share,
    /// How many records are a key of one of the last ones without a value.
    pub(crate) tombstones: Share,
    /// How many records cannot be decoded.
    pub(crate) invalid: Share,
}

impl Generate {
    pub(super) fn read(reader: &mut Reader, kind: SourceKind, has_seed: bool) -> Self {
        let mut section = reader.section("generate");
        let texts = section.map("fields", "Rules of the fields of the `generate` source by their dotted paths, such as `\"user.id\" = \"zipf(1000, 1.1)\"`: see [Made-up records](#made-up-records). In the environment `__` stands for `.`.");
        let fields = rules(&mut section, &texts);
        let generate = Self {
            nulls: section.get("nulls", Share::percent(10.0), "How often the `generate` source leaves out a field that may be null or missing, where no rule says otherwise."),
            duplicates: section.get("duplicates", Share::percent(0.0), "How many of the `generate` source's records are one of the last 64 of their worker again."),
            tombstones: section.get("tombstones", Share::percent(0.0), "How many of the `generate` source's records are the key of one of the last 64 of their worker, without a value."),
            invalid: section.get("invalid", Share::percent(0.0), "How many of the `generate` source's records are frames whose payload cannot be decoded: their last byte is missing."),
            fields,
        };
        let special = [generate.duplicates, generate.tombstones, generate.invalid];
        if special.iter().map(|share| share.part()).sum::<f64>() > 1.0 {
            section.problem(
                "duplicates",
                "duplicates, tombstones and invalid records are more than 100% together",
            );
        }
        generate.check_use(&mut section, kind);
        if kind == SourceKind::Generate && !has_seed {
            generate.check_seed(reader);
        }
        generate
    }

    fn check_use(&self, section: &mut Section<'_>, kind: SourceKind) {
        let is_used = kind == SourceKind::Generate;
        let rules = self.fields.keys().map(|path| format!("fields.{path}"));
        let shares = ["nulls", "duplicates", "tombstones", "invalid"].map(str::to_owned);
        for key in rules.chain(shares) {
            section.used_only(&key, "source.kind", is_used, "source.kind = \"generate\"");
        }
    }

    fn check_seed(&self, reader: &mut Reader) {
        let needs = self.fields.iter().find(|(_, rules)| rules.needs_seed());
        if let Some((path, _)) = needs {
            let message = format!(
                "generate.fields.{path} makes keys that streams have in common: they need the same seed, so it has to be set"
            );
            reader.section("source").problem("seed", message);
        }
    }
}

fn rules(section: &mut Section<'_>, texts: &BTreeMap<String, String>) -> BTreeMap<String, Rules> {
    let mut fields = BTreeMap::new();
    for (path, text) in texts {
        match Rules::parse(text) {
            Ok(rules) => {
                fields.insert(path.clone(), rules);
            }
            Err(error) => section.problem(&format!("fields.{path}"), error.to_string()),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use runtime::config::Sources;

    use super::*;
    use crate::config::Config;

    const KIND: (&str, &str) = ("source.kind", "generate");
    const FILE: (&str, &str) = ("registry.schema_file", "any.avsc");

    fn problems(more: &[(&str, &str)]) -> String {
        let pairs = [KIND, FILE].iter().chain(more).copied();
        Reader::load::<Config>(&Sources::from_pairs(pairs))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn rules_come_from_the_file_the_environment_and_the_command_line() {
        let mut sources = Sources::from_pairs([KIND, FILE, ("generate.fields.user.id", "uuid")]);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(
            file.path(),
            "[generate]\nnulls = \"2.5%\"\n[generate.fields]\n\"address.street\" = \"pattern(\\\"[A-Z]{3}\\\")\"\nis_prime = true\n",
        )
        .unwrap();
        sources.file = Some(file.path().to_owned());
        let variable = "GLUESTREAM_GENERATE__FIELDS__ORDER_ITEMS__QUANTITY";
        sources
            .environment
            .insert(variable.to_owned(), "range(1, 10)".to_owned());
        let config = Reader::load::<Config>(&sources).unwrap().config.generate;
        let paths: Vec<&str> = config.fields.keys().map(String::as_str).collect();
        assert_eq!(
            paths,
            [
                "address.street",
                "is_prime",
                "order_items.quantity",
                "user.id"
            ]
        );
        assert!((config.nulls.part() - 0.025).abs() < 1e-12);
    }

    #[test]
    fn what_is_wrong_names_the_key_and_the_column() {
        for (key, value, expected) in [
            (
                "generate.fields.user.id",
                "zipf(0)",
                "generate.fields.user.id: column 6: `count` has to be a whole number above 0 (--set)",
            ),
            (
                "generate.duplicates",
                "0.01",
                "generate.duplicates: \"0.01\" is not a share such as \"1%\", from \"0%\" to \"100%\" (--set)",
            ),
            (
                "generate.fields.id",
                "identity(\"users\")",
                "source.seed: generate.fields.id makes keys that streams have in common: they need the same seed, so it has to be set",
            ),
        ] {
            let said = problems(&[(key, value)]);
            assert!(said.contains(expected), "{said}");
        }
        let said = problems(&[("generate.duplicates", "60%"), ("generate.invalid", "60%")]);
        assert!(said.contains("more than 100% together"), "{said}");
        let said = problems(&[("source.kind", "orders"), ("generate.fields.id", "uuid")]);
        assert!(
            said.contains("generate.fields.id: it is used under source.kind = \"generate\" only"),
            "{said}"
        );
    }
}
