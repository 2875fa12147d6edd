//! The words of all documents, and how many documents have each.

use std::sync::atomic::{AtomicI64, Ordering};

use sea_orm::{ConnectionTrait, FromQueryResult};

use crate::{
    app::State,
    db::{Context, statement},
    error::Result,
};

/// Counts the words of listings anew, if any document has changed since the last time. Rare words weigh more
/// in a search, and a misspelt one is looked up here; neither has to be of this minute.
///
/// # Errors
/// Those of the database.
pub(crate) async fn count(state: &State) -> Result<()> {
    let changes = changes(state).await?;
    if state.search.counted.0.load(Ordering::Relaxed) != changes && recount(state).await? {
        state.search.counted.0.store(changes, Ordering::Relaxed);
    }
    Ok(())
}

/// Counts the words of listings anew, unless another process does just that.
///
/// # Errors
/// Those of the database.
pub(crate) async fn recount(state: &State) -> Result<bool> {
    LISTINGS.recount(state).await
}

/// The words of one kind of documents.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vocabulary {
    documents: &'static str,
    words: &'static str,
}

const LISTINGS: Vocabulary = Vocabulary { documents: "search_documents", words: "search_words" };

/// The words of questions and their answers.
pub(crate) const FAQS: Vocabulary = Vocabulary { documents: "faq_chunks", words: "faq_words" };

impl Vocabulary {
    /// Counts them anew, unless another process does just that.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn recount(self, state: &State) -> Result<bool> {
        const PATIENCE: &str = "SET LOCAL statement_timeout = '120s'";
        let Self { documents, words } = self;
        // Numbers and whatever is longer than a word are not looked up; what only one other process
        // does at a time is left to it.
        let alone = format!(
            "SELECT pg_try_advisory_xact_lock(hashtextextended('terrace.{words}', 0)) AS alone"
        );
        let count = format!(
            "WITH counted AS MATERIALIZED (\
                SELECT word, ndoc AS documents FROM ts_stat('SELECT words FROM public.{documents}') \
                WHERE length(word) BETWEEN 1 AND 40 AND word !~ '^[0-9.,/-]+$'), \
             gone AS (DELETE FROM {words} w WHERE NOT EXISTS (SELECT FROM counted c WHERE c.word = w.word)) \
             INSERT INTO {words} AS w (word, documents) SELECT word, documents FROM counted ORDER BY word \
             ON CONFLICT (word) DO UPDATE SET documents = excluded.documents \
             WHERE w.documents <> excluded.documents"
        );
        state
            .db
            .tx(Context::system("search"), move |tx| {
                let (alone, count) = (alone.clone(), count.clone());
                Box::pin(async move {
                    let row = tx.query_one_raw(statement(alone, [])).await?;
                    let alone =
                        row.map(|row| row.try_get("", "alone")).transpose()?.unwrap_or(false);
                    if alone {
                        tx.execute_raw(statement(PATIENCE, [])).await?;
                        tx.execute_raw(statement(count, [])).await?;
                    }
                    Ok(alone)
                })
            })
            .await
    }
}

/// How many changes of documents this instance has counted.
#[derive(Debug)]
pub(crate) struct Counted(AtomicI64);

impl Default for Counted {
    fn default() -> Self {
        Self(AtomicI64::new(-1))
    }
}

/// Changes of documents since the statistics began.
async fn changes(state: &State) -> Result<i64> {
    #[derive(FromQueryResult)]
    struct Changes {
        changes: i64,
    }
    const SQL: &str = "SELECT coalesce(max(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint AS changes \
        FROM pg_stat_user_tables WHERE relname = 'search_documents'";
    let row: Option<Changes> = state.db.read().one(SQL, []).await?;
    Ok(row.map_or(0, |row| row.changes))
}
