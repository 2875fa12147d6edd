//! What was asked. Under row-level security.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_history")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub at: DateTimeUtc,
    pub user_id: Option<Uuid>,
    pub kind: String,
    pub query: Option<String>,
    pub normalised: Option<String>,
    pub locale: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub filters: Json,
    #[sea_orm(column_type = "JsonBinary")]
    pub chips: Json,
    pub total: i32,
    pub total_is_exact: bool,
    pub took_ms: i32,
    pub degraded: bool,
    pub is_repeat: bool,
    #[sea_orm(belongs_to, relation_enum = "User", from = "user_id", to = "id")]
    pub user: BelongsTo<Option<super::users::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
