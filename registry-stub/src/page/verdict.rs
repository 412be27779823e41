//! How a version stands, and why.

use runtime::admin::Html;

use crate::store::Reason;
use crate::store::Version;

/// The status as a word of its colour.
pub(super) fn status(version: &Version, out: &mut Html) {
    let status = version.status.as_str();
    out.raw("<span class=\"").raw(status).raw("\">");
    out.raw(status).raw("</span>");
}

/// The reasons as a list; nothing when there are none.
pub(super) fn reasons(reasons: &[Reason], out: &mut Html) {
    if reasons.is_empty() {
        return;
    }
    out.raw("<ul>");
    for reason in reasons {
        if reason.direction.is_empty() {
            out.raw("<li>").element("b", &reason.rule);
            out.raw(": ").text(&reason.reader).raw("</li>");
            continue;
        }
        out.raw("<li>Against version ")
            .text(&reason.version.to_string());
        out.raw(", ").text(&reason.direction).raw(": ");
        out.element("b", &reason.rule);
        out.raw(" at <code>").text(&reason.path).raw("</code>");
        for (side, what) in [
            (", read as ", &reason.reader),
            (", written as ", &reason.writer),
        ] {
            if !what.is_empty() {
                out.raw(side).element("code", what);
            }
        }
        out.raw("</li>");
    }
    out.raw("</ul>");
}

#[cfg(test)]
mod tests {
    use super::{Html, reasons};
    use crate::store::{Reason, Status};

    #[test]
    fn every_status_has_a_colour_on_light_and_on_dark_ground() {
        let (light, dark) = runtime::admin::STYLE
            .split_once("@media(prefers-color-scheme:dark)")
            .unwrap();
        for status in [
            Status::Available,
            Status::Pending,
            Status::Failure,
            Status::Deleting,
        ] {
            let word = status.as_str();
            let mut rules = runtime::admin::STYLE
                .lines()
                .filter(|line| line.starts_with('.') && line.contains(word));
            let rule = rules
                .next()
                .unwrap_or_else(|| panic!("{word} has no colour"));
            let (_, colour) = rule.split_once("color:var(").unwrap();
            let (colour, _) = colour.split_once(')').unwrap();
            for ground in [light, dark] {
                assert!(ground.contains(&format!("{colour}:#")), "{word}: {colour}");
            }
        }
    }

    #[test]
    fn reasons_are_listed_and_escaped() {
        let mut out = Html::default();
        reasons(&[], &mut out);
        assert_eq!(out.bytes(), 0);
        let reason = Reason {
            version: 3,
            direction: "backward".to_owned(),
            path: "/fields/<b>".to_owned(),
            rule: "no default".to_owned(),
            reader: "int".to_owned(),
            writer: String::new(),
        };
        reasons(&[reason], &mut out);
        let page = crate::page::framed("t", &out);
        assert!(page.contains("<li>Against version 3, backward: <b>no default</b> at <code>/fields/&lt;b&gt;</code>, read as <code>int</code></li>"), "{page}");
        let mut out = Html::default();
        reasons(&[Reason::not_judged(2, "a <record>")], &mut out);
        let page = crate::page::framed("t", &out);
        assert!(
            page.contains("<ul><li><b>not-judged</b>: a &lt;record&gt;</li></ul>"),
            "{page}"
        );
    }
}
