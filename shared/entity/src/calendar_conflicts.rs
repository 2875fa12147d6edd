//! Imported events that overlap a stay: shown to the agent, never dropped.

use sea_orm::entity::prelude::*;

use crate::DateRange;
use crate::enums::StayKind;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_conflicts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub calendar_id: Uuid,
    pub property_id: Uuid,
    pub stay_id: Option<Uuid>,
    pub external_uid: String,
    #[sea_orm(column_type = "custom(\"daterange\")", select_as = "text", save_as = "daterange")]
    pub during: DateRange,
    pub resolved_at: Option<DateTimeUtc>,
    pub resolved_by: Option<Uuid>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// The stay of ours, as it was when this was found; it may be gone.
    pub own_id: Uuid,
    pub own_kind: StayKind,
    #[sea_orm(column_type = "custom(\"daterange\")", select_as = "text", save_as = "daterange")]
    pub own_during: DateRange,
    pub resolution: Option<String>,
    #[sea_orm(belongs_to, relation_enum = "Calendar", from = "calendar_id", to = "id")]
    pub calendar: BelongsTo<super::calendars::Entity>,
    #[sea_orm(belongs_to, relation_enum = "Property", from = "property_id", to = "id")]
    pub property: BelongsTo<super::properties::Entity>,
    #[sea_orm(belongs_to, relation_enum = "ResolvedByUser", from = "resolved_by", to = "id")]
    pub resolved_by_user: BelongsTo<Option<super::users::Entity>>,
    #[sea_orm(belongs_to, relation_enum = "Stay", from = "stay_id", to = "id")]
    pub stay: BelongsTo<Option<super::stays::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
