//! The users of brands in Redis: each sees its own keys, and does nothing to the server.

use deadpool_redis::redis::{
    Client, Cmd, IntoConnectionInfo, RedisResult, Value, aio::MultiplexedConnection, cmd,
};
use terrace_product::{Env, Redis, RedisPrefix, SqlName};
use terrace_server::brands::RedisAdmin;
use terrace_testkit::{redis_url, spawn_app};

use super::new_id;

fn admin() -> RedisAdmin {
    let env = Env::from([("TERRACE_ADMIN_REDIS_URL".to_owned(), redis_url())]);
    RedisAdmin::of(&env).unwrap().unwrap()
}

/// A brand as its profile says.
async fn brand(password: &str) -> Redis {
    let id = new_id();
    let app = spawn_app("bestays").await;
    Redis {
        user: SqlName::parse(&id).unwrap(),
        prefix: RedisPrefix::parse(&format!("{}:", id.replace('_', "-"))).unwrap(),
        password: Some(password.to_owned().into()),
        ..app.state().profile.redis.clone()
    }
}

async fn enter(user: &SqlName, password: &str) -> RedisResult<MultiplexedConnection> {
    let info = redis_url().into_connection_info().unwrap();
    let settings = info.redis_settings().clone().set_username(user.as_str()).set_password(password);
    Client::open(info.set_redis_settings(settings))?.get_multiplexed_async_connection().await
}

fn spoken(words: &[&str]) -> Cmd {
    let mut command = cmd(words[0]);
    command.arg(&words[1..]);
    command
}

#[tokio::test]
async fn a_brands_user_reaches_its_own_keys_and_nothing_else() {
    let (ours, theirs) = (brand("our secret").await, brand("their secret").await);
    for brand in [&ours, &theirs] {
        let made = admin().provision(brand).await.unwrap();
        assert_eq!(made, Some(true));
    }
    let mut us = enter(&ours.user, "our secret").await.unwrap();
    let mut them = enter(&theirs.user, "their secret").await.unwrap();
    let (own, other) = (format!("{}x", ours.prefix), format!("{}x", theirs.prefix));
    for words in [vec!["SET", &other, "1"], vec!["GET", &other]] {
        let _: Value = spoken(&words).query_async(&mut them).await.unwrap();
    }
    let may: &[&[&str]] = &[
        &["PING"],
        &["SET", &own, "1"],
        &["GET", &own],
        &["EVAL", "return redis.call('GET', KEYS[1])", "1", &own],
        &["DEL", &own],
    ];
    for words in may {
        let done: RedisResult<Value> = spoken(words).query_async(&mut us).await;
        assert!(done.is_ok(), "{words:?}: {done:?}");
    }
    let may_not: &[&[&str]] = &[
        &["GET", &other],
        &["SET", &other, "2"],
        &["DEL", &other],
        &["EVAL", "return redis.call('GET', KEYS[1])", "1", &other],
        &["KEYS", "*"],
        &["SCAN", "0"],
        &["RANDOMKEY"],
        &["DBSIZE"],
        &["FLUSHALL"],
        &["FLUSHDB"],
        &["SWAPDB", "0", "1"],
        &["CONFIG", "GET", "*"],
        &["ACL", "LIST"],
        &["CLIENT", "LIST"],
        &["DEBUG", "OBJECT", &own],
        &["INFO"],
        &["MONITOR"],
        &["PUBLISH", "news", "1"],
        &["SAVE"],
        &["SHUTDOWN", "NOSAVE"],
    ];
    for words in may_not {
        let refused: RedisResult<Value> = spoken(words).query_async(&mut us).await;
        let said = refused.expect_err(&format!("{words:?} is done")).to_string();
        assert!(said.contains("NOPERM") || said.contains("permissions"), "{words:?}: {said}");
    }
    // What they were kept from is there.
    let kept: String = spoken(&["GET", &other]).query_async(&mut them).await.unwrap();
    assert_eq!(kept, "1");
    let _: Value = spoken(&["DEL", &other]).query_async(&mut them).await.unwrap();
}

#[tokio::test]
async fn a_password_is_changed_and_an_administrator_is_left_alone() {
    let mut brand = brand("the first").await;
    let _ = admin().provision(&brand).await.unwrap();
    brand.password = Some("the second".to_owned().into());
    assert_eq!(admin().provision(&brand).await.unwrap(), Some(false));
    assert!(enter(&brand.user, "the first").await.is_err(), "an old password still opens");
    assert!(enter(&brand.user, "the second").await.is_ok());
    brand.user = SqlName::parse("default").unwrap();
    let refused = admin().provision(&brand).await.unwrap_err().to_string();
    assert!(refused.contains("the administrator's own"), "{refused}");
    brand.password = None;
    assert_eq!(admin().provision(&brand).await.unwrap(), None);
    let away =
        Env::from([("TERRACE_ADMIN_REDIS_URL".to_owned(), "redis://127.0.0.1:1".to_owned())]);
    brand.password = Some("x".to_owned().into());
    brand.user = SqlName::parse("somebody").unwrap();
    let refused = RedisAdmin::of(&away).unwrap().unwrap().provision(&brand).await.unwrap_err();
    assert!(refused.to_string().contains("is it running?"), "{refused:#}");
}
