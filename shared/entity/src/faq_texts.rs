//! A question and its answer in one language.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "faq_texts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub document_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub locale: String,
    pub question: String,
    /// Markdown.
    pub answer: String,
    /// Other words by which people ask for it.
    pub tags: Vec<String>,
}

impl ActiveModelBehavior for ActiveModel {}
