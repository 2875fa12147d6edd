//! Favourites: listings that somebody has marked, with an account or without.
//!
//! A favourite outlives its listing's publication. What is no longer offered is shown as gone,
//! under the title that it had in public when it was marked: what it is called since then is a
//! draft's, and nobody's business.

pub mod change;
pub mod list;
mod output;
