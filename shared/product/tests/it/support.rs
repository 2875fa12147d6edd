//! A folder of products made for one test.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use terrace_product::{Env, Environment, Profile, ProfileError, Profiles};

/// The repository's own products.
pub(crate) fn real_products() -> Profiles {
    Profiles::discover(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../products"))
        .expect("the products of the repository")
}

/// Variables for a test, which never come from the process.
pub(crate) fn env<const N: usize>(pairs: [(&str, &str); N]) -> Env {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// What production needs from outside for the product `id`.
pub(crate) fn production_secrets(id: &str) -> Env {
    let prefix = id.to_ascii_uppercase();
    let key = if id == "bestays" {
        "pk_live_YmVzdGF5cy5leGFtcGxlJA"
    } else {
        "pk_live_cmVhbGVzdGF0ZS5leGFtcGxlJA"
    };
    [
        ("DATABASE__OWNER_PASSWORD", format!("owner-of-{id}")),
        ("DATABASE__APP_PASSWORD", format!("app-of-{id}")),
        ("REDIS__PASSWORD", format!("redis-of-{id}")),
        ("VISITORS__SECRET", format!("signs-for-the-visitors-of-{id}-alone")),
        ("IDENTITY__PUBLISHABLE_KEY", key.to_owned()),
    ]
    .map(|(key, value)| (format!("{prefix}__{key}"), value))
    .into()
}

/// `bestays` copied to a folder of its own, to be spoilt.
pub(crate) struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        let sandbox = Self { folder: TempDir::new().expect("a temporary folder") };
        sandbox.copy("bestays");
        sandbox
    }

    /// Adds a copy of a real product.
    pub(crate) fn copy(&self, id: &str) -> &Self {
        fs::create_dir_all(self.path(id)).expect("a folder");
        for file in ["product.toml", "development.toml", "test.toml", "production.toml"] {
            fs::copy(real_products().folder().join(id).join(file), self.path(id).join(file))
                .expect("a copy");
        }
        self
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join("products").join(below)
    }

    /// Replaces `from`, which must stand there, in a file of a product.
    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) -> &Self {
        let text = fs::read_to_string(self.path(file)).expect("the file");
        assert!(text.contains(from), "{file} holds no `{from}`");
        fs::write(self.path(file), text.replace(from, to)).expect("the file written");
        self
    }

    pub(crate) fn write(&self, file: &str, text: &str) -> &Self {
        fs::write(self.path(file), text).expect("the file written");
        self
    }

    pub(crate) fn profiles(&self) -> Result<Profiles, ProfileError> {
        Profiles::discover(&self.path(""))
    }

    pub(crate) fn load_in(
        &self,
        environment: Environment,
        env: &Env,
    ) -> Result<Profile, ProfileError> {
        self.profiles()?.load("bestays", environment, env)
    }

    pub(crate) fn load(&self, env: &Env) -> Result<Profile, ProfileError> {
        self.load_in(Environment::Development, env)
    }

    /// What the operator reads, with the temporary folder left out.
    pub(crate) fn said<T>(&self, outcome: Result<T, ProfileError>) -> String {
        let error = outcome.err().expect("a refusal").to_string();
        error.replace(&format!("{}/", self.folder.path().display()), "")
    }

    /// The refusal of `bestays` in development.
    pub(crate) fn refusal(&self, env: &Env) -> String {
        self.said(self.load(env))
    }
}

/// What the operator reads about a single problem of `bestays` in development.
pub(crate) fn refused(problem: &str) -> String {
    format!("the profile of `bestays` (development) has one problem:\n  - {problem}")
}

/// Spoils one line of a file and returns what the operator reads.
pub(crate) fn spoil(file: &str, from: &str, to: &str) -> String {
    Sandbox::new().edit(&format!("bestays/{file}"), from, to).refusal(&env([]))
}

/// What the operator reads when a variable is set.
pub(crate) fn with_variable(name: &str, value: &str) -> String {
    Sandbox::new().refusal(&env([(name, value)]))
}
