//! The statements.

use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, QuerySelect,
};
use terrace_entity::coupons;
use uuid::Uuid;

use super::model::{CouponIn, CouponOut, CouponPatch, in_order};
use crate::{
    db::statement,
    error::{Code, Error, Result},
    http::etag,
    listings::filters::Conditions,
};

const SELECT: &str = "SELECT c.id, c.code, c.property_id, c.percent_bps, c.amount, c.currency::text AS currency, \
      c.valid_from, c.valid_until, c.min_nights, c.max_uses, \
      (SELECT count(*) FROM coupon_uses u WHERE u.coupon_id = c.id) AS uses, \
      c.is_active, c.note, c.version, c.created_at, c.updated_at FROM coupons c";

/// Coupons by code, after one.
pub(super) fn page(conditions: Conditions, limit: u64) -> (String, Vec<sea_orm::Value>) {
    let filter = match conditions.sql() {
        "" => String::new(),
        sql => format!(" WHERE {sql}"),
    };
    let sql = format!("{SELECT}{filter} ORDER BY c.code LIMIT {limit}");
    (sql, conditions.into_values())
}

pub(super) async fn get(tx: &DatabaseTransaction, id: Uuid) -> Result<CouponOut> {
    let sql = format!("{SELECT} WHERE c.id = $1");
    let row = tx.query_one_raw(statement(sql, [id.into()])).await?;
    let row = row.ok_or_else(|| Error::not_found("coupon"))?;
    Ok(CouponOut::from_query_result(&row, "")?)
}

pub(super) async fn insert(tx: &DatabaseTransaction, input: CouponIn) -> Result<CouponOut> {
    let id = Uuid::now_v7();
    let CouponIn {
        code,
        property_id,
        percent_bps,
        amount,
        currency,
        valid_from,
        valid_until,
        min_nights,
        max_uses,
        is_active,
        note,
    } = input;
    let row = coupons::ActiveModel {
        id: Set(id),
        code: Set(code.trim().to_ascii_uppercase()),
        property_id: Set(property_id),
        percent_bps: Set(percent_bps),
        amount: Set(amount),
        currency: Set(currency.map(Into::into)),
        valid_from: Set(valid_from),
        valid_until: Set(valid_until),
        min_nights: Set(min_nights),
        max_uses: Set(max_uses),
        is_active: Set(is_active),
        note: Set(note),
        ..Default::default()
    };
    coupons::Entity::insert(row).exec_without_returning(tx).await.map_err(|error| {
        Error::from(error)
            .on_constraint("coupons_code_key", || {
                let detail = "There is a coupon of this code.";
                let mut error = Error::new(Code::Conflict).with_detail(detail);
                error.fields.push(crate::error::FieldError::new("/code", "taken", detail));
                error
            })
            .on_constraint("coupons_property_id_fkey", || {
                Error::field("/property_id", "unknown", "There is no such listing.")
            })
    })?;
    get(tx, id).await
}

pub(super) async fn change(
    tx: &DatabaseTransaction,
    id: Uuid,
    seen: i32,
    patch: CouponPatch,
) -> Result<CouponOut> {
    let row = lock(tx, id, seen).await?;
    let CouponPatch { valid_from, valid_until, min_nights, max_uses, is_active, note } = patch;
    in_order(valid_from.unwrap_or(row.valid_from), valid_until.unwrap_or(row.valid_until))?;
    let change = coupons::ActiveModel {
        valid_from: valid_from.map_or(NotSet, Set),
        valid_until: valid_until.map_or(NotSet, Set),
        min_nights: min_nights.map_or(NotSet, Set),
        max_uses: max_uses.map_or(NotSet, Set),
        is_active: is_active.map_or(NotSet, Set),
        note: note.map_or(NotSet, Set),
        version: Set(row.version + 1),
        ..row.into()
    };
    change.update(tx).await?;
    get(tx, id).await
}

pub(super) async fn delete(tx: &DatabaseTransaction, id: Uuid, seen: i32) -> Result<()> {
    lock(tx, id, seen).await?;
    coupons::Entity::delete_by_id(id).exec(tx).await.map_err(|error| {
        let error = Error::from(error);
        match error.code {
            Code::InUse => Error::new(Code::InUse).with_detail(
                "Prices were given with it. Switch it off instead: is_active = false.",
            ),
            _ => error,
        }
    })?;
    Ok(())
}

async fn lock(tx: &DatabaseTransaction, id: Uuid, seen: i32) -> Result<coupons::Model> {
    let row = coupons::Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    let row = row.ok_or_else(|| Error::not_found("coupon"))?;
    if row.version == seen { Ok(row) } else { Err(etag::stale()) }
}
