//! People without an account. They keep lists like anybody else, known by a signed token alone,
//! and take them along when they sign in.
//!
//! Whose a list is, is told by [`Keeper`]: the person of the bearer token or, where there is none,
//! the visitor of the header `Visitor-Token`. The token stands in a header and never in an
//! address or a cookie: addresses are logged and passed on, cookies are sent by other sites.

pub mod issue;
mod keeper;
pub mod merge;
mod signed;
mod token;

pub use keeper::Keeper;
pub(crate) use keeper::Owner;
pub(crate) use signed::Purpose;
pub use signed::Signer;
