//! The two reads that everything stands on: one listing, and one page of them. Each is a single
//! statement.

use chrono::Datelike;
use sea_orm::{Value, prelude::DateTimeUtc};
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use terrace_product::{Locale, Locales};
use uuid::Uuid;

use super::{
    blocks,
    filters::{Conditions, ListQuery, Scope, Sort},
    output::ItemRow,
};
use crate::http::auth::Caller;

/// Which listings a reader may see.
#[derive(Clone, Debug)]
pub enum Sight {
    /// Published ones.
    Public,
    /// Published ones, and all of their own.
    Own(Caller),
    /// All there are.
    All,
}

impl Sight {
    /// What this caller may see.
    #[must_use]
    pub fn of(caller: Option<&Caller>) -> Self {
        match caller {
            Some(caller) if caller.is_admin() => Self::All,
            Some(caller) if caller.role >= crate::accounts::Role::Agent => {
                Self::Own(caller.clone())
            }
            _ => Self::Public,
        }
    }
}

/// What everyone sees of the listings `p`.
pub(crate) const VISIBLE: &str = "p.is_published AND p.deleted_at IS NULL";

/// Whose a listing is: its agent's, or, where none is in charge, its maker's.
pub(super) fn owned(conditions: &mut Conditions, caller: &Caller) -> String {
    let user = conditions.bind(caller.user_id.into());
    let agent = conditions.bind(caller.agent_id.into());
    format!("CASE WHEN p.agent_id IS NULL THEN p.created_by = {user} ELSE p.agent_id = {agent} END")
}

/// Narrows to what a reader may see of the listings `p`.
pub(crate) fn see(conditions: &mut Conditions, sight: &Sight) {
    match sight {
        Sight::Public => conditions.add(VISIBLE, []),
        Sight::Own(caller) => {
            let owned = owned(conditions, caller);
            conditions.add(&format!("(({VISIBLE}) OR {owned})"), []);
        }
        Sight::All => {}
    }
}

/// The languages to look for a text in, best first; none where the listing's own columns are in
/// the language asked for.
pub(crate) fn chain(locales: &Locales, locale: &Locale) -> Vec<String> {
    if *locale == locales.default {
        return Vec::new();
    }
    let mut chain = vec![locale.as_str().to_owned()];
    if let Some((base, _)) = locale.as_str().split_once('-') {
        chain.push(base.to_owned());
    }
    chain
}

/// Joins the translated `fields` of a listing `p` as columns of `t`. With no language to look
/// for there is nothing to join: the columns are NULL and cost nothing.
pub(crate) fn translated(
    conditions: &mut Conditions,
    chain: Vec<String>,
    fields: &[&str],
) -> String {
    if chain.is_empty() {
        let nulls: Vec<_> = fields.iter().map(|field| format!("NULL::text AS {field}")).collect();
        return format!("CROSS JOIN (SELECT {}) t", nulls.join(", "));
    }
    let chain = conditions.bind(chain.into());
    let columns: Vec<_> = fields
        .iter()
        .map(|field| {
            format!(
                "(array_agg(value ORDER BY array_position({chain}::text[], locale)) \
                 FILTER (WHERE field = '{field}'))[1] AS {field}"
            )
        })
        .collect();
    format!(
        "LEFT JOIN LATERAL (SELECT {} FROM property_translations \
         WHERE property_id = p.id AND locale = ANY({chain}::text[])) t ON true",
        columns.join(", ")
    )
}

/// As [`translated`], and in which language each text of the listing is: an expression beside
/// the join. The best language of a field comes last, because that is the one that an object
/// keeps.
fn told_in(
    conditions: &mut Conditions,
    locales: &Locales,
    locale: &Locale,
    fields: &[&str],
) -> (String, String) {
    let chain = chain(locales, locale);
    let default = conditions.bind(locales.default.as_str().into());
    let own = fields.iter().map(|field| {
        let there = match field.strip_prefix("location_") {
            Some(part) => format!("coalesce(p.location_details ->> '{part}', '') <> ''"),
            None => format!("p.{field} <> ''"),
        };
        format!("'{field}', CASE WHEN {there} THEN {default}::text END")
    });
    let own = own.collect::<Vec<_>>().join(", ");
    let own = format!("jsonb_strip_nulls(jsonb_build_object({own}))");
    if chain.is_empty() {
        return (translated(conditions, chain, fields), own);
    }
    let join = translated(conditions, chain.clone(), fields);
    let chain = conditions.bind(chain.into());
    let other = format!(
        "SELECT jsonb_object_agg(field, locale ORDER BY array_position({chain}::text[], locale) DESC) \
         FROM property_translations WHERE property_id = p.id AND locale = ANY({chain}::text[])"
    );
    (join, format!("{own} || coalesce(({other}), '{{}}')"))
}

/// How a listing is named in a path.
#[derive(Clone, Debug)]
pub enum Key {
    /// By id.
    Id(Uuid),
    /// By slug.
    Slug(String),
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Uuid::parse_str(text).map_or_else(|_| Self::Slug(text.to_owned()), Self::Id)
    }
}

/// One listing in one language, if the reader may see it: statement and values.
#[must_use]
pub fn one(key: Key, sight: &Sight, locales: &Locales, locale: &Locale) -> (String, Vec<Value>) {
    let mut conditions = Conditions::default();
    match key {
        Key::Id(id) => conditions.add("p.id = {}", [id.into()]),
        Key::Slug(slug) => conditions.add("p.slug = {}", [slug.into()]),
    }
    see(&mut conditions, sight);
    let fields = [
        "title",
        "description",
        "location_province",
        "location_district",
        "location_subdistrict",
        "location_address",
    ];
    let (translated, languages) = told_in(&mut conditions, locales, locale, &fields);
    let sql = format!(
        "SELECT p.id, p.slug, p.version, ({languages})::text AS languages, p.reference, \
         coalesce(t.title, p.title) AS title, coalesce(t.description, p.description) AS description, \
         p.transaction_type::text, p.property_type::text, p.price, p.currency::text, \
         p.rent_price, p.sale_price, p.lease_price, p.physical_specs::text, \
         (p.location_details || jsonb_strip_nulls(jsonb_build_object(\
           'province', t.location_province, 'district', t.location_district, \
           'subdistrict', t.location_subdistrict, 'address', t.location_address)))::text \
           AS location_details, \
         p.amenities::text, p.policies::text, p.contact_info::text, p.cover_image::text, \
         to_jsonb(p.images)::text AS images, p.tags, p.status::text, p.submitted_at, \
         p.rejection_reason, p.is_published, p.is_featured, p.listing_priority, p.published_at, p.agent_id, p.company_id, \
         {} AS details, p.created_at, p.updated_at, p.deleted_at \
         FROM properties p {translated} WHERE {}",
        blocks::select(),
        conditions.sql()
    );
    (sql, conditions.into_values())
}

/// The sort key of a page's last row: the next page begins after it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct After {
    p: i64,
    #[serde(deserialize_with = "instant")]
    at: DateTimeUtc,
    id: Uuid,
}

/// A time that the database can hold: cursors come from outside.
fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTimeUtc, D::Error> {
    let at = DateTimeUtc::deserialize(deserializer)?;
    if (1..=9999).contains(&at.year()) { Ok(at) } else { Err(D::Error::custom("no such time")) }
}

impl After {
    pub(super) fn row(sort: Sort, row: &ItemRow) -> Self {
        let p = match sort {
            Sort::PriceAsc | Sort::PriceDesc => row.price(),
            Sort::Recommended | Sort::Newest | Sort::Oldest => i64::from(row.listing_priority()),
        };
        Self { p, at: row.listed_at, id: row.id() }
    }
}

/// The cards of those of these listings that everyone sees: statement and values.
#[must_use]
pub(super) fn cards_of(ids: Vec<Uuid>, locales: &Locales, locale: &Locale) -> (String, Vec<Value>) {
    let mut conditions = Conditions::default();
    conditions.add("p.id = ANY({}::uuid[])", [ids.into()]);
    conditions.add(VISIBLE, []);
    let filters = conditions.sql().to_owned();
    let (columns, joins) = cards(&mut conditions, locales, locale);
    let sql = format!("SELECT {columns} FROM properties p {joins} WHERE {filters}");
    (sql, conditions.into_values())
}

/// Which of some listings each of several queries finds, as everyone would: one statement of rows
/// (`nth` of the query, `id` of the listing), and its values.
#[must_use]
pub(crate) fn finds(asked: &[(&ListQuery, &[Uuid])]) -> (String, Vec<Value>) {
    let mut conditions = Conditions::default();
    let each = asked.iter().enumerate().map(|(nth, (query, ids))| {
        conditions.add("p.id = ANY({}::uuid[])", [ids.to_vec().into()]);
        conditions.add(VISIBLE, []);
        query.apply(&mut conditions);
        format!("SELECT {nth} AS nth, p.id FROM properties p WHERE {}", conditions.take_sql())
    });
    let sql = each.collect::<Vec<_>>().join(" UNION ALL ");
    (sql, conditions.into_values())
}

/// One page of listings in one language: statement and values.
///
/// The ids of the page are cut out first, by an index that carries the order; only those rows
/// are joined with their texts. One row more than asked for tells whether there is a next page.
#[must_use]
pub fn page(
    query: &ListQuery,
    caller: Option<&Caller>,
    after: Option<&After>,
    size: u64,
    locales: &Locales,
    locale: &Locale,
) -> (String, Vec<Value>) {
    let mut conditions = matching(query, caller);
    // Drafts have not been published: among one's own they stand by when they were made.
    let listed_at = match (query.scope, query.sort) {
        (Scope::Public, _) => "p.published_at",
        // Who has waited longest for a review comes first.
        (_, Sort::Oldest) => "coalesce(p.submitted_at, p.published_at, p.created_at)",
        (Scope::Own | Scope::All, _) => "coalesce(p.published_at, p.created_at)",
    };
    let total = match query.count {
        true => format!("(SELECT count(*) FROM properties p WHERE {})", conditions.sql()),
        false => "NULL::bigint".to_owned(),
    };
    let (keys, direction) = match query.sort {
        Sort::Recommended => (vec!["p.listing_priority", listed_at, "p.id"], "DESC"),
        Sort::Newest => (vec![listed_at, "p.id"], "DESC"),
        Sort::Oldest => (vec![listed_at, "p.id"], "ASC"),
        Sort::PriceAsc => (vec!["p.price", "p.id"], "ASC"),
        Sort::PriceDesc => (vec!["p.price", "p.id"], "DESC"),
    };
    if let Some(after) = after {
        let values: Vec<Value> = match query.sort {
            Sort::Recommended => vec![after.p.into(), after.at.into(), after.id.into()],
            Sort::Newest | Sort::Oldest => vec![after.at.into(), after.id.into()],
            Sort::PriceAsc | Sort::PriceDesc => vec![after.p.into(), after.id.into()],
        };
        let comparison = if direction == "DESC" { "<" } else { ">" };
        let places = vec!["{}"; keys.len()].join(", ");
        conditions.add(&format!("({}) {comparison} ({places})", keys.join(", ")), values);
    }
    let order: Vec<_> = keys.iter().map(|key| format!("{key} {direction}")).collect();
    let order = order.join(", ");
    let filters = conditions.sql().to_owned();
    let (columns, joins) = cards(&mut conditions, locales, locale);
    let limit = size + 1;
    let sql = format!(
        "WITH page AS (SELECT p.id FROM properties p WHERE {filters} ORDER BY {order} LIMIT {limit}) \
         SELECT {columns}, {listed_at} AS listed_at, {total} AS total \
         FROM page JOIN properties p ON p.id = page.id {joins} ORDER BY {order}"
    );
    (sql, conditions.into_values())
}

/// What a card shows of listings `p`, in one language: columns, and the joins that they need.
pub(crate) fn cards(
    conditions: &mut Conditions,
    locales: &Locales,
    locale: &Locale,
) -> (&'static str, String) {
    let fields = ["title", "location_province", "location_district"];
    let translated = translated(conditions, chain(locales, locale), &fields);
    let joins = format!("LEFT JOIN rental_details r ON r.property_id = p.id {translated}");
    let columns = "p.id, p.slug, coalesce(t.title, p.title) AS title, \
         p.transaction_type::text, p.property_type::text, p.price, p.currency::text, \
         r.price_per_night, r.price_per_month, r.max_guests, p.physical_specs::text, \
         coalesce(t.location_province, p.province) AS province, \
         coalesce(t.location_district, p.district) AS district, p.lat, p.lng, \
         p.cover_image::text, p.tags, p.is_featured, p.status::text, p.submitted_at, p.is_published, \
         p.listing_priority, p.published_at, p.updated_at, p.deleted_at";
    (columns, joins)
}

/// How many listings match, where a page past the last row cannot say.
#[must_use]
pub fn total(query: &ListQuery, caller: Option<&Caller>) -> (String, Vec<Value>) {
    let conditions = matching(query, caller);
    let sql = format!("SELECT count(*) AS total FROM properties p WHERE {}", conditions.sql());
    (sql, conditions.into_values())
}

/// The scope and the filters of a list.
pub(super) fn matching(query: &ListQuery, caller: Option<&Caller>) -> Conditions {
    let mut conditions = Conditions::default();
    match (query.scope, caller) {
        (Scope::Own, Some(caller)) => {
            let owned = owned(&mut conditions, caller);
            conditions.add(&format!("p.deleted_at IS NULL AND {owned}"), []);
        }
        (Scope::All, Some(caller)) if caller.is_admin() => conditions.add("true", []),
        _ => conditions.add(VISIBLE, []),
    }
    query.apply(&mut conditions);
    conditions
}
