//! Tickets and completions: what an upload may be, and when work on it begins.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use terrace_product::Media as Limits;
use uuid::Uuid;

use super::{
    input::MediaIn,
    output::{COLUMNS, MediaRow, MediaState, Remaining},
    process::ProcessMedia,
    storage::{Key, Storage, Upload},
};
use crate::{
    app::State,
    db::{Context, statement},
    error::{Code, Error, Result},
    http::auth::Caller,
    jobs,
    listings::service::{lock_managed, manages},
};

/// What a ticket is for, before there is one.
///
/// # Errors
/// `422` where the file is larger than the profile allows.
pub(crate) fn plan(limits: &Limits, input: &MediaIn) -> Result<Upload> {
    if input.bytes > limits.max_bytes {
        let detail = format!("A file may have {} bytes at most.", limits.max_bytes);
        return Err(Error::field("/bytes", "too_large", detail));
    }
    let digest = input.digest().ok_or_else(|| {
        Error::field("/sha256", "invalid", "Must be a SHA-256, as 64 hexadecimal digits or Base64.")
    })?;
    let ticket = chrono::TimeDelta::from_std(limits.ticket).map_err(Error::internal)?;
    Ok(Upload {
        id: Uuid::now_v7(),
        stem: Key::new_stem(),
        content_type: input.content_type.name().to_owned(),
        bytes: input.bytes,
        sha256: digest,
        expires_at: Utc::now() + ticket,
    })
}

/// Writes an upload down, if the quotas allow it.
///
/// # Errors
/// `404` and `403` as for the listing, `409` where it has as many pictures as it may, `429` where
/// the person has asked for as many uploads as they may.
pub(crate) async fn open(
    tx: &DatabaseTransaction,
    caller: &Caller,
    listing: Uuid,
    upload: &Upload,
    filename: Option<String>,
    limits: &Limits,
) -> Result<Remaining> {
    const SQL: &str = "INSERT INTO media (id, property_id, uploaded_by, storage_key, sha256, \
        content_type, bytes, filename, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    // The person's row first, then the listing's: both counts stand until this commits.
    const PERSON: &str = "SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE";
    tx.execute_raw(statement(PERSON, [caller.user_id.into()])).await?;
    let row = lock_managed(tx, caller, listing).await?;
    if row.deleted_at.is_some() {
        return Err(Error::not_found("listing"));
    }
    let left = remaining(tx, caller.user_id, listing, limits).await?;
    if left.listing < 1 {
        return Err(Error::new(Code::MediaQuota).with_detail(format!(
            "The listing has {0} of {0} pictures: 0 are left.",
            limits.per_listing
        )));
    }
    if left.day < 1 {
        return Err(Error::new(Code::UploadQuota).with_detail(format!(
            "You have asked for {0} of {0} uploads within 24 hours: 0 are left.",
            limits.per_user_day
        )));
    }
    let values = [
        upload.id.into(),
        listing.into(),
        caller.user_id.into(),
        upload.stem.clone().into(),
        upload.sha256.to_vec().into(),
        upload.content_type.clone().into(),
        i64::try_from(upload.bytes).map_err(Error::internal)?.into(),
        filename.into(),
        upload.expires_at.into(),
    ];
    tx.execute_raw(statement(SQL, values)).await?;
    Ok(Remaining { listing: left.listing - 1, day: left.day - 1 })
}

/// What is left of the quotas. What was rejected takes no place in a listing, but it was an
/// upload; so was what has been taken away.
async fn remaining(
    tx: &DatabaseTransaction,
    person: Uuid,
    listing: Uuid,
    limits: &Limits,
) -> Result<Remaining> {
    const SQL: &str = "SELECT (SELECT count(*) FROM media WHERE property_id = $1 \
            AND deleted_at IS NULL AND state <> 'rejected' \
            AND NOT (state = 'pending' AND expires_at < now())) AS listing, \
        (SELECT count(*) FROM media WHERE uploaded_by = $2 \
            AND created_at > now() - interval '24 hours') AS day";
    #[derive(FromQueryResult)]
    struct Used {
        listing: i64,
        day: i64,
    }
    let row = tx.query_one_raw(statement(SQL, [listing.into(), person.into()])).await?;
    let row = row.ok_or_else(|| Error::internal(anyhow::anyhow!("a count without a row")))?;
    let used = Used::from_query_result(&row, "")?;
    Ok(Remaining {
        listing: i64::from(limits.per_listing) - used.listing,
        day: i64::from(limits.per_user_day) - used.day,
    })
}

/// An upload that the caller manages.
///
/// # Errors
/// `404` where it is absent or not theirs to see, `403` where the listing is another agent's.
pub(crate) async fn find(state: &State, caller: &Caller, id: Uuid) -> Result<MediaRow> {
    let sql = format!(
        "SELECT {COLUMNS} FROM media m JOIN properties p ON p.id = m.property_id \
         WHERE m.id = $1 AND m.deleted_at IS NULL"
    );
    let row: Option<MediaRow> = state.db.read().one(sql, [id.into()]).await?;
    let row = row.ok_or_else(|| Error::not_found("picture"))?;
    let is_visible = row.is_published && row.listing_deleted_at.is_none();
    manages(caller, row.agent_id.or(row.created_by), is_visible).map_err(|error| {
        if error.code == Code::NotFound { Error::not_found("picture") } else { error }
    })?;
    match row.listing_deleted_at {
        None => Ok(row),
        Some(_) => Err(Error::not_found("picture")),
    }
}

/// How far the sent file is what was announced.
///
/// # Errors
/// `409` where it is not there, `422` where it has another length, `503` where the storage is
/// away.
pub(crate) async fn arrived(storage: &Storage, row: &MediaRow) -> Result<()> {
    let size = storage.size(&Key::quarantine(&row.storage_key)).await?;
    match size {
        None => Err(Error::new(Code::NotUploaded)
            .with_detail("The file is not there. Send it to the ticket's address first.")),
        Some(size) if row.bytes.is_some_and(|bytes| u64::try_from(bytes) == Ok(size)) => Ok(()),
        Some(size) => Err(Error::new(Code::UploadMismatch).with_detail(format!(
            "The file has {size} bytes; {} were announced.",
            row.bytes.unwrap_or_default()
        ))),
    }
}

/// Begins the work on an upload that has arrived, once: whoever asks again is told how far it is.
///
/// # Errors
/// Those of the database.
pub(crate) async fn begin(
    state: &State,
    origin: Context,
    id: Uuid,
    no_earlier: Option<DateTime<Utc>>,
) -> Result<MediaState> {
    const SQL: &str = "UPDATE media SET state = 'processing' WHERE id = $1 AND state = 'pending' AND deleted_at IS NULL";
    state
        .db
        .tx(origin, move |tx| {
            Box::pin(async move {
                let begun = tx.execute_raw(statement(SQL, [id.into()])).await?.rows_affected() == 1;
                let job = ProcessMedia { id };
                match no_earlier {
                    _ if !begun => {}
                    None => jobs::enqueue(tx, &job).await?,
                    Some(at) => jobs::enqueue_at(tx, &job, at).await?,
                }
                Ok(())
            })
        })
        .await?;
    Ok(MediaState::Processing)
}
