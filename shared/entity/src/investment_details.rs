//! Details of an `investment` listing. Money in the smallest unit of the property's currency.

use sea_orm::entity::prelude::*;

use crate::enums::InvestmentStage;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "investment_details")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub property_id: Uuid,
    pub stage: InvestmentStage,
    pub developer: Option<String>,
    pub target_amount: Option<i64>,
    pub min_ticket: Option<i64>,
    /// Hundredths of a percent a year.
    pub expected_yield_bps: Option<i32>,
    pub completion_on: Option<Date>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, relation_enum = "Property", from = "property_id", to = "id")]
    pub property: BelongsTo<super::properties::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
