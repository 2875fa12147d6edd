//! Listings that the API accepts, to start from.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Caller, Reply};

/// A listing that a test has made.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Id.
    pub id: Uuid,
    /// Address part of its page.
    pub slug: String,
    /// The tag of its latest version that the test has seen.
    pub etag: String,
    /// As the API last answered it.
    pub json: Value,
}

impl Listing {
    /// The listing in an answer.
    ///
    /// # Panics
    /// Where the answer is none.
    #[must_use]
    #[track_caller]
    pub fn of(reply: &Reply) -> Self {
        let id = reply.text_at("/id").parse().expect("an id");
        Self { id, slug: reply.text_at("/slug"), etag: reply.etag(), json: reply.json() }
    }

    /// Its address.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/api/v1/properties/{}", self.id)
    }

    /// An address below it.
    #[must_use]
    pub fn at(&self, rest: &str) -> String {
        format!("{}/{rest}", self.path())
    }
}

impl Caller {
    /// Makes a listing, a draft.
    ///
    /// # Panics
    /// Where it is refused.
    pub async fn create(&self, body: Value) -> Listing {
        Listing::of(&self.post("/api/v1/properties", body).await.expect(201))
    }

    /// Publishes a listing.
    ///
    /// # Panics
    /// Where it is refused.
    pub async fn publish(&self, listing: &Listing) -> Listing {
        let call = self.post_empty(&listing.at("publish")).if_match(&listing.etag);
        Listing::of(&call.await.expect(200))
    }

    /// Makes a listing that everyone sees.
    ///
    /// # Panics
    /// Where it is refused.
    pub async fn create_published(&self, body: Value) -> Listing {
        let draft = self.create(body).await;
        self.publish(&draft).await
    }
}

/// A villa by the night.
#[must_use]
pub fn rent() -> Value {
    let mut body = common("rent", "villa");
    body["rent_price"] = json!(9_500_000);
    body["rental_details"] = json!({
        "price_per_night": 420_000, "price_per_month": 9_500_000, "cleaning_fee": 150_000,
        "deposit": 2_000_000, "min_nights": 2, "max_nights": 180, "max_guests": 6,
        "check_in_time": "15:00", "check_out_time": "11:00", "instant_book": true,
        "cancellation_policy": "moderate",
    });
    body
}

/// A condominium unit for sale.
#[must_use]
pub fn sale() -> Value {
    let mut body = common("sale", "condo");
    body["sale_price"] = json!(890_000_000);
    body["sale_details"] = json!({
        "ownership_type": "freehold", "title_deed": "condominium", "foreign_quota": true,
        "transfer_fee_share": "split",
    });
    body
}

/// A townhouse on a lease.
#[must_use]
pub fn lease() -> Value {
    let mut body = common("lease", "townhouse");
    body["lease_price"] = json!(4_500_000);
    body["lease_details"] = json!({"min_term_months": 12, "max_term_months": 36, "deposit_months": 2, "advance_months": 1});
    body
}

/// A restaurant that changes hands.
#[must_use]
pub fn business() -> Value {
    let mut body = common("business", "retail");
    body["sale_price"] = json!(350_000_000);
    body["business_details"] = json!({
        "business_type": "restaurant", "annual_revenue": 1_200_000_000_i64, "annual_profit": -5_000_000,
        "staff": 12, "lease_remaining_months": 30, "assets_included": ["kitchen"],
        "reason_for_sale": "Retirement",
    });
    body
}

/// A share in a development.
#[must_use]
pub fn investment() -> Value {
    let mut body = common("investment", "project");
    body["sale_price"] = json!(500_000_000);
    body["investment_details"] = json!({
        "stage": "construction", "developer": "Sathira Development", "target_amount": 90_000_000_000_i64,
        "min_ticket": 100_000_000, "expected_yield_bps": 650, "completion_on": "2027-06-30",
    });
    body
}

/// The builder of a transaction type.
///
/// # Panics
/// For a type that there is not.
#[must_use]
pub fn of_type(transaction_type: &str) -> Value {
    match transaction_type {
        "rent" => rent(),
        "sale" => sale(),
        "lease" => lease(),
        "business" => business(),
        "investment" => investment(),
        other => panic!("no such transaction type: {other}"),
    }
}

/// A body with other fields: each replaces one whole, and null takes it away.
///
/// # Panics
/// Where either is no object.
#[must_use]
#[track_caller]
pub fn with(mut body: Value, fields: Value) -> Value {
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    let object = body.as_object_mut().expect("a listing is an object");
    for (name, value) in fields {
        if value.is_null() {
            object.remove(&name);
        } else {
            object.insert(name, value);
        }
    }
    body
}

fn common(transaction_type: &str, property_type: &str) -> Value {
    json!({
        "title": "Sea view home in Rawai",
        "description": "Quiet, bright, close to the beach.",
        "transaction_type": transaction_type,
        "property_type": property_type,
        "physical_specs": {"bedrooms": 3, "bathrooms": 2.5, "area_sqm": 180.0, "floors": 2,
            "year_built": 2019, "furnished": "fully", "parking": 2},
        "location_details": {"country": "TH", "province": "Phuket", "district": "Mueang Phuket",
            "subdistrict": "Rawai", "address": "12 Soi Saiyuan", "postcode": "83130",
            "lat": 7.78, "lng": 98.32},
        "amenities": {"interior": ["wifi", "air_conditioning"], "exterior": ["private_pool"]},
        "policies": {"pets_allowed": false, "quiet_hours": "22:00-07:00"},
        "contact_info": {"name": "Somchai", "email": "somchai@example.com"},
        "cover_image": {"url": "/assets/listings/sea.svg", "alt": {"en": "The sea"}, "width": 1200, "height": 800},
        "tags": ["beachfront", "quiet"],
    })
}
