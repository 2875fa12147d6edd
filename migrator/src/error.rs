//! What can go wrong, in words for the person who ran the command.

use sea_orm::{DbErr, RuntimeErr};

/// A failure of the migrator.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server could not be reached, or refused the role.
    #[error("cannot connect to database {database} as {role}: {source}")]
    Connect { database: String, role: String, source: sqlx::Error },
    /// The database carries another product's identity.
    #[error(
        "database {database} belongs to product {found}, not {expected}; nothing was changed. \
         Check the database name in the profile of {expected}"
    )]
    WrongProduct { database: String, found: String, expected: String },
    /// The database has no identity yet.
    #[error(
        "database {database} carries no product identity; run `terrace migrate up --product {expected}` first"
    )]
    NoIdentity { database: String, expected: String },
    /// The database has tables, but not ours.
    #[error(
        "database {database} already holds tables that are not of this platform ({example}); nothing was changed. \
         Give the product an empty database"
    )]
    NotOurs { database: String, example: String },
    /// The application's role is missing.
    #[error("role {role} does not exist; run `terrace provision --product {product}` first")]
    NoAppRole { role: String, product: String },
    /// The bound of waiting for another run has passed.
    #[error(
        "another migration is running on database {database} (waited {seconds} s); run again when it has ended"
    )]
    AnotherRunning { database: String, seconds: u64 },
    /// A table stayed locked through every attempt.
    #[error(
        "migration {migration} could not lock its tables in {attempts} attempts: a long transaction holds them \
         (see pg_stat_activity). Finished steps are kept; run again to go on"
    )]
    Busy { migration: String, attempts: u32 },
    /// The database is ahead of this binary.
    #[error(
        "database {database} has migrations that this binary does not know: {names}. \
         It was migrated by a newer version; use that one"
    )]
    UnknownMigrations { database: String, names: String },
    /// A step failed; it was rolled back and the steps before it are kept.
    #[error(
        "migration {migration} failed and was rolled back (the steps before it are kept): {source}"
    )]
    Step { migration: String, source: DbErr },
    /// A name that cannot be used in SQL.
    #[error(
        "{what} {name:?} is not usable: it takes 1 to 63 of a-z, 0-9 and _, beginning with a letter"
    )]
    Name { what: &'static str, name: String },
    /// A role that must not become a product's.
    #[error("role {role} is {why}; choose another role name for the product")]
    ForeignRole { role: String, why: &'static str },
    /// A password outside printable ASCII, or empty.
    #[error("the password of role {role} must be 1 to 256 printable ASCII characters")]
    Password { role: String },
    /// Provisioning needs a superuser.
    #[error(
        "the provisioning connection is role {role}, which is not a superuser; roles and extensions need one"
    )]
    NotSuperuser { role: String },
    /// The server lacks an extension.
    #[error(
        "extension {extension} is not available on this server; install it (pgvector for vector, contrib for the rest): {source}"
    )]
    Extension { extension: &'static str, source: sqlx::Error },
    /// The source of randomness failed.
    #[error("the operating system gave no random bytes for a password salt")]
    Random,
    /// A statement of provisioning failed.
    #[error("{what} failed: {source}")]
    Provision { what: String, source: sqlx::Error },
    /// Anything else the database said.
    #[error("database error: {0}")]
    Database(#[from] DbErr),
}

/// The SQLSTATE inside an error of sea-orm, if the server sent one.
pub(crate) fn sqlstate(error: &DbErr) -> Option<String> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(inner))
        | DbErr::Exec(RuntimeErr::SqlxError(inner))
        | DbErr::Query(RuntimeErr::SqlxError(inner)) => {
            inner.as_database_error().and_then(|e| e.code()).map(|code| code.into_owned())
        }
        _ => None,
    }
}
