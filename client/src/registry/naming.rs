//! How a schema is named after the topic and the record, where its name is not given.

use runtime::config::Value;

/// Stands for the record's name until the schema is known.
pub(super) const RECORD: &str = "{record}";
const TOPIC: &str = "{topic}";

/// The words that stand for templates.
const WORDS: [(&str, &str); 3] = [
    ("topic-value", "{topic}-value"),
    ("topic", TOPIC),
    ("record-name", RECORD),
];

/// A name with places for the topic and the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    shown: String,
    template: String,
}

impl Naming {
    /// `<topic>-value`, as the Python library names schemas.
    pub(super) fn standard() -> Self {
        let (word, template) = WORDS[0];
        Self {
            shown: word.to_owned(),
            template: template.to_owned(),
        }
    }

    /// The name for a topic; the record's place stays open.
    pub(super) fn of_topic(&self, topic: &str) -> String {
        self.template.replace(TOPIC, topic)
    }
}

impl Value for Naming {
    const KIND: &'static str = "`topic-value`, `topic`, `record-name` or a template";

    fn parse(text: &str) -> Result<Self, String> {
        let word = WORDS.iter().find(|(word, _)| *word == text);
        let template = word.map_or(text, |(_, template)| template);
        let fixed = template.replace(TOPIC, "").replace(RECORD, "");
        if fixed == template || fixed.contains(['{', '}']) {
            return Err(format!("expected {}", Self::EXPECTED));
        }
        Ok(Self {
            shown: text.to_owned(),
            template: template.to_owned(),
        })
    }

    fn show(&self) -> String {
        self.shown.show()
    }
}

impl Naming {
    const EXPECTED: &str =
        "`topic-value`, `topic`, `record-name`, or a template such as `{topic}-{record}`";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_templates_make_names() {
        for (text, name) in [
            ("topic-value", "orders-value"),
            ("topic", "orders"),
            ("record-name", "{record}"),
            ("{topic}-{record}", "orders-{record}"),
            ("a.{topic}.{topic}", "a.orders.orders"),
        ] {
            assert_eq!(Naming::parse(text).unwrap().of_topic("orders"), name);
        }
        for bad in [
            "",
            "orders",
            "topic-key",
            "{schema}",
            "{topic}{",
            "{topic}-{x}",
        ] {
            let why = Naming::parse(bad).unwrap_err();
            assert!(why.contains("{topic}-{record}"), "{why}");
        }
        assert_eq!(Naming::standard(), Naming::parse("topic-value").unwrap());
    }
}
