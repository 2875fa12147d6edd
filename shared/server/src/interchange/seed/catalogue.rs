//! The words that every brand's listings choose from.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::{Deserialize, Serialize};

use super::{json, mistake};
use crate::{db::statement, error::Result, listings::catalogue::DataType};

const AMENITIES: &str = include_str!("../../../catalogue/amenities.json");
const LEGAL_RULES: &str = include_str!("../../../catalogue/legal_rules.json");
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

/// What the law says, with its source and the time for which it holds.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct LegalRule {
    id: String,
    topic: String,
    #[serde(default)]
    property_types: Vec<String>,
    #[serde(default)]
    transaction_types: Vec<String>,
    #[serde(default)]
    ownership_types: Vec<String>,
    #[serde(default)]
    title_deeds: Vec<String>,
    #[serde(default)]
    foreign_quota: Vec<String>,
    outcome: String,
    reason: BTreeMap<String, String>,
    source: BTreeMap<String, String>,
    source_url: Option<String>,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    checked_on: NaiveDate,
    sort_order: i32,
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
    changed += legal_rules(tx).await?;
    Ok(changed)
}

async fn legal_rules(tx: &DatabaseTransaction) -> Result<u64> {
    const COLUMNS: [&str; 15] = [
        "topic",
        "property_types",
        "transaction_types",
        "ownership_types",
        "title_deeds",
        "foreign_quota",
        "outcome",
        "reason",
        "source",
        "source_url",
        "valid_from",
        "valid_to",
        "checked_on",
        "sort_order",
        "id",
    ];
    let rules: Vec<LegalRule> = serde_json::from_str(LEGAL_RULES)
        .map_err(|error| mistake("catalogue/legal_rules.json", &error))?;
    let of = |prefix: &str| COLUMNS.map(|column| format!("{prefix}{column}")).join(", ");
    let (list, new, old) = (of(""), of("excluded."), of("r."));
    let sql = format!(
        "INSERT INTO legal_rules AS r ({list}) SELECT {list} \
         FROM jsonb_populate_recordset(NULL::legal_rules, $1::text::jsonb) \
         ON CONFLICT (id) DO UPDATE SET ({list}) = ROW({new}) WHERE ({new}) IS DISTINCT FROM ({old})"
    );
    Ok(tx.execute_raw(statement(sql, [json(&rules)?])).await?.rows_affected())
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
