//! The words that every brand's listings choose from.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::{Deserialize, Serialize};

use super::{json, mistake};
use crate::{db::statement, error::Result, listings::catalogue::DataType};

const AMENITIES: &str = include_str!("../../../catalogue/amenities.json");
const POLICIES: &str = include_str!("../../../catalogue/policies.json");

/// The language whose names are the columns' own.
const FALLBACK: &str = "en";

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Amenity {
    slug: String,
    category: String,
    icon: Option<String>,
    sort_order: i32,
    names: BTreeMap<String, String>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Policy {
    slug: String,
    #[serde(default = "house_rules")]
    category: String,
    data_type: DataType,
    options: Option<Vec<String>>,
    icon: Option<String>,
    sort_order: i32,
    names: BTreeMap<String, String>,
}

fn house_rules() -> String {
    "house_rules".to_owned()
}

/// A word's name in one language.
#[derive(Serialize)]
struct Name<'a> {
    slug: &'a str,
    locale: &'a str,
    name: &'a str,
}

/// Makes the words that are missing and corrects those that differ; how many. Words that people
/// added stay, and so does what people switched off.
pub(super) async fn store(tx: &DatabaseTransaction) -> Result<u64> {
    let amenities: Vec<Amenity> = serde_json::from_str(AMENITIES)
        .map_err(|error| mistake("catalogue/amenities.json", &error))?;
    let policies: Vec<Policy> = serde_json::from_str(POLICIES)
        .map_err(|error| mistake("catalogue/policies.json", &error))?;
    let mut changed = 0;
    changed += words(tx, "amenities", "amenity_category", &[], &amenities).await?;
    changed += words(tx, "policies", "text", &["data_type", "options"], &policies).await?;
    let names = amenities.iter().flat_map(|word| names_of(&word.slug, &word.names)).collect();
    changed += translations(tx, "amenity", names).await?;
    let names = policies.iter().flat_map(|word| names_of(&word.slug, &word.names)).collect();
    changed += translations(tx, "policy", names).await?;
    Ok(changed)
}

fn names_of<'a>(slug: &'a str, names: &'a BTreeMap<String, String>) -> Vec<Name<'a>> {
    let others = names.iter().filter(|(locale, _)| *locale != FALLBACK);
    others.map(|(locale, name)| Name { slug, locale, name }).collect()
}

async fn words(
    tx: &DatabaseTransaction,
    table: &str,
    category: &str,
    own: &[&str],
    words: &impl Serialize,
) -> Result<u64> {
    let columns = [&["category", "icon", "sort_order", "name"], own].concat();
    let typed: Vec<String> = columns
        .iter()
        .map(|column| match *column {
            "category" => format!("category::{category}"),
            "name" => format!("names ->> '{FALLBACK}'"),
            "data_type" => "data_type::policy_data_type".to_owned(),
            "options" => "coalesce(options, '{}')".to_owned(),
            column => column.to_owned(),
        })
        .collect();
    let list = columns.join(", ");
    let new: Vec<String> = columns.iter().map(|column| format!("excluded.{column}")).collect();
    let old: Vec<String> = columns.iter().map(|column| format!("{table}.{column}")).collect();
    let sql = format!(
        "INSERT INTO {table} (slug, {list}) SELECT slug, {} \
         FROM jsonb_to_recordset($1::text::jsonb) AS r (slug text, category text, icon text, \
            sort_order integer, names jsonb, data_type text, options text[]) \
         ON CONFLICT (slug) DO UPDATE SET ({list}) = ROW({}) \
         WHERE ({}) IS DISTINCT FROM ({})",
        typed.join(", "),
        new.join(", "),
        old.join(", "),
        new.join(", ")
    );
    Ok(tx.execute_raw(statement(sql, [json(words)?])).await?.rows_affected())
}

async fn translations(tx: &DatabaseTransaction, of: &str, names: Vec<Name<'_>>) -> Result<u64> {
    let sql = format!(
        "INSERT INTO {of}_translations ({of}_slug, locale, name) SELECT slug, locale, name \
         FROM jsonb_to_recordset($1::text::jsonb) AS r (slug text, locale text, name text) \
         ON CONFLICT ({of}_slug, locale) DO UPDATE SET name = excluded.name \
         WHERE {of}_translations.name IS DISTINCT FROM excluded.name"
    );
    Ok(tx.execute_raw(statement(sql, [json(&names)?])).await?.rows_affected())
}
