//! The realm's private key on disk: made once, whichever process comes first.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::RsaKeyPair;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::RealmError;
use crate::files::{self, FileLock};

pub(super) const KEY_FILE: &str = "realm.pem";
const LOCK_FILE: &str = "realm.lock";

/// The key in `state_dir` as PKCS#8 PEM, made if there is none.
pub(super) fn read_or_make(state_dir: &Path) -> Result<Vec<u8>, RealmError> {
    let path = state_dir.join(KEY_FILE);
    let file_error = |source| RealmError::File { path: path.clone(), source };
    if let Some(pem) = read_private(&path).map_err(file_error)? {
        return Ok(pem);
    }
    files::create_private_dir(state_dir).map_err(file_error)?;
    let _lock = FileLock::acquire(&state_dir.join(LOCK_FILE)).map_err(file_error)?;
    // Another process may have made it while this one waited for the lock.
    if let Some(pem) = read_private(&path).map_err(file_error)? {
        return Ok(pem);
    }
    let pem = generate()?;
    files::write_atomically(state_dir, KEY_FILE, pem.as_bytes()).map_err(file_error)?;
    Ok(pem.into_bytes())
}

/// Reads the key and takes it away from group and others, if a copy or a restore left it open to
/// them.
fn read_private(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let pem = match fs::read(path) {
        Ok(pem) => pem,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut permissions = fs::metadata(path)?.permissions();
    if permissions.mode() & 0o077 != 0 {
        permissions.set_mode(0o600);
        fs::set_permissions(path, permissions)?;
    }
    Ok(Some(pem))
}

fn generate() -> Result<String, RealmError> {
    let failed = |_| RealmError::Crypto("no RSA key could be generated".to_owned());
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
    let encoded = STANDARD.encode(der.as_ref());
    let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
    for (index, character) in encoded.chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            pem.push('\n');
        }
        pem.push(character);
    }
    pem.push_str("\n-----END PRIVATE KEY-----\n");
    Ok(pem)
}
