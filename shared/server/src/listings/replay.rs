//! What a listing said at an earlier moment, put together again from the audit trail.
//!
//! The trail has each row as it was made and what every change changed, so that a row at a moment
//! is what was made, with all changes up to then laid over it. Personal data is not in the trail
//! and not in the answer. `at` is when a change's transaction began: a change that was under way
//! at the moment asked for counts as made.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::FromQueryResult;
use serde_json::{Map, Value};
use terrace_product::Locale;
use uuid::Uuid;

use super::{
    blocks::BLOCKS,
    filters::Conditions,
    input,
    output::{PropertyOut, PropertyRow},
    query::{self, Key},
};
use crate::{
    app::State,
    availability::booking_rules::{self, BookingRules},
    error::{Code, Error, Result},
    http::auth::Caller,
};

/// Row of the audit trail.
#[derive(Debug, FromQueryResult)]
struct Change {
    at: DateTime<Utc>,
    table_name: String,
    row_id: String,
    action: String,
    before: Option<Value>,
    after: Option<Value>,
}

/// A listing's rows at a moment.
#[derive(Debug, Default)]
struct Rows {
    listing: Option<Map<String, Value>>,
    changed_at: DateTime<Utc>,
    /// By table.
    details: BTreeMap<String, Map<String, Value>>,
    /// By language.
    texts: BTreeMap<String, Map<String, Value>>,
}

/// The listing as it was.
///
/// # Errors
/// `404` where it is absent, was not there yet, or is not the caller's to see; `403` where they
/// see it but do not manage it.
pub(super) async fn as_of(
    state: &State,
    key: Key,
    caller: &Caller,
    at: DateTime<Utc>,
    locale: &Locale,
) -> Result<PropertyOut> {
    let (id, created_at) = managed(state, key, caller).await?;
    // `id` itself and `id/locale`: `0` is the character after `/`.
    const SQL: &str = "SELECT at, table_name, row_id, action, before, after FROM audit_log \
        WHERE row_id ~>=~ $1 AND row_id ~<~ $2 AND table_name = ANY($3) AND at <= $4 ORDER BY id";
    let mut tables = vec!["properties".to_owned(), "property_translations".to_owned()];
    tables.extend(BLOCKS.iter().map(|block| block.table.to_owned()));
    let (from, to) = (id.to_string(), format!("{id}0"));
    let values = [from.into(), to.into(), tables.into(), at.into()];
    let mut rows = Rows::default();
    // Of a listing that the caller manages, and of nothing else.
    for change in state.db.platform_rows::<Change>("listing as it was", SQL, values).await? {
        rows.apply(change);
    }
    let row = rows.into_row(created_at, state, locale)?;
    let mut listing = row.into_out(&state.profile, locale)?;
    listing.as_of = Some(at);
    listing.left_out = vec!["contact_info"];
    Ok(listing)
}

/// The id of a listing that the caller manages, and when it was made.
async fn managed(state: &State, key: Key, caller: &Caller) -> Result<(Uuid, DateTime<Utc>)> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
        created_at: DateTime<Utc>,
        is_theirs: bool,
        is_public: bool,
    }
    let absent = || Error::not_found("listing");
    if matches!(&key, Key::Slug(slug) if input::slug_form(slug, &()).is_err()) {
        return Err(absent());
    }
    let mut conditions = Conditions::default();
    match key {
        Key::Id(id) => conditions.add("p.id = {}", [id.into()]),
        Key::Slug(slug) => conditions.add("p.slug = {}", [slug.into()]),
    }
    let theirs = match caller.role {
        crate::accounts::Role::Admin => "true".to_owned(),
        crate::accounts::Role::Agent => query::owned(&mut conditions, caller),
        crate::accounts::Role::User => "false".to_owned(),
    };
    let sql = format!(
        "SELECT p.id, p.created_at, coalesce({theirs}, false) AS is_theirs, \
         p.is_published AND p.deleted_at IS NULL AS is_public FROM properties p WHERE {}",
        conditions.sql()
    );
    let row: Row = state.db.read().one(sql, conditions.into_values()).await?.ok_or_else(absent)?;
    match (row.is_theirs, row.is_public) {
        (true, _) => Ok((row.id, row.created_at)),
        (false, true) => Err(Error::new(Code::Forbidden)
            .with_detail("What a listing once said is for those who manage it.")),
        (false, false) => Err(absent()),
    }
}

impl Rows {
    fn apply(&mut self, change: Change) {
        let Change { at, table_name, row_id, action, before, after } = change;
        let object = |value: Option<Value>| match value {
            Some(Value::Object(object)) => object,
            _ => Map::new(),
        };
        let (before, after) = (object(before), object(after));
        match (table_name.as_str(), action.as_str()) {
            ("properties", "delete") => self.listing = None,
            ("properties", _) => {
                self.listing.get_or_insert_default().extend(after);
                self.changed_at = at;
            }
            ("property_translations", action) => {
                let locale = row_id.split_once('/').map_or("", |(_, locale)| locale);
                let texts = self.texts.entry(locale.to_owned()).or_default();
                if action == "delete" {
                    texts.retain(|field, _| !before.contains_key(field));
                } else {
                    texts.extend(after);
                }
            }
            (_, "delete") => {
                self.details.remove(&table_name);
            }
            _ => self.details.entry(table_name).or_default().extend(after),
        }
    }

    /// The row that `query::one` would have read.
    fn into_row(
        mut self,
        created_at: DateTime<Utc>,
        state: &State,
        locale: &Locale,
    ) -> Result<PropertyRow> {
        let mut columns = self.listing.take().ok_or_else(|| Error::not_found("listing"))?;
        let locales = &state.profile.locales;
        let mut languages = BTreeMap::new();
        let mut told = |field: &'static str, own: Option<String>| {
            let own = own.filter(|text| !text.is_empty());
            let other = query::chain(locales, locale).into_iter().find_map(|language| {
                let text = self.texts.get(&language)?.get(field)?.as_str()?.to_owned();
                Some((text, language))
            });
            let default = locales.default.as_str().to_owned();
            let (text, language) = other.or_else(|| own.map(|text| (text, default)))?;
            languages.insert(field, language);
            Some(text)
        };
        let title = told("title", text(&columns, "title")).unwrap_or_default();
        let description = told("description", text(&columns, "description")).unwrap_or_default();
        let mut place = match columns.remove("location_details") {
            Some(Value::Object(place)) => place,
            _ => Map::new(),
        };
        for (part, field) in [
            ("province", "location_province"),
            ("district", "location_district"),
            ("subdistrict", "location_subdistrict"),
            ("address", "location_address"),
        ] {
            if let Some(text) = told(field, text(&place, part)) {
                place.insert(part.to_owned(), text.into());
            }
        }
        let transaction_type = required(&columns, "transaction_type")?;
        let whole = |name: &str| columns.get(name).and_then(Value::as_i64);
        let price = match transaction_type.as_str() {
            "rent" => whole("rent_price"),
            "lease" => whole("lease_price"),
            _ => whole("sale_price"),
        };
        let flag = |name: &str| columns.get(name).and_then(Value::as_bool).unwrap_or_default();
        let json = |name: &str| columns.get(name).map(ToString::to_string);
        let small = |name: &str| whole(name).and_then(|number| i32::try_from(number).ok());
        let priority = small("listing_priority").and_then(|number| i16::try_from(number).ok());
        Ok(PropertyRow {
            id: parsed(&columns, "id")?.ok_or_else(|| lost("id"))?,
            slug: required(&columns, "slug")?,
            version: small("version").ok_or_else(|| lost("version"))?,
            languages: serde_json::to_string(&languages).map_err(Error::internal)?,
            reference: text(&columns, "reference"),
            title,
            description,
            property_type: required(&columns, "property_type")?,
            price: price.ok_or_else(|| lost("price"))?,
            currency: required(&columns, "currency")?,
            rent_price: whole("rent_price"),
            sale_price: whole("sale_price"),
            lease_price: whole("lease_price"),
            physical_specs: json("physical_specs").ok_or_else(|| lost("physical_specs"))?,
            location_details: Value::Object(place).to_string(),
            amenities: json("amenities").ok_or_else(|| lost("amenities"))?,
            policies: json("policies").ok_or_else(|| lost("policies"))?,
            contact_info: None,
            cover_image: json("cover_image").filter(|text| text != "null"),
            images: json("images").ok_or_else(|| lost("images"))?,
            tags: columns.get("tags").map_or(Ok(Vec::new()), |tags| {
                serde_json::from_value(tags.clone()).map_err(Error::internal)
            })?,
            // What was made before listings had a status tells it by whether it was public.
            status: text(&columns, "status").unwrap_or_else(|| {
                if flag("is_published") { "published" } else { "draft" }.to_owned()
            }),
            submitted_at: parsed(&columns, "submitted_at")?,
            rejection_reason: text(&columns, "rejection_reason"),
            is_published: flag("is_published"),
            is_featured: flag("is_featured"),
            listing_priority: priority.unwrap_or_default(),
            published_at: parsed(&columns, "published_at")?,
            agent_id: parsed(&columns, "agent_id")?,
            company_id: parsed(&columns, "company_id")?,
            booking_rules: self.booking_rules_of(&transaction_type)?,
            details: self.details_of(&transaction_type),
            created_at,
            updated_at: self.changed_at,
            deleted_at: parsed(&columns, "deleted_at")?,
            transaction_type,
        })
    }

    /// What it asked of stays; nothing of what nobody could say at the time.
    fn booking_rules_of(&self, transaction_type: &str) -> Result<Option<String>> {
        let row = self.details.get("rental_details").filter(|_| transaction_type == "rent");
        let Some(row) = row else { return Ok(None) };
        let said = booking_rules::COLUMNS
            .iter()
            .filter_map(|column| Some(((*column).to_owned(), row.get(*column)?.clone())));
        let said = Value::Object(said.collect());
        let rules: BookingRules = serde_json::from_value(said).map_err(Error::internal)?;
        serde_json::to_string(&rules).map(Some).map_err(Error::internal)
    }

    /// The block of the listing's own kind, as the API tells it.
    fn details_of(&self, transaction_type: &str) -> Option<String> {
        let block = BLOCKS.iter().find(|block| block.transaction.name() == transaction_type)?;
        let row = self.details.get(block.table)?;
        let told: Map<String, Value> = block
            .columns
            .iter()
            .map(|column| {
                let value = row.get(*column).cloned().unwrap_or_default();
                let value = match value {
                    Value::String(time) if column.ends_with("_time") => {
                        time.chars().take(5).collect::<String>().into()
                    }
                    value => value,
                };
                ((*column).to_owned(), value)
            })
            .collect();
        Some(Value::Object(told).to_string())
    }
}

fn text(columns: &Map<String, Value>, name: &str) -> Option<String> {
    columns.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn required(columns: &Map<String, Value>, name: &'static str) -> Result<String> {
    text(columns, name).ok_or_else(|| lost(name))
}

fn parsed<T: serde::de::DeserializeOwned>(
    columns: &Map<String, Value>,
    name: &str,
) -> Result<Option<T>> {
    let value = columns.get(name).cloned().unwrap_or_default();
    serde_json::from_value(value).map_err(Error::internal)
}

fn lost(name: &str) -> Error {
    Error::internal(anyhow::anyhow!("the audit trail has no {name} for a listing"))
}
