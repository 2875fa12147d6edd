//! `GET /bookings/{id}/payments` and `GET /admin/payments`: what staff sees of money.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, QueryResult, Value};
use serde::{Deserialize, Serialize};
use terrace_entity::enums::{PaymentPurpose, PaymentState};
use terrace_product::PaymentProvider;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    booking,
    output::{PaymentList, PaymentRecord},
    row::{COLUMNS, PaymentRow},
};
use crate::{
    app::State,
    db::{Context, Db, statement},
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        auth::{Admin, Agent, Origin},
        etag, locale, page,
        params::{AnyOf, Query},
    },
    listings::filters::Conditions,
};

/// All payments and refunds of a booking, the oldest first: the agent's of the listing, and an
/// admin's to see.
#[utoipa::path(
    get, path = "/api/v1/bookings/{id}/payments", operation_id = "list_booking_payments", tag = "payments",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = PaymentList)),
    security(("bearer" = [])),
)]
pub async fn list_booking_payments(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (id, caller) = (*id, agent.0);
    let items = state
        .db
        .tx(origin.0, move |tx| {
            let caller = caller.clone();
            Box::pin(async move {
                let facts = booking::facts(tx, id).await?;
                if !caller.is_admin() && facts.agent_id != Some(caller.user_id) {
                    return Err(Error::not_found("booking"));
                }
                of_booking(tx, id).await
            })
        })
        .await?;
    respond(&state, &request, &PaymentList { items, next_cursor: None, total: None })
}

async fn of_booking(tx: &DatabaseTransaction, booking: Uuid) -> Result<Vec<PaymentRecord>> {
    let (sql, values) = booking_statement(booking);
    records(&tx.query_all_raw(statement(sql, values)).await?)
}

/// The statement of a booking's payments; public so that its plan can be looked at.
#[doc(hidden)]
#[must_use]
pub fn booking_statement(booking: Uuid) -> (String, Vec<Value>) {
    // Nobody pays so often; whoever tries does not make the answer longer.
    let sql = format!(
        "SELECT {COLUMNS}, b.reference AS booking_reference FROM payments p JOIN bookings b ON b.id = p.booking_id \
         WHERE p.booking_id = $1 ORDER BY p.created_at, p.id LIMIT 500"
    );
    (sql, vec![booking.into()])
}

fn records(rows: &[QueryResult]) -> Result<Vec<PaymentRecord>> {
    #[derive(FromQueryResult)]
    struct Of {
        booking_reference: String,
    }
    rows.iter()
        .map(|row| {
            let Of { booking_reference } = Of::from_query_result(row, "")?;
            PaymentRecord::new(&PaymentRow::read(row)?, booking_reference)
        })
        .collect()
}

/// Filters and page of `GET /admin/payments`, newest first.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct PaymentQuery {
    /// pending, requires_action, succeeded, failed, cancelled, refunded.
    #[param(value_type = String, example = "requires_action")]
    pub state: AnyOf<PaymentState>,
    /// charge, deposit, refund.
    #[param(value_type = String)]
    pub purpose: AnyOf<PaymentPurpose>,
    /// manual, stripe.
    #[param(value_type = String)]
    pub provider: AnyOf<PaymentProvider>,
    /// Whether somebody must look at it.
    pub attention: Option<bool>,
    /// The booking.
    pub booking_id: Option<Uuid>,
    /// A booking's code or the provider's name for a payment, whole.
    #[param(max_length = 255)]
    pub q: Option<String>,
    /// Rows at once, 1..100; 24 where it is missing.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Whether to count them all.
    pub count: bool,
}

/// Which payments are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    state: Vec<PaymentState>,
    purpose: Vec<PaymentPurpose>,
    provider: Vec<PaymentProvider>,
    attention: Option<bool>,
    booking_id: Option<Uuid>,
    q: Option<String>,
}

impl PaymentQuery {
    /// The filters alone: what makes a list this list, whatever its page.
    ///
    /// # Errors
    /// `400` that names the parameter.
    pub fn filters(&self) -> Result<Filters> {
        let q = self.q.as_deref().map(str::trim);
        if q.is_some_and(|q| q.is_empty() || q.len() > 255) {
            return Err(Error::parameter("q", "Must be 1..255 characters."));
        }
        Ok(Filters {
            state: self.state.0.clone(),
            purpose: self.purpose.0.clone(),
            provider: self.provider.0.clone(),
            attention: self.attention,
            booking_id: self.booking_id,
            q: q.map(str::to_owned),
        })
    }
}

impl Filters {
    /// Those in these states (none: in any), or only what somebody must look at.
    #[must_use]
    pub fn of(state: Vec<PaymentState>, attention: bool) -> Self {
        Self { state, attention: attention.then_some(true), ..Self::default() }
    }

    fn conditions(&self) -> Conditions {
        let mut conditions = Conditions::default();
        conditions.add("true", []);
        conditions.any_name("p.state", self.state.iter().map(|one| one.as_str()));
        conditions.any_name("p.purpose", self.purpose.iter().map(|one| one.as_str()));
        conditions.any_name("p.provider", self.provider.iter().map(|one| one.as_str()));
        match self.attention {
            Some(true) => conditions.add("p.attention IS NOT NULL", []),
            Some(false) => conditions.add("p.attention IS NULL", []),
            None => {}
        }
        if let Some(booking) = self.booking_id {
            conditions.add("p.booking_id = {}", [booking.into()]);
        }
        if let Some(q) = &self.q {
            conditions.add(
                "p.id IN (SELECT m.id FROM payments m JOIN bookings o ON o.id = m.booking_id WHERE o.reference = {} \
                    UNION ALL SELECT m.id FROM payments m WHERE m.provider IN ('manual', 'stripe') AND m.provider_reference = {})",
                [q.to_uppercase().into(), q.as_str().into()],
            );
        }
        conditions
    }
}

/// Where a page ends.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct After {
    created_at: DateTime<Utc>,
    id: Uuid,
}

/// All payments and refunds, the newest first.
#[utoipa::path(
    get, path = "/api/v1/admin/payments", operation_id = "list_payments", tag = "payments",
    params(PaymentQuery),
    responses((status = 200, body = PaymentList)),
    security(("bearer" = [])),
)]
pub async fn list_payments(
    _admin: Admin,
    origin: Origin,
    query: Query<PaymentQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let size = page::size(query.0.limit)?;
    let filters = query.0.filters()?;
    let name = page::fingerprint(&filters);
    let after: Option<After> =
        query.0.cursor.as_deref().map(|cursor| page::decode(&name, cursor)).transpose()?;
    let count = query.0.count;
    let (rows, total) = state
        .db
        .tx(origin.0, move |tx| {
            let (filters, after) = (filters.clone(), after.clone());
            Box::pin(async move {
                let total = match count {
                    true => Some(total(tx, &filters).await?),
                    false => None,
                };
                Ok((rows(tx, &filters, after.as_ref(), size + 1).await?, total))
            })
        })
        .await?;
    let key = |record: &PaymentRecord| After {
        created_at: record.payment.created_at,
        id: record.payment.id,
    };
    let (items, next_cursor) = page::cut(rows, size, &name, key)?;
    respond(&state, &request, &PaymentList { items, next_cursor, total })
}

fn respond(state: &State, request: &HttpRequest, list: &PaymentList) -> Result<HttpResponse> {
    let body = serde_json::to_vec(list).map_err(Error::internal)?;
    let locale = locale::negotiate(&state.profile, None, request)?;
    Ok(answer(request, etag::of_bytes(&body), body, &locale, Reuse::Never))
}

/// The statement of a page, and its values; public so that its plan can be looked at.
#[doc(hidden)]
#[must_use]
pub fn page_statement(filters: &Filters, after: Option<&After>, most: u64) -> (String, Vec<Value>) {
    let mut conditions = filters.conditions();
    if let Some(After { created_at, id }) = after {
        conditions.add("(p.created_at, p.id) < ({}, {})", [(*created_at).into(), (*id).into()]);
    }
    // What the booking is called is looked up for the rows of the page; joined, all bookings would be read.
    let sql = format!(
        "SELECT {COLUMNS}, (SELECT b.reference FROM bookings b WHERE b.id = p.booking_id) AS booking_reference \
           FROM payments p WHERE {} ORDER BY p.created_at DESC, p.id DESC LIMIT {most}",
        conditions.sql()
    );
    (sql, conditions.into_values())
}

async fn rows(
    tx: &DatabaseTransaction,
    filters: &Filters,
    after: Option<&After>,
    most: u64,
) -> Result<Vec<PaymentRecord>> {
    let (sql, values) = page_statement(filters, after, most);
    records(&tx.query_all_raw(statement(sql, values)).await?)
}

async fn total(tx: &DatabaseTransaction, filters: &Filters) -> Result<i64> {
    #[derive(FromQueryResult)]
    struct Total {
        total: i64,
    }
    let conditions = filters.conditions();
    let sql = format!("SELECT count(*) AS total FROM payments p WHERE {}", conditions.sql());
    let row = tx.query_one_raw(statement(&sql, conditions.into_values())).await?;
    let total = row.map(|row| Total::from_query_result(&row, "")).transpose()?;
    Ok(total.map_or(0, |row| row.total))
}

/// The newest payments, for an operator.
///
/// # Errors
/// Those of the database.
pub async fn newest(db: &Db, filters: Filters, most: u64) -> Result<Vec<PaymentRecord>> {
    db.tx(Context::system("payments list"), move |tx| {
        let filters = filters.clone();
        Box::pin(async move { rows(tx, &filters, None, most).await })
    })
    .await
}
