//! `GET /bookings` and `GET /bookings/{id}`.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::header::EntityTag, web};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use terrace_product::Locale;
use uuid::Uuid;

use super::{
    agreed::Agreed,
    cancel, machine,
    output::{
        BookingItem, BookingList, BookingOut, ITEM_BESIDES, ITEM_COLUMNS, ITEM_SOURCES, ItemRow,
    },
    party::{Asker, Scope, today},
    price::PriceOut,
    query::{BookingQuery, Filters},
    row::{self, BookingRow},
};
use crate::{
    app::State,
    db::{Context, Db, statement},
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        etag, locale, page,
        params::Query,
    },
};

/// Where a page ends.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct After {
    created_at: DateTime<Utc>,
    id: Uuid,
}

/// Bookings, newest first: a guest's own, those of an agent's listings, or all of them for an
/// admin.
#[utoipa::path(
    get, path = "/api/v1/bookings", operation_id = "list_bookings", tag = "bookings",
    params(BookingQuery),
    responses((status = 200, body = BookingList)),
    security(("bearer" = []), ("booking" = [])),
)]
pub async fn list_bookings(
    asker: Asker,
    query: Query<BookingQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let list = page_of(&state, asker, &query.0).await?;
    let body = serde_json::to_vec(&list).map_err(Error::internal)?;
    let locale = locale::negotiate(&state.profile, None, &request)?;
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, Reuse::Never))
}

async fn page_of(state: &State, asker: Asker, query: &BookingQuery) -> Result<BookingList> {
    let size = page::size(query.limit)?;
    let filters = query.filters();
    filters.check()?;
    let name = page::fingerprint(&filters);
    let after: Option<After> =
        query.cursor.as_deref().map(|cursor| page::decode(&name, cursor)).transpose()?;
    let (count, Asker { scope, context }) = (query.count, asker);
    let (rows, total) = state
        .db
        .tx(context, move |tx| {
            let (filters, scope, after) = (filters.clone(), scope.clone(), after.clone());
            Box::pin(async move {
                let total = match count {
                    true => Some(total(tx, &filters, &scope).await?),
                    false => None,
                };
                Ok((rows(tx, &filters, &scope, after.as_ref(), size + 1).await?, total))
            })
        })
        .await?;
    let after = |row: &ItemRow| After { created_at: row.created_at, id: row.id };
    let (rows, next_cursor) = page::cut(rows, size, &name, after)?;
    let items = rows.into_iter().map(ItemRow::into_item).collect::<Result<_>>()?;
    Ok(BookingList { items, next_cursor, total })
}

/// The statement of a page: so many rows after a place, newest first.
#[must_use]
pub fn page_statement(
    filters: &Filters,
    scope: &Scope,
    after: Option<&After>,
    most: u64,
) -> (String, Vec<Value>) {
    let mut conditions = filters.conditions(scope);
    if let Some(After { created_at, id }) = after {
        conditions.add("(b.created_at, b.id) < ({}, {})", [(*created_at).into(), (*id).into()]);
    }
    let sql = format!(
        "SELECT {ITEM_COLUMNS} FROM {ITEM_SOURCES} WHERE {} \
         ORDER BY b.created_at DESC, b.id DESC LIMIT {most}",
        conditions.sql()
    );
    (sql, conditions.into_values())
}

async fn rows(
    tx: &DatabaseTransaction,
    filters: &Filters,
    scope: &Scope,
    after: Option<&After>,
    most: u64,
) -> Result<Vec<ItemRow>> {
    let (sql, values) = page_statement(filters, scope, after, most);
    let rows = tx.query_all_raw(statement(sql, values)).await?;
    Ok(rows.iter().map(|row| ItemRow::from_query_result(row, "")).collect::<Result<_, _>>()?)
}

async fn total(tx: &DatabaseTransaction, filters: &Filters, scope: &Scope) -> Result<i64> {
    #[derive(FromQueryResult)]
    struct Total {
        total: i64,
    }
    let conditions = filters.conditions(scope);
    let sql = format!("SELECT count(*) AS total FROM bookings b WHERE {}", conditions.sql());
    let row = tx.query_one_raw(statement(sql, conditions.into_values())).await?;
    let total = row.map(|row| Total::from_query_result(&row, "")).transpose()?;
    Ok(total.map_or(0, |row| row.total))
}

/// A booking with its price, its history and what the caller may do with it.
#[utoipa::path(
    get, path = "/api/v1/bookings/{id}", operation_id = "get_booking", tag = "bookings",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = BookingOut)),
    security(("bearer" = []), ("booking" = [])),
)]
pub async fn get_booking(
    asker: Asker,
    id: web::Path<Uuid>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (id, Asker { scope, context }) = (*id, asker);
    let locale = locale::negotiate(&state.profile, None, &request)?;
    let (wired, spoken) = (state.clone(), locale.clone());
    let booking = state
        .db
        .tx(context, move |tx| {
            let (state, scope, locale) = (wired.clone(), scope.clone(), spoken.clone());
            Box::pin(async move { whole(tx, &state, &scope, id, &locale).await })
        })
        .await?;
    let body = serde_json::to_vec(&booking).map_err(Error::internal)?;
    Ok(answer(&request, tag(&booking), body, &locale, Reuse::Never))
}

/// The state stands in the tag beside the version: it changes by time alone when a hold runs out.
pub(super) fn tag(booking: &BookingOut) -> EntityTag {
    etag::of_version(booking.item.version, booking.item.status.name())
}

/// A booking as its transaction sees it.
///
/// # Errors
/// `404` where it is not there, or not the caller's to see.
pub(super) async fn whole(
    tx: &DatabaseTransaction,
    state: &State,
    scope: &Scope,
    id: Uuid,
    locale: &Locale,
) -> Result<BookingOut> {
    let whole = Whole::of(tx, scope, id).await?;
    whole.told(state, scope, &Agreed::on(tx, id).await?, locale)
}

/// All that is kept of a booking but what was agreed on.
#[derive(Debug, FromQueryResult)]
pub(super) struct Whole {
    #[sea_orm(nested)]
    pub(super) booking: BookingRow,
    #[sea_orm(nested)]
    item: ItemRow,
    guest_note: Option<String>,
    cancellation_reason: Option<String>,
    events: String,
}

impl Whole {
    /// A booking that may be seen.
    ///
    /// # Errors
    /// `404` where there is none.
    pub(super) async fn of(tx: &DatabaseTransaction, scope: &Scope, id: Uuid) -> Result<Self> {
        let (condition, values) = scope.condition(2);
        let values = std::iter::once(id.into()).chain(values);
        let row = tx.query_one_raw(statement(whole_statement(&condition), values)).await?;
        let row = row.ok_or_else(|| Error::not_found("booking"))?;
        Ok(Self::from_query_result(&row, "")?)
    }

    /// It, with its price, and what the caller may do with it.
    ///
    /// # Errors
    /// `500` for what the database cannot hold.
    pub(super) fn told(
        self,
        state: &State,
        scope: &Scope,
        agreed: &Agreed,
        locale: &Locale,
    ) -> Result<BookingOut> {
        let Self { booking, item, guest_note, cancellation_reason, events } = self;
        let facts = booking.facts(today(&state.profile));
        Ok(BookingOut {
            item: item.into_item()?,
            note: guest_note,
            quote_id: booking.quote_id,
            price: PriceOut::agreed(agreed, &booking.currency, locale),
            cancellation_policy: cancel::policy(&booking).as_str(),
            reason: cancellation_reason,
            actions: machine::commands(booking.status()?, scope.party(&booking), &facts),
            events: serde_json::from_str(&events).map_err(Error::internal)?,
            locale: booking.locale,
        })
    }
}

/// The statement that finds a [`Whole`] by its id.
pub(super) fn whole_statement(condition: &str) -> String {
    format!(
        "SELECT {}, {ITEM_BESIDES}, b.guest_note, b.cancellation_reason, \
            (SELECT coalesce(jsonb_agg(jsonb_build_object('id', e.id, 'kind', e.kind, 'actor_id', e.actor_id, \
                'from_status', e.from_status, 'to_status', e.to_status, 'data', e.data, 'created_at', e.created_at) \
                ORDER BY e.created_at, e.id), '[]')::text \
             FROM (SELECT * FROM booking_events h WHERE h.booking_id = b.id \
                   ORDER BY h.created_at DESC, h.id DESC LIMIT 200) e) AS events \
         FROM {} WHERE b.id = $1 AND {condition}",
        row::COLUMNS,
        row::SOURCES
    )
}

/// One booking, for an operator.
///
/// # Errors
/// `404` where there is none.
pub async fn by_reference(state: &Arc<State>, reference: String) -> Result<BookingOut> {
    #[derive(FromQueryResult)]
    struct Found {
        id: Uuid,
    }
    const SQL: &str = "SELECT id FROM bookings WHERE reference = $1";
    let wired = state.clone();
    state
        .db
        .tx(Context::system("bookings show"), move |tx| {
            let (state, reference) = (wired.clone(), reference.clone());
            Box::pin(async move {
                let row = tx.query_one_raw(statement(SQL, [reference.into()])).await?;
                let row = row.ok_or_else(|| Error::not_found("booking"))?;
                let Found { id } = Found::from_query_result(&row, "")?;
                whole(tx, &state, &Scope::All, id, &state.profile.locales.default).await
            })
        })
        .await
}

/// The newest bookings, for an operator.
///
/// # Errors
/// Those of the database.
pub async fn newest(db: &Db, filters: Filters, most: u64) -> Result<Vec<BookingItem>> {
    let rows = db
        .tx(Context::system("bookings list"), move |tx| {
            let filters = filters.clone();
            Box::pin(async move { rows(tx, &filters, &Scope::All, None, most).await })
        })
        .await?;
    rows.into_iter().map(ItemRow::into_item).collect()
}
