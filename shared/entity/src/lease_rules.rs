//! What the law allows in contracts for stays of a month or longer, with its source and the time
//! for which it holds.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lease_rules")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// deposit_months, advance_months, upfront_months, notice_days or deposit_return_days.
    pub term: String,
    /// The most that may be asked for.
    pub most: i32,
    /// For who lets so many homes or more.
    pub min_units: i32,
    pub except_property_types: Vec<String>,
    /// Locale to text.
    #[sea_orm(column_type = "JsonBinary")]
    pub reason: Json,
    /// Locale to citation.
    #[sea_orm(column_type = "JsonBinary")]
    pub source: Json,
    pub valid_from: Date,
    pub valid_to: Option<Date>,
    /// False: not compared with the text of the law itself.
    pub is_certain: bool,
    pub checked_on: Date,
    pub sort_order: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
