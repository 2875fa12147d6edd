//! Where there is anything to find: what a brand's published listings have among them.
//!
//! A name that leads to an empty list helps nobody, and asking for each name at each letter would
//! be dear. So every process knows it by heart, and looks again once a minute while it is asked.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use actix_web::web;
use sea_orm::FromQueryResult;
use serde::Deserialize;

use crate::{
    app::State,
    db::Db,
    error::{Error, Result},
};

/// How old it may be before it is looked up anew.
const FRESH_FOR: Duration = Duration::from_secs(60);

/// Places are kept to this part of a degree, about 550 metres.
const CELLS: f64 = 200.0;

/// What a cell adds to a distance, km.
const SLACK_KM: f64 = 0.4;

/// One pass over what everyone sees; a column is an array, because there is one row to read.
const LOOK: &str = "WITH visible AS MATERIALIZED (\
        SELECT property_type, province, district, lat, lng, amenity_slugs FROM properties \
        WHERE is_published AND deleted_at IS NULL) \
    SELECT jsonb_build_object(\
        'property_types', (SELECT coalesce(jsonb_agg(DISTINCT property_type), '[]') FROM visible), \
        'amenities', (SELECT coalesce(jsonb_agg(DISTINCT slug), '[]') FROM visible, unnest(amenity_slugs) AS slug), \
        'units', (SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_array(coalesce(province, ''), coalesce(district, ''))), '[]') \
            FROM visible), \
        'cells', (SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_array(round(lat * $1)::int, round(lng * $1)::int)), '[]') \
            FROM visible WHERE lat IS NOT NULL))::text AS stock";

#[derive(FromQueryResult)]
struct Row {
    stock: String,
}

#[derive(Deserialize)]
struct Found {
    property_types: HashSet<String>,
    amenities: HashSet<String>,
    units: HashSet<(String, String)>,
    cells: Vec<(i32, i32)>,
}

/// What there is.
#[derive(Debug)]
pub(super) struct Stock {
    property_types: HashSet<String>,
    amenities: HashSet<String>,
    provinces: HashSet<String>,
    districts: HashSet<String>,
    /// Province and district of the same listing.
    units: HashSet<(String, String)>,
    /// Latitudes and longitudes, from south to north.
    cells: Vec<(f64, f64)>,
}

impl Stock {
    async fn look(db: &Db) -> Result<Self> {
        let row: Option<Row> = db.search().one(LOOK, [CELLS.into()]).await?;
        let row =
            row.ok_or_else(|| Error::internal(anyhow::anyhow!("a SELECT without FROM has a row")))?;
        let found: Found = serde_json::from_str(&row.stock).map_err(Error::internal)?;
        let mut cells: Vec<(f64, f64)> = found
            .cells
            .iter()
            .map(|(lat, lng)| (f64::from(*lat) / CELLS, f64::from(*lng) / CELLS))
            .collect();
        cells.sort_by(|one, other| one.0.total_cmp(&other.0));
        Ok(Self {
            property_types: found.property_types,
            amenities: found.amenities,
            provinces: found.units.iter().map(|(province, _)| province.clone()).collect(),
            districts: found.units.iter().map(|(_, district)| district.clone()).collect(),
            units: found.units,
            cells,
        })
    }

    pub(super) fn has_type(&self, name: &str) -> bool {
        self.property_types.contains(name)
    }

    pub(super) fn has_amenity(&self, slug: &str) -> bool {
        self.amenities.contains(slug)
    }

    /// Whether a list of a place's parameters would have anything in it.
    pub(super) fn has_place(&self, params: &[(&'static str, String)]) -> bool {
        let param = |name: &str| params.iter().find(|(known, _)| *known == name).map(|(_, v)| v);
        let names = |value: &str| value.split(',').map(str::to_owned).collect::<Vec<_>>();
        if let (Some(near), Some(km)) = (param("near"), param("radius_km")) {
            return self.has_near(near, km).unwrap_or(false);
        }
        match (param("province"), param("district")) {
            (Some(provinces), Some(districts)) => {
                let districts = names(districts);
                names(provinces).into_iter().any(|province| {
                    let mut pairs = districts.iter().map(|d| (province.clone(), d.clone()));
                    pairs.any(|pair| self.units.contains(&pair))
                })
            }
            (Some(list), None) => list.split(',').any(|name| self.provinces.contains(name)),
            (None, Some(list)) => list.split(',').any(|name| self.districts.contains(name)),
            (None, None) => false,
        }
    }

    fn has_near(&self, near: &str, km: &str) -> Option<bool> {
        const KM_PER_DEGREE: f64 = 111.19;
        let (lat, lng) = near.split_once(',')?;
        let (lat, lng): (f64, f64) = (lat.parse().ok()?, lng.parse().ok()?);
        let km = km.parse::<f64>().ok()? + SLACK_KM;
        let reach = km / KM_PER_DEGREE;
        let from = self.cells.partition_point(|cell| cell.0 < lat - reach);
        let narrower = lat.to_radians().cos();
        let found = self
            .cells
            .iter()
            .skip(from)
            .take_while(|cell| cell.0 <= lat + reach)
            .any(|cell| (cell.0 - lat).hypot((cell.1 - lng) * narrower) <= reach);
        Some(found)
    }
}

/// What was found last.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    known: Mutex<Option<(Instant, Arc<Stock>)>>,
    /// Held by whoever looks for the first time: the others wait for what they find.
    first: tokio::sync::Mutex<()>,
    looking: AtomicBool,
}

impl Shelf {
    fn known(&self) -> Option<(Instant, Arc<Stock>)> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, stock: Stock) -> Arc<Stock> {
        let stock = Arc::new(stock);
        let kept = Some((Instant::now(), stock.clone()));
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = kept;
        stock
    }
}

/// What there is, as of a minute ago. Only the first who asks waits for it.
///
/// # Errors
/// Those of the database, where nothing is known yet.
pub(super) async fn stock(state: &web::Data<State>) -> Result<Arc<Stock>> {
    let shelf = &state.search.shelf;
    if let Some((at, stock)) = shelf.known() {
        if at.elapsed() > FRESH_FOR && !shelf.looking.swap(true, Ordering::Relaxed) {
            tokio::spawn(look_again(state.clone()));
        }
        return Ok(stock);
    }
    let _first = shelf.first.lock().await;
    if let Some((_, stock)) = shelf.known() {
        return Ok(stock);
    }
    Ok(shelf.keep(Stock::look(&state.db).await?))
}

async fn look_again(state: web::Data<State>) {
    match Stock::look(&state.db).await {
        Ok(stock) => drop(state.search.shelf.keep(stock)),
        Err(error) => tracing::warn!(%error, "suggestions know only what there was before"),
    }
    state.search.shelf.looking.store(false, Ordering::Relaxed);
}
