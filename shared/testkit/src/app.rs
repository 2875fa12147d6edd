//! A product under test.

use std::{
    net::SocketAddr,
    sync::{Arc, mpsc},
    time::Duration,
};

use sqlx::{
    AssertSqlSafe, Executor, PgPool,
    postgres::{PgArguments, PgConnectOptions, PgPoolOptions},
};
use terrace_product::{Env, Profile};
use terrace_server::app::State;
use uuid::Uuid;

use crate::{
    Caller, Token,
    cluster::{RUNTIME, cluster},
    server::Server,
    setup::{checkout, environment, media_folder, profile},
    template,
    token::sign,
};

/// A product under test. Dropping it stops the server and drops the database.
#[derive(Debug)]
pub struct TestApp {
    /// The product's id.
    pub product: String,
    /// The profile that it is served with.
    pub profile: Profile,
    /// The name of its database.
    pub database: String,
    /// `http://127.0.0.1:<port>`.
    pub base: String,
    pub(crate) http: reqwest::Client,
    pub(crate) server: Server,
}

impl TestApp {
    /// A visitor of another instance of the same product, on the same database. The second part
    /// keeps it alive.
    ///
    /// # Panics
    /// Where it does not start.
    pub async fn beside(&self) -> (Caller, impl Drop + use<>) {
        self.beside_with(|_| ()).await
    }

    /// As [`TestApp::beside`], of an instance with another profile.
    ///
    /// # Panics
    /// Where it does not start.
    pub async fn beside_with(&self, change: fn(&mut Profile)) -> (Caller, impl Drop + use<>) {
        let names = Arc::new(terrace_outbound::SystemLookup);
        let mut profile = self.profile.clone();
        change(&mut profile);
        let server = Server::start(profile, names).await;
        let base = format!("http://{}", server.address);
        (Caller { base, ..self.anonymous() }, Stopping(server))
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// What its handlers use.
    #[must_use]
    pub fn state(&self) -> Arc<State> {
        self.server.state.clone()
    }

    /// The environment variables that make the real binary serve this very database.
    #[must_use]
    pub fn environment(&self) -> Env {
        let mut env = environment(&self.product, &self.database);
        env.insert("TERRACE_ENVIRONMENT".to_owned(), "test".to_owned());
        env.insert(
            "TERRACE_PRODUCTS_DIR".to_owned(),
            checkout().join("products").display().to_string(),
        );
        env
    }

    /// A visitor.
    #[must_use]
    pub fn anonymous(&self) -> Caller {
        Caller { http: self.http.clone(), base: self.base.clone(), token: None, user_id: None }
    }

    /// Somebody with this token.
    #[must_use]
    pub fn bearer(&self, token: impl Into<String>) -> Caller {
        Caller { token: Some(token.into()), ..self.anonymous() }
    }

    /// A person of this name with the role `user`.
    pub async fn user(&self, name: &str) -> Caller {
        self.person(name, "user", false).await
    }

    /// An agent of this name, whom the brand has verified: they publish by themselves.
    pub async fn agent(&self, name: &str) -> Caller {
        self.person(name, "agent", true).await
    }

    /// An agent of this name, whose listings an admin looks at first.
    pub async fn unverified_agent(&self, name: &str) -> Caller {
        self.person(name, "agent", false).await
    }

    /// Who runs the brand.
    pub async fn admin(&self) -> Caller {
        self.person("admin", "admin", false).await
    }

    /// Somebody with a valid token of this realm whom the database has not seen.
    #[must_use]
    pub fn stranger(&self, name: &str) -> Caller {
        self.bearer(self.token(&Token::of(&format!("user_{name}"))))
    }

    /// The other brand's admin, with a valid token of their own realm.
    #[must_use]
    pub fn foreign(&self) -> Caller {
        let other = if self.product == "bestays" { "realestate" } else { "bestays" };
        let profile = profile(other, "unused");
        self.bearer(sign(&profile, &Token::of("user_admin")))
    }

    /// A token of this product's realm.
    #[must_use]
    pub fn token(&self, token: &Token) -> String {
        sign(&self.profile, token)
    }

    async fn person(&self, name: &str, role: &str, is_verified: bool) -> Caller {
        let sql = "WITH person AS (INSERT INTO users (id, auth_subject, email, display_name, role, role_is_override) \
                VALUES ($1, $2, $3, $4, $5::user_role, $5 <> 'user') ON CONFLICT (auth_subject) \
                DO UPDATE SET role = excluded.role RETURNING id, role), \
            agent AS (INSERT INTO agents (user_id, is_verified) SELECT id, $6 FROM person WHERE role = 'agent' \
                ON CONFLICT DO NOTHING) \
            SELECT id FROM person";
        let (pool, subject) = (self.sql().await, format!("user_{name}"));
        let id: Uuid = sqlx::query_scalar(sql)
            .bind(Uuid::now_v7())
            .bind(&subject)
            .bind(format!("{name}@{}.example", self.product))
            .bind(name)
            .bind(role)
            .bind(is_verified)
            .fetch_one(&pool)
            .await
            .expect("a person");
        Caller { user_id: Some(id), ..self.bearer(self.token(&Token::of(&subject))) }
    }

    /// Access to the database as the owner of its schema.
    #[must_use]
    pub fn owner(&self) -> PgConnectOptions {
        template::as_owner(&self.product, &self.database)
    }

    /// A pool of connections as the owner, for arranging and asserting. Bound to the runtime of
    /// the test that asks.
    ///
    /// # Panics
    /// Where the database is away.
    pub async fn sql(&self) -> PgPool {
        PgPoolOptions::new().max_connections(4).connect_lazy_with(self.owner())
    }

    /// Runs statements as the owner.
    ///
    /// # Panics
    /// Where one is refused.
    pub async fn execute(&self, sql: impl Into<String>) {
        let sql = sql.into();
        let pool = self.sql().await;
        if let Err(error) = pool.execute(AssertSqlSafe(sql.clone())).await {
            panic!("{sql}: {error}");
        }
        pool.close().await;
    }

    /// The only value of a query, as the owner.
    ///
    /// # Panics
    /// Where it is refused, or has no such value.
    pub async fn value<T>(&self, sql: impl Into<String>) -> T
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
    {
        self.values(sql).await.pop().expect("a row")
    }

    /// The first column of a query, as the owner.
    ///
    /// # Panics
    /// Where it is refused, or has no such values.
    pub async fn values<T>(&self, sql: impl Into<String>) -> Vec<T>
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
    {
        let sql = sql.into();
        let pool = self.sql().await;
        let values = sqlx::query_scalar_with(AssertSqlSafe(sql.clone()), PgArguments::default())
            .fetch_all(&pool)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        pool.close().await;
        values
    }

    /// Waits until no job is due or under way; those that wait for a later time are left alone.
    ///
    /// # Panics
    /// Where the work does not end within 60 seconds.
    pub async fn settled(&self) {
        // What the indexer has tried in vain waits for its model, perhaps for long.
        const OPEN: &str = "SELECT (SELECT count(*) FROM jobs WHERE dead_at IS NULL \
                                AND (locked_at IS NOT NULL OR run_at <= now())) \
                            + (SELECT count(*) FROM search_queue WHERE attempts = 0) \
                            + (SELECT count(*) FROM faq_queue WHERE attempts = 0) \
                            + (SELECT count(*) FROM (SELECT 1) s WHERE NOT EXISTS \
                                (SELECT FROM search_models WHERE is_begun))";
        let pool = self.sql().await;
        let worked = tokio::time::timeout(Duration::from_secs(60), async {
            while sqlx::query_scalar::<_, i64>(OPEN).fetch_one(&pool).await.expect("jobs") > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        worked.await.expect("the background work ends within 60 seconds");
        pool.close().await;
    }

    /// Tells the server to drain and stop, as a signal does.
    pub fn begin_stop(&mut self) {
        self.server.begin_stop();
    }

    /// Waits until the server has stopped.
    ///
    /// # Panics
    /// Where it has not within 30 seconds.
    pub async fn stopped(&mut self) {
        let ended = self.server.ended.take().expect("waited for once");
        let waited =
            tokio::task::spawn_blocking(move || ended.recv_timeout(Duration::from_secs(30)));
        waited.await.expect("a thread that waits").expect("the server stops within 30 seconds");
    }
}

/// Stops a server when it is dropped.
struct Stopping(Server);

impl Drop for Stopping {
    fn drop(&mut self) {
        self.0.begin_stop();
        if let Some(ended) = self.0.ended.take() {
            let _ = ended.recv_timeout(Duration::from_secs(5));
        }
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.server.begin_stop();
        if let Some(ended) = self.server.ended.take() {
            // A connection that a test has frozen may keep it: the database goes all the same.
            let _ = ended.recv_timeout(Duration::from_secs(5));
        }
        // Made by the first upload; most tests have none.
        let _ = std::fs::remove_dir_all(media_folder(&self.database));
        let (done, dropped) = mpsc::channel();
        let database = self.database.clone();
        RUNTIME.spawn(async move {
            cluster().await.drop_database(&database).await;
            let _ = done.send(());
        });
        // There is none where nothing was captured.
        let _ = std::fs::remove_dir_all(&self.profile.mail.capture_dir);
        // Nor where nobody was erased.
        let _ = std::fs::remove_dir_all(&self.profile.privacy.ledger_dir);
        let dropped = dropped.recv_timeout(Duration::from_secs(60));
        assert!(dropped.is_ok() || std::thread::panicking(), "{} was not dropped", self.database);
    }
}
