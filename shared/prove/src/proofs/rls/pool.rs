//! Identities end with their transactions: many people share few connections, some go away in the
//! midst, and between them come statements that say for nobody that they are asked.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use terrace_server::db::{Context, Db, Work};
use uuid::Uuid;

use crate::{
    report::Report,
    run::{Run, together},
};

/// What each of them has.
const OWN: usize = 3;

/// What somebody does.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// Looks at everything that they see.
    Reads,
    /// Changes everything that they see.
    Writes,
    /// A statement outside a transaction: it has no identity of its own.
    AsksForNobody,
}

/// What came of it.
#[derive(Debug)]
enum Came {
    /// Rows that are theirs, and rows that are not.
    Saw {
        own: usize,
        foreign: usize,
    },
    Changed(u64),
    /// Rows that nobody was shown.
    Shown(u64),
    /// They did not wait for it.
    Left,
}

pub(crate) async fn prove(run: &Run<'_>) -> anyhow::Result<Report> {
    let (users, ops) = (run.count("users"), run.count("ops"));
    let connections = run.setting("conns").to_string();
    let brand =
        run.brand_with(&[("DATABASE__MAX_CONNECTIONS", &connections), crate::run::PATIENT]).await?;
    let people: Vec<Uuid> = (0..users).map(|_| Uuid::now_v7()).collect();
    for (n, id) in people.iter().enumerate() {
        brand
            .sql(&format!(
                "INSERT INTO users (id, auth_subject) VALUES ('{id}', 'user_pooled-{n}'); \
                 INSERT INTO saved_searches (user_id, name) SELECT '{id}', 'Mine' FROM generate_series(1, {OWN})"
            ))
            .await?;
    }
    // Before the first connection: a statement that is prepared is not sent again.
    run.mutate(&brand).await?;
    let db = brand.database();
    let mut dice = run.dice();
    let acts: Vec<_> = (0..ops)
        .map(|_| {
            let who = people.get(dice.usize(0..users)).copied().unwrap_or_default();
            let act = match dice.u8(0..10) {
                0..5 => Act::Reads,
                5..7 => Act::Writes,
                _ => Act::AsksForNobody,
            };
            let leaves = dice.u64(0..100) < run.setting("rst");
            (who, act, leaves.then(|| Duration::from_micros(dice.u64(0..4000))))
        })
        .collect();
    run.say(format!("{ops} operations of {users} people on {connections} connections"));
    let came = together(run.count("at-once"), acts, async |(who, act, leaves)| {
        let done = perform(&db, who, act);
        match leaves {
            Some(after) => tokio::time::timeout(after, done).await.unwrap_or(Ok(Came::Left)),
            None => done.await,
        }
    })
    .await;

    let mut report = Report::default();
    let (mut left, mut asked, mut failed) = (0_u64, 0_u64, Vec::new());
    let (mut foreign, mut wanting, mut shown) = (Vec::new(), Vec::new(), Vec::new());
    for came in came {
        match came {
            Ok(Came::Left) => left += 1,
            Ok(Came::Saw { own, foreign: strange }) => {
                if strange > 0 {
                    foreign.push(format!("{strange} rows"));
                }
                if own != OWN {
                    wanting.push(format!("{own} of {OWN} seen"));
                }
            }
            Ok(Came::Changed(rows)) => {
                if usize::try_from(rows)? != OWN {
                    foreign.push(format!("{rows} rows changed"));
                }
            }
            Ok(Came::Shown(rows)) => {
                asked += 1;
                if rows > 0 {
                    shown.push(format!("{rows} rows"));
                }
            }
            Err(error) => failed.push(error.to_string()),
        }
    }
    report.count("left", left);
    report.count("asked_for_nobody", asked);
    report.none("every operation is answered", &failed);
    report.none("nobody sees or changes another's rows", &foreign);
    report.none("everybody sees their own rows", &wanting);
    report.none("a statement for nobody sees nothing", &shown);
    report.at_least("some are asked for nobody", 1, asked);
    report.at_least("some go away in the midst", 1, left);
    db.close().await;
    Ok(report)
}

async fn perform(db: &Db, who: Uuid, act: Act) -> anyhow::Result<Came> {
    let statement = |sql: &str| Statement::from_string(DbBackend::Postgres, sql);
    let context = Context {
        user_id: Some(who),
        role: "user",
        is_background: false,
        ..Context::system("prove")
    };
    match act {
        Act::Reads => {
            let read = statement("SELECT user_id FROM saved_searches");
            let rows = db
                .tx(context, move |tx| -> Work<'_, Vec<Option<Uuid>>> {
                    let read = read.clone();
                    Box::pin(async move {
                        let rows = tx.query_all_raw(read).await?;
                        Ok(rows
                            .iter()
                            .map(|row| row.try_get("", "user_id"))
                            .collect::<Result<_, _>>()?)
                    })
                })
                .await?;
            let own = rows.iter().filter(|owner| **owner == Some(who)).count();
            Ok(Came::Saw { own, foreign: rows.len() - own })
        }
        Act::Writes => {
            let write = statement("UPDATE saved_searches SET name = 'Still mine'");
            let rows = db
                .tx(context, move |tx| -> Work<'_, u64> {
                    let write = write.clone();
                    Box::pin(async move { Ok(tx.execute_raw(write).await?.rows_affected()) })
                })
                .await?;
            Ok(Came::Changed(rows))
        }
        Act::AsksForNobody => Ok(Came::Shown(db.autocommit("SELECT FROM saved_searches").await?)),
    }
}
