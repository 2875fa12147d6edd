//! `/admin/calendar-conflicts`: nights that are taken twice, with both sides.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Value};
use serde::Deserialize;
use terrace_entity::DateRange;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    model::{ConflictList, ConflictOut, ConflictPatch, ConflictSide},
    shown, told,
};
use crate::{
    app::State,
    db::statement,
    error::{Error, Result},
    http::{
        auth::{Agent, Caller, Origin},
        body::Body,
        page,
        params::Query,
    },
};

/// Which conflicts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConflictState {
    /// Those that wait for somebody.
    #[default]
    Open,
    /// Those that are settled.
    Resolved,
    /// All of them.
    All,
}

/// A page of conflicts.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ConflictQuery {
    /// Which conflicts.
    #[param(default = "open")]
    pub state: ConflictState,
    /// Of one listing.
    pub property_id: Option<Uuid>,
    /// Rows a page, 1..100.
    #[param(minimum = 1, maximum = 100, default = 24)]
    pub limit: Option<u64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    property_id: Uuid,
    property_title: String,
    calendar_id: Uuid,
    calendar_name: String,
    kind: Option<String>,
    during: DateRange,
    own_kind: String,
    own_during: DateRange,
    stay_id: Option<Uuid>,
    booking_id: Option<Uuid>,
    resolution: Option<String>,
    resolved_at: Option<DateTime<Utc>>,
    resolved_by: Option<Uuid>,
    created_at: DateTime<Utc>,
}

const COLUMNS: &str = "k.id, k.property_id, p.title AS property_title, k.calendar_id, c.name AS calendar_name, \
    (SELECT min(e.kind::text) FROM calendar_events e WHERE e.calendar_id = k.calendar_id \
        AND e.external_uid = k.external_uid AND e.during = k.during) AS kind, \
    k.during::text AS during, k.own_kind::text AS own_kind, k.own_during::text AS own_during, \
    k.stay_id, s.booking_id, k.resolution, k.resolved_at, k.resolved_by, k.created_at \
    FROM calendar_conflicts k JOIN properties p ON p.id = k.property_id \
    JOIN calendars c ON c.id = k.calendar_id LEFT JOIN stays s ON s.id = k.stay_id";

impl Row {
    fn out(self) -> ConflictOut {
        let side = |kind, range: DateRange| ConflictSide {
            kind,
            check_in: range.start,
            check_out: range.end,
        };
        ConflictOut {
            id: self.id,
            property_id: self.property_id,
            property_title: self.property_title,
            calendar_id: self.calendar_id,
            calendar_name: self.calendar_name,
            theirs: side(self.kind, self.during),
            ours: side(Some(self.own_kind), self.own_during),
            stay_id: self.stay_id,
            booking_id: self.booking_id,
            resolution: self.resolution,
            resolved_at: self.resolved_at,
            resolved_by: self.resolved_by,
            created_at: self.created_at,
        }
    }
}

/// An admin sees all, an agent those of their own listings: as a value for `$1`.
fn whose(caller: &Caller) -> Value {
    (!caller.is_admin()).then_some(caller.user_id).into()
}

const MINE: &str = "($1::uuid IS NULL OR coalesce(p.agent_id, p.created_by) = $1)";

/// Conflicts of one's own listings, newest first.
#[utoipa::path(
    get, path = "/api/v1/admin/calendar-conflicts", operation_id = "list_calendar_conflicts",
    tag = "availability",
    params(ConflictQuery),
    responses((status = 200, body = ConflictList)),
    security(("bearer" = [])),
)]
pub async fn list_calendar_conflicts(
    Agent(caller): Agent,
    origin: Origin,
    query: Query<ConflictQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Query(ConflictQuery { state: which, property_id, limit, cursor }) = query;
    let size = page::size(limit)?;
    let list = page::fingerprint(&("calendar-conflicts", which, property_id));
    let after: Option<(DateTime<Utc>, Uuid)> =
        cursor.map(|cursor| page::decode(&list, &cursor)).transpose()?;
    let rows = state
        .db
        .tx(origin.0, move |tx| {
            let whose = whose(&caller);
            Box::pin(async move { find(tx, whose, which, property_id, after, size + 1).await })
        })
        .await?;
    let (rows, next_cursor) = page::cut(rows, size, &list, |row| (row.created_at, row.id))?;
    let items = rows.into_iter().map(Row::out).collect();
    shown(&state, &request, &ConflictList { items, next_cursor })
}

async fn find(
    tx: &DatabaseTransaction,
    whose: Value,
    which: ConflictState,
    property: Option<Uuid>,
    after: Option<(DateTime<Utc>, Uuid)>,
    most: u64,
) -> Result<Vec<Row>> {
    let state = match which {
        ConflictState::Open => "k.resolved_at IS NULL",
        ConflictState::Resolved => "k.resolved_at IS NOT NULL",
        ConflictState::All => "true",
    };
    let sql = format!(
        "SELECT {COLUMNS} WHERE {MINE} AND {state} AND ($2::uuid IS NULL OR k.property_id = $2) \
            AND ($3::timestamptz IS NULL OR (k.created_at, k.id) < ($3, $4)) \
          ORDER BY k.created_at DESC, k.id DESC LIMIT {most}"
    );
    let (at, id) = after.unzip();
    let values = [whose, property.into(), at.into(), id.into()];
    let rows = tx.query_all_raw(statement(sql, values)).await?;
    Ok(rows.iter().map(|row| Row::from_query_result(row, "")).collect::<Result<_, _>>()?)
}

/// The newest conflicts, for an operator.
///
/// # Errors
/// Those of the database.
pub(crate) async fn newest(
    db: &crate::db::Db,
    which: ConflictState,
    most: u64,
) -> Result<Vec<ConflictOut>> {
    let context = crate::db::Context::system("terrace calendars");
    let rows = db
        .tx(context, move |tx| {
            Box::pin(async move { find(tx, None::<Uuid>.into(), which, None, None, most).await })
        })
        .await?;
    Ok(rows.into_iter().map(Row::out).collect())
}

/// Settles a conflict, or opens it again. It changes no stay: that is done where the stay is.
#[utoipa::path(
    patch, path = "/api/v1/admin/calendar-conflicts/{id}", operation_id = "resolve_calendar_conflict",
    tag = "availability",
    params(("id" = Uuid, Path)),
    request_body = ConflictPatch,
    responses((status = 200, body = ConflictOut)),
    security(("bearer" = [])),
)]
pub async fn resolve_calendar_conflict(
    Agent(caller): Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    body: Body<ConflictPatch>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let (id, ConflictPatch { resolution }) = (*id, body.value);
    let changed = state
        .db
        .tx(origin.0, move |tx| {
            let (whose, by) = (whose(&caller), caller.user_id);
            Box::pin(async move { resolve(tx, whose, id, by, resolution).await })
        })
        .await?;
    Ok(told(StatusCode::OK, &changed))
}

async fn resolve(
    tx: &DatabaseTransaction,
    whose: Value,
    id: Uuid,
    by: Uuid,
    decision: Option<super::model::Decision>,
) -> Result<ConflictOut> {
    let change = format!(
        "UPDATE calendar_conflicts k SET resolution = $3, \
            resolved_at = CASE WHEN $3::text IS NOT NULL THEN now() END, \
            resolved_by = CASE WHEN $3::text IS NOT NULL THEN $4::uuid END \
          FROM properties p WHERE k.id = $2 AND p.id = k.property_id AND {MINE}"
    );
    let unknown = || Error::not_found("conflict");
    let decision = decision.map(|decision| decision.name().to_owned());
    let values = [whose.clone(), id.into(), decision.into(), by.into()];
    if tx.execute_raw(statement(change, values)).await?.rows_affected() == 0 {
        return Err(unknown());
    }
    let sql = format!("SELECT {COLUMNS} WHERE {MINE} AND k.id = $2");
    let row = tx.query_one_raw(statement(sql, [whose, id.into()])).await?.ok_or_else(unknown)?;
    Ok(Row::from_query_result(&row, "")?.out())
}
