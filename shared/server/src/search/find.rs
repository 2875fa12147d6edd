//! `POST /search`.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use sea_orm::FromQueryResult;
use terrace_embedding::{Embedder, Purpose};
use terrace_product::Locale;

use super::{
    index::segment,
    input::SearchIn,
    output::{Hit, SearchOut, Why},
    statement::{NARROW, Question, statement},
};
use crate::{
    app::State,
    error::Result,
    http::{body::Body, locale},
    listings::output::CardRow,
};

/// Words that are looked for; of a longer question the first ones.
const MOST_WORDS: usize = 32;

/// Finds homes by what somebody wants in their own words.
#[utoipa::path(
    post, path = "/api/v1/search", operation_id = "search", tag = "search",
    request_body = SearchIn,
    responses((status = 200, body = SearchOut)),
    security(()),
)]
pub async fn search(
    body: Body<SearchIn>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let asked = body.value;
    let locale = locale::negotiate(&state.profile, asked.locale.as_deref(), &request)?;
    let found = find(&state, &asked, &locale).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::CONTENT_LANGUAGE, locale.as_str()))
        .json(found))
}

#[derive(Debug, FromQueryResult)]
struct Row {
    found: i64,
    corrections: Option<String>,
    #[sea_orm(nested)]
    card: Option<CardRow>,
    score: Option<f64>,
    similarity: Option<f64>,
    words: Option<String>,
}

async fn find(state: &State, asked: &SearchIn, locale: &Locale) -> Result<SearchOut> {
    let filters = asked.filters()?;
    let words = words(&asked.query);
    let vector = vector(state, &asked.query).await?;
    let degraded = vector.is_none() && !asked.query.trim().is_empty();
    let question = Question {
        filters: &filters,
        understood: &[],
        wishes: &[],
        words: &words,
        vector,
        weights: (1.0, 1.0),
        limit: asked.limit,
        offset: asked.offset,
    };
    let (sql, values) = statement(&question, &state.profile.locales, locale);
    let rows: Vec<Row> = state.db.search().all(sql, values).await?;
    let found = rows.first().map_or(0, |row| row.found);
    let most = i64::try_from(NARROW).unwrap_or(i64::MAX);
    let items = rows.into_iter().filter_map(|row| hit(row, &words).transpose());
    Ok(SearchOut {
        items: items.collect::<Result<_>>()?,
        total: found.min(most),
        total_is_exact: found <= most,
        degraded,
    })
}

/// The words of a question, each once.
fn words(query: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for (_, word) in segment::words(query) {
        if words.len() < MOST_WORDS && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// What lies near to the question; none where there is no question, and where the model is away.
async fn vector(state: &State, query: &str) -> Result<Option<(i16, pgvector::Vector)>> {
    let query = query.trim();
    if query.is_empty() {
        return Ok(None);
    }
    let Some(slot) = state.search.models.slot(state).await? else {
        return Ok(None);
    };
    let asked = [query.to_owned()];
    match state.search.embedder.embed(&asked, Purpose::Query).await {
        Ok(vectors) => {
            let vector = vectors.into_iter().next();
            Ok(vector.map(|vector| (slot, pgvector::Vector::from(vector.into_vec()))))
        }
        Err(failure) => {
            tracing::warn!(%failure, "searching without the embedding model");
            metrics::counter!("terrace_search_degraded_total").increment(1);
            Ok(None)
        }
    }
}

fn hit(row: Row, asked: &[String]) -> Result<Option<Hit>> {
    let Some(card) = row.card else {
        return Ok(None);
    };
    let matched = row.words.map(|list| numbers(&list)).unwrap_or_default();
    let words = matched.into_iter().filter_map(|nth| asked.get(nth - 1).cloned()).collect();
    let _ = row.corrections;
    Ok(Some(Hit {
        item: card.try_into()?,
        score: row.score.unwrap_or_default(),
        why: Why { words, similarity: row.similarity },
    }))
}

/// The numbers of an array as PostgreSQL writes it.
fn numbers(list: &str) -> Vec<usize> {
    list.trim_matches(['{', '}']).split(',').filter_map(|number| number.parse().ok()).collect()
}
