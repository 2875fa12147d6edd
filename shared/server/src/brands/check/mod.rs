//! How ready a brand is: every shortcoming with what to do about it.

mod apart;
mod look;
mod operation;
mod texts;

use serde::Serialize;
use terrace_product::{ProductId, Profile};

use super::Place;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The brand cannot go on like this.
    Error,
    /// It works, and somebody will notice.
    Warning,
}

impl Level {
    /// For people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// A shortcoming.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// What it is about.
    pub area: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What was found.
    pub found: String,
    /// What to do.
    pub remedy: String,
}

/// A brand that was looked over.
#[derive(Clone, Debug, Serialize)]
pub struct Checked {
    /// The brand.
    pub product: String,
    /// Of 100: every error costs ten, every warning two.
    pub score: u32,
    /// How many things were looked at.
    pub looked_at: usize,
    /// What is wrong, the worst first.
    pub findings: Vec<Finding>,
}

impl Checked {
    /// Whether anything must be mended.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.level == Level::Error)
    }
}

/// Looks a brand over. The others are looked at too, for what must be apart.
#[must_use]
pub fn check(place: &Place, id: &ProductId) -> Checked {
    let mut notes = Notes::default();
    match place.load(id) {
        Ok(profile) => {
            look::over(&profile, &mut notes);
            texts::over(&profile, &mut notes);
            operation::over(place, &profile, &mut notes);
            apart::over(place, &profile, &mut notes);
        }
        Err(error) => {
            notes.error("profile", error.to_string(), "mend what is named, then check again");
        }
    }
    notes.of(id)
}

/// What was looked at, and what was found.
#[derive(Default)]
struct Notes {
    looked_at: usize,
    findings: Vec<Finding>,
}

impl Notes {
    /// Looks at one thing more.
    fn look(&mut self) {
        self.looked_at += 1;
    }

    fn error(&mut self, area: &'static str, found: impl Into<String>, remedy: impl Into<String>) {
        self.note(area, Level::Error, found.into(), remedy.into());
    }

    fn warn(&mut self, area: &'static str, found: impl Into<String>, remedy: impl Into<String>) {
        self.note(area, Level::Warning, found.into(), remedy.into());
    }

    fn note(&mut self, area: &'static str, level: Level, found: String, remedy: String) {
        self.findings.push(Finding { area, level, found, remedy });
    }

    /// An error where real people are served, a warning elsewhere.
    fn in_production(
        &mut self,
        profile: &Profile,
        area: &'static str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let level = match profile.environment.is_production() {
            true => Level::Error,
            false => Level::Warning,
        };
        self.note(area, level, found.into(), remedy.into());
    }

    fn of(mut self, id: &ProductId) -> Checked {
        self.findings.sort_by_key(|finding| finding.level);
        let cost: u32 = self
            .findings
            .iter()
            .map(|finding| match finding.level {
                Level::Error => 10,
                Level::Warning => 2,
            })
            .sum();
        Checked {
            product: id.to_string(),
            score: 100_u32.saturating_sub(cost),
            looked_at: self.looked_at.max(1),
            findings: self.findings,
        }
    }
}
