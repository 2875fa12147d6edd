//! Who changed what. Written by triggers only; the application may read it.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_log")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub at: DateTimeUtc,
    /// The acting user's id; not a foreign key, the row outlives the person.
    pub actor: Option<Uuid>,
    pub request_id: Option<String>,
    pub table_name: String,
    /// The changed row's key; parts of a composite key are joined by `/`.
    pub row_id: String,
    /// `insert`, `update` or `delete`.
    pub action: String,
    /// The changed columns as they were; personal values and secrets read `[redacted]`.
    #[sea_orm(column_type = "JsonBinary")]
    pub before: Option<Json>,
    /// The changed columns as they are; the whole row for an insert.
    #[sea_orm(column_type = "JsonBinary")]
    pub after: Option<Json>,
}

impl ActiveModelBehavior for ActiveModel {}
