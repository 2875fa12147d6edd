//! Where a product keeps its pictures.

use std::{path::PathBuf, time::Duration};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    net::HttpUrl,
    sections::{milliseconds, seconds},
    text::{BucketName, Line, ObjectPrefix},
};

/// The kinds of storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StorageProvider {
    /// A folder of this machine.
    Local,
    /// S3 and what speaks like it.
    S3,
}

/// Uploaded pictures: where they are, and how many there may be.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Media {
    /// Which of the two.
    pub provider: StorageProvider,
    /// Local: the folder.
    pub folder: PathBuf,
    /// S3: where it is reached.
    pub endpoint: Option<HttpUrl>,
    /// S3: what requests are signed for.
    pub region: Line,
    /// S3: the bucket.
    pub bucket: Option<BucketName>,
    /// S3: what every key begins with.
    pub prefix: ObjectPrefix,
    /// S3: who we are.
    pub access_key_id: Option<SecretString>,
    /// S3: the proof of it.
    pub secret_access_key: Option<SecretString>,
    /// Where visitors find the pictures; none: at this API.
    pub public_url: Option<HttpUrl>,
    /// How long an upload ticket is good for.
    #[serde(rename = "ticket_seconds", deserialize_with = "seconds")]
    pub ticket: Duration,
    /// How long the storage may take to answer.
    #[serde(rename = "timeout_ms", deserialize_with = "milliseconds")]
    pub timeout: Duration,
    /// Largest file.
    pub max_bytes: u64,
    /// Largest picture, millions of pixels.
    pub max_megapixels: u64,
    /// Pictures of one listing.
    pub per_listing: u32,
    /// Tickets for one person in 24 hours.
    pub per_user_day: u32,
    /// Hours after which what belongs to nothing is removed.
    pub orphan_hours: u32,
}

impl Media {
    /// S3: the place of the keys, in one spelling, to compare by.
    pub(crate) fn place(&self) -> String {
        let endpoint = self.endpoint.as_ref().map_or("", HttpUrl::as_str);
        let bucket = self.bucket.as_ref().map_or("", BucketName::as_str);
        format!("{endpoint}/{bucket}/{}", self.prefix)
    }
}
