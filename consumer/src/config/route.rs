//! `route.*` and `sinks.*`: values that go to several sinks, by a field of theirs.

use std::collections::BTreeMap;

use common::view::View;
use runtime::config::{Reader, Section};

use super::{SinkConfig, SinkKind};

/// What the sink of `sink.*` is called among others.
const MAIN: &str = "sink";
/// Where records go that go nowhere.
const NOWHERE: &str = "skip";

/// Where a value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// To the sink of this number: 0 is that of `sink.*`, the others come in the order of their names.
    Sink(usize),
    /// To none: it is passed over.
    Nowhere,
}

/// `route.*`
#[derive(Clone, Debug)]
pub struct RouteConfig {
    /// The field that decides.
    pub field: String,
    /// By its value.
    pub to: BTreeMap<String, Destination>,
    /// For all other values, and values without the field.
    pub otherwise: Destination,
}

/// Reads the sinks of `sinks.*`, and how values are parted among them.
pub(super) fn read(
    reader: &mut Reader,
    main: &SinkConfig,
) -> (Vec<SinkConfig>, Option<RouteConfig>) {
    let names = reader.names_below("sinks");
    let mut sinks = Vec::with_capacity(names.len());
    for name in &names {
        let mut section = reader.section_below("sinks", name);
        sinks.push(SinkConfig::read_named(&mut section, main.batch));
    }
    let mut section = reader.section("route");
    let route = read_route(&mut section, &names);
    check_kinds(&mut section, main, &sinks);
    (sinks, route)
}

fn read_route(section: &mut Section<'_>, names: &[String]) -> Option<RouteConfig> {
    let field: Option<String> = section.get_optional(
        "field",
        "The field whose value decides to which sink a record goes, such as `customer.country`; without it all go to the sink of `sink.*`. Records without a value go to all of them.",
    );
    let to = section.map(
        "to",
        "By the field's value the sink: `AU = \"audit\"` for the one of `[sinks.audit]`, which has the keys of `[sink]` but for `batch_*`; `sink` for the one of `[sink]`; `skip` for none, counted as filtered.",
    );
    let otherwise = section.get(
        "otherwise",
        MAIN.to_owned(),
        "Where records with any other value go, and those without the field.",
    );
    let mut destination = |key: &str, name: &str| match names.iter().position(|known| known == name)
    {
        _ if name == MAIN => Destination::Sink(0),
        _ if name == NOWHERE => Destination::Nowhere,
        Some(at) => Destination::Sink(at + 1),
        None => {
            section.problem(key, format!("there is no [sinks.{name}]"));
            Destination::Nowhere
        }
    };
    let routes = to
        .iter()
        .map(|(value, name)| (value.clone(), destination(&format!("to.{value}"), name)));
    let routes: BTreeMap<_, _> = routes.collect();
    let rest = destination("otherwise", &otherwise);
    for (at, name) in names.iter().enumerate() {
        let own = Destination::Sink(at + 1);
        if rest != own && !routes.values().any(|to| *to == own) {
            section.problem("to", format!("no value goes to [sinks.{name}]"));
        }
    }
    let Some(field) = field else {
        if !routes.is_empty() || section.is_set("otherwise") {
            section.problem("field", "a field is needed to decide by");
        }
        return None;
    };
    if let Err(error) = View::of([field.clone()]) {
        section.problem("field", error.to_string());
    }
    Some(RouteConfig {
        field,
        to: routes,
        otherwise: rest,
    })
}

/// Refuses sinks that would be in each other's way.
fn check_kinds(section: &mut Section<'_>, main: &SinkConfig, others: &[SinkConfig]) {
    for (kind, why) in [
        (SinkKind::Stdout, "there is one stdout"),
        (
            SinkKind::ObjectStore,
            "offsets move when the object store's files are closed, and two stores cannot close theirs at one moment",
        ),
    ] {
        let all = std::iter::once(main).chain(others);
        if all.filter(|sink| sink.kind == kind).count() > 1 {
            let kind = kind.as_str();
            section.problem("to", format!("more than one sink is \"{kind}\": {why}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ConsumerConfig;
    use runtime::config::Sources;

    fn load(pairs: &[(&str, &str)]) -> Result<ConsumerConfig, String> {
        let sources = Sources::from_pairs(pairs.iter().copied());
        let settings = Reader::load::<ConsumerConfig>(&sources);
        settings
            .map(|settings| settings.config)
            .map_err(|problems| problems.to_string())
    }

    const FILE: [(&str, &str); 2] = [
        ("sinks.audit.kind", "file"),
        ("sinks.audit.path", "/tmp/audit"),
    ];

    #[test]
    fn values_go_to_sinks_by_their_names() {
        let route = [
            ("route.field", "customer.country"),
            ("route.to.AU", "audit"),
            ("route.to.new.zealand", "sink"),
            ("route.to.NZ", "skip"),
        ];
        let config = load(&[&FILE[..], &route].concat()).unwrap();
        let route = config.route.unwrap();
        assert_eq!(route.to["AU"], Destination::Sink(1));
        assert_eq!(route.to["new.zealand"], Destination::Sink(0));
        assert_eq!(route.to["NZ"], Destination::Nowhere);
        assert_eq!(
            (route.otherwise, route.field.as_str()),
            (Destination::Sink(0), "customer.country")
        );
        assert_eq!(config.sinks[0].kind, SinkKind::File);
    }

    #[test]
    fn what_leads_nowhere_is_told() {
        let field = ("route.field", "a");
        for (pairs, said) in [
            (
                &[field, ("route.to.x", "audit")][..],
                "route.to.x: there is no [sinks.audit]",
            ),
            (
                &[field, ("route.otherwise", "no")],
                "route.otherwise: there is no [sinks.no]",
            ),
            (&[("route.to.x", "skip")], "route.field: a field is needed"),
            (
                &[FILE[0], FILE[1], field],
                "route.to: no value goes to [sinks.audit]",
            ),
            (
                &[FILE[0], field, ("route.to.x", "audit")],
                "sinks.audit.path: sink.kind is \"file\"",
            ),
            (
                &[("sinks.audit.batch_records", "1")],
                "sinks.audit.batch_records: no such key",
            ),
            (
                &[field, ("sinks.b.kind", "stdout"), ("route.to.x", "b")],
                "more than one sink is \"stdout\"",
            ),
            (&[("route.field", "a..b")], "route.field: `a..b` is no path"),
        ] {
            let problems = load(pairs).unwrap_err();
            assert!(problems.contains(said), "{problems}");
        }
    }
}
