//! How well questions find their answers: through the server's own search, over what the brands
//! ship and over a public set of questions that guests asked hotels (DSTC11, track 5).

use std::{collections::HashMap, path::Path};

use anyhow::Context;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sqlx::PgPool;
use terrace_product::Locale;
use terrace_server::{
    app::State,
    faqs::find::judged::{Parts, Ranked, ranked},
};
use uuid::Uuid;

use super::{facts::Tongue, measures::share};

const DOCUMENTS: &str = "dstc11_hotel_restaurant_faq_docs.jsonl";
const QUERIES: &str = "dstc11_hotel_restaurant_faq_queries.jsonl";
const DOMAIN: &str = "hotel";

/// Answers that are looked at.
const LOOKED_AT: usize = 5;

/// Ways to search that are compared.
pub const RUNS: [(&str, Parts); 3] = [
    ("words", Parts { words: true, meaning: false }),
    ("meaning", Parts { words: false, meaning: true }),
    ("both", Parts::ALL),
];

/// A question about what a brand ships, and what answers it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The words.
    pub query: String,
    /// Their language.
    pub language: Tongue,
    /// Slugs of documents that answer it; none: nothing does.
    pub answers: Vec<String>,
}

/// The questions about what a brand ships.
///
/// # Errors
/// Where a line is no question.
pub fn shipped(product: &str) -> anyhow::Result<Vec<Question>> {
    let text = match product {
        "bestays" => include_str!("../../judgements/faq-bestays.jsonl"),
        "realestate" => include_str!("../../judgements/faq-realestate.jsonl"),
        _ => anyhow::bail!("nobody has written questions about {product}"),
    };
    parse(text, |line| !line.starts_with('#'))
}

/// How good one way is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Scores {
    /// The mean of one through the place of the first right answer.
    pub mrr: f64,
    /// The share of right answers among the first five; of questions with several, one will do.
    pub recall: f64,
}

/// One set, judged.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What was asked about.
    pub set: String,
    /// Questions with an answer.
    pub queries: usize,
    /// Questions that nothing answers.
    pub hopeless: usize,
    /// Documents.
    pub documents: usize,
    /// Scores of each way, by the order of [`RUNS`].
    pub runs: Vec<(&'static str, Scores)>,
    /// The last way's, of each language.
    pub tongues: Vec<(&'static str, Scores)>,
    /// Of questions with an answer, the share whose right answer comes first and is said with
    /// confidence.
    pub answered: f64,
    /// Of all that was said with confidence, the share that was right.
    pub trusted: f64,
    /// Of questions that nothing answers, the share that was told so.
    pub declined: f64,
    /// What went wrong, for people.
    #[serde(skip)]
    pub worst: Vec<String>,
}

/// Asks the questions about what a brand ships.
///
/// # Errors
/// Those of the database, and where a question names an answer that is not there.
pub async fn judge(
    state: &State,
    documents: &PgPool,
    set: &str,
    questions: &[Question],
) -> anyhow::Result<Report> {
    let rows: Vec<(String, Uuid)> =
        sqlx::query_as("SELECT slug, id FROM faq_documents WHERE is_published")
            .fetch_all(documents)
            .await?;
    let ids: HashMap<String, Uuid> = rows.into_iter().collect();
    let mut asked = Vec::new();
    for question in questions {
        let answers = question.answers.iter().map(|slug| {
            ids.get(slug).copied().with_context(|| format!("{}: no {slug}", question.query))
        });
        let answers = answers.collect::<anyhow::Result<Vec<Uuid>>>()?;
        let locale = match question.language {
            Tongue::En => "en",
            Tongue::Th | Tongue::Mixed => "th",
        };
        let locale = Locale::parse(locale).map_err(|error| anyhow::anyhow!("{error}"))?;
        asked.push(Asked {
            query: &question.query,
            tongue: question.language,
            locale,
            category: None,
            answers,
        });
    }
    let mut report = ask_all(state, set, &asked).await?;
    report.documents = ids.len();
    let slugs: HashMap<Uuid, &String> = ids.iter().map(|(slug, id)| (*id, slug)).collect();
    for line in &mut report.worst {
        for (id, slug) in &slugs {
            *line = line.replace(&id.to_string(), slug);
        }
    }
    Ok(report)
}

struct Asked<'a> {
    query: &'a str,
    tongue: Tongue,
    locale: Locale,
    category: Option<String>,
    answers: Vec<Uuid>,
}

async fn ask_all(state: &State, set: &str, asked: &[Asked<'_>]) -> anyhow::Result<Report> {
    let (mut found, mut worst) = (Vec::new(), Vec::new());
    for question in asked {
        let mut runs = Vec::new();
        for (_, parts) in RUNS {
            let limit = u64::try_from(LOOKED_AT * 4)?;
            let category = question.category.as_deref();
            let ranked = ranked(state, question.query, category, &question.locale, limit, parts);
            let ranked =
                ranked.await.map_err(|error| anyhow::anyhow!("{}: {error:?}", question.query))?;
            runs.push(ranked);
        }
        found.push(runs);
    }
    let answerable =
        || asked.iter().zip(&found).filter(|(question, _)| !question.answers.is_empty());
    let mean = |run: usize, tongue: Option<Tongue>| {
        let all =
            answerable().filter(|(question, _)| tongue.is_none_or(|own| own == question.tongue));
        let scores: Vec<Scores> = all
            .filter_map(|(question, runs)| Some(score(&question.answers, runs.get(run)?)))
            .collect();
        Scores {
            mrr: scores.iter().map(|one| one.mrr).sum::<f64>() * share(1, scores.len()),
            recall: scores.iter().map(|one| one.recall).sum::<f64>() * share(1, scores.len()),
        }
    };
    let last = RUNS.len() - 1;
    let (mut right, mut confident, mut declined, mut hopeless) = (0, 0, 0, 0);
    for (question, runs) in asked.iter().zip(&found) {
        let Some(said) = runs.get(last) else { continue };
        let is_right = said.ids.first().is_some_and(|first| question.answers.contains(first));
        confident += usize::from(said.confident);
        right += usize::from(said.confident && is_right);
        if question.answers.is_empty() {
            hopeless += 1;
            declined += usize::from(!said.confident);
        }
        if said.confident != is_right || (!question.answers.is_empty() && !is_right) {
            let first: Vec<String> = said.ids.iter().take(3).map(Uuid::to_string).collect();
            let how = if said.confident { "sure" } else { "not sure" };
            let (evidence, words, meaning) = said.evidence;
            worst.push(format!(
                "{} ({how}, {evidence:.2} = words {words:.2}, meaning {meaning:.2}): {}",
                question.query,
                first.join(" ")
            ));
        }
    }
    let queries = answerable().count();
    Ok(Report {
        set: set.to_owned(),
        queries,
        hopeless,
        documents: 0,
        runs: RUNS.iter().enumerate().map(|(nth, (name, _))| (*name, mean(nth, None))).collect(),
        tongues: Tongue::ALL.map(|tongue| (tongue.name(), mean(last, Some(tongue)))).to_vec(),
        answered: share(right, queries),
        trusted: share(right, confident),
        declined: share(declined, hopeless),
        worst,
    })
}

fn score(answers: &[Uuid], found: &Ranked) -> Scores {
    let place = found.ids.iter().position(|id| answers.contains(id));
    Scores {
        mrr: place.map_or(0.0, |nth| share(1, nth + 1)),
        recall: if place.is_some_and(|nth| nth < LOOKED_AT) { 1.0 } else { 0.0 },
    }
}

#[derive(Debug, Deserialize)]
struct HotelDocument {
    doc_id: String,
    domain: String,
    entity: String,
    question: String,
    answer: String,
}

#[derive(Debug, Deserialize)]
struct HotelQuery {
    query: String,
    domain: String,
    entity: Vec<String>,
    relevant_doc_ids: Vec<String>,
}

/// Puts the hotels' answers into an empty database, a category for each house; false where the
/// folder does not have them.
///
/// # Errors
/// Where a file is broken, and those of the database.
pub async fn bring_hotels(documents: &PgPool, folder: &Path) -> anyhow::Result<bool> {
    let file = folder.join(DOCUMENTS);
    if !file.exists() || !folder.join(QUERIES).exists() {
        return Ok(false);
    }
    let there: i64 =
        sqlx::query_scalar("SELECT count(*) FROM faq_documents").fetch_one(documents).await?;
    if there > 0 {
        return Ok(true);
    }
    let all: Vec<HotelDocument> = lines(&file)?;
    let mut tx = documents.begin().await?;
    for document in all.into_iter().filter(|document| document.domain == DOMAIN) {
        sqlx::query("INSERT INTO faq_categories (slug) VALUES ($1) ON CONFLICT DO NOTHING")
            .bind(house(&document.entity))
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "WITH d AS (INSERT INTO faq_documents (slug, category, is_published) VALUES ($1, $2, true) RETURNING id) \
             INSERT INTO faq_texts (document_id, locale, question, answer) SELECT id, 'en', $3, $4 FROM d",
        )
        .bind(slug(&document.doc_id))
        .bind(house(&document.entity))
        .bind(document.question)
        .bind(document.answer)
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Asks each question of the house that it is about, as a guest does.
///
/// # Errors
/// Where a file is broken, and those of the database.
pub async fn judge_hotels(
    state: &State,
    documents: &PgPool,
    folder: &Path,
) -> anyhow::Result<Report> {
    let rows: Vec<(String, Uuid)> =
        sqlx::query_as("SELECT slug, id FROM faq_documents").fetch_all(documents).await?;
    let ids: HashMap<String, Uuid> = rows.into_iter().collect();
    let queries: Vec<HotelQuery> = lines(&folder.join(QUERIES))?;
    let queries: Vec<HotelQuery> =
        queries.into_iter().filter(|query| query.domain == DOMAIN).collect();
    let mut asked = Vec::new();
    for query in &queries {
        let Some(entity) = query.entity.first() else { continue };
        let answers: Vec<Uuid> =
            query.relevant_doc_ids.iter().filter_map(|id| ids.get(&slug(id)).copied()).collect();
        if answers.is_empty() {
            continue;
        }
        asked.push(Asked {
            query: &query.query,
            tongue: Tongue::En,
            locale: state.profile.locales.default.clone(),
            category: Some(house(entity)),
            answers,
        });
    }
    let mut report = ask_all(state, "hotels", &asked).await?;
    report.documents = ids.len();
    Ok(report)
}

/// A name as a slug.
fn slug(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    let words: Vec<String> =
        words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
    words.join("-")
}

fn house(entity: &str) -> String {
    slug(entity).chars().take(58).collect::<String>().trim_matches('-').to_owned()
}

fn lines<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<T>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    parse(&text, |_| true).with_context(|| path.display().to_string())
}

fn parse<T: DeserializeOwned>(text: &str, is_one: impl Fn(&str) -> bool) -> anyhow::Result<Vec<T>> {
    let lines = text.lines().enumerate();
    lines
        .filter(|(_, line)| !line.trim().is_empty() && is_one(line))
        .map(|(nth, line)| serde_json::from_str(line).with_context(|| format!("line {}", nth + 1)))
        .collect()
}

/// The reports as a table that people read.
#[must_use]
pub fn table(reports: &[Report]) -> String {
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::UTF8_FULL_CONDENSED);
    let runs = RUNS.iter().map(|(name, _)| format!("{name}: MRR, recall@5"));
    let head = ["answers", "questions", "documents"].map(str::to_owned).into_iter();
    let tail = ["answered", "trusted", "declined"].map(str::to_owned).into_iter();
    table.set_header(head.chain(runs).chain(tail));
    for report in reports {
        let head = [report.set.clone(), report.queries.to_string(), report.documents.to_string()];
        let runs =
            report.runs.iter().map(|(_, scores)| format!("{:.3} {:.3}", scores.mrr, scores.recall));
        let tail =
            [report.answered, report.trusted, report.declined].map(|share| format!("{share:.3}"));
        table.add_row(head.into_iter().chain(runs).chain(tail));
    }
    table.to_string()
}
