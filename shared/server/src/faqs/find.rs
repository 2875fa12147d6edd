//! `GET /faqs/search`, and the same for whoever wants passages.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use terrace_product::Locale;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    counter,
    input::OfCategory,
    markdown::to_html,
    statement::{FEW, Question, statement},
    words,
};
use crate::{
    app::State,
    error::{Error, Result},
    http::{locale, params::Query},
    search::{find as listings, highlight::Sought, output::Highlights},
};

/// Characters of a question.
const LONGEST: usize = 500;

/// A document is an answer from this evidence on, of 0..1: see [`Row::evidence`]. High
/// enough that of the judged questions those that nothing answers are told so (`scripts/bench search`).
const CONFIDENT: f64 = 0.42;

/// What to look for.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FaqSearchQuery {
    /// The question, in the asker's own words.
    #[param(min_length = 1, max_length = 500)]
    pub q: String,
    /// Only of this category.
    #[serde(default, deserialize_with = "crate::http::params::from_str")]
    #[param(value_type = Option<String>, max_length = 60)]
    pub category: Option<OfCategory>,
    /// Language of the answers. Without it, that of the question where its letters tell, else as
    /// everywhere.
    pub locale: Option<String>,
    /// Answers at most, 1..20.
    #[param(minimum = 1, maximum = 20, default = 5)]
    pub limit: Option<u64>,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaqSearchOut {
    /// The best first.
    pub items: Vec<FaqHit>,
    /// Whether the first one answers the question. Where it does not, say so, show the rest as
    /// "perhaps", and offer a way to somebody who knows.
    pub confident: bool,
    /// Found by words alone: the model was away.
    pub degraded: bool,
}

/// An answer that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaqHit {
    /// Id.
    pub id: Uuid,
    /// Address part of its page.
    pub slug: String,
    /// Its category.
    pub category: String,
    /// The language of its texts.
    pub locale: String,
    /// The question that it answers.
    pub question: String,
    /// Markdown.
    pub answer: String,
    /// The same as HTML that can stand in any page.
    pub answer_html: String,
    /// Only to compare the hits of one answer: more is better.
    pub score: f64,
    /// How near its text is to the question in meaning, -1..1; null where that was not asked.
    pub similarity: Option<f64>,
    /// Whether it is an answer to the question.
    pub confident: bool,
    /// Where words of the question stand: in its question (`title`), and in the part of the answer
    /// that answers best.
    pub highlights: Highlights,
}

/// Finds answers to a question by its words and by its meaning.
#[utoipa::path(
    get, path = "/api/v1/faqs/search", operation_id = "search_faqs", tag = "faqs",
    params(FaqSearchQuery),
    responses((status = 200, body = FaqSearchOut)),
    security(()),
)]
pub async fn search_faqs(
    query: Query<FaqSearchQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Query(FaqSearchQuery { q, category, locale: asked, limit }) = query;
    let q = q.trim();
    if q.is_empty() || q.chars().count() > LONGEST {
        return Err(Error::parameter("q", "Must be a question of 1 to 500 characters."));
    }
    let limit = match limit.unwrap_or(5) {
        limit @ 1..=20 => limit,
        _ => return Err(Error::parameter("limit", "Must be 1..20.")),
    };
    let locale = match (asked.as_deref(), words::language(q, &state.profile.locales)) {
        (None, Some(spoken)) => spoken.clone(),
        (asked, _) => locale::negotiate(&state.profile, asked, &request)?,
    };
    let category = category.as_ref().map(|OfCategory(slug)| slug.as_str());
    let found = search(&state, q, category, &locale, limit).await?;
    counter::searched(&state, &request, q, &locale, &found);
    let sought = Sought::new(words::of(q).into_iter().chain(found.corrected));
    let items: Vec<FaqHit> = found.rows.into_iter().map(|row| hit(row, &sought)).collect();
    let out = FaqSearchOut { items, confident: found.confident, degraded: found.degraded };
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::CONTENT_LANGUAGE, locale.as_str()))
        .json(out))
}

fn hit(row: Row, sought: &Sought) -> FaqHit {
    let confident = row.is_answer();
    let passage = row.passage.as_deref().unwrap_or_default();
    FaqHit {
        confident,
        highlights: sought.mark(&row.question, passage),
        answer_html: to_html(&row.answer),
        id: row.id,
        slug: row.slug,
        category: row.category,
        locale: row.locale,
        question: row.question,
        answer: row.answer,
        score: row.score,
        similarity: row.similarity,
    }
}

/// A part of an answer, for whoever answers in other words and cites it.
#[derive(Clone, Debug, Serialize)]
pub struct Passage {
    /// The document.
    pub id: Uuid,
    /// Its question, in the language of the passage.
    pub question: String,
    /// The part of its answer that answers best, as plain text.
    pub passage: String,
    /// Its language.
    pub locale: String,
    /// The page that it stands on, on the brand's own site.
    pub url: String,
    /// How near its text is to the question in meaning; none where the model was away.
    pub similarity: Option<f64>,
    /// Whether it answers the question.
    pub confident: bool,
}

/// The passages that answer a question best; nothing is counted.
///
/// # Errors
/// Those of the database.
pub async fn find(state: &State, query: &str, locale: &Locale, limit: u64) -> Result<Vec<Passage>> {
    let found = search(state, query, None, locale, limit).await?;
    let site = state.profile.server.public_url.as_str().trim_end_matches('/');
    Ok(found
        .rows
        .into_iter()
        .map(|row| Passage {
            confident: row.is_answer(),
            url: format!("{site}/faqs/{}", row.slug),
            passage: row.passage.unwrap_or(row.answer),
            id: row.id,
            question: row.question,
            locale: row.locale,
            similarity: row.similarity,
        })
        .collect())
}

#[derive(Debug, FromQueryResult)]
pub(super) struct Row {
    pub(super) id: Uuid,
    slug: String,
    category: String,
    locale: String,
    question: String,
    answer: String,
    score: f64,
    similarity: Option<f64>,
    share: f64,
    standing_out: Option<f64>,
    compared: i64,
    passage: Option<String>,
    corrections: Option<String>,
}

impl Row {
    fn is_answer(&self) -> bool {
        self.evidence() >= CONFIDENT
    }

    /// How much speaks for this being an answer, 0..1: what share of the question's words it has, and
    /// how far it stands out from the other documents in meaning; words alone where nothing else is
    /// known. How near anything is differs from model to model; how far it stands out does not.
    fn evidence(&self) -> f64 {
        match self.standing_out {
            Some(standing_out) if self.compared >= FEW => {
                0.5 * self.share + 0.5 * (standing_out.clamp(0.0, 0.5) * 2.0)
            }
            _ => 0.8 * self.share,
        }
    }
}

/// What the statement found, and what that is worth.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) rows: Vec<Row>,
    pub(super) confident: bool,
    pub(super) degraded: bool,
    /// Words that misspelt ones were taken for.
    corrected: Vec<String>,
}

pub(super) async fn search(
    state: &State,
    query: &str,
    category: Option<&str>,
    locale: &Locale,
    limit: u64,
) -> Result<Found> {
    with(state, query, category, locale, limit, judged::Parts::ALL).await
}

async fn with(
    state: &State,
    query: &str,
    category: Option<&str>,
    locale: &Locale,
    limit: u64,
    parts: judged::Parts,
) -> Result<Found> {
    let weights = listings::weights(state);
    let vector = if parts.meaning { listings::vector(state, query).await? } else { None };
    let degraded = vector.is_none() && weights.0 > 0.0;
    let words = if parts.words { words::of(query) } else { Vec::new() };
    let question = Question { words: &words, vector, weights, category, limit };
    let (sql, values) = statement(&question, &state.profile.locales, locale);
    let rows: Vec<Row> = state.db.search().all(sql, values).await?;
    let corrections = rows.first().and_then(|row| row.corrections.as_deref());
    let corrected: BTreeMap<String, String> = match corrections {
        Some(corrections) => serde_json::from_str(corrections).map_err(Error::internal)?,
        None => BTreeMap::new(),
    };
    Ok(Found {
        confident: rows.first().is_some_and(Row::is_answer),
        degraded,
        corrected: corrected.into_values().collect(),
        rows,
    })
}

/// The ranking alone, with parts of it switched off: what those compare who judge it.
#[doc(hidden)]
pub mod judged {
    use super::{Locale, Result, State, Uuid, with};

    /// What takes part in a search.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Parts {
        /// Words.
        pub words: bool,
        /// The model's vectors.
        pub meaning: bool,
    }

    impl Parts {
        /// What a visitor gets.
        pub const ALL: Self = Self { words: true, meaning: true };
    }

    /// What was found.
    #[derive(Clone, Debug)]
    pub struct Ranked {
        /// Ids of documents, the best first.
        pub ids: Vec<Uuid>,
        /// Whether the first is taken for an answer.
        pub confident: bool,
        /// How much speaks for the first: in all, the share of words, and how far it stands out.
        pub evidence: (f64, f64, f64),
    }

    /// Finds answers as a visitor's question does.
    ///
    /// # Errors
    /// As for a search.
    pub async fn ranked(
        state: &State,
        query: &str,
        category: Option<&str>,
        locale: &Locale,
        limit: u64,
        parts: Parts,
    ) -> Result<Ranked> {
        let found = with(state, query, category, locale, limit, parts).await?;
        Ok(Ranked {
            ids: found.rows.iter().map(|row| row.id).collect(),
            confident: found.confident,
            evidence: found.rows.first().map_or((0.0, 0.0, 0.0), |row| {
                (row.evidence(), row.share, row.standing_out.unwrap_or_default())
            }),
        })
    }
}
