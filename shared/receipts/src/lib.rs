//! Receipts for what a machine says: no price, date, measure, distance, address, number to call or
//! link of its answer passes that nothing it has read holds.
//!
//! A language model writes fluent sentences, and now and then a price that is nobody's. This crate
//! reads the sentence as a bookkeeper would: it [finds](claims) everything that can be true or
//! false by its value, in English and in Thai, in digits of any script and in words, in both eras,
//! in square metres and in rai, and looks each up in the [`Evidence`]. What has no receipt is
//! [`unbacked`], and [`honest`] takes it out.
//!
//! It errs on one side: what it cannot find in the evidence it takes out, even if it is so. It does
//! no sums, it rounds nothing, and it knows no synonyms of names. What it cannot see are claims
//! without a number or a name in them ("it is near the beach", "tomorrow").
//!
//! It is pure: no clock, no locale of the system, no I/O; and any text at all is read without a
//! panic.

mod date;
mod evidence;
mod find;
mod letters;
mod number;
mod place;
mod redact;
mod units;

use std::ops::Range;

pub use evidence::{Evidence, UNTRUSTED, URL, claims, unbacked};
pub use redact::{Lang, honest, language, redact};

/// What a claim is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// An amount of money.
    Price,
    /// A day, a month, a weekday.
    Date,
    /// A time of day.
    Time,
    /// A share in a hundred.
    Percentage,
    /// A surface.
    Area,
    /// A way, in metres or in minutes.
    Distance,
    /// So many of something: rooms, nights, guests.
    Count,
    /// A house, a road, a lane.
    Address,
    /// A telephone number.
    Telephone,
    /// An e-mail address.
    Email,
    /// An address of a page.
    Link,
    /// A number of which nothing says what it counts.
    Number,
}

impl Kind {
    /// The name in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Price => "price",
            Self::Date => "date",
            Self::Time => "time",
            Self::Percentage => "percentage",
            Self::Area => "area",
            Self::Distance => "distance",
            Self::Count => "count",
            Self::Address => "address",
            Self::Telephone => "telephone",
            Self::Email => "email",
            Self::Link => "link",
            Self::Number => "number",
        }
    }
}

/// Something that a text says and that can be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What it is about.
    pub kind: Kind,
    /// Where it stands, in bytes.
    pub span: Range<usize>,
    /// Its words.
    pub text: String,
}
