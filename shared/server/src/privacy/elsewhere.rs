//! What stands outside the database. Nothing there is the only place of anything, and most of it
//! goes by itself within minutes; somebody who was erased is not to wait for that.

use deadpool_redis::redis::AsyncCommands;

use super::{
    erase::{Outcome, Place},
    subject::Subject,
};
use crate::{app::State, assistant::drafts, http::rate_limit};

/// Forgets the person in Redis and in this process. After the commit; what fails here ends by
/// itself.
pub(super) async fn forget(state: &State, subject: &Subject) -> Option<Place> {
    for subject in &subject.auth_subjects {
        state.people.invalidate(subject).await;
    }
    // All that is kept under a person: a brand's user in Redis may not look for more.
    let accounts = subject.users.iter().flat_map(|user| rate_limit::accounts_of(*user));
    let owners = subject.users.iter().chain(&subject.visitors);
    let drafts = owners.map(|owner| drafts::name(*owner));
    let keys: Vec<String> = accounts.chain(drafts).map(|name| state.cache.key(&name)).collect();
    if keys.is_empty() {
        return None;
    }
    let gone = state.cache.within_budget(|mut redis| async move { redis.del(keys).await });
    let Some(count) = gone.await else {
        tracing::warn!("Redis did not forget somebody who was erased; its keys end by themselves");
        return None;
    };
    (count > 0).then(|| Place {
        place: "redis".to_owned(),
        whom: "who asked",
        outcome: Outcome::Removed,
        count,
        why: None,
    })
}
