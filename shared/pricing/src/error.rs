//! Why there is no price.

use std::fmt;

use chrono::NaiveDate;

/// Why a stay has no price under these rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// It ends before its first night is over.
    NoNights,
    /// It has more than [`LONGEST`](crate::LONGEST) nights.
    TooLong,
    /// Fewer guests than one, or more than [`MOST_GUESTS`](crate::MOST_GUESTS).
    Guests,
    /// This night has no price of its own, and no week or month that covers it.
    NotPriced(NaiveDate),
    /// The coupon does not apply.
    Coupon(CouponProblem),
    /// An amount above [`MOST`](crate::MOST).
    TooMuch,
    /// The rules are of a form that this version does not know.
    UnknownFormat(u32),
    /// The rules contradict themselves.
    BadRules(&'static str),
}

/// Why a coupon does not apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CouponProblem {
    /// There is none of this code.
    Unknown,
    /// It applies from a later day on.
    NotYet(NaiveDate),
    /// Its last day has passed.
    Ended,
    /// It is for stays of so many nights or more.
    TooShort(i64),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoNights => f.write_str("the stay has no nights"),
            Self::TooLong => f.write_str("the stay is too long"),
            Self::Guests => f.write_str("the number of guests cannot be"),
            Self::NotPriced(night) => write!(f, "the night of {night} has no price"),
            Self::Coupon(CouponProblem::Unknown) => f.write_str("there is no such coupon"),
            Self::Coupon(CouponProblem::NotYet(from)) => write!(f, "the coupon begins on {from}"),
            Self::Coupon(CouponProblem::Ended) => f.write_str("the coupon has ended"),
            Self::Coupon(CouponProblem::TooShort(nights)) => {
                write!(f, "the coupon is for {nights} nights or more")
            }
            Self::TooMuch => f.write_str("the amount is too large"),
            Self::UnknownFormat(format) => write!(f, "rules of form {format} are not known"),
            Self::BadRules(why) => write!(f, "the rules contradict themselves: {why}"),
        }
    }
}

impl std::error::Error for Error {}
