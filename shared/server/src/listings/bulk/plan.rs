//! What a bulk change would do, listing by listing: the dry run shows it, the run does it.

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::Serialize;
use terrace_product::Profile;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    input::{BulkAction, ChangePrice, MOST_AT_ONCE},
    price,
};
use crate::{
    db::statement,
    error::{Error, FieldError, Result},
    listings::{
        filters::{Conditions, ListQuery},
        model::{ListingStatus, TransactionType},
        readiness,
        review::{self, Action, Standing},
    },
};

/// What changes of a listing: only what does is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct BulkValues {
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<ListingStatus>,
    /// The agent in charge; null before where nobody was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    pub agent_id: Option<Option<Uuid>>,
    /// Price of a month, minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rent_price: Option<i64>,
    /// Price of a sale, a business or an investment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sale_price: Option<i64>,
    /// Price of a month of a lease.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease_price: Option<i64>,
    /// In `rental_details`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_per_night: Option<i64>,
    /// In `rental_details`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_per_week: Option<i64>,
    /// In `rental_details`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_per_month: Option<i64>,
}

/// Why a listing stays as it is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BulkRefusal {
    /// `unchanged`, `wrong_state`, `not_ready` or `price_out_of_range`.
    #[schema(example = "not_ready")]
    pub code: String,
    /// A sentence for a person.
    pub detail: String,
    /// For `not_ready`: what is missing.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub errors: Vec<FieldError>,
}

/// A listing that matches, and what becomes of it: `before` and `after`, or `refused`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BulkItem {
    /// Id.
    pub id: Uuid,
    /// Address part of its page.
    pub slug: String,
    /// Title in the brand's default language.
    pub title: String,
    /// The version that this is about.
    pub version: i32,
    /// What it is before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<BulkValues>,
    /// What it is afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<BulkValues>,
    /// Why it stays as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<BulkRefusal>,
}

#[derive(Debug, FromQueryResult)]
struct Row {
    id: Uuid,
    slug: String,
    title: String,
    version: i32,
    status: String,
    agent_id: Option<Uuid>,
    transaction_type: String,
    rent_price: Option<i64>,
    sale_price: Option<i64>,
    lease_price: Option<i64>,
    price_per_night: Option<i64>,
    price_per_week: Option<i64>,
    price_per_month: Option<i64>,
}

/// Before and after, or why not.
type Outcome = std::result::Result<(BulkValues, BulkValues), BulkRefusal>;

/// What the change would do to the listings that match, in the order of their ids. With `lock`
/// their rows are held until the transaction ends, taken in that order.
///
/// # Errors
/// `422` where more match than `limit`, or nothing says which.
pub(super) async fn make(
    tx: &DatabaseTransaction,
    (ids, query): &(Vec<Uuid>, ListQuery),
    action: &BulkAction,
    limit: u64,
    lock: bool,
    profile: &Profile,
) -> Result<Vec<BulkItem>> {
    let ids = matching(tx, ids, query, limit, lock).await?;
    let lacking: HashMap<Uuid, Vec<FieldError>> = match action {
        BulkAction::Publish => {
            readiness::missing(tx, ids.clone(), profile).await?.into_iter().collect()
        }
        _ => HashMap::new(),
    };
    // Read after the locks were got: what another transaction changed before them is seen.
    let sql = "SELECT p.id, p.slug, p.title, p.version, p.status::text, p.agent_id, \
               p.transaction_type::text, p.rent_price, p.sale_price, p.lease_price, \
               r.price_per_night, r.price_per_week, r.price_per_month \
               FROM properties p LEFT JOIN rental_details r ON r.property_id = p.id \
               WHERE p.id = ANY($1::uuid[]) ORDER BY p.id";
    let rows = tx.query_all_raw(statement(sql, [ids.into()])).await?;
    rows.iter()
        .map(|row| {
            let row = Row::from_query_result(row, "")?;
            let outcome = match action {
                BulkAction::Publish => {
                    let missing = lacking.get(&row.id).cloned().unwrap_or_default();
                    row.step(Action::Publish, missing)?
                }
                BulkAction::Unpublish => row.step(Action::Unpublish, Vec::new())?,
                BulkAction::Archive => row.step(Action::Archive, Vec::new())?,
                BulkAction::ChangePrice(change) => row.change_price(*change)?,
                BulkAction::Reassign(to) => row.reassign(to.agent_id),
            };
            Ok(row.into_item(outcome))
        })
        .collect()
}

async fn matching(
    tx: &DatabaseTransaction,
    ids: &[Uuid],
    query: &ListQuery,
    limit: u64,
    lock: bool,
) -> Result<Vec<Uuid>> {
    let mut conditions = Conditions::default();
    query.apply(&mut conditions);
    if !ids.is_empty() {
        conditions.add("p.id = ANY({}::uuid[])", [ids.to_vec().into()]);
    }
    if conditions.sql().is_empty() {
        return Err(Error::field("/filter", "required", "Say which listings."));
    }
    let lock = if lock { "FOR NO KEY UPDATE OF p" } else { "" };
    let sql = format!(
        "SELECT p.id FROM properties p WHERE p.deleted_at IS NULL AND {} ORDER BY p.id \
         LIMIT {} {lock}",
        conditions.sql(),
        limit + 1
    );
    let rows = tx.query_all_raw(statement(sql, conditions.into_values())).await?;
    if rows.len() as u64 > limit {
        let detail = format!(
            "More than {limit} listings match, and at most {MOST_AT_ONCE} are changed at once: \
             narrow the filter."
        );
        return Err(Error::field("/limit", "too_many", detail));
    }
    Ok(rows.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?)
}

fn refusal(code: &str, detail: impl Into<String>) -> BulkRefusal {
    BulkRefusal { code: code.to_owned(), detail: detail.into(), errors: Vec::new() }
}

fn unchanged() -> BulkRefusal {
    refusal("unchanged", "It is so already.")
}

/// A name of one of our closed sets, out of the database.
fn known<T: std::str::FromStr<Err = String>>(name: &str) -> Result<T> {
    name.parse().map_err(|unknown: String| Error::internal(anyhow::anyhow!(unknown)))
}

impl Row {
    fn step(&self, action: Action, missing: Vec<FieldError>) -> Result<Outcome> {
        let from: ListingStatus = known(&self.status)?;
        let to = match review::step(from, action, Standing::ADMIN) {
            Ok(to) => to,
            Err(error) => {
                let detail = error.detail.unwrap_or_default();
                return Ok(Err(refusal(error.code.name(), detail)));
            }
        };
        if to == from {
            return Ok(Err(unchanged()));
        }
        if !missing.is_empty() {
            let error = readiness::not_ready(missing);
            let detail = error.detail.unwrap_or_default();
            let refusal = refusal(error.code.name(), detail);
            return Ok(Err(BulkRefusal { errors: error.fields, ..refusal }));
        }
        let status = |status| BulkValues { status: Some(status), ..BulkValues::default() };
        Ok(Ok((status(from), status(to))))
    }

    fn reassign(&self, agent: Uuid) -> Outcome {
        if self.agent_id == Some(agent) {
            return Err(unchanged());
        }
        let agent_id = |agent| BulkValues { agent_id: Some(agent), ..BulkValues::default() };
        Ok((agent_id(self.agent_id), agent_id(Some(agent))))
    }

    /// The prices that a change is about.
    fn prices(&self) -> Result<BulkValues> {
        let none = BulkValues::default();
        Ok(match known(&self.transaction_type)? {
            TransactionType::Rent => BulkValues {
                rent_price: self.rent_price,
                price_per_night: self.price_per_night,
                price_per_week: self.price_per_week,
                price_per_month: self.price_per_month,
                ..none
            },
            TransactionType::Lease => BulkValues { lease_price: self.lease_price, ..none },
            TransactionType::Sale | TransactionType::Business | TransactionType::Investment => {
                BulkValues { sale_price: self.sale_price, ..none }
            }
        })
    }

    fn change_price(&self, ChangePrice { percent, round_to }: ChangePrice) -> Result<Outcome> {
        let before = self.prices()?;
        let mut after = before.clone();
        for price in [
            &mut after.rent_price,
            &mut after.sale_price,
            &mut after.lease_price,
            &mut after.price_per_night,
            &mut after.price_per_week,
            &mut after.price_per_month,
        ] {
            let Some(old) = *price else { continue };
            let Some(new) = price::changed(old, percent, round_to) else {
                let detail = format!("No price may be what {old} would become.");
                return Ok(Err(refusal("price_out_of_range", detail)));
            };
            *price = Some(new);
        }
        Ok(if after == before { Err(unchanged()) } else { Ok((before, after)) })
    }

    fn into_item(self, outcome: Outcome) -> BulkItem {
        let (before, after, refused) = match outcome {
            Ok((before, after)) => (Some(before), Some(after), None),
            Err(refusal) => (None, None, Some(refusal)),
        };
        let Self { id, slug, title, version, .. } = self;
        BulkItem { id, slug, title, version, before, after, refused }
    }
}

/// Names a plan: the same hash is the same change of the same versions of the same listings.
///
/// # Errors
/// `500` where it cannot be written as JSON.
pub(super) fn hash(action: &BulkAction, items: &[BulkItem]) -> Result<String> {
    let json = serde_json::to_vec(&(action, items)).map_err(Error::internal)?;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &json);
    Ok(URL_SAFE_NO_PAD.encode(&digest.as_ref()[..18]))
}
