//! Row-level security: by raw SQL as the application's role, and through its pool.

pub(crate) mod pool;
pub(crate) mod sql;
mod walled;
