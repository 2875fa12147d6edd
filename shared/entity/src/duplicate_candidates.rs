//! Two listings that may be one: proposed by a job, decided by a person, never merged by themselves.

use sea_orm::entity::prelude::*;

use crate::enums::DuplicateState;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "duplicate_candidates")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The smaller id of the two.
    pub property_id: Uuid,
    pub other_id: Uuid,
    #[sea_orm(column_type = "JsonBinary")]
    pub reasons: Json,
    /// 1..100.
    pub score: i16,
    pub state: DuplicateState,
    pub decided_by: Option<Uuid>,
    pub decided_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, relation_enum = "Property", from = "property_id", to = "id")]
    pub property: BelongsTo<super::properties::Entity>,
    #[sea_orm(belongs_to, relation_enum = "Other", from = "other_id", to = "id")]
    pub other: BelongsTo<super::properties::Entity>,
    #[sea_orm(belongs_to, relation_enum = "DecidedByUser", from = "decided_by", to = "id")]
    pub decided_by_user: BelongsTo<Option<super::users::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
