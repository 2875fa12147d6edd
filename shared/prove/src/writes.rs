//! Writes under proof: what is sent, and what must be there when it was acknowledged.

use std::collections::HashMap;

use serde_json::json;

use crate::{
    http::Ask,
    stage::Brand,
    world::{self, Wish},
};

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// Listings by one agent.
    Listings,
    /// Bookings, each by a guest of its own.
    Bookings,
}

/// A write: what to send, and how it is found again.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    /// Stands in what it makes, and is its key.
    pub(crate) mark: String,
    /// What is sent, key included.
    pub(crate) ask: Ask,
}

impl Subject {
    /// So many writes that do not concern each other.
    pub(crate) async fn writes(self, brand: &Brand, count: usize) -> anyhow::Result<Vec<Write>> {
        let marks = (0..count).map(|nth| format!("mark-{nth:06}"));
        match self {
            Self::Listings => Ok(marks
                .map(|mark| {
                    let ask = Ask::post("/api/v1/properties", &listing(&mark));
                    Write { ask: ask.by(&brand.agent).keyed(mark.clone()), mark }
                })
                .collect()),
            Self::Bookings => {
                let wishes = world::wishes(brand, "mark", count).await?;
                let asks = world::bookings(brand, &wishes).await?;
                let write = |(wish, ask): (Wish, Ask)| Write { mark: wish.mark, ask };
                Ok(wishes.into_iter().zip(asks).map(write).collect())
            }
        }
    }

    /// How often each mark is there.
    pub(crate) async fn present(self, brand: &Brand) -> anyhow::Result<HashMap<String, i64>> {
        let sql = match self {
            Self::Listings => "SELECT title, count(*) FROM properties GROUP BY 1",
            Self::Bookings => "SELECT guest_note, count(*) FROM bookings GROUP BY 1",
        };
        Ok(brand.rows(sql).await?.into_iter().collect())
    }

    /// How many were made by half.
    pub(crate) async fn halves(self, brand: &Brand) -> anyhow::Result<i64> {
        let sql = match self {
            Self::Listings => {
                "SELECT count(*) FROM properties p WHERE NOT EXISTS \
                 (SELECT FROM rental_details r WHERE r.property_id = p.id)"
            }
            // A booking without its dates or without its history; dates of no booking.
            Self::Bookings => {
                "SELECT (SELECT count(*) FROM bookings b WHERE b.hold_expires_at > now() AND \
                    (NOT EXISTS (SELECT FROM stays s WHERE s.booking_id = b.id) \
                     OR NOT EXISTS (SELECT FROM booking_events e WHERE e.booking_id = b.id))) \
                 + (SELECT count(*) FROM stays WHERE booking_id IS NULL)"
            }
        };
        brand.number(sql).await
    }
}

/// A villa by the night that everyone may book at once.
pub(crate) fn listing(title: &str) -> serde_json::Value {
    json!({
        "title": title,
        "description": "Quiet, bright, close to the beach.",
        "transaction_type": "rent",
        "property_type": "villa",
        "rent_price": 9_500_000,
        "physical_specs": {"bedrooms": 3, "bathrooms": 2.5, "area_sqm": 180.0},
        "location_details": {"country": "TH", "province": "Phuket", "district": "Mueang Phuket",
            "lat": 7.78, "lng": 98.32},
        "contact_info": {"name": "Somchai", "email": "somchai@example.com"},
        "cover_image": {"url": "/assets/listings/sea.svg", "alt": {"en": "The sea"}, "width": 1200, "height": 800},
        "rental_details": {"price_per_night": 420_000, "cleaning_fee": 150_000, "min_nights": 1,
            "max_nights": 180, "max_guests": 6, "instant_book": true, "cancellation_policy": "moderate"},
    })
}
