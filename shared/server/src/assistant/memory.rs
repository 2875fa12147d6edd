//! Answers that another visitor may be given, too: to the same first question, on the same ground.
//!
//! What was looked up under somebody's rights, said in the course of a conversation, or true for certain
//! nights alone is made anew each time. Kept in Redis, for a while; without it, every answer is made.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use deadpool_redis::redis::AsyncCommands;
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use terrace_product::Line;
use terrace_understanding::ChipKind;

use super::{guide, store::Parts, turn::Turn};
use crate::{
    app::State,
    search::history::personal::{is_personal, normalise},
};

const KEPT: Duration = Duration::from_secs(600);

/// Bytes of an answer that is kept; what is longer is not worth the memory.
const LONGEST: usize = 64 * 1024;

/// What these find is the same for everybody who has not signed in, and changes with the brand's content.
const COMMON: [&str; 4] = ["search_properties", "get_property", "nearby", "search_faq"];

/// An answer that a model has made.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Remembered {
    pub(super) content: String,
    pub(super) parts: Parts,
    pub(super) made_by: String,
}

/// Whether what a call finds is the same for everybody, and changes with the brand's content alone: what
/// is free on certain nights does not.
pub(super) fn is_common(tool: &str, arguments: &Value) -> bool {
    let is_dated = ["check_in", "check_out"].iter().any(|name| !arguments[name].is_null());
    COMMON.contains(&tool) && !is_dated
}

/// Where an answer to a question is remembered; none where it is nobody else's. What a person can be known
/// by is written down nowhere that they could not have it erased.
pub(super) async fn place(turn: &Turn) -> Option<String> {
    let Turn { state, told, locale, .. } = turn;
    let is_anybodys = turn.caller.is_none() && turn.visitor.is_some() && turn.before.is_empty();
    if !is_anybodys || is_personal(&turn.text) {
        return None;
    }
    let understood = guide::understood(state, &turn.text).await?;
    if understood.iter().any(|chip| chip.kind == ChipKind::Dates) {
        return None;
    }
    let name = |name: &Option<Line>| name.as_ref().map(ToString::to_string);
    let model = &state.profile.model;
    let ground = (
        (normalise(&turn.text), locale.as_str(), crate::quotes::today(state)),
        (name(&model.name), name(&model.fallback_name), &told.body, &told.off),
        version(state).await?,
    );
    let ground = serde_json::to_vec(&ground).ok()?;
    let name: String =
        digest(&SHA256, &ground).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Some(state.cache.key(&format!("answers:{name}")))
}

/// What a brand knows, by a name that changes with it; none while some of it is not found yet.
async fn version(state: &State) -> Option<String> {
    #[derive(FromQueryResult)]
    struct Version {
        version: Option<String>,
    }
    // What has just happened has no number yet.
    const SQL: &str = "SELECT CASE WHEN NOT EXISTS (SELECT FROM search_queue) AND NOT EXISTS (SELECT FROM faq_queue) THEN \
        concat_ws(':', (SELECT max(seq) FROM events), (SELECT count(*) FROM events WHERE seq IS NULL), \
            (SELECT concat_ws(':', count(*), max(updated_at)) FROM faq_documents)) END AS version";
    let version: Option<Version> = state.db.read().one(SQL, []).await.ok()?;
    version?.version
}

pub(super) async fn recall(state: &State, place: &str) -> Option<Remembered> {
    let place = place.to_owned();
    let text: Option<Option<String>> =
        state.cache.within_budget(|mut redis| async move { redis.get(place).await }).await;
    let found = text.flatten().and_then(|text| serde_json::from_str(&text).ok());
    let result = if found.is_some() { "hit" } else { "miss" };
    metrics::counter!("terrace_cache_requests_total", "cache" => "answers", "result" => result)
        .increment(1);
    found
}

pub(super) async fn keep(state: &State, place: String, answer: &Remembered) {
    let Ok(text) = serde_json::to_string(answer) else { return };
    if text.len() > LONGEST {
        return;
    }
    let kept = state.cache.within_budget(|mut redis| async move {
        redis.set_ex::<_, _, ()>(place, text, KEPT.as_secs()).await
    });
    let _ = kept.await;
}
