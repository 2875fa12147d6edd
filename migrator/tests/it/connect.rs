//! Connections in other roles than the owner's, and statements that must fail.

use sqlx::{AssertSqlSafe, ConnectOptions, Executor, PgConnection};

use crate::scratch::{Scratch, admin};

impl Scratch {
    pub(crate) async fn as_app(&self) -> PgConnection {
        self.options(&self.spec.app.name).connect().await.expect("connect as the application")
    }

    pub(crate) async fn as_admin(&self) -> PgConnection {
        admin().database(&self.spec.database).connect().await.expect("connect as the superuser")
    }
}

/// Names a user and a role for the rest of the connection; '' stands for none.
pub(crate) async fn act_as(connection: &mut PgConnection, user: &str, role: &str) {
    sqlx::query("SELECT set_config('app.user_id', $1, false), set_config('app.role', $2, false)")
        .bind(user)
        .bind(role)
        .execute(connection)
        .await
        .expect("name the user");
}

pub(crate) async fn run(connection: &mut PgConnection, sql: impl Into<String>) -> u64 {
    let sql = sql.into();
    match connection.execute(AssertSqlSafe(sql.clone())).await {
        Ok(done) => done.rows_affected(),
        Err(error) => panic!("{sql}\n{error}"),
    }
}

/// The SQLSTATE of a statement and the constraint it names; `ok` when it was let through.
pub(crate) async fn outcome(connection: &mut PgConnection, sql: impl Into<String>) -> String {
    match connection.execute(AssertSqlSafe(sql.into())).await {
        Ok(_) => "ok".to_owned(),
        Err(error) => {
            let error = error.into_database_error().expect("the server's answer");
            let code = error.code().unwrap_or_default().into_owned();
            error.constraint().map_or(code.clone(), |name| format!("{code} {name}"))
        }
    }
}

/// One value of one row.
pub(crate) async fn value<T>(connection: &mut PgConnection, sql: impl Into<String>) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    sqlx::query_scalar(AssertSqlSafe(sql.into())).fetch_one(connection).await.expect("one value")
}

/// The first column of every row, as text.
pub(crate) async fn values(connection: &mut PgConnection, sql: impl Into<String>) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(sql.into())).fetch_all(connection).await.expect("values")
}
