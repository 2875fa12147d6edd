//! The doors to the database.
//!
//! sqlx 0.9 loses acknowledged writes when a future is dropped while its `BEGIN` is in flight:
//! the connection goes back to the pool inside an open transaction, the next request's statement
//! joins it, is answered Ok, and is rolled back later. A client that resets its connection is
//! enough. So the pools are private, and there are three doors:
//!
//! - [`Db::tx`] for every write and every read of personal data. The work runs in a task of its
//!   own that the request merely awaits, so nothing can cancel it between `BEGIN` and `COMMIT`.
//! - [`Db::read`] for public rows found by key or in order: one autocommit statement, one round
//!   trip, with a prepared plan.
//! - [`Db::search`] for filtered public reads: the same, but planned with its values. After five
//!   executions PostgreSQL may switch a prepared statement to a generic plan that guesses how
//!   selective the filters are, which is two to four times slower on lists.

mod attempt;
mod read;
mod tx;

use std::time::Duration;

use read::ReadPool;
use sea_orm::{ConnectionTrait, DatabaseConnection};
use secrecy::ExposeSecret;
use sqlx::{
    ConnectOptions, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use terrace_product::{Database, DatabaseAccess};

use crate::error::Result;

pub(crate) use attempt::Attempt;
pub use read::Reader;
pub(crate) use read::statement;
pub use tx::{Context, Work};

/// Settings of the connections behind [`Db::search`]. An index of vectors gives its nearest rows,
/// of which filters may leave none: it is to go on until enough have passed, but not for ever.
pub const PLANNED: [(&str, &str); 5] = [
    ("plan_cache_mode", "force_custom_plan"),
    ("hnsw.iterative_scan", "relaxed_order"),
    ("hnsw.ef_search", "100"),
    ("hnsw.max_scan_tuples", "40000"),
    // Compiling takes longer than any of these statements; what looks dear in a plan are mostly
    // branches that are not taken.
    ("jit", "off"),
];

const TIME_ZONE: &str = "app.time_zone";

/// The time of day and the day where the brand is, as SQL.
pub const LOCAL_NOW: &str = "(now() AT TIME ZONE current_setting('app.time_zone'))";

/// A product's database: a pool behind each door.
#[derive(Clone)]
pub struct Db {
    transactions: DatabaseConnection,
    /// The pool inside `transactions`: tells how it is doing.
    pool: PgPool,
    keyed: ReadPool,
    planned: ReadPool,
    protection: Protection,
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Db").field("protection", &self.protection).finish_non_exhaustive()
    }
}

/// Whether transactions run in a task of their own. Always [`Protection::Spawned`], except in
/// the proof that shows what happens without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// The transaction outlives the request that asked for it.
    Spawned,
    /// The transaction dies with the request: loses acknowledged writes.
    None,
}

impl Db {
    /// Opens the pools lazily: a database that is away at start shows in `/health/ready`, it
    /// does not keep the process from starting.
    #[must_use]
    pub fn connect(config: &Database) -> Self {
        let options = connect_options(&config.app());
        let planned = options.clone().options(PLANNED);
        let pool = pool(config).connect_lazy_with(options.clone());
        Self {
            transactions: pool.clone().into(),
            pool,
            keyed: read::pool(config, options, config.max_connections),
            planned: read::pool(config, planned, config.search_connections),
            protection: Protection::Spawned,
        }
    }

    /// Takes the protection of transactions away, for the proof that it is needed.
    #[doc(hidden)]
    #[must_use]
    pub fn with_protection(mut self, protection: Protection) -> Self {
        self.protection = protection;
        self
    }

    /// Public rows by key or in order. See the module's documentation.
    #[must_use]
    pub fn read(&self) -> Reader<'_> {
        Reader::new(&self.keyed)
    }

    /// Public rows by filter. See the module's documentation.
    #[must_use]
    pub fn search(&self) -> Reader<'_> {
        Reader::new(&self.planned)
    }

    /// Connections of each pool: name, open, idle.
    pub fn connections(&self) -> impl Iterator<Item = (&'static str, u32, usize)> + use<> {
        let reads = |name, pool: &ReadPool| {
            let status = pool.status();
            (name, u32::try_from(status.size).unwrap_or(u32::MAX), status.available)
        };
        [
            ("transactions", self.pool.size(), self.pool.num_idle()),
            reads("keyed", &self.keyed),
            reads("planned", &self.planned),
        ]
        .into_iter()
    }

    /// Closes the pools; statements under way end first.
    pub async fn close(&self) {
        self.keyed.close();
        self.planned.close();
        self.pool.close().await;
    }

    /// One autocommit statement on the pool of the transactions. No door of ours does that; the
    /// proof does, because there it is that writes are lost.
    ///
    /// # Errors
    /// Those of the database.
    #[doc(hidden)]
    pub async fn autocommit(&self, sql: &str) -> Result<u64> {
        let result = self.transactions.execute_raw(statement(sql, [])).await?;
        Ok(result.rows_affected())
    }
}

fn pool(config: &Database) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(config.max_connections)
        .acquire_timeout(config.acquire_timeout)
        // A ping before each use would be a second round trip on every request; only a
        // connection that has been idle for long may have died unnoticed.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > Duration::from_secs(30) {
                    sqlx::Connection::ping(connection).await?;
                }
                Ok(true)
            })
        })
}

/// How sqlx reaches a database in one of its roles.
#[must_use]
pub fn connect_options(access: &DatabaseAccess) -> PgConnectOptions {
    let options = PgConnectOptions::new()
        .host(access.host.as_str())
        .port(access.port.get())
        .database(access.database.as_str())
        .username(access.user.as_str())
        .application_name("terrace")
        // Which day it is depends on where one is: statements ask by `LOCAL_NOW`.
        .options([(TIME_ZONE, access.time_zone.name())])
        // Statements with their values do not belong in our log.
        .disable_statement_logging();
    match &access.password {
        Some(password) => options.password(password.expose_secret()),
        None => options,
    }
}
