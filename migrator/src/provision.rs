//! Prepares a server for a product: two roles, one database, its extensions. Safe to
//! repeat and to run twice at once; what is there is set right, never dropped.

use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};

use crate::name::{self, literal};
use crate::report::ProvisionReport;
use crate::{Error, scram};

const EXTENSIONS: [&str; 4] = ["vector", "btree_gist", "pg_trgm", "unaccent"];

/// Backstops for a server process that hangs; the owner has none, a migration may take long.
const APP_SETTINGS: [(&str, &str); 3] = [
    ("statement_timeout", "5s"),
    ("lock_timeout", "2s"),
    ("idle_in_transaction_session_timeout", "5s"),
];

/// One provisioning at a time on a server (advisory, in the admin connection's database).
const KEY: i64 = 0x7465_7272_6163_6502;
const WAIT_FOR_LOCK: Duration = Duration::from_secs(60);

/// A role to make or to set right.
#[derive(Clone)]
pub struct RoleSpec {
    pub name: String,
    /// Printable ASCII; it leaves this process only as a SCRAM verifier.
    pub password: SecretString,
    /// Connections at most; keeps one product from starving the others.
    pub connection_limit: u16,
}

/// What a product needs of a server.
#[derive(Clone)]
pub struct Provision {
    /// A superuser's connection, to any database of the server.
    pub admin: PgConnectOptions,
    pub product_id: String,
    pub database: String,
    pub owner: RoleSpec,
    pub app: RoleSpec,
}

/// Without passwords.
impl fmt::Debug for Provision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provision")
            .field("product_id", &self.product_id)
            .field("database", &self.database)
            .field("owner", &self.owner.name)
            .field("app", &self.app.name)
            .finish_non_exhaustive()
    }
}

/// Makes roles, database and extensions, or sets them right.
///
/// # Errors
/// A name or password that cannot be used, a connection that is no superuser, a role that
/// is one, a database of another product, a missing extension.
pub async fn provision(spec: &Provision) -> Result<ProvisionReport, Error> {
    name::check("product id", &spec.product_id)?;
    name::check("database name", &spec.database)?;
    name::check("role name", &spec.owner.name)?;
    name::check("role name", &spec.app.name)?;

    let mut admin = connect(&spec.admin).await?;
    take_lock(&mut admin).await?;
    let server_version = check_admin(&mut admin, spec).await?;

    let exists: bool = fetch(
        &mut admin,
        "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)",
        &spec.database,
    )
    .await?;
    if exists {
        refuse_other_product(spec).await?;
    }
    let created_owner_role = ensure_role(&mut admin, &spec.owner).await?;
    let created_app_role = ensure_role(&mut admin, &spec.app).await?;
    ensure_database(&mut admin, spec, exists).await?;
    prepare_database(spec).await?;
    // Closing releases the lock.
    admin.close().await.map_err(|source| failed("closing the connection", source))?;
    Ok(ProvisionReport {
        product: spec.product_id.clone(),
        database: spec.database.clone(),
        owner_role: spec.owner.name.clone(),
        app_role: spec.app.name.clone(),
        created_database: !exists,
        created_owner_role,
        created_app_role,
        server_version,
    })
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, Error> {
    options
        .clone()
        .application_name("terrace-provision")
        .disable_statement_logging()
        .connect()
        .await
        .map_err(|source| Error::Connect {
            database: options.get_database().unwrap_or("postgres").to_owned(),
            role: options.get_username().to_owned(),
            source,
        })
}

async fn take_lock(admin: &mut PgConnection) -> Result<(), Error> {
    let sql = format!(
        "SET lock_timeout = '{}s'; SELECT pg_advisory_lock({KEY})",
        WAIT_FOR_LOCK.as_secs()
    );
    run(admin, "waiting for another provisioning", sql).await
}

/// Superuser, and neither role is the one we came with or another superuser.
async fn check_admin(admin: &mut PgConnection, spec: &Provision) -> Result<String, Error> {
    let (user, superuser, version): (String, bool, String) = sqlx::query_as(
        "SELECT current_user::text, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user), current_setting('server_version')",
    )
    .fetch_one(&mut *admin)
    .await
    .map_err(|source| failed("asking who we are", source))?;
    if !superuser {
        return Err(Error::NotSuperuser { role: user });
    }
    if spec.owner.name == spec.app.name {
        return Err(Error::ForeignRole {
            role: spec.app.name.clone(),
            why: "both the owner's and the application's",
        });
    }
    for role in [&spec.owner, &spec.app] {
        let is_superuser: Option<bool> =
            sqlx::query_scalar("SELECT rolsuper FROM pg_roles WHERE rolname = $1")
                .bind(&role.name)
                .fetch_optional(&mut *admin)
                .await
                .map_err(|source| failed("looking at the roles", source))?;
        if is_superuser == Some(true) {
            return Err(Error::ForeignRole {
                role: role.name.clone(),
                why: "a superuser of the server",
            });
        }
    }
    Ok(version.split_whitespace().next().unwrap_or_default().to_owned())
}

async fn refuse_other_product(spec: &Provision) -> Result<(), Error> {
    let mut db = connect(&spec.admin.clone().database(&spec.database)).await?;
    let known: bool =
        fetch(&mut db, "SELECT to_regclass($1) IS NOT NULL", "public.platform_identity").await?;
    if known {
        let found: Option<String> =
            sqlx::query_scalar("SELECT product_id FROM public.platform_identity")
                .fetch_optional(&mut db)
                .await
                .map_err(|source| failed("reading the database's identity", source))?;
        if let Some(found) = found.filter(|found| *found != spec.product_id) {
            return Err(Error::WrongProduct {
                database: spec.database.clone(),
                found,
                expected: spec.product_id.clone(),
            });
        }
    }
    Ok(())
}

async fn ensure_role(admin: &mut PgConnection, role: &RoleSpec) -> Result<bool, Error> {
    let exists: bool =
        fetch(admin, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", &role.name).await?;
    let verb = if exists { "ALTER" } else { "CREATE" };
    let verifier = scram::verifier(&role.name, role.password.expose_secret())?;
    let sql = format!(
        "{verb} ROLE {} WITH LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION CONNECTION LIMIT {} PASSWORD {}",
        role.name,
        role.connection_limit,
        literal(&verifier)
    );
    run(admin, format!("making role {}", role.name), sql).await?;
    Ok(!exists)
}

async fn ensure_database(
    admin: &mut PgConnection,
    spec: &Provision,
    exists: bool,
) -> Result<(), Error> {
    let Provision { database, owner, app, .. } = spec;
    let make = if exists {
        format!("ALTER DATABASE {database} OWNER TO {}", owner.name)
    } else {
        format!(
            "CREATE DATABASE {database} OWNER {} ENCODING 'UTF8' TEMPLATE template0",
            owner.name
        )
    };
    run(admin, format!("making database {database}"), make).await?;
    // CONNECT and TEMPORARY are granted to PUBLIC by default: every product's roles could
    // enter every database.
    run(
        admin,
        format!("closing database {database} to others"),
        format!("REVOKE ALL ON DATABASE {database} FROM PUBLIC; GRANT CONNECT ON DATABASE {database} TO {}, {}", owner.name, app.name),
    )
    .await?;
    for (setting, value) in APP_SETTINGS {
        let sql = format!(
            "ALTER ROLE {} IN DATABASE {database} SET {setting} = {}",
            app.name,
            literal(value)
        );
        run(admin, format!("setting {setting} of role {}", app.name), sql).await?;
    }
    Ok(())
}

async fn prepare_database(spec: &Provision) -> Result<(), Error> {
    let mut db = connect(&spec.admin.clone().database(&spec.database)).await?;
    for extension in EXTENSIONS {
        let sql = format!("CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA public");
        db.execute(AssertSqlSafe(sql))
            .await
            .map_err(|source| Error::Extension { extension, source })?;
    }
    // The planner takes a comparison of 1,536 numbers for as cheap as that of two, and would
    // rather make thousands of them than ask the index. Only the extension's owner may say
    // otherwise.
    let cost = "ALTER FUNCTION public.cosine_distance(halfvec, halfvec) COST 2000";
    run(&mut db, "telling what comparing vectors costs", cost.to_owned()).await?;
    run(&mut db, "closing schema public", "REVOKE CREATE ON SCHEMA public FROM PUBLIC".to_owned())
        .await?;
    db.close().await.map_err(|source| failed("closing the connection", source))
}

async fn fetch(
    connection: &mut PgConnection,
    sql: &'static str,
    argument: &str,
) -> Result<bool, Error> {
    sqlx::query_scalar(sql)
        .bind(argument)
        .fetch_one(connection)
        .await
        .map_err(|source| failed("looking at the catalogue", source))
}

async fn run(
    connection: &mut PgConnection,
    what: impl Into<String>,
    sql: String,
) -> Result<(), Error> {
    connection.execute(AssertSqlSafe(sql)).await.map_err(|source| failed(what, source))?;
    Ok(())
}

fn failed(what: impl Into<String>, source: sqlx::Error) -> Error {
    Error::Provision { what: what.into(), source }
}
