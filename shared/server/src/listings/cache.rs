//! Listings read lately, as the bytes that go out. Only what everyone may see is kept.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use actix_web::{http::header::EntityTag, web::Bytes};
use moka::future::Cache;
use terrace_product::Profile;
use uuid::Uuid;

use crate::error::{Code, Result};

/// A listing's public page in one language.
#[derive(Debug)]
pub struct Page {
    /// The listing.
    pub id: Uuid,
    /// The listing's version.
    pub version: i32,
    /// The same and the language, as clients name it.
    pub tag: EntityTag,
    /// JSON.
    pub body: Bytes,
}

/// A page, and whether it is older than it should be.
#[derive(Clone, Debug)]
pub struct Found {
    /// The page.
    pub page: Arc<Page>,
    /// The database was away, and this is what was last known.
    pub is_stale: bool,
}

type Pages = Cache<(String, String), Arc<Page>>;

/// Public pages by (id or slug, language).
///
/// A change made here is seen here at once. Another process of the same brand sees it as soon as
/// it has followed the feed that far (see `super::follow`), `cache.ttl_seconds` at most.
#[derive(Clone, Debug)]
pub struct ListingCache {
    fresh: Pages,
    /// The same pages for longer, for when the database is away.
    last_known: Pages,
    /// Changes made here so far: what was read before one must not be kept after it.
    changes: Arc<AtomicU64>,
    enabled: bool,
}

impl ListingCache {
    /// An empty cache with the bounds of the profile.
    #[must_use]
    pub fn new(profile: &Profile) -> Self {
        let config = &profile.cache;
        let pages = |time| Cache::builder().max_capacity(config.entries).time_to_live(time).build();
        Self {
            fresh: pages(config.ttl),
            last_known: pages(config.stale),
            changes: Arc::default(),
            enabled: !config.ttl.is_zero(),
        }
    }

    /// The page, or what `load` reads, which is then kept. Readers of the same page at the same
    /// time wait for one load.
    ///
    /// # Errors
    /// Those of `load`, which are not kept. Where the database is away, a page that was known
    /// within `cache.stale_seconds` stands in.
    pub async fn get(
        &self,
        key: &str,
        locale: &str,
        load: impl Future<Output = Result<Page>>,
    ) -> Result<Found> {
        if !self.enabled {
            let page = Arc::new(load.await?);
            return Ok(Found { page, is_stale: false });
        }
        let key = (key.to_owned(), locale.to_owned());
        if let Some(page) = self.fresh.get(&key).await {
            count("hit");
            return Ok(Found { page, is_stale: false });
        }
        let seen = self.changes.load(Ordering::SeqCst);
        match self.fresh.try_get_with(key.clone(), async { load.await.map(Arc::new) }).await {
            Ok(page) => {
                count("miss");
                self.last_known.insert(key.clone(), page.clone()).await;
                if self.changes.load(Ordering::SeqCst) != seen {
                    self.fresh.invalidate(&key).await;
                    self.last_known.invalidate(&key).await;
                }
                Ok(Found { page, is_stale: false })
            }
            Err(error) if error.code == Code::Unavailable => {
                match self.last_known.get(&key).await {
                    Some(page) => {
                        count("stale");
                        Ok(Found { page, is_stale: true })
                    }
                    None => Err(error.share()),
                }
            }
            Err(error) => {
                count("miss");
                // Taken away elsewhere: it must not come back when the database goes.
                self.last_known.invalidate(&key).await;
                Err(error.share())
            }
        }
    }

    /// Whether anything is remembered at all.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// Grows whenever a listing changes, as soon as this process hears of it: what was read at
    /// one number is right for as long as it stands.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }

    /// Forgets everything.
    pub fn forget_all(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.fresh.invalidate_all();
        self.last_known.invalidate_all();
    }

    /// Forgets a listing in every language.
    pub async fn forget(&self, profile: &Profile, id: Uuid, slugs: &[&str]) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        for key in keys(profile, id, slugs) {
            self.fresh.invalidate(&key).await;
            self.last_known.invalidate(&key).await;
        }
    }

    /// Forgets what is older than this version of a listing. What was read after a change made
    /// here stays, when the feed tells of it later.
    pub async fn forget_before(&self, profile: &Profile, id: Uuid, slug: &str, version: i32) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        for key in keys(profile, id, &[slug]) {
            for pages in [&self.fresh, &self.last_known] {
                if pages.get(&key).await.is_some_and(|page| page.version < version) {
                    pages.invalidate(&key).await;
                }
            }
        }
    }
}

/// Everything that a listing's pages are remembered by.
fn keys(profile: &Profile, id: Uuid, slugs: &[&str]) -> Vec<(String, String)> {
    let id = id.to_string();
    let names = slugs.iter().copied().chain([id.as_str()]);
    let locales = &profile.locales.enabled;
    names
        .flat_map(|name| locales.iter().map(|locale| (name.to_owned(), locale.to_string())))
        .collect()
}

fn count(result: &'static str) {
    metrics::counter!("terrace_cache_requests_total", "cache" => "listing", "result" => result)
        .increment(1);
}
