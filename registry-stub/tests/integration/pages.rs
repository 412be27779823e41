//! The pages for people.

use form_urlencoded::Serializer;
use serde_json::{Value, json};

use crate::harness::{Answer, App, avro, send};

const HOSTILE: &str = "<script>alert('x')</script>&\"";
const ESCAPED: &str = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;";
const SCHEMA: &str = "/schema?region=us-east-1&registry=customer&name=orders-value";

async fn get(app: &App, path: &str) -> Answer {
    send(app.stub.address, "GET", path, &["Accept: text/html"], b"").await
}

async fn body(app: &App, path: &str) -> String {
    let answer = get(app, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.body
}

async fn check(app: &App, fields: &[(&str, &str)], headers: &[&str]) -> Answer {
    let form = Serializer::new(String::new()).extend_pairs(fields).finish();
    let kind = ["Content-Type: application/x-www-form-urlencoded"];
    let headers = [headers, &kind].concat();
    send(
        app.stub.address,
        "POST",
        "/check",
        &headers,
        form.as_bytes(),
    )
    .await
}

/// A schema with two versions; their ids.
async fn two_versions(app: &App) -> [String; 2] {
    let first = app.create("customer", "orders-value", &avro("A")).await;
    let second = json!({"type": "record", "name": "A", "fields": [{"name": "id", "type": "int"}, {"name": "more", "type": "long"}]});
    let second = app
        .register("customer", "orders-value", &second.to_string())
        .await
        .ok();
    [
        first,
        second["SchemaVersionId"].as_str().unwrap().to_owned(),
    ]
}

#[tokio::test]
async fn the_pages_lead_from_registries_to_schemas_to_definitions() {
    let app = App::start().await;
    let [first, second] = two_versions(&app).await;
    let front = body(&app, "/").await;
    for text in [
        "customer",
        "us-east-1",
        "BACKWARD",
        "href=\"/schema?region=us-east-1&amp;registry=customer&amp;name=orders-value\">orders-value<",
        "2 <span class=\"FAILURE\">FAILURE</span>",
        "RegisterSchemaVersion",
    ] {
        assert!(front.contains(text), "{text}: {front}");
    }
    let schema = body(&app, SCHEMA).await;
    for text in [
        "Version 1 <span class=\"AVAILABLE\">AVAILABLE</span>",
        "Version 2",
        &format!("/explain/{first}"),
        &format!("<option value=\"{second}\" selected>"),
        "&quot;name&quot;:&quot;more&quot;",
    ] {
        assert!(schema.contains(text), "{text}: {schema}");
    }
    for path in [
        "/schema?region=r&registry=r&name=s",
        "/diff?region=us-east-1&old=x&new=y",
    ] {
        assert_eq!(get(&app, path).await.status, 404, "{path}");
    }
    let style = get(&app, "/style.css").await;
    let kind = style.header("content-type");
    assert_eq!(kind.as_deref(), Some("text/css; charset=utf-8"));
}

#[tokio::test]
async fn two_versions_stand_side_by_side() {
    let app = App::start().await;
    let [first, second] = two_versions(&app).await;
    let page = body(
        &app,
        &format!("/diff?region=us-east-1&old={first}&new={second}"),
    )
    .await;
    for row in [
        "<tr><td class=\"old\"><del>      &quot;type&quot;: &quot;string&quot;</del></td><td class=\"new\"><ins>      &quot;type&quot;: &quot;int&quot;</ins></td></tr>",
        "<tr><td></td><td class=\"new\"><ins>      &quot;name&quot;: &quot;more&quot;,</ins></td></tr>",
        "<tr><td>{</td><td>{</td></tr>",
    ] {
        assert!(page.contains(row), "{row}: {page}");
    }
    let same = body(
        &app,
        &format!("/diff?region=us-east-1&old={first}&new={first}"),
    )
    .await;
    assert!(same.contains("Both are the same") && !same.contains("class=\"new\""));
}

#[tokio::test]
async fn nothing_that_clients_send_becomes_markup() {
    let app = App::start().await;
    let registry = json!({"RegistryName": "r", "Description": HOSTILE});
    app.ok("CreateRegistry", registry).await;
    let definition = |name: &str| {
        json!({"type": "record", "name": name, "doc": HOSTILE, "fields": []}).to_string()
    };
    let schema = json!({"RegistryId": {"RegistryName": "r"}, "SchemaName": "s", "DataFormat": "AVRO", "Compatibility": "NONE", "Description": HOSTILE, "SchemaDefinition": definition("A")});
    let first = app.ok("CreateSchema", schema).await;
    let first = first["SchemaVersionId"].as_str().unwrap().to_owned();
    let second = app.register("r", "s", &definition("B")).await.ok();
    let second = second["SchemaVersionId"].as_str().unwrap().to_owned();
    let agent = format!("User-Agent: {HOSTILE}");
    let named = json!({"RegistryId": {"RegistryName": HOSTILE}}).to_string();
    let headers = ["X-Amz-Target: AWSGlue.GetRegistry", &agent];
    send(app.stub.address, "POST", "/", &headers, named.as_bytes()).await;

    let mut pages = vec![(3, body(&app, "/").await)];
    let schema = "/schema?region=us-east-1&registry=r&name=s";
    pages.push((3, body(&app, schema).await));
    pages.push((
        2,
        body(
            &app,
            &format!("/diff?region=us-east-1&old={first}&new={second}"),
        )
        .await,
    ));
    pages.push((2, body(&app, "/calls").await));
    let form = ["format", "region", "registry", "schema", "definition"].map(|name| (name, HOSTILE));
    pages.push((4, check(&app, &form, &[]).await.body));
    let query = Serializer::new(String::new()).extend_pairs(form).finish();
    pages.push((4, body(&app, &format!("/check?{query}")).await));
    pages.push((0, body(&app, &format!("/explain/{first}")).await));
    for (count, page) in pages {
        assert!(page.matches(ESCAPED).count() >= count, "{count}: {page}");
        assert!(
            !page.contains("<script") && !page.contains("alert('"),
            "{page}"
        );
    }
}

#[tokio::test]
async fn every_page_forbids_scripts_and_fits_a_phone() {
    let app = App::start().await;
    let [first, second] = two_versions(&app).await;
    for path in [
        "/",
        SCHEMA,
        &format!("/diff?region=us-east-1&old={first}&new={second}"),
        "/calls",
        "/check",
        &format!("/explain/{first}"),
    ] {
        let page = get(&app, path).await;
        let policy = page.header("content-security-policy");
        assert_eq!(policy.as_deref(), Some("default-src 'self'"), "{path}");
        assert_eq!(
            page.header("x-content-type-options").as_deref(),
            Some("nosniff")
        );
        assert!(page.body.contains("<meta name=\"viewport\""), "{path}");
        assert!(!page.body.contains(" style="), "{path}");
    }
}

#[tokio::test]
async fn the_calls_say_who_asked_for_what_and_how_it_ended() {
    let app = App::with([
        ("stub.faults.down.operations", "ListSchemas"),
        ("stub.faults.down.refuse", "true"),
    ])
    .await;
    assert!(body(&app, "/calls").await.contains("No call yet."));
    let id = app
        .create("customer", "orders-value", &avro("Hidden"))
        .await;
    app.call("GetSchemaVersion", json!({"SchemaVersionId": id}))
        .await;
    app.call(
        "GetRegistry",
        json!({"RegistryId": {"RegistryName": "nope"}}),
    )
    .await;
    let headers = ["X-Amz-Target: AWSGlue.ListSchemas", "User-Agent: aws-sdk"];
    let refused = crate::harness::try_send(app.stub.address, "POST", "/", &headers, b"{}").await;
    refused.unwrap_err();
    let page = body(&app, "/calls").await;
    for text in [
        "customer/orders-value",
        &id,
        "<span class=\"failed\">EntityNotFoundException</span>",
        "<span class=\"failed\">refused</span>",
        "<td role=\"cell\" data-label=\"Client\">aws-sdk</td>",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("Hidden"), "a definition shows");
}

#[tokio::test]
async fn a_definition_is_checked_and_not_stored() {
    let app = App::start().await;
    two_versions(&app).await;
    let good = avro("A");
    let of = |registry: &'static str| {
        [
            ("region", "us-east-1"),
            ("registry", registry),
            ("schema", "orders-value"),
        ]
    };
    let text = |format: &'static str, definition: &str, names: &[(&str, &str)]| {
        let mut fields = vec![
            ("format".to_owned(), format.to_owned()),
            ("definition".to_owned(), definition.to_owned()),
        ];
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        fields.extend(names.iter().map(owned));
        fields
    };
    for (fields, wanted) in [
        (text("AVRO", &good, &[]), "The definition is valid."),
        (text("AVRO", "{", &[]), "Not valid: "),
        (text("PROTOBUF", &good, &[]), "Not valid: "),
        (text("XML", &good, &[]), "Choose a format."),
        (text("AVRO", "", &[]), "too many or too few characters"),
        (
            text("AVRO", &" ".repeat(170_001), &[]),
            "too many or too few characters",
        ),
        (
            text("AVRO", &good, &of("customer")),
            "Valid, and it fits the mode BACKWARD.",
        ),
        (text("AVRO", &good, &of("nope")), "there is no such schema"),
        (text("JSON", "{}", &of("customer")), "format is AVRO"),
    ] {
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        let answer = check(&app, &fields, &[]).await;
        assert_eq!(answer.status, 200);
        assert!(answer.body.contains(wanted), "{wanted}");
    }
    let id = json!({"RegistryName": "customer", "SchemaName": "orders-value"});
    let versions = app.ok("ListSchemaVersions", json!({"SchemaId": id})).await;
    assert_eq!(versions["Schemas"].as_array().unwrap().len(), 2);

    let own = format!("Origin: {}", app.stub.url());
    for (origin, status) in [
        ("Origin: http://evil.example", 403),
        ("Origin: null", 403),
        (&own, 200),
    ] {
        let answer = check(&app, &[("format", "AVRO")], &[origin]).await;
        assert_eq!(answer.status, status, "{origin}");
    }
    let long = vec![b'a'; 5 << 20];
    let answer = send(app.stub.address, "POST", "/check", &[], &long).await;
    assert_eq!(answer.status, 413);
}

#[tokio::test]
async fn a_version_is_explained_to_programs_and_people() {
    let app = App::start().await;
    let [first, _] = two_versions(&app).await;
    let answer = send(
        app.stub.address,
        "GET",
        &format!("/explain/{first}"),
        &[],
        b"",
    )
    .await;
    let mut explained = answer.ok();
    let created = explained["created"].take();
    assert!(crate::harness::is_time(&created));
    let wanted = json!({
        "schema_version_id": first, "region": "us-east-1", "registry": "customer", "schema": "orders-value", "version_number": 1,
        "data_format": "AVRO", "compatibility": "BACKWARD", "status": "AVAILABLE", "created": null, "compared_with": [], "reasons": [],
    });
    assert_eq!(explained, wanted);
    let page = body(&app, &format!("/explain/{first}")).await;
    assert!(
        page.contains(">customer/orders-value</a> is <span class=\"AVAILABLE\">"),
        "{page}"
    );
    for (path, status) in [
        ("/explain/00000000-0000-4000-8000-000000000000", 404),
        ("/explain/nonsense", 400),
    ] {
        let answer = send(app.stub.address, "GET", path, &[], b"").await;
        assert_eq!(answer.status, status);
        assert!(matches!(answer.json()["error"], Value::String(_)));
    }
}

#[tokio::test]
async fn a_refused_version_is_explained_by_what_it_was_compared_with_and_every_reason() {
    let app = App::start().await;
    let [_, second] = two_versions(&app).await;
    let path = format!("/explain/{second}");
    let explained = send(app.stub.address, "GET", &path, &[], b"").await.ok();
    assert_eq!(explained["status"], "FAILURE");
    assert_eq!(explained["compared_with"], json!([1]));
    assert_eq!(
        explained["reasons"],
        json!([
            {"version": 1, "direction": "backward", "path": "more", "rule": "missing-default", "reader": "a field of type long without a default", "writer": ""},
            {"version": 1, "direction": "backward", "path": "id", "rule": "type-mismatch", "reader": "int", "writer": "string"},
        ])
    );
    for path in [path.as_str(), SCHEMA] {
        let page = body(&app, path).await;
        assert!(page.contains("missing-default"), "{path}: {page}");
    }
    let third = avro("A").replace("\"string\"", "\"long\"");
    let names = [
        ("format", "AVRO"),
        ("region", "us-east-1"),
        ("registry", "customer"),
        ("schema", "orders-value"),
        ("definition", &third),
    ];
    let answer = check(&app, &names, &[]).await;
    assert!(answer.body.contains("does not allow it"), "{}", answer.body);
    assert!(answer.body.contains("type-mismatch"), "{}", answer.body);
}

#[tokio::test]
async fn an_empty_stub_has_a_page_too() {
    let app = App::start().await;
    let page = body(&app, "/").await;
    assert!(page.contains("No registry yet.") && page.contains("No call yet."));
}

#[tokio::test]
async fn a_page_has_an_end() {
    let app = App::start().await;
    app.create("customer", "orders-value", &avro("A")).await;
    for number in 0..20 {
        let definition = json!({"type": "enum", "name": format!("E{number}"), "symbols": ["A"], "doc": "<".repeat(160_000)});
        app.register("customer", "orders-value", &definition.to_string())
            .await
            .ok();
    }
    let page = body(&app, SCHEMA).await;
    assert!(page.contains("This page is full"));
    assert!(page.len() < 6 << 20, "{}", page.len());
}
