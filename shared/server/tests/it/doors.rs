//! The doors to the database lose nothing that they acknowledged.
//!
//! A future that is dropped while its `BEGIN` is in flight leaves the pooled connection inside an
//! open transaction: the next statement on it is answered Ok and rolled back later. These tests
//! drop futures at random, and count.

use std::{
    future::Future,
    pin::pin,
    task::Poll,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, future::poll_fn, stream};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use terrace_server::db::{Context, Db, Protection};
use terrace_testkit::{Caller, TestApp, listing, setup, spawn_app};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::sources;

const ACKNOWLEDGED: usize = 2_000;
/// A future is polled so often at most before it is dropped. How often it takes to send a `BEGIN`
/// and to hear of it depends on the machine and on what else it does.
const TURNS: [u64; 4] = [10, 40, 100, 200];

/// Where futures are dropped; the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// Polls a future for a while, letting the runtime do its work in between, then drops it.
async fn cut<T>(future: impl Future<Output = T>, turns: u64) {
    let mut future = pin!(future);
    for _ in 0..turns {
        let ended = poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await;
        if ended {
            return;
        }
        tokio::task::yield_now().await;
    }
}

fn insert(kind: &'static str) -> String {
    format!("INSERT INTO jobs (kind, payload) VALUES ('{kind}', '{{}}')")
}

async fn write(db: &Db, kind: &'static str) -> Result<(), terrace_server::error::Error> {
    db.tx(Context::system("doors"), move |tx| {
        Box::pin(async move {
            tx.execute_raw(Statement::from_string(DbBackend::Postgres, insert(kind))).await?;
            Ok(())
        })
    })
    .await
}

/// Begins transactions and drops them at random, and between them makes rows that are
/// acknowledged; says how many of those are not there at the end.
async fn storm(app: &TestApp, protection: Protection, round: u64) -> usize {
    let mut config = app.profile.database.clone();
    config.max_connections = 1;
    let db = match protection {
        // As the application has it.
        Protection::Spawned => Db::connect(&config),
        Protection::None => Db::connect(&config).with_protection(protection),
    };
    let mut dice = Dice(0x5EED_2026_1121 + round);
    let mut acknowledged = 0;
    while acknowledged < ACKNOWLEDGED {
        let bound = TURNS[acknowledged % TURNS.len()];
        cut(write(&db, "cut"), dice.below(bound)).await;
        if acknowledged % 5 == 0 {
            write(&db, "kept").await.expect("a transaction");
        } else {
            // What joins the open transaction of another is answered Ok, and lost.
            assert_eq!(db.autocommit(&insert("kept")).await.expect("an insert"), 1);
        }
        acknowledged += 1;
    }
    db.close().await;
    let kept: i64 = app.value("SELECT count(*) FROM jobs WHERE kind = 'kept'").await;
    ACKNOWLEDGED - usize::try_from(kept).unwrap()
}

#[tokio::test]
async fn nothing_acknowledged_is_lost() {
    let app = spawn_app("bestays").await;
    assert_eq!(storm(&app, Protection::Spawned, 0).await, 0);
    no_transaction_is_left_open(&app).await;
}

/// Shows that the test above can fail, and that the protection is still needed.
#[tokio::test]
async fn without_the_protection_writes_are_lost() {
    let app = spawn_app("bestays").await;
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut round = 0;
    while storm(&app, Protection::None, round).await == 0 {
        round += 1;
        assert!(
            Instant::now() < deadline,
            "nothing was lost without the protection: it may go, or this test sees nothing"
        );
        app.execute("DELETE FROM jobs").await;
    }
}

/// What was cut is there whole or not at all, and its transaction has ended.
async fn no_transaction_is_left_open(app: &TestApp) {
    let deadline = Instant::now() + Duration::from_secs(6);
    loop {
        let open: i64 = app
            .value(format!(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = '{}' \
                 AND state LIKE 'idle in transaction%'",
                app.database
            ))
            .await;
        if open == 0 {
            return;
        }
        assert!(Instant::now() < deadline, "{open} transactions are left open");
    }
}

/// A create whose client hangs up at a random moment, with a reset.
async fn hung_up(app: &TestApp, agent: &Caller, turns: u64) {
    let body =
        listing::with(listing::rent(), serde_json::json!({"title": "Hung up on"})).to_string();
    let request = format!(
        "POST /api/v1/properties HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        agent.token.as_deref().unwrap(),
        body.len()
    );
    let mut stream = TcpStream::connect(app.address()).await.expect("a connection");
    stream.set_zero_linger().expect("a reset at the end");
    stream.write_all(request.as_bytes()).await.expect("a request");
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn clients_that_hang_up_cost_nobody_a_listing() {
    let app = setup("bestays").with(|profile| profile.database.max_connections = 2).spawn().await;
    let agent = app.agent("somchai").await;
    let mut dice = Dice(0xD1CE);
    let turns: Vec<u64> = (0..300).map(|_| dice.below(2_000)).collect();
    let made: Vec<Option<String>> = stream::iter(turns.iter().enumerate())
        .map(|(nth, turns)| {
            let (app, agent) = (&app, &agent);
            async move {
                if nth % 2 == 0 {
                    hung_up(app, agent, *turns).await;
                    None
                } else {
                    Some(agent.create(listing::rent()).await.id.to_string())
                }
            }
        })
        .buffer_unordered(16)
        .collect()
        .await;
    let acknowledged: Vec<_> = made.into_iter().flatten().collect();
    assert_eq!(acknowledged.len(), 150);
    no_transaction_is_left_open(&app).await;
    let ids: Vec<String> = app.values("SELECT id::text FROM properties").await;
    let lost: Vec<_> = acknowledged.iter().filter(|id| !ids.contains(id)).collect();
    assert!(lost.is_empty(), "acknowledged and not there: {lost:?}");
    let half: i64 = app
        .value("SELECT count(*) FROM properties p WHERE NOT EXISTS (SELECT FROM rental_details r WHERE r.property_id = p.id)")
        .await;
    assert_eq!(half, 0, "listings without their details");
}

/// Whoever holds a pool or begins a transaction elsewhere walks around the doors.
#[test]
fn nobody_reaches_the_database_but_through_the_doors() {
    // Checks and commands that have no requests to lose.
    let exempt = ["cli/serve.rs", "cli/migrate.rs"];
    let words = [
        "PgPool",
        "DatabaseConnection",
        "TransactionTrait",
        "connect_lazy",
        ".begin(",
        "PgConnection",
        "Database::connect",
    ];
    let mut found = Vec::new();
    for (name, text) in sources::files() {
        // Brands are made, moved and dropped by an operator, as the server's superuser.
        if name.starts_with("db/")
            || name.starts_with("brands/")
            || name.starts_with("interchange/")
            || exempt.contains(&name.as_str())
        {
            continue;
        }
        for (line, code) in text.lines().enumerate() {
            let hit = words
                .iter()
                .find(|word| code.contains(**word) && !code.trim_start().starts_with("//"));
            found.extend(hit.map(|word| format!("{name}:{}: {word}", line + 1)));
        }
    }
    assert!(found.is_empty(), "the database is reached without its doors:\n{}", found.join("\n"));
}
