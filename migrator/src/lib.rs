//! The only code that changes a database's schema.
//!
//! Each migration is a folder of two SQL files, `up.sql` and `down.sql`, applied in a
//! transaction of its own together with the application role's rights ([`runner`]).
//! [`provision()`] prepares the server for a product: roles, database, extensions.
//! [`fingerprint`] says what a schema is, so that products can be proved to be in step.
//!
//! A new migration is a folder under `src/migrations`, a line in `migrations.rs`, and
//! `schema.txt` written anew (see the test `schema_txt_is_what_the_migrations_produce`).

pub mod error;
pub mod fingerprint;
pub mod identity;
pub mod provision;
pub mod report;
pub mod runner;
pub mod state;
pub mod target;

mod lock;
mod migrations;
mod name;
mod scram;

pub use error::Error;
pub use fingerprint::{SchemaDescription, diff};
pub use identity::{check_identity, identity};
pub use migrations::Migrator;
pub use provision::{Provision, RoleSpec, provision};
pub use report::{PlannedStep, ProvisionReport, Report, divergence};
pub use runner::{down, fresh, plan, status, up};
pub use state::{Pending, pending};
pub use target::Target;
