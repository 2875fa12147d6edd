//! What is said of a booking.

use chrono::NaiveDate;
use garde::Validate;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    error::{Error, FieldError, Result},
    leads::contact,
    listings::input::not_blank,
};

/// A stay to be booked, at a price that was quoted.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BookingIn {
    /// The quote: it says which listing, which days and how many guests.
    #[garde(skip)]
    pub quote_id: Uuid,
    /// Who stays.
    #[garde(dive)]
    pub guest: GuestIn,
    /// The language to write to the guest in; that of the request where it is missing.
    #[garde(skip)]
    #[schema(example = "th")]
    pub locale: Option<String>,
}

/// Who stays.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GuestIn {
    /// Name.
    #[garde(length(chars, min = 1, max = 120), custom(not_blank))]
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    /// E-mail address; who has an account may leave it out, and their account's is taken.
    #[garde(inner(length(chars, max = 254), email))]
    #[schema(format = "email", max_length = 254)]
    pub email: Option<String>,
    /// Telephone number; without a country code it is one of the brand's country.
    #[garde(inner(length(chars, min = 6, max = 40)))]
    #[schema(min_length = 6, max_length = 40)]
    pub phone: Option<String>,
    /// What the host should know.
    #[garde(inner(length(chars, min = 1, max = 2000), custom(not_blank)))]
    #[schema(min_length = 1, max_length = 2000)]
    pub note: Option<String>,
}

impl BookingIn {
    /// What no single field shows.
    ///
    /// # Errors
    /// `422` that names each field at fault.
    pub fn check(&self, country: &str, has_account: bool) -> Result<()> {
        let mut wrong = Vec::new();
        if self.guest.email.is_none() && !has_account {
            let detail = "The link to the booking goes to an e-mail address.";
            wrong.push(FieldError::new("/guest/email", "required", detail));
        }
        if let Some(phone) = &self.guest.phone
            && contact::phone_key(phone, country).is_none()
        {
            wrong.push(FieldError::new("/guest/phone", "invalid", "Must be a phone number."));
        }
        if wrong.is_empty() { Ok(()) } else { Err(Error::invalid(wrong)) }
    }
}

/// Why a booking is called off, or a request refused. It is told to the other side.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReasonIn {
    /// In words.
    #[garde(inner(length(chars, min = 1, max = 2000), custom(not_blank)))]
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: Option<String>,
}

/// Other dates, or another number of guests: what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AlterIn {
    /// The new first night.
    #[garde(skip)]
    pub check_in: Option<NaiveDate>,
    /// The new day of leaving; not slept.
    #[garde(skip)]
    pub check_out: Option<NaiveDate>,
    /// The new number of guests.
    #[garde(inner(range(min = 1, max = 1000)))]
    #[schema(minimum = 1, maximum = 1000)]
    pub guests: Option<i32>,
    /// The new price as a preview told it. If it is another by now, nothing is altered.
    #[garde(inner(range(min = 1)))]
    #[schema(minimum = 1)]
    pub expected_total: Option<i64>,
    /// Of a host: whether the guest has asked for it, or agreed to it elsewhere. It is written into
    /// the booking's history. Without it the guest of a confirmed stay is made an offer.
    #[garde(skip)]
    pub asked_by_guest: bool,
}

impl AlterIn {
    /// What no single field shows.
    ///
    /// # Errors
    /// `422` where nothing is to be altered.
    pub fn check(&self) -> Result<()> {
        if self.check_in.is_none() && self.check_out.is_none() && self.guests.is_none() {
            let detail = "Say what is to be altered: check_in, check_out or guests.";
            return Err(Error::field("", "required", detail));
        }
        Ok(())
    }
}

/// How an alteration is asked for.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct AlterQuery {
    /// Whether to show what it would cost, and change nothing.
    pub preview: bool,
}
