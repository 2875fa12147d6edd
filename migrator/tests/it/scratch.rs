//! A throw-away product: its own database and its own two roles.

use std::str::FromStr;

use secrecy::SecretString;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};
use terrace_migrator::{Provision, RoleSpec, Target};

pub(crate) const PASSWORD: &str = "it's a \"test\" \\ $1";

pub(crate) fn admin() -> PgConnectOptions {
    let url = std::env::var("TERRACE_ADMIN_DATABASE_URL").expect(
        "TERRACE_ADMIN_DATABASE_URL is not set: these tests need a real PostgreSQL; run them with scripts/test",
    );
    PgConnectOptions::from_str(&url)
        .expect("TERRACE_ADMIN_DATABASE_URL is a postgres URL")
        .disable_statement_logging()
}

pub(crate) struct Scratch {
    pub(crate) spec: Provision,
}

impl Scratch {
    /// Names only; nothing exists yet.
    pub(crate) fn named() -> Self {
        Self::of(format!("t{}", uuid::Uuid::now_v7().simple()))
    }

    /// The names that belong to a product id.
    pub(crate) fn of(product_id: String) -> Self {
        let role = |suffix: &str| RoleSpec {
            name: format!("{product_id}_{suffix}"),
            password: SecretString::from(PASSWORD),
            connection_limit: 20,
        };
        Self {
            spec: Provision {
                admin: admin(),
                database: format!("{product_id}_db"),
                owner: role("owner"),
                app: role("app"),
                product_id,
            },
        }
    }

    /// Roles and an empty database.
    pub(crate) async fn provisioned() -> Self {
        let scratch = Self::named();
        terrace_migrator::provision(&scratch.spec).await.expect("provision");
        scratch
    }

    /// The whole schema.
    pub(crate) async fn migrated() -> Self {
        let scratch = Self::provisioned().await;
        terrace_migrator::up(&scratch.target()).await.expect("up");
        scratch
    }

    pub(crate) fn target(&self) -> Target {
        let owner = self.options(&self.spec.owner.name);
        Target::new(&self.spec.product_id, owner, &self.spec.app.name)
            .expect("names are well-formed")
    }

    pub(crate) fn options(&self, role: &str) -> PgConnectOptions {
        admin().username(role).password(PASSWORD).database(&self.spec.database)
    }

    pub(crate) async fn as_owner(&self) -> PgConnection {
        self.options(&self.spec.owner.name).connect().await.expect("connect as the owner")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let Provision { database, owner, app, .. } = &self.spec;
        let statements = [
            format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"),
            format!("DROP ROLE IF EXISTS {}", owner.name),
            format!("DROP ROLE IF EXISTS {}", app.name),
        ];
        // A thread of its own: Drop cannot await, and a test's runtime cannot be entered twice.
        let cleaned = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("runtime");
            runtime.block_on(async move {
                let mut connection = admin().connect().await.expect("connect to clean up");
                for statement in statements {
                    connection.execute(AssertSqlSafe(statement)).await.expect("clean up");
                }
                connection.close().await.expect("close");
            });
        })
        .join();
        assert!(
            cleaned.is_ok() || std::thread::panicking(),
            "the scratch database was not dropped"
        );
    }
}
