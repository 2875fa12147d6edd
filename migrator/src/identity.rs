//! Whose database this is.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

use crate::Error;

/// The product that a database belongs to; `None` before the first migration. Needs
/// SELECT only, so the application role can ask.
///
/// # Errors
/// What the database said.
pub async fn identity(db: &DatabaseConnection) -> Result<Option<String>, Error> {
    if !table_exists(db, "platform_identity").await? {
        return Ok(None);
    }
    let row = db.query_one_raw(sql("SELECT product_id FROM public.platform_identity")).await?;
    Ok(row.map(|row| row.try_get("", "product_id")).transpose()?)
}

/// Refuses a database of another product, and one without an identity.
///
/// # Errors
/// [`Error::WrongProduct`], [`Error::NoIdentity`], or what the database said.
pub async fn check_identity(db: &DatabaseConnection, product_id: &str) -> Result<(), Error> {
    let database = database_name(db).await?;
    match identity(db).await? {
        Some(found) if found == product_id => Ok(()),
        Some(found) => {
            Err(Error::WrongProduct { database, found, expected: product_id.to_owned() })
        }
        None => Err(Error::NoIdentity { database, expected: product_id.to_owned() }),
    }
}

/// Before a run: ours, or empty.
pub(crate) async fn check_for_run(db: &DatabaseConnection, product_id: &str) -> Result<(), Error> {
    match check_identity(db, product_id).await {
        Err(Error::NoIdentity { database, .. }) => match foreign_table(db).await? {
            Some(example) => Err(Error::NotOurs { database, example }),
            None => Ok(()),
        },
        other => other,
    }
}

/// A table that no extension owns, in a database without our identity.
async fn foreign_table(db: &DatabaseConnection) -> Result<Option<String>, Error> {
    let row = db
        .query_one_raw(sql("SELECT c.relname::text AS name FROM pg_class c \
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') \
               AND c.relname <> 'seaql_migrations' \
               AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass \
                               AND d.objid = c.oid AND d.deptype = 'e') \
             ORDER BY 1 LIMIT 1"))
        .await?;
    Ok(row.map(|row| row.try_get("", "name")).transpose()?)
}

pub(crate) async fn table_exists(db: &DatabaseConnection, table: &str) -> Result<bool, Error> {
    let statement = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT to_regclass('public.' || $1) IS NOT NULL AS found",
        [table.into()],
    );
    let row = db.query_one_raw(statement).await?;
    Ok(row.map(|row| row.try_get("", "found")).transpose()?.unwrap_or(false))
}

pub(crate) async fn database_name(db: &DatabaseConnection) -> Result<String, Error> {
    let row = db.query_one_raw(sql("SELECT current_database()::text AS name")).await?;
    Ok(row.map(|row| row.try_get("", "name")).transpose()?.unwrap_or_default())
}

pub(crate) fn sql(text: &str) -> Statement {
    Statement::from_string(DbBackend::Postgres, text)
}
