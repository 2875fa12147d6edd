//! No dead ends: what to give up where few match or none, each with the number of listings that
//! it finds.
//!
//! A relaxation is a question like any other, read as any other, and counted by the statement that
//! counts any other: what is promised is what is found.

use sea_orm::{FromQueryResult, QueryResult};
use serde_json::{Value, json};
use terrace_understanding::{Amenities, Chip, ChipKind, Language};

use super::{
    input::{MOST_WITHOUT, SearchIn},
    output::Relaxation,
    statement::counts,
    understand::{self, Understood, narrows},
};
use crate::{app::State, error::Result};

/// With so few hits a visitor is shown where there are more.
pub(super) const FEW: i64 = 3;

/// Relaxations that are shown.
const SHOWN: usize = 5;

/// By how much a highest price is raised, percent; the least that gains anything is offered.
const RAISES: [i64; 3] = [10, 25, 50];

/// A wider question, and whether it takes the place of another: of those with one topic the first
/// that gains something is shown.
struct Candidate {
    topic: String,
    label: String,
    search: SearchIn,
}

/// What would find more than `found`.
///
/// # Errors
/// Those of the database.
pub(super) async fn relaxations(
    state: &State,
    asked: &SearchIn,
    understood: &Understood,
    found: i64,
    language: Language,
    spoken: &Amenities,
) -> Result<Vec<Relaxation>> {
    // What could not be asked is not offered: a raised price may still lie below a lowest one that
    // was given.
    let (candidates, readings): (Vec<Candidate>, Vec<Understood>) =
        candidates(asked, understood, language)
            .into_iter()
            .filter(|candidate| candidate.search.without.len() <= MOST_WITHOUT)
            .filter_map(|candidate| {
                let reading = understand::read(&candidate.search, &state.profile, spoken).ok()?;
                Some((candidate, reading))
            })
            .unzip();
    if readings.is_empty() {
        return Ok(Vec::new());
    }
    let questions: Vec<_> =
        readings.iter().map(|reading| (&reading.given, reading.groups.as_slice())).collect();
    let (sql, values) = counts(&questions);
    let row: Option<Counts> = state.db.search().one(sql, values).await?;
    let counted = row.map(|row| row.0).unwrap_or_default();
    let mut shown: Vec<(String, Relaxation)> = Vec::new();
    for (candidate, count) in candidates.into_iter().zip(counted) {
        let Candidate { topic, label, search } = candidate;
        // To give up everything is for when nothing less helps.
        let is_last = topic == EVERYTHING;
        let is_told = shown.iter().any(|(told, _)| *told == topic);
        if count > found && !is_told && (!is_last || shown.is_empty()) {
            shown.push((topic, Relaxation { label, count, search }));
        }
    }
    Ok(shown.into_iter().map(|(_, relaxation)| relaxation).take(SHOWN).collect())
}

/// The topic of giving up every filter.
const EVERYTHING: &str = "everything";

/// Columns `n0`, `n1` and so on.
struct Counts(Vec<i64>);

impl FromQueryResult for Counts {
    fn from_query_result(row: &QueryResult, _: &str) -> std::result::Result<Self, sea_orm::DbErr> {
        let columns = row.column_names().len();
        (0..columns)
            .map(|nth| row.try_get("", &format!("n{nth}")))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn candidates(asked: &SearchIn, understood: &Understood, language: Language) -> Vec<Candidate> {
    let chips: Vec<&Chip> = understood.reading.chips.iter().filter(|chip| narrows(chip)).collect();
    let fresh = SearchIn { offset: 0, ..asked.clone() };
    let mut candidates = Vec::new();
    for chip in &chips {
        if chip.kind == ChipKind::Price {
            candidates.extend(raised(&fresh, chip, language));
        }
    }
    // Alternatives go together: without one of them there would be less, not more.
    let mut gone: Vec<&str> = Vec::new();
    for chip in &chips {
        if gone.contains(&chip.id.as_str()) {
            continue;
        }
        let together: Vec<&Chip> = chips
            .iter()
            .filter(|other| {
                other.id == chip.id || (chip.group.is_some() && other.group == chip.group)
            })
            .copied()
            .collect();
        gone.extend(together.iter().map(|chip| chip.id.as_str()));
        let labels: Vec<&str> = together.iter().map(|chip| chip.label.text(language)).collect();
        let mut search = fresh.clone();
        search.without.extend(together.iter().map(|chip| chip.id.clone()));
        let label = without(&labels.join(", "), language);
        candidates.push(Candidate { topic: chip.id.clone(), label, search });
    }
    for name in asked.filters.keys() {
        // Two that say one thing go together.
        let together: &[&str] = match name.as_str() {
            "check_in" | "check_out" => &["check_in", "check_out"],
            "near" | "radius_km" => &["near", "radius_km"],
            _ => &[],
        };
        if together.first().is_some_and(|first| first != name)
            && asked.filters.contains_key(together[0])
        {
            continue;
        }
        let mut search = fresh.clone();
        search.filters.retain(|other, _| other != name && !together.contains(&other.as_str()));
        let label = without(&name.replace('_', " "), language);
        candidates.push(Candidate { topic: format!("filter:{name}"), label, search });
    }
    if !chips.is_empty() || !asked.filters.is_empty() {
        let mut search = fresh;
        search.filters.clear();
        search.without.extend(chips.iter().map(|chip| chip.id.clone()));
        let label = match language {
            Language::En => "without any of it",
            Language::Th => "ไม่จำกัดเงื่อนไข",
        };
        candidates.push(Candidate {
            topic: EVERYTHING.to_owned(),
            label: label.to_owned(),
            search,
        });
    }
    candidates
}

fn without(what: &str, language: Language) -> String {
    match language {
        Language::En => format!("without: {what}"),
        Language::Th => format!("ไม่จำกัด: {what}"),
    }
}

/// A highest price, raised. The chip goes, and its filters stand beside the words.
fn raised<'a>(
    fresh: &'a SearchIn,
    chip: &'a Chip,
    language: Language,
) -> impl Iterator<Item = Candidate> + 'a {
    let highest = chip.params.iter().find(|(name, _)| name.ends_with("_max"));
    let highest = highest.and_then(|(name, price)| Some((*name, price.parse::<i64>().ok()?)));
    // What is given explicitly is not ours to change, and alternatives have no one price.
    let is_given = chip.params.iter().any(|(name, _)| fresh.filters.contains_key(*name));
    let may = highest.filter(|_| chip.group.is_none() && !is_given);
    may.into_iter().flat_map(move |(name, price)| {
        RAISES.iter().map(move |percent| {
            let raised = price.saturating_add(price / 100 * percent);
            let mut search = fresh.clone();
            search.without.push(chip.id.clone());
            for (other, value) in &chip.params {
                let value =
                    if *other == name { json!(raised) } else { Value::String(value.clone()) };
                search.filters.insert((*other).to_owned(), value);
            }
            let amount = grouped(raised / 100);
            let label = match language {
                Language::En => format!("up to {amount}"),
                Language::Th => format!("ไม่เกิน {amount}"),
            };
            Candidate { topic: format!("raise:{name}"), label, search }
        })
    })
}

/// Digits in threes.
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
