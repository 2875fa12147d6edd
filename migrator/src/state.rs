//! Which migrations a database has, read without any right to change it.

use sea_orm::{ConnectionTrait, DatabaseConnection};
use serde::Serialize;

use crate::identity::{sql, table_exists};
use crate::{Error, migrations};

/// The difference between a database and this binary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pending {
    /// Known to the binary, not applied.
    pub pending: Vec<String>,
    /// Applied, not known to the binary: it is older than the database.
    pub unknown: Vec<String>,
}

impl Pending {
    /// Whether database and binary are in step.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty() && self.unknown.is_empty()
    }
}

/// What stands between a database and this binary. Needs SELECT only, so the application
/// role can ask.
///
/// # Errors
/// What the database said.
pub async fn pending(db: &DatabaseConnection) -> Result<Pending, Error> {
    Ok(compare(&applied(db).await?))
}

/// Names of applied migrations, in order.
pub(crate) async fn applied(db: &DatabaseConnection) -> Result<Vec<String>, Error> {
    if !table_exists(db, "seaql_migrations").await? {
        return Ok(Vec::new());
    }
    let rows = db
        .query_all_raw(sql("SELECT version FROM public.seaql_migrations ORDER BY version"))
        .await?;
    rows.iter().map(|row| row.try_get("", "version").map_err(Error::from)).collect()
}

pub(crate) fn compare(applied: &[String]) -> Pending {
    let known = || migrations::ALL.iter().map(|migration| migration.name);
    Pending {
        pending: known()
            .filter(|name| !applied.iter().any(|a| a == name))
            .map(str::to_owned)
            .collect(),
        unknown: applied
            .iter()
            .filter(|a| !known().any(|name| name == a.as_str()))
            .cloned()
            .collect(),
    }
}
