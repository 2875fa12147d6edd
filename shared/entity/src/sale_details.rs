//! Details of a `sale` listing.

use sea_orm::entity::prelude::*;

use crate::enums::{FeeShare, OwnershipType, TitleDeed};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sale_details")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub property_id: Uuid,
    pub ownership_type: Option<OwnershipType>,
    pub title_deed: Option<TitleDeed>,
    pub land_sqm: Option<f64>,
    pub foreign_quota: Option<bool>,
    pub transfer_fee_share: Option<FeeShare>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// Hundredths of a percent of the building's floor area.
    pub foreign_quota_left_bps: Option<i32>,
    #[sea_orm(belongs_to, relation_enum = "Property", from = "property_id", to = "id")]
    pub property: BelongsTo<super::properties::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
