//! Listings that may be one and the same: proposed by a job, decided by a person. Nothing is ever
//! merged by itself.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use garde::Validate;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    app::State,
    db::{Context, statement},
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        auth::{Admin, Origin},
        body::Body,
        etag, locale, page,
        params::Query,
    },
    jobs::{Failure, Job},
};

/// Looks for the twins of these listings.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct FindDuplicates {
    ids: Vec<Uuid>,
}

impl FindDuplicates {
    /// Of one listing.
    pub(crate) fn of(id: Uuid) -> Self {
        Self { ids: vec![id] }
    }

    /// Of a batch of an import: one job, not one for each row.
    pub(crate) fn of_all(ids: Vec<Uuid>) -> Self {
        Self { ids }
    }
}

impl Job for FindDuplicates {
    const KIND: &'static str = "listing.find_duplicates";

    fn dedupe_key(&self) -> Option<String> {
        match self.ids.as_slice() {
            [id] => Some(format!("{}:{id}", Self::KIND)),
            _ => None,
        }
    }

    async fn run(self, state: Arc<State>) -> Result<(), Failure> {
        let context = Context::system(Self::KIND);
        state
            .db
            .tx(context, move |tx| {
                let ids = self.ids.clone();
                Box::pin(async move {
                    tx.execute_raw(statement(FIND, [ids.into()])).await?;
                    Ok(())
                })
            })
            .await?;
        Ok(())
    }
}

/// Three lookups for each listing, each by an index of its own; never all against all.
///
/// - `reference`: the agents call both the same.
/// - `external_id`: two sources call both the same.
/// - `place`: the same type, at most 150 m apart, areas within 5 % of each other. A tower has
///   hundreds of such flats, so that only the twenty nearest count. Pictures that look alike (their
///   perceptual hashes differ in at most six bits of 64) make it all but certain.
///
/// What a person has decided stays decided; an open proposal that no longer holds goes.
const FIND: &str = "WITH me AS (\
        SELECT p.id, p.property_type, lower(p.reference) AS reference, p.external_source, p.external_id, \
            p.lat, p.lng, coalesce(p.area_sqm, (p.physical_specs ->> 'land_sqm')::double precision) AS size, \
            150 / 111195.0 AS dlat, 150 / (111195.0 * greatest(cos(radians(p.lat)), 0.02)) AS dlng \
        FROM properties p WHERE p.id = ANY($1::uuid[]) AND p.deleted_at IS NULL), \
    pictures AS MATERIALIZED (\
        SELECT m.property_id, m.phash AS hash FROM media m \
        WHERE m.property_id = ANY($1::uuid[]) AND m.deleted_at IS NULL), \
    found AS (\
        SELECT me.id AS one, o.id AS two, 'reference' AS why, NULL::double precision AS metres, NULL::bigint AS alike \
        FROM me JOIN properties o ON o.reference IS NOT NULL AND lower(o.reference) = me.reference \
        WHERE o.id <> me.id AND o.deleted_at IS NULL \
        UNION ALL \
        SELECT me.id, o.id, 'external_id', NULL, NULL \
        FROM me JOIN properties o ON o.external_id = me.external_id \
        WHERE o.external_source <> me.external_source AND o.deleted_at IS NULL \
        UNION ALL \
        SELECT me.id, near.id, 'place', near.metres, (SELECT count(*) FROM pictures own CROSS JOIN LATERAL (\
                SELECT m.phash AS hash FROM media m \
                WHERE m.property_id = near.id AND m.deleted_at IS NULL) their \
            WHERE own.property_id = me.id AND bit_count((own.hash # their.hash)::bit(64)) <= 6) \
        FROM me CROSS JOIN LATERAL (\
            SELECT o.id, d.metres FROM properties o CROSS JOIN LATERAL (\
                SELECT 12742000 * asin(least(1.0, sqrt(sin(radians(o.lat - me.lat) / 2) ^ 2 \
                    + cos(radians(me.lat)) * cos(radians(o.lat)) * sin(radians(o.lng - me.lng) / 2) ^ 2))) AS metres, \
                    coalesce(o.area_sqm, (o.physical_specs ->> 'land_sqm')::double precision) AS size) d \
            WHERE o.deleted_at IS NULL AND o.id <> me.id AND o.property_type = me.property_type \
                AND o.geo <@ box(point(me.lng - me.dlng, me.lat - me.dlat), point(me.lng + me.dlng, me.lat + me.dlat)) \
                AND d.metres <= 150 AND abs(d.size - me.size) <= 0.05 * greatest(d.size, me.size) \
            ORDER BY d.metres, o.id LIMIT 20) near), \
    pairs AS (\
        SELECT least(one, two) AS property_id, greatest(one, two) AS other_id, \
            jsonb_strip_nulls(jsonb_build_object(\
                'reference', nullif(bool_or(why = 'reference'), false), \
                'external_id', nullif(bool_or(why = 'external_id'), false), \
                'distance_m', round(min(metres)), 'pictures', nullif(max(alike), 0))) AS reasons, \
            round(100 * (1 - (CASE WHEN bool_or(why = 'reference') THEN 0.3 ELSE 1 END) \
                * (CASE WHEN bool_or(why = 'external_id') THEN 0.4 ELSE 1 END) \
                * (CASE WHEN max(alike) > 0 THEN 0.1 WHEN bool_or(why = 'place') THEN 0.5 ELSE 1 END)))::smallint AS score \
        FROM found GROUP BY 1, 2), \
    gone AS (\
        DELETE FROM duplicate_candidates c WHERE c.state = 'open' \
            AND (c.property_id = ANY($1::uuid[]) OR c.other_id = ANY($1::uuid[])) \
            AND NOT EXISTS (SELECT FROM pairs p WHERE (p.property_id, p.other_id) = (c.property_id, c.other_id))) \
    INSERT INTO duplicate_candidates (property_id, other_id, reasons, score) \
    SELECT property_id, other_id, reasons, score FROM pairs ORDER BY property_id, other_id \
    ON CONFLICT (property_id, other_id) DO UPDATE SET reasons = excluded.reasons, score = excluded.score \
    WHERE duplicate_candidates.state = 'open' \
        AND (duplicate_candidates.reasons, duplicate_candidates.score) IS DISTINCT FROM (excluded.reasons, excluded.score)";

/// The statement behind the job; public so that a test can look at its plan.
#[doc(hidden)]
#[must_use]
pub fn find_statement(ids: Vec<Uuid>) -> (String, Vec<Value>) {
    (FIND.to_owned(), vec![ids.into()])
}

/// What became of a proposal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateState {
    /// Nobody has decided.
    #[default]
    Open,
    /// They are two.
    Dismissed,
    /// They are one.
    Confirmed,
}

impl DuplicateState {
    fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Dismissed => "dismissed",
            Self::Confirmed => "confirmed",
        }
    }
}

/// Which proposals.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct DuplicateQuery {
    /// In this state; open where it is not said.
    pub state: DuplicateState,
    /// Proposals at once, 1..100.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A decision.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DuplicatePatch {
    /// `open` takes an earlier decision back.
    #[garde(skip)]
    pub state: DuplicateState,
}

/// One of the two.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct Twin {
    id: Uuid,
    slug: String,
    title: String,
    agent_id: Option<Uuid>,
    is_published: bool,
}

/// Why they are taken for one.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct DuplicateReasons {
    /// Their agents call both the same.
    #[serde(default)]
    reference: bool,
    /// Two sources call both the same.
    #[serde(default)]
    external_id: bool,
    /// They are of one type and size, and this many metres apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    distance_m: Option<f64>,
    /// So many pairs of their pictures look alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pictures: Option<i64>,
}

/// Two listings that may be one.
#[derive(Debug, Serialize, ToSchema)]
pub struct DuplicateOut {
    id: Uuid,
    /// How likely, 1..100.
    score: i16,
    reasons: DuplicateReasons,
    #[schema(value_type = DuplicateState)]
    state: String,
    property: Twin,
    other: Twin,
    decided_by: Option<Uuid>,
    decided_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

/// A page of proposals, the likeliest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct DuplicateList {
    items: Vec<DuplicateOut>,
    next_cursor: Option<String>,
}

#[derive(Debug, FromQueryResult)]
struct Row {
    id: Uuid,
    score: i16,
    reasons: serde_json::Value,
    state: String,
    property: serde_json::Value,
    other: serde_json::Value,
    decided_by: Option<Uuid>,
    decided_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl TryFrom<Row> for DuplicateOut {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let Row { id, score, reasons, state, property, other, decided_by, decided_at, created_at } =
            row;
        Ok(Self {
            id,
            score,
            reasons: serde_json::from_value(reasons).map_err(Error::internal)?,
            state,
            property: serde_json::from_value(property).map_err(Error::internal)?,
            other: serde_json::from_value(other).map_err(Error::internal)?,
            decided_by,
            decided_at,
            created_at,
        })
    }
}

fn select(condition: &str) -> String {
    let twin = |p: &str| {
        format!(
            "jsonb_build_object('id', {p}.id, 'slug', {p}.slug, 'title', {p}.title, \
             'agent_id', {p}.agent_id, 'is_published', {p}.is_published)"
        )
    };
    format!(
        "SELECT c.id, c.score, c.reasons, c.state::text, {} AS property, {} AS other, \
         c.decided_by, c.decided_at, c.created_at FROM duplicate_candidates c \
         JOIN properties p ON p.id = c.property_id JOIN properties o ON o.id = c.other_id \
         WHERE {condition}",
        twin("p"),
        twin("o")
    )
}

/// Listings that may be one and the same, the likeliest first.
#[utoipa::path(
    get, path = "/api/v1/admin/duplicates", operation_id = "list_duplicates", tag = "listings",
    params(DuplicateQuery),
    responses((status = 200, body = DuplicateList)),
    security(("bearer" = [])),
)]
pub async fn list_duplicates(
    _admin: Admin,
    query: Query<DuplicateQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Query(DuplicateQuery { state: wanted, limit, cursor }) = query;
    let size = page::size(limit)?;
    let list = page::fingerprint(&wanted);
    let after: Option<(i16, Uuid)> =
        cursor.as_deref().map(|cursor| page::decode(&list, cursor)).transpose()?;
    let (score, id) = after.unwrap_or((i16::MAX, Uuid::max()));
    let sql = format!(
        "{} ORDER BY c.score DESC, c.id DESC LIMIT {}",
        select(
            "c.state = $1::duplicate_state AND (c.score, c.id) < ($2, $3) \
             AND p.deleted_at IS NULL AND o.deleted_at IS NULL"
        ),
        size + 1
    );
    let values: [Value; 3] = [wanted.name().into(), score.into(), id.into()];
    let rows: Vec<Row> = state.db.read().all(sql, values).await?;
    let (rows, next_cursor) = page::cut(rows, size, &list, |row| (row.score, row.id))?;
    let items = rows.into_iter().map(DuplicateOut::try_from).collect::<Result<_>>()?;
    let body =
        serde_json::to_vec(&DuplicateList { items, next_cursor }).map_err(Error::internal)?;
    let locale = locale::negotiate(&state.profile, None, &request)?;
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, Reuse::Never))
}

/// Says whether two listings are one. Neither is changed by it.
#[utoipa::path(
    patch, path = "/api/v1/admin/duplicates/{candidate}", operation_id = "decide_duplicate", tag = "listings",
    params(("candidate" = Uuid, Path)),
    request_body = DuplicatePatch,
    responses((status = 200, body = DuplicateOut)),
    security(("bearer" = [])),
)]
pub async fn decide_duplicate(
    admin: Admin,
    origin: Origin,
    candidate: web::Path<Uuid>,
    body: Body<DuplicatePatch>,
    state: web::Data<State>,
) -> Result<HttpResponse> {
    let (id, by, decision) = (*candidate, admin.0.user_id, body.value.state);
    let out = state
        .db
        .tx(origin.0, move |tx| Box::pin(async move { decide(tx, id, by, decision).await }))
        .await?;
    Ok(HttpResponse::Ok().json(out))
}

async fn decide(
    tx: &DatabaseTransaction,
    id: Uuid,
    by: Uuid,
    decision: DuplicateState,
) -> Result<DuplicateOut> {
    const SQL: &str = "UPDATE duplicate_candidates SET state = $2::duplicate_state, \
        decided_by = CASE WHEN $2 <> 'open' THEN $3 END, \
        decided_at = CASE WHEN $2 <> 'open' THEN now() END WHERE id = $1";
    let values: [Value; 3] = [id.into(), decision.name().into(), by.into()];
    tx.execute_raw(statement(SQL, values)).await?;
    let row = tx
        .query_one_raw(statement(select("c.id = $1"), [id.into()]))
        .await?
        .ok_or_else(|| Error::not_found("proposal"))?;
    Row::from_query_result(&row, "")?.try_into()
}
