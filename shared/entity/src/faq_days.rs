//! What became of a document on a day.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "faq_days")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub document_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: Date,
    /// Came first in an answer that was given with confidence.
    pub matched: i32,
    pub viewed: i32,
    pub helpful: i32,
    pub unhelpful: i32,
}

impl ActiveModelBehavior for ActiveModel {}
