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

mod read;
mod tx;

use std::time::Duration;

use sea_orm::DatabaseConnection;
use secrecy::ExposeSecret;
use sqlx::{
    ConnectOptions, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use terrace_product::{Database, DatabaseAccess};

pub use read::Reader;
pub(crate) use read::statement;
pub use tx::{Context, Work};

/// A product's database: two pools behind three doors.
#[derive(Clone, Debug)]
pub struct Db {
    keyed: DatabaseConnection,
    planned: DatabaseConnection,
    pools: [(&'static str, PgPool); 2],
    protection: Protection,
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
        let keyed = pool(config, config.max_connections).connect_lazy_with(options.clone());
        let planned = pool(config, config.search_connections)
            .connect_lazy_with(options.options([("plan_cache_mode", "force_custom_plan")]));
        Self {
            keyed: keyed.clone().into(),
            planned: planned.clone().into(),
            pools: [("keyed", keyed), ("planned", planned)],
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
    pub fn connections(&self) -> impl Iterator<Item = (&'static str, u32, usize)> + '_ {
        self.pools.iter().map(|(name, pool)| (*name, pool.size(), pool.num_idle()))
    }

    /// Closes the pools; statements under way end first.
    pub async fn close(&self) {
        for (_, pool) in &self.pools {
            pool.close().await;
        }
    }
}

fn pool(config: &Database, connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
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
        // Statements with their values do not belong in our log.
        .disable_statement_logging();
    match &access.password {
        Some(password) => options.password(password.expose_secret()),
        None => options,
    }
}
