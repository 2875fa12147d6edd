//! The statement that finds what is like a listing.
//!
//! Two arms bring candidates of the same transaction type and about the same price: `alike` by
//! the distance of texts, `nearby` by what is known of them. As in a search, each has two ways:
//! where few listings cost about as much, all of them are compared; where many do, the indexes of
//! vectors and of places are asked, and no more than a number of rows is looked at.
//!
//! What costs about as much comes first, and only where that is hardly anything do the next
//! cheaper and the next dearer ones fill the room.

use sea_orm::Value;
use terrace_product::{Locale, Locales};
use uuid::Uuid;

use crate::listings::{
    filters::Conditions,
    query::{VISIBLE, cards},
};

/// As many listings of about that price are compared one by one.
const NARROW: u32 = 1_500;

/// Neighbours that are looked at where more cost about as much.
const NEIGHBOURS: u32 = 800;

/// Of those, as many texts are compared: of what is known to be most alike.
const READ: u32 = 500;

/// Candidates that each arm brings, and those that are left to choose from.
const CANDIDATES: u32 = 32;
const CHOICE: u32 = 48;

/// Where fewer listings cost about as much, others are welcome: so many on either side.
const FEW: u32 = 30;

/// About the same price: from so much to so much of it.
const CHEAPEST: f64 = 0.65;
const DEAREST: f64 = 1.35;

/// Kilometres between `p` and `s`; null where either has no place.
const KM: &str = "(12742.0 * asin(least(1.0, sqrt(sin(radians(p.lat - s.lat) / 2) ^ 2 \
    + cos(radians(s.lat)) * cos(radians(p.lat)) * sin(radians(p.lng - s.lng) / 2) ^ 2))))";

/// Whether `p` costs about as much as `s`.
const SIMILAR_PRICE: &str = "(p.currency = s.currency AND p.price BETWEEN s.low AND s.high)";

/// How alike `p` and `s` are by what is known of them, 0..1: kind, price, bedrooms, distance. What
/// is not known of one counts half. Prices of several currencies do not compare.
fn facts() -> String {
    let rooms = "CASE WHEN p.bedrooms IS NULL OR s.bedrooms IS NULL THEN 0.5 \
        ELSE greatest(0.0, 1 - abs(p.bedrooms - s.bedrooms) / 2.0) END";
    let price = "CASE WHEN p.currency = s.currency \
        THEN greatest(0.0, 1 - abs(ln(p.price::float8 / s.price)) / 0.5) ELSE 0 END";
    let distance = format!(
        "CASE WHEN p.lat IS NULL OR s.lat IS NULL \
         THEN CASE WHEN p.district = s.district THEN 0.5 ELSE 0 END ELSE exp(- {KM} / 5.0) END"
    );
    format!(
        "(0.3 * (p.property_type = s.property_type)::int + 0.3 * {price} + 0.15 * {rooms} \
         + 0.25 * {distance})::float8"
    )
}

/// The statement and its values. One row without a listing where nothing is like it; none where
/// there is no such listing.
pub(super) fn statement(
    id: Uuid,
    slot: Option<i16>,
    locales: &Locales,
    locale: &Locale,
) -> (String, Vec<Value>) {
    let mut values = Conditions::default();
    let id = values.bind(id.into());
    let language = values.bind(locale.as_str().into());
    let facts = facts();
    let same = "p.transaction_type = (SELECT transaction_type FROM seed)";
    let priced = "p.price BETWEEN (SELECT low FROM seed) AND (SELECT high FROM seed)";
    let mut parts = vec![format!(
        "seed AS MATERIALIZED (\
            SELECT p.id, p.transaction_type, p.property_type, p.price, p.currency, p.bedrooms, p.district, p.lat, p.lng, p.geo, \
                floor(p.price * {CHEAPEST:?})::bigint AS low, ceil(p.price * {DEAREST:?})::bigint AS high \
            FROM properties p WHERE p.id = {id}::uuid AND {VISIBLE}), \
        priced AS MATERIALIZED (\
            SELECT p.id FROM properties p WHERE {VISIBLE} AND {same} AND {priced} AND p.id <> {id}::uuid LIMIT {}), \
        narrow AS MATERIALIZED (\
            SELECT count(*) <= {NARROW} AS yes, count(*) < {FEW} AS lonely FROM priced), \
        matching AS MATERIALIZED (\
            SELECT id FROM priced \
            UNION ALL (SELECT p.id FROM properties p WHERE (SELECT lonely FROM narrow) AND {VISIBLE} AND {same} \
                AND p.price > (SELECT high FROM seed) ORDER BY p.price, p.id LIMIT {FEW}) \
            UNION ALL (SELECT p.id FROM properties p WHERE (SELECT lonely FROM narrow) AND {VISIBLE} AND {same} \
                AND p.price < (SELECT low FROM seed) ORDER BY p.price DESC, p.id DESC LIMIT {FEW})), \
        ranked AS MATERIALIZED (\
            SELECT id, row_number() OVER (ORDER BY similar_price DESC, facts DESC, id) AS nth FROM (\
                SELECT p.id, {SIMILAR_PRICE} AS similar_price, {facts} AS facts \
                FROM matching m JOIN properties p ON p.id = m.id CROSS JOIN seed s WHERE (SELECT yes FROM narrow)) r \
            ORDER BY nth LIMIT {READ}), \
        nearby AS MATERIALIZED (\
            (SELECT id FROM ranked WHERE nth <= {CANDIDATES}) \
            UNION ALL \
            (SELECT p.id FROM (\
                SELECT * FROM properties p WHERE NOT (SELECT yes FROM narrow) AND p.deleted_at IS NULL \
                ORDER BY p.geo <-> (SELECT geo FROM seed) LIMIT {NEIGHBOURS}) p CROSS JOIN seed s \
                WHERE {VISIBLE} AND {same} AND {priced} AND p.id <> {id}::uuid \
                ORDER BY {SIMILAR_PRICE} DESC, {facts} DESC, p.id LIMIT {CANDIDATES}))",
        NARROW + 1
    )];
    let (similarity, picked) = if let Some(slot) = slot {
        let own = "(SELECT embedding FROM own)";
        let is_known = format!("{own} IS NOT NULL");
        // The filters stand in a subquery of their own: joined, the planner would take them for so
        // narrow that it compared all that pass them.
        parts.push(format!(
            "own AS MATERIALIZED (\
                SELECT embedding FROM search_vectors WHERE slot = {slot} AND property_id = {id}::uuid AND locale = {language}), \
            alike AS MATERIALIZED (\
                (SELECT v.property_id AS id FROM ranked r JOIN search_vectors v \
                    ON v.slot = {slot} AND v.property_id = r.id AND v.locale = {language} WHERE {is_known} \
                    ORDER BY v.embedding <=> {own}, v.property_id LIMIT {CANDIDATES}) \
                UNION ALL \
                (SELECT v.property_id FROM search_vectors v \
                    WHERE v.slot = {slot} AND v.locale = {language} AND NOT (SELECT yes FROM narrow) AND {is_known} \
                        AND v.property_id <> {id}::uuid \
                        AND (SELECT {VISIBLE} AND {same} AND {priced} FROM properties p WHERE p.id = v.property_id) \
                    ORDER BY v.embedding <=> {own} LIMIT {CANDIDATES}))"
        ));
        let similarity = format!(
            "(SELECT 1 - (v.embedding <=> {own}) FROM search_vectors v \
             WHERE v.slot = {slot} AND v.property_id = p.id AND v.locale = {language})"
        );
        (similarity, "SELECT id FROM nearby UNION SELECT id FROM alike")
    } else {
        ("NULL::float8".to_owned(), "SELECT id FROM nearby")
    };
    let degraded = if slot.is_some() { "NOT EXISTS (SELECT FROM own)" } else { "true" };
    // Similarities of one model are crowded, of another spread: only their order within the
    // candidates says anything.
    parts.push(format!(
        "compared AS MATERIALIZED (\
            SELECT p.id, {SIMILAR_PRICE} AS similar_price, {facts} AS facts, {similarity} AS similarity, \
                p.property_type = s.property_type AS same_type, {KM} AS km, \
                CASE WHEN p.currency = s.currency THEN p.price::float8 / s.price END AS price_ratio \
            FROM ({picked}) picked JOIN properties p ON p.id = picked.id CROSS JOIN seed s WHERE {VISIBLE}), \
        scored AS MATERIALIZED (\
            SELECT c.*, CASE WHEN {degraded} THEN facts ELSE 0.5 * facts + 0.5 * coalesce(\
                (similarity - min(similarity) OVER ()) / nullif(max(similarity) OVER () - min(similarity) OVER (), 0), 0) END AS score \
            FROM compared c), \
        choice AS MATERIALIZED (\
            SELECT * FROM scored ORDER BY similar_price DESC, score DESC, id LIMIT {CHOICE})"
    ));
    let (columns, joins) = cards(&mut values, locales, locale);
    let sql = format!(
        "WITH {} SELECT {degraded} AS degraded, c.* FROM seed LEFT JOIN (\
            SELECT {columns}, choice.similar_price, choice.same_type, choice.score, choice.similarity, choice.km, \
                choice.price_ratio, p.location_details ->> 'address' AS address \
            FROM choice JOIN properties p ON p.id = choice.id {joins}) c ON true \
         ORDER BY c.similar_price DESC, c.score DESC, c.id",
        parts.join(", ")
    );
    (sql, values.into_values())
}
