//! `/check`: a form that says whether a definition is valid and fits a schema. It stores nothing.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::response::Response;
use axum::routing::get;
use runtime::admin::Html;
use serde::Deserialize;

use super::{Trouble, verdict};
use crate::Shared;
use crate::api::{Call, check_definition_length, judged};
use crate::definition::{Draft, Format};
use crate::store::{Reason, Snapshot};

/// The longest definition, with every character of it escaped as a form does.
const MAX_BODY: usize = 4 << 20;

/// The fields of the form.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Form {
    format: String,
    region: String,
    registry: String,
    schema: String,
    definition: String,
}

/// What is said about a definition.
enum Finding {
    Good(String),
    Bad(String),
    Refused(Vec<Reason>),
}

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route(
        "/check",
        get(show).post(check).layer(DefaultBodyLimit::max(MAX_BODY)),
    )
}

async fn show(State(shared): State<Arc<Shared>>, Query(form): Query<Form>) -> Response {
    super::page(shared, move |shared| {
        Ok((title(), render(shared, &form, None)))
    })
    .await
}

async fn check(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    super::page(shared, move |shared| {
        let form = Form::read(&body);
        let finding = shared
            .service
            .store
            .read(|store| form.judge(shared, store))?;
        Ok((title(), render(shared, &form, Some(&finding))))
    })
    .await
}

fn title() -> String {
    "Check a definition".to_owned()
}

impl Form {
    fn read(body: &[u8]) -> Self {
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            let field = match &*name {
                "format" => &mut form.format,
                "region" => &mut form.region,
                "registry" => &mut form.registry,
                "schema" => &mut form.schema,
                "definition" => &mut form.definition,
                _ => continue,
            };
            *field = value.into_owned();
        }
        form
    }

    fn judge(&self, shared: &Shared, store: &Snapshot) -> Result<Finding, Trouble> {
        let Ok(format) = self.format.parse::<Format>() else {
            return Ok(Finding::Bad("Choose a format.".to_owned()));
        };
        if let Err(error) = check_definition_length(&self.definition) {
            return Ok(Finding::Bad(error.to_string()));
        }
        let mut draft = match Draft::read(format, self.definition.clone()) {
            Ok(draft) => draft,
            Err(detail) => return Ok(Finding::Bad(format!("Not valid: {detail}"))),
        };
        if self.schema.is_empty() {
            return Ok(Finding::Good("The definition is valid.".to_owned()));
        }
        let Some(schema) = store.schema(&self.region, &self.registry, &self.schema)? else {
            let text = "The definition is valid, but there is no such schema to compare it with.";
            return Ok(Finding::Bad(text.to_owned()));
        };
        let (named, mode) = (schema.format.as_str(), schema.mode);
        if schema.format != format {
            return Ok(Finding::Bad(format!("The schema's format is {named}.")));
        }
        if !mode.allows_new_versions() {
            let text = format!("The schema's mode is {mode}: it takes no new version.");
            return Ok(Finding::Bad(text));
        }
        let call = Call {
            service: &shared.service,
            region: &self.region,
        };
        let verdict = judged(call, store, &schema, &mut draft)?;
        if !verdict.reasons.is_empty() {
            return Ok(Finding::Refused(verdict.reasons));
        }
        let text = format!("Valid, and it fits the mode {mode}.");
        Ok(Finding::Good(text))
    }
}

fn render(shared: &Shared, form: &Form, finding: Option<&Finding>) -> Html {
    let mut out = Html::default();
    match finding {
        Some(Finding::Good(text)) => {
            out.element("p class=\"note ok\"", text);
        }
        Some(Finding::Bad(text)) => {
            out.element("p class=\"note failed\"", text);
        }
        Some(Finding::Refused(reasons)) => {
            out.raw("<p class=\"note failed\">Valid, but the schema's mode does not allow it:</p>");
            verdict::reasons(reasons, &mut out);
        }
        None => {}
    }
    out.raw("<form method=\"post\" action=\"/check\"><label>Format <select name=\"format\">");
    for format in Format::ALL {
        let word = format.as_str();
        out.option(word, word, form.format == word);
    }
    out.raw("</select></label><p>To hold it against the mode of a schema, name one:</p>");
    let region = if form.region.is_empty() {
        &shared.region
    } else {
        &form.region
    };
    field("Region", "region", region, &mut out);
    field("Registry", "registry", &form.registry, &mut out);
    field("Schema", "schema", &form.schema, &mut out);
    // HTML drops a line break right behind the tag.
    out.raw("<label>Definition <textarea name=\"definition\" spellcheck=\"false\">\n");
    out.text(&form.definition).raw("</textarea></label>");
    out.raw("<button>Check</button></form>");
    out
}

fn field(label: &'static str, name: &'static str, value: &str, out: &mut Html) {
    out.raw("<label>")
        .raw(label)
        .raw(" <input name=\"")
        .raw(name);
    out.raw("\" value=\"").text(value).raw("\"></label>");
}
