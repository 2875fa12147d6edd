//! What a brand's model is told besides what holds for every brand, and what it may do: by admins.
//!
//! A prompt is a version that never changes. Before visitors meet it, it is tried with the brand's own
//! [`questions`]; the database refuses to activate one that has passed no trial. What was active when
//! is kept, so that any step can be taken back.

mod judge;
pub mod questions;
pub mod routes;
mod store;
pub mod tools;
pub mod trials;
mod words;

pub(crate) use store::{Told, told};
pub(super) use words::of;
