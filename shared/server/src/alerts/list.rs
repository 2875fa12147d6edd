//! `GET /alerts` and `POST /alerts/read`: what was found, for everybody to read here.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::{DateTime, Utc};
use garde::Validate;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    app::State,
    db::statement,
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        body::Body,
        etag, locale, page,
        params::Query,
    },
    listings::{output::PropertyItem, read},
    visitors::Keeper,
};

/// Which alerts.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct AlertQuery {
    /// Only those that have not been read.
    pub unread: bool,
    /// Only those of one saved search.
    pub saved_search_id: Option<Uuid>,
    /// Rows a page, 1..100.
    #[param(minimum = 1, maximum = 100, default = 24)]
    pub limit: Option<u64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
    /// Language of the texts.
    #[param(example = "th")]
    pub locale: Option<String>,
}

/// What an alert tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// A saved search finds a listing that it did not find before.
    NewMatch,
    /// A listing got cheaper.
    PriceDrop,
}

/// An alert.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertOut {
    /// Its id.
    pub id: Uuid,
    /// What it tells.
    #[schema(value_type = AlertKind)]
    pub kind: String,
    /// The saved search that found it; none where it is about a favourite.
    pub saved_search_id: Option<Uuid>,
    /// The listing.
    pub property_id: Uuid,
    /// Its card; none where it is no longer available.
    pub property: Option<PropertyItem>,
    /// Its price then, minor units.
    pub price: i64,
    /// Its price before, where that changed.
    pub old_price: Option<i64>,
    /// Of both prices.
    pub currency: String,
    /// When its owner read it.
    pub read_at: Option<DateTime<Utc>>,
    /// When it was found.
    pub created_at: DateTime<Utc>,
}

/// Alerts, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertList {
    /// The page.
    pub items: Vec<AlertOut>,
    /// Asks for the next page; null on the last.
    pub next_cursor: Option<String>,
    /// How many have not been read, of all there are.
    pub unread: i64,
}

#[derive(Clone, Debug, FromQueryResult)]
struct Row {
    id: Uuid,
    kind: String,
    saved_search_id: Option<Uuid>,
    property_id: Uuid,
    price: i64,
    old_price: Option<i64>,
    currency: String,
    read_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

/// The caller's alerts.
#[utoipa::path(
    get, path = "/api/v1/alerts", operation_id = "list_alerts", tag = "lists",
    params(AlertQuery),
    responses((status = 200, body = AlertList)),
    security(("bearer" = []), ("visitor" = [])),
)]
pub async fn list_alerts(
    keeper: Keeper,
    query: Query<AlertQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Keeper { owner, context } = keeper;
    let Query(AlertQuery { unread, saved_search_id, limit, cursor, locale: asked }) = query;
    let size = page::size(limit)?;
    let locale = locale::negotiate(&state.profile, asked.as_deref(), &request)?;
    let list = page::fingerprint(&("alerts", unread, saved_search_id));
    let after: Option<(DateTime<Utc>, Uuid)> =
        cursor.map(|cursor| page::decode(&list, &cursor)).transpose()?;
    let (rows, unread) = state
        .db
        .tx(context, move |tx| {
            Box::pin(async move {
                owner.enter(tx).await?;
                let wanted = Wanted { owner: owner.id(), unread, saved_search_id, after };
                Ok((rows(tx, wanted, size + 1).await?, count_unread(tx, owner.id()).await?))
            })
        })
        .await?;
    let (rows, next_cursor) = page::cut(rows, size, &list, |last| (last.created_at, last.id))?;
    let ids = rows.iter().map(|row| row.property_id).collect();
    let cards = read::cards(&state, ids, &locale).await?;
    let items = rows.into_iter().map(|row| AlertOut {
        id: row.id,
        kind: row.kind,
        saved_search_id: row.saved_search_id,
        property_id: row.property_id,
        property: cards.get(&row.property_id).cloned(),
        price: row.price,
        old_price: row.old_price,
        currency: row.currency,
        read_at: row.read_at,
        created_at: row.created_at,
    });
    let list = AlertList { items: items.collect(), next_cursor, unread };
    let body = serde_json::to_vec(&list).map_err(Error::internal)?;
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, Reuse::Never))
}

struct Wanted {
    owner: Uuid,
    unread: bool,
    saved_search_id: Option<Uuid>,
    after: Option<(DateTime<Utc>, Uuid)>,
}

async fn rows(tx: &DatabaseTransaction, wanted: Wanted, most: u64) -> Result<Vec<Row>> {
    let (at, id) = wanted.after.unzip();
    let sql = format!(
        "SELECT id, kind::text, saved_search_id, property_id, price, old_price, currency::text, read_at, created_at \
         FROM alerts WHERE owner_id = $1 AND ($2 = false OR read_at IS NULL) \
           AND ($3::uuid IS NULL OR saved_search_id = $3) \
           AND ($4::timestamptz IS NULL OR (created_at, id) < ($4, $5)) \
         ORDER BY created_at DESC, id DESC LIMIT {most}"
    );
    let values: [Value; 5] = [
        wanted.owner.into(),
        wanted.unread.into(),
        wanted.saved_search_id.into(),
        at.into(),
        id.into(),
    ];
    let rows = tx.query_all_raw(statement(sql, values)).await?;
    Ok(rows.iter().map(|row| Row::from_query_result(row, "")).collect::<Result<_, _>>()?)
}

async fn count_unread(tx: &DatabaseTransaction, owner: Uuid) -> Result<i64> {
    let sql = "SELECT count(*) AS unread FROM alerts WHERE owner_id = $1 AND read_at IS NULL";
    let row = tx.query_one_raw(statement(sql, [owner.into()])).await?;
    Ok(row.map(|row| row.try_get("", "unread")).transpose()?.unwrap_or_default())
}

/// Which alerts have been read.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AlertsReadIn {
    /// These; what is not the caller's is passed over.
    #[garde(length(max = 100))]
    #[schema(max_items = 100)]
    pub ids: Vec<Uuid>,
    /// All that were found up to this moment.
    #[garde(skip)]
    pub until: Option<DateTime<Utc>>,
}

/// How many are left.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertsReadOut {
    /// Alerts that have not been read.
    pub unread: i64,
}

/// Marks alerts as read.
#[utoipa::path(
    post, path = "/api/v1/alerts/read", operation_id = "read_alerts", tag = "lists",
    request_body = AlertsReadIn,
    responses((status = 200, body = AlertsReadOut)),
    security(("bearer" = []), ("visitor" = [])),
)]
pub async fn read_alerts(
    keeper: Keeper,
    body: Body<AlertsReadIn>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    const SQL: &str = "UPDATE alerts SET read_at = now() WHERE owner_id = $1 AND read_at IS NULL \
                       AND (id = ANY($2::uuid[]) OR created_at <= $3)";
    let Keeper { owner, context } = keeper;
    let AlertsReadIn { ids, until } = body.value;
    // The calendar of the database ends earlier than ours.
    let until = until.map(|until| until.min(Utc::now()).max(DateTime::UNIX_EPOCH));
    let unread = state
        .db
        .tx(context, move |tx| {
            let values: [Value; 3] = [owner.id().into(), ids.clone().into(), until.into()];
            Box::pin(async move {
                owner.enter(tx).await?;
                tx.execute_raw(statement(SQL, values)).await?;
                count_unread(tx, owner.id()).await
            })
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(AlertsReadOut { unread }))
}
