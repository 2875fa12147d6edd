//! Letters about alerts: one to each person, however much there is to tell.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde_json::{Value as Json, json};
use terrace_product::Profile;
use uuid::Uuid;

use super::unsubscribe::{self, Scope};
use crate::{
    app::State,
    db::{Context, Db, statement},
    error::Result,
    money,
    notifications::{self, Mail},
};

/// The template's name.
pub(crate) const TEMPLATE: &str = "listing_alerts";

/// Listings named in one letter; of more it says how many.
const MOST: usize = 20;

/// An alert, as a letter tells it.
#[derive(Clone, Debug, FromQueryResult)]
struct Told {
    id: Uuid,
    user_id: Uuid,
    email: String,
    name: Option<String>,
    locale: String,
    saved_search_id: Option<Uuid>,
    search: Option<String>,
    property_id: Uuid,
    slug: String,
    title: String,
    kind: String,
    price: i64,
    old_price: Option<i64>,
    currency: String,
    created_at: DateTime<Utc>,
}

/// Queues one letter to each person whom these alerts are for, and marks as sent what is told in
/// it. What is not true any more (a listing that is gone, a price that rose again) is not told
/// and not marked. Answers how many letters.
pub(super) async fn send(tx: &DatabaseTransaction, state: &State, alerts: &[Uuid]) -> Result<u64> {
    if alerts.is_empty() {
        return Ok(0);
    }
    let mut people: BTreeMap<Uuid, Vec<Told>> = BTreeMap::new();
    for told in true_now(tx, state, alerts).await? {
        people.entry(told.user_id).or_default().push(told);
    }
    let mut letters = 0;
    for (person, told) in &people {
        letters += u64::from(notifications::queue(tx, &letter(state, *person, told)).await?);
    }
    let sent: Vec<Uuid> = people.into_values().flatten().map(|told| told.id).collect();
    let mark = "UPDATE alerts SET sent_at = now() WHERE id = ANY($1::uuid[])";
    tx.execute_raw(statement(mark, [sent.into()])).await?;
    Ok(letters)
}

async fn true_now(tx: &DatabaseTransaction, state: &State, alerts: &[Uuid]) -> Result<Vec<Told>> {
    const SQL: &str = "SELECT a.id, a.user_id, u.email, u.display_name AS name, l.locale, a.saved_search_id, s.name AS search, \
            a.property_id, p.slug, coalesce((SELECT t.value FROM property_translations t \
                WHERE t.property_id = p.id AND t.field = 'title' AND t.locale IN (l.locale, split_part(l.locale, '-', 1)) \
                ORDER BY length(t.locale) DESC LIMIT 1), p.title) AS title, \
            a.kind::text, p.price, a.old_price, p.currency::text, a.created_at \
        FROM alerts a JOIN users u ON u.id = a.user_id AND u.email IS NOT NULL AND u.is_active AND u.deleted_at IS NULL AND u.closed_at IS NULL \
          JOIN properties p ON p.id = a.property_id AND p.is_published AND p.deleted_at IS NULL \
          LEFT JOIN saved_searches s ON s.id = a.saved_search_id \
          CROSS JOIN LATERAL (SELECT coalesce(s.locale, u.locale, $2) AS locale) l \
        WHERE a.id = ANY($1::uuid[]) AND a.sent_at IS NULL \
          AND (a.kind = 'new_match' OR p.price < a.old_price AND p.currency = a.currency) \
        ORDER BY a.created_at, p.published_at, a.id";
    let default = state.profile.locales.default.as_str();
    let rows = tx.query_all_raw(statement(SQL, [alerts.to_vec().into(), default.into()])).await?;
    Ok(rows.iter().map(|row| Told::from_query_result(row, "")).collect::<Result<_, _>>()?)
}

fn letter(state: &State, person: Uuid, told: &[Told]) -> Mail {
    let first = &told[0];
    // Two searches may have found the same.
    let mut seen = HashSet::new();
    let distinct: Vec<&Told> = told.iter().filter(|told| seen.insert(told.property_id)).collect();
    let listings: Vec<Json> =
        distinct.iter().take(MOST).map(|told| listing(&state.profile, told)).collect();
    let scope = Scope::of(told.iter().map(|told| told.saved_search_id));
    let token = unsubscribe::token(&state.signer, person, scope);
    let path = match scope {
        Scope::Search(id) => format!("/saved-searches/{id}"),
        Scope::All | Scope::Favourites => "/alerts".to_owned(),
    };
    let mut facts = json!({
        "count": distinct.len(),
        "listings": listings,
        "more": distinct.len().saturating_sub(MOST),
        "url": notifications::front_end(&state.profile, &path),
        "unsubscribe_page": notifications::front_end(&state.profile, &format!("/unsubscribe/{token}")),
        "unsubscribe_url": format!("{}{}{token}", state.profile.server.public_url, unsubscribe::PATH),
    });
    if let Some(name) = &first.name {
        facts["name"] = name.as_str().into();
    }
    if let (Scope::Search(_), Some(search)) = (scope, &first.search) {
        facts["search"] = search.as_str().into();
    }
    Mail {
        template: TEMPLATE,
        // An alert is told once, so its letter has a name that no other has.
        key: format!("alerts:{}:{}", first.created_at.timestamp(), first.id),
        to: first.email.clone().into(),
        locale: first.locale.clone(),
        about: person,
        facts,
    }
}

fn listing(profile: &Profile, told: &Told) -> Json {
    let mut listing = json!({
        "id": told.property_id,
        "title": told.title,
        "price": money::written(told.price, &told.currency),
        "url": notifications::front_end(profile, &format!("/properties/{}", told.slug)),
    });
    if let ("price_drop", Some(before)) = (told.kind.as_str(), told.old_price) {
        listing["old_price"] = money::written(before, &told.currency).into();
    }
    listing
}

/// A letter may wait a day for a mail server. What is gone by then is left out; none where
/// nothing is left to tell.
///
/// # Errors
/// Those of the database.
pub(crate) async fn without_what_is_gone(db: &Db, mut facts: Json) -> Result<Option<Json>> {
    const SQL: &str = "SELECT id FROM properties WHERE id = ANY($1::uuid[]) AND is_published AND deleted_at IS NULL";
    let id = |listing: &Json| listing["id"].as_str().and_then(|id| id.parse::<Uuid>().ok());
    let Some(listings) = facts["listings"].as_array().cloned() else {
        return Ok(Some(facts));
    };
    let ids: Vec<Uuid> = listings.iter().filter_map(id).collect();
    let there = db
        .tx(Context::system("notifications"), move |tx| {
            let ids = ids.clone();
            Box::pin(async move {
                let rows = tx.query_all_raw(statement(SQL, [ids.into()])).await?;
                let ids: Result<HashSet<Uuid>, _> =
                    rows.iter().map(|row| row.try_get("", "id")).collect();
                Ok(ids?)
            })
        })
        .await?;
    let (kept, gone): (Vec<Json>, Vec<Json>) =
        listings.into_iter().partition(|listing| id(listing).is_some_and(|id| there.contains(&id)));
    if kept.is_empty() {
        return Ok(None);
    }
    let count = facts["count"].as_u64().unwrap_or_default();
    facts["count"] = count.saturating_sub(u64::try_from(gone.len()).unwrap_or(u64::MAX)).into();
    facts["listings"] = kept.into();
    Ok(Some(facts))
}
