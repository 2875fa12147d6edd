//! `GET` and `PUT /properties/{id}/booking-rules`: on which days guests come and go, and how long
//! before they book. The shortest and the longest stay are among the listing's own details.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::NaiveTime;
use garde::Validate;
use sea_orm::{ActiveModelTrait, ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    app::State,
    db::statement,
    error::{Code, Error, Result},
    http::{
        auth::{Agent, Origin},
        body::Body,
        etag, locale,
    },
    listings::{
        details::clock_time,
        editing::Editing,
        model::TransactionType,
        service::{self, Target},
    },
};

/// What a listing asks of stays, beside how long they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BookingRules {
    /// ISO weekdays (1 is Monday) on which a guest may arrive; empty means any.
    #[garde(length(max = 7), inner(range(min = 1, max = 7)))]
    #[schema(max_items = 7, example = json!([5, 6]))]
    pub arrival_days: Vec<i16>,
    /// ISO weekdays on which a guest may leave; empty means any.
    #[garde(length(max = 7), inner(range(min = 1, max = 7)))]
    #[schema(max_items = 7)]
    pub departure_days: Vec<i16>,
    /// Whole days between the day of booking and the day of arrival.
    #[garde(range(min = 0, max = 365))]
    #[schema(minimum = 0, maximum = 365)]
    pub notice_days: i32,
    /// From this local time of the day on, the notice is a day longer: with no days of notice and
    /// `18:00`, guests can come today who book before six.
    #[garde(skip)]
    #[serde(with = "clock_time")]
    #[schema(value_type = Option<String>, example = "18:00")]
    pub notice_until: Option<NaiveTime>,
    /// How many days ahead nights are let; 1095 if null.
    #[garde(inner(range(min = 1, max = 1095)))]
    #[schema(minimum = 1, maximum = 1095)]
    pub window_days: Option<i32>,
    /// Days after a stay in which nobody sleeps there. Bookings that are there keep theirs.
    #[garde(range(min = 0, max = 14))]
    #[schema(minimum = 0, maximum = 14)]
    pub preparation_days: i16,
    /// Of stays of a month or longer: whole days between giving notice and leaving. Contracts that
    /// are there keep theirs.
    #[garde(range(min = 0, max = 180))]
    #[schema(minimum = 0, maximum = 180)]
    pub ending_notice_days: i32,
    /// Of the same: days after leaving in which the deposit is given back.
    #[garde(range(min = 0, max = 90))]
    #[schema(minimum = 0, maximum = 90)]
    pub deposit_return_days: i32,
}

/// What holds where nothing is said; the same as the database's own defaults.
impl Default for BookingRules {
    fn default() -> Self {
        Self {
            arrival_days: Vec::new(),
            departure_days: Vec::new(),
            notice_days: 0,
            notice_until: None,
            window_days: None,
            preparation_days: 0,
            ending_notice_days: 30,
            deposit_return_days: 7,
        }
    }
}

impl BookingRules {
    /// Each weekday once, in order.
    fn tidy(mut self) -> Self {
        for days in [&mut self.arrival_days, &mut self.departure_days] {
            days.sort_unstable();
            days.dedup();
        }
        self
    }
}

/// The booking rules of a listing `p` as JSON text, named as on the wire.
pub(crate) const SELECT: &str = "CASE p.transaction_type WHEN 'rent' THEN (SELECT jsonb_build_object(\
    'arrival_days', d.arrival_days, 'departure_days', d.departure_days, 'notice_days', d.notice_days, \
    'notice_until', left(d.notice_until::text, 5), 'window_days', d.window_days, \
    'preparation_days', d.preparation_days, 'ending_notice_days', d.ending_notice_days, \
    'deposit_return_days', d.deposit_return_days)::text FROM rental_details d WHERE d.property_id = p.id) END";

/// The columns that hold them.
pub(crate) const COLUMNS: [&str; 8] = [
    "arrival_days",
    "departure_days",
    "notice_days",
    "notice_until",
    "window_days",
    "preparation_days",
    "ending_notice_days",
    "deposit_return_days",
];

/// What a listing asks of stays, for those who manage it. The version is the listing's.
#[utoipa::path(
    get, path = "/api/v1/properties/{id}/booking-rules", operation_id = "get_booking_rules", tag = "stays",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = BookingRules)),
    security(("bearer" = [])),
)]
pub async fn get_booking_rules(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (id, caller) = (*id, agent.0);
    let read = state.db.tx(origin.0, move |tx| {
        let caller = caller.clone();
        Box::pin(async move {
            let listing = service::managed(tx, id, &caller).await?;
            Ok((listing.version, read(tx, id).await?))
        })
    });
    let (version, rules) = read.await?;
    let locale = locale::negotiate(&state.profile, None, &request)?;
    Ok(answer(version, locale.as_str(), &rules))
}

/// Changes what a listing asks of stays: the whole of it. Bookings that are there stay as they
/// are.
#[utoipa::path(
    put, path = "/api/v1/properties/{id}/booking-rules", operation_id = "put_booking_rules", tag = "stays",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version of the listing being changed")),
    request_body = BookingRules,
    responses((status = 200, body = BookingRules)),
    security(("bearer" = [])),
)]
pub async fn put_booking_rules(
    editing: Editing,
    body: Body<BookingRules>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Editing { target, origin } = editing;
    let (id, rules) = (target.id, body.value.tidy());
    let write = state.db.tx(origin.0, move |tx| {
        let (target, rules) = (target.clone(), rules.clone());
        Box::pin(async move {
            let (slug, version) = write(tx, &target, &rules).await?;
            Ok((slug, version, rules))
        })
    });
    let (slug, version, rules) = write.await?;
    state.listings.forget(&state.profile, id, &[&slug]).await;
    let locale = locale::negotiate(&state.profile, None, &request)?;
    Ok(answer(version, locale.as_str(), &rules))
}

fn answer(version: i32, locale: &str, rules: &BookingRules) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(header::ETag(etag::of_version(version, locale)))
        .insert_header((header::CONTENT_LANGUAGE, locale))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(rules)
}

async fn read(tx: &DatabaseTransaction, id: Uuid) -> Result<BookingRules> {
    #[derive(FromQueryResult)]
    struct Row {
        rules: Option<String>,
    }
    let sql = format!("SELECT {SELECT} AS rules FROM properties p WHERE p.id = $1");
    let row = tx.query_one_raw(statement(sql, [id.into()])).await?;
    let row = row.ok_or_else(|| Error::not_found("listing"))?;
    let rules = Row::from_query_result(&row, "")?.rules.ok_or_else(not_let)?;
    serde_json::from_str(&rules).map_err(Error::internal)
}

/// The slug, and the version that the listing now has.
async fn write(
    tx: &DatabaseTransaction,
    target: &Target,
    rules: &BookingRules,
) -> Result<(String, i32)> {
    let places = (2..COLUMNS.len() + 2).map(|nth| format!("${nth}")).collect::<Vec<_>>().join(", ");
    let replaced = COLUMNS.map(|column| format!("{column} = excluded.{column}")).join(", ");
    let sql = format!(
        "INSERT INTO rental_details (property_id, {}) VALUES ($1, {places}) \
         ON CONFLICT (property_id) DO UPDATE SET {replaced}",
        COLUMNS.join(", ")
    );
    let listing = service::lock_present(tx, target).await?;
    if TransactionType::from(listing.transaction_type) != TransactionType::Rent {
        return Err(not_let());
    }
    let BookingRules {
        arrival_days,
        departure_days,
        notice_days,
        notice_until,
        window_days,
        preparation_days,
        ending_notice_days,
        deposit_return_days,
    } = rules.clone();
    let values = [
        target.id.into(),
        arrival_days.into(),
        departure_days.into(),
        notice_days.into(),
        notice_until.into(),
        window_days.into(),
        preparation_days.into(),
        ending_notice_days.into(),
        deposit_return_days.into(),
    ];
    tx.execute_raw(statement(sql, values)).await?;
    let slug = listing.slug.clone();
    let listing = service::next_version(listing, &target.caller).update(tx).await?;
    Ok((slug, listing.version))
}

fn not_let() -> Error {
    Error::new(Code::WrongState).with_detail("This listing is not let by the night.")
}
