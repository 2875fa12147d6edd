//! `POST /bookings/{id}/notice`: who stays for a month or longer leaves before the agreed day, or is
//! asked to.

use actix_web::{HttpRequest, HttpResponse, web};
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
    availability::{self, Now},
    bookings::party::{Asker, Scope},
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

/// Gives notice: the stay is to end before the agreed day, after the days of notice that were
/// agreed on. It is given once. The nights after it are free when the host alters the booking, which
/// is when what is owed is settled, too.
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
    let (id, now, ends_on) = (*id, Now::of(&state.profile), body.value.ends_on);
    let language = locale::negotiate(&state.profile, None, &request)?.to_string();
    let Asker { scope, context } = asker;
    let who = context.user_id.unwrap_or(id);
    let claim = key.claim_owner(&format!("give_booking_notice:{id}"), who, body.digest);
    let work = state.db.tx(context, move |tx| {
        let (scope, claim, language) = (scope.clone(), claim.clone(), language.clone());
        Box::pin(async move {
            let row = lock(tx, &scope, id).await?;
            if let Some(claim) = &claim
                && let Some(answer) = claim.take(tx).await?
            {
                return Ok(answer);
            }
            give(tx, &row, party(&scope, &row), ends_on, now).await?;
            let out = find(tx, &scope, id, "").await?.into_out(tx, now).await?;
            let answer = given(&out, language)?;
            if let Some(claim) = &claim {
                claim.keep(tx, &answer).await?;
            }
            Ok(answer)
        })
    });
    Ok(work.await?.into())
}

/// The listing before its booking: in the order that everybody keeps who changes stays.
async fn lock(tx: &DatabaseTransaction, scope: &Scope, id: Uuid) -> Result<Row> {
    let property = find(tx, scope, id, "").await?.property_id;
    availability::occupy(tx, property).await?;
    find(tx, scope, id, "FOR UPDATE OF b").await
}

fn party(scope: &Scope, row: &Row) -> &'static str {
    match scope {
        Scope::All => "host",
        Scope::Agent(user) if row.agent_id == Some(*user) => "host",
        Scope::Agent(_) | Scope::Guest(_) | Scope::Link(..) => "guest",
    }
}

async fn give(
    tx: &DatabaseTransaction,
    row: &Row,
    by: &'static str,
    ends_on: NaiveDate,
    now: Now,
) -> Result<()> {
    const SQL: &str = "UPDATE tenancies SET notice_by = $2::text::tenancy_party, notice_at = now(), ends_on = $3 \
                       WHERE booking_id = $1 AND notice_by IS NULL";
    let wrong = |detail: &str| Error::new(Code::WrongState).with_detail(detail);
    if row.notice().is_some() {
        return Err(wrong("Notice has been given already."));
    }
    if row.status != "confirmed" {
        return Err(wrong("Only a confirmed stay can be ended by notice."));
    }
    let earliest = row
        .earliest_end(now)
        .ok_or_else(|| wrong("The stay ends on the agreed day before any notice could end it."))?;
    if ends_on < earliest {
        let detail = format!(
            "With {} days of notice, the earliest day of leaving is {earliest}.",
            row.notice_days
        );
        return Err(Error::field("/ends_on", "notice", detail));
    }
    if ends_on >= row.check_out {
        let detail = format!("The stay ends on {} without any notice.", row.check_out);
        return Err(Error::field("/ends_on", "out_of_range", detail));
    }
    tx.execute_raw(statement(SQL, [row.id.into(), by.into(), ends_on.into()])).await?;
    let data = json!({ "property_id": row.property_id, "by": by, "ends_on": ends_on });
    events::record(tx, Event { kind: "booking.notice_given", subject_id: row.id, data }).await
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
