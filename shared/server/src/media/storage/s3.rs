//! A bucket. Two libraries share it: `object_store` reads and writes, `rusty-s3` signs the
//! address that a client uploads to, because it can pin the length (`object_store` cannot, and
//! Cloudflare R2 has no POST policy to say it with).

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use base64::{Engine, engine::general_purpose::STANDARD};
use object_store::{ClientOptions, ObjectStore, RetryConfig, aws::AmazonS3Builder};
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
use secrecy::ExposeSecret;
use terrace_product::Media;

use super::{Address, Key, Upload};
use crate::error::Result;

/// The files in a bucket.
#[derive(Debug)]
pub(super) struct S3 {
    pub(super) objects: Arc<dyn ObjectStore>,
    pub(super) prefix: String,
    bucket: Bucket,
    credentials: Credentials,
}

impl S3 {
    pub(super) fn new(media: &Media) -> anyhow::Result<Self> {
        let endpoint = media.endpoint.as_ref().context("media.endpoint")?.as_str();
        let bucket = media.bucket.as_ref().context("media.bucket")?.as_str();
        let id = media.access_key_id.as_ref().context("media.access_key_id")?.expose_secret();
        let secret = media.secret_access_key.as_ref().context("media.secret_access_key")?;
        let options = ClientOptions::new()
            .with_allow_http(endpoint.starts_with("http://"))
            .with_connect_timeout(media.timeout)
            .with_read_timeout(media.timeout)
            .with_timeout(media.timeout * 4);
        let objects = AmazonS3Builder::new()
            .with_endpoint(endpoint)
            .with_region(media.region.as_str())
            .with_bucket_name(bucket)
            .with_access_key_id(id)
            .with_secret_access_key(secret.expose_secret())
            .with_client_options(options)
            // A job tries again by itself, and a request would rather be told.
            .with_retry(RetryConfig {
                max_retries: 1,
                retry_timeout: media.timeout,
                ..RetryConfig::default()
            })
            // A handful of objects at a time, and not every S3 has the bulk request.
            .with_disable_bulk_delete(true)
            .build()
            .context("media.endpoint")?;
        let bucket = Bucket::new(
            endpoint.parse().context("media.endpoint")?,
            UrlStyle::Path,
            bucket.to_owned(),
            media.region.as_str().to_owned(),
        )
        .context("media.endpoint")?;
        Ok(Self {
            objects: Arc::new(objects),
            prefix: media.prefix.as_str().to_owned(),
            bucket,
            credentials: Credentials::new(id, secret.expose_secret()),
        })
    }

    /// Signed for one file: another length, type or content, or a second upload, and the storage
    /// itself refuses.
    pub(super) fn address(&self, upload: &Upload) -> Result<Address> {
        let headers = vec![
            ("content-length", upload.bytes.to_string()),
            ("content-type", upload.content_type.clone()),
            ("if-none-match", "*".to_owned()),
            ("x-amz-checksum-sha256", STANDARD.encode(upload.sha256)),
        ];
        let key = format!("{}{}", self.prefix, Key::quarantine(&upload.stem));
        let mut action = self.bucket.put_object(Some(&self.credentials), &key);
        for (name, value) in &headers {
            action.headers_mut().insert(*name, value.as_str());
        }
        let left = (upload.expires_at - chrono::Utc::now()).to_std().unwrap_or(Duration::ZERO);
        Ok(Address { url: action.sign(left.max(Duration::from_secs(1))).to_string(), headers })
    }
}
