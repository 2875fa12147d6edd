//! `GET /facets`: what there is to filter by, and how much of it.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use sea_orm::FromQueryResult;
use serde::Deserialize;
use terrace_product::Locale;
use utoipa::{IntoParams, ToSchema};

use super::model::TransactionType;
use crate::{
    app::State,
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        etag, locale,
        params::{Query, from_str},
    },
};

/// What to count.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct FacetQuery {
    /// Only listings of this kind.
    #[param(value_type = Option<TransactionType>)]
    #[serde(deserialize_with = "from_str")]
    pub transaction_type: Option<TransactionType>,
    /// Language of the labels.
    #[param(example = "th")]
    pub locale: Option<String>,
}

/// The values of each filter among published listings. At most 200 a filter, the most common
/// first. The database writes it, so this is its description only.
#[derive(Debug, ToSchema)]
pub struct Facets {
    /// Published listings.
    pub total: i64,
    /// By transaction type.
    pub transaction_type: Vec<Facet>,
    /// By property type.
    pub property_type: Vec<Facet>,
    /// By province.
    pub province: Vec<Facet>,
    /// By district.
    pub district: Vec<Facet>,
    /// By number of bedrooms.
    pub bedrooms: Vec<Facet>,
    /// By amenity.
    pub amenities: Vec<Facet>,
    /// Lowest and highest price by transaction type, minor units.
    pub price: Vec<PriceRange>,
}

/// A value and how many listings have it.
#[derive(Debug, ToSchema)]
pub struct Facet {
    /// What the filter takes.
    pub value: String,
    /// What people call it.
    pub label: String,
    /// Listings that have it.
    pub count: i64,
}

/// What prices there are.
#[derive(Debug, ToSchema)]
pub struct PriceRange {
    /// Of which kind of offer.
    pub transaction_type: String,
    /// Lowest, minor units.
    pub min: i64,
    /// Highest, minor units.
    pub max: i64,
}

/// Every facet from one pass over the published listings. Place names are labelled by any
/// translation of theirs: a place is called the same in every listing.
const COUNT: &str = "WITH visible AS MATERIALIZED (\
        SELECT id, transaction_type, property_type, province, district, bedrooms, amenity_slugs, price \
        FROM properties WHERE is_published AND deleted_at IS NULL \
        AND ($1::text IS NULL OR transaction_type = $1::text::transaction_type)), \
    counted AS (\
        SELECT 'transaction_type' AS facet, transaction_type::text AS value, count(*) AS n, NULL::uuid AS sample FROM visible GROUP BY 2 \
        UNION ALL SELECT 'property_type', property_type::text, count(*), NULL FROM visible GROUP BY 2 \
        UNION ALL SELECT 'province', province, count(*), (array_agg(id))[1] FROM visible GROUP BY 2 \
        UNION ALL SELECT 'district', district, count(*), (array_agg(id))[1] FROM visible GROUP BY 2 \
        UNION ALL SELECT 'bedrooms', bedrooms::text, count(*), NULL FROM visible GROUP BY 2 \
        UNION ALL SELECT 'amenities', slug, count(*), NULL FROM visible, unnest(amenity_slugs) AS slug GROUP BY 2), \
    ranked AS (\
        SELECT *, row_number() OVER (PARTITION BY facet ORDER BY n DESC, value) AS place \
        FROM counted WHERE value IS NOT NULL), \
    labelled AS (\
        SELECT r.facet, r.n, r.value, r.place, coalesce(\
            (SELECT t.value FROM property_translations t WHERE t.property_id = r.sample \
                AND t.locale = $2 AND t.field::text = 'location_' || r.facet), \
            (SELECT t.name FROM amenity_translations t WHERE r.facet = 'amenities' \
                AND t.amenity_slug = r.value AND t.locale = $2), \
            (SELECT a.name FROM amenities a WHERE r.facet = 'amenities' AND a.slug = r.value), \
            r.value) AS label \
        FROM ranked r WHERE r.place <= 200), \
    grouped AS (\
        SELECT facet, jsonb_agg(jsonb_build_object('value', value, 'label', label, 'count', n) \
            ORDER BY place) AS entries FROM labelled GROUP BY facet) \
    SELECT (jsonb_build_object('total', (SELECT count(*) FROM visible), \
        'transaction_type', '[]'::jsonb, 'property_type', '[]'::jsonb, 'province', '[]'::jsonb, \
        'district', '[]'::jsonb, 'bedrooms', '[]'::jsonb, 'amenities', '[]'::jsonb, \
        'price', coalesce((SELECT jsonb_agg(jsonb_build_object('transaction_type', transaction_type, \
            'min', low, 'max', high) ORDER BY transaction_type) FROM (SELECT transaction_type, \
            min(price) AS low, max(price) AS high FROM visible GROUP BY 1) ranges), '[]')) \
        || coalesce((SELECT jsonb_object_agg(facet, entries) FROM grouped), '{}'))::text AS facets";

/// How long counts may lag behind.
const FRESH_FOR: Duration = Duration::from_secs(30);

/// What there is to filter by, and how much of it. Counts may be half a minute old.
#[utoipa::path(
    get, path = "/api/v1/facets", operation_id = "list_facets", tag = "listings",
    params(FacetQuery),
    responses((status = 200, body = Facets)),
    security(()),
)]
pub async fn list_facets(
    query: Query<FacetQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let FacetQuery { transaction_type, locale } = query.0;
    let locale = locale::negotiate(&state.profile, locale.as_deref(), &request)?;
    let kind = transaction_type.map(TransactionType::name);
    let key = format!("{}:{}", locale.as_str(), kind.unwrap_or("any"));
    let count = count(&state, kind, &locale);
    let body = state.cache.get_or("facets", &key, FRESH_FOR, count).await?;
    Ok(answer(
        &request,
        etag::of_bytes(body.as_bytes()),
        body,
        &locale,
        Reuse::For(state.profile.cache.max_age),
    ))
}

async fn count(state: &State, kind: Option<&str>, locale: &Locale) -> Result<String> {
    #[derive(FromQueryResult)]
    struct Row {
        facets: String,
    }
    let values = [kind.map(str::to_owned).into(), locale.as_str().into()];
    let row: Option<Row> = state.db.search().one(COUNT, values).await?;
    row.map(|row| row.facets)
        .ok_or_else(|| Error::internal(anyhow::anyhow!("an aggregate has a row")))
}
