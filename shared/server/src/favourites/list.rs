//! `GET /favourites` and `GET /favourites/ids`.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::output::{FavouriteOut, Marked};
use crate::{
    app::State,
    db::statement,
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        etag, locale, page,
        params::Query,
    },
    listings::read,
    visitors::Keeper,
};

/// A page of favourites.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct FavouriteQuery {
    /// Rows a page, 1..100.
    #[param(minimum = 1, maximum = 100, default = 24)]
    pub limit: Option<u64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
    /// Adds `total`.
    pub count: bool,
    /// Language of the texts.
    #[param(example = "th")]
    pub locale: Option<String>,
}

/// Favourites, those marked last first.
#[derive(Debug, Serialize, ToSchema)]
pub struct FavouriteList {
    /// The page.
    pub items: Vec<FavouriteOut>,
    /// Asks for the next page; null on the last.
    pub next_cursor: Option<String>,
    /// How many there are, where `count` was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
}

/// The caller's favourites, what is gone too.
#[utoipa::path(
    get, path = "/api/v1/favourites", operation_id = "list_favourites", tag = "lists",
    params(FavouriteQuery),
    responses((status = 200, body = FavouriteList)),
    security(("bearer" = []), ("visitor" = [])),
)]
pub async fn list_favourites(
    keeper: Keeper,
    query: Query<FavouriteQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Keeper { owner, context } = keeper;
    let Query(FavouriteQuery { limit, cursor, count, locale: asked }) = query;
    let size = page::size(limit)?;
    let locale = locale::negotiate(&state.profile, asked.as_deref(), &request)?;
    let list = page::fingerprint(&"favourites");
    let after: Option<(DateTime<Utc>, Uuid)> =
        cursor.map(|cursor| page::decode(&list, &cursor)).transpose()?;
    let (rows, total) = state
        .db
        .tx(context, move |tx| {
            Box::pin(async move {
                owner.enter(tx).await?;
                let rows = rows(tx, owner.id(), after, size + 1).await?;
                let total = match count {
                    true => Some(total(tx, owner.id()).await?),
                    false => None,
                };
                Ok((rows, total))
            })
        })
        .await?;
    let (rows, next_cursor) =
        page::cut(rows, size, &list, |last| (last.created_at, last.property_id))?;
    let ids = rows.iter().map(|row| row.property_id).collect();
    let mut cards = read::cards(&state, ids, &locale).await?;
    let items = rows.into_iter().map(|row| {
        let card = cards.remove(&row.property_id);
        row.with(card)
    });
    let list = FavouriteList { items: items.collect(), next_cursor, total };
    let body = serde_json::to_vec(&list).map_err(Error::internal)?;
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, Reuse::Never))
}

async fn rows(
    tx: &DatabaseTransaction,
    owner: Uuid,
    after: Option<(DateTime<Utc>, Uuid)>,
    most: u64,
) -> Result<Vec<Marked>> {
    let (at, id) = after.unzip();
    let sql = format!(
        "SELECT {} FROM favourites f WHERE f.owner_id = $1 \
           AND ($2::timestamptz IS NULL OR (f.created_at, f.property_id) < ($2, $3)) \
         ORDER BY f.created_at DESC, f.property_id DESC LIMIT {most}",
        Marked::COLUMNS
    );
    let values: [Value; 3] = [owner.into(), at.into(), id.into()];
    let rows = tx.query_all_raw(statement(sql, values)).await?;
    Ok(rows.iter().map(|row| Marked::from_query_result(row, "")).collect::<Result<_, _>>()?)
}

async fn total(tx: &DatabaseTransaction, owner: Uuid) -> Result<i64> {
    let sql = "SELECT count(*) AS total FROM favourites WHERE owner_id = $1";
    let row = tx.query_one_raw(statement(sql, [owner.into()])).await?;
    Ok(row.map(|row| row.try_get("", "total")).transpose()?.unwrap_or_default())
}

/// The ids of all favourites: for the hearts on a list of listings.
#[derive(Debug, Serialize, ToSchema)]
pub struct FavouriteIds {
    /// Listings, those marked last first.
    pub ids: Vec<Uuid>,
}

/// Which listings the caller has marked; all of them, since a list has 500 at most.
#[utoipa::path(
    get, path = "/api/v1/favourites/ids", operation_id = "list_favourite_ids", tag = "lists",
    responses((status = 200, body = FavouriteIds)),
    security(("bearer" = []), ("visitor" = [])),
)]
pub async fn list_favourite_ids(
    keeper: Keeper,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    const SQL: &str = "SELECT property_id FROM favourites WHERE owner_id = $1 \
                       ORDER BY created_at DESC, property_id DESC";
    let Keeper { owner, context } = keeper;
    let rows = state
        .db
        .tx(context, move |tx| {
            Box::pin(async move {
                owner.enter(tx).await?;
                Ok(tx.query_all_raw(statement(SQL, [owner.id().into()])).await?)
            })
        })
        .await?;
    let ids = rows.iter().map(|row| row.try_get("", "property_id")).collect::<Result<_, _>>()?;
    let body = serde_json::to_vec(&FavouriteIds { ids }).map_err(Error::internal)?;
    let locale = locale::negotiate(&state.profile, None, &request)?;
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, Reuse::Never))
}
