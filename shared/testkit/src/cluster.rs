//! The PostgreSQL server that tests share, seen as its superuser.
//!
//! Many test processes use one server at once. Each of them holds an advisory lock named after
//! its run for as long as it lives; databases of a run whose lock is free belong to nobody.

use std::{str::FromStr, sync::LazyLock};

use sqlx::{
    AssertSqlSafe, ConnectOptions, Executor, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::{runtime::Runtime, sync::OnceCell};
use uuid::Uuid;

const RUN_PREFIX: &str = "terrace_test_run_";
pub(crate) const TEMPLATE_PREFIX: &str = "terrace_test_template_";

/// Work on the cluster outlives the runtime of the test that asked for it: a pooled connection
/// is bound to the runtime that opened it.
pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("testkit")
        .enable_all()
        .build()
        .expect("a runtime for the test kit")
});

static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();

pub(crate) struct Cluster {
    pub(crate) pool: PgPool,
    run: String,
    /// Holds the locks of this run.
    locks: tokio::sync::Mutex<PgConnection>,
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run scripts/test"))
}

/// A superuser's access to the server under test.
///
/// # Panics
/// Where `TERRACE_ADMIN_DATABASE_URL` is not set, or no URL.
#[must_use]
pub fn admin_options() -> PgConnectOptions {
    PgConnectOptions::from_str(&variable("TERRACE_ADMIN_DATABASE_URL"))
        .expect("TERRACE_ADMIN_DATABASE_URL is a postgres URL")
        .disable_statement_logging()
}

/// Runs on the kit's own runtime, whatever runtime the test has.
pub(crate) async fn on_runtime<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> T {
    match RUNTIME.spawn(work).await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => panic!("the test kit's work was cut short: {error}"),
        },
    }
}

/// The cluster, opened and swept by the first test of the process.
pub(crate) async fn cluster() -> &'static Cluster {
    CLUSTER.get_or_init(Cluster::open).await
}

impl Cluster {
    async fn open() -> Self {
        let pool = PgPoolOptions::new()
            .max_connections(4)
            .connect_with(admin_options())
            .await
            .expect("TERRACE_ADMIN_DATABASE_URL names a server that answers");
        let run = Uuid::new_v4().simple().to_string()[..12].to_owned();
        let mut locks = admin_options().connect().await.expect("a connection for the run's locks");
        lock(&mut locks, "pg_advisory_lock", &format!("{RUN_PREFIX}{run}")).await;
        let cluster = Self { pool, run, locks: tokio::sync::Mutex::new(locks) };
        cluster.sweep().await;
        cluster
    }

    /// A name for a new database of this run.
    pub(crate) fn new_name(&self) -> String {
        format!("{RUN_PREFIX}{}_{}", self.run, &Uuid::new_v4().simple().to_string()[..12])
    }

    /// Keeps other runs from sweeping this template.
    pub(crate) async fn use_template(&self, template: &str) {
        let mut locks = self.locks.lock().await;
        lock(&mut locks, "pg_advisory_lock_shared", template).await;
    }

    pub(crate) async fn run(&self, sql: String) {
        let told = sql.clone();
        if let Err(error) = self.pool.execute(AssertSqlSafe(sql)).await {
            panic!("{told}: {error}");
        }
    }

    /// Drops what dead runs left behind, and templates that nobody uses.
    async fn sweep(&self) {
        let names: Vec<String> = sqlx::query_scalar(
            "SELECT datname::text FROM pg_database WHERE datname LIKE 'terrace\\_test\\_run\\_%' \
             OR datname LIKE 'terrace\\_test\\_template\\_%'",
        )
        .fetch_all(&self.pool)
        .await
        .expect("the names of databases");
        for name in names {
            let holder = match name.strip_prefix(RUN_PREFIX).and_then(|rest| rest.split_once('_')) {
                Some((run, _)) => format!("{RUN_PREFIX}{run}"),
                None => name.clone(),
            };
            self.drop_if_free(&name, &holder).await;
        }
    }

    async fn drop_if_free(&self, name: &str, holder: &str) {
        let mut connection = self.pool.acquire().await.expect("an admin connection");
        let free: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock(hashtextextended($1, 0))")
            .bind(holder)
            .fetch_one(&mut *connection)
            .await
            .expect("a try at a lock");
        if !free {
            return;
        }
        // Two runs may sweep at once: the second finds nothing, which is fine.
        let unlock = format!("ALTER DATABASE {name} IS_TEMPLATE false");
        if connection.execute(AssertSqlSafe(unlock)).await.is_ok() {
            let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            let _ = connection.execute(AssertSqlSafe(drop)).await;
        }
        sqlx::query("SELECT pg_advisory_unlock(hashtextextended($1, 0))")
            .bind(holder)
            .execute(&mut *connection)
            .await
            .expect("the lock is given back");
    }

    /// Drops a database of this run, whoever is still connected to it.
    pub(crate) async fn drop_database(&self, name: &str) {
        let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        // PostgreSQL waits five seconds for those that it throws out; on a busy machine a server
        // that is still stopping may connect again meanwhile.
        for _ in 0..5 {
            if self.pool.execute(AssertSqlSafe(sql.clone())).await.is_ok() {
                return;
            }
        }
        self.run(sql).await;
    }
}

pub(crate) async fn lock(connection: &mut PgConnection, function: &str, name: &str) {
    sqlx::query(AssertSqlSafe(format!("SELECT {function}(hashtextextended($1, 0))")))
        .bind(name)
        .execute(connection)
        .await
        .expect("an advisory lock");
}
