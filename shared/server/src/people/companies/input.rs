//! What admins say of an agency.

use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    listings::{
        input::{not_blank, slug_form},
        model::{Image, LocationDetails},
    },
    people::present,
};

/// A new agency.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompanyIn {
    /// Address part of its page; made of the name where it is missing.
    #[garde(inner(length(chars, min = 3, max = 120), custom(slug_form)))]
    #[schema(min_length = 3, max_length = 120)]
    pub slug: Option<String>,
    /// Name.
    #[garde(length(chars, min = 1, max = 200), custom(not_blank))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What it says of itself.
    #[garde(length(chars, max = 10_000))]
    #[schema(max_length = 10_000)]
    #[serde(default)]
    pub description: String,
    /// In the register of companies.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schema(min_length = 1, max_length = 100)]
    pub registration_number: Option<String>,
    /// Address for mail; for its own agents and admins.
    #[garde(inner(email))]
    #[schema(format = "email")]
    pub email: Option<String>,
    /// Telephone; for its own agents and admins.
    #[garde(inner(length(min = 3, max = 40), ascii))]
    #[schema(min_length = 3, max_length = 40)]
    pub phone: Option<String>,
    /// Its own site.
    #[garde(inner(length(chars, max = 2000), custom(web_address)))]
    #[schema(format = "uri", max_length = 2000)]
    pub website: Option<String>,
    /// Where it is.
    #[garde(dive)]
    #[serde(default)]
    pub address: LocationDetails,
    /// Its mark.
    #[garde(dive)]
    pub logo: Option<Image>,
    /// Whether the brand vouches for it.
    #[garde(skip)]
    #[serde(default)]
    pub is_verified: bool,
}

/// Changes to an agency: a field that is missing stays, `null` empties it.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CompanyPatch {
    /// Address part of its page.
    #[garde(inner(length(chars, min = 3, max = 120), custom(slug_form)))]
    #[schema(min_length = 3, max_length = 120)]
    pub slug: Option<String>,
    /// Name.
    #[garde(inner(length(chars, min = 1, max = 200), custom(not_blank)))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// What it says of itself.
    #[garde(inner(length(chars, max = 10_000)))]
    #[schema(max_length = 10_000)]
    pub description: Option<String>,
    /// In the register of companies.
    #[garde(inner(inner(length(chars, min = 1, max = 100))))]
    #[schema(min_length = 1, max_length = 100, value_type = Option<String>)]
    #[serde(deserialize_with = "present")]
    pub registration_number: Option<Option<String>>,
    /// Address for mail.
    #[garde(inner(inner(email)))]
    #[schema(format = "email", value_type = Option<String>)]
    #[serde(deserialize_with = "present")]
    pub email: Option<Option<String>>,
    /// Telephone.
    #[garde(inner(inner(length(min = 3, max = 40), ascii)))]
    #[schema(min_length = 3, max_length = 40, value_type = Option<String>)]
    #[serde(deserialize_with = "present")]
    pub phone: Option<Option<String>>,
    /// Its own site.
    #[garde(inner(inner(length(chars, max = 2000), custom(web_address))))]
    #[schema(format = "uri", max_length = 2000, value_type = Option<String>)]
    #[serde(deserialize_with = "present")]
    pub website: Option<Option<String>>,
    /// Where it is.
    #[garde(dive)]
    pub address: Option<LocationDetails>,
    /// Its mark.
    #[garde(dive)]
    #[schema(value_type = Option<Image>)]
    #[serde(deserialize_with = "present")]
    pub logo: Option<Option<Image>>,
    /// Whether the brand vouches for it.
    #[garde(skip)]
    pub is_verified: Option<bool>,
    /// Whether others see it.
    #[garde(skip)]
    pub is_active: Option<bool>,
}

/// `javascript:` and its kin never get into a page through us.
fn web_address(text: &str, (): &()) -> garde::Result {
    let sound = ["https://", "http://"].iter().any(|scheme| text.starts_with(scheme))
        && url::Url::parse(text).is_ok_and(|url| url.has_host());
    if sound { Ok(()) } else { Err(garde::Error::new("must be an http or https address")) }
}
