//! Removes what belongs to nothing: uploads that were never completed, rejected or taken away,
//! and files that no row knows of. Everything is left alone for a day: it may be on its way.

use std::collections::BTreeSet;

use futures_util::{StreamExt, TryStreamExt};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::Serialize;
use uuid::Uuid;

use super::storage::{Found, Key};
use crate::{
    app::State,
    db::{Context, statement},
    error::Result,
};

/// Rows of one round; the next round takes the rest.
const ROWS: i64 = 500;

/// Objects that are looked up in one statement.
const OBJECTS: usize = 500;

/// What a round has removed.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Swept {
    /// Uploads.
    pub(crate) rows: u64,
    /// Uploads that only the storage knew of.
    pub(crate) strays: u64,
}

/// A round over the uploads.
///
/// # Errors
/// Those of the database and of the storage.
pub(crate) async fn rows(state: &State) -> Result<()> {
    let rows = sweep_rows(state).await?;
    if rows > 0 {
        tracing::info!(rows, "swept uploads that belong to nothing");
    }
    Ok(())
}

/// A round over the objects.
///
/// # Errors
/// Those of the database and of the storage.
pub(crate) async fn strays(state: &State) -> Result<()> {
    let strays = sweep_strays(state).await?;
    if strays > 0 {
        tracing::warn!(strays, "swept files that no upload knew of");
    }
    Ok(())
}

/// Both at once, for an operator.
///
/// # Errors
/// Those of the database and of the storage.
pub(crate) async fn everything(state: &State) -> Result<Swept> {
    Ok(Swept { rows: sweep_rows(state).await?, strays: sweep_strays(state).await? })
}

const ORPHANS: &str = "(state IN ('pending', 'rejected') OR deleted_at IS NOT NULL OR property_id IS NULL) \
    AND created_at < now() - make_interval(hours => $1) \
    AND (state <> 'rejected' OR updated_at < now() - make_interval(hours => $1)) \
    AND (deleted_at IS NULL OR deleted_at < now() - make_interval(hours => $1))";

/// The files go first: a row without files is found again, files without a row cost a listing of
/// the whole storage.
async fn sweep_rows(state: &State) -> Result<u64> {
    #[derive(FromQueryResult)]
    struct Orphan {
        id: Uuid,
        storage_key: String,
    }
    let hours = i32::try_from(state.profile.media.orphan_hours).unwrap_or(i32::MAX);
    let sql = format!(
        "SELECT id, storage_key FROM media WHERE {ORPHANS} ORDER BY created_at LIMIT {ROWS}"
    );
    let orphans: Vec<Orphan> = state.db.read().all(sql, [hours.into()]).await?;
    if orphans.is_empty() {
        return Ok(0);
    }
    for orphan in &orphans {
        state.media.storage.remove(&orphan.storage_key).await?;
    }
    let ids: Vec<Uuid> = orphans.iter().map(|orphan| orphan.id).collect();
    state
        .db
        .tx(Context::system("media sweep"), move |tx| {
            let sql = format!("DELETE FROM media WHERE {ORPHANS} AND id = ANY($2)");
            let sql = statement(sql, [hours.into(), ids.clone().into()]);
            Box::pin(async move { Ok(tx.execute_raw(sql).await?.rows_affected()) })
        })
        .await
}

async fn sweep_strays(state: &State) -> Result<u64> {
    let hours = chrono::TimeDelta::hours(i64::from(state.profile.media.orphan_hours));
    let before = chrono::Utc::now() - hours;
    let mut removed = 0;
    for root in Key::roots() {
        let found = state.media.storage.list(root).await?;
        let old = found.try_filter(|found| std::future::ready(found.modified < before));
        let mut batches = old.chunks(OBJECTS);
        while let Some(batch) = batches.next().await {
            let batch = batch.into_iter().collect::<Result<Vec<_>>>()?;
            removed += remove_strays(state, batch).await?;
        }
    }
    Ok(removed)
}

async fn remove_strays(state: &State, batch: Vec<Found>) -> Result<u64> {
    #[derive(FromQueryResult)]
    struct Known {
        storage_key: String,
    }
    let stems: BTreeSet<&str> = batch.iter().filter_map(|found| found.key.stem()).collect();
    let asked: Vec<String> = stems.iter().map(|stem| (*stem).to_owned()).collect();
    let sql = "SELECT storage_key FROM media WHERE storage_key = ANY($1)";
    let known: Vec<Known> = state.db.read().all(sql, [asked.into()]).await?;
    let known: BTreeSet<&str> = known.iter().map(|known| known.storage_key.as_str()).collect();
    let mut removed = 0;
    for stem in stems.difference(&known) {
        state.media.storage.remove(stem).await?;
        removed += 1;
    }
    for found in batch.iter().filter(|found| found.key.stem().is_none()) {
        state.media.storage.remove_one(&found.key).await?;
        removed += 1;
    }
    Ok(removed)
}
