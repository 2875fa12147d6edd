//! What was found out, for people and for programs.

use std::{collections::HashMap, fmt::Write};

use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use super::{Judged, RUNS, facts::Tongue, measures::Scores};

/// Questions that are told one by one.
const WORST: usize = 10;

/// Listings that are named of each.
const NAMED: usize = 4;

/// One set of questions, judged.
#[derive(Debug)]
pub struct Report {
    /// What was searched.
    pub set: String,
    /// The questions.
    pub judged: Vec<Judged>,
    titles: HashMap<Uuid, String>,
}

impl Report {
    /// Looks up what the listings that are to be named are called.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn new(set: &str, judged: Vec<Judged>, listings: &PgPool) -> anyhow::Result<Self> {
        let rows: Vec<(Uuid, String)> =
            sqlx::query_as("SELECT id, title FROM properties").fetch_all(listings).await?;
        Ok(Self { set: set.to_owned(), judged, titles: rows.into_iter().collect() })
    }

    /// The means of a run, of one language or of all.
    #[must_use]
    pub fn mean(&self, run: usize, tongue: Option<Tongue>) -> Scores {
        let asked = self.judged.iter();
        let asked = asked.filter(|one| tongue.is_none_or(|tongue| one.query.language == tongue));
        Scores::mean(asked.filter_map(|one| one.answers.get(run)).map(|answer| answer.scores))
    }

    /// Rows of a table: set, language, number of questions, then three numbers for each run.
    #[must_use]
    pub fn rows(&self) -> Vec<Vec<String>> {
        let tongues = Tongue::ALL.into_iter().map(Some).chain([None]);
        tongues
            .map(|tongue| {
                let asked = self.judged.iter();
                let asked = asked.filter(|one| tongue.is_none_or(|own| own == one.query.language));
                let name = tongue.map_or("all", Tongue::name);
                let mut row = vec![self.set.clone(), name.to_owned(), asked.count().to_string()];
                row.extend((0..RUNS.len()).map(|run| {
                    let Scores { ndcg, recall, mrr } = self.mean(run, tongue);
                    format!("{ndcg:.3} {recall:.3} {mrr:.3}")
                }));
                row
            })
            .collect()
    }

    /// The questions that were answered worst in the last run, with what is right and what came.
    #[must_use]
    pub fn worst(&self) -> String {
        let last = RUNS.len() - 1;
        let mut order: Vec<&Judged> = self.judged.iter().collect();
        order.sort_by(|a, b| {
            let ndcg = |one: &Judged| one.answers.get(last).map_or(0.0, |one| one.scores.ndcg);
            ndcg(a).total_cmp(&ndcg(b))
        });
        let mut text = String::new();
        for one in order.into_iter().take(WORST) {
            let Some(answer) = one.answers.get(last) else { continue };
            let each: Vec<String> =
                one.answers.iter().map(|answer| format!("{:.2}", answer.scores.ndcg)).collect();
            // A `String` takes whatever is written to it.
            let _ = writeln!(
                text,
                "  {} ({}, nDCG@10 of each run: {})",
                one.query.query,
                one.query.language.name(),
                each.join(" ")
            );
            let mut right: Vec<Uuid> = one.truth.bests().collect();
            right.sort_by_key(|id| self.titles.get(id));
            let _ = writeln!(text, "    right ({}):", right.len());
            for id in right.iter().take(NAMED) {
                let _ = writeln!(text, "      {}", self.title(*id));
            }
            let _ = writeln!(text, "    found ({}):", answer.found.len());
            for id in answer.found.iter().take(NAMED) {
                let _ = writeln!(text, "      {} {}", one.truth.grade(*id), self.title(*id));
            }
        }
        text
    }

    fn title(&self, id: Uuid) -> &str {
        self.titles.get(&id).map_or("?", String::as_str)
    }

    /// All of it.
    #[must_use]
    pub fn json(&self) -> Value {
        let tongues = Tongue::ALL.into_iter().map(Some).chain([None]);
        let means: Vec<Value> = tongues
            .flat_map(|tongue| RUNS.iter().enumerate().map(move |run| (tongue, run)))
            .map(|(tongue, (run, (name, _)))| {
                let language = tongue.map_or("all", Tongue::name);
                json!({"run": name, "language": language, "scores": self.mean(run, tongue)})
            })
            .collect();
        let queries: Vec<Value> = self
            .judged
            .iter()
            .map(|one| {
                let scores: Vec<_> = one.answers.iter().map(|answer| answer.scores).collect();
                json!({"query": one.query.query, "language": one.query.language,
                    "right": one.truth.best(), "scores": scores})
            })
            .collect();
        json!({"set": self.set, "means": means, "queries": queries})
    }
}

/// The means of all sets, as a table.
#[must_use]
pub fn table(reports: &[Report]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED);
    let heads = ["listings", "questions", "number"].map(str::to_owned).into_iter();
    table
        .set_header(heads.chain(RUNS.iter().map(|(name, _)| format!("{name}\nnDCG  recall  MRR"))));
    for row in reports.iter().flat_map(Report::rows) {
        table.add_row(row);
    }
    table
}
