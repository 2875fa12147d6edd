//! A favourite as its owner sees it.

use chrono::{DateTime, Utc};
use sea_orm::FromQueryResult;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::listings::output::PropertyItem;

/// Whether a listing is to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Offer {
    /// Everyone sees it.
    Available,
    /// No longer available.
    Gone,
}

/// A favourite.
#[derive(Debug, Serialize, ToSchema)]
pub struct FavouriteOut {
    /// The listing.
    pub property_id: Uuid,
    /// Whether it is to be had.
    pub state: Offer,
    /// Its title; of what is gone the one that it had when it was marked.
    pub title: String,
    /// Whether its owner wants to hear when it gets cheaper.
    pub notify_price_drop: bool,
    /// When it was marked.
    pub created_at: DateTime<Utc>,
    /// Its card, as in a list of listings; none where it is gone.
    pub property: Option<PropertyItem>,
}

/// A row, without its card.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Marked {
    pub(super) property_id: Uuid,
    pub(super) title: String,
    pub(super) notify_price_drop: bool,
    pub(super) created_at: DateTime<Utc>,
}

impl Marked {
    /// Its columns, of `favourites f`.
    pub(super) const COLUMNS: &str = "f.property_id, f.title, f.notify_price_drop, f.created_at";

    pub(super) fn with(self, card: Option<PropertyItem>) -> FavouriteOut {
        let Self { property_id, title, notify_price_drop, created_at } = self;
        FavouriteOut {
            property_id,
            state: if card.is_some() { Offer::Available } else { Offer::Gone },
            title: card.as_ref().map_or(title, |card| card.title.clone()),
            notify_price_drop,
            created_at,
            property: card,
        }
    }
}
