//! Who is to hear of what: one statement that finds the searches a listing may be for, a few that
//! ask which of them it is for, and two that write the alerts down.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Value};
use terrace_product::Profile;
use terrace_understanding::Amenities;
use uuid::Uuid;

use super::follow::News;
use crate::{
    db::statement,
    error::{Error, Result},
    saved_searches::matches::{Candidate, matching},
};

/// Alerts that were written, and are to be sent at once.
#[derive(Clone, Debug, FromQueryResult)]
struct Written {
    id: Uuid,
    kind: String,
    deliver: String,
}

/// Pairs of search and listing in one statement.
const PAIRS: usize = 5000;

/// Writes the alerts that these listings cause; answers those whose letter is due at once.
pub(super) async fn record(
    tx: &DatabaseTransaction,
    profile: &Profile,
    spoken: &Amenities,
    news: &[News],
) -> Result<Vec<Uuid>> {
    let facts = serde_json::to_value(news).map_err(Error::internal)?;
    let mut written = favourites(tx, &facts).await?;
    let pairs = pairs(tx, profile, spoken, news).await?;
    for chunk in pairs.chunks(PAIRS) {
        written.extend(searches(tx, chunk, &facts).await?);
    }
    for alert in &written {
        metrics::counter!("terrace_alerts_total", "kind" => alert.kind.clone()).increment(1);
    }
    Ok(written
        .into_iter()
        .filter(|alert| alert.deliver == "instant")
        .map(|alert| alert.id)
        .collect())
}

/// Whether a person can be written to at all; in `u`, joined to the owner.
const REACHABLE: &str =
    "u.email IS NOT NULL AND u.is_active AND u.deleted_at IS NULL AND u.closed_at IS NULL";

/// What `follow` knows of each listing.
const NEWS: &str = "news AS MATERIALIZED (SELECT * FROM jsonb_to_recordset($1::jsonb) AS n \
    (id uuid, announced_at timestamptz, changed_at timestamptz, price_before bigint))";

/// Those who marked a listing that got cheaper, and want to know.
async fn favourites(tx: &DatabaseTransaction, facts: &serde_json::Value) -> Result<Vec<Written>> {
    // Shared, in order: whoever takes a visitor's lists into an account waits, and the alert
    // finds its owner.
    let sql = format!(
        "WITH {NEWS} \
         INSERT INTO alerts (user_id, visitor_id, property_id, kind, price, old_price, currency, deliver) \
         SELECT f.user_id, f.visitor_id, p.id, 'price_drop', p.price, n.price_before, p.currency, \
             CASE WHEN {REACHABLE} THEN 'instant' ELSE 'never' END::notify_frequency \
         FROM news n JOIN properties p ON p.id = n.id AND p.is_published AND p.deleted_at IS NULL \
             AND p.price < n.price_before \
           JOIN favourites f ON f.property_id = p.id AND f.notify_price_drop AND f.created_at <= n.changed_at \
           LEFT JOIN users u ON u.id = f.user_id \
         ORDER BY f.owner_id, f.property_id FOR SHARE OF f \
         ON CONFLICT ON CONSTRAINT alerts_once_key DO NOTHING \
         RETURNING id, kind::text, deliver::text"
    );
    rows(tx, sql, [facts.clone().into()]).await
}

/// Every search that finds one of these listings, with the listing.
async fn pairs(
    tx: &DatabaseTransaction,
    profile: &Profile,
    spoken: &Amenities,
    news: &[News],
) -> Result<Vec<(Uuid, Uuid)>> {
    #[derive(FromQueryResult)]
    struct Group {
        filters: serde_json::Value,
        words: Option<String>,
        searches: Vec<Uuid>,
        listings: Vec<Uuid>,
    }
    let ids: Vec<Uuid> = news.iter().map(|news| news.id).collect();
    let groups: Vec<Group> = rows(tx, candidates_statement(), [ids.into()]).await?;
    let mut candidates = Vec::with_capacity(groups.len());
    let mut searches = HashMap::with_capacity(groups.len());
    for (nth, group) in groups.into_iter().enumerate() {
        let filters = serde_json::from_value(group.filters).map_err(Error::internal)?;
        candidates.push(Candidate { filters, words: group.words, listings: group.listings });
        searches.insert(nth, group.searches);
    }
    let found = matching(tx, profile, spoken, &candidates).await?;
    let pairs = found.into_iter().flat_map(|(nth, listing)| {
        searches.get(&nth).into_iter().flatten().map(move |search| (*search, listing))
    });
    Ok(pairs.collect())
}

/// The searches that listings (`$1`) may be for, by what they filter by and say: many people look
/// for the same, and what is asked about that is asked once. Public so that a test can look at its
/// plan.
#[doc(hidden)]
#[must_use]
pub fn candidates_statement() -> String {
    // By equality of keys alone, because the operators of arrays and ranges are no index
    // conditions under row-level security; `search_watches` is under none.
    "WITH looked AS MATERIALIZED (SELECT p.id, p.price, offered || '|' || place AS key \
             FROM properties p, unnest(ARRAY[p.transaction_type::text, '*']) offered, \
               unnest(ARRAY['*', 'p:' || p.province, 'd:' || p.district]) place \
            WHERE p.id = ANY($1::uuid[]) AND place IS NOT NULL), \
         watched AS MATERIALIZED (SELECT w.saved_search_id, l.id FROM looked l JOIN search_watches w \
             ON w.key = l.key AND l.price BETWEEN w.price_min AND w.price_max) \
     SELECT s.filters, s.query AS words, array_agg(DISTINCT s.id) AS searches, array_agg(DISTINCT w.id) AS listings \
     FROM watched w JOIN saved_searches s ON s.id = w.saved_search_id GROUP BY s.filters, s.query"
        .to_owned()
}

/// A match is new where the listing was published since the search began to listen, or came into
/// its range of prices; a listing that matched all along and was merely edited is no news. What
/// is no new match may still have got cheaper.
async fn searches(
    tx: &DatabaseTransaction,
    pairs: &[(Uuid, Uuid)],
    facts: &serde_json::Value,
) -> Result<Vec<Written>> {
    let sql = format!(
        "WITH {NEWS}, found AS ( \
             SELECT s.id AS search, s.user_id, s.visitor_id, s.notify, p.id AS listing, p.price, n.price_before, p.currency, \
                 (n.announced_at >= s.watched_from OR n.changed_at >= s.watched_from AND (p.published_at >= s.watched_from \
                     OR n.price_before < (s.filters ->> 'price_min')::bigint \
                     OR n.price_before > (s.filters ->> 'price_max')::bigint)) IS TRUE \
                   AND NOT EXISTS (SELECT FROM alerts a WHERE a.saved_search_id = s.id AND a.property_id = p.id \
                     AND a.kind = 'new_match') AS is_new, \
                 (n.changed_at >= s.watched_from AND p.price < n.price_before) IS TRUE AS is_cheaper, \
                 CASE WHEN {REACHABLE} THEN s.notify ELSE 'never' END AS deliver \
             FROM unnest($2::uuid[], $3::uuid[]) m (search, listing) \
               JOIN saved_searches s ON s.id = m.search AND s.notify <> 'never' \
               JOIN properties p ON p.id = m.listing AND p.is_published AND p.deleted_at IS NULL \
               JOIN news n ON n.id = p.id LEFT JOIN users u ON u.id = s.user_id \
             ORDER BY s.id, p.id FOR SHARE OF s) \
         INSERT INTO alerts (user_id, visitor_id, saved_search_id, property_id, kind, price, old_price, currency, deliver) \
         SELECT user_id, visitor_id, search, listing, CASE WHEN is_new THEN 'new_match' ELSE 'price_drop' END::alert_kind, \
             price, price_before, currency, deliver FROM found WHERE is_new OR is_cheaper \
         ON CONFLICT ON CONSTRAINT alerts_once_key DO NOTHING \
         RETURNING id, kind::text, deliver::text"
    );
    let (searches, listings): (Vec<Uuid>, Vec<Uuid>) = pairs.iter().copied().unzip();
    rows(tx, sql, [facts.clone().into(), searches.into(), listings.into()]).await
}

async fn rows<T: FromQueryResult>(
    tx: &DatabaseTransaction,
    sql: String,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<T>> {
    let rows = tx.query_all_raw(statement(sql, values)).await?;
    Ok(rows.iter().map(|row| T::from_query_result(row, "")).collect::<Result<_, _>>()?)
}
