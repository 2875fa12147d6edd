//! No dead ends: what to give up where few match or none, each with the number of listings that
//! it finds.
//!
//! A relaxation is a question like any other, read as any other, and counted by the statement that
//! counts any other: what is promised is what is found.

use sea_orm::{FromQueryResult, QueryResult};
use serde_json::{Value, json};
use terrace_understanding::{Chip, ChipKind, Language};

use super::{
    input::{MOST_WITHOUT, SearchIn},
    output::Relaxation,
    statement::counts,
    understand::{Reader, Understood, narrows},
};
use crate::{app::State, error::Result};

/// With so few hits a visitor is shown where there are more.
pub(super) const FEW: i64 = 3;

/// Relaxations that are shown.
const SHOWN: usize = 5;

/// By how much a highest price is raised, percent; the least that gains anything is offered.
const RAISES: [i64; 3] = [10, 25, 50];

/// Losses that are taken two at a time, where none helps alone: fifteen pairs at most.
const PAIRED: usize = 6;

/// A wider question, and whether it takes the place of another: of those with one topic the first
/// that gains something is shown.
struct Candidate {
    topic: String,
    label: String,
    search: SearchIn,
}

/// Something that can be given up: chips, or filters that were given.
struct Loss {
    label: String,
    chips: Vec<String>,
    filters: Vec<String>,
}

/// What would find more than `found`: one thing less, or a higher price; where that does not help,
/// two things less; where that does not either, nothing that was asked for.
///
/// # Errors
/// Those of the database.
pub(super) async fn relaxations(
    state: &State,
    asked: &SearchIn,
    understood: &Understood,
    found: i64,
    language: Language,
    reader: Reader<'_>,
) -> Result<Vec<Relaxation>> {
    let fresh = SearchIn { offset: 0, ..asked.clone() };
    let losses = losses(asked, understood, language);
    let one = raises(&fresh, understood, language)
        .chain(losses.iter().map(|loss| giving_up(&fresh, &[loss], language)))
        .collect();
    let shown = gaining(state, one, found, reader).await?;
    if !shown.is_empty() || losses.len() < 2 {
        return Ok(shown);
    }
    let paired = losses.get(..PAIRED.min(losses.len())).unwrap_or_default();
    let two = paired
        .iter()
        .enumerate()
        .flat_map(|(nth, one)| paired.iter().skip(nth + 1).map(move |other| [one, other]));
    let two = two.map(|pair| giving_up(&fresh, &pair, language)).collect();
    let shown = gaining(state, two, found, reader).await?;
    if !shown.is_empty() {
        return Ok(shown);
    }
    let all: Vec<&Loss> = losses.iter().collect();
    let label = match language {
        Language::En => "without any of it",
        Language::Th => "ไม่จำกัดเงื่อนไข",
    };
    let nothing = Candidate { label: label.to_owned(), ..giving_up(&fresh, &all, language) };
    gaining(state, vec![nothing], found, reader).await
}

/// Those that find more, counted in one statement.
async fn gaining(
    state: &State,
    candidates: Vec<Candidate>,
    found: i64,
    reader: Reader<'_>,
) -> Result<Vec<Relaxation>> {
    // What could not be asked is not offered: a raised price may still lie below a lowest one that
    // was given.
    let (candidates, readings): (Vec<Candidate>, Vec<Understood>) = candidates
        .into_iter()
        .filter(|candidate| candidate.search.without.len() <= MOST_WITHOUT)
        .filter_map(|candidate| {
            let reading = reader.read(&candidate.search).ok()?;
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
    for (Candidate { topic, label, search }, count) in candidates.into_iter().zip(counted) {
        let is_told = shown.iter().any(|(told, _)| *told == topic);
        if count > found && !is_told {
            shown.push((topic, Relaxation { label, count, search }));
        }
    }
    Ok(shown.into_iter().map(|(_, relaxation)| relaxation).take(SHOWN).collect())
}

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

fn losses(asked: &SearchIn, understood: &Understood, language: Language) -> Vec<Loss> {
    let chips: Vec<&Chip> = understood.reading.chips.iter().filter(|chip| narrows(chip)).collect();
    let mut losses: Vec<Loss> = Vec::new();
    for chip in &chips {
        if losses.iter().any(|loss| loss.chips.contains(&chip.id)) {
            continue;
        }
        // Alternatives go together: without one of them there would be less, not more.
        let is_together = |other: &&&Chip| {
            other.id == chip.id || (chip.group.is_some() && other.group == chip.group)
        };
        let together: Vec<&Chip> = chips.iter().filter(is_together).copied().collect();
        let labels: Vec<&str> = together.iter().map(|chip| chip.label.text(language)).collect();
        losses.push(Loss {
            label: labels.join(", "),
            chips: together.iter().map(|chip| chip.id.clone()).collect(),
            filters: Vec::new(),
        });
    }
    for name in asked.filters.keys() {
        if losses.iter().any(|loss| loss.filters.contains(name)) {
            continue;
        }
        // Two that say one thing go together.
        let together: &[&str] = match name.as_str() {
            "check_in" | "check_out" => &["check_in", "check_out"],
            "near" | "radius_km" => &["near", "radius_km"],
            name => &[name],
        };
        losses.push(Loss {
            label: name.replace('_', " "),
            chips: Vec::new(),
            filters: together.iter().map(|&name| name.to_owned()).collect(),
        });
    }
    losses
}

fn giving_up(fresh: &SearchIn, losses: &[&Loss], language: Language) -> Candidate {
    let mut search = fresh.clone();
    search.without.extend(losses.iter().flat_map(|loss| loss.chips.iter().cloned()));
    search.filters.retain(|name, _| !losses.iter().any(|loss| loss.filters.contains(name)));
    let labels: Vec<&str> = losses.iter().map(|loss| loss.label.as_str()).collect();
    let label = match language {
        Language::En => format!("without: {}", labels.join("; ")),
        Language::Th => format!("ไม่จำกัด: {}", labels.join("; ")),
    };
    Candidate { topic: label.clone(), label, search }
}

fn raises<'a>(
    fresh: &'a SearchIn,
    understood: &'a Understood,
    language: Language,
) -> impl Iterator<Item = Candidate> + 'a {
    let chips = understood.reading.chips.iter();
    let prices = chips.filter(|chip| narrows(chip) && chip.kind == ChipKind::Price);
    prices.flat_map(move |chip| raised(fresh, chip, language))
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
