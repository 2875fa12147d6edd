//! Takes away what has had its time.

use sea_orm::{ConnectionTrait, Value};

use crate::{
    app::State,
    clerk,
    db::{Context, statement},
    error::Result,
    quotes,
    search::history,
};

/// So many rows at once: the statement stays short, and the next round takes the rest.
const EXPIRED_KEYS: &str = "DELETE FROM idempotency_keys WHERE (scope, key) IN \
    (SELECT scope, key FROM idempotency_keys WHERE expires_at < now() LIMIT 5000 \
     FOR UPDATE SKIP LOCKED)";

/// A message is kept for so long as somebody may ask whether it was sent (`$1` days).
const OLD_NOTIFICATIONS: &str = "DELETE FROM notifications WHERE id IN \
    (SELECT id FROM notifications WHERE created_at < now() - make_interval(days => $1) \
     ORDER BY created_at LIMIT 5000 FOR UPDATE SKIP LOCKED)";

/// Visitors who have not been seen for so many days (`$1`), and their lists with them.
const FORGOTTEN_VISITORS: &str = "DELETE FROM visitors WHERE id IN \
    (SELECT id FROM visitors WHERE seen_at < now() - make_interval(days => $1) \
     ORDER BY seen_at LIMIT 500 FOR UPDATE SKIP LOCKED)";

/// That a listing got cheaper is no news for long. What was a new match once stays one, or it
/// would be told again.
const OLD_PRICE_DROPS: &str = "DELETE FROM alerts WHERE id IN \
    (SELECT id FROM alerts WHERE kind = 'price_drop' AND created_at < now() - interval '180 days' \
     LIMIT 5000 FOR UPDATE SKIP LOCKED)";

/// A question that nothing answers and nobody asks any more, after as many days (`$1`) as searches
/// are remembered. What became a draft is the draft's.
const OLD_GAPS: &str = "DELETE FROM faq_gaps WHERE id IN \
    (SELECT id FROM faq_gaps WHERE last_at < now() - make_interval(days => $1) \
     ORDER BY last_at LIMIT 5000 FOR UPDATE SKIP LOCKED)";

/// Conversations with the assistant, so many days (`$1`) after their last word.
const OLD_CONVERSATIONS: &str = "DELETE FROM chat_conversations WHERE id IN \
    (SELECT id FROM chat_conversations WHERE updated_at < now() - make_interval(days => $1) \
     ORDER BY updated_at LIMIT 2000 FOR UPDATE SKIP LOCKED)";

/// One round.
///
/// # Errors
/// Those of the database.
pub async fn sweep(state: &State) -> Result<()> {
    let days = |days: u32| Value::from(i32::try_from(days).unwrap_or(i32::MAX));
    let (letters, visitors, searches) = (
        state.profile.privacy.letter_days,
        state.profile.visitors.retention_days,
        state.profile.search.history_days,
    );
    for (what, sql, values) in [
        ("idempotency keys", EXPIRED_KEYS, vec![]),
        ("notifications", OLD_NOTIFICATIONS, vec![days(letters)]),
        ("visitors", FORGOTTEN_VISITORS, vec![days(visitors)]),
        ("price drops", OLD_PRICE_DROPS, vec![]),
        ("questions without an answer", OLD_GAPS, vec![days(searches)]),
        ("conversations", OLD_CONVERSATIONS, vec![days(state.profile.assistant.history_days)]),
    ] {
        let rows = state
            .db
            .tx(Context::system("retention"), move |tx| {
                let statement = statement(sql, values.clone());
                Box::pin(async move { Ok(tx.execute_raw(statement).await?.rows_affected()) })
            })
            .await?;
        if rows > 0 {
            tracing::info!(what, rows, "swept what has had its time");
        }
    }
    clerk::inbox::retire(state).await?;
    quotes::retention::sweep(state).await?;
    history::retention::sweep(state).await
}
