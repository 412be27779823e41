//! Prometheus' queries, as far as they have to be read to know which series and labels they speak of.

use std::collections::BTreeSet;

/// What a query mentions.
#[derive(Debug, Default)]
pub(crate) struct Query {
    pub(crate) selectors: Vec<Selector>,
    /// Labels that it sums, joins or groups by.
    pub(crate) grouped_by: BTreeSet<String>,
}

/// A metric's name and the conditions behind it.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Selector {
    pub(crate) names: Vec<String>,
    pub(crate) matchers: Vec<Matcher>,
}

/// A label and the values that a selector names for it; none where they are a dashboard's variable or a pattern.
#[derive(Debug, PartialEq)]
pub(crate) struct Matcher {
    pub(crate) label: String,
    pub(crate) values: Vec<String>,
}

#[derive(Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Sign(char),
}

const GROUPING: [&str; 6] = [
    "by",
    "without",
    "on",
    "ignoring",
    "group_left",
    "group_right",
];

pub(crate) fn read(query: &str) -> Query {
    let tokens = tokens(query);
    let mut found = Query::default();
    let mut place = 0;
    while let Some(token) = tokens.get(place) {
        let opens = |sign| tokens.get(place + 1) == Some(&Token::Sign(sign));
        place = match token {
            Token::Word(word) if GROUPING.contains(&word.as_str()) && opens('(') => {
                labels(&tokens, place + 2, &mut found.grouped_by)
            }
            Token::Word(_) if opens('(') => place + 1,
            Token::Word(word) if is_metric(word) => {
                let (matchers, next) = matchers(&tokens, place + 1);
                let names = vec![word.clone()];
                found.selectors.push(Selector { names, matchers });
                next
            }
            Token::Sign('{') => {
                let (mut matchers, next) = matchers(&tokens, place);
                let place = matchers.iter().position(|one| one.label == "__name__");
                let names = place.map_or_else(Vec::new, |place| matchers.remove(place).values);
                found.selectors.push(Selector { names, matchers });
                next
            }
            _ => place + 1,
        };
    }
    found
}

/// No function and no keyword without brackets looks like the name of one of these.
fn is_metric(word: &str) -> bool {
    !word.starts_with('$') && (word.contains(['_', ':']) || ["up", "ALERTS"].contains(&word))
}

fn labels(tokens: &[Token], mut place: usize, into: &mut BTreeSet<String>) -> usize {
    while let Some(token) = tokens.get(place) {
        place += 1;
        match token {
            Token::Word(label) => {
                into.insert(label.clone());
            }
            Token::Sign(')') => break,
            _ => {}
        }
    }
    place
}

/// The conditions in braces, if there are any, and what comes behind them.
fn matchers(tokens: &[Token], mut place: usize) -> (Vec<Matcher>, usize) {
    let mut found = Vec::new();
    if tokens.get(place) != Some(&Token::Sign('{')) {
        return (found, place);
    }
    let mut label = String::new();
    while let Some(token) = tokens.get(place) {
        place += 1;
        match token {
            Token::Word(word) => label.clone_from(word),
            Token::Text(text) => found.push(Matcher {
                label: std::mem::take(&mut label),
                values: values(text),
            }),
            Token::Sign('}') => break,
            Token::Sign(_) => {}
        }
    }
    (found, place)
}

/// The values that a condition lists. A pattern that is more than a list names none.
fn values(text: &str) -> Vec<String> {
    if text.contains(['$', '.', '*', '+', '[', '(', '^', '\\']) {
        return Vec::new();
    }
    text.split('|').map(str::to_owned).collect()
}

fn tokens(query: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = query;
    while let Some(first) = rest.chars().next() {
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || "_:$".contains(letter);
        let taken = if first == '"' || first == '\'' {
            let inner = &rest[1..];
            let end = inner.find(first).expect("a text that ends");
            found.push(Token::Text(inner[..end].to_owned()));
            end + 2
        } else if is_part(first) {
            let end = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
            // Numbers and durations say nothing.
            if !first.is_ascii_digit() {
                found.push(Token::Word(rest[..end].to_owned()));
            }
            end
        } else if first.is_whitespace() {
            1
        } else {
            found.push(Token::Sign(first));
            first.len_utf8()
        };
        rest = &rest[taken..];
    }
    found
}

#[test]
fn a_query_is_read_to_its_selectors_and_groups() {
    let query = read(
        r#"histogram_quantile(0.99, sum by (topic, le) (rate(a_bucket{topic=~"$topic", kind!="x"}[5m]))) / on (service) up > topic:b:sum and {__name__=~"c_d|e_f", r=~"ok|error"}"#,
    );
    let names: Vec<_> = query
        .selectors
        .iter()
        .flat_map(|one| &one.names)
        .map(String::as_str)
        .collect();
    assert_eq!(names, ["a_bucket", "up", "topic:b:sum", "c_d", "e_f"]);
    let groups: Vec<_> = query.grouped_by.iter().map(String::as_str).collect();
    assert_eq!(groups, ["le", "service", "topic"]);
    let conditions: Vec<_> = query
        .selectors
        .iter()
        .flat_map(|one| &one.matchers)
        .map(|one| format!("{} {}", one.label, one.values.join("+")))
        .collect();
    assert_eq!(conditions, ["topic ", "kind x", "r ok+error"]);
}
