//! Answers that another visitor may be given, too: to the same first question, on the same ground.
//!
//! What was looked up under somebody's rights, said in the course of a conversation, or true for certain
//! nights alone is made anew each time. Kept in Redis, for a while; without it, every answer is made.

use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use deadpool_redis::redis::AsyncCommands;
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use terrace_product::Line;

use super::{store::Parts, turn::Turn};
use crate::app::State;

const KEPT: Duration = Duration::from_secs(600);

/// What these find is the same for everybody who has not signed in, and changes with the brand's content.
const COMMON: [&str; 4] = ["search_properties", "get_property", "nearby", "search_faq"];

/// An answer that a model has made.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Remembered {
    pub(super) content: String,
    pub(super) parts: Parts,
    pub(super) made_by: String,
}

/// Where an answer to a question is remembered; none where it is nobody else's.
pub(super) async fn place(turn: &Turn) -> Option<String> {
    let Turn { state, told, locale, .. } = turn;
    if turn.caller.is_some() || turn.visitor.is_none() || !turn.before.is_empty() {
        return None;
    }
    let name = |name: &Option<Line>| name.as_ref().map(ToString::to_string);
    let words: Vec<String> = turn.text.split_whitespace().map(str::to_lowercase).collect();
    let model = &state.profile.model;
    let ground = (
        (words.join(" "), locale.as_str(), crate::quotes::today(state)),
        (name(&model.name), name(&model.fallback_name), &told.body, &told.off),
        version(state).await?,
    );
    let ground = serde_json::to_vec(&ground).ok()?;
    let mut digest = Context::new(&SHA256);
    digest.update(&ground);
    let digest: String =
        digest.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Some(state.cache.key(&format!("answers:{digest}")))
}

/// What a brand knows, by a name that changes with it.
async fn version(state: &State) -> Option<String> {
    #[derive(FromQueryResult)]
    struct Version {
        version: String,
    }
    // What has just happened has no number yet.
    const SQL: &str = "SELECT concat_ws(':', (SELECT max(seq) FROM events), (SELECT count(*) FROM events WHERE seq IS NULL), \
        (SELECT concat_ws(':', count(*), max(updated_at)) FROM faq_documents)) AS version";
    let version: Option<Version> = state.db.read().one(SQL, []).await.ok()?;
    Some(version?.version)
}

pub(super) async fn recall(state: &State, place: &str) -> Option<Remembered> {
    let place = place.to_owned();
    let text: Option<Option<String>> =
        state.cache.within_budget(|mut redis| async move { redis.get(place).await }).await;
    let found = serde_json::from_str(&text.flatten()?).ok();
    let result = if found.is_some() { "hit" } else { "miss" };
    metrics::counter!("terrace_cache_requests_total", "cache" => "answers", "result" => result)
        .increment(1);
    found
}

/// Keeps an answer, if these tools are all that it is made of.
pub(super) async fn keep(state: &State, place: String, called: &[&str], answer: &Remembered) {
    if !called.iter().all(|tool| COMMON.contains(tool)) {
        return;
    }
    let Ok(text) = serde_json::to_string(answer) else { return };
    let kept = state.cache.within_budget(|mut redis| async move {
        redis.set_ex::<_, _, ()>(place, text, KEPT.as_secs()).await
    });
    let _ = kept.await;
}
