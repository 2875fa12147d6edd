//! What takes something off the rent of a stay.

use sea_orm::entity::prelude::*;

use crate::enums::Currency;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "coupons")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// In capitals.
    pub code: String,
    /// The only listing that it is for.
    pub property_id: Option<Uuid>,
    pub percent_bps: Option<i32>,
    /// Smallest unit of `currency`.
    pub amount: Option<i64>,
    pub currency: Option<Currency>,
    /// Days of booking, the last one included.
    pub valid_from: Option<Date>,
    pub valid_until: Option<Date>,
    pub min_nights: i32,
    pub max_uses: Option<i32>,
    pub is_active: bool,
    pub note: Option<String>,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
