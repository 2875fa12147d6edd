//! Stays that guests keep, from the first hold to the day they leave.
//!
//! - [`machine`] is the way of a booking, as data: states, steps, who may, what becomes of the
//!   dates. Every service asks it, and nothing else changes a booking's state.
//! - [`place`] makes one (`holders` says how much one guest may keep); [`change`], [`cancel`] and
//!   [`alter`] are what is done to it; [`paid()`] is what payments ask for; [`sweep`] is what time
//!   does.
//! - [`offers`] are what a host proposes and the guest has to agree to; `agreed` is what a stay
//!   costs with all its renewals, and `amend` moves the end of one that is settled.
//! - [`read`] lists and shows; `letters` tells both sides.
//!
//! That no two bookings have the same night is the database's to decide: every booking that
//! occupies dates has one row in `stays`, which keeps its rows apart. Everybody who writes there
//! locks the listing first, then the booking, so that they come one after another.
//!
//! A guest sees their own bookings, whoever has a link the one that it opens, an agent those of
//! their listings, an admin all: by the condition in [`party`] and by row-level security.

pub(crate) mod agreed;
pub mod alter;
pub(crate) mod amend;
pub mod cancel;
pub mod change;
pub mod claim;
mod dates;
mod holders;
pub mod input;
pub(crate) mod letters;
pub mod link;
pub mod machine;
pub mod offers;
pub mod output;
mod paid;
pub mod party;
pub mod place;
mod price;
pub mod query;
pub mod read;
pub mod reference;
mod row;
pub mod sweep;

pub use paid::{Owed, Paid, TooLate, paid, refund_due};
pub use row::require_visible;
pub(crate) use row::{BookingRow, lock};
