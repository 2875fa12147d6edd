//! `GET /bookings/{id}/terms`: what was agreed on for a stay of a month or longer.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::Serialize;
use terrace_pricing::Instalment;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    app::State,
    availability::{Now, terms::plus},
    bookings::{
        agreed::Agreed,
        party::{Asker, Scope},
    },
    db::statement,
    error::{Code, Error, Result},
    http::{
        answer::{Reuse, answer},
        etag, locale,
    },
    listings::model::Currency,
};

/// What was agreed on for a stay of a month or longer. Amounts are minor units of `currency`.
#[derive(Debug, Serialize, ToSchema)]
pub struct TenancyOut {
    /// The booking.
    pub booking_id: Uuid,
    /// First day of the contract.
    pub first_day: NaiveDate,
    /// Last day of it as it was agreed: that before the day of leaving.
    pub last_day: NaiveDate,
    /// The day of leaving: the agreed one, or that of a notice.
    pub leaves_on: NaiveDate,
    /// Whole calendar months.
    pub months: u32,
    /// Nights beyond them.
    pub nights_beyond: i64,
    /// Of all amounts.
    #[schema(value_type = Currency)]
    pub currency: String,
    /// What of it is owed, without the deposit: the whole of it, or after a notice what the nights
    /// until the day of leaving cost.
    pub total: i64,
    /// The price of a month on the first day, or of the latest renewal.
    pub rent_per_month: Option<i64>,
    /// Given back after the stay.
    pub deposit: i64,
    /// The same in months of rent, where it is agreed on so.
    pub deposit_months: Option<u32>,
    /// Months that are paid at once, where that is agreed on.
    pub advance_months: Option<u32>,
    /// Of the total, what is paid at once.
    pub due_now: i64,
    /// Of the total, what is paid later.
    pub due_later: i64,
    /// What is due when; they sum to the total.
    pub payments: Vec<DueOut>,
    /// Whole days between giving notice and leaving.
    pub notice_days: i32,
    /// The day of leaving of who gives notice today; null where there is no notice to give.
    pub earliest_end: Option<NaiveDate>,
    /// The notice that was given.
    pub notice: Option<NoticeOut>,
    /// Days after leaving in which the deposit is given back.
    pub deposit_return_days: i32,
    /// The last of those days.
    pub deposit_back_by: NaiveDate,
}

/// A part of the total.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct DueOut {
    /// The day on which it is due.
    pub on: NaiveDate,
    /// How much, smallest unit.
    pub amount: i64,
}

/// A notice.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NoticeOut {
    /// `guest` or `host`.
    #[schema(example = "guest")]
    pub by: String,
    /// When it was given.
    pub at: DateTime<Utc>,
    /// The day of leaving.
    pub ends_on: NaiveDate,
}

/// What was agreed on for a stay of a month or longer: for its guest and its host.
#[utoipa::path(
    get, path = "/api/v1/bookings/{id}/terms", operation_id = "get_booking_terms", tag = "stays",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = TenancyOut)),
    security(("bearer" = []), ("booking" = [])),
)]
pub async fn get_booking_terms(
    asker: Asker,
    id: web::Path<Uuid>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (id, now) = (*id, Now::of(&state.profile));
    let Asker { scope, context } = asker;
    let read = state.db.tx(context, move |tx| {
        let scope = scope.clone();
        Box::pin(async move { find(tx, &scope, id).await?.into_out(tx, now).await })
    });
    let body = serde_json::to_vec(&read.await?).map_err(Error::internal)?;
    let locale = locale::negotiate(&state.profile, None, &request)?;
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, Reuse::Never))
}

/// A booking with what was agreed on.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) check_in: NaiveDate,
    pub(super) check_out: NaiveDate,
    pub(super) status: String,
    total: i64,
    currency: String,
    is_long: bool,
    pub(super) notice_days: i32,
    pub(super) deposit_return_days: i32,
    notice_by: Option<String>,
    notice_at: Option<DateTime<Utc>>,
    ends_on: Option<NaiveDate>,
}

/// A booking of a month or longer that may be seen.
///
/// # Errors
/// `404` where there is no such booking, `409` where it is shorter.
pub(super) async fn find(tx: &DatabaseTransaction, scope: &Scope, id: Uuid) -> Result<Row> {
    let (condition, values) = scope.condition(2);
    let sql = format!(
        "SELECT b.id, b.check_in, b.check_out, b.status::text, b.total, \
            b.currency::text, t.booking_id IS NOT NULL AS is_long, coalesce(t.notice_days, 0) AS notice_days, \
            coalesce(t.deposit_return_days, 0) AS deposit_return_days, t.notice_by::text, t.notice_at, t.ends_on \
         FROM bookings b JOIN properties p ON p.id = b.property_id \
         LEFT JOIN tenancies t ON t.booking_id = b.id WHERE b.id = $1 AND {condition}"
    );
    let values = std::iter::once(id.into()).chain(values);
    let row = tx.query_one_raw(statement(sql, values)).await?;
    let row = row.ok_or_else(|| Error::not_found("booking"))?;
    let row = Row::from_query_result(&row, "")?;
    match row.is_long {
        true => Ok(row),
        false => Err(Error::new(Code::WrongState)
            .with_detail("This stay is shorter than a month: it has no such terms.")),
    }
}

impl Row {
    pub(super) fn notice(&self) -> Option<NoticeOut> {
        let (by, at, ends_on) = (self.notice_by.clone()?, self.notice_at?, self.ends_on?);
        Some(NoticeOut { by, at, ends_on })
    }

    /// The day of leaving of who gives notice now, if there is notice to give.
    pub(super) fn earliest_end(&self, now: Now) -> Option<NaiveDate> {
        let earliest = plus(now.today, self.notice_days).max(plus(self.check_in, 1));
        let open = self.status == "confirmed" && self.notice_by.is_none();
        (open && earliest < self.check_out).then_some(earliest)
    }

    pub(super) async fn into_out(self, tx: &DatabaseTransaction, now: Now) -> Result<TenancyOut> {
        let agreed = Agreed::on(tx, self.id).await?;
        let (notice, earliest_end) = (self.notice(), self.earliest_end(now));
        let contract = agreed.contract();
        let due_now = agreed.due_now().min(self.total);
        let payments = agreed.instalments(self.total).into_iter();
        Ok(TenancyOut {
            booking_id: self.id,
            first_day: contract.first_day,
            last_day: contract.last_day,
            leaves_on: self.check_out,
            months: contract.months,
            nights_beyond: contract.nights_beyond,
            currency: self.currency,
            total: self.total,
            rent_per_month: contract.rent_per_month,
            deposit: agreed.deposit(),
            deposit_months: contract.deposit_months,
            advance_months: contract.advance_months,
            due_now,
            due_later: self.total - due_now,
            payments: payments.map(|Instalment { on, amount }| DueOut { on, amount }).collect(),
            notice_days: self.notice_days,
            earliest_end,
            notice,
            deposit_return_days: self.deposit_return_days,
            deposit_back_by: plus(self.check_out, self.deposit_return_days),
        })
    }
}
