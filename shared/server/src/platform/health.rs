//! `/health/*`: for orchestrators, and for people who wonder which database this is.

use std::time::Instant;

use actix_web::{HttpResponse, http::header, web};
use sea_orm::FromQueryResult;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{app::State, error::Result};

/// Whether the instance is well.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthOut {
    /// `ok`, `degraded` (works, but slower) or `unavailable`.
    #[schema(example = "ok")]
    status: &'static str,
    /// The brand.
    #[schema(example = "bestays")]
    product: String,
    /// Each thing that it depends on.
    checks: Vec<Check>,
}

/// A thing that the instance depends on.
#[derive(Debug, Serialize, ToSchema)]
pub struct Check {
    /// What it is.
    #[schema(example = "database")]
    name: &'static str,
    /// Whether it is well.
    ok: bool,
    /// Whether the instance can do without.
    required: bool,
}

/// The process is alive; says nothing of what it depends on.
#[utoipa::path(
    get, path = "/health/live", operation_id = "health_live", tag = "platform",
    responses((status = 200, body = HealthOut)),
    security(()),
)]
pub async fn health_live(state: web::Data<State>) -> HttpResponse {
    respond(&state, Vec::new())
}

/// The instance may be sent requests: its database answers, is its own and is up to date, and it
/// has not been told to stop. Redis is only for speed.
#[utoipa::path(
    get, path = "/health/ready", operation_id = "health_ready", tag = "platform",
    responses((status = 200, body = HealthOut), (status = 503, body = HealthOut)),
    security(()),
)]
pub async fn health_ready(state: web::Data<State>) -> HttpResponse {
    let (database, cache) = tokio::join!(facts(&state), state.cache.is_up());
    let ours =
        database.is_ok_and(|facts| facts.product.as_deref() == Some(state.profile.id.as_str()));
    let checks = vec![
        Check { name: "database", ok: ours, required: true },
        Check { name: "serving", ok: !state.is_draining(), required: true },
        Check { name: "cache", ok: cache, required: false },
    ];
    respond(&state, checks)
}

fn respond(state: &State, checks: Vec<Check>) -> HttpResponse {
    let down = checks.iter().any(|check| check.required && !check.ok);
    let slow = checks.iter().any(|check| !check.ok);
    let (mut builder, status) = match (down, slow) {
        (true, _) => (HttpResponse::ServiceUnavailable(), "unavailable"),
        (false, true) => (HttpResponse::Ok(), "degraded"),
        (false, false) => (HttpResponse::Ok(), "ok"),
    };
    builder.insert_header((header::CACHE_CONTROL, "no-store")).json(HealthOut {
        status,
        product: state.profile.id.to_string(),
        checks,
    })
}

/// Which database this is.
#[derive(Debug, Serialize, ToSchema)]
pub struct DatabaseOut {
    /// The brand that this instance is.
    #[schema(example = "bestays")]
    product: String,
    /// The brand that the database says it belongs to.
    #[schema(example = "bestays")]
    database_product: Option<String>,
    /// Name of the database.
    #[schema(example = "bestays_db_dev")]
    database: String,
    /// Role that the instance acts as.
    role: String,
    /// Version of PostgreSQL.
    #[schema(example = "16.14")]
    server_version: String,
    /// Version of pgvector.
    pgvector_version: Option<String>,
    /// Last migration that was applied.
    schema_version: Option<String>,
    /// How long it took to answer, ms.
    latency_ms: f64,
}

#[derive(Debug, FromQueryResult)]
struct Facts {
    product: Option<String>,
    database: String,
    role: String,
    server_version: String,
    pgvector_version: Option<String>,
    schema_version: Option<String>,
}

async fn facts(state: &State) -> Result<Facts> {
    const SQL: &str = "SELECT (SELECT product_id FROM platform_identity) AS product, \
        current_database()::text AS database, current_user::text AS role, \
        current_setting('server_version') AS server_version, \
        (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS pgvector_version, \
        (SELECT max(version) FROM seaql_migrations) AS schema_version";
    let facts = state.db.read().one(SQL, []).await?;
    facts.ok_or_else(|| crate::error::Error::internal(anyhow::anyhow!("no row")))
}

/// Which product and which database this is.
#[utoipa::path(
    get, path = "/health/db", operation_id = "health_db", tag = "platform",
    responses((status = 200, body = DatabaseOut)),
    security(()),
)]
pub async fn health_db(state: web::Data<State>) -> Result<HttpResponse> {
    let started = Instant::now();
    let facts = facts(&state).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(DatabaseOut {
        product: state.profile.id.to_string(),
        database_product: facts.product,
        database: facts.database,
        role: facts.role,
        server_version: facts.server_version,
        pgvector_version: facts.pgvector_version,
        schema_version: facts.schema_version,
        latency_ms: started.elapsed().as_secs_f64() * 1000.0,
    }))
}
