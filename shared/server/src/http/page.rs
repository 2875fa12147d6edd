//! Cursors: opaque, bound to the list they came from.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::error::{Code, Error, Result};

/// Where a list goes on, and which list it was.
#[derive(Deserialize, Serialize)]
struct Cursor<K> {
    /// Filters and order of the list, in short: a cursor of another list is refused, since it
    /// would silently skip rows.
    list: String,
    /// The sort key of the last row seen.
    after: K,
}

/// How many rows a page has: what was asked for, or 24.
///
/// # Errors
/// `400` outside 1..100.
pub fn size(asked: Option<u64>) -> Result<u64> {
    match asked.unwrap_or(24) {
        size @ 1..=100 => Ok(size),
        _ => Err(Error::parameter("limit", "Must be 1..100.")),
    }
}

/// Cuts rows, of which one more than `size` was asked for, to a page, and says where the next
/// one begins; `key` is the sort key of a row.
///
/// # Errors
/// `500` where the key cannot be written as JSON.
pub fn cut<T, K: Serialize>(
    mut rows: Vec<T>,
    size: u64,
    list: &str,
    key: impl Fn(&T) -> K,
) -> Result<(Vec<T>, Option<String>)> {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let more = rows.len() > size;
    rows.truncate(size);
    let next = match rows.last() {
        Some(last) if more => Some(encode(list, &key(last))?),
        _ => None,
    };
    Ok((rows, next))
}

/// A short name for a list: its filters and its order.
#[must_use]
pub fn fingerprint(filters: &impl std::fmt::Debug) -> String {
    let text = format!("{filters:?}");
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    URL_SAFE_NO_PAD.encode(&digest.as_ref()[..9])
}

/// Writes a cursor.
///
/// # Errors
/// `500` where the key cannot be written as JSON.
pub fn encode(list: &str, after: &impl Serialize) -> Result<String> {
    let cursor = Cursor { list: list.to_owned(), after };
    let json = serde_json::to_vec(&cursor).map_err(Error::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

/// Reads a cursor of this list.
///
/// # Errors
/// `400` where it is none of ours, or one of another list.
pub fn decode<K: DeserializeOwned>(list: &str, cursor: &str) -> Result<K> {
    let invalid = || {
        let detail = "Use `next_cursor` of the previous page, with the same filters and order.";
        let mut error = Error::new(Code::InvalidCursor).with_detail(detail);
        error.fields.push(crate::error::FieldError::new("cursor", "invalid", detail));
        error
    };
    let json = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid())?;
    let cursor: Cursor<K> = serde_json::from_slice(&json).map_err(|_| invalid())?;
    if cursor.list == list { Ok(cursor.after) } else { Err(invalid()) }
}
