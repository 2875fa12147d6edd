//! What many ask and find: what to offer to those who begin to type.
//!
//! Everyone sees it, so that it must say nothing of anybody: only what at least five have asked
//! within thirty days, and mostly found something with. Five people with accounts, or clients that
//! had not asked it before on the day; the database refuses fewer. Whoever wants their own words
//! there has to come back on five days.

use std::{sync::Arc, time::Duration};

use sea_orm::{ConnectionTrait, FromQueryResult};
use terrace_product::Locale;

use super::personal::normalise;
use crate::{
    app::State,
    db::{Context, Db, statement},
    error::{Error, Result},
};

const ALONE: &str =
    "SELECT pg_try_advisory_xact_lock(hashtextextended('terrace.search_popular', 0)) AS alone";

const PATIENCE: &str = "SET LOCAL statement_timeout = '120s'";

const REFRESH: &str = "WITH fresh AS MATERIALIZED (\
        SELECT h.locale, h.normalised AS query, (count(DISTINCT h.user_id) \
            + count(*) FILTER (WHERE h.user_id IS NULL AND NOT h.is_repeat))::integer AS askers \
        FROM search_history h WHERE h.at >= now() - interval '30 days' AND h.normalised IS NOT NULL \
        GROUP BY h.locale, h.normalised \
        HAVING count(DISTINCT h.user_id) + count(*) FILTER (WHERE h.user_id IS NULL AND NOT h.is_repeat) >= 5 \
            AND count(*) FILTER (WHERE h.total > 0) * 2 > count(*) \
        ORDER BY askers DESC, query LIMIT 5000), \
    gone AS (DELETE FROM search_popular p WHERE NOT EXISTS \
        (SELECT FROM fresh f WHERE f.locale = p.locale AND f.query = p.query)) \
    INSERT INTO search_popular AS p (locale, query, askers) SELECT locale, query, askers FROM fresh \
    ON CONFLICT (locale, query) DO UPDATE SET askers = excluded.askers WHERE p.askers <> excluded.askers";

/// Counts anew; what another process counts at this moment is left to it.
///
/// # Errors
/// Those of the database.
pub async fn refresh(state: &State) -> Result<()> {
    state
        .db
        .tx(Context::system("search"), |tx| {
            Box::pin(async move {
                let row = tx.query_one_raw(statement(ALONE, [])).await?;
                if row.map(|row| row.try_get("", "alone")).transpose()?.unwrap_or(false) {
                    tx.execute_raw(statement(PATIENCE, [])).await?;
                    tx.execute_raw(statement(REFRESH, [])).await?;
                }
                Ok(())
            })
        })
        .await?;
    state.search.popular.0.invalidate_all();
    Ok(())
}

/// Popular searches that this process has read lately, by language. They are counted every ten
/// minutes, and nobody who types should wait for a statement of theirs.
#[derive(Debug)]
pub(crate) struct Shelf(moka::future::Cache<String, Arc<Vec<String>>>);

impl Default for Shelf {
    fn default() -> Self {
        Self(moka::future::Cache::builder().time_to_live(REMEMBERED).build())
    }
}

/// How long what was read is used again.
const REMEMBERED: Duration = Duration::from_secs(60);

/// Searches of one language that are remembered, the most popular ones.
const MOST: i64 = 5_000;

/// Popular searches in a language that go on from `prefix`, the most popular first; as old as a
/// minute.
///
/// # Errors
/// Those of the database.
pub async fn popular(
    state: &State,
    prefix: &str,
    locale: &Locale,
    limit: usize,
) -> Result<Vec<String>> {
    let shelf = &state.search.popular.0;
    let all = shelf
        .try_get_with(locale.to_string(), read(&state.db, locale))
        .await
        .map_err(|error: Arc<Error>| error.share())?;
    let prefix = normalise(prefix);
    Ok(all.iter().filter(|query| query.starts_with(&prefix)).take(limit).cloned().collect())
}

async fn read(db: &Db, locale: &Locale) -> Result<Arc<Vec<String>>> {
    #[derive(FromQueryResult)]
    struct Row {
        query: String,
    }
    const SQL: &str = "SELECT query FROM search_popular WHERE locale = $1 \
        ORDER BY askers DESC, query LIMIT $2";
    let rows: Vec<Row> = db.read().all(SQL, [locale.as_str().into(), MOST.into()]).await?;
    Ok(Arc::new(rows.into_iter().map(|row| row.query).collect()))
}
