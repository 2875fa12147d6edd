//! Runs migrations on one product's database: under its lock, after proving whose database
//! it is, step by step, so that a killed run is finished by the next one.

use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use sea_orm_migration::MigratorTrait;

use crate::error::sqlstate;
use crate::fingerprint::{SchemaDescription, diff};
use crate::identity::{check_for_run, table_exists};
use crate::lock::RunLock;
use crate::migrations::{ALL, GRANTS, Migrator, SqlMigration};
use crate::report::{PlannedStep, Report};
use crate::state::{applied, compare};
use crate::{Error, Target};

/// Attempts at a step whose tables are locked (2 s each, `lock_timeout`), with pauses
/// between them in which the waiting queries get through.
const ATTEMPTS: u32 = 8;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// Applies every pending migration.
///
/// # Errors
/// Another product's database, another run, an older binary, or a step that failed: it is
/// rolled back and the steps before it are kept.
pub async fn up(target: &Target) -> Result<Report, Error> {
    let mut run = Run::begin(target).await?;
    run.apply_pending().await?;
    run.finish().await
}

/// Takes back the last `steps` migrations. Data in their tables is lost.
///
/// # Errors
/// As for [`up`].
pub async fn down(target: &Target, steps: usize) -> Result<Report, Error> {
    let mut run = Run::begin(target).await?;
    for name in run.applied_known().await?.iter().rev().take(steps) {
        run.step(name, Direction::Down).await?;
        run.reverted.push(name.clone());
    }
    if table_exists(&run.db, "seaql_migrations").await? && applied(&run.db).await?.is_empty() {
        Migrator::uninstall(&run.db).await?;
    }
    run.finish().await
}

/// Drops everything in the schema and applies every migration. All data is lost: whether
/// that may be is the caller's question.
///
/// # Errors
/// As for [`up`].
pub async fn fresh(target: &Target) -> Result<Report, Error> {
    let mut run = Run::begin(target).await?;
    run.lock.still_held(target).await?;
    run.db.execute_unprepared(include_str!("drop_all.sql")).await?;
    run.apply_pending().await?;
    run.finish().await
}

/// The state of a database, without changing it or waiting for a run.
///
/// # Errors
/// Another product's database, or what the database said.
pub async fn status(target: &Target) -> Result<Report, Error> {
    let started = Instant::now();
    let db = target.connect().await?;
    check_for_run(&db, &target.product_id).await?;
    report(target, &db, started).await
}

/// The steps that [`up`] would run, each with the SQL of its transaction: fit to be read, and
/// to be run by hand as the owning role.
///
/// # Errors
/// As for [`status`].
pub async fn plan(target: &Target) -> Result<Vec<PlannedStep>, Error> {
    let db = target.connect().await?;
    check_for_run(&db, &target.product_id).await?;
    let pending = compare(&applied(&db).await?).pending;
    Ok(ALL
        .iter()
        .filter(|migration| pending.iter().any(|name| name == migration.name))
        .map(|migration| PlannedStep {
            name: migration.name.to_owned(),
            sql: planned_sql(target, migration),
        })
        .collect())
}

fn planned_sql(target: &Target, migration: &SqlMigration) -> String {
    let SqlMigration { name, up, .. } = migration;
    format!(
        "BEGIN;\n\
         SET LOCAL terrace.product_id = '{}';\n\
         SET LOCAL terrace.app_role = '{}';\n\
         CREATE TABLE IF NOT EXISTS seaql_migrations (version varchar NOT NULL PRIMARY KEY, applied_at bigint NOT NULL);\n\
         {up}\n{GRANTS}\
         INSERT INTO seaql_migrations VALUES ('{name}', extract(epoch FROM now())::bigint);\n\
         COMMIT;\n",
        target.product_id, target.app_role
    )
}

#[derive(Clone, Copy)]
enum Direction {
    Up,
    Down,
}

struct Run<'a> {
    target: &'a Target,
    started: Instant,
    lock: RunLock,
    db: DatabaseConnection,
    applied_now: Vec<String>,
    reverted: Vec<String>,
}

impl<'a> Run<'a> {
    async fn begin(target: &'a Target) -> Result<Self, Error> {
        let started = Instant::now();
        let lock = RunLock::acquire(target).await?;
        let db = target.connect().await?;
        check_for_run(&db, &target.product_id).await?;
        check_app_role(&db, target).await?;
        Ok(Self { target, started, lock, db, applied_now: Vec::new(), reverted: Vec::new() })
    }

    async fn applied_known(&self) -> Result<Vec<String>, Error> {
        let applied = applied(&self.db).await?;
        let unknown = compare(&applied).unknown;
        if unknown.is_empty() {
            return Ok(applied);
        }
        Err(Error::UnknownMigrations {
            database: self.target.database().to_owned(),
            names: unknown.join(", "),
        })
    }

    async fn apply_pending(&mut self) -> Result<(), Error> {
        let pending = compare(&self.applied_known().await?).pending;
        for name in &pending {
            self.step(name, Direction::Up).await?;
            self.applied_now.push(name.clone());
        }
        if pending.is_empty() {
            // Steps carry the rights with them; this serves a change of the role's name.
            self.db.execute_unprepared(GRANTS).await?;
        }
        Ok(())
    }

    async fn step(&mut self, name: &str, direction: Direction) -> Result<(), Error> {
        let mut pause = FIRST_PAUSE;
        for attempt in 1..=ATTEMPTS {
            self.lock.still_held(self.target).await?;
            let outcome = match direction {
                Direction::Up => Migrator::up(&self.db, Some(1)).await,
                Direction::Down => Migrator::down(&self.db, Some(1)).await,
            };
            match outcome {
                Ok(()) => return Ok(()),
                Err(error) if is_busy(&error) => {
                    tracing::warn!(migration = name, attempt, "tables are locked, trying again");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(source) => {
                    return Err(Error::Step { migration: name.to_owned(), source });
                }
            }
        }
        Err(Error::Busy { migration: name.to_owned(), attempts: ATTEMPTS })
    }

    async fn finish(self) -> Result<Report, Error> {
        let mut report = report(self.target, &self.db, self.started).await?;
        report.applied_now = self.applied_now;
        report.reverted_now = self.reverted;
        self.lock.release().await;
        Ok(report)
    }
}

/// The rights go to it: better asked before the first step than found out in it.
async fn check_app_role(db: &DatabaseConnection, target: &Target) -> Result<(), Error> {
    let statement = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT 1 FROM pg_roles WHERE rolname = $1",
        [target.app_role.as_str().into()],
    );
    match db.query_one_raw(statement).await? {
        Some(_) => Ok(()),
        None => Err(Error::NoAppRole {
            role: target.app_role.clone(),
            product: target.product_id.clone(),
        }),
    }
}

/// 55P03: `lock_timeout`; 40P01: deadlock. Both left nothing behind.
fn is_busy(error: &sea_orm::DbErr) -> bool {
    matches!(sqlstate(error).as_deref(), Some("55P03" | "40P01"))
}

async fn report(
    target: &Target,
    db: &DatabaseConnection,
    started: Instant,
) -> Result<Report, Error> {
    let applied = applied(db).await?;
    let state = compare(&applied);
    let schema = SchemaDescription::of(db, &target.app_role).await?;
    let drift =
        if state.is_empty() { diff(&SchemaDescription::expected(), &schema) } else { Vec::new() };
    Ok(Report {
        product: target.product_id.clone(),
        database: target.database().to_owned(),
        version: applied.last().cloned(),
        applied_now: Vec::new(),
        reverted_now: Vec::new(),
        pending: state.pending,
        unknown: state.unknown,
        duration_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        fingerprint: schema.fingerprint(),
        drift,
        schema,
    })
}
