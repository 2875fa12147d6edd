//! Forged tokens: all refused, with the same words, and nothing of them in the log.

use std::{sync::Arc, time::Duration};

use anyhow::ensure;

use crate::{
    http::Ask,
    realm::{self, Forged, Key, Publisher, UNKNOWN_ID, tokens},
    report::Report,
    run::Run,
    stage::Brand,
};

/// Stands in every answer of a request, and so must be the same in all that are compared.
const REQUEST_ID: &str = "prove-forge";
const ME: &str = "/api/v1/me";
/// How soon every instance hears that an account is gone.
const SOON: Duration = Duration::from_secs(2);

pub(crate) async fn prove(run: &Run<'_>) -> anyhow::Result<Report> {
    let (ours, attacker) = (Key::generate()?, Key::generate()?);
    let mut published = vec![ours.jwk(realm::KEY_ID)];
    if run.is_without("trusts-attackers") {
        published.push(attacker.jwk(UNKNOWN_ID));
    }
    let publisher = Publisher::start(&published).await?;
    let folder = tempfile::tempdir()?;
    let mut env = realm::env(&publisher, folder.path());
    // What is logged at all must be harmless.
    env.push(("LOG__LEVEL", "debug".to_owned()));
    if run.is_without("any-party") {
        let parties = format!("http://localhost:5273,{}", realm::EVIL);
        env.push(("IDENTITY__AUTHORIZED_PARTIES", parties));
    }
    let brand = run.brand_of(env).await?;
    let good = tokens::good(&ours, "user_known");
    ensure!(status(&brand, &good).await? == 200, "a good token is not accepted");
    run.mutate(&brand).await?;
    let before = publisher.fetches();

    let mut report = Report::default();
    let forgeries = realm::forgeries(&ours, &attacker, "user_known")?;
    let refusal = brand.clients.must(&as_sent(None)).await?;
    ensure!(refusal.status == 401, "nobody is somebody");
    let (mut accepted, mut told) = (Vec::new(), Vec::new());
    for Forged { what, token } in &forgeries {
        let reply = brand.clients.must(&as_sent(Some(token))).await?;
        match reply.status {
            401 if reply.body == refusal.body => {}
            401 => told.push(*what),
            status => accepted.push(format!("{what}: {status}")),
        }
    }
    let in_address = Ask::get(format!("{ME}?token={good}"));
    if brand.clients.must(&in_address).await?.status != 401 {
        accepted.push("a token in the address".to_owned());
    }
    report.count("forgeries", forgeries.len() + 2);
    report.at_least("as many are tried as are known", 34, forgeries.len() + 2);

    let leaver = tokens::good(&ours, "user_leaver");
    ensure!(status(&brand, &leaver).await? == 200, "a good token is not accepted");
    brand.sql("UPDATE users SET closed_at = now() WHERE auth_subject = 'user_leaver'").await?;
    tokio::time::sleep(SOON).await;
    if status(&brand, &leaver).await? != 401 {
        accepted.push("of somebody whose account is gone".to_owned());
    }
    report.none("every forgery is refused", &accepted);
    report.none("every refusal has the same words", &told);
    let fetches = publisher.fetches() - before;
    report.count("fetches", fetches);
    report.demand(
        "forgeries bring about one fetch of keys at most",
        fetches <= 1,
        "at most 1",
        fetches,
    );
    let log = brand.server.said()?;
    let tokens = forgeries.iter().map(|forged| (forged.what, forged.token.as_str()));
    let tokens = tokens.chain([("a good one", good.as_str()), ("the leaver's", leaver.as_str())]);
    let logged: Vec<_> = tokens.filter(|(_, token)| is_in(&log, token)).map(|it| it.0).collect();
    report.none("no token is in the log", &logged);
    let people =
        brand.number("SELECT count(*) FROM users WHERE auth_subject NOT LIKE 'user_dev%'").await?;
    report.exactly("forgeries make nobody", 2, people);
    ensure!(status(&brand, &good).await? == 200, "a good token is not accepted any more");
    Ok(report)
}

/// Whether a part of a token that is more than a word stands in the log.
fn is_in(log: &str, token: &str) -> bool {
    token.split('.').filter(|part| part.len() >= 20).any(|part| log.contains(part))
}

async fn status(brand: &Brand, token: &str) -> anyhow::Result<u16> {
    Ok(brand.clients.must(&Ask::get(ME).by(&Arc::from(token))).await?.status)
}

fn as_sent(token: Option<&str>) -> Ask {
    let ask = Ask::get(ME).with("x-request-id", REQUEST_ID);
    match token {
        Some(token) => ask.by(&Arc::from(token)),
        None => ask,
    }
}
