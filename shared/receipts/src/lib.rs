//! Receipts for what a machine says: a price, a date, a percentage, an area, a distance, an address,
//! a telephone number or a link may only be said where something that was looked up says the same.
//!
//! - [`claims`] finds them in English and Thai, however they are written: `฿32,000`, `32k baht`,
//!   `๓๒,๐๐๐ บาท`, `3.2 หมื่น` and `thirty-two thousand baht` are one price.
//! - [`Evidence`] holds what was looked up: JSON and text. [`Evidence::lacks`] says which claims it
//!   does not hold. They are compared by value and kind, not by their letters.
//! - [`sentences`] cuts text that arrives piece by piece where no claim can be cut in two.
//!
//! The crate does no input or output, and no text makes it panic. It does not judge words: what
//! somebody says without a number ("close to the beach") has no receipt.

mod claims;
mod evidence;
mod letters;
mod numerals;
mod patterns;
mod pieces;

pub use claims::{Claim, Kind, Value, claims};
pub use evidence::Evidence;
pub use letters::{Script, script};
pub use pieces::{Pieces, sentences};
