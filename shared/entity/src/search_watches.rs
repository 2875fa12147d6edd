//! Where a changed listing looks for the saved searches that may match it.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_watches")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub saved_search_id: Uuid,
    pub price_min: i64,
    pub price_max: i64,
}

impl ActiveModelBehavior for ActiveModel {}
