//! What was agreed on for a stay of a month or longer, and who ends it.

use sea_orm::entity::prelude::*;

use crate::enums::TenancyParty;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tenancies")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub booking_id: Uuid,
    /// Whole days between giving notice and leaving.
    pub notice_days: i32,
    /// Days after leaving in which the deposit is given back.
    pub deposit_return_days: i32,
    pub notice_by: Option<TenancyParty>,
    pub notice_at: Option<DateTimeUtc>,
    /// The day of leaving.
    pub ends_on: Option<Date>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, relation_enum = "Booking", from = "booking_id", to = "id")]
    pub booking: BelongsTo<super::bookings::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
