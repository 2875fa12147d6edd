//! The one client for addresses that people give us: webhooks, calendars, pictures.
//!
//! Whoever may name an address may try to name ours: the database's port, the metadata service
//! of the host, a neighbour's admin page. So:
//!
//! - `https` on the ports that are allowed, no credentials in the address, no proxy from the
//!   environment.
//! - **A name is checked where it is resolved for the connection**, inside the client's own
//!   resolver, and the connection goes to the very addresses that were checked. A check before
//!   the request would be another resolution: a name may lead somewhere public first and to
//!   loopback a moment later.
//! - One address that is not public refuses the name, even beside public ones.
//! - An address that is written as numbers never reaches the resolver, in whatever notation; it
//!   is checked with the form of the URL, and so is every redirect.
//! - Time and size are bounded. Bodies are not decompressed, so bytes counted are bytes held.
//!
//! [`Permit`] opens single addresses of loopback, for development and tests.

mod address;
mod client;
mod resolve;
mod rules;

pub use address::is_public;
pub use client::{Answer, Client, Failure, Limits, Read, Redirects, Request};
pub use reqwest::{Method, StatusCode, header};
pub use resolve::{Lookup, SystemLookup};
pub use rules::{Permit, Refusal, Rules};
pub use url::Url;
