//! The server of the database, as its superuser sees it: roles and databases of brands.

use anyhow::{Context, bail};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, postgres::PgConnectOptions,
};
use terrace_migrator::{ProvisionReport, Report, RoleSpec, Target};
use terrace_product::{DatabaseAccess, Env, Profile};

use crate::db;

/// Connections that a role may hold: the owner's commands, and several instances of the server.
const OWNER_CONNECTIONS: u16 = 10;
const APP_CONNECTIONS: u16 = 40;

/// How the work of this module is known to the server; not a session that serves anybody.
const APPLICATION: &str = "terrace-brand";

/// A superuser's access, from `TERRACE_ADMIN_DATABASE_URL`.
///
/// # Errors
/// Where it is not set, or no URL; the message does not repeat it, because it holds a password.
pub fn admin(env: &Env) -> anyhow::Result<PgConnectOptions> {
    let url = env.get("TERRACE_ADMIN_DATABASE_URL").context(
        "TERRACE_ADMIN_DATABASE_URL is not set: roles, databases and whole rows of them are a superuser's business",
    )?;
    let options: PgConnectOptions = url
        .parse()
        .map_err(|_| anyhow::anyhow!("TERRACE_ADMIN_DATABASE_URL is not a PostgreSQL URL"))?;
    Ok(options.application_name(APPLICATION).disable_statement_logging())
}

/// What a brand needs of the server.
///
/// # Errors
/// Where the password of a role is not set.
pub fn provision_spec(
    profile: &Profile,
    admin: PgConnectOptions,
) -> anyhow::Result<terrace_migrator::Provision> {
    let database = &profile.database;
    Ok(terrace_migrator::Provision {
        admin,
        product_id: profile.id.to_string(),
        database: database.name.to_string(),
        owner: role(profile, database.owner(), "OWNER_PASSWORD", OWNER_CONNECTIONS)?,
        app: role(profile, database.app(), "APP_PASSWORD", APP_CONNECTIONS)?,
    })
}

/// How the owner of a brand's tables comes in.
///
/// # Errors
/// Where production does not know their password: servers do without it, whoever migrates does not.
pub fn owner(profile: &Profile) -> anyhow::Result<PgConnectOptions> {
    let access = profile.database.owner();
    if profile.environment.is_production() && access.password.is_none() {
        return Err(no_password(profile, &access, "OWNER_PASSWORD"));
    }
    Ok(db::connect_options(&access))
}

fn role(
    profile: &Profile,
    access: DatabaseAccess,
    variable: &str,
    connection_limit: u16,
) -> anyhow::Result<RoleSpec> {
    let Some(password) = access.password.clone() else {
        return Err(no_password(profile, &access, variable));
    };
    Ok(RoleSpec { name: access.user.to_string(), password, connection_limit })
}

fn no_password(profile: &Profile, access: &DatabaseAccess, variable: &str) -> anyhow::Error {
    let prefix = profile.id.variable_prefix();
    anyhow::anyhow!(
        "the password of role {} is not set: set {prefix}DATABASE__{variable} or {prefix}DATABASE__{variable}_FILE",
        access.user
    )
}

/// A connection of the superuser's: to the database that its URL names, or to this one.
pub(super) async fn connect(
    admin: &PgConnectOptions,
    database: Option<&str>,
) -> anyhow::Result<PgConnection> {
    let options = match database {
        Some(database) => admin.clone().database(database),
        None => admin.clone(),
    };
    PgConnection::connect_with(&options).await.with_context(|| {
        let what = database.unwrap_or("the server of TERRACE_ADMIN_DATABASE_URL");
        format!("cannot reach {what}; is PostgreSQL running?")
    })
}

/// The server answers, and to a superuser.
pub(super) async fn check_admin(admin: &PgConnectOptions) -> anyhow::Result<()> {
    let mut connection = connect(admin, None).await?;
    let is_superuser: bool =
        sqlx::query_scalar("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            .fetch_one(&mut connection)
            .await?;
    connection.close().await?;
    if !is_superuser {
        bail!("the role in TERRACE_ADMIN_DATABASE_URL is no superuser: it could not make roles");
    }
    Ok(())
}

/// Roles, database and extensions, whatever is missing of them.
pub(super) async fn provision(
    profile: &Profile,
    admin: &PgConnectOptions,
) -> anyhow::Result<ProvisionReport> {
    Ok(terrace_migrator::provision(&provision_spec(profile, admin.clone())?).await?)
}

/// Every migration that is pending.
pub(super) async fn migrate(profile: &Profile) -> anyhow::Result<Report> {
    let target =
        Target::new(profile.id.as_str(), owner(profile)?, profile.database.app_role.as_str())?;
    let report = terrace_migrator::up(&target).await?;
    if !report.drift.is_empty() {
        bail!(
            "the schema of {} is not what this program's migrations make:\n{}",
            profile.database.name,
            report.drift.join("\n")
        );
    }
    Ok(report)
}

/// Whether the server has this database.
pub(super) async fn exists(server: &mut PgConnection, database: &str) -> anyhow::Result<bool> {
    let sql = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)";
    Ok(sqlx::query_scalar(sql).bind(database).fetch_one(server).await?)
}

/// Sessions in a database, our own and the server's own left out.
pub(super) async fn sessions(server: &mut PgConnection, database: &str) -> anyhow::Result<i64> {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend' \
               AND application_name <> $2 AND pid <> pg_backend_pid()";
    Ok(sqlx::query_scalar(sql).bind(database).bind(APPLICATION).fetch_one(server).await?)
}

/// Whose database it is, as it says itself; none where it does not say.
pub(super) async fn identity(database: &mut PgConnection) -> anyhow::Result<Option<String>> {
    let known: bool =
        sqlx::query_scalar("SELECT to_regclass('public.platform_identity') IS NOT NULL")
            .fetch_one(&mut *database)
            .await?;
    if !known {
        return Ok(None);
    }
    let sql = "SELECT product_id FROM public.platform_identity";
    Ok(sqlx::query_scalar(sql).fetch_optional(database).await?)
}

/// Drops a database, whoever is in it if `force`.
pub(super) async fn drop_database(
    server: &mut PgConnection,
    database: &str,
    force: bool,
) -> anyhow::Result<()> {
    let how = if force { " WITH (FORCE)" } else { "" };
    // The name is a `SqlName`: it needs no quotes.
    let sql = format!("DROP DATABASE IF EXISTS {database}{how}");
    server
        .execute(AssertSqlSafe(sql))
        .await
        .with_context(|| format!("database {database} could not be dropped"))?;
    Ok(())
}

/// Drops the two roles of a brand; gives how many there were.
pub(super) async fn drop_roles(
    server: &mut PgConnection,
    profile: &Profile,
) -> anyhow::Result<usize> {
    let mut dropped = 0;
    for role in [&profile.database.app_role, &profile.database.owner_role] {
        let sql = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1 AND NOT rolsuper)";
        let is_there: bool =
            sqlx::query_scalar(sql).bind(role.as_str()).fetch_one(&mut *server).await?;
        if is_there {
            server
                .execute(AssertSqlSafe(format!("DROP ROLE {role}")))
                .await
                .with_context(|| format!("role {role} could not be dropped"))?;
            dropped += 1;
        }
    }
    Ok(dropped)
}
