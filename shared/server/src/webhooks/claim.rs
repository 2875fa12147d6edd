//! What is sent next.
//!
//! A delivery may go when it is due, nobody sends it, and nothing earlier about the same subject
//! waits for the same endpoint. While it is under way, and while it waits for another attempt,
//! what comes after it about that subject stays where it is.
//!
//! The endpoint's row is the lock of its queue: claims for one endpoint come one after another,
//! so that [`AT_ONCE`] holds however many processes send.

use std::time::Duration;

use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::store;
use crate::{
    app::State,
    db::{Context, statement},
    error::Result,
};

/// Deliveries under way to one endpoint at once.
pub(crate) const AT_ONCE: i32 = 4;

/// How long a claim holds; more than twice what an attempt may take.
const LEASE: Duration = Duration::from_secs(40);

/// A delivery on its way.
#[derive(Clone, FromQueryResult)]
pub(crate) struct Claimed {
    pub(super) id: Uuid,
    pub(super) claim: Uuid,
    pub(super) endpoint_id: Uuid,
    pub(super) message_id: String,
    pub(super) attempts: i32,
    /// The body as it is sent: its bytes are what is signed.
    pub(super) body: String,
    pub(super) url: String,
    pub(super) secret: String,
    pub(super) previous_secret: Option<String>,
}

/// Without the secrets.
impl std::fmt::Debug for Claimed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Claimed").field("message_id", &self.message_id).finish_non_exhaustive()
    }
}

const IS_DUE: &str = "d.status IN ('pending', 'failed') AND d.next_attempt_at <= now() \
    AND (d.locked_until IS NULL OR d.locked_until <= now())";

/// Takes up to `most` deliveries.
///
/// # Errors
/// Those of the database.
pub(crate) async fn claim(state: &State, most: usize) -> Result<Vec<Claimed>> {
    #[derive(FromQueryResult)]
    struct Endpoint {
        id: Uuid,
    }
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    state
        .db
        .tx(Context::system("webhooks"), move |tx| {
            Box::pin(async move {
                // A statement of its own: the next one sees what was claimed before the lock was
                // got. By id, so that two who claim do not wait for each other.
                let lock = format!(
                    "SELECT e.id FROM webhook_endpoints e WHERE e.is_active AND EXISTS \
                         (SELECT FROM webhook_deliveries d WHERE d.endpoint_id = e.id AND {IS_DUE}) \
                     ORDER BY e.id FOR NO KEY UPDATE"
                );
                let locked: Vec<Endpoint> = store::all(tx, lock, []).await?;
                if locked.is_empty() {
                    return Ok(Vec::new());
                }
                let ids: Vec<Uuid> = locked.iter().map(|endpoint| endpoint.id).collect();
                let values = [
                    ids.into(),
                    LEASE.as_secs_f64().into(),
                    AT_ONCE.into(),
                    most.into(),
                ];
                let rows = tx.query_all_raw(statement(take(), values)).await?;
                Ok(rows
                    .iter()
                    .map(|row| Claimed::from_query_result(row, ""))
                    .collect::<Result<_, _>>()?)
            })
        })
        .await
}

fn take() -> String {
    format!(
        "WITH due AS ( \
             SELECT d.id FROM unnest($1::uuid[]) o (id) CROSS JOIN LATERAL ( \
                 SELECT d.id, d.next_attempt_at FROM webhook_deliveries d \
                  WHERE d.endpoint_id = o.id AND {IS_DUE} AND NOT EXISTS ( \
                        SELECT FROM webhook_deliveries b WHERE b.endpoint_id = d.endpoint_id \
                           AND b.subject_id = d.subject_id AND b.seq < d.seq \
                           AND b.status IN ('pending', 'failed')) \
                  ORDER BY d.next_attempt_at, d.seq \
                  LIMIT greatest(0, $3 - (SELECT count(*) FROM webhook_deliveries f \
                        WHERE f.endpoint_id = o.id AND f.locked_until > now()))) d \
              ORDER BY d.next_attempt_at LIMIT $4) \
         UPDATE webhook_deliveries d SET attempts = d.attempts + 1, claim = gen_random_uuid(), \
             locked_until = now() + make_interval(secs => $2), last_attempt_at = now(), \
             next_attempt_at = now() + make_interval(secs => $2) \
         FROM due, webhook_endpoints e \
         WHERE d.id = due.id AND e.id = d.endpoint_id AND e.is_active AND {IS_DUE} \
         RETURNING d.id, d.claim, d.endpoint_id, d.message_id, d.attempts, d.payload::text AS body, \
             e.url, e.secret, CASE WHEN e.previous_secret_until > now() THEN e.previous_secret END \
             AS previous_secret"
    )
}
