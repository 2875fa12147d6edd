//! Pictures in the row of their listing. Whoever calls holds that row's lock.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DatabaseTransaction, FromQueryResult,
    prelude::Json,
};
use terrace_entity::properties::{ActiveModel, Model};
use uuid::Uuid;

use super::{
    input::MediaPatch,
    output::{Variant, shown},
    storage::Storage,
};
use crate::{
    db::statement,
    error::{Error, FieldError, Result},
    listings::model::Image,
};

/// As many pictures as a listing may have beside its cover.
const MOST_IMAGES: usize = 100;

/// The pictures of a listing, taken out of its row.
#[derive(Debug)]
pub(super) struct Pictures {
    cover: Option<Image>,
    images: Vec<Image>,
}

impl Pictures {
    pub(super) fn of(row: &Model) -> Result<Self> {
        let read = |json: &Json| serde_json::from_value(json.clone()).map_err(Error::internal);
        Ok(Self {
            cover: row.cover_image.as_ref().map(read).transpose()?,
            images: row.images.iter().map(read).collect::<Result<_>>()?,
        })
    }

    /// Sets the pictures in a change of the row.
    pub(super) fn write(&self, change: &mut ActiveModel) -> Result<()> {
        let json = |image: &Image| serde_json::to_value(image).map_err(Error::internal);
        change.cover_image = Set(self.cover.as_ref().map(json).transpose()?);
        change.images = Set(self.images.iter().map(json).collect::<Result<_>>()?);
        Ok(())
    }

    fn has(&self, id: Uuid) -> bool {
        self.cover.iter().chain(&self.images).any(|image| image.media_id == Some(id))
    }

    /// Adds a picture at the end; the first one becomes the cover. Says whether anything changed.
    pub(super) fn add(&mut self, id: Uuid, image: Image) -> bool {
        if self.has(id) || self.images.len() >= MOST_IMAGES {
            return false;
        }
        match self.cover {
            None => self.cover = Some(image),
            Some(_) => self.images.push(image),
        }
        true
    }

    /// Takes a picture away; the next one becomes the cover. Says whether anything changed.
    pub(super) fn take(&mut self, id: Uuid) -> bool {
        let before = self.images.len();
        self.images.retain(|image| image.media_id != Some(id));
        let was_cover = self.cover.as_ref().is_some_and(|cover| cover.media_id == Some(id));
        if was_cover {
            self.cover = if self.images.is_empty() { None } else { Some(self.images.remove(0)) };
        }
        was_cover || self.images.len() != before
    }

    /// Puts the pictures in order, and says what they show.
    ///
    /// # Errors
    /// `422` that names what is no picture of the listing.
    pub(super) fn rearrange(&mut self, patch: &MediaPatch) -> Result<()> {
        let MediaPatch { order, cover, alt } = patch;
        let mut unknown = Vec::new();
        let mut check = |at: String, id: Uuid| {
            if !self.has(id) {
                unknown.push(no_such_picture(at));
            }
        };
        if let Some(Some(cover)) = cover {
            check("/cover".to_owned(), *cover);
        }
        let mut seen = BTreeSet::new();
        for (nth, id) in order.iter().flatten().enumerate() {
            check(format!("/order/{nth}"), *id);
            if !seen.insert(*id) {
                let at = format!("/order/{nth}");
                return Err(Error::field(at, "duplicate", "Name each picture once."));
            }
        }
        for id in alt.keys() {
            check(format!("/alt/{id}"), *id);
        }
        if !unknown.is_empty() {
            return Err(Error::invalid(unknown));
        }
        if let Some(cover) = cover {
            self.set_cover(*cover);
        }
        if let Some(order) = order {
            let place = |image: &Image| {
                image.media_id.and_then(|id| order.iter().position(|named| *named == id))
            };
            self.images.sort_by_key(|image| place(image).unwrap_or(usize::MAX));
        }
        for image in self.cover.iter_mut().chain(&mut self.images) {
            if let Some(texts) = image.media_id.and_then(|id| alt.get(&id)) {
                image.alt.clone_from(texts);
            }
        }
        Ok(())
    }

    fn set_cover(&mut self, id: Option<Uuid>) {
        if id.is_some() && self.cover.as_ref().and_then(|cover| cover.media_id) == id {
            return;
        }
        let chosen = self.images.iter().position(|image| id.is_some() && image.media_id == id);
        let chosen = chosen.map(|at| self.images.remove(at));
        if let Some(former) = std::mem::replace(&mut self.cover, chosen) {
            self.images.insert(0, former);
        }
    }
}

/// Keeps the texts where the uploads are, too.
pub(super) async fn store_texts(
    tx: &DatabaseTransaction,
    alt: impl Iterator<Item = (Uuid, &BTreeMap<String, String>)>,
) -> Result<()> {
    const SQL: &str = "UPDATE media SET alt = n.alt::jsonb \
        FROM unnest($1::uuid[], $2::text[]) AS n (id, alt) \
        WHERE media.id = n.id AND media.alt IS DISTINCT FROM n.alt::jsonb";
    let (mut ids, mut texts) = (Vec::new(), Vec::new());
    for (id, alt) in alt {
        ids.push(id);
        texts.push(serde_json::to_string(alt).map_err(Error::internal)?);
    }
    if !ids.is_empty() {
        tx.execute_raw(statement(SQL, [ids.into(), texts.into()])).await?;
    }
    Ok(())
}

/// What is known of a ready upload.
#[derive(Debug, FromQueryResult)]
struct Ready {
    id: Uuid,
    storage_key: String,
    blurhash: Option<String>,
    variants: String,
}

impl Ready {
    fn fill(&self, storage: &Storage, image: &mut Image) -> Result<()> {
        let variants: Vec<Variant> =
            serde_json::from_str(&self.variants).map_err(Error::internal)?;
        describe(storage, self.id, &self.storage_key, self.blurhash.as_deref(), &variants, image);
        Ok(())
    }
}

/// Fills in all of a picture that follows from its upload.
pub(super) fn describe(
    storage: &Storage,
    id: Uuid,
    stem: &str,
    blurhash: Option<&str>,
    variants: &[Variant],
    image: &mut Image,
) {
    let Image { url, alt: _, width, height, media_id, blurhash: blur, variants: all } = image;
    *media_id = Some(id);
    *blur = blurhash.map(str::to_owned);
    *all = variants.iter().map(|variant| shown(storage, stem, variant)).collect();
    if let Some(largest) = variants.last() {
        *url = storage.url(stem, largest.width);
        (*width, *height) = (Some(largest.width), Some(largest.height));
    }
}

/// Looks up the uploads that somebody's pictures name: they must be ready ones of this listing,
/// and what is said of them is replaced by what is so. Pictures from elsewhere stay as they are.
///
/// # Errors
/// `422` that names the picture.
pub(crate) async fn resolve(
    tx: &DatabaseTransaction,
    storage: &Storage,
    listing: Option<Uuid>,
    cover: Option<&mut Image>,
    images: &mut [Image],
) -> Result<()> {
    const SQL: &str = "SELECT id, storage_key, blurhash, variants::text FROM media \
        WHERE property_id = $1 AND id = ANY($2) AND state = 'ready' AND deleted_at IS NULL";
    let cover = cover.into_iter().map(|image| ("/cover_image/media_id".to_owned(), image));
    let images = images
        .iter_mut()
        .enumerate()
        .map(|(nth, image)| (format!("/images/{nth}/media_id"), image));
    let named: Vec<_> = cover
        .chain(images)
        .filter_map(|(at, image)| image.media_id.map(|id| (at, id, image)))
        .collect();
    if named.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = named.iter().map(|(_, id, _)| *id).collect();
    let rows = tx.query_all_raw(statement(SQL, [listing.into(), ids.into()])).await?;
    let ready: Vec<Ready> =
        rows.iter().map(|row| Ready::from_query_result(row, "")).collect::<Result<_, _>>()?;
    let (mut unknown, mut seen, mut texts) = (Vec::new(), BTreeSet::new(), Vec::new());
    for (at, id, image) in named {
        let Some(known) = ready.iter().find(|ready| ready.id == id) else {
            unknown.push(no_such_picture(at));
            continue;
        };
        if !seen.insert(id) {
            unknown.push(FieldError::new(at, "duplicate", "Show each picture once."));
            continue;
        }
        known.fill(storage, image)?;
        texts.push((id, image.alt.clone()));
    }
    if !unknown.is_empty() {
        return Err(Error::invalid(unknown));
    }
    store_texts(tx, texts.iter().map(|(id, alt)| (*id, alt))).await
}

fn no_such_picture(at: String) -> FieldError {
    FieldError::new(at, "unknown", "The listing has no such picture.")
}

/// Changes the pictures of a locked row that nobody edits just now: the next version, by whoever
/// sent the file.
///
/// # Errors
/// Those of the database.
pub(super) async fn update(
    tx: &DatabaseTransaction,
    row: Model,
    pictures: &Pictures,
    by: Option<Uuid>,
) -> Result<()> {
    let version = row.version + 1;
    let mut change = ActiveModel::from(row);
    change.version = Set(version);
    if by.is_some() {
        change.updated_by = Set(by);
    }
    pictures.write(&mut change)?;
    change.update(tx).await?;
    Ok(())
}
