//! What the assistant would do for somebody, until they say yes.
//!
//! A model can be talked into anything, so it books nothing and writes to nobody. It drafts; the
//! person sees what this server makes of the draft, not what the model says of it, and confirms it
//! with a token that is good once, for a quarter of an hour, for them alone and for these very
//! arguments. What is then done is done by the same handler as REST's, with their own rights.
//!
//! Drafts live in Redis: they end soon, and nothing is lost with one but the asking again. That a
//! draft is carried out once is the database's business: its id is the idempotency key of the
//! request that it becomes.

pub mod routes;
mod store;
mod summary;

pub(crate) use store::{Owned, keep, name};
pub(crate) use summary::Summary;
