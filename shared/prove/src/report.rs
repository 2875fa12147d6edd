//! What a proof found: counts, demands that held or broke, one line of JSON.

use std::{fmt::Display, time::Duration};

use serde::Serialize;
use serde_json::{Map, Value, json};

/// A demand that did not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// Which one.
    pub demand: &'static str,
    /// What should have been.
    pub expected: String,
    /// What was.
    pub found: String,
}

/// What a proof found. Green as long as no demand broke.
#[derive(Debug, Default)]
pub struct Report {
    counts: Map<String, Value>,
    demands: Vec<&'static str>,
    broken: Vec<Broken>,
}

impl Report {
    /// A number worth knowing.
    pub fn count(&mut self, name: &str, value: impl Into<Value>) {
        self.counts.insert(name.to_owned(), value.into());
    }

    /// A demand that a number is exactly this.
    pub fn exactly<T: PartialEq + Display>(&mut self, demand: &'static str, expected: T, found: T) {
        let held = expected == found;
        self.demand(demand, held, expected, found);
    }

    /// A demand that a number is at least this.
    pub fn at_least<T: PartialOrd + Display>(&mut self, demand: &'static str, least: T, found: T) {
        let held = found >= least;
        self.demand(demand, held, format!("at least {least}"), found);
    }

    /// A demand that there is none of these; the first few are told.
    pub fn none<T: Display>(&mut self, demand: &'static str, found: &[T]) {
        let shown: Vec<String> = found.iter().take(3).map(ToString::to_string).collect();
        let held = found.is_empty();
        self.demand(demand, held, "none", format!("{}: {}", found.len(), shown.join("; ")));
    }

    /// A demand.
    pub fn demand(
        &mut self,
        demand: &'static str,
        held: bool,
        expected: impl Display,
        found: impl Display,
    ) {
        if !self.demands.contains(&demand) {
            self.demands.push(demand);
        }
        if !held {
            let (expected, found) = (expected.to_string(), found.to_string());
            self.broken.push(Broken { demand, expected, found });
        }
    }

    /// Whether anything was demanded and all of it held.
    #[must_use]
    pub fn is_green(&self) -> bool {
        self.broken.is_empty() && !self.demands.is_empty()
    }

    /// What broke.
    #[must_use]
    pub fn broken(&self) -> &[Broken] {
        &self.broken
    }

    /// Whether one of these demands broke.
    #[must_use]
    pub fn broke_one_of(&self, demands: &[&str]) -> bool {
        self.broken.iter().any(|broken| demands.contains(&broken.demand))
    }

    /// The findings as fields of a line of JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "counts": self.counts,
            "demands": self.demands,
            "broken": self.broken,
            "verdict": if self.is_green() { "green" } else { "red" },
        })
    }
}

/// The latency below which this share of the answers came, in milliseconds.
#[must_use]
pub fn percentile(took: &[Duration], share: f64) -> f64 {
    let mut sorted = took.to_vec();
    sorted.sort_unstable();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index below the length"
    )]
    let index = (sorted.len().saturating_sub(1) as f64 * share) as usize;
    let milliseconds = sorted.get(index).map_or(0.0, |took| took.as_secs_f64() * 1000.0);
    (milliseconds * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_without_a_demand_proves_nothing() {
        let mut report = Report::default();
        report.count("rows", 3);
        assert!(!report.is_green());
    }

    #[test]
    fn one_broken_demand_is_red_and_is_told() {
        let mut report = Report::default();
        report.exactly("overlaps", 0, 0);
        assert!(report.is_green());
        report.exactly("created", 50, 51);
        report.none("lost", &["a", "b", "c", "d"]);
        assert!(!report.is_green());
        assert!(report.broke_one_of(&["created"]) && !report.broke_one_of(&["overlaps"]));
        let told = report.to_json();
        assert_eq!(told["verdict"], "red");
        assert_eq!(told["broken"][0]["found"], "51");
        assert_eq!(told["broken"][1]["found"], "4: a; b; c");
    }

    #[test]
    fn percentiles_are_of_the_sorted_values() {
        let took: Vec<_> = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(percentile(&took, 0.99), 99.0);
        assert_eq!(percentile(&took, 0.5), 50.0);
        assert_eq!(percentile(&[], 0.5), 0.0);
    }
}
