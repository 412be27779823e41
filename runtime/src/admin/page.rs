//! The page for people at `/`: what this daemon is, whether it is well, what it does now, and how it is configured.
//!
//! All of it is written here and reads without a script; `page.js` only fetches it again.

use super::chart;
use super::html::{Frame, Html, PAGE_HEADERS, file};
use super::parts::{self, open_section, span};
use crate::config::{Effective, Origin};
use crate::telemetry::board::{Board, Column, Form, Table};
use crate::telemetry::{Check, Stage, Telemetry, Watch};
use axum::extract::State;
use axum::response::{self, IntoResponse};

const SCRIPT: &str = include_str!("page.js");
const FOOTER: [(&str, &str); 6] = [
    ("/metrics", "metrics"),
    ("/state", "state"),
    ("/config", "configuration"),
    ("/live", "live"),
    ("/ready", "ready"),
    ("/version", "version"),
];
/// What went wrong lately; every daemon has it.
const ERRORS: Table = Table {
    id: "errors",
    title: "Last errors",
    caption: "The last 20 errors, the newest first; the log has all.",
    at: "/errors",
    none: "No error.",
    columns: &[
        Column::new("Last seen", "at", Form::Text),
        Column::new("Kind", "kind", Form::Text),
        Column::new("What was said", "said", Form::Text),
        Column::new("Times", "times", Form::Number("")),
    ],
};
/// A daemon that has not said what it shows.
const BARE: Board = Board {
    facts: &[],
    tables: &[],
    checks: &[],
};

pub(super) async fn script() -> impl IntoResponse {
    file("text/javascript; charset=utf-8", SCRIPT)
}

pub(super) async fn index(State(telemetry): State<Telemetry>) -> impl IntoResponse {
    (PAGE_HEADERS, response::Html(render(&telemetry)))
}

fn render(telemetry: &Telemetry) -> String {
    let (topic, board) = telemetry.board().unwrap_or(("", &BARE));
    let (stage, shown) = (telemetry.health().stage(), telemetry.state());
    let space = if topic.is_empty() { "" } else { " " };
    let title = format!("{}{space}{topic}: {}", telemetry.binary(), stage.as_str());
    let mut body = Html::default();
    body.raw(
        "<p id=\"silence\" class=\"\"><span role=\"status\"></span><span aria-hidden=\"true\"></span></p>",
    );
    open_section("now", "Now", &mut body);
    say_stage(telemetry, stage, &mut body);
    parts::facts(board.facts, &shown, &mut body);
    body.raw("<div class=\"charts\">");
    for curve in telemetry.history().curves() {
        chart::draw(&curve, &mut body);
    }
    body.raw("</div></section>");
    for table in board.tables.iter().chain([&ERRORS]) {
        parts::table(table, &shown, &mut body);
    }
    checks(board, &telemetry.health().look(), &mut body);
    configuration(telemetry.configuration(), &mut body);
    let frame = Frame {
        binary: telemetry.binary(),
        head: "<script type=\"module\" src=\"/page.js\"></script>",
        navigation: navigation(board),
        footer: &FOOTER,
    };
    Html::page(&frame, &title, &body)
}

fn navigation(board: &Board) -> Html {
    let mut out = Html::default();
    out.raw("<nav aria-label=\"Parts of this page\"><a href=\"#now\">Now</a> ");
    for table in board.tables.iter().chain([&ERRORS]) {
        out.raw("<a href=\"#").raw(table.id).raw("\">");
        out.raw(table.title).raw("</a> ");
    }
    out.raw("<a href=\"#health\">Health</a> <a href=\"#configuration\">Configuration</a></nav><button type=\"button\" id=\"pause\" hidden>Pause</button>");
    out
}

/// Whether the daemon may be used, and if not, why.
fn say_stage(telemetry: &Telemetry, stage: Stage, out: &mut Html) {
    let health = telemetry.health();
    let missing = |checks: Vec<(&'static str, bool)>| {
        let missing = checks.into_iter().filter(|(_, holds)| !holds);
        let names: Vec<&str> = missing.map(|(name, _)| name).collect();
        names.join(", ")
    };
    let (class, why) = match (stage, health.drain()) {
        (_, Some((time, reason))) => ("waits", format!("draining for {}: {reason}", span(time))),
        (Stage::Ready, None) => ("ok", "ready: every check holds".to_owned()),
        (_, None) if health.is_started() => (
            "failed",
            format!("not ready: {}", missing(health.latches())),
        ),
        (_, None) => (
            "waits",
            format!("starting; waits for {}", missing(health.latches())),
        ),
    };
    out.raw("<p><span class=\"")
        .raw(class)
        .raw("\">")
        .text(&why)
        .raw("</span>");
    if !health.is_live() {
        out.raw("; <span class=\"failed\">not live: ")
            .text(&missing(health.hearts()));
        out.raw("</span>");
    }
    let (version, revision, _) = crate::daemon::version_parts();
    out.raw("; up for ").text(&span(health.age()));
    out.raw("; version ").text(version);
    out.raw(", revision ").text(revision).raw("</p>");
}

/// The checks behind `/live` and `/ready`, and why each is as it is.
fn checks(board: &Board, checks: &[Check], out: &mut Html) {
    open_section("health", "Health", out);
    out.open_table(
        "Loops must turn for /live to hold; conditions must hold for /ready.",
        &["Check", "Holds", "Why"],
    );
    for check in checks {
        let (word, class) = if check.holds {
            ("yes", "<span class=\"ok\">")
        } else {
            ("no", "<span class=\"failed\">")
        };
        out.open_row().cell("Check", check.name);
        out.open_cell("Holds")
            .raw(class)
            .raw(word)
            .raw("</span></td>");
        out.cell("Why", &why(board, check)).close_row();
    }
    out.close_table().raw("</section>");
}

fn why(board: &Board, check: &Check) -> String {
    let known = board.checks.iter().find(|(name, _)| *name == check.name);
    let meaning = known.map_or("", |(_, meaning)| *meaning);
    let now = match check.watch {
        Watch::Loop(age, stall) => {
            format!("last turn {} ago; {} are allowed", span(age), span(stall))
        }
        Watch::Ended => "ended in good order".to_owned(),
        Watch::Condition(time) if check.holds => format!("for {}", span(time)),
        Watch::Condition(time) => format!("not for {}", span(time)),
    };
    match meaning {
        "" => now,
        meaning => format!("{meaning}: {now}"),
    }
}

/// What is configured, and behind it what is left as it is by default.
fn configuration(effective: &[Effective], out: &mut Html) {
    open_section("configuration", "Configuration", out);
    let is_default = |key: &&Effective| key.origin == Origin::Default;
    let shown = || effective.iter().filter(|key| key.shown.is_some());
    if shown().all(|key| is_default(&key)) {
        out.raw("<p>Everything is as it is by default.</p>");
    } else {
        let set = shown().filter(|key| !is_default(key));
        keys("What is set, and where; secrets are never shown.", set, out);
    }
    out.raw("<details><summary>Defaults in force</summary>");
    let defaults = shown().filter(is_default);
    keys("What is not set.", defaults, out);
    out.raw("</details></section>");
}

fn keys<'a>(caption: &'static str, keys: impl Iterator<Item = &'a Effective>, out: &mut Html) {
    out.open_table(caption, &["Key", "Value", "From"]);
    for key in keys {
        out.open_row().cell("Key", &key.path);
        out.cell("Value", key.shown.as_deref().unwrap_or_default());
        out.cell("From", &key.origin.to_string()).close_row();
    }
    out.close_table();
}
