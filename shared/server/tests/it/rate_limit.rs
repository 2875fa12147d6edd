//! How much a client may ask: whoever they say they are, with Redis and without.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use serde_json::json;
use terrace_product::{Limits, Network, Profile, ServerUrl};
use terrace_testkit::{Mode, Proxy, Setup, TestApp, redis_url, setup};

const READ: &str = "/api/v1/product";

fn limits() -> Limits {
    Limits {
        enabled: true,
        client_per_minute: 20,
        user_per_minute: 40,
        public_writes_per_hour: 3,
        failed_tokens_per_minute: 5,
    }
}

fn limited() -> Setup {
    setup("bestays").with(|profile: &mut Profile| profile.limits = limits())
}

/// A client with an address of its own: the whole of 127/8 is this machine.
fn from(last: u8) -> reqwest::Client {
    let address = IpAddr::V4(Ipv4Addr::new(127, 0, 0, last));
    reqwest::Client::builder().local_address(address).build().unwrap()
}

/// Statuses of reads that are sent at once.
async fn reads(
    app: &TestApp,
    client: &reqwest::Client,
    forged: impl Fn(usize) -> String,
    times: usize,
) -> Vec<u16> {
    let url = format!("{}{READ}", app.base);
    let calls = (0..times).map(|nth| {
        let call = client.get(&url).header("x-forwarded-for", forged(nth));
        async move { call.send().await.unwrap().status().as_u16() }
    });
    join_all(calls).await
}

fn count(statuses: &[u16], status: u16) -> usize {
    statuses.iter().filter(|one| **one == status).count()
}

/// Some points come back while the test runs: 20 a minute are one in three seconds.
fn allowed_in(since: Instant, points: usize, window: u64) -> usize {
    points + since.elapsed().as_secs() as usize * points / window as usize + 1
}

#[tokio::test]
async fn a_thousand_forged_addresses_are_one_client() {
    let app = limited().spawn().await;
    let begun = Instant::now();
    let (liar, other) = (from(2), from(3));
    let mut statuses = Vec::new();
    for round in 0..20 {
        let forged = |nth: usize| format!("198.51.{}.{}", round, nth % 250);
        statuses.extend(reads(&app, &liar, forged, 50).await);
    }
    assert_eq!(statuses.len(), 1000);
    let (taken, refused) = (count(&statuses, 200), count(&statuses, 429));
    assert_eq!(taken + refused, 1000, "neither 200 nor 429: {statuses:?}");
    assert!((20..=allowed_in(begun, 20, 60)).contains(&taken), "{taken} of 1000 were taken");
    // Meanwhile somebody else notices nothing.
    let theirs = reads(&app, &other, |_| "198.51.0.1".to_owned(), 20).await;
    assert_eq!(count(&theirs, 200), 20, "{theirs:?}");
}

#[tokio::test]
async fn a_refusal_says_when_to_come_back_and_every_answer_what_is_left() {
    let app = limited().spawn().await;
    let visitor = app.anonymous();
    let first = visitor.get(READ).await.expect(200);
    assert_eq!(first.header("ratelimit-policy"), "\"client\";q=20;w=60");
    assert_eq!(first.header("ratelimit"), "\"client\";r=19;t=3");
    let refused = loop {
        let reply = visitor.get(READ).await;
        if reply.status != 200 {
            break reply;
        }
    };
    refused.problem(429, "rate_limited");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=3).contains(&wait), "{refused:?}");
    assert!(refused.header("ratelimit").starts_with("\"client\";r=0;t="), "{refused:?}");
    assert_eq!(refused.header("ratelimit-policy"), "\"client\";q=20;w=60");
    // Whoever watches an instance sees it when it is busiest.
    for _ in 0..30 {
        for path in ["/health/live", "/health/ready", "/metrics"] {
            let seen = visitor.get(path).await.expect(200);
            assert_eq!(seen.header("ratelimit"), "", "{path}");
        }
    }
    let metrics = visitor.get("/metrics").await.text();
    assert!(metrics.contains("terrace_rate_limited_total{policy=\"client\"}"), "{metrics}");
}

#[tokio::test]
async fn what_was_spent_comes_back() {
    let app = setup("bestays")
        .with(|profile| profile.limits = Limits { client_per_minute: 600, ..limits() })
        .spawn()
        .await;
    let visitor = app.anonymous();
    while visitor.get(READ).await.status == 200 {}
    // A tenth of a second is one point; all that is waited for is the clock of Redis.
    let deadline = Instant::now() + Duration::from_secs(5);
    while visitor.get(READ).await.status == 429 {
        assert!(Instant::now() < deadline, "nothing comes back");
    }
}

#[tokio::test]
async fn a_person_is_one_client_wherever_they_ask_from() {
    let app = limited().spawn().await;
    let agent = app.agent("somchai").await;
    let first = agent.get(READ).await.expect(200);
    assert_eq!(first.header("ratelimit-policy"), "\"user\";q=40;w=60");
    let token = agent.token.clone().unwrap();
    let mut taken = 1;
    let begun = Instant::now();
    for last in 10..20 {
        let client = from(last);
        for _ in 0..10 {
            let call = client.get(format!("{}{READ}", app.base)).bearer_auth(&token);
            taken += usize::from(call.send().await.unwrap().status() == 200);
        }
    }
    assert!((40..=allowed_in(begun, 40, 60)).contains(&taken), "{taken}");
    // Neither a visitor at the same address nor another person pays for it.
    let _ = app.anonymous().get(READ).await.expect(200);
    let _ = app.agent("malee").await.get(READ).await.expect(200);
}

#[tokio::test]
async fn what_anyone_may_write_is_counted_apart() {
    let app = limited().spawn().await;
    let visitor = app.anonymous();
    let ask = |nth: usize| {
        visitor
            .post("/api/v1/leads", json!({"name": "Malee", "email": format!("m{nth}@example.com")}))
    };
    for nth in 0..3 {
        let reply = ask(nth).await.expect(202);
        assert_eq!(reply.header("ratelimit-policy"), "\"public_writes\";q=3;w=3600");
    }
    let refused = ask(3).await;
    refused.problem(429, "rate_limited");
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 600, "{refused:?}");
    let leads: i64 = app.value("SELECT count(*) FROM leads").await;
    assert_eq!(leads, 3);
    let _ = visitor.get(READ).await.expect(200);
}

#[tokio::test]
async fn whoever_guesses_tokens_is_not_listened_to() {
    let app = limited().spawn().await;
    let forger = app.bearer("a.b.c");
    let mut statuses = Vec::new();
    for _ in 0..10 {
        statuses.push(forger.get(READ).await.status);
    }
    assert_eq!(count(&statuses, 401), 5, "{statuses:?}");
    assert_eq!(count(&statuses, 429), 5, "{statuses:?}");
    // Who sends none is somebody else's case.
    let _ = app.anonymous().get(READ).await.expect(200);
}

#[tokio::test]
async fn behind_our_proxy_each_client_counts_for_themselves() {
    let app = limited()
        .with(|profile| {
            let ours = Network::try_from("127.0.0.2".to_owned()).unwrap();
            profile.server.trusted_proxies = vec![ours];
        })
        .spawn()
        .await;
    let proxy = from(2);
    let begun = Instant::now();
    // What the client claims stands on the left of what our proxy saw.
    let liar = |nth: usize| format!("192.0.2.{}, 198.51.100.1", nth % 250);
    let statuses = reads(&app, &proxy, liar, 60).await;
    assert!((20..=allowed_in(begun, 20, 60)).contains(&count(&statuses, 200)), "{statuses:?}");
    let others = reads(&app, &proxy, |nth| format!("198.51.100.{}", nth + 2), 60).await;
    assert_eq!(count(&others, 200), 60, "{others:?}");
    // One subscriber of IPv6 has a whole /64.
    let six = reads(&app, &proxy, |nth| format!("2001:db8:1:2::{nth:x}"), 60).await;
    assert!((20..=allowed_in(begun, 20, 60)).contains(&count(&six, 200)), "{six:?}");
}

/// Two instances share the accounts.
#[tokio::test]
async fn many_instances_know_one_client() {
    let one = limited().spawn().await;
    let redis = one.profile.redis.clone();
    let two = limited().with(move |profile| profile.redis = redis).spawn().await;
    let begun = Instant::now();
    let client = from(2);
    let mut taken = 0;
    for _ in 0..30 {
        for app in [&one, &two] {
            taken += count(&reads(app, &client, |_| String::new(), 1).await, 200);
        }
    }
    assert!((20..=allowed_in(begun, 20, 60)).contains(&taken), "{taken}");
}

async fn through(proxy: &Proxy) -> TestApp {
    let url = format!("redis://{}/0", proxy.address());
    limited().with(move |profile| profile.redis.url = ServerUrl::parse(&url).unwrap()).spawn().await
}

/// Frozen in the midst of it: the limits hold in the process, and nobody waits for long.
#[tokio::test]
async fn without_redis_the_limits_hold_all_the_same() {
    for mode in [Mode::Blackhole, Mode::Reset] {
        let url = redis_url();
        let target = url.trim_start_matches("redis://").split('/').next().unwrap().to_owned();
        let proxy = Proxy::to(target).await;
        let app = through(&proxy).await;
        let _ = app.anonymous().get(READ).await.expect(200);
        proxy.set(mode);
        let (begun, client) = (Instant::now(), from(2));
        let mut slowest = Duration::ZERO;
        let mut statuses = Vec::new();
        for _ in 0..200 {
            let asked = Instant::now();
            statuses.extend(reads(&app, &client, |_| String::new(), 1).await);
            slowest = slowest.max(asked.elapsed());
        }
        let taken = count(&statuses, 200);
        assert!((20..=allowed_in(begun, 20, 60)).contains(&taken), "{mode:?}: {taken}");
        assert_eq!(count(&statuses, 429), 200 - taken, "{mode:?}");
        assert!(slowest < Duration::from_millis(500), "{mode:?}: {slowest:?}");
    }
}

/// What is left to a client, as an answer tells it.
fn left(reply: &reqwest::Response) -> u32 {
    points(reply.headers().get("ratelimit").unwrap().to_str().unwrap())
}

fn points(told: &str) -> u32 {
    told.split("r=").nth(1).unwrap().split(';').next().unwrap().parse().unwrap()
}

/// Once Redis is there again the accounts are everybody's again, without a restart.
#[tokio::test]
async fn when_redis_is_back_it_keeps_the_accounts() {
    let target = redis_url().trim_start_matches("redis://").split('/').next().unwrap().to_owned();
    let proxy = Proxy::to(target).await;
    let one = through(&proxy).await;
    let prefix = one.profile.redis.prefix.clone();
    let two = limited().with(move |profile| profile.redis.prefix = prefix).spawn().await;
    // Somebody new each time: what one instance was asked by them, the other knows or does not.
    let mut newcomers = (20..250).map(from);
    let mut is_shared = async || {
        let client = newcomers.next().unwrap();
        let ask =
            async |app: &TestApp| client.get(format!("{}{READ}", app.base)).send().await.unwrap();
        assert_eq!(left(&ask(&one).await), 19);
        left(&ask(&two).await) == 18
    };
    assert!(is_shared().await);
    proxy.set(Mode::Reset);
    assert!(!is_shared().await);
    proxy.set(Mode::Pass);
    let deadline = Instant::now() + Duration::from_secs(10);
    while !is_shared().await {
        assert!(Instant::now() < deadline, "Redis is back, and each counts for itself");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What costs the server more costs the client more.
#[tokio::test]
async fn each_operation_has_its_price() {
    // Of so few points none is lent to the process, and each answer tells the account.
    let app = limited().with(|profile| profile.limits.user_per_minute = 39).spawn().await;
    let (visitor, agent) = (app.anonymous(), app.agent("somchai").await);
    let left = |reply: &terrace_testkit::Reply| -> u32 { points(reply.header("ratelimit")) };
    assert_eq!(left(&visitor.get(READ).await.expect(200)), 19);
    let search = visitor.post("/api/v1/search", json!({"query": "villa"})).await.expect(200);
    assert_eq!(left(&search), 16);
    assert_eq!(left(&agent.get("/api/v1/me").await.expect(200)), 38);
    let refused = agent.post("/api/v1/properties", json!({})).await.expect(422);
    assert_eq!(left(&refused), 36, "what is refused was looked at all the same");
    // Dearer than all there is: it takes everything, and the next has to wait.
    let _ = app.agent("malee").await.get("/api/v1/leads/export").await.expect(200);
    let malee = app.agent("malee").await;
    malee.get(READ).await.problem(429, "rate_limited");
}

#[tokio::test]
async fn a_brand_may_do_without() {
    let app = setup("bestays")
        .with(|profile| profile.limits = Limits { enabled: false, ..limits() })
        .spawn()
        .await;
    for _ in 0..50 {
        let reply = app.anonymous().get(READ).await.expect(200);
        assert_eq!(reply.header("ratelimit"), "");
    }
}
