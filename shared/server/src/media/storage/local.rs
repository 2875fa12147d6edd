//! A folder of this machine. It has no server of its own that could check a signed address, so
//! this API takes the uploads, at an address that it signed itself.

use std::{
    io::{ErrorKind, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use aws_lc_rs::{hmac, rand};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Utc;
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart, local::LocalFileSystem};
use serde::{Deserialize, Serialize};
use terrace_product::Profile;
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::{Address, Key, Upload, failed};
use crate::error::{Code, Error, Result, unavailable};

/// Bytes that are held of a file on its way to the disk.
const CHUNK: usize = 256 << 10;

/// The files in a folder, opened on first use.
#[derive(Debug)]
pub(crate) struct Local {
    folder: PathBuf,
    site: String,
    opened: OnceCell<Opened>,
}

#[derive(Debug)]
struct Opened {
    objects: Arc<LocalFileSystem>,
    signer: hmac::Key,
}

/// What a signed address says of the file that it takes.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Claims {
    pub(crate) id: Uuid,
    pub(crate) bytes: u64,
    pub(crate) content_type: String,
    /// Base64url.
    sha256: String,
    /// Seconds since 1970.
    expires: i64,
}

impl Claims {
    pub(crate) fn has_expired(&self) -> bool {
        Utc::now().timestamp() > self.expires
    }

    pub(crate) fn is_of(&self, digest: &[u8]) -> bool {
        URL_SAFE_NO_PAD.encode(digest) == self.sha256
    }
}

impl Local {
    pub(super) fn new(profile: &Profile) -> Self {
        Self {
            folder: profile.media.folder.clone(),
            site: profile.server.public_url.as_str().to_owned(),
            opened: OnceCell::new(),
        }
    }

    async fn opened(&self) -> Result<&Opened> {
        self.opened
            .get_or_try_init(|| async {
                let folder = self.folder.clone();
                let opened = tokio::task::spawn_blocking(move || open(&folder)).await;
                opened.map_err(Error::internal)?.map_err(|cause| Error {
                    cause: Some(cause),
                    ..unavailable("the folder of pictures cannot be opened")
                })
            })
            .await
    }

    pub(super) async fn objects(&self) -> Result<Arc<dyn ObjectStore>> {
        Ok(self.opened().await?.objects.clone())
    }

    pub(super) fn address(&self, upload: &Upload) -> Result<Address> {
        // Every ticket asks the storage first, which opens it.
        let opened = self.opened.get().ok_or_else(|| unavailable("the folder is not open"))?;
        let claims = Claims {
            id: upload.id,
            bytes: upload.bytes,
            content_type: upload.content_type.clone(),
            sha256: URL_SAFE_NO_PAD.encode(upload.sha256),
            expires: upload.expires_at.timestamp(),
        };
        let said = serde_json::to_vec(&claims).map_err(Error::internal)?;
        let said = URL_SAFE_NO_PAD.encode(said);
        let seal = URL_SAFE_NO_PAD.encode(hmac::sign(&opened.signer, said.as_bytes()));
        Ok(Address {
            url: format!("{}/api/v1/media/uploads/{said}.{seal}", self.site),
            headers: vec![
                ("content-length", upload.bytes.to_string()),
                ("content-type", upload.content_type.clone()),
            ],
        })
    }

    /// What an address of ours says; none where it is not ours.
    pub(crate) async fn claims(&self, token: &str) -> Result<Option<Claims>> {
        let signer = &self.opened().await?.signer;
        Ok(token.split_once('.').and_then(|(said, seal)| {
            let seal = URL_SAFE_NO_PAD.decode(seal).ok()?;
            hmac::verify(signer, said.as_bytes(), &seal).ok()?;
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(said).ok()?).ok()
        }))
    }

    /// Begins to receive a file.
    pub(crate) async fn receive(&self) -> Result<Incoming> {
        let objects = self.opened().await?.objects.clone();
        let path = object_store::path::Path::from(Key::incoming().to_string());
        let upload = objects.put_multipart(&path).await.map_err(|error| failed(&error))?;
        let writer = WriteMultipart::new_with_chunk_size(upload, CHUNK);
        Ok(Incoming { objects, path, writer })
    }
}

/// A file on its way to the disk. It has its own name until it is whole, so that nothing ever
/// reads half of one; dropped before, it leaves nothing behind.
pub(crate) struct Incoming {
    objects: Arc<LocalFileSystem>,
    path: object_store::path::Path,
    writer: WriteMultipart,
}

impl Incoming {
    /// Copies: a slice that is kept would hold the whole buffer that it was read into.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.writer.wait_for_capacity(1).await.map_err(|error| failed(&error))?;
        self.writer.write(bytes);
        Ok(())
    }

    pub(crate) async fn discard(self) {
        if let Err(error) = self.writer.abort().await {
            tracing::warn!(%error, "a broken upload was left behind");
        }
    }

    /// Gives the file its name, unless there is one of that name already.
    pub(crate) async fn keep(self, stem: &str) -> Result<()> {
        self.writer.finish().await.map_err(|error| failed(&error))?;
        let to = object_store::path::Path::from(Key::quarantine(stem).to_string());
        let kept = self.objects.rename_if_not_exists(&self.path, &to).await;
        match kept {
            Ok(()) => Ok(()),
            Err(error) => {
                if let Err(error) = self.objects.delete(&self.path).await {
                    tracing::warn!(%error, "an upload that was refused was left behind");
                }
                Err(match error {
                    object_store::Error::AlreadyExists { .. } => {
                        Error::new(Code::Conflict).with_detail("The file has been sent already.")
                    }
                    error => failed(&error),
                })
            }
        }
    }
}

fn open(folder: &Path) -> anyhow::Result<Opened> {
    let files = folder.join("files");
    std::fs::create_dir_all(&files)?;
    let objects = LocalFileSystem::new_with_prefix(files)?.with_automatic_cleanup(true);
    let secret = secret(&folder.join("upload.key"))?;
    Ok(Opened { objects: Arc::new(objects), signer: hmac::Key::new(hmac::HMAC_SHA256, &secret) })
}

/// The key that addresses are signed with lies beside the files: instances that share the folder
/// share it, and it outlives a restart.
fn secret(path: &Path) -> anyhow::Result<[u8; 32]> {
    let mut fresh = [0; 32];
    rand::fill(&mut fresh)?;
    // Written under another name and linked: nobody ever reads half a key.
    let draft = path.with_extension(Uuid::new_v4().simple().to_string());
    if !path.exists() {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600).open(&draft)?.write_all(&fresh)?;
        let linked = std::fs::hard_link(&draft, path);
        std::fs::remove_file(&draft)?;
        match linked {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error.into()),
            _ => {}
        }
    }
    std::fs::read(path)?
        .try_into()
        .map_err(|_| anyhow::anyhow!("{} is not a key of 32 bytes", path.display()))
}
