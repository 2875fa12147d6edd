//! Enquiries, from the first message to the deal or its end.
//!
//! - [`receive`] takes an enquiry from anybody (`intake` makes a lead of it, or adds it to the
//!   one that the same person has open; `routing` says who looks after it; `letters` tells
//!   both).
//! - [`pipeline`] is the way of a lead, as data; [`change`], [`history`] and [`tasks`] are what
//!   staff does to it. Every change leaves a row in the lead's history and raises its version.
//! - [`read`] lists and shows; [`export`] writes a table.
//!
//! An agent sees the leads that are theirs, by the condition in [`query`] and by row-level
//! security; an admin sees all.

pub mod change;
pub mod contact;
pub mod export;
pub mod history;
pub mod input;
pub(crate) mod intake;
pub(crate) mod letters;
pub mod output;
pub mod pipeline;
pub mod query;
pub mod read;
pub mod receive;
pub(crate) mod routing;
mod row;
pub mod tasks;
