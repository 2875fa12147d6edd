//! Keeping drafts, and finding them again.

use aws_lc_rs::digest;
use chrono::{DateTime, TimeDelta, Utc};
use deadpool_redis::redis::{AsyncCommands, pipe};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::Summary;
use crate::{
    app::State,
    error::{Code, Error, Result},
    visitors::Purpose,
};

/// How long a draft can be confirmed.
const LASTS: TimeDelta = TimeDelta::minutes(15);

/// Id, and the beginning of a digest.
const LENGTH: usize = 32;

/// What somebody may confirm.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Owned {
    /// `users.id` or `visitors.id`.
    pub(crate) owner: Uuid,
    /// `hold`, `booking_request`, `lead` or `viewing`.
    pub(crate) action: String,
    /// The body of the request that it becomes.
    pub(crate) body: Value,
    /// What the person sees.
    pub(crate) summary: Summary,
}

/// A draft that was found.
pub(super) struct Found {
    pub(super) id: Uuid,
    pub(super) digest: [u8; 32],
    pub(super) draft: Owned,
    pub(super) expires_at: DateTime<Utc>,
}

#[derive(Deserialize, Serialize)]
struct Stored {
    draft: Owned,
    expires_at: DateTime<Utc>,
}

/// Keeps a draft; its token, and until when it is good.
///
/// # Errors
/// `503` while Redis is away.
pub(crate) async fn keep(state: &State, draft: &Owned) -> Result<(String, DateTime<Utc>)> {
    let (id, expires_at) = (Uuid::new_v4(), Utc::now() + LASTS);
    let mut payload = [0; LENGTH];
    payload[..16].copy_from_slice(id.as_bytes());
    payload[16..].copy_from_slice(&hash(draft)[..16]);
    let stored = Stored { draft: draft.clone(), expires_at };
    let text = serde_json::to_string(&stored).map_err(Error::internal)?;
    let key = state.cache.key(&name(draft.owner));
    let kept = state.cache.within_budget(|mut redis| async move {
        let mut both = pipe();
        both.atomic().hset(&key, id.to_string(), text).ignore();
        both.expire(&key, LASTS.num_seconds()).ignore();
        both.query_async::<()>(&mut redis).await
    });
    kept.await.ok_or_else(away)?;
    Ok((state.signer.seal(Purpose::Draft, &payload), expires_at))
}

/// The draft that a token names, if it is theirs.
///
/// # Errors
/// `404` where it has ended, is none of ours or somebody else's; `503` while Redis is away.
pub(super) async fn find(state: &State, token: &str, owner: Uuid) -> Result<Found> {
    let payload: [u8; LENGTH] = state.signer.open(Purpose::Draft, token).ok_or_else(ended)?;
    let (id, signed) = payload.split_at(16);
    let id = Uuid::from_slice(id).map_err(Error::internal)?;
    let key = state.cache.key(&name(owner));
    let read = state.cache.within_budget(|mut redis| async move {
        redis.hget::<_, _, Option<String>>(key, id.to_string()).await
    });
    let text = read.await.ok_or_else(away)?.ok_or_else(ended)?;
    let Stored { draft, expires_at } = serde_json::from_str(&text).map_err(Error::internal)?;
    let digest = hash(&draft);
    // Redis is not where the truth is: what the token was signed for is what is shown and done.
    let is_it = draft.owner == owner && digest.starts_with(signed) && Utc::now() < expires_at;
    is_it.then_some(Found { id, digest, draft, expires_at }).ok_or_else(ended)
}

/// Where all drafts of a person are: whoever forgets them knows where to look. They end together,
/// with the last of them; each says itself until when it is good.
pub(crate) fn name(owner: Uuid) -> String {
    format!("drafts:{owner}")
}

/// Over whose it is, what it does and with which arguments.
fn hash(draft: &Owned) -> [u8; 32] {
    let Owned { owner, action, body, summary: _ } = draft;
    let text = format!("{owner}\0{action}\0{body}");
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest.as_ref());
    bytes
}

fn ended() -> Error {
    Error::new(Code::NotFound)
        .with_detail("There is no such draft, or it has ended: ask the assistant again.")
}

fn away() -> Error {
    Error::new(Code::Unavailable).with_detail("Drafts cannot be kept just now. Try again soon.")
}
