//! A folder of pictures for one listing: through the same tickets, quotas and checks as an
//! upload, without the way over HTTP.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use chrono::{TimeDelta, Utc};
use sea_orm::FromQueryResult;
use serde::Serialize;
use uuid::Uuid;

use super::{
    input::{MediaIn, PictureType},
    output::MediaState,
    picture, process, service,
    storage::Key,
};
use crate::{
    accounts::Role,
    app::State,
    db::Context,
    error::{Error, Result},
    http::auth::Caller,
};

/// What became of one file.
#[derive(Debug, Serialize)]
pub(crate) struct Imported {
    /// The file's name.
    pub(crate) file: String,
    /// The upload, where there is one.
    pub(crate) id: Option<Uuid>,
    /// `ready` or `rejected`.
    pub(crate) state: MediaState,
    /// Why it was rejected.
    pub(crate) reason: Option<String>,
}

/// The listing that the pictures are for, and who is in charge of it.
#[derive(Clone, Debug)]
pub(crate) struct Album {
    listing: Uuid,
    caller: Caller,
}

/// The files of a folder in the order of their names; folders in it are left alone.
///
/// # Errors
/// Where the folder cannot be read.
pub(crate) fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let read = || folder.display().to_string();
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(read)? {
        let entry = entry.with_context(read)?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if entry.file_type().with_context(read)?.is_file() && !hidden {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// Finds a listing by id or slug. Its pictures count for whoever is in charge of it.
///
/// # Errors
/// `404` where there is none, `422` where nobody is in charge.
pub(crate) async fn album(state: &State, key: &str) -> Result<Album> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
        owner: Option<Uuid>,
    }
    let sql = "SELECT id, coalesce(agent_id, created_by) AS owner FROM properties \
               WHERE deleted_at IS NULL AND (id::text = lower($1) OR slug = $1)";
    let row: Option<Row> = state.db.read().one(sql, [key.into()]).await?;
    let row = row.ok_or_else(|| Error::not_found("listing"))?;
    let user_id = row.owner.ok_or_else(|| {
        Error::field("/agent_id", "required", "Nobody is in charge of the listing.")
    })?;
    let subject = "terrace media import".to_owned();
    let caller = Caller { user_id, role: Role::Admin, agent_id: None, subject };
    Ok(Album { listing: row.id, caller })
}

/// Uploads one file and makes its pictures. What is wrong with the file is a result like any
/// other.
///
/// # Errors
/// Where the file cannot be read, or the database or the storage is away.
pub(crate) async fn import(
    state: &Arc<State>,
    album: &Album,
    path: &Path,
) -> anyhow::Result<Imported> {
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let rejected = |id, reason: String| Imported {
        file: file.clone(),
        id,
        state: MediaState::Rejected,
        reason: Some(reason),
    };
    let length = path.metadata().with_context(|| path.display().to_string())?.len();
    let most = state.profile.media.max_bytes;
    if length > most {
        return Ok(rejected(None, format!("The file has {length} bytes; {most} are taken.")));
    }
    let bytes = tokio::fs::read(path).await.with_context(|| path.display().to_string())?;
    let Some((_, kind)) = picture::format_of(&bytes) else {
        return Ok(rejected(None, "The file is not a JPEG, PNG or WebP picture.".to_owned()));
    };
    let id = match send(state, album, &file, kind, bytes.into()).await {
        Ok(id) => id,
        Err(error) if error.code.status() < 500 => return Ok(rejected(None, error.to_string())),
        Err(error) => return Err(explained(error)),
    };
    process::process(state, id).await.map_err(explained)?;
    let row = service::find(state, &album.caller, id).await.map_err(explained)?;
    let out = row.into_out(&state.media.storage).map_err(explained)?;
    Ok(Imported { file, id: Some(id), state: out.state, reason: out.reject_reason })
}

async fn send(
    state: &Arc<State>,
    album: &Album,
    name: &str,
    kind: &str,
    bytes: bytes::Bytes,
) -> Result<Uuid> {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes);
    let input = MediaIn {
        filename: Some(name.chars().filter(|c| !c.is_control()).take(200).collect()),
        content_type: match kind {
            "image/png" => PictureType::Png,
            "image/webp" => PictureType::Webp,
            _ => PictureType::Jpeg,
        },
        bytes: bytes.len() as u64,
        sha256: digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect(),
    };
    let upload = service::plan(&state.profile.media, &input)?;
    let context =
        Context { user_id: Some(album.caller.user_id), ..Context::system("terrace media import") };
    let (wired, album, opened) = (state.clone(), album.clone(), upload.clone());
    state
        .db
        .tx(context.clone(), move |tx| {
            let (state, album) = (wired.clone(), album.clone());
            let (upload, filename) = (opened.clone(), input.filename.clone());
            Box::pin(async move {
                let limits = &state.profile.media;
                service::open(tx, &album.caller, album.listing, &upload, filename, limits).await
            })
        })
        .await?;
    let key = Key::quarantine(&upload.stem);
    state.media.storage.write(&key, bytes, "application/octet-stream").await?;
    // Done here and now; the job is for the case that this process does not live to do it.
    let later = Utc::now() + TimeDelta::minutes(10);
    service::begin(state, context, upload.id, Some(later)).await?;
    Ok(upload.id)
}

fn explained(error: Error) -> anyhow::Error {
    match &error.cause {
        Some(cause) => anyhow::anyhow!("{error}: {cause:#}"),
        None => anyhow::anyhow!("{error}"),
    }
}
