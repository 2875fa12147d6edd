//! `POST /search`.

use std::{collections::BTreeMap, time::Instant};

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use sea_orm::FromQueryResult;
use terrace_embedding::{Embedder, Purpose};
use terrace_product::Locale;

use super::{
    highlight::Sought,
    history,
    input::SearchIn,
    language,
    output::{Hit, SearchOut, UnderstoodOut, Why},
    refine,
    relax::{FEW, relaxations},
    statement::{NARROW, Question, statement},
    understand::{Reader, Understood, narrows},
};
use crate::{
    app::State,
    error::{Error, Result},
    http::{auth::MaybeCaller, body::Body, locale},
    listings::output::{CardRow, PropertyItem},
};

/// Finds homes by what somebody wants in their own words.
#[utoipa::path(
    post, path = "/api/v1/search", operation_id = "search", tag = "search",
    request_body = SearchIn,
    responses((status = 200, body = SearchOut)),
    security(()),
)]
pub async fn search(
    body: Body<SearchIn>,
    caller: MaybeCaller,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let begun = Instant::now();
    let asked = body.value;
    let locale = locale::negotiate(&state.profile, asked.locale.as_deref(), &request)?;
    let mut found = find(&state, &asked, &locale).await?;
    let (caller, took) = (caller.0.as_ref(), begun.elapsed());
    found.search_id = history::record(&state, &request, caller, &asked, &locale, &found, took);
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
    description: Option<String>,
}

/// Finds homes for words and filters; nothing is remembered.
///
/// # Errors
/// `422` for filters that cannot be.
pub(crate) async fn find(state: &State, asked: &SearchIn, locale: &Locale) -> Result<SearchOut> {
    let catalogue = state.catalogue().await?;
    let reader = Reader { profile: &state.profile, spoken: catalogue.spoken(), sayings: &[] };
    let understood = reader.read(asked)?;
    let (vector, sayings) = tokio::join!(
        vector(state, &understood.meaning),
        refine::sayings(state, &asked.query, &understood.reading),
    );
    let vector = vector?;
    let reader = Reader { sayings: &sayings, ..reader };
    let understood = if sayings.is_empty() { understood } else { reader.read(asked)? };
    let weights = weights(state);
    let degraded = vector.is_none() && !understood.meaning.is_empty() && weights.0 > 0.0;
    let question = Question {
        filters: &understood.given,
        understood: &understood.groups,
        words: &understood.words,
        vector,
        weights,
        limit: asked.limit,
        offset: asked.offset,
    };
    let (sql, values) = statement(&question, &state.profile.locales, locale);
    let rows: Vec<Row> = state.db.search().all(sql, values).await?;
    let found = rows.first().map_or(0, |row| row.found);
    let language = language(locale);
    let relaxations = if found <= FEW && asked.offset == 0 {
        relaxations(state, asked, &understood, found, language, reader).await?
    } else {
        Vec::new()
    };
    let corrected: BTreeMap<usize, String> =
        match rows.first().and_then(|row| row.corrections.as_ref()) {
            Some(corrections) => serde_json::from_str(corrections).map_err(Error::internal)?,
            None => BTreeMap::new(),
        };
    let words = understood.words.iter().cloned().chain(corrected.into_values());
    let sought = Sought::new(words);
    let items = rows.into_iter().filter_map(|row| hit(row, &understood, &sought).transpose());
    let items = items.collect::<Result<_>>()?;
    let most = i64::try_from(NARROW).unwrap_or(i64::MAX);
    Ok(SearchOut {
        search_id: None,
        items,
        total: found.min(most),
        total_is_exact: found <= most,
        understood: UnderstoodOut::new(understood.reading, language),
        relaxations,
        degraded,
    })
}

/// How much meaning and words count for this brand.
pub(crate) fn weights(state: &State) -> (f64, f64) {
    let search = &state.profile.search;
    (f64::from(search.meaning_weight) / 100.0, f64::from(search.words_weight) / 100.0)
}

/// What lies near to a text; none where there is no text, where nearness counts nothing, and where
/// the model is away.
pub(crate) async fn vector(state: &State, text: &str) -> Result<Option<(i16, pgvector::Vector)>> {
    if text.is_empty() || weights(state).0 <= 0.0 {
        return Ok(None);
    }
    let Some(slot) = state.search.models.slot(state).await? else {
        return Ok(None);
    };
    if let Some(vector) = state.search.asked.get(text) {
        return Ok(Some((slot, vector)));
    }
    match state.search.embedder.embed(&[text.to_owned()], Purpose::Query).await {
        Ok(vectors) => {
            let vector = vectors.into_iter().next();
            let vector = vector.map(|vector| pgvector::Vector::from(vector.into_vec()));
            if let Some(vector) = &vector {
                state.search.asked.insert(text.to_owned(), vector.clone());
            }
            Ok(vector.map(|vector| (slot, vector)))
        }
        Err(failure) => {
            tracing::warn!(%failure, "searching without the embedding model");
            metrics::counter!("terrace_search_degraded_total").increment(1);
            Ok(None)
        }
    }
}

fn hit(row: Row, understood: &Understood, sought: &Sought) -> Result<Option<Hit>> {
    let Some(card) = row.card else {
        return Ok(None);
    };
    let item: PropertyItem = card.try_into()?;
    let matched = row.words.map(|list| numbers(&list)).unwrap_or_default();
    let words = matched.into_iter().filter_map(|nth| understood.words.get(nth - 1).cloned());
    let chips = understood.reading.chips.iter();
    // Of alternatives nobody has asked which one holds.
    let chips = chips.filter(|chip| narrows(chip) && chip.group.is_none());
    let why = Why {
        words: words.collect(),
        chips: chips.map(|chip| chip.id.clone()).collect(),
        similarity: row.similarity,
    };
    let highlights = sought.mark(&item.title, row.description.as_deref().unwrap_or_default());
    Ok(Some(Hit { item, score: row.score.unwrap_or_default(), why, highlights }))
}

/// The numbers of an array as PostgreSQL writes it.
fn numbers(list: &str) -> Vec<usize> {
    list.trim_matches(['{', '}']).split(',').filter_map(|number| number.parse().ok()).collect()
}
