//! What is known of people: where it stands, who may have it, how it goes.
//!
//! [`tags`] says of every column of every table whether it tells of a person, of whom, and what
//! erasing them does to it. Everything else here is made of that table: what somebody is given of
//! what is known of them ([`export`]), what happens when they want to be forgotten ([`erase`]),
//! what goes by itself after its time ([`retention`]). A column without a tag fails the tests.
//!
//! Who was erased stands in a file outside the database ([`ledger`]): a backup that is restored
//! brings people back, and [`replay`] lets them go again.

mod elsewhere;
pub mod erase;
pub mod export;
pub mod law;
pub mod ledger;
mod private;
pub mod replay;
pub mod retention;
pub mod routes;
pub mod server_log;
mod statement;
pub mod subject;
pub mod tags;

pub use private::Private;
