//! What an admin does with money: sends it back, says that it has gone, has looked at it.

use actix_web::{HttpRequest, HttpResponse, web};
use garde::Validate;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::Deserialize;
use serde_json::json;
use terrace_entity::enums::{PaymentPurpose, PaymentState};
use terrace_product::PaymentProvider;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    output::{PaymentChanged, PaymentRecord},
    receive::{self, MOST},
    refund,
    row::{self, COLUMNS, Change, PaymentRow},
};
use crate::{
    app::State,
    db::statement,
    error::{Code, Error, Result},
    http::{
        auth::{Admin, Origin},
        body::Body,
        etag,
        idempotency::{Answer, AnswerHeaders, Claim, IdempotencyKey},
    },
};

/// Does something once for a key, and answers its repetitions to the letter.
pub(super) async fn once(
    tx: &DatabaseTransaction,
    claim: Option<Claim>,
    language: String,
    work: impl Future<Output = Result<(u16, PaymentChanged)>>,
) -> Result<Answer> {
    if let Some(claim) = &claim
        && let Some(answer) = claim.take(tx).await?
    {
        return Ok(answer);
    }
    let (status, changed) = work.await?;
    let answer = Answer {
        status,
        body: serde_json::to_string(&changed).map_err(Error::internal)?,
        headers: AnswerHeaders {
            etag: etag::of_version(changed.record.version, "payment").to_string(),
            location: String::new(),
            language,
        },
        replayed: false,
    };
    if let Some(claim) = &claim {
        claim.keep(tx, &answer).await?;
    }
    Ok(answer)
}

/// A payment as a change leaves it.
pub(super) async fn changed(
    tx: &DatabaseTransaction,
    id: Uuid,
    status: u16,
    outcome: &str,
) -> Result<(u16, PaymentChanged)> {
    Ok((status, PaymentChanged { record: record(tx, id).await?, outcome: outcome.to_owned() }))
}

/// A payment as staff sees it.
pub(super) async fn record(tx: &DatabaseTransaction, id: Uuid) -> Result<PaymentRecord> {
    #[derive(FromQueryResult)]
    struct Of {
        booking_reference: String,
    }
    let sql = format!(
        "SELECT {COLUMNS}, b.reference AS booking_reference FROM payments p \
         JOIN bookings b ON b.id = p.booking_id WHERE p.id = $1"
    );
    let row = tx.query_one_raw(statement(&sql, [id.into()])).await?;
    let row = row.ok_or_else(|| Error::not_found("payment"))?;
    PaymentRecord::new(&PaymentRow::read(&row)?, Of::from_query_result(&row, "")?.booking_reference)
}

/// Money to be sent back.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RefundInput {
    /// How much, smallest unit of the currency; not more than what is left of the payment.
    #[garde(range(min = 1, max = MOST))]
    #[schema(minimum = 1)]
    pub amount: i64,
    /// Why.
    #[garde(skip)]
    pub reason: RefundReason,
}

/// Why money goes back.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefundReason {
    /// The booking was cancelled.
    Cancelled,
    /// Too much has come.
    Overpaid,
    /// Something about the stay was not right.
    Goodwill,
    /// The deposit, after the stay.
    Deposit,
    /// Another reason.
    Other,
}

impl RefundReason {
    fn word(self) -> &'static str {
        match self {
            Self::Cancelled => "booking_cancelled",
            Self::Overpaid => "overpaid",
            Self::Goodwill => "goodwill",
            Self::Deposit => "deposit",
            Self::Other => "other",
        }
    }
}

/// Sends money of a payment back: through its provider, or by a person who says so afterwards. The
/// answer is the refund.
#[utoipa::path(
    post, path = "/api/v1/payments/{id}/refund", operation_id = "refund_payment", tag = "payments",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version being changed"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request safe")),
    request_body = RefundInput,
    responses((status = 201, body = PaymentChanged)),
    security(("bearer" = [])),
)]
pub async fn refund_payment(
    admin: Admin,
    origin: Origin,
    id: web::Path<Uuid>,
    body: Body<RefundInput>,
    key: IdempotencyKey,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let seen = etag::seen_version(&request)?;
    let claim = key.claim(&format!("refund_payment:{id}"), &admin.0, body.digest);
    let id = *id;
    let language = state.profile.locales.default.to_string();
    let answer = state
        .db
        .tx(origin.0, move |tx| {
            let input = body.value.clone();
            let (claim, language) = (claim.clone(), language.clone());
            Box::pin(async move {
                once(tx, claim, language, async {
                    let refund = send_back(tx, id, seen, &input).await?;
                    changed(tx, refund, 201, "refund_due").await
                })
                .await
            })
        })
        .await?;
    Ok(answer.into())
}

async fn send_back(
    tx: &DatabaseTransaction,
    id: Uuid,
    seen: i32,
    input: &RefundInput,
) -> Result<Uuid> {
    let payment = row::lock(tx, id).await?;
    if payment.version != seen {
        return Err(etag::stale());
    }
    if payment.purpose()? == PaymentPurpose::Refund || payment.left() == 0 {
        return Err(Error::new(Code::WrongState).with_detail("Nothing of it is here to go back."));
    }
    refund::due(tx, &payment, input.amount, input.reason.word()).await
}

/// A transfer that a person has made.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SentInput {
    /// The bank's own name for the transfer.
    #[garde(custom(receive::is_reference))]
    #[schema(min_length = 1, max_length = 100)]
    pub reference: String,
}

/// Says that a person has sent a refund: one by bank transfer, or one that the provider could not.
#[utoipa::path(
    post, path = "/api/v1/payments/{id}/sent", operation_id = "send_refund", tag = "payments",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version being changed"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request safe")),
    request_body = SentInput,
    responses((status = 200, body = PaymentChanged)),
    security(("bearer" = [])),
)]
pub async fn send_refund(
    admin: Admin,
    origin: Origin,
    id: web::Path<Uuid>,
    body: Body<SentInput>,
    key: IdempotencyKey,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let seen = etag::seen_version(&request)?;
    let claim = key.claim(&format!("send_refund:{id}"), &admin.0, body.digest);
    let id = *id;
    let language = state.profile.locales.default.to_string();
    let answer = state
        .db
        .tx(origin.0, move |tx| {
            let (claim, language) = (claim.clone(), language.clone());
            let reference = body.value.reference.trim().to_owned();
            Box::pin(async move {
                once(tx, claim, language, async {
                    let outcome = sent(tx, id, seen, &reference).await?;
                    changed(tx, id, 200, outcome).await
                })
                .await
            })
        })
        .await?;
    Ok(answer.into())
}

async fn sent(
    tx: &DatabaseTransaction,
    id: Uuid,
    seen: i32,
    reference: &str,
) -> Result<&'static str> {
    let refund = row::lock(tx, id).await?;
    if refund.version != seen {
        return Err(etag::stale());
    }
    let is_by_hand = match (refund.state()?, refund.provider()?) {
        (PaymentState::Pending, PaymentProvider::Manual) | (PaymentState::Failed, _) => true,
        (_, _) => false,
    };
    if refund.purpose()? != PaymentPurpose::Refund || !is_by_hand {
        return Err(Error::new(Code::WrongState)
            .with_detail("Only a refund that waits for a person is sent by one."));
    }
    let payload = json!({ "amount": refund.amount, "currency": refund.currency });
    receive::manual_event(tx, refund.id, "manual.sent", reference, payload).await?;
    let failed = refund.state()? == PaymentState::Failed;
    // Given up, its amount counted as left again: it may have gone another way since.
    if failed && refund::left_of(tx, &refund).await? < refund.amount {
        return Err(Error::new(Code::WrongState).with_detail("So much is not left of the payment."));
    }
    refund::sent(tx, &refund, None).await
}

/// Says that somebody has looked at a payment that needed it, and that nothing is left to do.
#[utoipa::path(
    post, path = "/api/v1/payments/{id}/resolve", operation_id = "resolve_payment", tag = "payments",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "ETag of the version being changed")),
    responses((status = 200, body = PaymentChanged)),
    security(("bearer" = [])),
)]
pub async fn resolve_payment(
    _admin: Admin,
    origin: Origin,
    id: web::Path<Uuid>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let seen = etag::seen_version(&request)?;
    let id = *id;
    let language = state.profile.locales.default.to_string();
    let answer = state
        .db
        .tx(origin.0, move |tx| {
            let language = language.clone();
            Box::pin(async move {
                once(tx, None, language, async {
                    let payment = row::lock(tx, id).await?;
                    if payment.version != seen {
                        return Err(etag::stale());
                    }
                    if payment.attention.is_some() {
                        let change = Change { attention: Some(None), ..Change::default() };
                        row::change(tx, &payment, change).await?;
                    }
                    changed(tx, id, 200, "looked_at").await
                })
                .await
            })
        })
        .await?;
    Ok(answer.into())
}
