//! Prices that were offered: inputs, rules and every line, immutable. Holds no person.

use sea_orm::entity::prelude::*;

use crate::enums::Currency;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "quotes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub property_id: Uuid,
    pub check_in: Date,
    pub check_out: Date,
    pub guests: i32,
    #[sea_orm(column_type = "JsonBinary")]
    pub inputs: Json,
    /// The rules as they were, with their versions.
    #[sea_orm(column_type = "JsonBinary")]
    pub rules: Json,
    #[sea_orm(column_type = "JsonBinary")]
    pub lines: Json,
    /// Smallest unit of `currency`.
    pub total: i64,
    pub currency: Currency,
    /// SHA-256 over inputs, rules and lines, 32 bytes.
    pub hash: Vec<u8>,
    pub valid_until: DateTimeUtc,
    pub created_at: DateTimeUtc,
    pub coupon_id: Option<Uuid>,
    /// The quote but for its lines.
    #[sea_orm(column_type = "JsonBinary")]
    pub outcome: Json,
    #[sea_orm(belongs_to, relation_enum = "Property", from = "property_id", to = "id")]
    pub property: BelongsTo<super::properties::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
