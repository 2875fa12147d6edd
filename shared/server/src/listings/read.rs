//! `GET /properties` and `GET /properties/{id or slug}`.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, http::Method, web};
use sea_orm::{FromQueryResult, Value};
use serde::Deserialize;
use terrace_product::{Locale, Locales};
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    cache::{Found, Page},
    filters::{ListQuery, Scope},
    input,
    output::{CardRow, ItemRow, PropertyItem, PropertyList, PropertyOut, PropertyRow},
    query::{self, After, Key, Sight},
    replay,
};
use crate::{
    accounts::Role,
    app::State,
    error::{Code, Error, Result},
    http::{
        answer::{Reuse, answer},
        auth::{Caller, MaybeCaller, unauthorized},
        etag, locale, page,
        params::{Moment, Query},
    },
};

/// The language of the texts.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct LocaleQuery {
    /// Beats `Accept-Language`.
    #[param(example = "th")]
    pub locale: Option<String>,
}

/// How one listing is told.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct OneQuery {
    /// Beats `Accept-Language`.
    #[param(example = "th")]
    pub locale: Option<String>,
    /// What the listing said at this moment (RFC 3339), for those who manage it. Contact details
    /// are left out: the audit trail keeps no personal data.
    #[serde(deserialize_with = "crate::http::params::from_str")]
    #[param(value_type = Option<String>, format = DateTime, example = "2026-11-26T12:00:00Z")]
    pub as_of: Option<Moment>,
}

/// Listings, filtered and ordered.
#[utoipa::path(
    get, path = "/api/v1/properties", operation_id = "list_properties", tag = "listings",
    params(ListQuery),
    responses((status = 200, body = PropertyList)),
    security((), ("bearer" = [])),
)]
pub async fn list_properties(
    query: Query<ListQuery>,
    caller: MaybeCaller,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Query(query) = query;
    query.check()?;
    let caller = scope(&query, caller.0)?;
    let locale = locale::negotiate(&state.profile, query.locale.as_deref(), &request)?;
    let list = one_page(&state, &query, caller.as_ref(), &locale).await?;
    let body = serde_json::to_vec(&list).map_err(Error::internal)?;
    let reuse = if caller.is_none() { Reuse::AfterAsking } else { Reuse::Never };
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, reuse))
}

/// Who may ask for more than what everyone sees.
pub(super) fn scope(query: &ListQuery, caller: Option<Caller>) -> Result<Option<Caller>> {
    let needed = match query.scope {
        Scope::Public => return Ok(None),
        Scope::Own => Role::Agent,
        Scope::All => Role::Admin,
    };
    match caller {
        Some(caller) if caller.role >= needed => Ok(Some(caller)),
        Some(_) => Err(Error::new(Code::Forbidden)
            .with_detail(format!("This scope needs the role {}.", needed.name()))),
        None => Err(unauthorized()),
    }
}

/// One page in one statement.
///
/// # Errors
/// `400` for a page size or a cursor that cannot be.
pub(crate) async fn one_page(
    state: &State,
    query: &ListQuery,
    caller: Option<&Caller>,
    locale: &Locale,
) -> Result<PropertyList> {
    let size = query.page_size()?;
    let list = page::fingerprint(&query.identity());
    let (sql, values) = page_statement(query, caller, &state.profile.locales, locale)?;
    let door = if query.is_selective() { state.db.search() } else { state.db.read() };
    let rows: Vec<ItemRow> = door.all(sql, values).await?;
    let (rows, next_cursor) = page::cut(rows, size, &list, |last| After::row(query.sort, last))?;
    let total = match rows.first() {
        Some(row) => row.total,
        None if query.count => Some(count(state, query, caller).await?),
        None => None,
    };
    let items = rows.into_iter().map(PropertyItem::try_from).collect::<Result<_>>()?;
    Ok(PropertyList { items, next_cursor, total })
}

/// The cards of those of these listings that everyone sees.
///
/// # Errors
/// Those of the database.
pub(crate) async fn cards(
    state: &State,
    ids: Vec<Uuid>,
    locale: &Locale,
) -> Result<HashMap<Uuid, PropertyItem>> {
    let (sql, values) = query::cards_of(ids, &state.profile.locales, locale);
    let rows: Vec<CardRow> = state.db.read().all(sql, values).await?;
    let cards = rows.into_iter().map(|row| {
        let card = PropertyItem::try_from(row)?;
        Ok((card.id, card))
    });
    cards.collect()
}

/// The one statement behind a page; public so that a test can look at its plan.
///
/// # Errors
/// `400` for a page size or a cursor that cannot be.
#[doc(hidden)]
pub fn page_statement(
    query: &ListQuery,
    caller: Option<&Caller>,
    locales: &Locales,
    locale: &Locale,
) -> Result<(String, Vec<Value>)> {
    let size = query.page_size()?;
    let list = page::fingerprint(&query.identity());
    let after: Option<After> =
        query.cursor.as_deref().map(|cursor| page::decode(&list, cursor)).transpose()?;
    Ok(query::page(query, caller, after.as_ref(), size, locales, locale))
}

/// A page without rows cannot carry the total along.
async fn count(state: &State, query: &ListQuery, caller: Option<&Caller>) -> Result<i64> {
    #[derive(FromQueryResult)]
    struct Total {
        total: i64,
    }
    let (sql, values) = query::total(query, caller);
    let row: Option<Total> = state.db.search().one(sql, values).await?;
    Ok(row.map_or(0, |row| row.total))
}

/// One listing, by id or slug. Drafts are there for those who manage them.
#[utoipa::path(
    get, path = "/api/v1/properties/{id}", operation_id = "get_property", tag = "listings",
    params(("id" = String, Path, description = "Id or slug"), OneQuery),
    responses((status = 200, body = PropertyOut)),
    security((), ("bearer" = [])),
)]
pub async fn get_property(
    key: web::Path<String>,
    query: Query<OneQuery>,
    caller: MaybeCaller,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Query(OneQuery { locale: asked, as_of }) = query;
    let locale = locale::negotiate(&state.profile, asked.as_deref(), &request)?;
    if let Some(Moment(at)) = as_of {
        let caller = caller.0.ok_or_else(unauthorized)?;
        let listing = replay::as_of(&state, key.as_str().into(), &caller, at, &locale).await?;
        let body = serde_json::to_vec(&listing).map_err(Error::internal)?;
        return Ok(answer(&request, etag::of_bytes(&body), body, &locale, Reuse::Never));
    }
    match Sight::of(caller.0.as_ref()) {
        Sight::Public => {
            let found = public(&state, &key, &locale).await?;
            let (tag, body) = (found.page.tag.clone(), found.page.body.clone());
            if request.method() == Method::GET {
                state.views.count(found.page.id);
            }
            let reuse = if found.is_stale { Reuse::Stale } else { Reuse::AfterAsking };
            Ok(answer(&request, tag, body, &locale, reuse))
        }
        sight => {
            let listing = find(&state, key.as_str().into(), &sight, &locale).await?;
            let tag = etag::of_version(listing.version, locale.as_str());
            let body = serde_json::to_vec(&listing).map_err(Error::internal)?;
            Ok(answer(&request, tag, body, &locale, Reuse::Never))
        }
    }
}

/// One listing as this reader sees it, by id or slug: what the route answers.
///
/// # Errors
/// `404` where they see none.
pub(crate) async fn told(
    state: &State,
    key: &str,
    sight: &Sight,
    locale: &Locale,
) -> Result<serde_json::Value> {
    match sight {
        Sight::Public => {
            let found = public(state, key, locale).await?;
            serde_json::from_slice(&found.page.body).map_err(Error::internal)
        }
        sight => {
            let listing = find(state, key.into(), sight, locale).await?;
            serde_json::to_value(&listing).map_err(Error::internal)
        }
    }
}

/// The public page of a listing, out of the cache where it is there.
///
/// # Errors
/// `404` where everyone sees none.
pub(crate) async fn public(state: &State, key: &str, locale: &Locale) -> Result<Found> {
    state.listings.get(key, locale.as_str(), public_page(state, key, locale)).await
}

async fn public_page(state: &State, key: &str, locale: &Locale) -> Result<Page> {
    let listing = find(state, key.into(), &Sight::Public, locale).await?;
    let body = serde_json::to_vec(&listing).map_err(Error::internal)?;
    let tag = etag::of_version(listing.version, locale.as_str());
    Ok(Page { id: listing.id, version: listing.version, tag, body: body.into() })
}

async fn find(state: &State, key: Key, sight: &Sight, locale: &Locale) -> Result<PropertyOut> {
    // No listing has such a slug, and the database would stumble over some of them.
    if matches!(&key, Key::Slug(slug) if input::slug_form(slug, &()).is_err()) {
        return Err(Error::not_found("listing"));
    }
    let (sql, values) = query::one(key, sight, &state.profile.locales, locale);
    let row: Option<PropertyRow> = state.db.read().one(sql, values).await?;
    row.ok_or_else(|| Error::not_found("listing"))?.into_out(&state.profile, locale)
}
