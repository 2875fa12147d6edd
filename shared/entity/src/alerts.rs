//! What was found for somebody. Under row-level security.

use sea_orm::entity::prelude::*;

use crate::enums::{AlertKind, Currency, NotifyFrequency};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "alerts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Option<Uuid>,
    pub visitor_id: Option<Uuid>,
    /// Generated: whichever of the two is there.
    pub owner_id: Uuid,
    pub saved_search_id: Option<Uuid>,
    /// Generated: the search, or zeros for a favourite.
    pub source_id: Uuid,
    pub property_id: Uuid,
    pub kind: AlertKind,
    pub price: i64,
    pub old_price: Option<i64>,
    pub currency: Currency,
    /// Generated: the price of a drop, 0 of a match.
    pub told_price: i64,
    pub deliver: NotifyFrequency,
    pub sent_at: Option<DateTimeUtc>,
    pub read_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
