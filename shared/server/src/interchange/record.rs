//! One listing as files carry it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    error::{Error, FieldError, Result},
    listings::{
        details::{BusinessDetails, InvestmentDetails, LeaseDetails, RentalDetails, SaleDetails},
        input::{Blocks, PropertyIn},
        model::{
            Amenities, ContactInfo, Currency, Image, LocationDetails, PhysicalSpecs, Policies,
            PropertyType, TransactionType,
        },
        translations::TranslationIn,
    },
};

/// A listing in our own format: the fields of `POST /properties`, its identity, its agent by
/// e-mail address, whether it is published, and its translations.
///
/// A record says everything about a listing's content: what it leaves out is empty. Only the
/// fields that are part of how a brand runs a listing (`slug`, `reference`,
/// `is_featured`, `listing_priority`, `is_published`, `agent`) stay as they are where a record leaves them out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Kept by a listing that is new; otherwise a listing is found by its external identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// Who named it `external_id`; the import's own source where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_source: Option<String>,
    /// What its source calls it. Text, because the numbers of some sources do not fit a double.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Address part of its page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// What is offered.
    pub transaction_type: TransactionType,
    /// What it is.
    pub property_type: PropertyType,
    /// Title in the brand's default language.
    pub title: String,
    /// Description in the brand's default language.
    #[serde(default)]
    pub description: String,
    /// Price of thirty nights or of a month, minor units.
    #[serde(default)]
    pub rent_price: Option<i64>,
    /// Price of a sale, a business or an investment, minor units.
    #[serde(default)]
    pub sale_price: Option<i64>,
    /// Price of a month of a lease, minor units.
    #[serde(default)]
    pub lease_price: Option<i64>,
    /// Of all prices; the brand's own where it is missing.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// Measures.
    #[serde(default)]
    pub physical_specs: PhysicalSpecs,
    /// Where it is.
    #[serde(default)]
    pub location_details: LocationDetails,
    /// Amenities by category.
    #[serde(default)]
    pub amenities: Amenities,
    /// House rules.
    #[serde(default)]
    pub policies: Policies,
    /// Whom to ask.
    #[serde(default)]
    pub contact_info: ContactInfo,
    /// The picture shown first.
    #[serde(default)]
    pub cover_image: Option<Image>,
    /// All other pictures, in order.
    #[serde(default)]
    pub images: Vec<Image>,
    /// Free words.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Shown as a highlight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_featured: Option<bool>,
    /// Higher comes first, 0..999.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listing_priority: Option<i16>,
    /// Whether everyone sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_published: Option<bool>,
    /// What its agent calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// E-mail address of the agent in charge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Texts by language, without the default one.
    #[serde(default)]
    pub translations: BTreeMap<String, TranslationIn>,
    /// For rent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rental_details: Option<RentalDetails>,
    /// For lease.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease_details: Option<LeaseDetails>,
    /// For sale.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sale_details: Option<SaleDetails>,
    /// For businesses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_details: Option<BusinessDetails>,
    /// For projects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub investment_details: Option<InvestmentDetails>,
}

impl Record {
    /// Leaves one way of saying how much land there is; what is wrong with it.
    pub(super) fn settle(&mut self) -> Vec<FieldError> {
        let plot = self.physical_specs.settle();
        let deed = self.sale_details.as_mut().map_or(Ok(()), SaleDetails::settle);
        [plot, deed].into_iter().filter_map(Result::err).flat_map(|error| error.fields).collect()
    }

    /// Brings what can be said in two ways into one form, so that records can be compared.
    pub(super) fn normalise(&mut self, currency: Currency) {
        self.currency.get_or_insert(currency);
        self.translations.retain(|_, texts| *texts != TranslationIn::default());
        self.lease_details.take_if(|block| {
            let LeaseDetails {
                min_term_months,
                max_term_months,
                deposit_months,
                advance_months,
                is_registered,
                renewal_note,
            } = block;
            [min_term_months, max_term_months, deposit_months, advance_months]
                .into_iter()
                .all(|value| value.is_none())
                && is_registered.is_none()
                && renewal_note.is_none()
        });
        self.sale_details.take_if(|block| {
            let SaleDetails {
                ownership_type,
                title_deed,
                land_sqm,
                land_thai,
                foreign_quota,
                foreign_quota_left_bps,
                transfer_fee_share,
            } = block;
            ownership_type.is_none()
                && title_deed.is_none()
                && land_sqm.is_none()
                && land_thai.is_none()
                && foreign_quota.is_none()
                && foreign_quota_left_bps.is_none()
                && transfer_fee_share.is_none()
        });
    }

    /// What the API would be sent: the rules of the one are the rules of the other.
    pub(super) fn as_input(&self) -> (PropertyIn, Blocks) {
        let record = self.clone();
        let blocks = Blocks {
            rental: record.rental_details.clone(),
            lease: record.lease_details.clone(),
            sale: record.sale_details.clone(),
            business: record.business_details.clone(),
            investment: record.investment_details.clone(),
        };
        let input = PropertyIn {
            slug: record.slug,
            title: record.title,
            description: record.description,
            transaction_type: record.transaction_type,
            property_type: record.property_type,
            rent_price: record.rent_price,
            sale_price: record.sale_price,
            lease_price: record.lease_price,
            currency: record.currency,
            physical_specs: record.physical_specs,
            location_details: record.location_details,
            amenities: record.amenities,
            policies: record.policies,
            contact_info: record.contact_info,
            cover_image: record.cover_image,
            images: record.images,
            tags: record.tags,
            is_featured: record.is_featured.unwrap_or_default(),
            listing_priority: record.listing_priority.unwrap_or_default(),
            agent_id: None,
            company_id: None,
            reference: record.reference,
            rental_details: record.rental_details,
            lease_details: record.lease_details,
            sale_details: record.sale_details,
            business_details: record.business_details,
            investment_details: record.investment_details,
        };
        (input, blocks)
    }

    /// SHA-256 of everything but the identity: the same hash is the same listing.
    pub(super) fn hash(&mut self) -> Result<String> {
        let identity = (self.id.take(), self.external_source.take(), self.external_id.take());
        let bytes = serde_json::to_vec(self).map_err(Error::internal)?;
        (self.id, self.external_source, self.external_id) = identity;
        Ok(hex_digest(&bytes))
    }

    /// Completes this record with what the listing is now, so that the two can be compared: its
    /// identity, and what a record may leave out.
    pub(super) fn complete(&mut self, current: &Self) {
        self.id = current.id;
        self.external_source.clone_from(&current.external_source);
        self.external_id.clone_from(&current.external_id);
        let or = |own: &mut Option<String>, current: &Option<String>| {
            if own.is_none() {
                own.clone_from(current);
            }
        };
        or(&mut self.slug, &current.slug);
        or(&mut self.agent, &current.agent);
        or(&mut self.reference, &current.reference);
        self.is_featured = self.is_featured.or(current.is_featured);
        self.listing_priority = self.listing_priority.or(current.listing_priority);
        self.is_published = self.is_published.or(current.is_published);
    }

    /// The price that counts.
    pub(super) fn price(&self) -> Option<i64> {
        match self.transaction_type {
            TransactionType::Rent => self.rent_price,
            TransactionType::Lease => self.lease_price,
            TransactionType::Sale | TransactionType::Business | TransactionType::Investment => {
                self.sale_price
            }
        }
    }

    /// This record on top of what the listing is now: what a format cannot say, or leaves empty,
    /// stays. `unsaid` are paths (`rental_details`, `instant_book`) that this format fills in
    /// without knowing.
    pub(super) fn on_top_of(&self, current: &Self, unsaid: &[&[&str]]) -> Result<Self> {
        let mut own = serde_json::to_value(self).map_err(Error::internal)?;
        for path in unsaid {
            remove(&mut own, path);
        }
        let mut whole = serde_json::to_value(current).map_err(Error::internal)?;
        overlay(&mut whole, own);
        serde_json::from_value(whole).map_err(Error::internal)
    }
}

fn remove(value: &mut Value, path: &[&str]) {
    match path {
        [] => {}
        [last] => {
            if let Value::Object(map) = value {
                map.remove(*last);
            }
        }
        [first, rest @ ..] => {
            if let Some(inner) = value.get_mut(*first) {
                remove(inner, rest);
            }
        }
    }
}

fn overlay(below: &mut Value, above: Value) {
    match above {
        Value::Object(above) => {
            if !below.is_object() {
                *below = Value::Object(serde_json::Map::new());
            }
            if let Value::Object(below) = below {
                for (key, value) in above {
                    overlay(below.entry(key).or_insert(Value::Null), value);
                }
            }
        }
        Value::Null => {}
        Value::String(text) if text.is_empty() => {}
        Value::Array(items) if items.is_empty() => {
            if below.is_null() {
                *below = Value::Array(items);
            }
        }
        value => *below = value,
    }
}

/// SHA-256 in hexadecimal.
pub(super) fn hex_digest(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
