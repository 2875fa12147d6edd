//! Uploads as those who manage a listing see them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::storage::Storage;
use crate::{
    error::{Error, Result},
    listings::model::ImageVariant,
};

/// Where a file is to be sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct TicketOut {
    /// The upload's id.
    pub id: Uuid,
    /// Always `PUT`.
    #[schema(example = "PUT")]
    pub method: &'static str,
    /// The address; it takes this one file, once.
    pub url: String,
    /// Headers that must be sent as they are. A browser sets `content-length` by itself.
    #[schema(value_type = Object)]
    pub headers: BTreeMap<&'static str, String>,
    /// When the address stops to take it.
    pub expires_at: DateTime<Utc>,
    /// What may still be uploaded.
    pub remaining: Remaining,
}

/// What is left of the quotas.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Remaining {
    /// Pictures of this listing.
    pub listing: i64,
    /// Uploads of yours within 24 hours.
    pub day: i64,
}

/// How far an upload has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaState {
    /// The file has not been sent, or not been completed.
    Pending,
    /// The file is there; pictures are being made of it.
    Processing,
    /// The pictures are part of the listing.
    Ready,
    /// No picture could be made; see `reject_reason`.
    Rejected,
}

/// An upload.
#[derive(Debug, Serialize, ToSchema)]
pub struct MediaOut {
    /// Id.
    pub id: Uuid,
    /// The listing that it belongs to.
    pub property_id: Uuid,
    /// As you named it.
    pub filename: Option<String>,
    /// How far it has come.
    pub state: MediaState,
    /// Per cent of the work.
    pub progress: i16,
    /// Why there is no picture, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reject_reason: Option<String>,
    /// What was announced.
    pub content_type: String,
    /// Length of the file.
    pub bytes: Option<i64>,
    /// Pixels of the original, upright.
    pub width: Option<i32>,
    /// Pixels of the original, upright.
    pub height: Option<i32>,
    /// What it shows, per language.
    pub alt: BTreeMap<String, String>,
    /// The largest picture; null until there is one.
    pub url: Option<String>,
    /// A blurred impression to show while the picture loads (blurha.sh).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blurhash: Option<String>,
    /// The pictures by width, ascending.
    pub variants: Vec<ImageVariant>,
    /// Its place among the listing's pictures: 0 is the cover; null while it has none.
    pub position: Option<i64>,
    /// Until when the file may be sent.
    pub expires_at: DateTime<Utc>,
    /// Asked for.
    pub created_at: DateTime<Utc>,
}

/// The uploads of a listing.
#[derive(Debug, Serialize, ToSchema)]
pub struct MediaList {
    /// Pictures in the order of the listing, then what has no place yet.
    pub items: Vec<MediaOut>,
    /// The listing's version: the number in the ETag, for `If-Match`.
    pub version: i32,
    /// How many of them are in each state, for a progress bar.
    pub progress: Progress,
    /// Pictures that the listing may still get.
    pub remaining: i64,
}

/// Uploads by state.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct Progress {
    /// Not sent yet.
    pub pending: u32,
    /// Under way.
    pub processing: u32,
    /// Shown.
    pub ready: u32,
    /// Refused.
    pub rejected: u32,
}

impl Progress {
    pub(super) fn of(items: &[MediaOut]) -> Self {
        let count = |state| {
            u32::try_from(items.iter().filter(|item| item.state == state).count()).unwrap_or(0)
        };
        Self {
            pending: count(MediaState::Pending),
            processing: count(MediaState::Processing),
            ready: count(MediaState::Ready),
            rejected: count(MediaState::Rejected),
        }
    }
}

/// A variant in `media.variants`.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) struct Variant {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) bytes: u64,
}

/// The columns of [`MediaRow`]; `p` is the listing, `m` the upload.
pub(super) const COLUMNS: &str = "m.id, m.property_id, m.storage_key, m.filename, \
    m.state::text, m.progress, m.reject_reason, m.content_type, m.bytes, m.width, m.height, \
    m.alt::text, m.blurhash, m.variants::text, m.expires_at, m.created_at, \
    CASE WHEN p.cover_image ->> 'media_id' = m.id::text THEN 0 ELSE (SELECT min(i.nth) \
        FROM unnest(p.images) WITH ORDINALITY i (image, nth) WHERE i.image ->> 'media_id' = m.id::text) \
    END AS position, \
    p.agent_id, p.created_by, p.is_published, p.deleted_at AS listing_deleted_at";

/// An upload with what decides who may see it.
#[derive(Debug, FromQueryResult)]
pub(crate) struct MediaRow {
    pub(super) id: Uuid,
    pub(super) property_id: Uuid,
    pub(super) storage_key: String,
    filename: Option<String>,
    pub(super) state: String,
    progress: i16,
    reject_reason: Option<String>,
    pub(super) content_type: String,
    pub(super) bytes: Option<i64>,
    width: Option<i32>,
    height: Option<i32>,
    alt: String,
    blurhash: Option<String>,
    variants: String,
    expires_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
    position: Option<i64>,
    pub(super) agent_id: Option<Uuid>,
    pub(super) created_by: Option<Uuid>,
    pub(super) is_published: bool,
    pub(super) listing_deleted_at: Option<DateTime<Utc>>,
}

impl MediaRow {
    pub(super) fn state(&self) -> Result<MediaState> {
        serde_json::from_value(self.state.as_str().into()).map_err(Error::internal)
    }

    pub(super) fn into_out(self, storage: &Storage) -> Result<MediaOut> {
        let state = self.state()?;
        let stored: Vec<Variant> = serde_json::from_str(&self.variants).map_err(Error::internal)?;
        let variants: Vec<ImageVariant> =
            stored.iter().map(|variant| shown(storage, &self.storage_key, variant)).collect();
        Ok(MediaOut {
            id: self.id,
            property_id: self.property_id,
            filename: self.filename,
            state,
            progress: self.progress,
            reject_reason: self.reject_reason,
            content_type: self.content_type,
            bytes: self.bytes,
            width: self.width,
            height: self.height,
            alt: serde_json::from_str(&self.alt).map_err(Error::internal)?,
            url: variants.last().map(|largest| largest.url.clone()),
            blurhash: self.blurhash,
            variants,
            position: self.position,
            expires_at: self.expires_at,
            created_at: self.created_at,
        })
    }
}

/// A stored variant, as visitors find it.
pub(super) fn shown(storage: &Storage, stem: &str, variant: &Variant) -> ImageVariant {
    ImageVariant { url: storage.url(stem, variant.width), width: variant.width }
}
