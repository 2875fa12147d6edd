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

mod pools;
mod read;
mod tx;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use pools::Pools;
use sea_orm::ConnectionTrait;
use secrecy::ExposeSecret;
use sqlx::{ConnectOptions, postgres::PgConnectOptions};
use terrace_product::{Database, DatabaseAccess};

pub use read::Reader;
pub(crate) use read::statement;
pub use tx::{Context, Work};

use crate::error::Result;

/// A product's database: a pool behind each door.
///
/// Each thread of the server has pools of its own. A connection belongs to the runtime that
/// opened it, and Actix has one for each of its threads: shared between them, every answer of
/// the database would wake two.
#[derive(Clone)]
pub struct Db {
    pools: Arc<[Pools]>,
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
    /// The pools of a command, or of anything else with one runtime. They connect on first use:
    /// a database that is away at start shows in `/health/ready`, it does not keep the process
    /// from starting.
    #[must_use]
    pub fn connect(config: &Database) -> Self {
        Self::connect_threads(config, 1)
    }

    /// The pools of a server that serves with so many threads; the connections that the profile
    /// allows are shared out among them.
    #[must_use]
    pub fn connect_threads(config: &Database, threads: usize) -> Self {
        let threads = threads.max(1);
        Self {
            pools: (0..threads).map(|_| Pools::new(config, threads)).collect(),
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
        Reader::new(&self.here().keyed)
    }

    /// Public rows by filter. See the module's documentation.
    #[must_use]
    pub fn search(&self) -> Reader<'_> {
        Reader::new(&self.here().planned)
    }

    /// The pools of this thread.
    fn here(&self) -> &Pools {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static THREAD: usize = THREADS.fetch_add(1, Ordering::Relaxed);
        }
        let thread = THREAD.with(|thread| *thread);
        // Never empty: `connect_threads` makes one at least.
        &self.pools[thread % self.pools.len()]
    }

    /// Connections of each kind of pool: name, open, idle.
    #[must_use]
    pub fn connections(&self) -> [(&'static str, usize, usize); 3] {
        let mut all = [("transactions", 0, 0), ("keyed", 0, 0), ("planned", 0, 0)];
        for pools in self.pools.iter() {
            for ((_, open, idle), (more_open, more_idle)) in all.iter_mut().zip(pools.connections())
            {
                *open += more_open;
                *idle += more_idle;
            }
        }
        all
    }

    /// Closes the pools; statements under way end first.
    pub async fn close(&self) {
        for pools in self.pools.iter() {
            pools.close().await;
        }
    }

    /// One autocommit statement on the pool of the transactions. No door of ours does that; the
    /// proof does, because there it is that writes are lost.
    ///
    /// # Errors
    /// Those of the database.
    #[doc(hidden)]
    pub async fn autocommit(&self, sql: &str) -> Result<u64> {
        let result = self.here().transactions.execute_raw(statement(sql, [])).await?;
        Ok(result.rows_affected())
    }
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
