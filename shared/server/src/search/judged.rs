//! The ranking alone, with parts of it switched off: what those compare who judge it. Everything
//! goes the way that a visitor's question goes.

use sea_orm::{FromQueryResult, Value};
use terrace_product::Locale;
use uuid::Uuid;

use super::{
    find::{vector, weights},
    index::vocabulary,
    input::SearchIn,
    statement::{Question, statement},
    understand::{Reader, Understood},
};
use crate::{app::State, error::Result};

/// What takes part in a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Words.
    pub words: bool,
    /// The model's vectors.
    pub meaning: bool,
    /// Filters, understood from the words. Without them all words are looked for.
    pub understanding: bool,
}

impl Parts {
    /// What a visitor gets.
    pub const ALL: Self = Self { words: true, meaning: true, understanding: true };
}

/// The ids of what is found, the best first.
///
/// # Errors
/// As for a search.
pub async fn ranked(
    state: &State,
    asked: &SearchIn,
    locale: &Locale,
    parts: Parts,
) -> Result<Vec<Uuid>> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Option<Uuid>,
    }
    let (sql, values) = asked_statement(state, asked, locale, parts).await?;
    let rows: Vec<Row> = state.db.search().all(sql, values).await?;
    Ok(rows.into_iter().filter_map(|row| row.id).collect())
}

/// The one statement behind a search, and its values.
///
/// # Errors
/// As for a search.
pub async fn asked_statement(
    state: &State,
    asked: &SearchIn,
    locale: &Locale,
    parts: Parts,
) -> Result<(String, Vec<Value>)> {
    let catalogue = state.catalogue().await?;
    let reader = Reader { profile: &state.profile, spoken: catalogue.spoken(), sayings: &[] };
    let read = reader.read(asked)?;
    let Understood { given, groups, words, meaning, .. } =
        if parts.understanding { read } else { read.plain(&asked.query) };
    let vector = if parts.meaning { vector(state, &meaning).await? } else { None };
    let question = Question {
        filters: &given,
        understood: &groups,
        words: if parts.words { &words } else { &[] },
        vector,
        weights: weights(state),
        limit: asked.limit,
        offset: asked.offset,
    };
    Ok(statement(&question, &state.profile.locales, locale))
}

/// Counts the words of all documents now, and not at the next turn: rankings compare only where
/// this is known.
///
/// # Errors
/// Those of the database.
pub async fn count_words(state: &State) -> Result<()> {
    vocabulary::recount(state).await.map(|_| ())
}
