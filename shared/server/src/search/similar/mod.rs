//! `GET /properties/{id}/similar`: from one listing to others like it.

mod statement;
mod variety;

use actix_web::{HttpRequest, HttpResponse, web};
use sea_orm::{FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use terrace_product::{Locale, Locales};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use self::variety::{Site, vary};
use crate::{
    app::State,
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        etag, locale,
        params::Query,
    },
    listings::output::{CardRow, PropertyItem},
};

const MOST: usize = 24;

/// How many, and how they are told.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct SimilarQuery {
    /// Listings, 1..24.
    #[param(minimum = 1, maximum = 24, default = 8)]
    pub limit: usize,
    /// Beats `Accept-Language`.
    #[param(example = "th")]
    pub locale: Option<String>,
}

impl Default for SimilarQuery {
    fn default() -> Self {
        Self { limit: 8, locale: None }
    }
}

/// What is like a listing.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimilarOut {
    /// The most alike first; of one building no more than two.
    pub items: Vec<SimilarItem>,
    /// Whether texts could not be compared (yet): found by facts alone.
    pub degraded: bool,
}

/// A listing that is like another, and in what.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimilarItem {
    /// Its card.
    #[serde(flatten)]
    pub item: PropertyItem,
    /// Only to compare those of one answer, 0..1: more is better.
    pub score: f64,
    /// In what it is alike. Both are of the same transaction type.
    pub why: SimilarWhy,
}

/// In what two listings are alike.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimilarWhy {
    /// Whether both are of the same property type.
    pub same_type: bool,
    /// Whether it costs 65 % to 135 % of the other. Others come last, and only where hardly
    /// anything does.
    pub similar_price: bool,
    /// Its price as a part of the other's; null where the currencies differ.
    #[schema(example = 1.12)]
    pub price_ratio: Option<f64>,
    /// How far it is from the other, km; null where one of them has no place.
    #[schema(example = 1.2)]
    pub distance_km: Option<f64>,
    /// How near its text is to the other's in meaning, -1..1; null where that is not known.
    pub similarity: Option<f64>,
}

#[derive(Debug, FromQueryResult)]
struct Row {
    degraded: bool,
    #[sea_orm(nested)]
    card: Option<CardRow>,
    address: Option<String>,
    similar_price: Option<bool>,
    same_type: Option<bool>,
    score: Option<f64>,
    similarity: Option<f64>,
    km: Option<f64>,
    price_ratio: Option<f64>,
}

/// Published listings that are like a published one, by their texts and by what is known of them.
#[utoipa::path(
    get, path = "/api/v1/properties/{id}/similar", operation_id = "list_similar_properties", tag = "search",
    params(("id" = Uuid, Path, description = "Listing"), SimilarQuery),
    responses((status = 200, body = SimilarOut)),
    security(()),
)]
pub async fn list_similar_properties(
    id: web::Path<Uuid>,
    query: Query<SimilarQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Query(query) = query;
    if !(1..=MOST).contains(&query.limit) {
        return Err(Error::parameter("limit", format!("Must be 1..{MOST}.")));
    }
    let locale = locale::negotiate(&state.profile, query.locale.as_deref(), &request)?;
    let similar = find(&state, id.into_inner(), query.limit, &locale).await?;
    let body = serde_json::to_vec(&similar).map_err(Error::internal)?;
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, Reuse::AfterAsking))
}

async fn find(state: &State, id: Uuid, limit: usize, locale: &Locale) -> Result<SimilarOut> {
    let slot = state.search.models.slot(state).await?;
    let (sql, values) = similar_statement(id, slot, &state.profile.locales, locale);
    let rows: Vec<Row> = state.db.search().all(sql, values).await?;
    let first = rows.first().ok_or_else(|| Error::not_found("listing"))?;
    let degraded = first.degraded;
    let candidates = rows.into_iter().filter_map(|row| row.candidate().transpose());
    let candidates = candidates.collect::<Result<Vec<_>>>()?;
    Ok(SimilarOut { items: vary(candidates, limit), degraded })
}

impl Row {
    fn candidate(self) -> Result<Option<(Site, SimilarItem)>> {
        let Some(card) = self.card else {
            return Ok(None);
        };
        let item: PropertyItem = card.try_into()?;
        let site = Site::of(&item, self.address.as_deref());
        let why = SimilarWhy {
            same_type: self.same_type.unwrap_or_default(),
            similar_price: self.similar_price.unwrap_or_default(),
            price_ratio: self.price_ratio.map(|ratio| rounded(ratio, 100.0)),
            distance_km: self.km.map(|km| rounded(km, 100.0)),
            similarity: self.similarity.map(|similarity| rounded(similarity, 1000.0)),
        };
        let score = rounded(self.score.unwrap_or_default(), 10_000.0);
        Ok(Some((site, SimilarItem { item, score, why })))
    }
}

/// No more digits than mean something; the same answer stays the same bytes.
fn rounded(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}

/// The one statement behind it; public so that a test can look at its plan.
#[doc(hidden)]
#[must_use]
pub fn similar_statement(
    id: Uuid,
    slot: Option<i16>,
    locales: &Locales,
    locale: &Locale,
) -> (String, Vec<Value>) {
    statement::statement(id, slot, locales, locale)
}
