//! `POST /favourites` and `DELETE /favourites/{id}`.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use garde::Validate;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::output::{FavouriteOut, Marked};
use crate::{
    app::State,
    db::statement,
    error::{Error, Result},
    http::{body::Body, locale},
    listings::read,
    visitors::{Keeper, Owner},
};

/// A listing to be marked.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FavouriteIn {
    /// The listing; one that everyone sees.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Whether to tell when it gets cheaper. Left out, it stays as it is; at first it is false.
    #[garde(skip)]
    pub notify_price_drop: Option<bool>,
}

/// Marks a listing. Marked already, it stays so; 201 where it was not.
#[utoipa::path(
    post, path = "/api/v1/favourites", operation_id = "create_favourite", tag = "lists",
    request_body = FavouriteIn,
    responses((status = 201, body = FavouriteOut), (status = 200, body = FavouriteOut)),
    security(("bearer" = []), ("visitor" = [])),
)]
pub async fn create_favourite(
    keeper: Keeper,
    body: Body<FavouriteIn>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Keeper { owner, context } = keeper;
    let input = body.value;
    let id = input.property_id;
    let (marked, is_new) = state
        .db
        .tx(context, move |tx| {
            let input = input.clone();
            Box::pin(async move {
                owner.admit(tx).await?;
                mark(tx, owner, &input).await
            })
        })
        .await?;
    let locale = locale::negotiate(&state.profile, None, &request)?;
    let card = read::cards(&state, vec![id], &locale).await?.remove(&id);
    let mut answer = if is_new { HttpResponse::Created() } else { HttpResponse::Ok() };
    Ok(answer
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::CONTENT_LANGUAGE, locale.as_str()))
        .json(marked.with(card)))
}

/// Says whether it was new.
async fn mark(
    tx: &DatabaseTransaction,
    owner: Owner,
    input: &FavouriteIn,
) -> Result<(Marked, bool)> {
    if let Some(marked) = adjust(tx, owner, input).await? {
        return Ok((marked, false));
    }
    // Locked against being taken away for good meanwhile.
    let insert = format!(
        "INSERT INTO favourites AS f (user_id, visitor_id, property_id, title, notify_price_drop) \
         SELECT $1, $2, p.id, p.title, coalesce($4, false) FROM (SELECT id, title FROM properties \
             WHERE id = $3 AND is_published AND deleted_at IS NULL FOR KEY SHARE) p \
         ON CONFLICT (owner_id, property_id) DO NOTHING RETURNING {}",
        Marked::COLUMNS
    );
    let (user, visitor) = owner.columns();
    let values =
        [user.into(), visitor.into(), input.property_id.into(), input.notify_price_drop.into()];
    if let Some(row) = tx.query_one_raw(statement(insert, values)).await? {
        return Ok((Marked::from_query_result(&row, "")?, true));
    }
    // Somebody was quicker, in another tab; or there is nothing to be marked.
    let marked = adjust(tx, owner, input).await?;
    marked
        .map(|marked| (marked, false))
        .ok_or_else(|| Error::field("/property_id", "unknown", "There is no such listing."))
}

/// What is marked already: no question of whether it is still there, nor of room on the list.
async fn adjust(
    tx: &DatabaseTransaction,
    owner: Owner,
    input: &FavouriteIn,
) -> Result<Option<Marked>> {
    let update = format!(
        "UPDATE favourites f SET notify_price_drop = coalesce($3, f.notify_price_drop) \
         WHERE f.owner_id = $1 AND f.property_id = $2 RETURNING {}",
        Marked::COLUMNS
    );
    let values = [owner.id().into(), input.property_id.into(), input.notify_price_drop.into()];
    let row = tx.query_one_raw(statement(update, values)).await?;
    Ok(row.map(|row| Marked::from_query_result(&row, "")).transpose()?)
}

/// Unmarks a listing, by its id. What is not marked is unmarked already.
#[utoipa::path(
    delete, path = "/api/v1/favourites/{id}", operation_id = "delete_favourite", tag = "lists",
    params(("id" = Uuid, Path, description = "The listing's id")),
    responses((status = 204)),
    security(("bearer" = []), ("visitor" = [])),
)]
pub async fn delete_favourite(
    keeper: Keeper,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    const FORGET: &str =
        "DELETE FROM alerts WHERE owner_id = $1 AND saved_search_id IS NULL AND property_id = $2";
    const UNMARK: &str = "DELETE FROM favourites WHERE owner_id = $1 AND property_id = $2";
    let Keeper { owner, context } = keeper;
    let id = *id;
    state
        .db
        .tx(context, move |tx| {
            Box::pin(async move {
                owner.enter(tx).await?;
                for sql in [UNMARK, FORGET] {
                    tx.execute_raw(statement(sql, [owner.id().into(), id.into()])).await?;
                }
                Ok(())
            })
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
