//! `GET /saved-searches` and `GET /saved-searches/{id}`.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    output::{SavedSearchOut, SavedSearchRow},
    store,
};
use crate::{
    app::State,
    db::statement,
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        etag, locale, page,
        params::Query,
    },
    visitors::Keeper,
};

/// A page of saved searches.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct SavedSearchQuery {
    /// Rows a page, 1..100.
    #[param(minimum = 1, maximum = 100, default = 24)]
    pub limit: Option<u64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// Saved searches, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavedSearchList {
    /// The page.
    pub items: Vec<SavedSearchOut>,
    /// Asks for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// The caller's saved searches.
#[utoipa::path(
    get, path = "/api/v1/saved-searches", operation_id = "list_saved_searches", tag = "lists",
    params(SavedSearchQuery),
    responses((status = 200, body = SavedSearchList)),
    security(("bearer" = []), ("visitor" = [])),
)]
pub async fn list_saved_searches(
    keeper: Keeper,
    query: Query<SavedSearchQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Keeper { owner, context } = keeper;
    let Query(SavedSearchQuery { limit, cursor }) = query;
    let size = page::size(limit)?;
    let list = page::fingerprint(&"saved searches");
    let after: Option<(DateTime<Utc>, Uuid)> =
        cursor.map(|cursor| page::decode(&list, &cursor)).transpose()?;
    let rows = state
        .db
        .tx(context, move |tx| {
            Box::pin(async move {
                owner.enter(tx).await?;
                rows(tx, owner.id(), after, size + 1).await
            })
        })
        .await?;
    let (rows, next_cursor) = page::cut(rows, size, &list, |last| (last.created_at, last.id))?;
    let items = rows.into_iter().map(SavedSearchOut::try_from).collect::<Result<_>>()?;
    respond(&state, &request, &SavedSearchList { items, next_cursor })
}

async fn rows(
    tx: &DatabaseTransaction,
    owner: Uuid,
    after: Option<(DateTime<Utc>, Uuid)>,
    most: u64,
) -> Result<Vec<SavedSearchRow>> {
    let (at, id) = after.unzip();
    let sql = format!(
        "SELECT {} FROM saved_searches s WHERE s.owner_id = $1 \
           AND ($2::timestamptz IS NULL OR (s.created_at, s.id) < ($2, $3)) \
         ORDER BY s.created_at DESC, s.id DESC LIMIT {most}",
        SavedSearchRow::COLUMNS
    );
    let values: [Value; 3] = [owner.into(), at.into(), id.into()];
    let rows = tx.query_all_raw(statement(sql, values)).await?;
    Ok(rows
        .iter()
        .map(|row| SavedSearchRow::from_query_result(row, ""))
        .collect::<Result<_, _>>()?)
}

/// One of the caller's saved searches.
#[utoipa::path(
    get, path = "/api/v1/saved-searches/{id}", operation_id = "get_saved_search", tag = "lists",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = SavedSearchOut)),
    security(("bearer" = []), ("visitor" = [])),
)]
pub async fn get_saved_search(
    keeper: Keeper,
    id: web::Path<Uuid>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Keeper { owner, context } = keeper;
    let id = *id;
    let search = state
        .db
        .tx(context, move |tx| {
            Box::pin(async move {
                owner.enter(tx).await?;
                store::find(tx, owner, id).await
            })
        })
        .await?;
    respond(&state, &request, &search)
}

fn respond(state: &State, request: &HttpRequest, body: &impl Serialize) -> Result<HttpResponse> {
    let body = serde_json::to_vec(body).map_err(Error::internal)?;
    let locale = locale::negotiate(&state.profile, None, request)?;
    Ok(answer(request, etag::of_bytes(&body), body, &locale, Reuse::Never))
}
