//! The last good key set on disk, so that a restart does not need the realm's endpoint.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::set::PublicKeys;
use crate::files;

const FILE_NAME: &str = "jwks.json";

/// How far ahead of our clock the stored time may be before it is not believed, in seconds: the
/// clock was set back since, and an age computed from it would keep withdrawn keys alive.
const MAX_AHEAD_SECONDS: i64 = 300;

pub(crate) struct DiskCopy {
    directory: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    /// Keys are never used for another issuer: key ids may coincide between realms.
    issuer: String,
    /// Unix seconds.
    fetched_at: i64,
    jwks: Value,
}

impl DiskCopy {
    pub(crate) fn new(directory: PathBuf) -> io::Result<Self> {
        files::create_private_dir(&directory)?;
        Ok(Self { directory })
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.join(FILE_NAME)
    }

    pub(crate) fn save(&self, issuer: &str, fetched_at: i64, keys: &PublicKeys) -> io::Result<()> {
        let stored = Stored { issuer: issuer.to_owned(), fetched_at, jwks: keys.to_jwks() };
        files::write_atomically(&self.directory, FILE_NAME, &serde_json::to_vec_pretty(&stored)?)
    }

    /// The stored keys and when they were fetched (unix seconds); `None` when there are none that
    /// can be used for this issuer.
    pub(crate) fn load(&self, issuer: &str, now: i64) -> Option<(PublicKeys, i64)> {
        let path = self.path();
        match read(&path, issuer, now) {
            Ok(found) => found,
            Err(reason) => {
                let path = path.display();
                tracing::warn!(%path, reason, "the stored keys are not used and will be replaced");
                None
            }
        }
    }
}

fn read(path: &Path, issuer: &str, now: i64) -> Result<Option<(PublicKeys, i64)>, String> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let stored: Stored = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    if stored.issuer != issuer {
        return Err(format!("it belongs to the issuer {}", stored.issuer));
    }
    let age = now.saturating_sub(stored.fetched_at);
    if age < -MAX_AHEAD_SECONDS {
        return Err(format!("it was stored {} s in the future", age.unsigned_abs()));
    }
    let keys = PublicKeys::from_jwks(stored.jwks.to_string().as_bytes())
        .map_err(|error| error.to_string())?;
    Ok(Some((keys, stored.fetched_at)))
}
