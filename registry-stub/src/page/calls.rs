//! `/calls`: what clients called lately.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use runtime::admin::Html;

use crate::Shared;
use crate::calls::Call;

/// The page.
pub(super) async fn show(State(shared): State<Arc<Shared>>) -> Response {
    super::page(shared, |shared| {
        let mut out = Html::default();
        table(&shared.calls.latest(usize::MAX), &mut out);
        Ok(("Latest calls".to_owned(), out))
    })
    .await
}

/// The calls as a table.
pub(super) fn table(calls: &[Call], out: &mut Html) {
    if calls.is_empty() {
        out.raw("<p>No call yet.</p>");
        return;
    }
    let columns = ["Time", "Operation", "Outcome", "About", "Client", "Took"];
    out.open_table("The newest call first.", &columns);
    for call in calls {
        let class = match call.outcome {
            "ok" => "<span class=\"ok\">",
            _ => "<span class=\"failed\">",
        };
        out.open_row().cell("Time", &format!("{:.3}", call.at));
        out.cell("Operation", call.operation.as_str());
        out.open_cell("Outcome").raw(class).raw(call.outcome);
        out.raw("</span></td>").cell("About", &call.subject);
        out.cell("Client", &call.user_agent);
        let millis = call.elapsed.as_secs_f64() * 1_000.0;
        out.cell("Took", &format!("{millis:.1} ms")).close_row();
    }
    out.close_table();
}
