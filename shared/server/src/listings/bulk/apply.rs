//! Does what a plan says: one or two statements, however many listings.

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde_json::json;
use terrace_product::Profile;
use uuid::Uuid;

use super::{
    input::{BulkAction, NewAgent},
    plan::BulkItem,
};
use crate::{
    db::statement,
    error::{Error, Result},
    listings::{
        letters::{self, Decided, Decision},
        model::ListingStatus,
    },
};

/// Changes the listings of the plan that are to change. Their rows are locked.
///
/// # Errors
/// Those of the database.
pub(super) async fn apply(
    tx: &DatabaseTransaction,
    action: &BulkAction,
    items: &[BulkItem],
    by: Uuid,
) -> Result<()> {
    let changing: Vec<&BulkItem> = items.iter().filter(|item| item.after.is_some()).collect();
    if changing.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = changing.iter().map(|item| item.id).collect();
    match action {
        BulkAction::Publish => stand(tx, ids, ListingStatus::Published, by).await,
        BulkAction::Unpublish => stand(tx, ids, ListingStatus::Draft, by).await,
        BulkAction::Archive => stand(tx, ids, ListingStatus::Archived, by).await,
        BulkAction::ChangePrice(_) => cost(tx, &changing, by).await,
        BulkAction::Reassign(NewAgent { agent_id }) => {
            let sql = "UPDATE properties SET agent_id = $2, updated_by = $3, version = version + 1 \
                       WHERE id = ANY($1::uuid[])";
            let values = [ids.into(), (*agent_id).into(), by.into()];
            tx.execute_raw(statement(sql, values)).await.map_err(|error| {
                Error::from(error).on_constraint("properties_agent_active", inactive)
            })?;
            Ok(())
        }
    }
}

/// Tells whoever waited for a review that it is over.
///
/// # Errors
/// Those of the database.
pub(super) async fn tell(
    tx: &DatabaseTransaction,
    profile: &Profile,
    action: &BulkAction,
    items: &[BulkItem],
    by: Uuid,
) -> Result<()> {
    if !matches!(action, BulkAction::Publish) {
        return Ok(());
    }
    let waited = items.iter().filter(|item| {
        let before = item.before.as_ref().and_then(|before| before.status);
        item.after.is_some() && before == Some(ListingStatus::InReview)
    });
    let waited: Vec<Uuid> = waited.map(|item| item.id).collect();
    let sql = "SELECT id AS property, version, coalesce(agent_id, created_by) AS owner, \
               $2::uuid AS by FROM properties WHERE id = ANY($1::uuid[]) ORDER BY id";
    for row in tx.query_all_raw(statement(sql, [waited.into(), by.into()])).await? {
        let decided = Decided::from_query_result(&row, "")?;
        letters::tell(tx, profile, decided, Decision::Published).await?;
    }
    Ok(())
}

async fn stand(
    tx: &DatabaseTransaction,
    ids: Vec<Uuid>,
    to: ListingStatus,
    by: Uuid,
) -> Result<()> {
    let sql = "UPDATE properties SET status = $2::text::listing_status, \
               is_published = $2::text = 'published', \
               published_at = CASE WHEN $2::text = 'published' THEN coalesce(published_at, now()) \
                  ELSE published_at END, \
               submitted_at = NULL, rejection_reason = NULL, updated_by = $3, version = version + 1 \
               WHERE id = ANY($1::uuid[])";
    tx.execute_raw(statement(sql, [ids.into(), to.name().into(), by.into()])).await?;
    Ok(())
}

async fn cost(tx: &DatabaseTransaction, items: &[&BulkItem], by: Uuid) -> Result<()> {
    let rows: Vec<_> =
        items.iter().map(|item| json!({"id": item.id, "prices": item.after})).collect();
    let rows = serde_json::to_string(&rows).map_err(Error::internal)?;
    let own = "UPDATE properties p SET updated_by = $2, version = p.version + 1, \
        rent_price = coalesce((n.prices ->> 'rent_price')::bigint, p.rent_price), \
        sale_price = coalesce((n.prices ->> 'sale_price')::bigint, p.sale_price), \
        lease_price = coalesce((n.prices ->> 'lease_price')::bigint, p.lease_price) \
        FROM jsonb_to_recordset($1::text::jsonb) AS n (id uuid, prices jsonb) WHERE p.id = n.id";
    tx.execute_raw(statement(own, [rows.clone().into(), by.into()])).await?;
    let rental = "UPDATE rental_details r SET \
        price_per_night = coalesce((n.prices ->> 'price_per_night')::bigint, r.price_per_night), \
        price_per_week = coalesce((n.prices ->> 'price_per_week')::bigint, r.price_per_week), \
        price_per_month = coalesce((n.prices ->> 'price_per_month')::bigint, r.price_per_month) \
        FROM jsonb_to_recordset($1::text::jsonb) AS n (id uuid, prices jsonb) \
        WHERE r.property_id = n.id AND n.prices ?| '{price_per_night,price_per_week,price_per_month}'";
    tx.execute_raw(statement(rental, [rows.into()])).await?;
    Ok(())
}

/// Who takes over is an active agent: said before anything is planned, and by the database under
/// lock when it is done.
///
/// # Errors
/// `422` where they are not.
pub(super) async fn check(tx: &DatabaseTransaction, action: &BulkAction) -> Result<()> {
    let BulkAction::Reassign(NewAgent { agent_id }) = action else {
        return Ok(());
    };
    #[derive(FromQueryResult)]
    struct Found {
        is_fit: bool,
    }
    let sql = "SELECT u.is_active AND u.deleted_at IS NULL AND u.closed_at IS NULL AND u.role <> 'user' AS is_fit \
               FROM agents a JOIN users u ON u.id = a.user_id WHERE a.user_id = $1";
    match tx.query_one_raw(statement(sql, [(*agent_id).into()])).await? {
        Some(row) if Found::from_query_result(&row, "")?.is_fit => Ok(()),
        Some(_) => Err(inactive()),
        None => {
            let at = "/action/reassign/agent_id";
            Err(Error::field(at, "unknown", "There is no such agent."))
        }
    }
}

fn inactive() -> Error {
    let at = "/action/reassign/agent_id";
    Error::field(at, "inactive", "This person is not an active agent.")
}
