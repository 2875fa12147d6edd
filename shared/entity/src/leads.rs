//! Enquiries. Under row-level security: an anonymous visitor may insert one but not see it, so insert
//! without `RETURNING` (`exec_without_returning`).

use sea_orm::entity::prelude::*;

use crate::enums::LeadStatus;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "leads")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Empty for a general enquiry.
    pub property_id: Option<Uuid>,
    pub user_id: Option<Uuid>,
    pub assigned_agent_id: Option<Uuid>,
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub line_id: Option<String>,
    pub message: String,
    pub locale: Option<String>,
    pub source: String,
    pub status: LeadStatus,
    /// What people are told and quote.
    pub reference: String,
    /// `enquiry` or `viewing`.
    pub kind: String,
    pub wished_times: Vec<DateTimeUtc>,
    pub lost_reason: Option<String>,
    /// Generated: the same person, however they spell their address.
    pub email_key: Option<String>,
    /// The telephone number in E.164 form, where it has one.
    pub phone_key: Option<String>,
    /// Optimistic lock: rises with every change, history and tasks included.
    pub version: i32,
    #[sea_orm(column_type = "JsonBinary")]
    pub metadata: Json,
    /// When the personal columns were blanked.
    pub erased_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, relation_enum = "AssignedAgent", from = "assigned_agent_id", to = "id")]
    pub assigned_agent: BelongsTo<Option<super::users::Entity>>,
    #[sea_orm(belongs_to, relation_enum = "Property", from = "property_id", to = "id")]
    pub property: BelongsTo<Option<super::properties::Entity>>,
    #[sea_orm(belongs_to, relation_enum = "User", from = "user_id", to = "id")]
    pub user: BelongsTo<Option<super::users::Entity>>,
    #[sea_orm(has_many)]
    pub events: HasMany<super::lead_events::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
