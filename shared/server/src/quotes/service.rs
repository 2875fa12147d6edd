//! Giving prices, and keeping to them.

use chrono::{NaiveDate, Utc};
use sea_orm::ConnectionTrait;
use terrace_pricing::{CouponProblem, LONGEST, MOST_GUESTS, Quote, Rules, Stay};
use uuid::Uuid;

use super::{
    difference,
    rules::{self, Gathered},
    store::{self, StoredQuote},
};
use crate::{
    app::State,
    error::{Code, Error, Result},
};

/// A price with all that it depends on, not stored.
#[derive(Clone, Debug)]
pub struct Priced {
    /// What was asked for.
    pub stay: Stay,
    /// The rules.
    pub rules: Rules,
    /// The price.
    pub quote: Quote,
    /// The coupon that it holds, if any.
    pub coupon_id: Option<Uuid>,
    is_used_up: bool,
}

impl Priced {
    /// Refuses a coupon that no other booking may use. A booking that uses it already may be priced
    /// anew with it; whoever books hears from the database in any case.
    ///
    /// # Errors
    /// `422` where it has been used up.
    pub(super) fn open_to_all(self) -> Result<Self> {
        match self.is_used_up {
            false => Ok(self),
            true => Err(Error::field("/coupon", "used_up", "This coupon has been used up.")),
        }
    }
}

/// The day it is where the brand is.
#[must_use]
pub fn today(state: &State) -> NaiveDate {
    Utc::now().with_timezone(&state.profile.market.timezone.tz()).date_naive()
}

/// What a stay costs today. Whether the days are free, and whether the stay is allowed, is not
/// asked here.
///
/// # Errors
/// `404` where there is no such listing, `409` where it has no prices for stays, `422` where the
/// stay or its coupon cannot be.
pub async fn price(
    db: &impl ConnectionTrait,
    state: &State,
    property_id: Uuid,
    stay: &Stay,
) -> Result<Priced> {
    let stay = Stay { coupon: stay.coupon.as_deref().map(as_kept), ..stay.clone() };
    stay.check().map_err(refusal)?;
    let Gathered { rules, coupon_id, is_used_up } =
        rules::gather(db, state, property_id, &stay, today(state)).await?;
    let quote = terrace_pricing::quote(&rules, &stay).map_err(refusal)?;
    Ok(Priced { stay, rules, quote, coupon_id, is_used_up })
}

/// People type a code as they like.
fn as_kept(code: &str) -> String {
    code.trim().to_uppercase()
}

/// Gives a price, and stores it.
///
/// # Errors
/// As for [`price`].
pub async fn issue(
    db: &impl ConnectionTrait,
    state: &State,
    property_id: Uuid,
    stay: &Stay,
) -> Result<StoredQuote> {
    let priced = price(db, state, property_id, stay).await?;
    keep(db, state, property_id, priced).await
}

/// Gives the price of nights that follow on those of a guest who stays there already, and stores it:
/// the deposit is there, and nobody cleans in between.
///
/// # Errors
/// As for [`price`].
pub async fn issue_renewal(
    db: &impl ConnectionTrait,
    state: &State,
    property_id: Uuid,
    stay: &Stay,
) -> Result<StoredQuote> {
    let Priced { stay, mut rules, .. } = price(db, state, property_id, stay).await?;
    (rules.cleaning_fee, rules.deposit, rules.monthly.deposit_months) = (0, 0, None);
    let quote = terrace_pricing::quote(&rules, &stay).map_err(refusal)?;
    let priced = Priced { stay, rules, quote, coupon_id: None, is_used_up: false };
    keep(db, state, property_id, priced).await
}

/// Stores a price.
///
/// # Errors
/// Those of the database.
pub(super) async fn keep(
    db: &impl ConnectionTrait,
    state: &State,
    property_id: Uuid,
    priced: Priced,
) -> Result<StoredQuote> {
    store::insert(db, property_id, priced, state.profile.quotes.valid_minutes).await
}

/// The price at which somebody who cites a quote may book. One that had not expired when the
/// transaction began is kept to, whatever the listing costs by now. One that had is given anew where
/// it would be the same.
///
/// # Errors
/// `409` where it has expired and the price is another one now, line by line.
pub async fn settle(
    db: &impl ConnectionTrait,
    state: &State,
    old: StoredQuote,
) -> Result<StoredQuote> {
    if !old.is_expired {
        return Ok(old);
    }
    let new = price(db, state, old.property_id, &old.stay).await;
    let new = new.and_then(Priced::open_to_all).map_err(changed_by)?;
    let differences = difference::between(state, &old.quote, &new.quote);
    if !differences.is_empty() {
        let mut error = price_changed();
        error.fields = differences;
        return Err(error);
    }
    keep(db, state, old.property_id, new).await
}

fn price_changed() -> Error {
    Error::new(Code::PriceChanged)
        .with_detail("The quote has expired and the price is another one now. Ask for it again.")
}

/// A coupon that has ended since is a change of the price, not of what was asked for.
fn changed_by(error: Error) -> Error {
    match error.code {
        Code::InvalidInput => Error { fields: error.fields, ..price_changed() },
        _ => error,
    }
}

/// Why there is no price, to whoever asked.
fn refusal(error: terrace_pricing::Error) -> Error {
    use terrace_pricing::Error as No;
    match error {
        No::NoNights => Error::field("/check_out", "invalid", "Must be after check_in."),
        No::TooLong => {
            Error::field("/check_out", "too_long", format!("A stay has {LONGEST} nights at most."))
        }
        No::Guests => Error::field("/guests", "out_of_range", format!("Must be 1..{MOST_GUESTS}.")),
        No::NotPriced(night) => Error::field(
            "/check_out",
            "not_priced",
            format!(
                "The night of {night} has no price by itself: this listing is let by the week or \
                 the month. Ask for whole ones."
            ),
        ),
        No::Coupon(problem) => {
            let (code, detail) = match problem {
                CouponProblem::Unknown => {
                    ("unknown", "There is no such coupon for this listing.".to_owned())
                }
                CouponProblem::NotYet(from) => ("not_yet", format!("It begins on {from}.")),
                CouponProblem::Ended => ("ended", "It has ended.".to_owned()),
                CouponProblem::TooShort(nights) => {
                    ("too_short", format!("It is for stays of {nights} nights or more."))
                }
            };
            Error::field("/coupon", code, detail)
        }
        No::TooMuch => Error::field("/check_out", "too_dear", "The price is too large to reckon."),
        No::UnknownFormat(_) | No::BadRules(_) => Error::internal(error),
    }
}
