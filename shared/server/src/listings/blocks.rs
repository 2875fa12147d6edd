//! The five tables of details, as data: what reads and writes them is made of this one list.

use std::fmt::Write;

use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::{input::Details, model::TransactionType};
use crate::{
    db::statement,
    error::{Error, Result},
};

/// A table of details: 1:1 with a listing of one transaction type.
pub(crate) struct Block {
    pub(crate) transaction: TransactionType,
    pub(crate) table: &'static str,
    /// Columns, named as their fields on the wire.
    pub(super) columns: &'static [&'static str],
}

/// All five, in the order of their transaction types.
pub(crate) const BLOCKS: [Block; 5] = [
    Block {
        transaction: TransactionType::Rent,
        table: "rental_details",
        columns: &[
            "price_per_night",
            "price_per_week",
            "price_per_month",
            "cleaning_fee",
            "deposit",
            "min_nights",
            "max_nights",
            "max_guests",
            "check_in_time",
            "check_out_time",
            "instant_book",
            "cancellation_policy",
        ],
    },
    Block {
        transaction: TransactionType::Sale,
        table: "sale_details",
        columns: &[
            "ownership_type",
            "title_deed",
            "land_sqm",
            "foreign_quota",
            "foreign_quota_left_bps",
            "transfer_fee_share",
        ],
    },
    Block {
        transaction: TransactionType::Lease,
        table: "lease_details",
        columns: &[
            "min_term_months",
            "max_term_months",
            "deposit_months",
            "advance_months",
            "is_registered",
            "renewal_note",
        ],
    },
    Block {
        transaction: TransactionType::Business,
        table: "business_details",
        columns: &[
            "business_type",
            "annual_revenue",
            "annual_profit",
            "staff",
            "lease_remaining_months",
            "assets_included",
            "reason_for_sale",
        ],
    },
    Block {
        transaction: TransactionType::Investment,
        table: "investment_details",
        columns: &[
            "stage",
            "developer",
            "target_amount",
            "min_ticket",
            "expected_yield_bps",
            "completion_on",
        ],
    },
];

impl Block {
    /// Writes the rows of a query that yields `property_id` and `details jsonb`.
    pub(crate) fn upsert(&self, rows: &str) -> String {
        let Self { table, columns, .. } = self;
        let taken: Vec<_> = columns.iter().map(|column| format!("d.{column}")).collect();
        let replaced: Vec<_> =
            columns.iter().map(|column| format!("{column} = excluded.{column}")).collect();
        format!(
            "INSERT INTO {table} (property_id, {}) SELECT n.property_id, {} FROM ({rows}) n \
             CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, n.details) d \
             ON CONFLICT (property_id) DO UPDATE SET {}",
            columns.join(", "),
            taken.join(", "),
            replaced.join(", ")
        )
    }
}

/// The details of a listing `p` as JSON text; only the block of its own kind is looked up.
pub(crate) fn select() -> String {
    let mut sql = String::from("CASE p.transaction_type");
    for Block { transaction, table, columns } in &BLOCKS {
        let fields: Vec<_> = columns.iter().map(|column| field(column)).collect();
        // Writing to a String cannot fail.
        let _ = write!(
            sql,
            " WHEN '{}' THEN (SELECT jsonb_build_object({})::text FROM {table} d \
             WHERE d.property_id = p.id)",
            transaction.name(),
            fields.join(", ")
        );
    }
    sql.push_str(" END");
    sql
}

/// Times of day go out as people write them.
fn field(column: &str) -> String {
    if column.ends_with("_time") {
        format!("'{column}', left(d.{column}::text, 5)")
    } else {
        format!("'{column}', d.{column}")
    }
}

/// Stores the details of one listing, whole.
///
/// # Errors
/// Those of the database.
pub(super) async fn store(tx: &DatabaseTransaction, id: Uuid, details: &Details) -> Result<()> {
    let (transaction, json) = match details {
        Details::Rental(details) => (TransactionType::Rent, serde_json::to_value(details)),
        Details::Sale(details) => (TransactionType::Sale, serde_json::to_value(details)),
        Details::Lease(details) => (TransactionType::Lease, serde_json::to_value(details)),
        Details::Business(details) => (TransactionType::Business, serde_json::to_value(details)),
        Details::Investment(details) => {
            (TransactionType::Investment, serde_json::to_value(details))
        }
    };
    let json = json.map_err(Error::internal)?;
    for block in BLOCKS.iter().filter(|block| block.transaction == transaction) {
        let sql = block.upsert("SELECT $1::uuid AS property_id, $2::jsonb AS details");
        tx.execute_raw(statement(sql, [id.into(), json.clone().into()])).await?;
    }
    Ok(())
}
