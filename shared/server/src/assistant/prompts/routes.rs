//! `/admin/chat/prompts`: versions, what tells them apart, which is active, and the way back.

use actix_web::{HttpResponse, http::header, web};
use garde::Validate;
use serde::{Deserialize, Serialize};
use similar::TextDiff;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    store::{self, ActivationOut, PromptOut},
    words,
};
use crate::{
    app::State,
    error::{Code, Error, Result},
    http::{
        answer::private,
        auth::{Admin, Origin},
        body::Body,
        page,
        params::Query,
    },
    listings::input::not_blank,
};

/// A page.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Rows a page, 1..100.
    #[param(minimum = 1, maximum = 100, default = 24)]
    pub limit: Option<u64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// Versions, the latest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct PromptList {
    /// The versions.
    pub items: Vec<PromptOut>,
    /// Where the next page begins.
    pub next_cursor: Option<String>,
}

/// What was active, the latest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActivationList {
    /// Each change.
    pub items: Vec<ActivationOut>,
    /// Where the next page begins.
    pub next_cursor: Option<String>,
}

/// A new version.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PromptIn {
    /// What the model is told besides the platform's rules. `{brand}`, `{language}` and `{today}` are put in.
    #[garde(length(chars, min = 1, max = 8000), custom(not_blank))]
    #[schema(
        min_length = 1,
        max_length = 8000,
        example = "Speak like a good concierge. When somebody travels with children, ask how old they are."
    )]
    pub body: String,
    /// What it is to do better.
    #[garde(length(chars, max = 500))]
    #[serde(default)]
    #[schema(max_length = 500)]
    pub note: String,
    /// The version that it is made from.
    #[garde(skip)]
    #[serde(default)]
    pub based_on: Option<Uuid>,
}

/// What two versions are told apart by.
#[derive(Debug, Serialize, ToSchema)]
pub struct PromptDiff {
    /// Unified, by lines; empty where they are the same.
    pub diff: String,
}

/// Which version it is compared with.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct DiffQuery {
    /// Another version; what is active now where it is missing.
    pub against: Option<Uuid>,
}

/// Versions of what the model is told, the latest first.
#[utoipa::path(
    get, path = "/api/v1/admin/chat/prompts", operation_id = "list_prompts", tag = "assistant",
    params(PageQuery),
    responses((status = 200, body = PromptList)),
    security(("bearer" = [])),
)]
pub async fn list_prompts(
    _admin: Admin,
    query: Query<PageQuery>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let Query(PageQuery { limit, cursor }) = query;
    let size = page::size(limit)?;
    let list = page::fingerprint(&"prompts");
    let before = cursor.map(|cursor| page::decode(&list, &cursor)).transpose()?;
    let rows = store::page(&state.db, before.unwrap_or(i32::MAX), size + 1).await?;
    let (items, next_cursor) = page::cut(rows, size, &list, |last| last.number)?;
    Ok(private(&PromptList { items, next_cursor }))
}

/// Writes a new version down. Visitors meet it once it has been tried and activated.
#[utoipa::path(
    post, path = "/api/v1/admin/chat/prompts", operation_id = "create_prompt", tag = "assistant",
    request_body = PromptIn,
    responses((status = 201, body = PromptOut)),
    security(("bearer" = [])),
)]
pub async fn create_prompt(
    admin: Admin,
    origin: Origin,
    body: Body<PromptIn>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let PromptIn { body, note, based_on } = body.value;
    words::check(&body)?;
    if let Some(base) = based_on
        && !store::exists(&state.db, base).await?
    {
        return Err(Error::field("/based_on", "unknown", "There is no such version."));
    }
    let (id, by) = (Uuid::now_v7(), admin.0.user_id);
    let made = state.db.tx(origin.0, move |tx| {
        let (body, note) = (body.trim().to_owned(), note.trim().to_owned());
        Box::pin(async move { store::insert(tx, id, (&body, &note), based_on, by).await })
    });
    made.await?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/v1/admin/chat/prompts/{id}")))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(store::get(&state.db, id).await?))
}

/// One version.
#[utoipa::path(
    get, path = "/api/v1/admin/chat/prompts/{id}", operation_id = "get_prompt", tag = "assistant",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = PromptOut)),
    security(("bearer" = [])),
)]
pub async fn get_prompt(
    _admin: Admin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    Ok(private(&store::get(&state.db, *id).await?))
}

/// What a version changes, line by line.
#[utoipa::path(
    get, path = "/api/v1/admin/chat/prompts/{id}/diff", operation_id = "diff_prompt", tag = "assistant",
    params(("id" = Uuid, Path), DiffQuery),
    responses((status = 200, body = PromptDiff)),
    security(("bearer" = [])),
)]
pub async fn diff_prompt(
    _admin: Admin,
    id: web::Path<Uuid>,
    query: Query<DiffQuery>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let new = store::get(&state.db, *id).await?;
    let (name, old) = match query.0.against {
        Some(other) => {
            let other = store::get(&state.db, other).await?;
            (format!("prompt {}", other.number), other.body)
        }
        None => ("active".to_owned(), store::active_body(&state).await?),
    };
    let diff = TextDiff::from_lines(&old, &new.body)
        .unified_diff()
        .header(&name, &format!("prompt {}", new.number))
        .missing_newline_hint(false)
        .to_string();
    Ok(private(&PromptDiff { diff }))
}

/// Tells the model this from the next question on.
///
/// Only a version whose last trial, with the questions as they are today, passed; one that was active
/// before may be activated again at any time.
#[utoipa::path(
    post, path = "/api/v1/admin/chat/prompts/{id}/activate", operation_id = "activate_prompt", tag = "assistant",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = ActivationOut)),
    security(("bearer" = [])),
)]
pub async fn activate_prompt(
    admin: Admin,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let (id, by) = (*id, admin.0.user_id);
    let prompt = store::get(&state.db, id).await?;
    let was_active = store::was_active(&state.db, id).await?;
    if !prompt.is_tried && !was_active {
        return Err(Error::new(Code::WrongState).with_detail(
            "Its last trial with the questions of today has not passed. Try it first: POST …/trials.",
        ));
    }
    let activated = state.db.tx(origin.0, move |tx| {
        Box::pin(async move {
            match store::last(tx).await? {
                // Said twice it is true once.
                Some(last) if last.prompt_id == Some(id) => Ok(last),
                _ => store::activate(tx, Some(id), by).await,
            }
        })
    });
    Ok(private(&activated.await?))
}

/// Takes the last change back: what was active before is active again, at the beginning what is built in.
#[utoipa::path(
    post, path = "/api/v1/admin/chat/prompts/rollback", operation_id = "roll_back_prompt", tag = "assistant",
    responses((status = 200, body = ActivationOut)),
    security(("bearer" = [])),
)]
pub async fn roll_back_prompt(
    admin: Admin,
    origin: Origin,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let by = admin.0.user_id;
    let activated = state.db.tx(origin.0, move |tx| {
        Box::pin(async move {
            let last = store::last(tx).await?.filter(|last| last.prompt_id.is_some());
            let Some(last) = last else {
                return Err(Error::new(Code::WrongState)
                    .with_detail("Nothing but what is built in is active."));
            };
            let before = store::before_last(tx, &last).await?;
            store::activate(tx, before, by).await
        })
    });
    Ok(private(&activated.await?))
}

/// What was active from when on, the latest first.
#[utoipa::path(
    get, path = "/api/v1/admin/chat/prompts/history", operation_id = "list_prompt_history", tag = "assistant",
    params(PageQuery),
    responses((status = 200, body = ActivationList)),
    security(("bearer" = [])),
)]
pub async fn list_prompt_history(
    _admin: Admin,
    query: Query<PageQuery>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let Query(PageQuery { limit, cursor }) = query;
    let size = page::size(limit)?;
    let list = page::fingerprint(&"prompt history");
    let before = cursor.map(|cursor| page::decode(&list, &cursor)).transpose()?;
    let rows = store::activations(&state.db, before.unwrap_or(i64::MAX), size + 1).await?;
    let (items, next_cursor) = page::cut(rows, size, &list, |last| last.nth)?;
    Ok(private(&ActivationList { items, next_cursor }))
}
