//! One run at a time for each database.

use std::time::{Duration, Instant};

use sqlx::{ConnectOptions, Connection, PgConnection};

use crate::{Error, Target};

/// Advisory locks are per database, so one number serves every product.
const KEY: i64 = 0x7465_7272_6163_6501;
const POLL: Duration = Duration::from_millis(100);

/// Held on a connection of its own: when the process dies, so does the lock.
pub(crate) struct RunLock {
    connection: PgConnection,
}

impl RunLock {
    pub(crate) async fn acquire(target: &Target) -> Result<Self, Error> {
        let fail = |source| target.connect_error(source);
        let mut connection = target.options().connect().await.map_err(fail)?;
        let started = Instant::now();
        loop {
            let taken: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
                .bind(KEY)
                .fetch_one(&mut connection)
                .await
                .map_err(fail)?;
            if taken {
                return Ok(Self { connection });
            }
            if started.elapsed() >= target.wait_for_lock {
                return Err(Error::AnotherRunning {
                    database: target.database().to_owned(),
                    seconds: started.elapsed().as_secs(),
                });
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Proves that the lock's connection still lives; asked before every step.
    pub(crate) async fn still_held(&mut self, target: &Target) -> Result<(), Error> {
        self.connection.ping().await.map_err(|source| target.connect_error(source))
    }

    pub(crate) async fn release(self) {
        if let Err(error) = self.connection.close().await {
            tracing::debug!(%error, "closing the lock's connection");
        }
    }
}
