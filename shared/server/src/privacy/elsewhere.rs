//! What stands outside the database. Nothing there is the only place of anything, and most of it
//! goes by itself within minutes; somebody who was erased is not to wait for that.

use deadpool_redis::redis::{AsyncCommands, cmd};

use super::{
    erase::{Outcome, Place},
    subject::Subject,
};
use crate::app::State;

/// Keys looked at in one call.
const AT_ONCE: usize = 1000;

/// Forgets the person in Redis and in this process. After the commit; what fails here ends by
/// itself.
pub(super) async fn forget(state: &State, subject: &Subject) -> Option<Place> {
    for subject in &subject.auth_subjects {
        state.people.invalidate(subject).await;
    }
    let mut count = 0;
    for id in subject.users.iter().chain(&subject.visitors) {
        // Which keys there are is known where they are made; that they hold the id, everywhere.
        count += forget_keys(state, &state.cache.key(&format!("*{id}*"))).await;
    }
    (count > 0).then(|| Place {
        place: "redis".to_owned(),
        whom: "who asked",
        outcome: Outcome::Removed,
        count,
        why: None,
    })
}

async fn forget_keys(state: &State, pattern: &str) -> i64 {
    let (mut cursor, mut count) = (0_u64, 0);
    loop {
        let page: Option<(u64, Vec<String>)> = state
            .cache
            .within_budget(|mut connection| async move {
                let mut scan = cmd("SCAN");
                scan.arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(AT_ONCE);
                scan.query_async(&mut connection).await
            })
            .await;
        let Some((next, keys)) = page else {
            tracing::warn!(
                "Redis did not forget somebody who was erased; its keys end by themselves"
            );
            return count;
        };
        if !keys.is_empty() {
            let gone: Option<i64> = state
                .cache
                .within_budget(|mut connection| async move { connection.del(keys).await })
                .await;
            count += gone.unwrap_or(0);
        }
        cursor = next;
        if cursor == 0 {
            return count;
        }
    }
}
