//! Public holidays of countries.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "holidays")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Char(Some(2))")]
    pub country: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: Date,
    /// fixed, lunar, substitute or special.
    pub kind: String,
    /// Locale to name.
    #[sea_orm(column_type = "JsonBinary")]
    pub name: Json,
    /// False: reckoned ahead, not yet announced.
    pub is_certain: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
