//! Who has spent how much.
//!
//! Redis keeps the accounts, so that many instances know one client as one. Two things keep it
//! out of most requests:
//! - A client of a large allowance is lent some points at once, which this process gives out by
//!   itself. What it does not give out is lost to the client, which is why it is little.
//! - A client that was refused is refused here until its time has come: a flood does not reach
//!   Redis.
//!
//! Without Redis each process keeps accounts of its own: the limits then hold for each instance.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use deadpool_redis::redis::Script;
use governor::{
    DefaultKeyedRateLimiter, NotUntil, Quota as Allowance, RateLimiter,
    clock::{Clock, DefaultClock, QuantaInstant},
    middleware::StateInformationMiddleware,
};
use moka::sync::Cache as Memory;
use terrace_product::Limits;
use tokio::sync::Mutex;

use super::policy::{Policy, Quota};
use crate::cache::Cache;

/// A loan is this part of an allowance.
const LOAN: u32 = 40;

/// A loan that was not called for in this time goes stale: the client has earned new points.
const LOAN_HOLDS_FOR: Duration = Duration::from_secs(5);

/// Clients remembered at once.
const CLIENTS: u64 = 100_000;

/// After so many accounts made here, those that are full again are forgotten.
const TIDY_EVERY: u32 = 4096;

/// What a request was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) allowed: bool,
    /// Points left.
    pub(super) remaining: u32,
    /// Until all points are there again.
    pub(super) full_in: Duration,
    /// For who was refused: until it would be allowed.
    pub(super) retry_in: Duration,
}

/// What this process knows of a client without asking.
#[derive(Debug)]
struct Standing {
    /// Points lent by Redis.
    lent: u32,
    lent_at: Instant,
    remaining: u32,
    full_at: Instant,
    /// A request of this cost is refused until then.
    refused: Option<(u32, Instant)>,
}

type Local = DefaultKeyedRateLimiter<String, StateInformationMiddleware>;

/// The accounts of one policy.
#[derive(Debug)]
struct Book {
    policy: Policy,
    quota: Quota,
    standings: Memory<String, Arc<Mutex<Standing>>>,
    /// For when Redis is away.
    local: Local,
    made: AtomicU32,
}

/// The accounts of all clients.
#[derive(Debug)]
pub struct Ledger {
    books: [Book; 4],
    script: Script,
}

impl Ledger {
    /// Accounts under these limits.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            books: Policy::ALL.map(|policy| Book::new(policy, policy.quota(limits))),
            script: Script::new(include_str!("gcra.lua")),
        }
    }

    fn book(&self, policy: Policy) -> &Book {
        let [client, user, public_writes, failed_tokens] = &self.books;
        match policy {
            Policy::Client => client,
            Policy::User => user,
            Policy::PublicWrites => public_writes,
            Policy::FailedTokens => failed_tokens,
        }
    }

    pub(super) fn quota(&self, policy: Policy) -> Quota {
        self.book(policy).quota
    }

    /// Spends points of a client.
    pub(super) async fn spend(
        &self,
        cache: &Cache,
        policy: Policy,
        who: &str,
        cost: u32,
    ) -> Verdict {
        let book = self.book(policy);
        let cost = cost.min(book.quota.points);
        let standing = book.standing(who);
        // Requests of one client wait for each other here, those of others do not.
        let mut standing = standing.lock().await;
        let now = Instant::now();
        if let Some(verdict) = standing.verdict(cost, now) {
            return verdict;
        }
        let verdict = match self.ask(cache, book, who, cost).await {
            Some(Told { granted, verdict }) => {
                if verdict.allowed {
                    standing.lent = granted - cost;
                    standing.lent_at = now;
                }
                verdict
            }
            None => book.locally(who, cost),
        };
        standing.remember(cost, &verdict, now);
        verdict
    }

    /// What is known of a client that must not spend; none where nothing speaks against it.
    pub(super) async fn refusal(&self, policy: Policy, who: &str) -> Option<Verdict> {
        let standing = self.book(policy).standings.get(who)?;
        let standing = standing.lock().await;
        standing.refusal(1, Instant::now())
    }

    async fn ask(&self, cache: &Cache, book: &Book, who: &str, cost: u32) -> Option<Told> {
        let key = cache.key(&account(book.policy, who));
        let micros = book.quota.interval().as_nanos() as f64 / 1000.0;
        let want = cost.saturating_add(book.quota.points / LOAN).min(book.quota.points);
        let script = &self.script;
        let answer: (u32, u32, i64, i64) = cache
            .within_budget(|mut connection| async move {
                let mut call = script.key(key);
                call.arg(micros).arg(book.quota.points).arg(cost).arg(want);
                call.invoke_async(&mut connection).await
            })
            .await?;
        let (granted, left, full_in, retry_in) = answer;
        let micros = |number: i64| Duration::from_micros(u64::try_from(number).unwrap_or(0));
        let verdict = Verdict {
            allowed: granted >= cost,
            remaining: left + granted.saturating_sub(cost),
            full_in: micros(full_in),
            retry_in: micros(retry_in),
        };
        Some(Told { granted, verdict })
    }
}

/// Where an account stands.
pub(super) fn account(policy: Policy, who: &str) -> String {
    format!("limit:{}:{who}", policy.name())
}

struct Told {
    granted: u32,
    verdict: Verdict,
}

impl Book {
    fn new(policy: Policy, quota: Quota) -> Self {
        let points = NonZeroU32::new(quota.points).unwrap_or(NonZeroU32::MIN);
        let allowance = Allowance::with_period(quota.interval())
            .unwrap_or_else(|| Allowance::per_second(points))
            .allow_burst(points);
        Self {
            policy,
            quota,
            standings: Memory::builder().max_capacity(CLIENTS).time_to_idle(quota.window).build(),
            local: RateLimiter::keyed(allowance).with_middleware(),
            made: AtomicU32::new(0),
        }
    }

    fn standing(&self, who: &str) -> Arc<Mutex<Standing>> {
        self.standings.get_with_by_ref(who, || {
            let now = Instant::now();
            Arc::new(Mutex::new(Standing {
                lent: 0,
                lent_at: now,
                remaining: self.quota.points,
                full_at: now,
                refused: None,
            }))
        })
    }

    /// The account that this process keeps by itself.
    fn locally(&self, who: &str, cost: u32) -> Verdict {
        metrics::counter!("terrace_rate_limit_local_total").increment(1);
        if self.made.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            self.local.retain_recent();
            self.local.shrink_to_fit();
        }
        let cost = NonZeroU32::new(cost).unwrap_or(NonZeroU32::MIN);
        let spent = |remaining: u32| self.quota.points.saturating_sub(remaining);
        match self.local.check_key_n(&who.to_owned(), cost) {
            Ok(Ok(state)) => {
                let remaining = state.remaining_burst_capacity();
                Verdict {
                    allowed: true,
                    remaining,
                    full_in: self.quota.interval() * spent(remaining),
                    retry_in: Duration::ZERO,
                }
            }
            Ok(Err(not_until)) => self.refused_locally(&not_until),
            // A cost beyond the whole allowance; it was brought down to it before.
            Err(_) => Verdict {
                allowed: false,
                remaining: 0,
                full_in: self.quota.window,
                retry_in: self.quota.window,
            },
        }
    }

    fn refused_locally(&self, not_until: &NotUntil<QuantaInstant>) -> Verdict {
        let retry_in = not_until.wait_time_from(DefaultClock::default().now());
        Verdict { allowed: false, remaining: 0, full_in: self.quota.window, retry_in }
    }
}

impl Standing {
    /// What can be told without asking anybody.
    fn verdict(&mut self, cost: u32, now: Instant) -> Option<Verdict> {
        if self.lent >= cost && now.duration_since(self.lent_at) < LOAN_HOLDS_FOR {
            self.lent -= cost;
            self.remaining = self.remaining.saturating_sub(cost);
            return Some(Verdict {
                allowed: true,
                remaining: self.remaining,
                full_in: self.full_at.saturating_duration_since(now),
                retry_in: Duration::ZERO,
            });
        }
        self.refusal(cost, now)
    }

    fn refusal(&self, cost: u32, now: Instant) -> Option<Verdict> {
        let (of_cost, until) = self.refused?;
        (cost >= of_cost && now < until).then(|| Verdict {
            allowed: false,
            remaining: self.remaining,
            full_in: self.full_at.saturating_duration_since(now),
            retry_in: until - now,
        })
    }

    fn remember(&mut self, cost: u32, verdict: &Verdict, now: Instant) {
        self.remaining = verdict.remaining;
        self.full_at = now + verdict.full_in;
        self.refused = (!verdict.allowed).then(|| (cost, now + verdict.retry_in));
    }
}
