//! Redis, for what may be lost: it may vanish, freeze or fill up at any time, and then only
//! speed changes. Every call has a budget; after three failures in a row none is made for a
//! second, so that a frozen Redis costs three budgets, not one for each request.

use std::{
    future::Future,
    sync::atomic::{AtomicU32, AtomicU64, Ordering},
    time::{Duration, Instant},
};

use deadpool_redis::{
    Pool, PoolConfig, Runtime, Timeouts,
    redis::{AsyncCommands, ConnectionInfo, FromRedisValue, IntoConnectionInfo, RedisError},
};
use secrecy::ExposeSecret;
use terrace_product::Redis;

const FAILURES_TO_OPEN: u32 = 3;
const OPEN_FOR: Duration = Duration::from_secs(1);

/// How a product comes in: as its own user, or as the URL says.
fn access(config: &Redis) -> anyhow::Result<ConnectionInfo> {
    let info = config.url.expose().into_connection_info()?;
    let Some(password) = &config.password else { return Ok(info) };
    let settings = info.redis_settings().clone();
    let settings = settings.set_username(&config.user).set_password(password.expose_secret());
    Ok(info.set_redis_settings(settings))
}

/// A product's corner of Redis.
#[derive(Debug)]
pub struct Cache {
    pool: Pool,
    prefix: String,
    budget: Duration,
    breaker: Breaker,
}

impl Cache {
    /// Prepares the pool; connects on first use.
    ///
    /// # Errors
    /// Where the URL is none.
    pub fn new(config: &Redis) -> anyhow::Result<Self> {
        let mut settings = deadpool_redis::Config::from_connection_info(access(config)?);
        let mut pool = PoolConfig::new(config.pool_size);
        pool.timeouts = Timeouts {
            wait: Some(config.budget),
            create: Some(Duration::from_millis(200)),
            recycle: Some(config.budget),
        };
        settings.pool = Some(pool);
        Ok(Self {
            pool: settings.create_pool(Some(Runtime::Tokio1))?,
            prefix: config.prefix.to_string(),
            budget: config.budget,
            breaker: Breaker::new(),
        })
    }

    /// What is cached under `key`, or what `compute` makes, which is then cached for `ttl`.
    ///
    /// # Errors
    /// Only those of `compute`: a failing cache is a miss.
    pub async fn get_or<E>(
        &self,
        cache: &'static str,
        key: &str,
        ttl: Duration,
        compute: impl Future<Output = Result<String, E>>,
    ) -> Result<String, E> {
        let key = format!("{}{cache}:{key}", self.prefix);
        let cached: Option<String> = self
            .within_budget(|mut connection| {
                let key = key.clone();
                async move { connection.get(key).await }
            })
            .await
            .flatten();
        let result = if cached.is_some() { "hit" } else { "miss" };
        metrics::counter!("terrace_cache_requests_total", "cache" => cache, "result" => result)
            .increment(1);
        if let Some(cached) = cached {
            return Ok(cached);
        }
        let made = compute.await?;
        self.within_budget(|mut connection| {
            let (key, value) = (key.clone(), made.clone());
            async move { connection.set_ex::<_, _, ()>(key, value, ttl.as_secs()).await }
        })
        .await;
        Ok(made)
    }

    /// Whether Redis answers now.
    pub async fn is_up(&self) -> bool {
        self.within_budget(|mut connection| async move {
            deadpool_redis::redis::cmd("PING").query_async::<String>(&mut connection).await
        })
        .await
        .is_some()
    }

    /// A key of ours.
    pub(crate) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Runs one command, or gives up quietly: an open breaker, a spent budget and an error are
    /// all the same to the caller.
    pub(crate) async fn within_budget<T, F>(
        &self,
        command: impl FnOnce(deadpool_redis::Connection) -> F,
    ) -> Option<T>
    where
        T: FromRedisValue,
        F: Future<Output = Result<T, RedisError>>,
    {
        if !self.breaker.allows() {
            return None;
        }
        let run = async { command(self.pool.get().await.ok()?).await.ok() };
        let answer = tokio::time::timeout(self.budget + Duration::from_millis(30), run).await;
        let value = answer.ok().flatten();
        self.breaker.record(value.is_some());
        if value.is_none() {
            metrics::counter!("terrace_cache_failures_total").increment(1);
        }
        value
    }
}

/// Lets one probe a second through while the other side fails.
#[derive(Debug)]
struct Breaker {
    started: Instant,
    failures: AtomicU32,
    retry_at_ms: AtomicU64,
}

impl Breaker {
    fn new() -> Self {
        Self {
            started: Instant::now(),
            failures: AtomicU32::new(0),
            retry_at_ms: AtomicU64::new(0),
        }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn allows(&self) -> bool {
        if self.failures.load(Ordering::Relaxed) < FAILURES_TO_OPEN {
            return true;
        }
        let (now, retry_at) = (self.now_ms(), self.retry_at_ms.load(Ordering::Relaxed));
        // Whoever moves the time on is the probe; the others stay out.
        now >= retry_at
            && self
                .retry_at_ms
                .compare_exchange(retry_at, now + open_ms(), Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }

    fn record(&self, success: bool) {
        if success {
            self.failures.store(0, Ordering::Relaxed);
        } else if self.failures.fetch_add(1, Ordering::Relaxed) + 1 == FAILURES_TO_OPEN {
            self.retry_at_ms.store(self.now_ms() + open_ms(), Ordering::Relaxed);
        }
    }
}

fn open_ms() -> u64 {
    u64::try_from(OPEN_FOR.as_millis()).unwrap_or(u64::MAX)
}
