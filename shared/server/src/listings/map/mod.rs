//! `GET /properties/map`: what a map shows, gathered where it would overlap.

mod grid;
mod memory;
mod query;

use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload, web};
use sea_orm::Value;
use serde::{Deserialize, Serialize};
use std::future::{Ready, ready};
use terrace_product::{Locale, Profile};
use url::form_urlencoded;
use utoipa::{
    IntoParams, ToSchema,
    openapi::path::{Parameter, ParameterIn},
};
use uuid::Uuid;

use self::{
    grid::{GREATEST_ZOOM, Grid},
    memory::Sheet,
    query::CellRow,
};
use super::{
    area::DEFAULT_RADIUS_KM,
    filters::{ListQuery, Scope},
    model::{Currency, Image},
    output::Json,
    read::scope,
};
use crate::{
    app::State,
    error::{Code, Error, FieldError, Result},
    http::{
        answer::{Reuse, answer},
        auth::{Caller, MaybeCaller},
        etag, locale, params,
    },
};

pub use memory::MapCache;

/// What a list is asked for beside its filters: a map has neither an order nor pages.
const OF_LISTS_ONLY: [&str; 4] = ["sort", "limit", "cursor", "count"];

/// How large a map is drawn.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Scale {
    /// Zoom of the map in web Mercator: the world is 256 pixels wide at 0.
    #[param(minimum = 0, maximum = 22, example = 11)]
    zoom: u8,
}

/// What a map is of: the filters of `GET /properties`, and a zoom.
#[derive(Clone, Debug)]
pub struct MapQuery {
    /// Web Mercator.
    pub zoom: u8,
    /// Filters; `bbox` or `near` among them.
    pub listings: ListQuery,
}

impl IntoParams for MapQuery {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let filters = ListQuery::into_params(&place)
            .into_iter()
            .filter(|parameter| !OF_LISTS_ONLY.contains(&parameter.name.as_str()));
        Scale::into_params(&place).into_iter().chain(filters).collect()
    }
}

impl FromRequest for MapQuery {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::parse(request.query_string()))
    }
}

impl MapQuery {
    /// Reads a query.
    ///
    /// # Errors
    /// `400` that names each parameter at fault.
    pub fn parse(query: &str) -> Result<Self> {
        let pairs = form_urlencoded::parse(query.as_bytes());
        let mut of_scale = form_urlencoded::Serializer::new(String::new());
        let mut of_list = form_urlencoded::Serializer::new(String::new());
        for (name, value) in pairs {
            if OF_LISTS_ONLY.contains(&&*name) {
                let mut refusal = Error::new(Code::InvalidParameter);
                let detail = "A map has neither an order nor pages.";
                refusal.fields.push(FieldError::new(name, "unknown_parameter", detail));
                return Err(refusal);
            }
            let part = if name == "zoom" { &mut of_scale } else { &mut of_list };
            part.append_pair(&name, &value);
        }
        let listings: ListQuery = params::parse(&of_list.finish())?;
        let Scale { zoom } = params::parse(&of_scale.finish())?;
        listings.check()?;
        if zoom > GREATEST_ZOOM {
            return Err(Error::parameter("zoom", "Must be 0..22."));
        }
        if listings.bbox.is_none() && listings.near.is_none() {
            return Err(Error::parameter("bbox", "Needed where near is missing."));
        }
        Ok(Self { zoom, listings })
    }

    /// The squares that this map is drawn in.
    fn grid(&self) -> Grid {
        let ListQuery { bbox, near, radius_km, .. } = &self.listings;
        let boxes = match (bbox, near) {
            (Some(bbox), _) => vec![*bbox],
            (None, Some(point)) => point.around(radius_km.unwrap_or(DEFAULT_RADIUS_KM)),
            (None, None) => Vec::new(),
        };
        Grid::over(&boxes, self.zoom)
    }

    /// Whether it is of everything that is published there.
    fn is_unfiltered(&self) -> bool {
        let filters = ListQuery {
            bbox: None,
            near: None,
            radius_km: None,
            locale: None,
            ..self.listings.clone()
        };
        filters == ListQuery::default()
    }
}

/// What a map shows: each listing once, by itself or in a cluster.
#[derive(Debug, Serialize, ToSchema)]
pub struct PropertyMap {
    /// Several listings in one square, or at one place.
    pub clusters: Vec<MapCluster>,
    /// Listings that are alone in theirs.
    pub items: Vec<MapPin>,
    /// All listings that match.
    pub total: i64,
    /// Of all prices of clusters: the brand's.
    #[schema(value_type = Currency)]
    pub currency: String,
    /// The zoom whose squares these are: lower than asked for where the box would hold too many.
    pub zoom: u8,
}

/// Several listings.
#[derive(Debug, Serialize, ToSchema)]
pub struct MapCluster {
    /// Mean latitude of its listings, degrees.
    pub lat: f64,
    /// Mean longitude of its listings, degrees.
    pub lng: f64,
    /// How many there are.
    pub count: i64,
    /// Lowest price in the brand's currency, minor units.
    pub price_min: Option<i64>,
    /// Highest price in the brand's currency, minor units.
    pub price_max: Option<i64>,
    /// West, south, east, north of its listings: as `bbox` of `GET /properties`, with the filters
    /// of the map, it lists them. Where all lie at one place, west is east and south is north.
    #[schema(example = json!([100.55, 13.71, 100.58, 13.74]))]
    pub bbox: [f64; 4],
}

/// A listing as a pin on a map.
#[derive(Debug, Serialize, ToSchema)]
pub struct MapPin {
    /// Id.
    pub id: Uuid,
    /// Address part of its page.
    pub slug: String,
    /// Title.
    pub title: String,
    /// The price that counts for its transaction type, minor units.
    pub price: i64,
    /// Of its prices.
    #[schema(value_type = Currency)]
    pub currency: String,
    /// For stays: per night.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_per_night: Option<i64>,
    /// Latitude, degrees.
    pub lat: f64,
    /// Longitude, degrees.
    pub lng: f64,
    /// The picture shown first.
    #[schema(value_type = Option<Image>)]
    pub cover_image: Option<Json>,
}

/// Listings on a map: pins, and clusters where pins would overlap.
///
/// At most some 600 entries. From zoom 17 on every place stands for itself, where there are no
/// more than 500.
#[utoipa::path(
    get, path = "/api/v1/properties/map", operation_id = "map_properties", tag = "listings",
    params(MapQuery),
    responses((status = 200, body = PropertyMap)),
    security((), ("bearer" = [])),
)]
pub async fn map_properties(
    query: MapQuery,
    caller: MaybeCaller,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let caller = scope(&query.listings, caller.0)?;
    let locale = locale::negotiate(&state.profile, query.listings.locale.as_deref(), &request)?;
    let drawn = draw(&state, &query, caller.as_ref(), &locale);
    if query.listings.scope == Scope::Public && query.is_unfiltered() {
        let ListQuery { bbox, near, radius_km, .. } = &query.listings;
        let key = format!("{} {bbox:?} {near:?} {radius_km:?} {locale}", query.zoom);
        let sheet = state.maps.get(&state.listings, key, drawn).await?;
        let (tag, body) = (sheet.tag.clone(), sheet.body.clone());
        return Ok(answer(&request, tag, body, &locale, Reuse::AfterAsking));
    }
    let Sheet { tag, body } = drawn.await?;
    let reuse = if caller.is_none() { Reuse::AfterAsking } else { Reuse::Never };
    Ok(answer(&request, tag, body, &locale, reuse))
}

async fn draw(
    state: &State,
    query: &MapQuery,
    caller: Option<&Caller>,
    locale: &Locale,
) -> Result<Sheet> {
    let (sql, values) = map_statement(query, caller, &state.profile, locale);
    // How many rows match depends on the values: planned with them.
    let rows: Vec<CellRow> = state.db.search().all(sql, values).await?;
    let map = PropertyMap::of(rows, query, &state.profile)?;
    let body = serde_json::to_vec(&map).map_err(Error::internal)?;
    Ok(Sheet { tag: etag::of_bytes(&body), body: body.into() })
}

/// The one statement behind a map; public so that a test can look at its plan.
#[doc(hidden)]
#[must_use]
pub fn map_statement(
    query: &MapQuery,
    caller: Option<&Caller>,
    profile: &Profile,
    locale: &Locale,
) -> (String, Vec<Value>) {
    let (grid, currency) = (query.grid(), profile.market.currency.as_str());
    query::entries(&query.listings, query.zoom, &grid, currency, caller, &profile.locales, locale)
}

impl PropertyMap {
    fn of(rows: Vec<CellRow>, query: &MapQuery, profile: &Profile) -> Result<Self> {
        let mut map = Self {
            clusters: Vec::new(),
            items: Vec::new(),
            total: rows.iter().map(|row| row.n).sum(),
            currency: profile.market.currency.as_str().to_owned(),
            zoom: query.grid().zoom,
        };
        for row in rows {
            match row {
                CellRow {
                    n: 1,
                    lat,
                    lng,
                    id: Some(id),
                    slug: Some(slug),
                    title: Some(title),
                    price: Some(price),
                    currency: Some(currency),
                    price_per_night,
                    cover_image,
                    ..
                } => map.items.push(MapPin {
                    id,
                    slug,
                    title,
                    price,
                    currency,
                    price_per_night,
                    lat,
                    lng,
                    cover_image: Json::optional(cover_image)?,
                }),
                CellRow { n, lat, lng, low, high, west, south, east, north, .. } => {
                    map.clusters.push(MapCluster {
                        lat: settled(lat, south, north),
                        lng: settled(lng, west, east),
                        count: n,
                        price_min: low,
                        price_max: high,
                        bbox: [west, south, east, north],
                    });
                }
            }
        }
        Ok(map)
    }
}

/// A mean to about a centimetre, and between the outermost of what it is the mean of: in which
/// order numbers were added up must not move it.
fn settled(mean: f64, least: f64, most: f64) -> f64 {
    ((mean * 1e7).round() / 1e7).clamp(least, most)
}
