//! Facts and tables of a page, from the state and the board that says what is shown of it.

use super::html::Html;
use crate::telemetry::board::{Column, Fact, Form, Table};
use serde_json::Value;
use std::time::Duration;

/// At most so many rows of a table; `GET /state` has all.
const MOST_ROWS: usize = 200;
/// Stands where a value is not there.
pub(super) const UNKNOWN: &str = "not known";

/// Single values, each under its name; a text that is not there is left out.
pub(super) fn facts(facts: &[Fact], state: &Value, out: &mut Html) {
    out.raw("<dl class=\"facts\">");
    for fact in facts {
        let value = state.pointer(fact.at).unwrap_or(&Value::Null);
        let text = match (value, fact.form) {
            (Value::Null, Form::Text) => continue,
            (Value::Null, _) => UNKNOWN.to_owned(),
            (value, form) => written(value, form),
        };
        out.raw("<div><dt>").raw(fact.label).raw("</dt>");
        out.element("dd", &text).raw("</div>");
    }
    out.raw("</dl>");
}

/// A list of the state as a section with a table.
pub(super) fn table(table: &Table, state: &Value, out: &mut Html) {
    open_section(table.id, table.title, out);
    let rows = state.pointer(table.at).and_then(Value::as_array);
    let rows = rows.map_or(&[][..], Vec::as_slice);
    if rows.is_empty() {
        out.raw("<p>").raw(table.none).raw("</p></section>");
        return;
    }
    let labels: Vec<&'static str> = table.columns.iter().map(|column| column.label).collect();
    out.open_table(table.caption, &labels);
    for row in rows.iter().take(MOST_ROWS) {
        out.open_row();
        for Column { label, key, form } in table.columns {
            let value = row.get(key).unwrap_or(&Value::Null);
            out.cell(label, &written(value, *form));
        }
        out.close_row();
    }
    out.close_table();
    if rows.len() > MOST_ROWS {
        out.raw("<p>… and more rows: <a href=\"/state\">the state</a> has them all.</p>");
    }
    out.raw("</section>");
}

/// Begins a section with its heading.
pub(super) fn open_section(id: &'static str, title: &'static str, out: &mut Html) {
    out.raw("<section id=\"").raw(id).raw("\"><h2>");
    out.raw(title).raw("</h2>");
}

/// A value as people read it; nothing where there is none.
fn written(value: &Value, form: Form) -> String {
    match (value, form) {
        (Value::Null, _) => String::new(),
        (Value::Bool(true), _) => "yes".to_owned(),
        (Value::Bool(false), _) => "no".to_owned(),
        (Value::Number(number), Form::Limit(_)) if number.as_f64() == Some(0.0) => {
            "no limit".to_owned()
        }
        (Value::Number(number), Form::Number(unit) | Form::Limit(unit)) => {
            let exact = number.as_i64().map(|_| number.to_string());
            let exact = exact.or_else(|| number.as_u64().map(|_| number.to_string()));
            let text = match (exact, number.as_f64()) {
                (Some(digits), _) => grouped(&digits),
                (None, Some(number)) => rounded(number),
                (None, None) => number.to_string(),
            };
            with_unit(&text, unit)
        }
        (Value::String(text), _) => text.clone(),
        (other, _) => other.to_string(),
    }
}

/// A number and its unit.
pub(super) fn with_unit(number: &str, unit: &str) -> String {
    match (number, unit) {
        (number, "") => number.to_owned(),
        ("1", "records" | "bytes" | "threads" | "partitions") => {
            format!("1 {}", &unit[..unit.len() - 1])
        }
        _ => format!("{number} {unit}"),
    }
}

/// A time by its two largest units.
pub(super) fn span(time: Duration) -> String {
    let (seconds, minutes) = (time.as_secs(), time.as_secs() / 60);
    let (hours, days) = (minutes / 60, minutes / 60 / 24);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, _, _) => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

/// A number with at most one decimal, which numbers of three digits and more do not need.
pub(super) fn rounded(number: f64) -> String {
    if number.abs() >= 100.0 || (number - number.round()).abs() < 0.05 {
        grouped(&format!("{number:.0}"))
    } else {
        format!("{number:.1}")
    }
}

/// Whole digits, with a comma before each three.
fn grouped(digits: &str) -> String {
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", digits),
    };
    let mut out = sign.to_owned();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_written_for_people() {
        for (value, form, text) in [
            (
                json!(1_234_567),
                Form::Number("records"),
                "1,234,567 records",
            ),
            (json!(-1000), Form::Number(""), "-1,000"),
            (json!(1), Form::Number("records"), "1 record"),
            (json!(1.0), Form::Limit("records/s"), "1 records/s"),
            (json!(0.0), Form::Limit("records/s"), "no limit"),
            (
                json!(u64::MAX),
                Form::Number(""),
                "18,446,744,073,709,551,615",
            ),
            (json!(99.96), Form::Number("records/s"), "100 records/s"),
            (json!(0.25), Form::Number("s"), "0.2 s"),
            (json!(7), Form::Text, "7"),
            (json!(true), Form::Flag, "yes"),
            (json!(null), Form::Number("records"), ""),
        ] {
            assert_eq!(written(&value, form), text);
        }
    }

    #[test]
    fn times_have_their_two_largest_units() {
        for (seconds, text) in [
            (59, "59 s"),
            (61, "1 min 1 s"),
            (7_260, "2 h 1 min"),
            (176_400, "2 d 1 h"),
        ] {
            assert_eq!(span(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn tables_are_bounded_and_escaped() {
        let table = |rows: Value| {
            let shown = Table {
                id: "rows",
                title: "Rows",
                caption: "All rows.",
                at: "/rows",
                none: "No row.",
                columns: &[Column {
                    label: "Name",
                    key: "name",
                    form: Form::Text,
                }],
            };
            let mut out = Html::default();
            super::table(&shown, &json!({ "rows": rows }), &mut out);
            format!("{out:?}")
        };
        let many: Vec<Value> = (0..300).map(|_| json!({ "name": "<b>" })).collect();
        let page = table(many.into());
        assert_eq!(page.matches("&lt;b&gt;").count(), MOST_ROWS);
        assert!(
            page.contains("and more rows") && !page.contains("<b>"),
            "{page}"
        );
        assert!(table(json!([])).contains("No row.") && table(json!(7)).contains("No row."));
    }
}
