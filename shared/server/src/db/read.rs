//! The doors for public reads: one autocommit statement each.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, FromQueryResult, Statement, Value};

use crate::error::Result;

/// Reads public rows: no transaction, no identity, one round trip a call.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    connection: &'a DatabaseConnection,
}

impl<'a> Reader<'a> {
    pub(super) fn new(connection: &'a DatabaseConnection) -> Self {
        Self { connection }
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
        let rows = self.connection.query_all_raw(statement(sql, values)).await?;
        Ok(rows.iter().map(|row| T::from_query_result(row, "")).collect::<Result<_, _>>()?)
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
        let row = self.connection.query_one_raw(statement(sql, values)).await?;
        Ok(row.map(|row| T::from_query_result(&row, "")).transpose()?)
    }
}

pub(crate) fn statement(
    sql: impl Into<String>,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}
