//! What a command works on: one product's database, as its owner.

use std::fmt;
use std::time::Duration;

use sea_orm::{DatabaseConnection, SqlxPostgresConnector};
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::{Error, name};

/// One product's database and the role that owns it.
#[derive(Clone)]
pub struct Target {
    /// The product's id, compared with the database's identity.
    pub product_id: String,
    /// Connection as the owning role, directly to PostgreSQL (advisory locks do not
    /// survive a transaction pooler).
    pub owner: PgConnectOptions,
    /// The role that the servers use; it must exist (see [`crate::provision()`]).
    pub app_role: String,
    /// How long to wait for another run on the same database.
    pub wait_for_lock: Duration,
}

/// Without the connection's options: they hold a password.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("product_id", &self.product_id)
            .field("database", &self.database())
            .field("owner", &self.owner.get_username())
            .field("app_role", &self.app_role)
            .finish_non_exhaustive()
    }
}

impl Target {
    /// A target that waits a minute for another run.
    ///
    /// # Errors
    /// A name that cannot be used in SQL.
    pub fn new(
        product_id: impl Into<String>,
        owner: PgConnectOptions,
        app_role: impl Into<String>,
    ) -> Result<Self, Error> {
        let (product_id, app_role) = (product_id.into(), app_role.into());
        name::check("product id", &product_id)?;
        name::check("role name", &app_role)?;
        Ok(Self { product_id, owner, app_role, wait_for_lock: Duration::from_secs(60) })
    }

    /// The database's name.
    #[must_use]
    pub fn database(&self) -> &str {
        self.owner.get_database().unwrap_or_else(|| self.owner.get_username())
    }

    /// The options every connection of a run uses. The settings reach the SQL of the
    /// migrations; `app.role` lets the owner through its own forced row-level security.
    pub(crate) fn options(&self) -> PgConnectOptions {
        self.owner
            .clone()
            .application_name("terrace-migrate")
            .options([
                ("terrace.product_id", self.product_id.as_str()),
                ("terrace.app_role", self.app_role.as_str()),
                ("app.role", "system"),
                ("app.request_id", "migrate"),
                ("lock_timeout", "2s"),
            ])
            .disable_statement_logging()
    }

    /// One connection for the whole run, never swapped for another behind its back.
    pub(crate) async fn connect(&self) -> Result<DatabaseConnection, Error> {
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(10))
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_with(self.options())
            .await
            .map_err(|source| self.connect_error(source))?;
        Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
    }

    pub(crate) fn connect_error(&self, source: sqlx::Error) -> Error {
        Error::Connect {
            database: self.database().to_owned(),
            role: self.owner.get_username().to_owned(),
            source,
        }
    }
}
