//! `POST` and `DELETE /bookings/{id}/notice`: who stays for a month or longer leaves before the
//! agreed day, or is asked to, and changes their mind.
//!
//! What is owed then is what the nights until the day of leaving cost, as they were priced: no
//! night is slept for nothing, and none is paid for that is not slept. Months that were paid ahead
//! count for it, and what is beyond it goes back. The deposit is given back after the stay, as it
//! would have been.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use chrono::NaiveDate;
use garde::Validate;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::terms::{Row, TenancyOut, find};
use crate::{
    app::State,
    availability::Now,
    bookings::{
        self, BookingRow,
        agreed::Agreed,
        amend::{Amendment, amend},
        letters::More,
        machine::Party,
        party::{Asker, Scope},
    },
    db::statement,
    error::{Code, Error, Result},
    events::{self, Event},
    http::{
        body::Body,
        idempotency::{Answer, AnswerHeaders, IdempotencyKey},
        locale,
    },
};

/// A notice.
#[derive(Clone, Copy, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeIn {
    /// The day of leaving; not slept.
    #[garde(skip)]
    #[schema(example = "2027-03-01")]
    pub ends_on: NaiveDate,
}

/// Gives notice: the stay ends before the agreed day, after the days of notice that were agreed on.
/// The nights after it are free at once, what they cost is not owed any more, and what was paid
/// beyond the rest goes back. It is given once, and may be taken back for as long as the nights are
/// free.
#[utoipa::path(
    post, path = "/api/v1/bookings/{id}/notice", operation_id = "give_booking_notice", tag = "stays",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body give the same answer, and the effect once")),
    request_body = NoticeIn,
    responses((status = 201, body = TenancyOut)),
    security(("bearer" = []), ("booking" = [])),
)]
pub async fn give_booking_notice(
    asker: Asker,
    id: web::Path<Uuid>,
    key: IdempotencyKey,
    body: Body<NoticeIn>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (id, ends_on) = (*id, body.value.ends_on);
    let language = locale::negotiate(&state.profile, None, &request)?.to_string();
    let Asker { scope, context } = asker;
    let who = context.user_id.unwrap_or(id);
    let claim = key.claim_owner(&format!("give_booking_notice:{id}"), who, body.digest);
    let wired = state.clone();
    let work = state.db.tx(context, move |tx| {
        let (scope, claim, language) = (scope.clone(), claim.clone(), language.clone());
        let state = wired.clone();
        Box::pin(async move {
            let stay = Stay::lock(tx, &scope, id).await?;
            if let Some(claim) = &claim
                && let Some(answer) = claim.take(tx).await?
            {
                return Ok(answer);
            }
            let now = Now::of(&state.profile);
            give(tx, &state, &stay, ends_on, now).await?;
            let out = find(tx, &scope, id).await?.into_out(tx, now).await?;
            let answer = given(&out, language)?;
            if let Some(claim) = &claim {
                claim.keep(tx, &answer).await?;
            }
            Ok(answer)
        })
    });
    Ok(work.await?.into())
}

/// Takes a notice back: the stay ends on the agreed day again, if nobody has its nights by now.
/// Whoever gave it may, until the day of leaving.
#[utoipa::path(
    delete, path = "/api/v1/bookings/{id}/notice", operation_id = "withdraw_booking_notice", tag = "stays",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = TenancyOut)),
    security(("bearer" = []), ("booking" = [])),
)]
pub async fn withdraw_booking_notice(
    asker: Asker,
    id: web::Path<Uuid>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (id, Asker { scope, context }) = (*id, asker);
    let locale = locale::negotiate(&state.profile, None, &request)?;
    let wired = state.clone();
    let out = state
        .db
        .tx(context, move |tx| {
            let (state, scope) = (wired.clone(), scope.clone());
            Box::pin(async move {
                let stay = Stay::lock(tx, &scope, id).await?;
                let now = Now::of(&state.profile);
                take_back(tx, &state, &stay, now).await?;
                find(tx, &scope, id).await?.into_out(tx, now).await
            })
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_LANGUAGE, locale.as_str()))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .json(out))
}

/// Refuses what cannot be done with a stay that ends by notice.
///
/// # Errors
/// `409` where notice was given.
pub(crate) async fn require_without_notice(tx: &impl ConnectionTrait, booking: Uuid) -> Result<()> {
    const SQL: &str = "SELECT 1 FROM tenancies WHERE booking_id = $1 AND notice_by IS NOT NULL";
    match tx.query_one_raw(statement(SQL, [booking.into()])).await? {
        None => Ok(()),
        Some(_) => Err(wrong(
            "Notice has been given: the stay ends on its day, unless whoever gave it takes it back.",
        )),
    }
}

fn wrong(detail: &str) -> Error {
    Error::new(Code::WrongState).with_detail(detail)
}

/// A stay of a month or longer under its lock.
struct Stay {
    booking: BookingRow,
    terms: Row,
    /// In which part the caller acts.
    party: Party,
}

impl Stay {
    async fn lock(tx: &DatabaseTransaction, scope: &Scope, id: Uuid) -> Result<Self> {
        let booking = bookings::lock(tx, scope, id).await?;
        let terms = find(tx, scope, id).await?;
        let party = scope.party(&booking);
        Ok(Self { booking, terms, party })
    }

    /// The same as the table calls it.
    fn side(&self) -> &'static str {
        match self.party {
            Party::Guest => "guest",
            Party::Host | Party::System => "host",
        }
    }
}

async fn give(
    tx: &DatabaseTransaction,
    state: &State,
    stay: &Stay,
    ends_on: NaiveDate,
    now: Now,
) -> Result<()> {
    // A stay that is no month any more loses its row with its end: see `keep_tenancy`.
    const SQL: &str = "INSERT INTO tenancies (booking_id, notice_days, deposit_return_days, notice_by, notice_at, ends_on) \
        VALUES ($1, $2, $3, $4::text::tenancy_party, now(), $5) ON CONFLICT (booking_id) DO UPDATE \
        SET notice_by = excluded.notice_by, notice_at = excluded.notice_at, ends_on = excluded.ends_on";
    let Stay { booking, terms, party } = stay;
    check(terms, ends_on, now)?;
    let by = stay.side();
    let agreed = Agreed::on(tx, booking.id).await?;
    // A stay costs something, however short it becomes.
    let total = agreed.owed_until(ends_on).clamp(1, booking.total);
    let amendment = Amendment {
        what: "notice_given",
        by: *party,
        until: ends_on,
        total,
        data: json!({ "by": by }),
        more: More {
            words: &[("notice_by", by)],
            days: &[("agreed_until", booking.check_out)],
            amounts: &[("less", booking.total - total)],
            ..More::default()
        },
    };
    amend(tx, state, booking, amendment).await?;
    let values = [
        booking.id.into(),
        terms.notice_days.into(),
        terms.deposit_return_days.into(),
        by.into(),
        ends_on.into(),
    ];
    tx.execute_raw(statement(SQL, values)).await?;
    let data = json!({ "property_id": booking.property_id, "by": by, "ends_on": ends_on });
    let event = Event { kind: "booking.notice_given", subject_id: booking.id, data };
    events::record(tx, event).await
}

fn check(terms: &Row, ends_on: NaiveDate, now: Now) -> Result<()> {
    if terms.notice().is_some() {
        return Err(wrong("Notice has been given already."));
    }
    if terms.status != "confirmed" {
        return Err(wrong("Only a confirmed stay can be ended by notice."));
    }
    let earliest = terms
        .earliest_end(now)
        .ok_or_else(|| wrong("The stay ends on the agreed day before any notice could end it."))?;
    if ends_on < earliest {
        let detail = format!(
            "With {} days of notice, the earliest day of leaving is {earliest}.",
            terms.notice_days
        );
        return Err(Error::field("/ends_on", "notice", detail));
    }
    if ends_on >= terms.check_out {
        let detail = format!("The stay ends on {} without any notice.", terms.check_out);
        return Err(Error::field("/ends_on", "out_of_range", detail));
    }
    Ok(())
}

async fn take_back(tx: &DatabaseTransaction, state: &State, stay: &Stay, now: Now) -> Result<()> {
    const SQL: &str = "UPDATE tenancies SET notice_by = NULL, notice_at = NULL, ends_on = NULL WHERE booking_id = $1";
    let Stay { booking, terms, party } = stay;
    let by = stay.side();
    let notice = terms.notice().filter(|notice| notice.by == by);
    let notice = notice.ok_or_else(|| Error::not_found("booking"))?;
    if terms.status != "confirmed" || now.today >= notice.ends_on {
        return Err(wrong("The stay has ended."));
    }
    let agreed = Agreed::on(tx, booking.id).await?;
    let amendment = Amendment {
        what: "notice_withdrawn",
        by: *party,
        until: agreed.until(),
        total: agreed.total(),
        data: json!({ "by": by }),
        more: More { words: &[("notice_by", by)], ..More::default() },
    };
    amend(tx, state, booking, amendment).await?;
    tx.execute_raw(statement(SQL, [booking.id.into()])).await?;
    let data = json!({ "property_id": booking.property_id, "by": by, "ends_on": notice.ends_on });
    let event = Event { kind: "booking.notice_withdrawn", subject_id: booking.id, data };
    events::record(tx, event).await
}

fn given(out: &TenancyOut, language: String) -> Result<Answer> {
    Ok(Answer {
        status: 201,
        body: serde_json::to_string(out).map_err(Error::internal)?,
        headers: AnswerHeaders {
            etag: String::new(),
            location: format!("/api/v1/bookings/{}/terms", out.booking_id),
            language,
        },
        replayed: false,
    })
}
