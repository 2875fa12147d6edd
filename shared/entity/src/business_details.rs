//! Details of a `business` listing. Money in the smallest unit of the property's currency.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "business_details")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub property_id: Uuid,
    pub business_type: String,
    pub annual_revenue: Option<i64>,
    /// Negative for a loss.
    pub annual_profit: Option<i64>,
    pub staff: Option<i32>,
    pub lease_remaining_months: Option<i32>,
    pub assets_included: Vec<String>,
    pub reason_for_sale: Option<String>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, relation_enum = "Property", from = "property_id", to = "id")]
    pub property: BelongsTo<super::properties::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
