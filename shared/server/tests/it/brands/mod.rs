//! Brands that are made, looked over, moved and taken away, by the commands of the real binary in
//! an installation of their own.

mod compose;
mod life;
mod redis;
mod refusals;
mod shortcomings;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};
use tempfile::TempDir;
use terrace_product::Env;
use terrace_testkit::{admin_options, redis_url};
use uuid::Uuid;

/// An installation: a checkout with one brand, to make others from.
pub(crate) struct Installation {
    folder: TempDir,
    pub(crate) env: Env,
    /// Databases and roles that are dropped with it.
    left: Vec<String>,
}

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to.join(entry.file_name())),
            false => drop(fs::copy(entry.path(), to.join(entry.file_name())).unwrap()),
        }
    }
}

impl Installation {
    /// One without brands.
    pub(crate) fn empty() -> Self {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("products")).unwrap();
        let admin = admin_options();
        let host = match admin.get_socket() {
            Some(folder) => folder.display().to_string(),
            None => admin.get_host().to_owned(),
        };
        let variable = |name: &str| std::env::var(name).unwrap_or_default();
        let env = [
            ("TERRACE_ENVIRONMENT", "test".to_owned()),
            ("TERRACE_PRODUCTS_DIR", folder.path().join("products").display().to_string()),
            ("TERRACE_ADMIN_DATABASE_URL", variable("TERRACE_ADMIN_DATABASE_URL")),
            ("PATH", variable("PATH")),
            ("BESTAYS__DATABASE__HOST", host),
            ("BESTAYS__DATABASE__PORT", admin.get_port().to_string()),
            ("BESTAYS__REDIS__URL", redis_url()),
        ];
        let env = env.map(|(key, value)| (key.to_owned(), value)).into();
        Self { folder, env, left: Vec::new() }
    }

    /// One with `bestays`, a few of its listings, and the files by which it is started.
    pub(crate) fn new() -> Self {
        let made = Self::empty();
        copy(&checkout().join("products/bestays"), &made.path("products/bestays"));
        let seed = made.path("products/bestays/seed");
        let listings = fs::read_to_string(seed.join("listings.jsonl")).unwrap();
        let few: String = listings.split_inclusive('\n').take(3).collect();
        fs::write(seed.join("listings.jsonl"), few).unwrap();
        fs::write(seed.join("prices.json"), "[]").unwrap();
        fs::create_dir(made.path("deploy")).unwrap();
        for file in ["compose.yml", "deploy/Caddyfile"] {
            fs::copy(checkout().join(file), made.path(file)).unwrap();
        }
        made
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap()
    }

    /// Every file of it but those of `.dev`, with what is in it.
    pub(crate) fn everything(&self) -> Vec<(PathBuf, Vec<u8>)> {
        fn walk(folder: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() && !path.ends_with(".dev") {
                    walk(&path, found);
                } else if path.is_file() {
                    found.push((path.clone(), fs::read(&path).unwrap()));
                }
            }
        }
        let mut found = Vec::new();
        walk(self.folder.path(), &mut found);
        found.sort();
        found
    }

    /// Is dropped in the end, if it is still there: a database, and roles that begin so.
    pub(crate) fn leaves(&mut self, database_and_roles: &str) {
        self.left.push(database_and_roles.to_owned());
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_terrace"));
        command.args(arguments).env_clear().envs(&self.env).current_dir(self.folder.path());
        command
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    /// What a command prints that ends well.
    pub(crate) async fn said(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "{arguments:?}: {out}{err}");
        out
    }

    /// The same as JSON.
    pub(crate) async fn json(&self, arguments: &[&str]) -> Value {
        let said = self.said(&[arguments, &["--json"]].concat()).await;
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
    }

    /// What a command says that is refused.
    pub(crate) async fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{arguments:?} was not refused");
        assert!(!said.contains("postgres://"), "an address with its password is told: {said}");
        said
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        let left = std::mem::take(&mut self.left);
        let dropping = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                for name in left {
                    drop_all(&name).await;
                }
            });
        });
        assert!(dropping.join().is_ok() || std::thread::panicking());
    }
}

async fn drop_all(name: &str) {
    let mut server = admin_options().connect().await.unwrap();
    let list = |sql: &'static str| sqlx::query_scalar::<_, String>(sql).bind(format!("{name}%"));
    let databases = list("SELECT datname::text FROM pg_database WHERE datname LIKE $1");
    for database in databases.fetch_all(&mut server).await.unwrap() {
        let sql = format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)");
        server.execute(AssertSqlSafe(sql)).await.unwrap();
    }
    let roles = list("SELECT rolname::text FROM pg_roles WHERE rolname LIKE $1");
    for role in roles.fetch_all(&mut server).await.unwrap() {
        server.execute(AssertSqlSafe(format!("DROP ROLE IF EXISTS {role}"))).await.unwrap();
    }
    server.close().await.unwrap();
}

/// An id that no other test run has.
pub(crate) fn new_id() -> String {
    format!("coast{}", &Uuid::new_v4().simple().to_string()[..10])
}

/// A port that nobody listens on, high enough for the front end that is counted from it.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The first value of a query, as a superuser.
pub(crate) async fn value<T>(database: Option<&str>, sql: &str) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    let options = match database {
        Some(database) => admin_options().database(database),
        None => admin_options(),
    };
    let mut connection = PgConnection::connect_with(&options).await.unwrap();
    let value = sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut connection).await;
    connection.close().await.unwrap();
    value.unwrap_or_else(|error| panic!("{sql}: {error}"))
}
