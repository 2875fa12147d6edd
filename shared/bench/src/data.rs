//! The database under test: the real schema, filled in one statement a table.

use anyhow::Context;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, postgres::PgConnectOptions};

use crate::server::Place;

const FILL: &str = include_str!("../sql/fill.sql");
const STAYS: &str = include_str!("../sql/stays.sql");
const FORGET: &str = include_str!("../sql/forget.sql");
const SEARCH: &str = include_str!("../sql/search.sql");

/// A filled database.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) version: String,
    /// The user that the create script acts as.
    pub(crate) user: String,
    /// As the superuser.
    pub(crate) admin: PgConnectOptions,
    /// `psql`-style connection string of the app role.
    pub(crate) conninfo: String,
    /// Its password.
    pub(crate) password: String,
    pub(crate) postgres_bin: std::path::PathBuf,
}

/// Makes the database, or takes it as it is where it already holds this many listings and stays.
pub(crate) async fn prepare(place: &Place, listings: u32, stays: u32) -> anyhow::Result<Database> {
    // A hundred to a listing, and none to what is not there.
    let stays = stays.min(listings.saturating_mul(100));
    place.terrace(&["provision", "--product", "bestays"])?;
    place.terrace(&["migrate", "up", "--product", "bestays"])?;
    place.terrace(&["token", "--product", "bestays", "--role", "agent"])?;
    let access = place.profile.database.app();
    let admin: PgConnectOptions = place.admin_url.parse()?;
    let admin = admin.database(access.database.as_str());
    let mut connection = PgConnection::connect_with(&admin).await?;
    connection.execute(FORGET).await.context("forget.sql")?;
    // What earlier runs created stays out of this one.
    connection
        .execute(
            "DELETE FROM properties WHERE slug NOT LIKE 'bench-%' \
             OR id::text NOT LIKE '%-0000-7000-8000-000000000000'",
        )
        .await?;
    let filled: i64 =
        sqlx::query("SELECT count(*) FROM properties").fetch_one(&mut connection).await?.get(0);
    if filled != i64::from(listings) {
        connection.execute("DELETE FROM properties").await?;
        let sql = FILL.replace(":listings", &listings.to_string());
        connection.execute(AssertSqlSafe(sql)).await.context("fill.sql")?;
    }
    let indexed: i64 = sqlx::query("SELECT count(*) FROM search_documents WHERE locale = 'en'")
        .fetch_one(&mut connection)
        .await?
        .get(0);
    if indexed != i64::from(listings) {
        connection.execute("DELETE FROM search_documents; DELETE FROM search_models").await?;
        connection.execute(SEARCH).await.context("search.sql")?;
    }
    let occupied: i64 =
        sqlx::query("SELECT count(*) FROM stays").fetch_one(&mut connection).await?.get(0);
    if occupied != i64::from(stays) {
        connection.execute("TRUNCATE stays CASCADE").await?;
        let sql = STAYS.replace(":stays", &stays.to_string());
        connection.execute(AssertSqlSafe(sql)).await.context("stays.sql")?;
    }
    connection.execute("VACUUM ANALYZE").await?;
    // The role's limit is meant for a server's pools, not for pgbench beside them.
    let role = access.user.as_str();
    connection.execute(AssertSqlSafe(format!("ALTER ROLE {role} CONNECTION LIMIT -1"))).await?;
    let row = sqlx::query(
        "SELECT current_setting('server_version'), \
         (SELECT id::text FROM users WHERE auth_subject = 'user_dev-agent')",
    )
    .fetch_one(&mut connection)
    .await?;
    let password = access.password.as_ref().map(secrecy_text).unwrap_or_default();
    Ok(Database {
        version: row.get(0),
        user: row.get(1),
        admin,
        conninfo: format!(
            "host={} port={} dbname={} user={}",
            access.host, access.port, access.database, access.user
        ),
        password,
        postgres_bin: place.postgres_bin.clone(),
    })
}

fn secrecy_text(secret: &secrecy::SecretString) -> String {
    use secrecy::ExposeSecret;
    secret.expose_secret().to_owned()
}
