//! `/metrics`: Prometheus text. Meant for the operator's own network; a gateway should not pass
//! it on.

use actix_web::{HttpResponse, web};
use metrics::gauge;

use crate::{app::State, error::Result, telemetry};

/// Measurements of this instance.
#[utoipa::path(
    get, path = "/metrics", operation_id = "get_metrics", tag = "platform",
    responses((status = 200, content_type = "text/plain", body = String)),
    security(()),
)]
pub async fn get_metrics(state: web::Data<State>) -> Result<HttpResponse> {
    for (pool, open, idle) in state.db.connections() {
        let idle = u32::try_from(idle).unwrap_or(u32::MAX);
        gauge!("terrace_db_connections", "pool" => pool, "state" => "idle").set(f64::from(idle));
        gauge!("terrace_db_connections", "pool" => pool, "state" => "busy")
            .set(f64::from(open.saturating_sub(idle)));
    }
    if let Ok(jobs) = jobs(&state).await {
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a double")]
        for (kind, count) in [("due", jobs.due), ("dead", jobs.dead)] {
            gauge!("terrace_jobs", "state" => kind).set(count as f64);
        }
    }
    Ok(HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4")
        .body(telemetry::render_metrics()))
}

#[derive(Debug, sea_orm::FromQueryResult)]
struct Jobs {
    due: i64,
    dead: i64,
}

async fn jobs(state: &State) -> Result<Jobs> {
    const SQL: &str = "SELECT count(*) FILTER (WHERE dead_at IS NULL AND run_at <= now()) AS due, \
                       count(*) FILTER (WHERE dead_at IS NOT NULL) AS dead FROM jobs";
    let jobs = state.db.platform_rows("metrics", SQL, []).await?.pop();
    jobs.ok_or_else(|| crate::error::Error::internal(anyhow::anyhow!("an aggregate has a row")))
}
