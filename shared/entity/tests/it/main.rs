//! The entities against real PostgreSQL, migrated by the migrator.

#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

mod columns;
mod round_trip;
// The throw-away product of the migrator's own tests.
#[path = "../../../../migrator/tests/it/scratch.rs"]
mod scratch;
