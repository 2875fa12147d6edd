//! How good search is: questions whose right answers are known, asked of each part of it.
//!
//! What is right is said by facts that stand beside each question, and those are looked up in the
//! listings by SQL of this crate's own. Nothing of what is judged takes part in that: neither the
//! understanding of questions, nor the list's filters, nor the index.

pub mod facts;
pub mod faq;
pub mod measures;
pub mod report;

use anyhow::Context;
use sqlx::PgPool;
use terrace_product::Locale;
use terrace_server::{
    app::State,
    search::{
        input::SearchIn,
        judged::{self, Parts, ranked},
    },
};
use uuid::Uuid;

pub use facts::{Query, Truth};
use measures::Scores;

/// Ways to search that are compared, each with its name.
pub const RUNS: [(&str, Parts); 4] = [
    ("words", Parts { words: true, meaning: false, understanding: false }),
    ("meaning", Parts { words: false, meaning: true, understanding: false }),
    ("both", Parts { words: true, meaning: true, understanding: false }),
    ("both, understood", Parts::ALL),
];

/// Hits that are looked at: as many as recall asks for.
const LOOKED_AT: u64 = 20;

/// The questions about one product's shipped listings.
///
/// # Errors
/// Where a line is no question.
pub fn shipped(product: &str) -> anyhow::Result<Vec<Query>> {
    facts::read(match product {
        "bestays" => include_str!("../../judgements/bestays.jsonl"),
        "realestate" => include_str!("../../judgements/realestate.jsonl"),
        _ => anyhow::bail!("nobody has written questions about {product}"),
    })
}

/// The questions about imported listings.
///
/// # Errors
/// Where a line is no question.
pub fn imported() -> anyhow::Result<Vec<Query>> {
    facts::read(include_str!("../../judgements/imports.jsonl"))
}

/// One question, asked in one way.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What was found, the best first.
    pub found: Vec<Uuid>,
    /// How good that is.
    pub scores: Scores,
}

/// One question, asked in each way.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The question.
    pub query: Query,
    /// What is right.
    pub truth: Truth,
    /// By the order of [`RUNS`].
    pub answers: Vec<Answer>,
}

/// Brings what ranking goes by up to date: how many documents have each word.
///
/// # Errors
/// Those of the database.
pub async fn count_words(state: &State) -> anyhow::Result<()> {
    judged::count_words(state)
        .await
        .map_err(|error| anyhow::anyhow!("the words cannot be counted: {error:?}"))
}

/// Asks all questions in each way. `tell` hears of each question that is done.
///
/// # Errors
/// Those of the database, and where a question has no right answer: then it, or the listings, have
/// changed and nothing can be judged by it.
pub async fn judge(
    state: &State,
    listings: &PgPool,
    queries: Vec<Query>,
    mut tell: impl FnMut(),
) -> anyhow::Result<Vec<Judged>> {
    let (mut judged, mut hopeless) = (Vec::new(), Vec::new());
    for query in queries {
        let truth = facts::truth(listings, &query).await.with_context(|| query.query.clone())?;
        if truth.best() == 0 {
            hopeless.push(query.query);
            continue;
        }
        let mut answers = Vec::new();
        for (_, parts) in RUNS {
            let found = ask(state, &query, parts).await.with_context(|| query.query.clone())?;
            let scores = measures::score(&truth, &found);
            answers.push(Answer { found, scores });
        }
        judged.push(Judged { query, truth, answers });
        tell();
    }
    anyhow::ensure!(hopeless.is_empty(), "no right answer: {}", hopeless.join("; "));
    Ok(judged)
}

async fn ask(state: &State, query: &Query, parts: Parts) -> anyhow::Result<Vec<Uuid>> {
    let asked: SearchIn =
        serde_json::from_value(serde_json::json!({"query": query.query, "limit": LOOKED_AT}))?;
    let locale: Locale = state.profile.locales.default.clone();
    ranked(state, &asked, &locale, parts)
        .await
        .map_err(|error| anyhow::anyhow!("the search failed: {error:?}"))
}
