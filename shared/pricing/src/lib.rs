//! What a stay costs, to the last satang.
//!
//! [`quote()`] turns [`Rules`], a snapshot of everything that a price depends on, and a [`Stay`] into
//! a [`Quote`]: lines that sum to the total, each with the reason for it. It reads no clock, no
//! database and no setting, and counts in whole minor units: the same rules and the same stay give
//! the same quote for ever. [`refund()`] says what comes back when a stay is called off.
//!
//! The rules are written out, with examples, in `shared/docs/PRICING.md`.

mod arithmetic;
mod calendar;
mod contract;
mod error;
mod extras;
mod payment;
mod quote;
mod refund;
mod rent;
mod rules;
mod split;
mod stay;

pub use calendar::{add_months, whole_months};
pub use contract::Contract;
pub use error::{CouponProblem, Error};
pub use payment::Instalment;
pub use quote::{Dates, IncludedTax, Line, LineKind, Part, Quote, Reason, quote};
pub use refund::{
    MONTHLY_NOTICE_DAYS, Policy, Refund, RefundLine, RefundReason, Terms, Tier, refund,
};
pub use rules::{
    Coupon, Discount, ExtraGuests, FORMAT, Holiday, MOST, Monthly, PaymentTerms, Prices, Rules,
    Season, Tax, TaxBase,
};
pub use split::by_night;
pub use stay::{LONGEST, MOST_GUESTS, Stay};
