//! Whole brands: made, looked over, moved to another installation, taken away.
//!
//! - A brand is a folder of data, a database with two roles, its secrets, and its lines in the files
//!   by which the platform is started. Every step on the way there can be repeated: what is there
//!   already is left alone, so that whatever was interrupted is finished by the same command.
//! - Nothing is begun that is known to be refused: names, ports, addresses and the server are looked
//!   at before the first file is written.
//! - No running brand is touched. Others share the server of the database with it, never a database,
//!   a role, a prefix or a folder.
//!
//! It knows neither the command line nor HTTP: whoever calls it says how to show the [`Steps`].

mod archive;
mod check;
mod create;
mod database;
mod export;
mod folder;
mod import;
mod marks;
mod place;
mod public;
mod redis;
mod remove;
mod secrets;
mod start;
mod steps;
mod tables;
mod wiring;

pub use check::{Checked, Finding, Level, check};
pub use create::{NewBrand, create};
pub use database::{admin, owner, provision_spec};
pub use export::{Exported, Extent, export};
pub use import::{Imported, import};
pub use place::Place;
pub use redis::{RedisAdmin, rules as redis_rules};
pub use remove::{Removed, remove};
pub use start::Started;
pub use steps::{Outcome, Step, Steps, Watch};
