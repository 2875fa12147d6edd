//! `PATCH /admin/properties/bulk`: many listings at once, shown before it is done.
//!
//! For admins alone: an agent who wants something done to many listings asks for it, and what is
//! theirs to decide (a price, a draft) they decide one by one, with the version they have seen.

mod apply;
mod input;
mod plan;
pub mod price;

use actix_web::{HttpResponse, web};
use sea_orm::DatabaseTransaction;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::filters::ListQuery;
use crate::{
    app::State,
    error::{Code, Error, FieldError, Result},
    http::{
        auth::{Admin, Origin},
        body::Body,
        etag,
        idempotency::{Answer, AnswerHeaders, IdempotencyKey},
    },
};

pub use input::{BulkAction, BulkFilter, BulkIn, ChangePrice, NewAgent};
pub use plan::{BulkItem, BulkRefusal, BulkValues};

/// What would change, or has changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkOut {
    /// Whether nothing was done.
    pub dry_run: bool,
    /// Listings that match: `expected_count` of the run.
    pub matched: usize,
    /// Those of them that change.
    pub changed: usize,
    /// `expected_hash` of the run: names this very change of these very versions.
    pub hash: String,
    /// The listings, in the order of their ids.
    pub items: Vec<BulkItem>,
}

/// Changes many listings at once: first as a dry run that shows what would change, then with the
/// dry run's `hash`, which is refused where anything has changed since.
#[utoipa::path(
    patch, path = "/api/v1/admin/properties/bulk", operation_id = "bulk_properties", tag = "listings",
    params(("Idempotency-Key" = Option<String>, Header,
        description = "The same key and body give the same answer, and the effect once")),
    request_body = BulkIn,
    responses((status = 200, body = BulkOut)),
    security(("bearer" = [])),
)]
pub async fn bulk_properties(
    admin: Admin,
    origin: Origin,
    key: IdempotencyKey,
    body: Body<BulkIn>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let caller = admin.0;
    let claim = key.claim("bulk_properties", &caller, body.digest);
    let input = body.value;
    let which = input.check()?;
    // Asking changes nothing, and is answered anew each time.
    let claim = claim.filter(|_| !input.dry_run);
    let (wired, by) = (state.clone(), caller.user_id);
    let (answer, changed) = state
        .db
        .tx(origin.0, move |tx| {
            let (state, claim) = (wired.clone(), claim.clone());
            let (input, which) = (input.clone(), which.clone());
            Box::pin(async move {
                if let Some(claim) = &claim
                    && let Some(answer) = claim.take(tx).await?
                {
                    return Ok((answer, Vec::new()));
                }
                let out = run(tx, &state, &input, &which, by).await?;
                let changed = changed(&out);
                let answer = answer(&state, &out)?;
                if let Some(claim) = &claim {
                    claim.keep(tx, &answer).await?;
                }
                Ok((answer, changed))
            })
        })
        .await?;
    for (id, slug) in &changed {
        state.listings.forget(&state.profile, *id, &[slug]).await;
    }
    Ok(answer.into())
}

async fn run(
    tx: &DatabaseTransaction,
    state: &State,
    input: &BulkIn,
    which: &(Vec<Uuid>, ListQuery),
    by: Uuid,
) -> Result<BulkOut> {
    let BulkIn { filter: _, action, dry_run, expected_count, expected_hash, limit } = input;
    apply::check(tx, action).await?;
    let items = plan::make(tx, which, action, *limit, !dry_run, &state.profile).await?;
    let hash = plan::hash(action, &items)?;
    if !dry_run {
        let count = items.len() as u64;
        if expected_count.is_some_and(|expected| expected != count) {
            return Err(set_changed("/expected_count", &format!("{count} listings match now.")));
        }
        if expected_hash.as_ref().is_some_and(|expected| *expected != hash) {
            return Err(set_changed(
                "/expected_hash",
                "Other listings or other versions match now.",
            ));
        }
        apply::apply(tx, action, &items, by).await?;
        apply::tell(tx, &state.profile, action, &items, by).await?;
    }
    let changed = items.iter().filter(|item| item.after.is_some()).count();
    Ok(BulkOut { dry_run: *dry_run, matched: items.len(), changed, hash, items })
}

fn set_changed(pointer: &str, detail: &str) -> Error {
    let mut error = Error::new(Code::SetChanged)
        .with_detail(format!("{detail} Nothing was changed: look at a new dry run."));
    error.fields.push(FieldError::new(pointer, "changed", detail));
    error
}

/// What must be forgotten of what was remembered.
fn changed(out: &BulkOut) -> Vec<(Uuid, String)> {
    let items = out.items.iter().filter(|item| !out.dry_run && item.after.is_some());
    items.map(|item| (item.id, item.slug.clone())).collect()
}

fn answer(state: &State, out: &BulkOut) -> Result<Answer> {
    let body = serde_json::to_string(out).map_err(Error::internal)?;
    let headers = AnswerHeaders {
        etag: etag::of_bytes(body.as_bytes()).to_string(),
        location: "/api/v1/admin/properties/bulk".to_owned(),
        language: state.profile.locales.default.to_string(),
    };
    Ok(Answer { status: 200, body, headers, replayed: false })
}
