//! The migrator against real PostgreSQL. Every test makes its own database and roles
//! (roles belong to the whole server) and drops them at its end.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

mod audit;
mod catalogue;
mod connect;
mod constraints;
mod kill;
mod provision;
mod rls;
mod roles;
mod runner;
mod schema;
mod scratch;
mod walls;
