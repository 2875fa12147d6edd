//! Days that the host keeps: `GET` and `POST /properties/{id}/blocks`, `DELETE /blocks/{id}`.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::{DateTime, NaiveDate, Utc};
use garde::Validate;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    calendar::CalendarQuery,
    occupy::{occupy, require_free},
    terms::{MOST_NIGHTS, Now, minus, plus},
};
use crate::{
    app::State,
    db::statement,
    error::{Code, Error, FieldError, Result},
    events::{self, Event},
    http::{
        auth::{Agent, Caller, Origin},
        body::Body,
        idempotency::{Answer, AnswerHeaders, IdempotencyKey},
        locale,
        params::Query,
    },
    listings::{input::not_blank, service},
};

/// How far back days can be kept: a calendar may be put right, history is not written.
const BACK_DAYS: i32 = 366;

/// How far ahead days can be kept.
const AHEAD_DAYS: i32 = 1461;

/// Days to keep.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockIn {
    /// First night.
    #[garde(skip)]
    #[schema(example = "2026-12-20")]
    pub from: NaiveDate,
    /// The day after the last night, 366 later at most.
    #[garde(skip)]
    #[schema(example = "2026-12-27")]
    pub to: NaiveDate,
    /// Why, for the team alone. No place for guests' details.
    #[garde(inner(length(chars, min = 1, max = 500), custom(not_blank)))]
    #[schema(min_length = 1, max_length = 500)]
    pub note: Option<String>,
}

impl BlockIn {
    fn check(&self, now: Now) -> Result<()> {
        let mut wrong = Vec::new();
        let mut refuse = |field: &str, detail: String| {
            wrong.push(FieldError::new(field, "out_of_range", detail));
        };
        let (first, last) = (minus(now.today, BACK_DAYS), plus(now.today, AHEAD_DAYS));
        if self.from < first {
            refuse("/from", format!("Must not be before {first}."));
        }
        if self.to > last {
            refuse("/to", format!("Must not be after {last}."));
        }
        if !(1..=MOST_NIGHTS).contains(&(self.to - self.from).num_days()) {
            refuse("/to", format!("Must be 1..{MOST_NIGHTS} nights after from."));
        }
        if wrong.is_empty() { Ok(()) } else { Err(Error::invalid(wrong)) }
    }
}

/// Days that the host keeps.
#[derive(Debug, Serialize, FromQueryResult, ToSchema)]
pub struct BlockOut {
    /// Id.
    pub id: Uuid,
    /// The listing.
    pub property_id: Uuid,
    /// First night.
    pub from: NaiveDate,
    /// The day after the last night.
    pub to: NaiveDate,
    /// Why.
    pub note: Option<String>,
    /// Who keeps them; null where they are no longer known.
    pub created_by: Option<Uuid>,
    /// Made.
    pub created_at: DateTime<Utc>,
}

/// What is kept within some days.
#[derive(Debug, Serialize, ToSchema)]
pub struct BlockList {
    /// The first one first.
    pub items: Vec<BlockOut>,
}

const COLUMNS: &str = "s.id, s.property_id, lower(s.during) AS \"from\", upper(s.during) AS \"to\", \
                       s.note, s.created_by, s.created_at";

/// Keeps days: nobody can book them.
#[utoipa::path(
    post, path = "/api/v1/properties/{id}/blocks", operation_id = "create_block", tag = "stays",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body give the same answer, and the effect once")),
    request_body = BlockIn,
    responses((status = 201, body = BlockOut)),
    security(("bearer" = [])),
)]
pub async fn create_block(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    key: IdempotencyKey,
    body: Body<BlockIn>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (id, caller) = (*id, agent.0);
    body.value.check(Now::of(&state.profile))?;
    let claim = key.claim(&format!("create_block:{id}"), &caller, body.digest);
    let language = locale::negotiate(&state.profile, None, &request)?.to_string();
    let answer = state.db.tx(origin.0, move |tx| {
        let (caller, claim, language) = (caller.clone(), claim.clone(), language.clone());
        let block = body.value.clone();
        Box::pin(async move {
            managed(tx, id, &caller).await?;
            if let Some(claim) = &claim
                && let Some(answer) = claim.take(tx).await?
            {
                return Ok(answer);
            }
            let answer = created(&insert(tx, id, &caller, block).await?, language)?;
            if let Some(claim) = &claim {
                claim.keep(tx, &answer).await?;
            }
            Ok(answer)
        })
    });
    Ok(answer.await?.into())
}

/// Whether the caller may keep days of a listing that is there.
async fn managed(tx: &DatabaseTransaction, id: Uuid, caller: &Caller) -> Result<()> {
    match service::managed(tx, id, caller).await?.deleted_at {
        None => Ok(()),
        Some(_) => Err(Error::not_found("listing")),
    }
}

async fn insert(
    tx: &DatabaseTransaction,
    property_id: Uuid,
    caller: &Caller,
    block: BlockIn,
) -> Result<BlockOut> {
    let BlockIn { from, to, note } = block;
    occupy(tx, property_id).await?;
    require_free(tx, property_id, from, to, None).await?;
    let sql = format!(
        "INSERT INTO stays AS s (id, property_id, during, kind, note, created_by) \
         VALUES ($1, $2, daterange($3, $4), 'block', $5, $6) RETURNING {COLUMNS}"
    );
    let id = Uuid::now_v7();
    let values = [
        id.into(),
        property_id.into(),
        from.into(),
        to.into(),
        note.map(|note| note.trim().to_owned()).into(),
        caller.user_id.into(),
    ];
    let row = tx.query_one_raw(statement(sql, values)).await?;
    let row = row.ok_or_else(|| Error::not_found("block"))?;
    let data = json!({ "property_id": property_id, "from": from, "to": to });
    events::record(tx, Event { kind: "block.created", subject_id: id, data }).await?;
    Ok(BlockOut::from_query_result(&row, "")?)
}

fn created(block: &BlockOut, language: String) -> Result<Answer> {
    Ok(Answer {
        status: 201,
        body: serde_json::to_string(block).map_err(Error::internal)?,
        headers: AnswerHeaders {
            etag: String::new(),
            location: format!("/api/v1/blocks/{}", block.id),
            language,
        },
        replayed: false,
    })
}

/// What the host keeps within some days, for those who manage the listing.
#[utoipa::path(
    get, path = "/api/v1/properties/{id}/blocks", operation_id = "list_blocks", tag = "stays",
    params(("id" = Uuid, Path), CalendarQuery),
    responses((status = 200, body = BlockList)),
    security(("bearer" = [])),
)]
pub async fn list_blocks(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    query: Query<CalendarQuery>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let (id, caller) = (*id, agent.0);
    let (from, to) = query.0.days(Now::of(&state.profile).today)?;
    let items = state.db.tx(origin.0, move |tx| {
        let caller = caller.clone();
        Box::pin(async move {
            managed(tx, id, &caller).await?;
            let sql = format!(
                "SELECT {COLUMNS} FROM stays s WHERE s.property_id = $1 AND s.kind = 'block' \
                 AND s.during && daterange($2, $3) ORDER BY s.during"
            );
            let rows =
                tx.query_all_raw(statement(sql, [id.into(), from.into(), to.into()])).await?;
            let blocks = rows.iter().map(|row| BlockOut::from_query_result(row, ""));
            Ok(blocks.collect::<Result<Vec<_>, sea_orm::DbErr>>()?)
        })
    });
    let items = items.await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(BlockList { items }))
}

/// Gives days back that were kept.
#[utoipa::path(
    delete, path = "/api/v1/blocks/{id}", operation_id = "delete_block", tag = "stays",
    params(("id" = Uuid, Path)),
    responses((status = 204)),
    security(("bearer" = [])),
)]
pub async fn delete_block(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let (id, caller) = (*id, agent.0);
    let work = state.db.tx(origin.0, move |tx| {
        let caller = caller.clone();
        Box::pin(async move { delete(tx, id, &caller).await })
    });
    work.await?;
    Ok(HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, "no-store")).finish())
}

async fn delete(tx: &DatabaseTransaction, id: Uuid, caller: &Caller) -> Result<()> {
    const FIND: &str = "SELECT property_id FROM stays WHERE id = $1 AND kind = 'block'";
    const DELETE: &str = "DELETE FROM stays WHERE id = $1 AND kind = 'block' \
                          RETURNING lower(during), upper(during)";
    // That it is there is not for others to know.
    let absent = || Error::not_found("block");
    let row = tx.query_one_raw(statement(FIND, [id.into()])).await?.ok_or_else(absent)?;
    let property_id: Uuid = row.try_get_by_index(0)?;
    managed(tx, property_id, caller).await.map_err(|error| match error.code {
        Code::Forbidden | Code::NotFound => absent(),
        _ => error,
    })?;
    occupy(tx, property_id).await?;
    let gone = tx.query_one_raw(statement(DELETE, [id.into()])).await?.ok_or_else(absent)?;
    let (from, to): (NaiveDate, NaiveDate) = (gone.try_get_by_index(0)?, gone.try_get_by_index(1)?);
    let data = json!({ "property_id": property_id, "from": from, "to": to });
    events::record(tx, Event { kind: "block.deleted", subject_id: id, data }).await
}
