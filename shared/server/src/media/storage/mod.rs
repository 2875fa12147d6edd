//! The one door to the files: a folder of this machine, or a bucket.
//!
//! Every call ends within `media.timeout_ms` times a small number, and what fails is `503`: the
//! storage is a dependency like any other.

mod keys;
mod local;
mod s3;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::{StreamExt, TryStreamExt, stream::BoxStream};
use object_store::{Attribute, Attributes, ObjectStore, ObjectStoreExt, PutOptions};
use terrace_product::{Profile, StorageProvider};
use uuid::Uuid;

use crate::error::{Error, Result, unavailable};

pub(crate) use keys::{Key, picture_name};
pub(crate) use local::Claims;

/// Longer than any listing of keys takes, in answers of the storage.
const SLOW: u32 = 12;

/// What an upload must be: the ticket is for exactly this.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) id: Uuid,
    pub(crate) stem: String,
    pub(crate) content_type: String,
    pub(crate) bytes: u64,
    pub(crate) sha256: [u8; 32],
    pub(crate) expires_at: DateTime<Utc>,
}

/// Where to send a file, and with which headers.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    pub(crate) url: String,
    pub(crate) headers: Vec<(&'static str, String)>,
}

/// An object as a listing of keys tells of it.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) key: Key,
    pub(crate) modified: DateTime<Utc>,
}

/// The files of one product.
#[derive(Debug)]
pub(crate) struct Storage {
    provider: Provider,
    timeout: Duration,
    /// What a picture's address begins with.
    base: String,
}

#[derive(Debug)]
enum Provider {
    Local(Box<local::Local>),
    S3(Box<s3::S3>),
}

impl Storage {
    pub(crate) fn new(profile: &Profile) -> anyhow::Result<Self> {
        let media = &profile.media;
        let provider = match media.provider {
            StorageProvider::Local => Provider::Local(Box::new(local::Local::new(profile))),
            StorageProvider::S3 => Provider::S3(Box::new(s3::S3::new(media)?)),
        };
        let base = match &media.public_url {
            Some(url) => url.as_str().to_owned(),
            None => "/api/v1/media/files".to_owned(),
        };
        Ok(Self { provider, timeout: media.timeout, base })
    }

    /// Where visitors find a picture.
    pub(crate) fn url(&self, stem: &str, width: u32) -> String {
        format!("{}/{stem}/{}", self.base, picture_name(width))
    }

    /// The address that takes this upload and no other.
    pub(crate) fn address(&self, upload: &Upload) -> Result<Address> {
        match &self.provider {
            Provider::Local(local) => local.address(upload),
            Provider::S3(s3) => s3.address(upload),
        }
    }

    /// The local provider, which receives files itself.
    pub(crate) fn local(&self) -> Option<&local::Local> {
        match &self.provider {
            Provider::Local(local) => Some(local),
            Provider::S3(_) => None,
        }
    }

    /// How many bytes an object has, if it is there.
    pub(crate) async fn size(&self, key: &Key) -> Result<Option<u64>> {
        let objects = self.objects().await?;
        let found = self.within(1, async { objects.head(&self.path(key)).await }).await;
        absent_is_none(found.map(|found| found.map(|meta| meta.size)))
    }

    /// An object of at most so many bytes, if it is there. A larger one is as good as absent:
    /// nobody should have been able to put it there.
    pub(crate) async fn read(&self, key: &Key, most: u64) -> Result<Option<Bytes>> {
        let objects = self.objects().await?;
        let read = self.within(4, async {
            let found = objects.get(&self.path(key)).await?;
            if found.meta.size > most {
                return Ok(None);
            }
            found.bytes().await.map(Some)
        });
        absent_is_none(read.await).map(Option::flatten)
    }

    /// Writes an object whole; what was there under its key is replaced.
    pub(crate) async fn write(&self, key: &Key, bytes: Bytes, kind: &'static str) -> Result<()> {
        let objects = self.objects().await?;
        let mut attributes = Attributes::new();
        if matches!(self.provider, Provider::S3(_)) {
            attributes.insert(Attribute::ContentType, kind.into());
            attributes.insert(Attribute::CacheControl, super::files::FOR_EVER.into());
        }
        let options = PutOptions { attributes, ..Default::default() };
        let path = self.path(key);
        let written = self.within(4, objects.put_opts(&path, bytes.into(), options)).await;
        refused(written).map(drop)
    }

    /// Removes everything that was ever stored of one upload.
    pub(crate) async fn remove(&self, stem: &str) -> Result<()> {
        let mut keys = vec![Key::quarantine(stem)];
        let pictures = self.list(Key::pictures(stem)).await?;
        keys.extend(pictures.map_ok(|found| found.key).try_collect::<Vec<_>>().await?);
        for key in keys {
            self.remove_one(&key).await?;
        }
        Ok(())
    }

    /// Removes one object; that it is gone already is as good.
    pub(crate) async fn remove_one(&self, key: &Key) -> Result<()> {
        let objects = self.objects().await?;
        let gone = self.within(1, async { objects.delete(&self.path(key)).await }).await;
        absent_is_none(gone).map(drop)
    }

    /// The objects below a key.
    pub(crate) async fn list(&self, below: Key) -> Result<BoxStream<'static, Result<Found>>> {
        let objects = self.objects().await?;
        let (path, root) = (self.path(&below), self.root());
        let deadline = tokio::time::Instant::now() + self.timeout * SLOW;
        let mut found = objects.list(Some(&path));
        let stream = async_stream(move |sender| async move {
            loop {
                let next = tokio::time::timeout_at(deadline, found.next()).await;
                let item = match next {
                    Ok(None) => break,
                    Ok(Some(Ok(meta))) => {
                        let key = meta.location.as_ref().strip_prefix(&root).map(Key::from_text);
                        match key {
                            Some(key) => Ok(Found { key, modified: meta.last_modified }),
                            None => continue,
                        }
                    }
                    Ok(Some(Err(object_store::Error::NotFound { .. }))) => continue,
                    Ok(Some(Err(error))) => Err(failed(&error)),
                    Err(_) => Err(unavailable("the picture storage does not answer")),
                };
                let is_last = item.is_err();
                if sender.send(item).await.is_err() || is_last {
                    break;
                }
            }
        });
        Ok(stream)
    }

    async fn objects(&self) -> Result<Arc<dyn ObjectStore>> {
        match &self.provider {
            Provider::Local(local) => local.objects().await,
            Provider::S3(s3) => Ok(s3.objects.clone()),
        }
    }

    /// What our keys begin with in a bucket that we may share.
    fn root(&self) -> String {
        match &self.provider {
            Provider::Local(_) => String::new(),
            Provider::S3(s3) => s3.prefix.clone(),
        }
    }

    fn path(&self, key: &Key) -> object_store::path::Path {
        object_store::path::Path::from(format!("{}{key}", self.root()))
    }

    async fn within<T>(
        &self,
        times: u32,
        work: impl Future<Output = object_store::Result<T>>,
    ) -> Result<object_store::Result<T>> {
        tokio::time::timeout(self.timeout * times, work)
            .await
            .map_err(|_| unavailable("the picture storage does not answer"))
    }
}

/// A stream fed by a task of its own.
fn async_stream<T, F>(work: impl FnOnce(tokio::sync::mpsc::Sender<T>) -> F) -> BoxStream<'static, T>
where
    T: Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let (sender, receiver) = tokio::sync::mpsc::channel(64);
    tokio::spawn(work(sender));
    futures_util::stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|item| (item, receiver))
    })
    .boxed()
}

fn refused<T>(result: Result<object_store::Result<T>>) -> Result<T> {
    result?.map_err(|error| failed(&error))
}

fn absent_is_none<T>(result: Result<object_store::Result<T>>) -> Result<Option<T>> {
    match result? {
        Ok(value) => Ok(Some(value)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(failed(&error)),
    }
}

/// The library's text may carry addresses of ours: it is for the log alone.
pub(super) fn failed(error: &object_store::Error) -> Error {
    Error {
        cause: Some(anyhow::anyhow!("the picture storage failed: {error}")),
        ..unavailable("the picture storage failed")
    }
}
