//! The realm's keys: while its server is away, while it is asked for keys that it does not have, and
//! when the keys are too old to be believed.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::{
    http::Ask,
    realm::{self, Key, Publisher, tokens},
    report::{Report, percentile},
    run::{Run, together},
    stage::Brand,
};

const ME: &str = "/api/v1/me";
const DAY: i64 = 24 * 3_600;
/// Least time between two fetches.
const FLOOR: Duration = Duration::from_secs(30);

async fn ask(brand: &Brand, token: &str) -> anyhow::Result<(u16, Duration)> {
    let reply = brand.clients.must(&Ask::get(ME).by(&Arc::from(token))).await?;
    Ok((reply.status, reply.took))
}

/// Asks with good tokens; says which were not accepted.
async fn refused(brand: &Brand, key: &Key, count: usize) -> anyhow::Result<Vec<u16>> {
    let asked = together(8, 0..count, async |nth| {
        ask(brand, &tokens::good(key, &format!("user_{}", nth % 20))).await
    });
    let mut refused = Vec::new();
    for answer in asked.await {
        match answer?.0 {
            200 => {}
            status => refused.push(status),
        }
    }
    Ok(refused)
}

/// The realm's server is away for long, and we are started again meanwhile.
pub(crate) async fn down(run: &Run<'_>) -> anyhow::Result<Report> {
    let key = Key::generate()?;
    let publisher = Publisher::start(&[key.jwk(realm::KEY_ID)]).await?;
    let folder = tempfile::tempdir()?;
    let mut brand = run.brand_of(realm::env(&publisher, folder.path())).await?;
    run.mutate(&brand).await?;
    let (requests, stored) = (run.count("requests"), folder.path().join("jwks.json"));
    let mut report = Report::default();
    report.none("good tokens are accepted", &refused(&brand, &key, requests).await?);
    saved(&stored).await?;

    publisher.set_away(true);
    report.none("keys outlive the realm's server", &refused(&brand, &key, requests).await?);
    let unknown = tokens::signed(&key, &tokens::header("ins_2"), &tokens::claims("user_0"));
    report.exactly(
        "an unknown key is nobody's fault but the token's",
        401,
        ask(&brand, &unknown).await?.0,
    );

    restart(run, &mut brand, &stored, 0).await?;
    report.none("a restart needs no realm", &refused(&brand, &key, requests).await?);
    restart(run, &mut brand, &stored, DAY - 120).await?;
    report.none("keys of today are good", &refused(&brand, &key, requests).await?);
    restart(run, &mut brand, &stored, DAY + 60).await?;
    let late = refused(&brand, &key, requests).await?;
    report.exactly("keys of yesterday are not", requests, late.len());
    let strange = late.iter().filter(|status| **status != 401).count();
    report.exactly("and that is no fault of ours", 0, strange);

    publisher.set_away(false);
    restart(run, &mut brand, &stored, 0).await?;
    report.none("a realm that is back is heard", &refused(&brand, &key, requests).await?);
    report.count("fetches", publisher.fetches());
    Ok(report)
}

/// The copy on disk is written a moment after the keys are in use.
async fn saved(path: &Path) -> anyhow::Result<()> {
    let begun = Instant::now();
    while !path.exists() {
        ensure!(begun.elapsed() < Duration::from_secs(10), "the keys are not written down");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

/// Kills us and starts us again, with keys that were stored so many seconds ago.
async fn restart(run: &Run<'_>, brand: &mut Brand, stored: &Path, age: i64) -> anyhow::Result<()> {
    brand.server.kill();
    if run.is_without("forgets-keys-on-disk") && stored.exists() {
        std::fs::remove_file(stored)?;
    }
    if age > 0 && stored.exists() && !run.is_without("keeps-keys-young") {
        make_older(stored, age)?;
    }
    brand.server.begin().await.map(drop)
}

/// Lets the stored keys be fetched so many seconds ago.
fn make_older(path: &Path, age: i64) -> anyhow::Result<()> {
    let mut stored: Value = serde_json::from_slice(&std::fs::read(path)?)?;
    let fetched_at = stored.get_mut("fetched_at").context("a time in the stored keys")?;
    *fetched_at = (chrono::Utc::now().timestamp() - age).into();
    std::fs::write(path, stored.to_string())?;
    Ok(())
}

/// Many tokens that name keys which there are not.
pub(crate) async fn flood(run: &Run<'_>) -> anyhow::Result<Report> {
    let (key, attacker) = (Key::generate()?, Key::generate()?);
    let publisher = Publisher::start(&[key.jwk(realm::KEY_ID)]).await?;
    let folder = tempfile::tempdir()?;
    let brand = run.brand_of(realm::env(&publisher, folder.path())).await?;
    run.mutate(&brand).await?;
    let mut report = Report::default();
    ensure!(refused(&brand, &key, 20).await?.is_empty(), "a good token is not accepted");
    let mut dice = run.dice();
    let forged: Vec<String> = (0..run.count("tokens"))
        .map(|_| {
            let header = tokens::header(&format!("ins_{:016x}", dice.u64(..)));
            tokens::signed(&attacker, &header, &tokens::claims("user_0"))
        })
        .collect();
    let (begun, before) = (Instant::now(), publisher.fetches());
    let good = tokens::good(&key, "user_1");
    let asked =
        together(run.count("connections"), forged.iter().enumerate(), async |(nth, token)| {
            // One in ten is somebody who may come in.
            match nth % 10 {
                0 => ask(&brand, &good).await.map(|(status, took)| (status, 200, Some(took))),
                _ => ask(&brand, token).await.map(|(status, _)| (status, 401, None)),
            }
        });
    let (mut wrong, mut took) = (Vec::new(), Vec::new());
    for answer in asked.await {
        let (status, expected, time) = answer?;
        took.extend(time);
        if status != expected {
            wrong.push(format!("{status} instead of {expected}"));
        }
    }
    let (fetches, elapsed) = (publisher.fetches() - before, begun.elapsed());
    let allowed = 1 + usize::try_from(elapsed.as_secs() / FLOOR.as_secs())?;
    report.count("tokens", forged.len());
    report.count("fetches", fetches);
    report.count("good_p99_ms", percentile(&took, 0.99));
    report.none("nobody comes in, and nobody is kept out", &wrong);
    report.demand(
        "one fetch in 30 seconds",
        fetches <= allowed,
        format!("at most {allowed}"),
        fetches,
    );
    Ok(report)
}
