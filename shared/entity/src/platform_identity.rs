//! The one row that says whose database this is.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "platform_identity")]
pub struct Model {
    /// Always true: the key that keeps it to one row.
    #[sea_orm(primary_key, auto_increment = false)]
    pub singleton: bool,
    pub product_id: String,
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
