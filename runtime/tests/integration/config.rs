//! Layers, problems, redaction.

use runtime::config::{
    Admin, Base, Config, LogFormat, Origin, Problems, Rate, Reader, Secret, Settings, Size, Sources,
};
use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

runtime::choice! {
    /// A choice.
    enum Kind {
        /// One.
        Orders = "orders",
        /// Another.
        Ndjson = "ndjson",
    }
}

/// A little daemon with a key of each sort.
struct Little {
    base: Base,
    admin: Admin,
    topic: String,
    kind: Kind,
    rate: Rate,
    max_line: Size,
    key: Vec<String>,
    run: Option<Duration>,
    variant: String,
    properties: BTreeMap<String, String>,
    routes: BTreeMap<String, String>,
    secret: Option<(&'static str, Secret)>,
}

impl Config for Little {
    const BINARY: &'static str = "little";

    fn read(reader: &mut Reader) -> Self {
        let mut kafka = reader.section("kafka");
        let topic = kafka.get("topic", "orders".to_owned(), "The topic.");
        let properties = kafka.map("properties", "librdkafka's own.");
        let mut source = reader.section("source");
        let little = (
            source.get("kind", Kind::Orders, "Where from."),
            source.get("rate", Rate::per_second(100.0), "How fast."),
            source.get("max_line", Size::mib(1), "How long."),
            source.get("key", vec!["order_id".to_owned()], "Which fields."),
            source.get_optional("max_run", "How long."),
            source.get("variant", "order".to_owned(), "Which."),
        );
        Self {
            base: Base::read(reader),
            admin: Admin::read(reader, SocketAddr::from(([127, 0, 0, 1], 9464))),
            topic,
            kind: little.0,
            rate: little.1,
            max_line: little.2,
            key: little.3,
            run: little.4,
            variant: little.5,
            properties,
            routes: reader.section("route").map("to", "By values."),
            secret: reader.section("target").secret(
                ("secret", "A secret."),
                ("secret_file", "A file with it."),
                true,
            ),
        }
    }

    fn base(&self) -> &Base {
        &self.base
    }

    fn admin(&self) -> Option<&Admin> {
        Some(&self.admin)
    }

    fn listen(&self) -> SocketAddr {
        self.admin.listen
    }
}

fn sources(
    file: &str,
    environment: &[(&str, &str)],
    set: &[(&str, &str)],
) -> (tempfile::NamedTempFile, Sources) {
    let mut handle = tempfile::NamedTempFile::new().unwrap();
    handle.write_all(file.as_bytes()).unwrap();
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let sources = Sources {
        file: Some(handle.path().to_owned()),
        environment: environment.iter().map(owned).collect(),
        set: set.iter().map(owned).collect(),
    };
    (handle, sources)
}

fn load(
    file: &str,
    environment: &[(&str, &str)],
    set: &[(&str, &str)],
) -> Result<Settings<Little>, Problems> {
    let (_file, sources) = sources(file, environment, set);
    Reader::load(&sources)
}

fn problems(file: &str, environment: &[(&str, &str)], set: &[(&str, &str)]) -> String {
    load(file, environment, set)
        .err()
        .expect("the configuration is wrong")
        .to_string()
}

#[test]
fn later_layers_win() {
    let file = "[kafka]\ntopic = \"from-file\"\n[source]\nrate = \"5/s\"\nmax_line = \"2KiB\"\n";
    let environment = [
        ("GLUESTREAM_SOURCE__RATE", "6/s"),
        ("GLUESTREAM_SOURCE__KIND", "ndjson"),
    ];
    let config = load(file, &environment, &[("source.kind", "orders")])
        .unwrap()
        .config;
    assert_eq!(config.topic, "from-file");
    assert_eq!(config.rate, Rate::per_second(6.0));
    assert_eq!(config.kind, Kind::Orders);
    assert_eq!(config.max_line, Size::kib(2));
    assert_eq!(config.base.startup_timeout, Duration::from_mins(1));
    assert_eq!(config.base.log.format, LogFormat::Text);
}

#[test]
fn every_problem_is_reported_at_once_with_its_place() {
    let file =
        "[source]\nkind = \"csv\"\nrate = 100\n[kafak]\ntopic = \"x\"\n[kafka]\ntopik = \"x\"\n";
    let said = problems(
        file,
        &[
            ("GLUESTREAM_SOURCE__MAX_LINE", "1 meter"),
            ("GLUESTREAM_TOPIC", "x"),
        ],
        &[("source.max_run", "10")],
    );
    for wanted in [
        "source.kind: \"csv\" is none of: orders, ndjson",
        ":2)",
        "source.rate: \"100\" is not a rate",
        "kafak.topic: no such section; did you mean kafka?",
        "kafka.topik: no such key; did you mean kafka.topic?",
        "source.max_line: \"1 meter\" is not a size",
        "(environment variable GLUESTREAM_SOURCE__MAX_LINE)",
        "topic: no such key: a variable is named GLUESTREAM_<SECTION>__<KEY>",
        "source.max_run: \"10\" is not a duration",
        "(--set)",
    ] {
        assert!(said.contains(wanted), "{wanted:?} is missing from:\n{said}");
    }
    assert!(
        said.starts_with("the configuration has 7 problems"),
        "{said}"
    );
}

#[test]
fn sections_of_other_binaries_are_left_alone() {
    load(
        "[sink]\nkind = \"nonsense\"\n[stub]\nwhatever = 1\n",
        &[("GLUESTREAM_CODEC__NEW", "1")],
        &[],
    )
    .unwrap();
}

#[test]
fn a_file_that_is_no_toml_names_its_line() {
    let said = problems("[kafka]\ntopic = \n", &[], &[]);
    assert!(said.contains(":2: this is not TOML"), "{said}");
}

#[test]
fn a_file_that_is_not_there_is_a_problem() {
    let sources = Sources {
        file: Some("/nowhere/at/all.toml".into()),
        ..Sources::default()
    };
    let said = Reader::load::<Little>(&sources).err().unwrap().to_string();
    assert!(
        said.contains("/nowhere/at/all.toml cannot be read"),
        "{said}"
    );
}

#[test]
fn librdkafka_settings_keep_their_dots() {
    let file = "[kafka.properties]\n\"socket.timeout.ms\" = 1000\nlinger.ms = 5\n";
    let environment = [("GLUESTREAM_KAFKA__PROPERTIES__LINGER_MS", "20")];
    let properties = load(file, &environment, &[("kafka.properties.client.rack", "a")])
        .unwrap()
        .config
        .properties;
    let pairs: Vec<(&str, &str)> = properties
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        pairs,
        [
            ("client.rack", "a"),
            ("linger.ms", "20"),
            ("socket.timeout.ms", "1000")
        ]
    );
}

#[test]
fn values_of_fields_keep_their_case() {
    let environment = [
        ("GLUESTREAM_ROUTE__TO__AU", "one"),
        ("GLUESTREAM_ROUTE__TO__au", "other"),
        ("GLUESTREAM_ROUTE__TO__a__B", "third"),
    ];
    let routes = load("", &environment, &[]).unwrap().config.routes;
    let routes: Vec<_> = routes
        .iter()
        .map(|(value, to)| (value.as_str(), to.as_str()))
        .collect();
    assert_eq!(routes, [("AU", "one"), ("a__B", "third"), ("au", "other")]);
}

#[test]
fn a_secret_is_said_or_stands_in_a_file() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"hunter2\n").unwrap();
    let path = file.path().display().to_string();
    let (said, in_file) = (
        ("target.secret", "hunter2"),
        ("target.secret_file", path.as_str()),
    );
    for (pair, key) in [(said, "secret"), (in_file, "secret_file")] {
        let (found, secret) = load("", &[], &[pair]).unwrap().config.secret.unwrap();
        assert_eq!((found, secret.expose()), (key, "hunter2"));
    }
    for (pairs, problem) in [
        (
            &[said, in_file][..],
            "target.secret_file: target.secret is set too",
        ),
        (
            &[("target.secret_file", "/nowhere")],
            "target.secret_file: the file cannot be read",
        ),
    ] {
        let problems = load("", &[], pairs).err().unwrap().to_string();
        assert!(
            problems.contains(problem) && !problems.contains("hunter2"),
            "{problems}"
        );
    }
}

#[test]
fn lists_come_from_every_layer() {
    for (file, environment) in [
        ("[source]\nkey = [\"a\", \"b\"]\n", None),
        ("", Some("a,b")),
        ("", Some("[\"a\", \"b\"]")),
    ] {
        let environment: Vec<(&str, &str)> = environment
            .map(|text| ("GLUESTREAM_SOURCE__KEY", text))
            .into_iter()
            .collect();
        assert_eq!(
            load(file, &environment, &[]).unwrap().config.key,
            ["a", "b"]
        );
    }
}

#[test]
fn the_demos_variables_work_and_lose_to_ours() {
    // This little daemon has no kafka.bootstrap_servers: what it does not know leaves it alone.
    let environment = [
        ("TOPIC_NAME", "old"),
        ("MAX_RUN_SEC", "60"),
        ("USE_MORE", "true"),
        ("BOOTSTRAP_SERVERS", "b:9092"),
    ];
    let settings = load("", &environment, &[]).unwrap();
    assert_eq!(settings.config.topic, "old");
    assert_eq!(settings.config.run, Some(Duration::from_mins(1)));
    assert_eq!(settings.config.variant, "order_more");
    assert!(
        settings
            .notices
            .iter()
            .any(|notice| notice
                == "TOPIC_NAME still works; its new name is GLUESTREAM_KAFKA__TOPIC")
    );
    let settings = load("[kafka]\ntopic = \"new\"\n", &environment, &[]).unwrap();
    assert_eq!(settings.config.topic, "new");
    assert!(
        !settings
            .notices
            .iter()
            .any(|notice| notice.starts_with("TOPIC_NAME"))
    );
}

#[test]
fn secrets_are_never_shown() {
    let set = [
        ("kafka.properties.ssl.key.password", "hunter2"),
        ("kafka.topic", "http://me:hunter2@host/"),
    ];
    let settings = load("", &[], &set).unwrap();
    let shown = format!("{:?}", settings.effective);
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(shown.contains("***"), "{shown}");
}

#[test]
fn every_key_knows_where_its_value_came_from() {
    let settings = load("[kafka]\ntopic = \"x\"\n", &[], &[("source.rate", "1/s")]).unwrap();
    let origin = |path: &str| {
        settings
            .effective
            .iter()
            .find(|key| key.path == path)
            .unwrap()
            .origin
            .clone()
    };
    assert!(matches!(origin("kafka.topic"), Origin::File(_, 2)));
    assert_eq!(origin("source.rate"), Origin::CommandLine);
    assert_eq!(origin("source.kind"), Origin::Default);
}

#[test]
fn a_mistyped_log_level_is_no_target() {
    let said = problems("", &[], &[("log.level", "inof")]);
    assert!(said.contains("log.level"), "{said}");
    for level in [
        "info",
        "WARN",
        "off",
        "debug,hyper=warn",
        "consumer=trace,error",
    ] {
        load("", &[], &[("log.level", level)]).unwrap();
    }
}

#[test]
fn an_empty_unknown_section_is_still_unknown() {
    let said = problems("[kafkaa]\n", &[], &[]);
    assert!(said.contains("kafkaa: no such section"), "{said}");
}
