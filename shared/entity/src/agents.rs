//! Agents: the public profile of a user who lists properties. Keyed by the user: an agent's id is the
//! user's id.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agents")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    pub company_id: Option<Uuid>,
    pub bio: String,
    /// Locales the agent speaks, for instance `th`.
    pub languages: Vec<String>,
    pub licence_number: Option<String>,
    pub line_id: Option<String>,
    /// `{url, alt, width, height}`.
    #[sea_orm(column_type = "JsonBinary")]
    pub photo: Option<Json>,
    pub is_verified: bool,
    /// The account's, for all to see; kept by a trigger.
    pub display_name: Option<String>,
    /// Works for the brand now; kept by a trigger.
    pub is_listed: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, relation_enum = "Company", from = "company_id", to = "id")]
    pub company: BelongsTo<Option<super::companies::Entity>>,
    #[sea_orm(belongs_to, relation_enum = "User", from = "user_id", to = "id")]
    pub user: BelongsTo<super::users::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
