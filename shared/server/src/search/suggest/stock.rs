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

/// A cell as one number: so many to a step of latitude.
const ROW: i64 = 1_000_000;

/// What parts a province from its district.
const BETWEEN: char = '\t';

/// One pass over what everyone sees.
const LOOK: &str = "WITH visible AS MATERIALIZED (\
        SELECT property_type, province, district, lat, lng, amenity_slugs FROM properties \
        WHERE is_published AND deleted_at IS NULL) \
    SELECT ARRAY(SELECT DISTINCT property_type::text FROM visible) AS property_types, \
        ARRAY(SELECT DISTINCT unnest(amenity_slugs) FROM visible) AS amenities, \
        ARRAY(SELECT DISTINCT concat(province, E'\\t', district) FROM visible) AS units, \
        ARRAY(SELECT DISTINCT round(lat * $1)::bigint * $2 + round(lng * $1)::bigint \
            FROM visible WHERE lat IS NOT NULL) AS cells";

#[derive(FromQueryResult)]
struct Row {
    property_types: Vec<String>,
    amenities: Vec<String>,
    units: Vec<String>,
    cells: Vec<i64>,
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
        let row: Option<Row> = db.search().one(LOOK, [CELLS.into(), ROW.into()]).await?;
        let row =
            row.ok_or_else(|| Error::internal(anyhow::anyhow!("a SELECT without FROM has a row")))?;
        let units: HashSet<(String, String)> = row
            .units
            .iter()
            .filter_map(|unit| unit.split_once(BETWEEN))
            .map(|(province, district)| (province.to_owned(), district.to_owned()))
            .collect();
        let mut cells: Vec<(f64, f64)> = row.cells.into_iter().map(middle).collect();
        cells.sort_by(|one, other| one.0.total_cmp(&other.0));
        Ok(Self {
            property_types: row.property_types.into_iter().collect(),
            amenities: row.amenities.into_iter().collect(),
            provinces: units.iter().map(|(province, _)| province.clone()).collect(),
            districts: units.iter().map(|(_, district)| district.clone()).collect(),
            units,
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

/// Latitude and longitude of a cell.
fn middle(cell: i64) -> (f64, f64) {
    let (lat, lng) = ((cell + ROW / 2).div_euclid(ROW), (cell + ROW / 2).rem_euclid(ROW) - ROW / 2);
    #[expect(clippy::cast_precision_loss, reason = "no more than 36,000 either way")]
    let degrees = |steps: i64| steps as f64 / CELLS;
    (degrees(lat), degrees(lng))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn stock(cells: &[(i64, i64)], units: &[(&str, &str)]) -> Stock {
        let units: HashSet<(String, String)> =
            units.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect();
        Stock {
            property_types: HashSet::new(),
            amenities: HashSet::new(),
            provinces: units.iter().map(|(province, _)| province.clone()).collect(),
            districts: units.iter().map(|(_, district)| district.clone()).collect(),
            units,
            cells: cells.iter().map(|(lat, lng)| middle(lat * ROW + lng)).collect(),
        }
    }

    #[test]
    fn cells_are_where_they_are() {
        for (lat, lng, at) in [
            (2_746, 20_116, (13.73, 100.58)),
            (-6_780, 30_242, (-33.9, 151.21)),
            (8_142, -14_801, (40.71, -74.005)),
            (-18_000, -36_000, (-90.0, -180.0)),
        ] {
            assert_eq!(middle(lat * ROW + lng), at);
        }
    }

    #[test]
    fn a_place_has_what_its_list_would_find() {
        let stock =
            stock(&[(1_556, 19_664), (2_746, 20_116)], &[("Phuket", "Thalang"), ("Bangkok", "")]);
        let has = |params: &[(&'static str, &str)]| {
            let params: Vec<_> = params.iter().map(|(n, v)| (*n, (*v).to_owned())).collect();
            stock.has_place(&params)
        };
        assert!(has(&[("province", "ภูเก็ต,Phuket")]));
        assert!(!has(&[("province", "Krabi")]));
        assert!(has(&[("district", "Thalang")]));
        assert!(!has(&[("district", "Thalang"), ("province", "Bangkok")]));
        assert!(has(&[("near", "13.73,100.581"), ("radius_km", "1")]));
        assert!(!has(&[("near", "13.76,100.581"), ("radius_km", "1")]));
        assert!(!has(&[("near", "nowhere"), ("radius_km", "1")]) && !has(&[]));
    }
}
