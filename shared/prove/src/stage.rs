//! What a proof plays on: a brand of its own, made once by the real migrator and copied for each
//! run, served by a process of its own.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Executor, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions, PgRow},
};
use tempfile::TempDir;
use terrace_identity::{
    SystemClock,
    local::{Realm, TokenRequest},
};
use terrace_product::{Environment, Profile, Profiles};
use terrace_server::db::{Db, connect_options};

use crate::{
    cluster::{Cluster, free_port},
    http::Clients,
    place::Place,
    server::{Build, PRODUCT, Recipe, Server},
    wire::{Tamper, Wire},
};

/// The same for every server, whatever its port.
pub(crate) const ISSUER: &str = "http://localhost:8101";

/// Nobody answers there.
const NO_REDIS: &str = "redis://127.0.0.1:1/0";

/// What was proved with what.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Versions {
    terrace: &'static str,
    postgresql: String,
    pgvector: String,
}

/// A migrated brand to copy from.
#[derive(Debug)]
pub struct Prepared {
    place: Place,
    cluster: Cluster,
    /// What it was made with.
    pub versions: Versions,
    folder: TempDir,
}

impl Prepared {
    /// Makes a cluster and a brand in it by the commands that an operator uses.
    ///
    /// # Errors
    /// Where anything that it takes is missing.
    pub async fn new(place: Place) -> anyhow::Result<Self> {
        let folder = scratch()?;
        let mut cluster = Cluster::create(&place.postgres, &folder.path().join("prepared"))?;
        cluster.start().await?;
        let recipe = recipe(&place, &cluster, folder.path(), None)?;
        recipe.terrace(&["provision", "--product", PRODUCT])?;
        recipe.terrace(&["migrate", "up", "--product", PRODUCT])?;
        let profile = profile(&recipe, PRODUCT)?;
        let pool = pool(&cluster, &profile).await?;
        let row = "SELECT split_part(current_setting('server_version'), ' ', 1), \
                   (SELECT extversion FROM pg_extension WHERE extname = 'vector')";
        let (postgresql, pgvector) = sqlx::query_as(row).fetch_one(&pool).await?;
        pool.close().await;
        cluster.stop().await?;
        let versions = Versions { terrace: env!("CARGO_PKG_VERSION"), postgresql, pgvector };
        Ok(Self { place, cluster, versions, folder })
    }

    /// A brand of its own, served.
    pub(crate) async fn brand(&self, plan: Plan) -> anyhow::Result<Brand> {
        let folder = scratch()?;
        let mut cluster = self.cluster.copy(&folder.path().join("cluster"))?;
        cluster.start().await?;
        let wire = match plan.tamper {
            Some(tamper) => Some(Wire::to(cluster.port(), tamper).await?),
            None => None,
        };
        let mut recipe = recipe(&self.place, &cluster, folder.path(), wire.as_ref())?;
        let places = |value: &str| {
            value
                .replace("{home}", &folder.path().display().to_string())
                .replace("{port}", &recipe.port.to_string())
        };
        let env: Vec<_> = plan.env.iter().map(|(key, value)| (*key, places(value))).collect();
        let own_realm = env.iter().find(|(key, _)| *key == "IDENTITY__STATE_DIR");
        let realm = own_realm
            .map_or_else(|| self.folder.path().join("realm"), |(_, folder)| PathBuf::from(folder));
        recipe.env.insert("BESTAYS__IDENTITY__STATE_DIR".to_owned(), realm.display().to_string());
        // Of the development realm, whatever realm is to be served.
        let agent = recipe.terrace(&["token", "--product", PRODUCT, "--role", "agent"])?.into();
        for (key, value) in env {
            recipe.env.insert(format!("BESTAYS__{key}"), value);
        }
        let profile = profile(&recipe, PRODUCT)?;
        let server = Server::start(recipe.clone(), plan.build).await?;
        Ok(Brand {
            clients: Clients::of(server.address()),
            owner: pool(&cluster, &profile).await?,
            recipe,
            realm: Realm::open(&realm, ISSUER)?,
            agent,
            server,
            wire,
            cluster,
            profile,
            _folder: folder,
        })
    }
}

/// How a brand is served.
#[derive(Debug)]
pub(crate) struct Plan {
    /// By which server.
    pub(crate) build: Build,
    /// What is done to its statements.
    pub(crate) tamper: Option<Tamper>,
    /// What its profile says besides: `SECTION__KEY`. In a value `{home}` is the run's own folder and
    /// `{port}` the server's port.
    pub(crate) env: Vec<(&'static str, String)>,
}

impl Default for Plan {
    fn default() -> Self {
        Self { build: Build::Shipped, tamper: None, env: Vec::new() }
    }
}

/// A brand under proof. Fields are dropped in this order: the server before its database.
#[derive(Debug)]
pub(crate) struct Brand {
    pub(crate) server: Server,
    pub(crate) wire: Option<Wire>,
    pub(crate) cluster: Cluster,
    pub(crate) clients: Clients,
    /// As the owner of the schema.
    pub(crate) owner: PgPool,
    /// Who lists.
    pub(crate) agent: Arc<str>,
    profile: Profile,
    recipe: Recipe,
    realm: Realm,
    _folder: TempDir,
}

impl Brand {
    /// A token of who runs the brand.
    pub(crate) fn admin(&self) -> anyhow::Result<Arc<str>> {
        let token = self.recipe.terrace(&["token", "--product", PRODUCT, "--role", "admin"])?;
        Ok(token.into())
    }

    /// A token of one of the staff, whom the command makes.
    pub(crate) fn staff(&self, role: &str, name: &str) -> anyhow::Result<Arc<str>> {
        let args = ["token", "--product", PRODUCT, "--role", role, "--user", name];
        Ok(self.recipe.terrace(&args)?.into())
    }

    /// A token of somebody of whom the identity provider tells more than their id.
    pub(crate) fn person(&self, name: &str, email: &str, called: &str) -> anyhow::Result<Arc<str>> {
        let mut request = self.request(name)?;
        request.email = Some(email.to_owned());
        request.name = Some(called.to_owned());
        Ok(self.realm.issue(&request, &SystemClock::new())?.into())
    }

    /// A token of somebody of this name, whom the server will see for the first time.
    pub(crate) fn token(&self, name: &str) -> anyhow::Result<Arc<str>> {
        Ok(self.realm.issue(&self.request(name)?, &SystemClock::new())?.into())
    }

    fn request(&self, name: &str) -> anyhow::Result<TokenRequest> {
        let party = self.profile.identity.authorized_parties.first().context("a party")?;
        Ok(TokenRequest::new(
            format!("user_{name}"),
            format!("sess_{name}"),
            party.as_str(),
            Duration::from_secs(6 * 3600),
        ))
    }

    /// Runs a command of the server's binary and returns what it printed.
    pub(crate) fn terrace(&self, args: &[&str]) -> anyhow::Result<String> {
        self.recipe.terrace(args)
    }

    /// The same, on another cluster of the same brand.
    pub(crate) fn terrace_on(&self, cluster: &Cluster, args: &[&str]) -> anyhow::Result<String> {
        self.recipe.on_port(cluster.port()).terrace(args)
    }

    /// Another cluster of the same brand, as a superuser sees it.
    pub(crate) async fn pool_of(&self, cluster: &Cluster) -> anyhow::Result<PgPool> {
        pool(cluster, &self.profile).await
    }

    /// The folder in which it keeps everything.
    pub(crate) fn home(&self) -> &Path {
        &self.recipe.home
    }

    /// What the server has logged.
    pub(crate) fn log(&self) -> anyhow::Result<Vec<u8>> {
        Ok(std::fs::read(self.server.log())?)
    }

    /// Where Redis is, and what its keys begin with.
    pub(crate) fn redis(&self) -> (&str, &str) {
        (self.profile.redis.url.expose(), self.profile.redis.prefix.as_str())
    }

    /// A connection in the role that the server has.
    pub(crate) async fn as_application(&self) -> anyhow::Result<PgConnection> {
        let options = connect_options(&self.profile.database.app());
        Ok(options.connect().await?)
    }

    /// The doors to the database, as the server has them.
    pub(crate) fn database(&self) -> Db {
        Db::connect(&self.profile.database)
    }

    /// Its own profile.
    pub(crate) fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Another brand on the same server of the database, the same Redis and the same machine: its
    /// roles and its database, as an operator makes them, and a folder of its own.
    pub(crate) fn neighbour(&self, product: &'static str) -> anyhow::Result<Neighbour> {
        let home = self.home().join("neighbour");
        std::fs::create_dir_all(&home)?;
        let mut recipe = Recipe { product, port: free_port()?, home, ..self.recipe.clone() };
        let (from, to) = (PRODUCT.to_uppercase() + "__", product.to_uppercase() + "__");
        let folder = |name: &str| recipe.home.join(name).display().to_string();
        let mut env: BTreeMap<String, String> = [
            ("SERVER__PORT", recipe.port.to_string()),
            ("IDENTITY__STATE_DIR", folder("realm")),
            ("MEDIA__FOLDER", folder("media")),
            ("MAIL__CAPTURE_DIR", folder("mail")),
            ("PRIVACY__LEDGER_DIR", folder("privacy")),
            ("LISTINGS__REVIEW", "never".to_owned()),
            ("REDIS__URL", self.profile.redis.url.expose().to_owned()),
            ("REDIS__PREFIX", format!("neighbour{}:", self.recipe.port)),
        ]
        .map(|(key, value)| (format!("{to}{key}"), value))
        .into();
        let others = self.recipe.env.iter().filter(|(key, _)| !key.starts_with(&from));
        env.extend(others.map(|(key, value)| (key.clone(), value.clone())));
        recipe.env = env;
        let _ = recipe.terrace(&["provision", "--product", product])?;
        let profile = profile(&recipe, product)?;
        Ok(Neighbour { recipe, profile })
    }

    /// Runs statements as the owner of the schema.
    pub(crate) async fn sql(&self, sql: &str) -> anyhow::Result<()> {
        self.owner.execute(AssertSqlSafe(sql)).await.with_context(|| sql.to_owned())?;
        Ok(())
    }

    /// The rows of a query as the owner of the schema.
    pub(crate) async fn rows<T>(&self, sql: &str) -> anyhow::Result<Vec<T>>
    where
        T: for<'r> sqlx::FromRow<'r, PgRow> + Send + Unpin,
    {
        let rows = sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&self.owner).await;
        rows.with_context(|| sql.to_owned())
    }

    /// A count, as the owner of the schema.
    pub(crate) async fn number(&self, sql: &str) -> anyhow::Result<i64> {
        let rows: Vec<(i64,)> = self.rows(sql).await?;
        Ok(rows.first().context("a row")?.0)
    }
}

/// Another brand beside the one under proof.
#[derive(Debug)]
pub(crate) struct Neighbour {
    /// Its own profile.
    pub(crate) profile: Profile,
    recipe: Recipe,
}

impl Neighbour {
    /// The folder in which it keeps everything.
    pub(crate) fn home(&self) -> &Path {
        &self.recipe.home
    }

    /// Migrates its database and serves it; with a token of one of its agents.
    pub(crate) async fn serve(&self) -> anyhow::Result<(Server, Arc<str>)> {
        let product = self.recipe.product;
        let _ = self.recipe.terrace(&["migrate", "up", "--product", product])?;
        let server = Server::start(self.recipe.clone(), Build::Shipped).await?;
        let token = self.recipe.terrace(&["token", "--product", product, "--role", "agent"])?;
        Ok((server, token.into()))
    }
}

fn scratch() -> anyhow::Result<TempDir> {
    Ok(tempfile::Builder::new().prefix("terrace-prove-").tempdir()?)
}

fn recipe(
    place: &Place,
    cluster: &Cluster,
    home: &Path,
    wire: Option<&Wire>,
) -> anyhow::Result<Recipe> {
    let port = free_port()?;
    let folder = |name: &str| home.join(name).display().to_string();
    let mut env: BTreeMap<String, String> = [
        ("TERRACE_ENVIRONMENT", "test".to_owned()),
        ("TERRACE_PRODUCTS_DIR", products()?),
        ("TERRACE_ADMIN_DATABASE_URL", cluster.admin_url()),
        ("BESTAYS__DATABASE__HOST", "127.0.0.1".to_owned()),
        ("BESTAYS__DATABASE__PORT", wire.map_or(cluster.port(), Wire::port).to_string()),
        ("REALESTATE__DATABASE__HOST", "127.0.0.1".to_owned()),
        ("REALESTATE__DATABASE__PORT", cluster.port().to_string()),
        ("BESTAYS__SERVER__PORT", port.to_string()),
        ("BESTAYS__IDENTITY__ISSUER", ISSUER.to_owned()),
        ("BESTAYS__IDENTITY__STATE_DIR", folder("realm")),
        ("BESTAYS__MEDIA__FOLDER", folder("media")),
        ("BESTAYS__MAIL__CAPTURE_DIR", folder("mail")),
        ("BESTAYS__PRIVACY__LEDGER_DIR", folder("privacy")),
        // What an agent publishes is there to be booked.
        ("BESTAYS__LISTINGS__REVIEW", "never".to_owned()),
        // What only tidies up must not be what a promise stands on.
        ("BESTAYS__JOBS__IN_SERVER", "false".to_owned()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into();
    // Where there is no Redis, everything goes on without.
    let redis = place.redis.clone().unwrap_or_else(|| NO_REDIS.to_owned());
    env.insert("BESTAYS__REDIS__URL".to_owned(), redis);
    env.insert("BESTAYS__REDIS__PREFIX".to_owned(), format!("prove{port}:"));
    if let Ok(path) = std::env::var("PATH") {
        env.insert("PATH".to_owned(), path);
    }
    let program = place.program.clone();
    Ok(Recipe { product: PRODUCT, program, env, home: home.to_owned(), port })
}

/// The folder of products: of the present folder, else of the checkout that this was built in.
fn products() -> anyhow::Result<String> {
    let env = terrace_product::process_env();
    let built = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = Profiles::locate(&std::env::current_dir()?, &env)
        .or_else(|_| Profiles::locate(built, &env))?;
    Ok(found.folder().display().to_string())
}

fn profile(recipe: &Recipe, product: &str) -> anyhow::Result<Profile> {
    let env = recipe.env.clone().into_iter().collect();
    let profiles = Profiles::locate(&recipe.home, &env)?;
    Ok(profiles.load(product, Environment::Test, &env)?)
}

/// Not through the wire: who judges sees things as they are.
async fn pool(cluster: &Cluster, profile: &Profile) -> anyhow::Result<PgPool> {
    let options: PgConnectOptions = cluster
        .admin()
        .database(profile.database.name.as_str())
        .application_name("prove")
        .options([("app.role", "system"), ("app.request_id", "prove")])
        .disable_statement_logging();
    // Asked anew for each connection, so that it outlives a server that is killed.
    Ok(PgPoolOptions::new().max_connections(4).connect_lazy_with(options))
}
