//! Where the proofs find what they need: PostgreSQL's programs, the server under proof, Redis.

use std::path::{Path, PathBuf};

use anyhow::Context;

/// Where PostgreSQL's programs may be when nobody says.
const USUAL: [&str; 3] =
    ["/usr/lib/postgresql/17/bin", "/usr/lib/postgresql/16/bin", "/usr/local/pgsql/bin"];

/// Where things are.
#[derive(Clone, Debug)]
pub struct Place {
    /// PostgreSQL's programs.
    pub(crate) postgres: PathBuf,
    /// This program, which holds the server that it proves.
    pub(crate) program: PathBuf,
    /// Redis; nothing may depend on it, so there need be none.
    pub(crate) redis: Option<String>,
}

impl Place {
    /// What the environment says, else what is usual.
    ///
    /// # Errors
    /// Where there is no PostgreSQL to be found.
    pub fn find(program: PathBuf) -> anyhow::Result<Self> {
        let named = std::env::var_os("TERRACE_PG_BIN").map(PathBuf::from);
        let paths = std::env::var_os("PATH").unwrap_or_default();
        let postgres = named
            .into_iter()
            .chain(std::env::split_paths(&paths))
            .chain(USUAL.map(PathBuf::from))
            .find(|folder| is_whole(folder))
            .context(
                "PostgreSQL's programs initdb and postgres are not found: use scripts/prove, or \
                 name their folder in TERRACE_PG_BIN",
            )?;
        let redis = std::env::var("TERRACE_REDIS_URL").ok().filter(|url| !url.is_empty());
        Ok(Self { postgres, program, redis })
    }
}

fn is_whole(folder: &Path) -> bool {
    folder.join("initdb").exists() && folder.join("postgres").exists()
}
