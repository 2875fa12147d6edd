//! Seasonal prices of a property; no two overlap.

use sea_orm::entity::prelude::*;

use crate::DateRange;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rates")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub property_id: Uuid,
    pub label: Option<String>,
    #[sea_orm(column_type = "custom(\"daterange\")", select_as = "text", save_as = "daterange")]
    pub during: DateRange,
    /// Smallest unit of the property's currency.
    pub price_per_night: i64,
    pub min_nights: i32,
    /// ISO weekdays (1 = Monday) on which a guest may arrive; empty means any.
    pub arrival_days: Vec<i16>,
    pub notice_days: i32,
    /// A night of the weekend, where it differs.
    pub weekend_price_per_night: Option<i64>,
    pub price_per_week: Option<i64>,
    pub price_per_month: Option<i64>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, relation_enum = "Property", from = "property_id", to = "id")]
    pub property: BelongsTo<super::properties::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
