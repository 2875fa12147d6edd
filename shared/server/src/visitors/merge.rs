//! `POST /me/merge-visitor`: what somebody kept before they signed in becomes their account's.
//!
//! The front end asks for it after the sign-in, instead of every request doing it by the way: a
//! device is shared, and whose the lists become is a decision. The visitor's row stays, marked,
//! so that no second account takes them, and its token opens nothing from then on.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Value};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::token;
use crate::{
    app::State,
    db::{Context, statement},
    error::{Code, Error, Result},
    http::auth::{Caller, Origin},
};

/// What was taken over.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct MergeOut {
    /// Favourites that the account did not have.
    pub favourites: u64,
    /// Saved searches that the account did not have.
    pub saved_searches: u64,
    /// What the account's lists had no room for; the oldest are left.
    pub left_out: u64,
}

/// Takes the lists of the visitor in `Visitor-Token` into the caller's account. What is on both
/// is there once. Asked again by the same person, there is nothing left to do.
#[utoipa::path(
    post, path = "/api/v1/me/merge-visitor", operation_id = "merge_visitor", tag = "lists",
    params(("Visitor-Token" = String, Header, description = "The visitor's token")),
    responses((status = 200, body = MergeOut)),
    security(("bearer" = [])),
)]
pub async fn merge_visitor(
    caller: Caller,
    origin: Origin,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let visitor = token::of_request(&request)?.ok_or_else(|| {
        Error::parameter("Visitor-Token", "The header names the visitor; it is missing.")
    })?;
    let user = caller.user_id;
    // With the platform's rights, in the name of who asks: the rows are a visitor's and become a
    // person's, and neither sees both.
    let context = Context { role: "system", ..origin.0 };
    let merged = state
        .db
        .tx(context, move |tx| Box::pin(async move { merge(tx, visitor, user).await }))
        .await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "private, no-store")).json(merged))
}

async fn merge(tx: &DatabaseTransaction, visitor: Uuid, user: Uuid) -> Result<MergeOut> {
    #[derive(FromQueryResult)]
    struct Visitor {
        is_merged: bool,
        merged_into: Option<Uuid>,
    }
    // A visitor who never kept anything is closed all the same.
    run(tx, "INSERT INTO visitors (id) VALUES ($1) ON CONFLICT (id) DO NOTHING", [visitor.into()])
        .await?;
    // Not FOR UPDATE: alerts that are being written refer to the row.
    let lock = "SELECT merged_at IS NOT NULL AS is_merged, merged_into FROM visitors WHERE id = $1 \
                FOR NO KEY UPDATE";
    let row = tx.query_one_raw(statement(lock, [visitor.into()])).await?;
    let row = row.ok_or_else(token::refused)?;
    match Visitor::from_query_result(&row, "")? {
        Visitor { is_merged: false, .. } => {}
        Visitor { merged_into: Some(into), .. } if into == user => return Ok(MergeOut::default()),
        Visitor { .. } => {
            return Err(Error::new(Code::Conflict)
                .with_detail("These lists belong to another account already."));
        }
    }
    let favourites = favourites(tx, visitor, user).await?;
    let searches = saved_searches(tx, visitor, user).await?;
    alerts(tx, visitor, user).await?;
    conversations(tx, visitor, user).await?;
    // What there was no room for goes, and its alerts with it.
    let mut left_out = 0;
    for table in ["alerts", "favourites", "saved_searches", "chat_conversations"] {
        let sql = format!("DELETE FROM {table} WHERE visitor_id = $1");
        let rows = run(tx, &sql, [visitor.into()]).await?;
        left_out += if matches!(table, "favourites" | "saved_searches") { rows } else { 0 };
    }
    let close = "UPDATE visitors SET merged_at = now(), merged_into = $2 WHERE id = $1";
    run(tx, close, [visitor.into(), user.into()]).await?;
    Ok(MergeOut { favourites, saved_searches: searches, left_out })
}

async fn favourites(tx: &DatabaseTransaction, visitor: Uuid, user: Uuid) -> Result<u64> {
    // The lock of the list, as the trigger that counts it takes it: nobody fills the room that
    // is found below.
    lock(tx, "favourites", user).await?;
    let fold = "WITH own AS (UPDATE favourites o SET notify_price_drop = o.notify_price_drop OR v.notify_price_drop \
            FROM favourites v WHERE o.user_id = $2 AND v.visitor_id = $1 AND v.property_id = o.property_id \
            RETURNING o.property_id) \
        DELETE FROM favourites v USING own WHERE v.visitor_id = $1 AND v.property_id = own.property_id";
    run(tx, fold, [visitor.into(), user.into()]).await?;
    let take = "UPDATE favourites f SET user_id = $2, visitor_id = NULL FROM ( \
            SELECT property_id FROM favourites WHERE visitor_id = $1 ORDER BY created_at DESC, property_id \
            LIMIT greatest(0, 500 - (SELECT count(*) FROM favourites WHERE user_id = $2))) fits \
        WHERE f.visitor_id = $1 AND f.property_id = fits.property_id";
    run(tx, take, [visitor.into(), user.into()]).await
}

async fn saved_searches(tx: &DatabaseTransaction, visitor: Uuid, user: Uuid) -> Result<u64> {
    lock(tx, "saved_searches", user).await?;
    let fold = "DELETE FROM saved_searches v USING saved_searches o \
        WHERE v.visitor_id = $1 AND o.user_id = $2 AND o.filters = v.filters AND o.query IS NOT DISTINCT FROM v.query";
    run(tx, fold, [visitor.into(), user.into()]).await?;
    let take = "UPDATE saved_searches s SET user_id = $2, visitor_id = NULL FROM ( \
            SELECT id FROM saved_searches WHERE visitor_id = $1 ORDER BY created_at DESC, id \
            LIMIT greatest(0, 50 - (SELECT count(*) FROM saved_searches WHERE user_id = $2))) fits \
        WHERE s.id = fits.id";
    run(tx, take, [visitor.into(), user.into()]).await
}

/// Alerts follow what they are about. They stay what they were, to be read here: a letter about
/// what somebody has seen already is no news.
async fn alerts(tx: &DatabaseTransaction, visitor: Uuid, user: Uuid) -> Result<()> {
    let take = "UPDATE alerts a SET user_id = $2, visitor_id = NULL WHERE a.visitor_id = $1 \
          AND CASE WHEN a.saved_search_id IS NULL \
              THEN EXISTS (SELECT FROM favourites f WHERE f.user_id = $2 AND f.property_id = a.property_id) \
              ELSE EXISTS (SELECT FROM saved_searches s WHERE s.user_id = $2 AND s.id = a.saved_search_id) END \
          AND NOT EXISTS (SELECT FROM alerts o WHERE o.user_id = $2 AND o.source_id = a.source_id \
              AND o.property_id = a.property_id AND o.kind = a.kind AND o.told_price = a.told_price)";
    run(tx, take, [visitor.into(), user.into()]).await.map(drop)
}

/// What was asked goes along, as far as there is room; the newest first.
async fn conversations(tx: &DatabaseTransaction, visitor: Uuid, user: Uuid) -> Result<()> {
    lock(tx, "chat_conversations", user).await?;
    let take = "UPDATE chat_conversations c SET user_id = $2, visitor_id = NULL FROM ( \
            SELECT id FROM chat_conversations WHERE visitor_id = $1 ORDER BY updated_at DESC, id \
            LIMIT greatest(0, 200 - (SELECT count(*) FROM chat_conversations WHERE user_id = $2))) fits \
        WHERE c.id = fits.id";
    run(tx, take, [visitor.into(), user.into()]).await.map(drop)
}

async fn lock(tx: &DatabaseTransaction, list: &str, user: Uuid) -> Result<()> {
    let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1 || ':' || $2::uuid, 0))";
    tx.query_all_raw(statement(sql, [list.into(), user.into()])).await?;
    Ok(())
}

async fn run(
    tx: &DatabaseTransaction,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<u64> {
    Ok(tx.execute_raw(statement(sql, values)).await?.rows_affected())
}
