//! Killing the server, or PostgreSQL below it, while clients write: what was acknowledged is
//! there, and who got no answer asks again with the same key.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    time::{Duration, Instant},
};

use anyhow::ensure;
use futures_util::StreamExt;

use super::acknowledged_are_there;
use crate::{
    http::{Ask, Lost, Reply},
    report::{Report, percentile},
    run::{Run, crowd, together},
    stage::Brand,
    writes::{Subject, Write},
};

/// How long a writer waits before it asks again.
const PAUSE: Duration = Duration::from_millis(20);
/// After so long without an answer a writer gives up, and the proof with it.
const PATIENCE: Duration = Duration::from_secs(90);

/// What the writers have seen.
#[derive(Default)]
struct Seen {
    acknowledged: Cell<usize>,
    lost: Cell<usize>,
    unavailable: Cell<usize>,
    refused: RefCell<Vec<String>>,
    impolite: Cell<usize>,
}

/// Kills the server.
pub(crate) async fn api(run: &Run<'_>, subject: Subject) -> anyhow::Result<Report> {
    let mut brand = run.brand().await?;
    let writes = subject.writes(&brand, run.count("acks")).await?;
    run.mutate(&brand).await?;
    let (seen, moments) = (Seen::default(), moments(run));
    let Brand { server, clients, .. } = &mut brand;
    let killing = async {
        let mut ready = Vec::new();
        for moment in moments {
            until(&seen, moment).await;
            server.kill();
            ready.push(server.begin().await?);
            run.say(format!("killed at {} acknowledged", seen.acknowledged.get()));
        }
        anyhow::Ok(ready)
    };
    let writing = crowd(run.count("connections"), &writes, async |write| {
        let ask = &write.ask;
        (write, insist(&seen, async || clients.send(ask).await).await)
    })
    .collect::<Vec<_>>();
    let (ready, answers) = futures_util::future::join(killing, writing).await;
    let ready = ready?;
    let mut report = Report::default();
    judge(run, &mut report, &brand, subject, answers, &seen, &ready).await?;
    Ok(report)
}

/// Kills PostgreSQL.
pub(crate) async fn postgres(run: &Run<'_>, subject: Subject) -> anyhow::Result<Report> {
    let mut brand = run.brand().await?;
    // Some more, to be sent while it is away.
    let (acks, kills) = (run.count("acks"), run.count("kills"));
    let mut writes = subject.writes(&brand, acks + kills).await?;
    let probes = writes.split_off(acks);
    run.mutate(&brand).await?;
    let (seen, moments) = (Seen::default(), moments(run));
    let before = brand.server.id();
    let Brand { cluster, clients, .. } = &mut brand;
    let clients = &*clients;
    let killing = async {
        let (mut ready, mut recovered, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
        for (moment, probe) in moments.into_iter().zip(&probes) {
            until(&seen, moment).await;
            cluster.kill();
            run.say(format!("killed at {} acknowledged", seen.acknowledged.get()));
            for (what, ask) in
                [("health", Ask::get("/health/ready")), ("a write", probe.ask.clone())]
            {
                match clients.send(&ask).await {
                    Ok(reply)
                        if reply.status == 503 && (reply.has_retry_after || what == "health") => {}
                    other => wrong.push(format!("{what}: {other:?}")),
                }
            }
            let begun = Instant::now();
            recovered.push(cluster.start().await?);
            while !clients
                .send(&Ask::get("/health/ready"))
                .await
                .is_ok_and(|reply| reply.status == 200)
            {
                ensure!(begun.elapsed() < PATIENCE, "the API is not ready again");
                tokio::time::sleep(PAUSE).await;
            }
            ready.push(begun.elapsed());
        }
        anyhow::Ok((ready, recovered, wrong))
    };
    let writing = crowd(run.count("connections"), &writes, async |write| {
        (write, insist(&seen, async || clients.send(&write.ask).await).await)
    })
    .collect::<Vec<_>>();
    let (killed, answers) = futures_util::future::join(killing, writing).await;
    let (ready, recovered, wrong) = killed?;
    let mut report = Report::default();
    report.none("the API answers 503 meanwhile", &wrong);
    report.demand(
        "the API is not restarted",
        brand.server.id() == before,
        "one process",
        "another",
    );
    report.count("recovered_ms", percentile(&recovered, 1.0));
    judge(run, &mut report, &brand, subject, answers, &seen, &ready).await?;
    Ok(report)
}

/// At how many acknowledged writes each kill comes.
fn moments(run: &Run<'_>) -> Vec<usize> {
    let (acks, kills) = (run.count("acks"), run.count("kills"));
    let (mut dice, share) = (run.dice(), acks / (kills + 1).max(1));
    (1..=kills).map(|nth| share * nth - dice.usize(0..=share / 2)).collect()
}

async fn until(seen: &Seen, acknowledged: usize) {
    while seen.acknowledged.get() < acknowledged {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Sends the same request until it is answered for good.
async fn insist(seen: &Seen, send: impl AsyncFn() -> Result<Reply, Lost>) -> Option<Reply> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        match send().await {
            Ok(reply) if reply.status == 201 => {
                seen.acknowledged.set(seen.acknowledged.get() + 1);
                return Some(reply);
            }
            Ok(reply) if reply.status == 503 => {
                seen.unavailable.set(seen.unavailable.get() + 1);
                if !reply.has_retry_after {
                    seen.impolite.set(seen.impolite.get() + 1);
                }
            }
            Ok(reply) => {
                seen.refused.borrow_mut().push(format!("{} {}", reply.status, reply.code()));
                return None;
            }
            Err(Lost::Unknown) => seen.lost.set(seen.lost.get() + 1),
            Err(Lost::Unsent) => {}
        }
        tokio::time::sleep(PAUSE).await;
    }
    seen.refused.borrow_mut().push("no answer at all".to_owned());
    None
}

async fn judge(
    run: &Run<'_>,
    report: &mut Report,
    brand: &Brand,
    subject: Subject,
    answers: Vec<(&Write, Option<Reply>)>,
    seen: &Seen,
    ready: &[Duration],
) -> anyhow::Result<()> {
    let took: Vec<_> = answers.iter().filter_map(|(_, reply)| Some(reply.as_ref()?.took)).collect();
    report.count("acknowledged", seen.acknowledged.get());
    report.count("answers_lost", seen.lost.get());
    report.count("answered_503", seen.unavailable.get());
    report.count("ready_again_ms", percentile(ready, 1.0));
    report.count("p99_ms", percentile(&took, 0.99));
    report.exactly("kills", run.count("kills"), ready.len());
    report.none("every write is acknowledged in the end", &seen.refused.borrow());
    report.exactly("503 says when to come back", 0, seen.impolite.get());
    let longest = ready.iter().max().copied().unwrap_or_default();
    let allowed = Duration::from_millis(run.setting("ready-ms"));
    report.demand(
        "it is ready again in time",
        longest <= allowed,
        format!("{allowed:?}"),
        format!("{longest:?}"),
    );

    // Whoever asks again is told the same.
    let answers: HashMap<&str, (&Write, Reply)> = answers
        .into_iter()
        .filter_map(|(write, reply)| Some((write.mark.as_str(), (write, reply?))))
        .collect();
    let marks: Vec<_> = answers.keys().copied().collect();
    acknowledged_are_there(report, brand, subject, marks).await?;
    let differing = together(run.count("connections"), answers.values(), async |(write, first)| {
        match brand.clients.send(&write.ask).await {
            Ok(reply) if reply.essence() == first.essence() => None,
            other => Some(format!("{}: {other:?}", write.mark)),
        }
    })
    .await;
    let differing: Vec<_> = differing.into_iter().flatten().collect();
    report.none("replays are the first answer", &differing);
    Ok(())
}
