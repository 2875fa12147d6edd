//! A question that no document answers.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "faq_gaps")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub locale: String,
    /// The stems of its words, by which it is known again.
    pub words: String,
    /// As somebody asked it last.
    pub question: String,
    pub asked: i32,
    pub first_at: DateTimeUtc,
    pub last_at: DateTimeUtc,
    /// What answers it now.
    pub document_id: Option<Uuid>,
    pub dismissed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
