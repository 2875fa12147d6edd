//! The job that makes pictures of a file and shows them with the listing.
//!
//! It may run twice and end half-way: pictures of one upload always have the same keys, so a
//! second run writes over the first one's, and only one run finds the row in the state
//! `processing` when it comes to say so.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, QuerySelect};
use serde::{Deserialize, Serialize};
use terrace_entity::properties;
use uuid::Uuid;

use super::{
    attach::{self, Pictures},
    output::Variant,
    picture::{self, Made, Rejection},
    remove::RemoveMedia,
    storage::Key,
};
use crate::{
    app::State,
    db::{Context, statement},
    error::{Error, Result},
    jobs::{self, Failure, Job},
    listings::{duplicates::FindDuplicates, model::Image},
};

/// Makes the pictures of one upload.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct ProcessMedia {
    pub(crate) id: Uuid,
}

impl Job for ProcessMedia {
    const KIND: &'static str = "media.process";
    /// One is decoded, the other reads and writes: more would only keep other work waiting.
    const AT_ONCE: Option<usize> = Some(2);

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("{}:{}", Self::KIND, self.id))
    }

    async fn run(self, state: Arc<State>) -> Result<(), Failure> {
        process(&state, self.id).await.map_err(Failure::Retry)
    }
}

#[derive(Clone, Debug, FromQueryResult)]
struct Row {
    property_id: Option<Uuid>,
    uploaded_by: Option<Uuid>,
    storage_key: String,
    content_type: String,
    sha256: Option<Vec<u8>>,
    state: String,
    alt: String,
    is_deleted: bool,
}

const SELECT: &str = "SELECT property_id, uploaded_by, storage_key, content_type, sha256, \
    state::text, alt::text, deleted_at IS NOT NULL AS is_deleted FROM media WHERE id = $1";

/// Does all that is left to do for an upload.
///
/// # Errors
/// `503` where the storage or the database is away: the work can be done again.
pub(crate) async fn process(state: &Arc<State>, id: Uuid) -> Result<()> {
    let row: Option<Row> = state.db.read().one(SELECT, [id.into()]).await?;
    let Some(row) = row else { return Ok(()) };
    let original = Key::quarantine(&row.storage_key);
    if row.is_deleted || matches!(row.state.as_str(), "ready" | "rejected") {
        return state.media.storage.remove_one(&original).await;
    }
    if row.state != "processing" {
        return Ok(());
    }
    match made(state, id, &row).await? {
        Ok(made) => {
            store(state, &row, &made).await?;
            advance(state, id, 95).await?;
            publish(state, id, row, made).await?;
        }
        Err(reason) => reject(state, id, &row, reason).await?,
    }
    // Whatever it was, it is not needed any more; it may know where a person lives.
    state.media.storage.remove_one(&original).await
}

/// The pictures, or why there are none. The file is read only when it is this one's turn: files
/// that wait take no memory.
async fn made(state: &Arc<State>, id: Uuid, row: &Row) -> Result<Result<Made, Rejection>> {
    let turn = state.media.studio.turn.acquire().await.map_err(Error::internal)?;
    let limits = &state.profile.media;
    let original = Key::quarantine(&row.storage_key);
    let Some(file) = state.media.storage.read(&original, limits.max_bytes).await? else {
        return Ok(Err("The file is not there.".to_owned()));
    };
    advance(state, id, 20).await?;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &file);
    if row.sha256.as_deref() != Some(digest.as_ref()) {
        return Ok(Err(
            "The file is not the one that was announced: its SHA-256 differs.".to_owned()
        ));
    }
    let made = state.media.studio.make(file, &row.content_type, limits.max_megapixels).await?;
    drop(turn);
    advance(state, id, 60).await?;
    Ok(made)
}

async fn store(state: &State, row: &Row, made: &Made) -> Result<()> {
    for variant in &made.variants {
        let key = Key::picture(&row.storage_key, variant.width);
        state.media.storage.write(&key, variant.bytes.clone(), "image/webp").await?;
    }
    Ok(())
}

/// Shows that the work goes on; that it is told is worth one short statement.
async fn advance(state: &State, id: Uuid, progress: i16) -> Result<()> {
    const SQL: &str =
        "UPDATE media SET progress = $2 WHERE id = $1 AND state = 'processing' AND progress < $2";
    state
        .db
        .tx(Context::system("media"), move |tx| {
            let sql = statement(SQL, [id.into(), progress.into()]);
            Box::pin(async move { Ok(tx.execute_raw(sql).await.map(drop)?) })
        })
        .await
}

/// Shows the pictures with the listing, or throws them away where nobody wants them any more.
async fn publish(state: &Arc<State>, id: Uuid, row: Row, made: Made) -> Result<()> {
    let (wired, listing) = (state.clone(), row.property_id);
    let context = Context { user_id: row.uploaded_by, ..Context::system("media") };
    let (row, made) = (Arc::new(row), Arc::new(made));
    let slug = state
        .db
        .tx(context, move |tx| {
            let (state, row, made) = (wired.clone(), row.clone(), made.clone());
            Box::pin(async move {
                let parent = match row.property_id {
                    Some(id) => properties::Entity::find_by_id(id).lock_exclusive().one(tx).await?,
                    None => None,
                };
                if !lock_unfinished(tx, id).await? {
                    return Ok(None);
                }
                let Some(parent) = parent else {
                    jobs::enqueue(tx, &RemoveMedia { stem: row.storage_key.clone() }).await?;
                    return Ok(None);
                };
                let slug = parent.slug.clone();
                let variants = variants(&made);
                mark_ready(tx, id, &made, &variants).await?;
                jobs::enqueue(tx, &FindDuplicates::of(parent.id)).await?;
                let mut pictures = Pictures::of(&parent)?;
                let mut image = Image {
                    alt: serde_json::from_str(&row.alt).map_err(Error::internal)?,
                    ..Image::default()
                };
                let (storage, blurhash) = (&state.media.storage, Some(made.blurhash.as_str()));
                attach::describe(storage, id, &row.storage_key, blurhash, &variants, &mut image);
                if pictures.add(id, image) {
                    attach::update(tx, parent, &pictures, row.uploaded_by).await?;
                }
                Ok(Some(slug))
            })
        })
        .await?;
    if let (Some(slug), Some(listing)) = (slug, listing) {
        state.listings.forget(&state.profile, listing, &[&slug]).await;
    }
    Ok(())
}

/// Whether the upload still waits for its pictures. One that was taken away meanwhile has a job
/// of its own that removes what this one has stored.
async fn lock_unfinished(tx: &DatabaseTransaction, id: Uuid) -> Result<bool> {
    const SQL: &str = "SELECT storage_key, deleted_at IS NOT NULL AS is_deleted FROM media \
        WHERE id = $1 AND state = 'processing' FOR UPDATE";
    #[derive(FromQueryResult)]
    struct Found {
        storage_key: String,
        is_deleted: bool,
    }
    let Some(row) = tx.query_one_raw(statement(SQL, [id.into()])).await? else {
        return Ok(false);
    };
    let found = Found::from_query_result(&row, "")?;
    if found.is_deleted {
        // Its own removal may have come and gone before the pictures were stored.
        jobs::enqueue(tx, &RemoveMedia { stem: found.storage_key }).await?;
    }
    Ok(!found.is_deleted)
}

fn variants(made: &Made) -> Vec<Variant> {
    let of = |encoded: &picture::Encoded| Variant {
        width: encoded.width,
        height: encoded.height,
        bytes: encoded.bytes.len() as u64,
    };
    made.variants.iter().map(of).collect()
}

async fn mark_ready(
    tx: &DatabaseTransaction,
    id: Uuid,
    made: &Made,
    variants: &[Variant],
) -> Result<()> {
    const SQL: &str = "UPDATE media SET state = 'ready', progress = 100, width = $2, height = $3, \
        blurhash = $4, phash = $5, variants = $6 WHERE id = $1";
    let values = [
        id.into(),
        i32::try_from(made.width).map_err(Error::internal)?.into(),
        i32::try_from(made.height).map_err(Error::internal)?.into(),
        made.blurhash.clone().into(),
        made.phash.into(),
        serde_json::to_value(variants).map_err(Error::internal)?.into(),
    ];
    tx.execute_raw(statement(SQL, values)).await?;
    Ok(())
}

async fn reject(state: &State, id: Uuid, row: &Row, reason: Rejection) -> Result<()> {
    const SQL: &str = "UPDATE media SET state = 'rejected', reject_reason = $2 \
        WHERE id = $1 AND state = 'processing'";
    let context = Context { user_id: row.uploaded_by, ..Context::system("media") };
    state
        .db
        .tx(context, move |tx| {
            let sql = statement(SQL, [id.into(), reason.clone().into()]);
            Box::pin(async move { Ok(tx.execute_raw(sql).await.map(drop)?) })
        })
        .await
}
