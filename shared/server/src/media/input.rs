//! What a client may say of an upload, and of the order of pictures.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use garde::Validate;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::listings::model::alternative_texts;

/// A file that is going to be sent.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MediaIn {
    /// Its name, for your own eyes: nothing is decided by it.
    #[garde(inner(length(chars, min = 1, max = 200), custom(printable)))]
    #[schema(example = "terrace.jpg", min_length = 1, max_length = 200)]
    pub filename: Option<String>,
    /// What it is.
    #[garde(skip)]
    pub content_type: PictureType,
    /// Its exact length.
    #[garde(range(min = 1))]
    #[schema(minimum = 1, example = 2_480_123)]
    pub bytes: u64,
    /// SHA-256 of its bytes, 64 hexadecimal digits or Base64.
    #[garde(custom(digest_form))]
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub sha256: String,
}

/// The formats that are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub enum PictureType {
    /// JPEG.
    #[serde(rename = "image/jpeg")]
    Jpeg,
    /// PNG.
    #[serde(rename = "image/png")]
    Png,
    /// WebP.
    #[serde(rename = "image/webp")]
    Webp,
}

impl PictureType {
    /// The media type.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }
}

impl MediaIn {
    /// The digest as bytes; validation has let nothing else through.
    pub(super) fn digest(&self) -> Option<[u8; 32]> {
        digest(&self.sha256)
    }
}

fn digest(text: &str) -> Option<[u8; 32]> {
    if text.len() == 64 {
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        return text.bytes().all(|b| b.is_ascii_hexdigit()).then_some(bytes);
    }
    STANDARD.decode(text).ok()?.try_into().ok()
}

fn digest_form(text: &str, (): &()) -> garde::Result {
    match digest(text) {
        Some(_) => Ok(()),
        None => Err(garde::Error::new("must be a SHA-256, as 64 hexadecimal digits or Base64")),
    }
}

fn printable(text: &str, (): &()) -> garde::Result {
    if text.chars().any(char::is_control) {
        return Err(garde::Error::new("must not contain control characters"));
    }
    Ok(())
}

/// Changes to the pictures of a listing: what is missing stays.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MediaPatch {
    /// The pictures beside the cover, in the order in which they are shown; what is not named
    /// keeps its place behind them.
    #[garde(inner(length(max = 100)))]
    #[schema(max_items = 100)]
    pub order: Option<Vec<Uuid>>,
    /// The picture shown first; `null` leaves none, and the cover becomes the first of the
    /// others.
    #[garde(skip)]
    #[schema(value_type = Option<Uuid>)]
    #[serde(deserialize_with = "present")]
    pub cover: Option<Option<Uuid>>,
    /// What pictures show, per language, by the picture's id; replaced whole.
    #[garde(length(max = 100), custom(all_texts))]
    #[schema(value_type = Object)]
    pub alt: BTreeMap<Uuid, BTreeMap<String, String>>,
}

/// Tells `null` from a field that is not there.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Uuid>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn all_texts(alt: &BTreeMap<Uuid, BTreeMap<String, String>>, (): &()) -> garde::Result {
    alt.values().try_for_each(|texts| alternative_texts(texts, &()))
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn a_digest_is_hexadecimal_or_base64() {
        let hex = "00ff".repeat(16);
        assert_eq!(digest(&hex).map(|bytes| (bytes[0], bytes[31])), Some((0, 255)));
        assert!(digest("AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8=").is_some());
        for text in ["", "00", &"0g".repeat(32), &"+1".repeat(32), &"é".repeat(32)] {
            assert_eq!(digest(text), None, "{text}");
        }
    }
}
