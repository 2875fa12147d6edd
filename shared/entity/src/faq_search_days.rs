//! Questions that were asked on a day, and how many found no answer.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "faq_search_days")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: Date,
    #[sea_orm(primary_key, auto_increment = false)]
    pub locale: String,
    pub searches: i32,
    pub no_answer: i32,
}

impl ActiveModelBehavior for ActiveModel {}
