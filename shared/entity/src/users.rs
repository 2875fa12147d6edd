//! People. `auth_subject` is the identity provider's user id.

use sea_orm::entity::prelude::*;

use crate::enums::UserRole;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub auth_subject: String,
    /// Unique without regard to case.
    pub email: Option<String>,
    pub display_name: Option<String>,
    pub phone: Option<String>,
    pub role: UserRole,
    /// What the provider says; none where it says nothing.
    pub auth_role: Option<UserRole>,
    /// Whether the brand gave the role: it stands until it is lifted.
    pub role_is_override: bool,
    pub locale: Option<String>,
    pub is_active: bool,
    #[sea_orm(column_type = "JsonBinary")]
    pub metadata: Json,
    /// The provider's clock: an older event never overwrites a newer one.
    pub auth_updated_at: Option<DateTimeUtc>,
    /// Tokens issued before this instant are refused.
    pub revoked_before: Option<DateTimeUtc>,
    /// Since when the provider has no such account; nobody signs in with it.
    pub closed_at: Option<DateTimeUtc>,
    pub deleted_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(has_one)]
    pub agent: HasOne<super::agents::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
