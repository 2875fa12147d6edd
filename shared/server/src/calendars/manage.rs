//! `/properties/{id}/calendars` and `/calendars/{id}`: which calendars a listing has.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use aws_lc_rs::rand;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use terrace_outbound::Refusal;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    model::{CalendarIn, CalendarList, CalendarOut, Direction, SyncChanges, SyncOut},
    shown, store,
    sync::{Outcome, sync},
    told,
};
use crate::{
    app::State,
    error::{Error, Result},
    http::{
        auth::{Agent, Origin},
        body::Body,
        etag,
        idempotency::{Answer, AnswerHeaders, IdempotencyKey},
        locale,
        params::Query,
    },
};

/// A secret that cannot be guessed, as part of an address.
fn new_token() -> Result<String> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes)
        .map_err(|_| Error::internal(anyhow::anyhow!("no randomness for an address")))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What goes together, and the address as it is stored, if it may be called.
async fn checked(state: &State, mut input: CalendarIn) -> Result<CalendarIn> {
    match (input.direction, &input.url) {
        (Direction::Import, None) => {
            return Err(Error::field("/url", "required", "A feed has an address."));
        }
        (Direction::Export, Some(_)) => {
            let detail = "Our own calendar gets its address from us.";
            return Err(Error::field("/url", "not_allowed", detail));
        }
        (Direction::Import, Some(_)) if input.include_imported => {
            let detail = "Only our own calendar passes on what others say.";
            return Err(Error::field("/include_imported", "not_allowed", detail));
        }
        (Direction::Import, Some(url)) => input.url = Some(check_url(state, url).await?),
        (Direction::Export, None) => {}
    }
    Ok(input)
}

async fn check_url(state: &State, url: &str) -> Result<String> {
    // What a calendar program is handed is a web address all the same.
    let url = match url.trim().split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("webcal") => format!("https://{rest}"),
        _ => url.trim().to_owned(),
    };
    let mut url = state.calendars.client.check(&url).await.map_err(|refusal| {
        let code = match &refusal {
            Refusal::NotPublic => "not_public",
            Refusal::Unknown => "unknown_host",
            _ => "invalid",
        };
        Error::field("/url", code, format!("It {refusal}."))
    })?;
    url.set_fragment(None);
    if url.as_str().len() > 2000 {
        return Err(Error::field("/url", "invalid", "It is too long."));
    }
    Ok(url.into())
}

/// The calendars of a listing, and how they are.
#[utoipa::path(
    get, path = "/api/v1/properties/{id}/calendars", operation_id = "list_calendars", tag = "availability",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = CalendarList)),
    security(("bearer" = [])),
)]
pub async fn list_calendars(
    Agent(caller): Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (id, today, shared) = (*id, state.calendars.today(), state.clone());
    let items = state
        .db
        .tx(origin.0, move |tx| {
            let (state, caller) = (shared.clone(), caller.clone());
            Box::pin(async move { store::list(tx, &state.profile, &caller, id, today).await })
        })
        .await?;
    shown(&state, &request, &CalendarList { items })
}

/// Connects a channel: reads its feed from now on, or gives it the address of ours.
#[utoipa::path(
    post, path = "/api/v1/properties/{id}/calendars", operation_id = "create_calendar", tag = "availability",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body give the same answer, and the effect once")),
    request_body = CalendarIn,
    responses((status = 201, body = CalendarOut)),
    security(("bearer" = [])),
)]
pub async fn create_calendar(
    Agent(caller): Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    key: IdempotencyKey,
    body: Body<CalendarIn>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (id, today, shared) = (*id, state.calendars.today(), state.clone());
    let claim = key.claim(&format!("create_calendar:{id}"), &caller, body.digest);
    let language = locale::negotiate(&state.profile, None, &request)?.to_string();
    let (input, token) = (checked(&state, body.value).await?, new_token()?);
    let answer = state
        .db
        .tx(origin.0, move |tx| {
            let (state, caller, claim) = (shared.clone(), caller.clone(), claim.clone());
            let (input, token, language) = (input.clone(), token.clone(), language.clone());
            Box::pin(async move {
                if let Some(claim) = &claim
                    && let Some(answer) = claim.take(tx).await?
                {
                    return Ok(answer);
                }
                let made =
                    store::create(tx, &state.profile, &caller, id, &input, &token, today).await?;
                let answer = created(&made, language)?;
                if let Some(claim) = &claim {
                    claim.keep(tx, &answer).await?;
                }
                Ok(answer)
            })
        })
        .await?;
    Ok(answer.into())
}

fn created(made: &CalendarOut, language: String) -> Result<Answer> {
    let body = serde_json::to_string(made).map_err(Error::internal)?;
    let headers = AnswerHeaders {
        etag: etag::of_bytes(body.as_bytes()).to_string(),
        location: format!("/api/v1/properties/{}/calendars", made.property_id),
        language,
    };
    Ok(Answer { status: 201, body, headers, replayed: false })
}

/// Whether nights may be free.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct DeleteQuery {
    /// The nights to come that it takes are to be free. Without this, a calendar that takes any is
    /// not taken away.
    #[param(default = false)]
    pub free_dates: bool,
}

/// Takes a calendar away. A feed's nights are free then, where no other calendar says the same.
#[utoipa::path(
    delete, path = "/api/v1/properties/{id}/calendars/{calendar_id}", operation_id = "delete_calendar",
    tag = "availability",
    params(("id" = Uuid, Path), ("calendar_id" = Uuid, Path), DeleteQuery),
    responses((status = 204), (status = 409, description = "Nights to come would be free: ask with `free_dates=true`")),
    security(("bearer" = [])),
)]
pub async fn delete_calendar(
    Agent(caller): Agent,
    origin: Origin,
    path: web::Path<(Uuid, Uuid)>,
    query: Query<DeleteQuery>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let ((property, id), Query(DeleteQuery { free_dates })) = (*path, query);
    let today = state.calendars.today();
    state
        .db
        .tx(origin.0, move |tx| {
            let caller = caller.clone();
            Box::pin(
                async move { store::delete(tx, &caller, property, id, free_dates, today).await },
            )
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What may be believed.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct SyncQuery {
    /// Somebody has looked: what the feed names no more is gone, however suspicious that is.
    #[param(default = false)]
    pub accept_missing: bool,
}

/// Reads a feed now, and says what came of it. That the channel cannot be read is an answer, not
/// an error: see `calendar.health`.
#[utoipa::path(
    post, path = "/api/v1/calendars/{id}/sync", operation_id = "sync_calendar", tag = "availability",
    params(("id" = Uuid, Path), SyncQuery),
    responses((status = 200, body = SyncOut)),
    security(("bearer" = [])),
)]
pub async fn sync_calendar(
    Agent(caller): Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    query: Query<SyncQuery>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let (id, accept_missing) = (*id, query.0.accept_missing);
    state
        .db
        .tx(origin.0.clone(), move |tx| {
            let caller = caller.clone();
            Box::pin(async move { store::managed(tx, &caller, id).await })
        })
        .await?;
    let outcome = sync(&state.clone().into_inner(), origin.0.clone(), id, accept_missing).await?;
    let changes = match outcome {
        Outcome::Read(applied) => SyncChanges {
            added: applied.added,
            changed: applied.changed,
            freed: applied.freed,
            kept: applied.kept,
            conflicts: applied.conflicts,
        },
        _ => SyncChanges::default(),
    };
    let (today, shared) = (state.calendars.today(), state.clone());
    let calendar = state
        .db
        .tx(origin.0, move |tx| {
            let state = shared.clone();
            Box::pin(async move { store::get(tx, &state.profile, id, today).await })
        })
        .await?;
    Ok(told(StatusCode::OK, &SyncOut { calendar, changes }))
}

/// Gives our calendar another address. The old one leads nowhere from now on.
#[utoipa::path(
    post, path = "/api/v1/calendars/{id}/rotate", operation_id = "rotate_calendar", tag = "availability",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = CalendarOut)),
    security(("bearer" = [])),
)]
pub async fn rotate_calendar(
    Agent(caller): Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let (id, token, today, shared) = (*id, new_token()?, state.calendars.today(), state.clone());
    let calendar = state
        .db
        .tx(origin.0, move |tx| {
            let (state, caller, token) = (shared.clone(), caller.clone(), token.clone());
            Box::pin(
                async move { store::rotate(tx, &state.profile, &caller, id, &token, today).await },
            )
        })
        .await?;
    Ok(told(StatusCode::OK, &calendar))
}
