//! Maps that everybody opens a site with, as the bytes that go out.

use std::sync::Arc;

use actix_web::{http::header::EntityTag, web::Bytes};
use moka::future::Cache;
use terrace_product::Profile;

use crate::{error::Result, listings::ListingCache};

/// Bytes of all maps that are remembered.
const MOST_BYTES: u64 = 8 << 20;

/// A map as it goes out.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    pub(super) tag: EntityTag,
    pub(super) body: Bytes,
}

/// Maps by what was asked for and by the number of changes of listings that this process had
/// heard of: after a change nobody asks for the older ones any more, and they fall out.
#[derive(Clone, Debug)]
pub struct MapCache {
    sheets: Cache<(u64, String), Arc<Sheet>>,
}

impl MapCache {
    /// An empty cache; sheets are kept for `cache.ttl_seconds` at most.
    #[must_use]
    pub fn new(profile: &Profile) -> Self {
        let weight = |(_, key): &(u64, String), sheet: &Arc<Sheet>| {
            u32::try_from(key.len() + sheet.body.len()).unwrap_or(u32::MAX)
        };
        let sheets = Cache::builder()
            .max_capacity(MOST_BYTES)
            .weigher(weight)
            .time_to_live(profile.cache.ttl)
            .build();
        Self { sheets }
    }

    /// The map, or what `draw` makes, which is then kept. Who asks for the same one at the same
    /// time waits for one drawing.
    ///
    /// # Errors
    /// Those of `draw`, which are not kept.
    pub(super) async fn get(
        &self,
        listings: &ListingCache,
        key: String,
        draw: impl Future<Output = Result<Sheet>>,
    ) -> Result<Arc<Sheet>> {
        if !listings.is_enabled() {
            return draw.await.map(Arc::new);
        }
        let key = (listings.changes(), key);
        let (kept, result) = match self.sheets.get(&key).await {
            Some(sheet) => (Ok(sheet), "hit"),
            None => {
                (self.sheets.try_get_with(key, async { draw.await.map(Arc::new) }).await, "miss")
            }
        };
        metrics::counter!("terrace_cache_requests_total", "cache" => "map", "result" => result)
            .increment(1);
        kept.map_err(|error| error.share())
    }
}
