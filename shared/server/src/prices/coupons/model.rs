//! Coupons on the wire.

use chrono::{DateTime, NaiveDate, Utc};
use garde::Validate;
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    error::{Error, FieldError, Result},
    listings::{
        details::MOST,
        input::{not_blank, present},
        model::Currency,
    },
    quotes::create::calendar_day,
};

/// Hundredths of a percent that a coupon takes off at most.
const MOST_OFF: i32 = 9_500;

/// A new coupon: a percentage or an amount.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CouponIn {
    /// Letters, digits and single hyphens; capitals and small letters are the same.
    #[garde(custom(code_form))]
    #[schema(min_length = 3, max_length = 40, example = "SONGKRAN-2027")]
    pub code: String,
    /// The only listing that it is for; none: every listing of the brand.
    #[garde(skip)]
    pub property_id: Option<Uuid>,
    /// Off the rent, hundredths of a percent; or an amount.
    #[garde(inner(range(min = 1, max = MOST_OFF)))]
    #[schema(minimum = 1, maximum = 9_500)]
    pub percent_bps: Option<i32>,
    /// Off the rent, minor units of `currency`; never more than 95 % of it.
    #[garde(inner(range(min = 1, max = MOST)))]
    #[schema(minimum = 1, maximum = 10_000_000_000_000_i64)]
    pub amount: Option<i64>,
    /// Of the amount; listings in another one do not take it.
    #[garde(skip)]
    pub currency: Option<Currency>,
    /// First day on which it can be used.
    #[garde(inner(custom(calendar_day)))]
    pub valid_from: Option<NaiveDate>,
    /// Last day on which it can be used.
    #[garde(inner(custom(calendar_day)))]
    pub valid_until: Option<NaiveDate>,
    /// Shortest stay that it is for.
    #[garde(range(min = 1, max = 366))]
    #[schema(minimum = 1, maximum = 366)]
    #[serde(default = "one")]
    pub min_nights: i32,
    /// Bookings that may use it; none: as many as like.
    #[garde(inner(range(min = 1, max = 1_000_000)))]
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub max_uses: Option<i32>,
    /// Whether it can be used at all.
    #[garde(skip)]
    #[serde(default = "yes")]
    pub is_active: bool,
    /// What it is for; guests do not see it.
    #[garde(inner(length(chars, min = 1, max = 500), custom(not_blank)))]
    #[schema(min_length = 1, max_length = 500)]
    pub note: Option<String>,
}

fn one() -> i32 {
    1
}

fn yes() -> bool {
    true
}

fn code_form(code: &str, (): &()) -> garde::Result {
    let code = code.trim();
    let parts_are_sound = code
        .split('-')
        .all(|part| !part.is_empty() && part.chars().all(|letter| letter.is_ascii_alphanumeric()));
    if (3..=40).contains(&code.len()) && parts_are_sound {
        return Ok(());
    }
    Err(garde::Error::new("must be 3 to 40 letters and digits, with single hyphens between them"))
}

/// Changes to a coupon: a field that is missing stays, `null` empties it. What it takes off is not
/// changed: make another one.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CouponPatch {
    /// First day on which it can be used.
    #[garde(inner(inner(custom(calendar_day))))]
    #[schema(value_type = Option<NaiveDate>)]
    #[serde(deserialize_with = "present")]
    pub valid_from: Option<Option<NaiveDate>>,
    /// Last day on which it can be used.
    #[garde(inner(inner(custom(calendar_day))))]
    #[schema(value_type = Option<NaiveDate>)]
    #[serde(deserialize_with = "present")]
    pub valid_until: Option<Option<NaiveDate>>,
    /// Shortest stay that it is for.
    #[garde(inner(range(min = 1, max = 366)))]
    #[schema(minimum = 1, maximum = 366)]
    pub min_nights: Option<i32>,
    /// Bookings that may use it.
    #[garde(inner(inner(range(min = 1, max = 1_000_000))))]
    #[schema(minimum = 1, maximum = 1_000_000, value_type = Option<i32>)]
    #[serde(deserialize_with = "present")]
    pub max_uses: Option<Option<i32>>,
    /// Whether it can be used at all.
    #[garde(skip)]
    pub is_active: Option<bool>,
    /// What it is for.
    #[garde(inner(inner(length(chars, min = 1, max = 500), custom(not_blank))))]
    #[schema(min_length = 1, max_length = 500, value_type = Option<String>)]
    #[serde(deserialize_with = "present")]
    pub note: Option<Option<String>>,
}

/// A coupon.
#[derive(Clone, Debug, Serialize, FromQueryResult, ToSchema)]
pub struct CouponOut {
    /// Id.
    pub id: Uuid,
    /// As guests type it, in capitals.
    #[schema(example = "SONGKRAN-2027")]
    pub code: String,
    /// The only listing that it is for.
    pub property_id: Option<Uuid>,
    /// Off the rent, hundredths of a percent.
    pub percent_bps: Option<i32>,
    /// Off the rent, minor units of `currency`.
    pub amount: Option<i64>,
    /// Of the amount.
    pub currency: Option<String>,
    /// First day on which it can be used.
    pub valid_from: Option<NaiveDate>,
    /// Last day on which it can be used.
    pub valid_until: Option<NaiveDate>,
    /// Shortest stay that it is for.
    pub min_nights: i32,
    /// Bookings that may use it.
    pub max_uses: Option<i32>,
    /// Bookings that use it now; what is called off or runs out is given back.
    pub uses: i64,
    /// Whether it can be used at all.
    pub is_active: bool,
    /// What it is for.
    pub note: Option<String>,
    /// Rises with each change.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed.
    pub updated_at: DateTime<Utc>,
}

/// A page of coupons.
#[derive(Debug, Serialize, ToSchema)]
pub struct CouponList {
    /// By code.
    pub items: Vec<CouponOut>,
    /// Asks for the next page; null on the last.
    pub next_cursor: Option<String>,
}

impl CouponIn {
    /// One discount, and days in their order.
    pub(super) fn check(&self) -> Result<()> {
        let mut wrong = Vec::new();
        if self.percent_bps.is_some() == self.amount.is_some() {
            let detail = "Give percent_bps or amount, and not both.";
            wrong.push(FieldError::new("/percent_bps", "invalid", detail));
        }
        if self.amount.is_some() && self.currency.is_none() {
            wrong.push(FieldError::new("/currency", "required", "An amount has a currency."));
        }
        if self.amount.is_none() && self.currency.is_some() {
            wrong.push(FieldError::new("/currency", "invalid", "A percentage has no currency."));
        }
        if !wrong.is_empty() {
            return Err(Error::invalid(wrong));
        }
        in_order(self.valid_from, self.valid_until)
    }
}

pub(super) fn in_order(from: Option<NaiveDate>, until: Option<NaiveDate>) -> Result<()> {
    match (from, until) {
        (Some(from), Some(until)) if until < from => {
            Err(Error::field("/valid_until", "invalid", "Must not be before valid_from."))
        }
        _ => Ok(()),
    }
}
