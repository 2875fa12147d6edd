//! Listings read lately, as the bytes that go out. Only what everyone may see is kept.

use std::sync::Arc;

use actix_web::{http::header::EntityTag, web::Bytes};
use moka::future::Cache;
use terrace_product::Profile;
use uuid::Uuid;

use crate::error::{Error, Result};

/// A listing's public page in one language.
#[derive(Debug)]
pub struct Page {
    /// Its version and language.
    pub tag: EntityTag,
    /// JSON.
    pub body: Bytes,
}

/// Public pages by (id or slug, language).
///
/// A change made here is seen here at once. Another instance of the same brand sees it within
/// `cache.ttl_seconds`, and nothing else bounds that: keep it short.
#[derive(Clone, Debug)]
pub struct ListingCache {
    pages: Cache<(String, String), Arc<Page>>,
    enabled: bool,
}

impl ListingCache {
    /// An empty cache with the bounds of the profile.
    #[must_use]
    pub fn new(profile: &Profile) -> Self {
        Self {
            pages: Cache::builder()
                .max_capacity(profile.cache.entries)
                .time_to_live(profile.cache.ttl)
                .build(),
            enabled: !profile.cache.ttl.is_zero(),
        }
    }

    /// The page, or what `load` reads, which is then kept. Readers of the same page at the same
    /// time wait for one load.
    ///
    /// # Errors
    /// Those of `load`, which are not kept.
    pub async fn get(
        &self,
        key: &str,
        locale: &str,
        load: impl Future<Output = Result<Page>>,
    ) -> Result<Arc<Page>> {
        if !self.enabled {
            return load.await.map(Arc::new);
        }
        let key = (key.to_owned(), locale.to_owned());
        if let Some(page) = self.pages.get(&key).await {
            count("hit");
            return Ok(page);
        }
        count("miss");
        self.pages
            .try_get_with(key, async { load.await.map(Arc::new) })
            .await
            .map_err(|error: Arc<Error>| error.share())
    }

    /// Forgets a listing in every language.
    pub async fn forget(&self, profile: &Profile, id: Uuid, slugs: &[&str]) {
        let id = id.to_string();
        for key in slugs.iter().copied().chain([id.as_str()]) {
            for locale in &profile.locales.enabled {
                let key = (key.to_owned(), locale.as_str().to_owned());
                self.pages.invalidate(&key).await;
            }
        }
    }
}

fn count(result: &'static str) {
    metrics::counter!("terrace_cache_requests_total", "cache" => "listing", "result" => result)
        .increment(1);
}
