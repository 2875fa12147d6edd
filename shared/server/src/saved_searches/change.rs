//! `POST /saved-searches`, `PATCH` and `DELETE /saved-searches/{id}`.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{
    filters,
    input::{SavedSearchIn, SavedSearchPatch},
    output::SavedSearchOut,
    store::{self, Change, New},
};
use crate::{
    app::State,
    db::statement,
    error::{Error, Result},
    http::{
        body::Body,
        idempotency::{Answer, AnswerHeaders, IdempotencyKey},
        locale,
    },
    visitors::Keeper,
};

/// Saves a search.
#[utoipa::path(
    post, path = "/api/v1/saved-searches", operation_id = "create_saved_search", tag = "lists",
    params(("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body give the same answer, and the effect once")),
    request_body = SavedSearchIn,
    responses((status = 201, body = SavedSearchOut)),
    security(("bearer" = []), ("visitor" = [])),
)]
pub async fn create_saved_search(
    keeper: Keeper,
    key: IdempotencyKey,
    body: Body<SavedSearchIn>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Keeper { owner, context } = keeper;
    let SavedSearchIn { name, query, filters, locale: asked, notify } = body.value;
    let new = New {
        name: name.trim().to_owned(),
        query: query.map(|query| query.trim().to_owned()),
        filters: filters::parse(&filters)?,
        locale: spoken(&state, asked, &request)?,
        notify: notify.into(),
    };
    let language = locale::negotiate(&state.profile, None, &request)?.to_string();
    let claim = key.claim_owner("create_saved_search", owner.id(), body.digest);
    let answer = state
        .db
        .tx(context, move |tx| {
            let (new, claim, language) = (new.clone(), claim.clone(), language.clone());
            Box::pin(async move {
                owner.admit(tx).await?;
                if let Some(claim) = &claim
                    && let Some(answer) = claim.take(tx).await?
                {
                    return Ok(answer);
                }
                let answer = created(&store::insert(tx, owner, &new).await?, language)?;
                if let Some(claim) = &claim {
                    claim.keep(tx, &answer).await?;
                }
                Ok(answer)
            })
        })
        .await?;
    Ok(answer.into())
}

fn created(search: &SavedSearchOut, language: String) -> Result<Answer> {
    Ok(Answer {
        status: 201,
        body: serde_json::to_string(search).map_err(Error::internal)?,
        headers: AnswerHeaders {
            etag: String::new(),
            location: format!("/api/v1/saved-searches/{}", search.id),
            language,
        },
        replayed: false,
    })
}

/// A language that the brand speaks, if one is named.
fn spoken(state: &State, asked: Option<String>, request: &HttpRequest) -> Result<Option<String>> {
    let Some(asked) = asked else {
        return Ok(None);
    };
    match locale::negotiate(&state.profile, Some(&asked), request) {
        Ok(locale) => Ok(Some(locale.to_string())),
        Err(error) => {
            let detail = error.fields.into_iter().next().map(|field| field.detail);
            Err(Error::field("/locale", "unknown_value", detail.unwrap_or_default()))
        }
    }
}

/// Changes a search. With other filters or words, its alerts begin anew.
#[utoipa::path(
    patch, path = "/api/v1/saved-searches/{id}", operation_id = "update_saved_search", tag = "lists",
    params(("id" = Uuid, Path)),
    request_body = SavedSearchPatch,
    responses((status = 200, body = SavedSearchOut)),
    security(("bearer" = []), ("visitor" = [])),
)]
pub async fn update_saved_search(
    keeper: Keeper,
    id: web::Path<Uuid>,
    body: Body<SavedSearchPatch>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Keeper { owner, context } = keeper;
    let SavedSearchPatch { name, query, filters, locale: asked, notify } = body.value;
    let id = *id;
    let change = Change {
        name: name.map(|name| name.trim().to_owned()),
        query: query.map(|query| query.map(|query| query.trim().to_owned())),
        filters: filters.as_ref().map(filters::parse).transpose()?,
        locale: asked.map(|asked| spoken(&state, asked, &request)).transpose()?,
        notify: notify.map(Into::into),
    };
    let search = state
        .db
        .tx(context, move |tx| {
            let change = change.clone();
            Box::pin(async move {
                owner.enter(tx).await?;
                store::update(tx, owner, id, &change).await
            })
        })
        .await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "private, no-store")).json(search))
}

/// Forgets a search, and its alerts with it.
#[utoipa::path(
    delete, path = "/api/v1/saved-searches/{id}", operation_id = "delete_saved_search", tag = "lists",
    params(("id" = Uuid, Path)),
    responses((status = 204)),
    security(("bearer" = []), ("visitor" = [])),
)]
pub async fn delete_saved_search(
    keeper: Keeper,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    const SQL: &str = "DELETE FROM saved_searches WHERE owner_id = $1 AND id = $2";
    let Keeper { owner, context } = keeper;
    let id = *id;
    state
        .db
        .tx(context, move |tx| {
            Box::pin(async move {
                owner.enter(tx).await?;
                let values = [owner.id().into(), id.into()];
                match tx.execute_raw(statement(SQL, values)).await?.rows_affected() {
                    0 => Err(store::unknown()),
                    _ => Ok(()),
                }
            })
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
