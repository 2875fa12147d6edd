//! Queries, as people write them, and what becomes of them.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first surprise; the exemption for tests does not reach their helpers"
)]

mod harm;
mod laws;
mod places;
mod queries;
mod refined;
mod rest;

use std::{sync::LazyLock, time::Duration};

use chrono::NaiveDate;
use terrace_understanding::{Amenities, Scope, Transaction, Understanding, understand};

/// The catalogue that instances start with.
static AMENITIES: LazyLock<Amenities> = LazyLock::new(|| {
    let text = include_str!("../../../server/catalogue/amenities.json");
    let rows: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
    let names: Vec<(String, Vec<(String, String)>)> = rows
        .iter()
        .map(|row| {
            let names = row["names"].as_object().unwrap();
            let names = names.iter().map(|(l, n)| (l.clone(), n.as_str().unwrap().to_owned()));
            (row["slug"].as_str().unwrap().to_owned(), names.collect())
        })
        .collect();
    let borrowed: Vec<(&str, Vec<(&str, &str)>)> = names
        .iter()
        .map(|(slug, names)| {
            (slug.as_str(), names.iter().map(|(l, n)| (l.as_str(), n.as_str())).collect())
        })
        .collect();
    Amenities::new(borrowed.iter().map(|(slug, names)| (*slug, names.as_slice())))
});

const RENTALS: &[Transaction] = &[Transaction::Rent];
const OTHERS: &[Transaction] =
    &[Transaction::Sale, Transaction::Lease, Transaction::Business, Transaction::Investment];

/// A Thursday.
fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 26).unwrap()
}

fn scope<'a>(transactions: &'a [Transaction], without: &'a [String]) -> Scope<'a> {
    Scope { transactions, currency: "THB", today: today(), amenities: &AMENITIES, without }
}

fn rentals(text: &str) -> Understanding {
    understand(text, &scope(RENTALS, &[]))
}

fn others(text: &str) -> Understanding {
    understand(text, &scope(OTHERS, &[]))
}

/// The time that this thread has had a processor for: what a busy machine does beside does not
/// count. Where the system does not tell, nothing is measured.
fn busy() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}
