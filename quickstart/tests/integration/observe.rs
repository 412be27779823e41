//! `observe/` asks for nothing that the running daemons do not expose, and its alarms are in the runbook.

mod exposed;
mod files;
mod queries;

use crate::documents::root;
use crate::live::Live;
use exposed::Exposed;
use files::{Asked, Rule};
use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

/// Some metrics come with librdkafka's statistics, every 5 s.
const PATIENCE: Duration = Duration::from_secs(20);
const RUNBOOK: &str = "docs/OPERATIONS.md";

#[test]
fn every_query_asks_for_what_the_daemons_expose() {
    let rules = files::rules();
    let asked = everything(&rules);
    assert!(asked.len() > 100, "only {} queries", asked.len());
    let live = Live::start();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let exposed = Exposed::new(live.metrics(), rules.iter().map(|rule| rule.name.as_str()));
        let wrong: Vec<String> = asked.iter().flat_map(|one| exposed.wrong(one)).collect();
        if wrong.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "{}", wrong.join("\n"));
        std::thread::sleep(Duration::from_millis(500));
    }
}

fn everything(rules: &[Rule]) -> Vec<Asked> {
    let of_rules = rules.iter().map(|rule| Asked {
        place: rule.name.clone(),
        query: rule.query.clone(),
        spoken: rule.spoken.clone(),
    });
    let of_dashboards = files::dashboards()
        .into_iter()
        .flat_map(|(name, dashboard)| files::asked(&name, &dashboard));
    of_rules.chain(of_dashboards).collect()
}

#[test]
fn a_query_for_what_is_not_there_is_found() {
    let text = "\
# TYPE gluestream_a_total counter
gluestream_a_total{result=\"ok\",topic=\"orders\"} 1
gluestream_a_total{result=\"error\",topic=\"orders\"} 0
# TYPE gluestream_b_seconds histogram
gluestream_b_seconds_bucket{le=\"+Inf\"} 1
gluestream_b_seconds_sum 1
gluestream_b_seconds_count 1
";
    let exposed = Exposed::new(
        [("producer", text.to_owned())].into_iter(),
        ["topic:gluestream_a:sum"].into_iter(),
    );
    let wrong = |query: &str, spoken: &[&str]| {
        exposed.wrong(&Asked {
            place: String::new(),
            query: query.to_owned(),
            spoken: spoken.iter().map(|word| (*word).to_owned()).collect(),
        })
    };
    for (query, spoken) in [
        (
            r#"rate(gluestream_a_total{result=~"ok|error", topic=~"$topic", service="producer"}[1m])"#,
            ["topic"],
        ),
        (
            "sum by (le, instance) (rate(gluestream_b_seconds_bucket[1m])) / gluestream_b_seconds_count",
            ["instance"],
        ),
        (
            r#"topic:gluestream_a:sum{topic="x"} or up{job="gluestream"}"#,
            ["topic"],
        ),
    ] {
        assert_eq!(wrong(query, &spoken), Vec::<String>::new(), "{query}");
    }
    for (query, spoken) in [
        ("gluestream_c_total", "instance"),
        ("gluestream_b_seconds", "instance"),
        (r#"gluestream_a_total{kind="ok"}"#, "topic"),
        (r#"gluestream_a_total{result="okay"}"#, "topic"),
        (r#"gluestream_a_total{result=~"ok|failed"}"#, "topic"),
        (r#"gluestream_a_total{service="consumer"}"#, "topic"),
        ("sum by (partition) (gluestream_a_total)", "topic"),
        ("sum by (le) (gluestream_b_seconds_count)", "instance"),
        ("gluestream_a_total", "partition"),
        ("sum by (topic) (gluestream_a_total)", "result"),
        (r#"topic:gluestream_a:sum{result="ok"}"#, "topic"),
        ("topic:gluestream_a:sum", "instance"),
        ("topic:gluestream_b:sum", "topic"),
    ] {
        assert_ne!(wrong(query, &[spoken]), Vec::<String>::new(), "{query}");
    }
}

#[test]
fn dashboards_are_for_people_and_for_grafana_12() {
    for (name, dashboard) in files::dashboards() {
        assert_eq!(dashboard["schemaVersion"], 41, "{name}");
        assert!(dashboard.get("id").is_none(), "{name} has an id");
        let mut titles = BTreeSet::new();
        for panel in files::panels(&dashboard) {
            let title = panel["title"].as_str().unwrap();
            assert!(titles.insert(title), "{name} has two panels {title}");
            let place = format!("{name}: {title}");
            let kind = panel["type"].as_str().unwrap();
            let kinds = ["timeseries", "stat", "table", "bargauge", "heatmap"];
            assert!(kinds.contains(&kind), "{place} is a {kind}");
            assert!(
                panel["description"].as_str().unwrap().ends_with('.'),
                "{place} has no description"
            );
            assert!(
                panel["fieldConfig"]["defaults"]["unit"].is_string(),
                "{place} has no unit"
            );
            assert!(panel.get("id").is_none(), "{place} has an id");
            let sources = panel["targets"].as_array().unwrap().iter().chain([panel]);
            for source in sources {
                assert_eq!(
                    source["datasource"]["uid"], "gluestream-prometheus",
                    "{place}"
                );
            }
        }
    }
}

#[test]
fn every_alarm_is_in_the_runbook_and_the_other_way_round() {
    let text = fs::read_to_string(root().join(RUNBOOK)).unwrap();
    let anchors: BTreeSet<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("##"))
        .map(|rest| anchor(rest.trim_start_matches('#')))
        .collect();
    let mut ruled = BTreeSet::new();
    for rule in files::rules().into_iter().filter(|rule| rule.is_alarm) {
        let heading = rule
            .runbook
            .strip_prefix(&format!("{RUNBOOK}#"))
            .unwrap_or_default();
        assert!(
            anchors.contains(heading),
            "{}: {RUNBOOK} has no heading for {:?}",
            rule.name,
            rule.runbook
        );
        assert!(
            rule.shows_value || rule.query.starts_with("up"),
            "{} does not say its value",
            rule.name
        );
        ruled.insert((rule.name.clone(), rule.severity.clone(), heading.to_owned()));
    }
    let (_, alarms) = text.split_once("<!-- alarms -->").unwrap();
    let (alarms, _) = alarms.split_once("<!-- end of alarms -->").unwrap();
    let told: BTreeSet<_> = alarms
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let cells: Vec<&str> = line.split(" | ").collect();
            let name = cells[0].trim_matches(['|', ' ', '`']).to_owned();
            let link = line.rsplit_once("](#").unwrap().1;
            let heading = link.split(')').next().unwrap().to_owned();
            (name, cells[1].to_owned(), heading)
        })
        .collect();
    let missing: Vec<_> = ruled.difference(&told).collect();
    let left: Vec<_> = told.difference(&ruled).collect();
    assert!(
        missing.is_empty() && left.is_empty(),
        "the table of alarms in {RUNBOOK} lacks rows of this name, severity and link: {missing:#?}\nand has rows of no alarm: {left:#?}"
    );
}

/// The name that a heading is linked by.
fn anchor(heading: &str) -> String {
    heading
        .trim()
        .to_lowercase()
        .chars()
        .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter))
        .map(|letter| if letter == ' ' { '-' } else { letter })
        .collect()
}

#[test]
fn every_alarm_has_a_test_of_its_own() {
    let tests: String = files::files("observe/rules/tests", ".yml")
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    for rule in files::rules().iter().filter(|rule| rule.is_alarm) {
        let name = &rule.name;
        assert!(
            tests.contains(&format!("- name: {name}\n")),
            "{name} has no test in observe/rules/tests: when it fires, and when it does not"
        );
    }
}
