//! The pools of one thread.

use std::time::Duration;

use sea_orm::DatabaseConnection;
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use terrace_product::Database;

use super::{
    connect_options,
    read::{self, ReadPool},
};

/// A pool behind each door.
pub(super) struct Pools {
    pub(super) transactions: DatabaseConnection,
    /// The pool inside `transactions`: tells how it is doing.
    pool: PgPool,
    pub(super) keyed: ReadPool,
    pub(super) planned: ReadPool,
}

impl Pools {
    /// The share of one of so many threads.
    pub(super) fn new(config: &Database, threads: usize) -> Self {
        let threads = u32::try_from(threads).unwrap_or(u32::MAX);
        let share = |connections: u32| connections.div_ceil(threads).max(1);
        let options = connect_options(&config.app());
        let planned = options.clone().options([("plan_cache_mode", "force_custom_plan")]);
        let pool = transactions(config, options.clone(), share(config.max_connections));
        Self {
            transactions: pool.clone().into(),
            pool,
            keyed: read::pool(config, options, share(config.max_connections)),
            planned: read::pool(config, planned, share(config.search_connections)),
        }
    }

    /// Open and idle connections: transactions, keyed, planned.
    pub(super) fn connections(&self) -> [(usize, usize); 3] {
        let reads = |pool: &ReadPool| (pool.status().size, pool.status().available);
        let open = usize::try_from(self.pool.size()).unwrap_or(usize::MAX);
        [(open, self.pool.num_idle()), reads(&self.keyed), reads(&self.planned)]
    }

    pub(super) async fn close(&self) {
        self.keyed.close();
        self.planned.close();
        self.pool.close().await;
    }
}

fn transactions(config: &Database, options: PgConnectOptions, connections: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(config.acquire_timeout)
        // A ping before each use would be one more round trip; only a connection that has been
        // idle for long may have died unnoticed.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > Duration::from_secs(30) {
                    sqlx::Connection::ping(connection).await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options)
}
