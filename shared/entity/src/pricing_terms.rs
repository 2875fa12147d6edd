//! What the price of a stay depends on besides the prices. Money in the smallest unit of the
//! property's currency.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pricing_terms")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub property_id: Uuid,
    pub weekend_price_per_night: Option<i64>,
    /// ISO weekdays (1 = Monday).
    pub weekend_nights: Vec<i16>,
    pub included_guests: Option<i32>,
    /// A night, for each guest beyond them.
    pub extra_guest_fee: Option<i64>,
    pub holiday_surcharge_bps: i32,
    pub deposit_months: Option<i32>,
    pub advance_months: Option<i32>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, relation_enum = "Property", from = "property_id", to = "id")]
    pub property: BelongsTo<super::properties::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
