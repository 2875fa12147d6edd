//! Details of a `rent` listing. Money in the smallest unit of the property's currency.

use sea_orm::entity::prelude::*;

use crate::enums::CancellationPolicy;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rental_details")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub property_id: Uuid,
    pub price_per_night: Option<i64>,
    pub price_per_week: Option<i64>,
    pub price_per_month: Option<i64>,
    pub cleaning_fee: Option<i64>,
    pub deposit: Option<i64>,
    pub min_nights: i32,
    pub max_nights: Option<i32>,
    pub max_guests: Option<i32>,
    pub check_in_time: Option<Time>,
    pub check_out_time: Option<Time>,
    pub instant_book: bool,
    pub cancellation_policy: Option<CancellationPolicy>,
    /// ISO weekdays (1 = Monday) on which a guest may arrive; empty means any.
    pub arrival_days: Vec<i16>,
    /// ISO weekdays on which a guest may leave; empty means any.
    pub departure_days: Vec<i16>,
    /// Whole days between the day of booking and the day of arrival.
    pub notice_days: i32,
    /// From this time of the day on, the notice is a day longer.
    pub notice_until: Option<Time>,
    /// How many days ahead nights are let.
    pub window_days: Option<i32>,
    /// Days after a stay in which nobody sleeps there.
    pub preparation_days: i16,
    /// Of stays of a month or longer: whole days between giving notice and leaving.
    pub ending_notice_days: i32,
    /// Of the same: days after leaving in which the deposit is given back.
    pub deposit_return_days: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, relation_enum = "Property", from = "property_id", to = "id")]
    pub property: BelongsTo<super::properties::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
