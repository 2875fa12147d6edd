//! The Redis that tests share. Every process of tests comes in as a brand does: what a brand's user may
//! not do there fails here.

use std::sync::LazyLock;

use deadpool_redis::redis::{Client, cmd};
use terrace_server::brands::redis_rules;
use uuid::Uuid;

/// The Redis server under test, with the platform's rights.
///
/// # Panics
/// Where `TERRACE_REDIS_URL` is not set.
#[must_use]
pub fn redis_url() -> String {
    std::env::var("TERRACE_REDIS_URL").expect("TERRACE_REDIS_URL is not set: run scripts/test")
}

pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) password: String,
}

impl User {
    pub(crate) fn of_this_run() -> &'static Self {
        static USER: LazyLock<User> = LazyLock::new(User::make);
        &USER
    }

    fn make() -> Self {
        let user = Self { name: format!("t{}", short()), password: Uuid::new_v4().to_string() };
        let mut set = cmd("ACL");
        set.arg("SETUSER")
            .arg(&user.name)
            .arg(redis_rules(&user.name, &user.password.clone().into()));
        let mut redis = Client::open(redis_url())
            .and_then(|client| client.get_connection())
            .expect("the Redis of TERRACE_REDIS_URL");
        set.exec(&mut redis).expect("a user of this run's own in Redis");
        user
    }

    /// A prefix that no other test has.
    pub(crate) fn corner(&self) -> String {
        format!("{}-{}:", self.name, short())
    }
}

fn short() -> String {
    Uuid::new_v4().simple().to_string()[..8].to_owned()
}
