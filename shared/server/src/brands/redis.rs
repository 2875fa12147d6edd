//! The users of brands in Redis. Everybody on one server could read, or drop, what is another brand's;
//! a brand's user may do with the keys of its own prefix what the server does, and nothing else.

use std::time::Duration;

use anyhow::{Context, bail};
use aws_lc_rs::digest;
use deadpool_redis::redis::{
    Client, ConnectionInfo, FromRedisValue, IntoConnectionInfo, Value, aio::MultiplexedConnection,
    cmd,
};
use secrecy::{ExposeSecret, SecretString};
use terrace_product::{Env, Profile, Redis};

use super::{Outcome, Place};

/// What the server asks for, its pool and its scripts included. No command that names keys of others
/// (`KEYS`, `SCAN`, `RANDOMKEY`), and none that is dangerous.
const COMMANDS: [&str; 18] = [
    "del",
    "discard",
    "eval",
    "evalsha",
    "exec",
    "expire",
    "get",
    "hget",
    "hset",
    "hello",
    "multi",
    "ping",
    "script|load",
    "select",
    "set",
    "setex",
    "time",
    "unwatch",
];

/// Answers that it is there within a moment, or it is not.
const PATIENCE: Duration = Duration::from_secs(5);

/// The platform's own access to Redis: it makes users.
#[derive(Clone, Debug)]
pub struct RedisAdmin(ConnectionInfo);

impl RedisAdmin {
    /// From `TERRACE_ADMIN_REDIS_URL`; none where that is not set: brands come in as their URLs say.
    ///
    /// # Errors
    /// Where it is no URL; the message does not repeat it, because it holds a password.
    pub fn of(env: &Env) -> anyhow::Result<Option<Self>> {
        let url = env.get("TERRACE_ADMIN_REDIS_URL").filter(|url| !url.is_empty());
        let Some(url) = url else { return Ok(None) };
        let info = url
            .as_str()
            .into_connection_info()
            .map_err(|_| anyhow::anyhow!("TERRACE_ADMIN_REDIS_URL is not a Redis URL"))?;
        Ok(Some(Self(info)))
    }

    /// Makes a brand's user, or sets it right; whether it was made. None where the brand has no
    /// password: it comes in as its URL says.
    ///
    /// # Errors
    /// Where Redis is away or refuses, and for a name that is the administrator's.
    pub async fn provision(&self, config: &Redis) -> anyhow::Result<Option<bool>> {
        let Some(password) = &config.password else { return Ok(None) };
        let user = self.user_of(config)?;
        let mut redis = self.connect().await?;
        let known: Value = ask(&mut redis, &["GETUSER", user]).await?;
        let rules = rules(config.prefix.as_str(), password);
        let set = ["SETUSER", user].into_iter().chain(rules.iter().map(String::as_str));
        ask::<()>(&mut redis, &set.collect::<Vec<_>>()).await?;
        keep(&mut redis).await?;
        Ok(Some(known == Value::Nil))
    }

    /// Takes a brand's user away; whether there was one.
    ///
    /// # Errors
    /// As for [`RedisAdmin::provision`].
    pub(super) async fn remove(&self, config: &Redis) -> anyhow::Result<bool> {
        if config.password.is_none() {
            return Ok(false);
        }
        let mut redis = self.connect().await?;
        let gone: i64 = ask(&mut redis, &["DELUSER", self.user_of(config)?]).await?;
        keep(&mut redis).await?;
        Ok(gone > 0)
    }

    fn user_of<'c>(&self, config: &'c Redis) -> anyhow::Result<&'c str> {
        let user = config.user.as_str();
        if user == self.0.redis_settings().username().unwrap_or("default") {
            bail!("redis.user `{user}` is the administrator's own; give the brand another");
        }
        Ok(user)
    }

    async fn connect(&self) -> anyhow::Result<MultiplexedConnection> {
        let client = Client::open(self.0.clone())?;
        let connecting = client.get_multiplexed_async_connection();
        tokio::time::timeout(PATIENCE, connecting)
            .await
            .map_err(|_| anyhow::anyhow!("it does not answer"))
            .and_then(|connected| Ok(connected?))
            .context("cannot reach the Redis of TERRACE_ADMIN_REDIS_URL; is it running?")
    }
}

async fn ask<T: FromRedisValue>(
    redis: &mut MultiplexedConnection,
    words: &[&str],
) -> anyhow::Result<T> {
    let answer = cmd("ACL").arg(words).query_async(redis).await;
    answer.with_context(|| {
        let what = words.iter().take(2).copied().collect::<Vec<_>>().join(" ");
        format!("Redis refuses {what}: may the user of TERRACE_ADMIN_REDIS_URL make others?")
    })
}

/// Has the users kept where Redis has a file for them. A developer's own has none: they are made at
/// every start.
async fn keep(redis: &mut MultiplexedConnection) -> anyhow::Result<()> {
    match cmd("ACL").arg("SAVE").query_async::<()>(redis).await {
        Err(error) if error.to_string().contains("not configured to use an ACL file") => Ok(()),
        kept => kept.context("Redis cannot keep its users"),
    }
}

/// The step of a command by which a brand gets its user.
pub(super) async fn provision(
    place: &Place,
    profile: &Profile,
) -> anyhow::Result<(Outcome, String)> {
    let skipped = |why: &str| Ok((Outcome::Skipped, why.to_owned()));
    let Some(admin) = RedisAdmin::of(&place.env)? else {
        return skipped("TERRACE_ADMIN_REDIS_URL is not set: no user is made");
    };
    match admin.provision(&profile.redis).await? {
        Some(is_new) => {
            let Redis { user, prefix, .. } = &profile.redis;
            Ok((Outcome::made(is_new), format!("user {user}, keys {prefix}*")))
        }
        None => skipped("redis.password is not set: no user is made"),
    }
}

/// What makes a user of whatever was there before. The password leaves this process as its digest.
#[must_use]
pub fn rules(prefix: &str, password: &SecretString) -> Vec<String> {
    let digest = digest::digest(&digest::SHA256, password.expose_secret().as_bytes());
    let digest: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    ["reset", "on", "resetchannels"]
        .map(str::to_owned)
        .into_iter()
        .chain([format!("#{digest}"), format!("~{prefix}*")])
        .chain(COMMANDS.iter().map(|command| format!("+{command}")))
        .collect()
}
