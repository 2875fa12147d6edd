//! The doors for public reads: one autocommit statement each.
//!
//! They have pools of their own, because sqlx's pool pings a connection each time it comes back:
//! a second round trip for every read. A read leaves nothing behind that a ping would have to
//! find; a connection that was left in the middle of an answer throws it away before the next.

use std::time::Duration;

use deadpool::managed::{self, Metrics, Object, PoolError, RecycleResult};
use sea_orm::{DbBackend, DbErr, FromQueryResult, QueryResult, Statement, Value};
use sea_query_sqlx::SqlxValues;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection,
    postgres::{PgConnectOptions, PgRow},
};
use terrace_product::Database;

use crate::error::{Code, Error, Result, from_sqlx, unavailable};

/// A server that takes longer is as good as away. The role's `statement_timeout` is no help where
/// the server itself is frozen.
const PATIENCE: Duration = Duration::from_millis(2500);

/// A connection that rested longer may have died unnoticed.
const RESTED: Duration = Duration::from_secs(30);

/// Connections for reads.
pub(super) type ReadPool = managed::Pool<Connections>;

/// Makes connections and looks after those that rested.
#[derive(Debug)]
pub(super) struct Connections {
    options: PgConnectOptions,
}

impl managed::Manager for Connections {
    type Type = PgConnection;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<PgConnection, sqlx::Error> {
        self.options.connect().await
    }

    async fn recycle(
        &self,
        connection: &mut PgConnection,
        metrics: &Metrics,
    ) -> RecycleResult<sqlx::Error> {
        if metrics.last_used() > RESTED {
            connection.ping().await?;
        }
        Ok(())
    }
}

/// A pool that connects on first use.
pub(super) fn pool(config: &Database, options: PgConnectOptions, connections: u32) -> ReadPool {
    let patience = Some(config.acquire_timeout);
    let builder = ReadPool::builder(Connections { options })
        .max_size(usize::try_from(connections).unwrap_or(usize::MAX))
        .wait_timeout(patience)
        .create_timeout(patience)
        .recycle_timeout(patience)
        .runtime(deadpool::Runtime::Tokio1);
    match builder.build() {
        Ok(pool) => pool,
        // Only a timeout without a runtime is refused, and there is one.
        Err(error) => unreachable!("{error}"),
    }
}

/// Reads public rows: no transaction, no identity, one round trip a call.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    pool: &'a ReadPool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(pool: &'a ReadPool) -> Self {
        Self { pool }
    }

    /// The rows of a query.
    ///
    /// # Errors
    /// `503` where the database is away, `500` where the statement is wrong.
    pub async fn all<T: FromQueryResult>(
        self,
        sql: impl Into<String>,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<T>> {
        let values = sea_orm::Values(values.into_iter().collect());
        let rows = self.rows(sql.into(), values).await?;
        Ok(rows
            .into_iter()
            .map(|row| T::from_query_result(&QueryResult::from(row), ""))
            .collect::<Result<_, DbErr>>()?)
    }

    /// The first row of a query, if there is one.
    ///
    /// # Errors
    /// As for [`Reader::all`].
    pub async fn one<T: FromQueryResult>(
        self,
        sql: impl Into<String>,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<T>> {
        Ok(self.all(sql, values).await?.into_iter().next())
    }

    /// A connection that turns out to be dead is replaced once: a read may be repeated.
    async fn rows(self, sql: String, values: sea_orm::Values) -> Result<Vec<PgRow>> {
        match self.attempt(sql.clone(), values.clone()).await {
            Err(Failure::Dead) => self.attempt(sql, values).await.map_err(Failure::into_error),
            other => other.map_err(Failure::into_error),
        }
    }

    async fn attempt(self, sql: String, values: sea_orm::Values) -> Result<Vec<PgRow>, Failure> {
        let mut connection = self.pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) => Failure::Refused(from_sqlx(&error)),
            _ => Failure::Refused(unavailable("no database connection is free")),
        })?;
        let query = sqlx::query_with(AssertSqlSafe(sql), SqlxValues(values));
        match tokio::time::timeout(PATIENCE, query.fetch_all(&mut *connection)).await {
            Ok(Ok(rows)) => Ok(rows),
            Ok(Err(error)) => {
                let refused = from_sqlx(&error);
                let is_dead = refused.database.is_none() && refused.code == Code::Unavailable;
                if is_dead {
                    drop(Object::take(connection));
                    return Err(Failure::Dead);
                }
                Err(Failure::Refused(refused))
            }
            Err(_) => {
                drop(Object::take(connection));
                Err(Failure::Refused(unavailable("the database does not answer")))
            }
        }
    }
}

enum Failure {
    /// The connection was gone before the statement was answered.
    Dead,
    Refused(Error),
}

impl Failure {
    fn into_error(self) -> Error {
        match self {
            Self::Dead => unavailable("the database connection failed"),
            Self::Refused(error) => error,
        }
    }
}

pub(crate) fn statement(
    sql: impl Into<String>,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}
