//! How well questions of guests find the answers that a house has written down: the model and a
//! search by words over a public set of questions about hotels (DSTC11, track 5). There is no such
//! search in the server yet; this says what its parts are worth.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use anyhow::Context;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use terrace_embedding::{Embedder, Embedding, Purpose};

use super::measures::share;

const DOCUMENTS: &str = "dstc11_hotel_restaurant_faq_docs.jsonl";
const QUERIES: &str = "dstc11_hotel_restaurant_faq_queries.jsonl";
const DOMAIN: &str = "hotel";

/// Answers that are looked at.
const LOOKED_AT: usize = 5;

/// As in reciprocal rank fusion everywhere.
const FUSION: f64 = 60.0;

/// Texts of one request to the model.
const BATCH: usize = 96;

#[derive(Debug, Deserialize)]
struct Document {
    doc_id: String,
    domain: String,
    entity: String,
    question: String,
    answer: String,
}

#[derive(Debug, Deserialize)]
struct Query {
    query: String,
    domain: String,
    entity: Vec<String>,
    relevant_doc_ids: Vec<String>,
}

/// How good one way is.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Which.
    pub run: &'static str,
    /// The mean of one through the place of the first right answer.
    pub mrr: f64,
    /// The share of right answers among the first five.
    pub recall: f64,
}

/// What was found out.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Questions with a right answer.
    pub queries: usize,
    /// Answers of all houses.
    pub documents: usize,
    /// One for each way.
    pub rows: Vec<Row>,
}

/// Judges over the files of a folder; none where they are not there. Each question is asked of the
/// answers of the house that it is about, as a guest asks.
///
/// # Errors
/// Where a file is broken, or the model does not answer.
pub async fn judge(folder: &Path, model: &dyn Embedder) -> anyhow::Result<Option<Report>> {
    let (documents, queries) = (folder.join(DOCUMENTS), folder.join(QUERIES));
    if !documents.exists() || !queries.exists() {
        return Ok(None);
    }
    let documents: Vec<Document> = lines::<Document>(&documents)?
        .into_iter()
        .filter(|document| document.domain == DOMAIN)
        .collect();
    let queries: Vec<Query> =
        lines::<Query>(&queries)?.into_iter().filter(|query| query.domain == DOMAIN).collect();
    let texts: Vec<String> = documents
        .iter()
        .map(|document| format!("{}\n{}", document.question, document.answer))
        .collect();
    let answers = vectors(model, &texts, Purpose::Document).await?;
    let asked: Vec<String> = queries.iter().map(|query| query.query.clone()).collect();
    let questions = vectors(model, &asked, Purpose::Query).await?;
    let words: Vec<HashSet<String>> = texts.iter().map(|text| words(text)).collect();
    let mut spread: HashMap<&str, usize> = HashMap::new();
    for word in words.iter().flatten() {
        *spread.entry(word).or_default() += 1;
    }
    let mut rows = [("words", 0.0, 0.0), ("meaning", 0.0, 0.0), ("both", 0.0, 0.0)];
    for (query, vector) in queries.iter().zip(&questions) {
        let own: Vec<usize> = (0..documents.len())
            .filter(|nth| documents.get(*nth).is_some_and(|one| query.entity.contains(&one.entity)))
            .collect();
        let sought = self::words(&query.query);
        let said = ranked(&own, |nth| {
            let held = words.get(nth).into_iter().flat_map(|held| held.intersection(&sought));
            held.map(|word| {
                let spread = spread.get(word.as_str()).copied().unwrap_or(1);
                (1.0 / share(spread, documents.len())).ln()
            })
            .sum()
        });
        let near = ranked(&own, |nth| {
            answers.get(nth).map_or(0.0, |own| f64::from(own.similarity(vector)))
        });
        let place = |list: &[usize], nth: usize| list.iter().position(|one| *one == nth);
        let fused = ranked(&own, |nth| {
            let parts = [place(&said, nth), place(&near, nth)].into_iter().flatten();
            parts.map(|place| 1.0 / (FUSION + 100.0 * share(place, 100))).sum()
        });
        for (row, list) in rows.iter_mut().zip([&said, &near, &fused]) {
            let right = |nth: &usize| {
                documents.get(*nth).is_some_and(|one| query.relevant_doc_ids.contains(&one.doc_id))
            };
            row.1 += list.iter().position(right).map_or(0.0, |nth| share(1, nth + 1));
            let there = list.iter().take(LOOKED_AT).filter(|nth| right(nth)).count();
            row.2 += share(there, query.relevant_doc_ids.len());
        }
    }
    let count = 1.0 / share(1, queries.len());
    let rows = rows.map(|(run, mrr, recall)| Row { run, mrr: mrr / count, recall: recall / count });
    Ok(Some(Report { queries: queries.len(), documents: documents.len(), rows: rows.to_vec() }))
}

async fn vectors(
    model: &dyn Embedder,
    texts: &[String],
    purpose: Purpose,
) -> anyhow::Result<Vec<Embedding>> {
    let mut vectors = Vec::new();
    for batch in texts.chunks(BATCH) {
        vectors.extend(model.embed(batch, purpose).await.context("the model")?);
    }
    Ok(vectors)
}

/// The best first; of equals the first.
fn ranked(all: &[usize], worth: impl Fn(usize) -> f64) -> Vec<usize> {
    let mut worths: Vec<(usize, f64)> = all.iter().map(|nth| (*nth, worth(*nth))).collect();
    worths.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    worths.into_iter().map(|(nth, _)| nth).collect()
}

/// Words without their endings, as roughly as will do for one language.
fn words(text: &str) -> HashSet<String> {
    let words =
        text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word.to_lowercase().trim_end_matches('s').to_owned()).collect()
}

fn lines<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<T>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| serde_json::from_str(line).with_context(|| path.display().to_string()))
        .collect()
}
