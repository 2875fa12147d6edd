//! Clients that cut their connections with a reset, at any moment.

use std::time::Duration;

use super::acknowledged_are_there;
use crate::{
    http::{Ask, Lost},
    report::{Report, percentile},
    run::{PATIENT, Run, together},
    stage::Brand,
    writes::{Subject, Write},
};

/// Readers at once: few enough for each to have its connection to the database at once, so that
/// what is cut is a transaction and not the wait for one.
const READERS: usize = 4;

/// Requests are sent in waves, and between them it is looked at what they left behind.
const WAVE: usize = 200;

/// The transactions that a session is left in, and since when.
type Open = Vec<(i32, String)>;

pub(crate) async fn prove(run: &Run<'_>, subject: Subject) -> anyhow::Result<Report> {
    let requests = run.count("requests");
    let brand = run.brand_with(&[PATIENT]).await?;
    let writes = subject.writes(&brand, requests).await?;
    run.mutate(&brand).await?;
    let mut dice = run.dice();
    let mut report = Report::default();
    let (mut acknowledged, mut cut, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    let (mut took, mut left_open) = (Vec::new(), Vec::new());
    for wave in writes.chunks(WAVE) {
        let plans: Vec<_> = wave
            .iter()
            .map(|write| {
                let is_cut = dice.u64(0..100) < run.setting("rst");
                let after = dice.u64(0..=run.setting("cut-ms") * 1000);
                (write, is_cut.then_some(Duration::from_micros(after)))
            })
            .collect();
        run.say(format!("{} of {requests} sent", acknowledged.len() + cut.len()));
        let sent = together(run.count("connections"), plans, async |(write, after)| {
            (write, send(&brand, write, after).await)
        });
        for (write, sent) in sent.await {
            match sent? {
                Sent::Cut => cut.push(write),
                Sent::Acknowledged(time) => {
                    took.push(time);
                    acknowledged.push(write.mark.as_str());
                }
                Sent::Refused(why) => refused.push(why),
            }
        }
        cut_reads(&brand, &mut dice, run.count("reads") * wave.len() / requests.max(1)).await?;
        left_open.extend(still_open(&brand).await?);
    }
    report.count("acknowledged", acknowledged.len());
    report.count("cut", cut.len());
    report.count("p99_ms", percentile(&took, 0.99));
    report.none("every request that is not cut is answered 201", &refused);
    report.none("no transaction is left open", &left_open);
    report.exactly(
        "no connection is used inside another's transaction",
        0,
        brand.cluster.logged("there is already a transaction in progress")?
            + brand.cluster.logged("current transaction is aborted")?,
    );

    // What became of those that were cut: the same request with the same key finds out.
    let made = subject.present(&brand).await?;
    report.count("cut_and_made", cut.iter().filter(|write| made.contains_key(&write.mark)).count());
    let unresolved = together(run.count("connections"), &cut, async |write| {
        match brand.clients.send(&write.ask).await {
            Ok(reply) if reply.status == 201 => None,
            other => Some(format!("{}: {other:?}", write.mark)),
        }
    })
    .await;
    let unresolved: Vec<_> = unresolved.into_iter().flatten().collect();
    report.none("what was cut is settled by its key", &unresolved);
    let settled = acknowledged.iter().copied().chain(cut.iter().map(|write| write.mark.as_str()));
    acknowledged_are_there(&mut report, &brand, subject, settled).await?;
    Ok(report)
}

/// Reads of what is personal go through the same door as writes, and are little else than their
/// transaction: each is cut somewhere in the time that one takes just now.
async fn cut_reads(brand: &Brand, dice: &mut fastrand::Rng, count: usize) -> anyhow::Result<()> {
    let me = Ask::get("/api/v1/me").by(&brand.agent);
    let whole = together(READERS, 0..READERS * 4, async |_| brand.clients.must(&me).await).await;
    let took: Vec<_> =
        whole.into_iter().map(|reply| Ok(reply?.took)).collect::<anyhow::Result<_>>()?;
    let longest = took.iter().max().copied().unwrap_or_default();
    let cuts: Vec<_> = (0..count).map(|_| longest.mul_f64(dice.f64())).collect();
    let cut = together(READERS, cuts, async |after| me.cut(brand.clients.address(), after).await);
    cut.await.into_iter().collect()
}

enum Sent {
    Cut,
    Acknowledged(Duration),
    Refused(String),
}

async fn send(brand: &Brand, write: &Write, cut: Option<Duration>) -> anyhow::Result<Sent> {
    if let Some(after) = cut {
        write.ask.cut(brand.clients.address(), after).await?;
        return Ok(Sent::Cut);
    }
    Ok(match brand.clients.send(&write.ask).await {
        Ok(reply) if reply.status == 201 => Sent::Acknowledged(reply.took),
        Ok(reply) => Sent::Refused(format!("{} {}", reply.status, reply.code())),
        Err(Lost::Unsent) => Sent::Refused("not connected".to_owned()),
        Err(Lost::Unknown) => Sent::Refused("no answer".to_owned()),
    })
}

/// Sessions of the server that stay in one transaction and do nothing. Those that are at work
/// are given time; a role's own timeout ends the others after five seconds.
async fn still_open(brand: &Brand) -> anyhow::Result<Vec<String>> {
    let sql = "SELECT pid, xact_start::text FROM pg_stat_activity \
               WHERE application_name = 'terrace' AND state LIKE 'idle in transaction%'";
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut suspects: Open = brand.rows(sql).await?;
    for _ in 0..20 {
        if suspects.is_empty() {
            return Ok(Vec::new());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        let now: Open = brand.rows(sql).await?;
        suspects.retain(|suspect| now.contains(suspect));
    }
    Ok(suspects.into_iter().map(|(pid, since)| format!("session {pid} since {since}")).collect())
}
