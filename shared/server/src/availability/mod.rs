//! Which nights of a listing are free, and which stays its rules allow.
//!
//! `stays` is the only truth about what is occupied; the database lets no two of a listing overlap.
//! Whoever writes there begins with [`occupy()`]. Whether a stay is allowed is decided by
//! [`terms::Terms`] alone: the check of a quote or a booking, the calendar and (as SQL, held
//! against it by a test) the filter of lists all say the same.

pub mod blocks;
pub mod booking_rules;
pub mod calendar;
mod days;
pub mod occupy;
pub mod rules;
pub mod terms;

pub use occupy::{occupy, require_free};
pub(crate) use occupy::{require_nothing, taken};
pub use terms::{Now, Stay, Terms};
