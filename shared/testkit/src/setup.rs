//! Getting a product ready to be tested.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use reqwest::redirect;
use terrace_outbound::{Lookup, SystemLookup};
use terrace_product::{Env, Environment, Port, Profile, Profiles};

use crate::{
    TestApp,
    cluster::{admin_options, cluster, on_runtime},
    redis::{self, redis_url},
    server::Server,
    template,
};

/// The product, served from a database of its own.
///
/// # Panics
/// Where anything that it takes is missing.
pub async fn spawn_app(product: &str) -> TestApp {
    setup(product).spawn().await
}

/// A product that is served differently.
pub fn setup(product: &str) -> Setup {
    Setup { product: product.to_owned(), change: Vec::new(), names: Arc::new(SystemLookup) }
}

type Change = Box<dyn FnOnce(&mut Profile) + Send>;

/// How to serve a product in a test.
#[must_use = "spawn it"]
pub struct Setup {
    product: String,
    change: Vec<Change>,
    names: Arc<dyn Lookup>,
}

impl std::fmt::Debug for Setup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setup").field("product", &self.product).finish_non_exhaustive()
    }
}

impl Setup {
    /// Changes the profile.
    pub fn with(mut self, change: impl FnOnce(&mut Profile) + Send + 'static) -> Self {
        self.change.push(Box::new(change));
        self
    }

    /// Names lead where this says, for addresses that people give.
    pub fn with_names(mut self, names: impl Lookup) -> Self {
        self.names = Arc::new(names);
        self
    }

    /// Serves it.
    ///
    /// # Panics
    /// Where anything that it takes is missing.
    pub async fn spawn(self) -> TestApp {
        let Self { product, change, names } = self;
        terrace_server::telemetry::init_metrics().expect("metrics begin");
        let database = on_runtime({
            let product = product.clone();
            async move { template::clone(cluster().await, &product).await }
        })
        .await;
        let mut profile = profile(&product, &database);
        for change in change {
            change(&mut profile);
        }
        let server = Server::start(profile.clone(), names).await;
        let http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()
            .expect("an HTTP client");
        TestApp {
            base: format!("http://{}", server.address),
            product,
            database,
            profile,
            http,
            server,
        }
    }
}

/// The real profile of the product, with the ports, names and roles of this test.
pub(crate) fn profile(product: &str, database: &str) -> Profile {
    let profiles =
        Profiles::discover(&checkout().join("products")).expect("the products of this checkout");
    let mut profile = profiles
        .load(product, Environment::Test, &environment(product, database))
        .unwrap_or_else(|error| panic!("{error}"));
    // Not through the environment: the addresses that follow from the real port stay.
    profile.server.port = Port::new(0);
    profile.server.drain = Duration::ZERO;
    profile
}

/// What a process is told to serve this database, as environment variables.
pub(crate) fn environment(product: &str, database: &str) -> Env {
    let admin = admin_options();
    let host = match admin.get_socket() {
        Some(folder) => folder.display().to_string(),
        None => admin.get_host().to_owned(),
    };
    let redis = redis::User::of_this_run();
    [
        ("DATABASE__HOST", host),
        ("DATABASE__PORT", admin.get_port().to_string()),
        ("DATABASE__NAME", database.to_owned()),
        ("DATABASE__OWNER_ROLE", template::role(product, "owner")),
        ("DATABASE__OWNER_PASSWORD", template::PASSWORD.to_owned()),
        ("DATABASE__APP_ROLE", template::role(product, "app")),
        ("DATABASE__APP_PASSWORD", template::PASSWORD.to_owned()),
        ("REDIS__URL", redis_url()),
        ("REDIS__USER", redis.name.clone()),
        ("REDIS__PASSWORD", redis.password.clone()),
        ("REDIS__PREFIX", redis.corner()),
        ("MEDIA__FOLDER", media_folder(database).display().to_string()),
        (
            "PRIVACY__LEDGER_DIR",
            checkout().join("target/testkit/privacy").join(database).display().to_string(),
        ),
        ("IDENTITY__STATE_DIR", realm_folder(product).display().to_string()),
        (
            "MAIL__CAPTURE_DIR",
            checkout().join("target/testkit/mail").join(database).display().to_string(),
        ),
    ]
    .into_iter()
    .map(|(key, value)| (format!("{}__{key}", product.to_uppercase()), value))
    .collect()
}

pub(crate) fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The pictures of one test, gone with its database.
pub(crate) fn media_folder(database: &str) -> PathBuf {
    std::env::temp_dir().join(format!("terrace-media-{database}"))
}

/// Keys of the test realms are made once for the checkout: making one takes a while.
fn realm_folder(product: &str) -> PathBuf {
    checkout().join("target/testkit/realms").join(product)
}
