//! A curve as inline SVG: it is there without a script, and the stylesheet gives it its colours.

use super::html::Html;
use super::parts;
use crate::telemetry::Curve;
use std::time::Duration;

/// The size of a chart in its own units.
const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 60.0;
/// What is younger does not fill the width.
const LEAST_SECONDS: f64 = 60.0;

/// A chart with its number now, its range, and all of that in words.
pub(super) fn draw(curve: &Curve, out: &mut Html) {
    let number = |value| parts::with_unit(&parts::rounded(value), curve.unit);
    let now = curve.now.map_or_else(|| parts::UNKNOWN.to_owned(), number);
    out.raw("<figure><figcaption>").text(curve.title);
    out.raw(" <b>").text(&now).raw("</b></figcaption>");
    let values = || curve.points.iter().map(|(_, value)| *value);
    let (Some(most), Some((oldest, _))) = (values().reduce(f64::max), curve.points.first()) else {
        out.raw("<p class=\"scale\">No samples yet.</p></figure>");
        return;
    };
    let least = parts::rounded(values().fold(most, f64::min));
    let time = parts::span(Duration::from_secs_f64(*oldest));
    let range = format!("from {least} to {} in the last {time}", number(most));
    out.raw("<svg role=\"img\" viewBox=\"0 0 300 60\" preserveAspectRatio=\"none\" aria-label=\"");
    out.text(&format!("{}: now {now}, {range}", curve.title));
    out.raw("\"><polyline points=\"");
    out.text(&points(&curve.points, oldest.max(LEAST_SECONDS), most));
    out.raw("\"></polyline></svg>");
    out.element("p class=\"scale\"", &range).raw("</figure>");
}

/// The newest at the right, nothing at the bottom.
fn points(points: &[(f64, f64)], seconds: f64, most: f64) -> String {
    let scale = if most > 0.0 { HEIGHT / most } else { 0.0 };
    let point = |(ago, value): &(f64, f64)| {
        let (x, y) = (WIDTH - ago * WIDTH / seconds, HEIGHT - value * scale);
        format!("{x:.1},{y:.1}")
    };
    let points: Vec<String> = points.iter().map(point).collect();
    points.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(points: &[(f64, f64)]) -> String {
        let mut out = Html::default();
        let curve = Curve {
            title: "Delivered",
            unit: "records/s",
            points: points.to_vec(),
            now: points.last().map(|(_, value)| *value),
        };
        draw(&curve, &mut out);
        format!("{out:?}")
    }

    #[test]
    fn the_newest_is_at_the_right_and_the_most_is_at_the_top() {
        let page = drawn(&[(300.0, 0.0), (150.0, 1500.0), (0.0, 750.0)]);
        assert!(page.contains("0.0,60.0 150.0,0.0 300.0,30.0"), "{page}");
        let words = "Delivered: now 750 records/s, from 0 to 1,500 records/s in the last 5 min 0 s";
        assert!(page.contains(words), "{page}");
    }

    #[test]
    fn nothing_but_zeros_is_a_line_at_the_bottom_and_nothing_at_all_is_said() {
        let page = drawn(&[(1.0, 0.0), (0.0, 0.0)]);
        assert!(page.contains("295.0,60.0 300.0,60.0"), "{page}");
        let page = drawn(&[]);
        assert!(
            page.contains("No samples yet") && !page.contains("<svg"),
            "{page}"
        );
    }
}
