//! Dates that are held until a time: not a moment shorter for whoever holds them, not a moment
//! longer for the next, and nobody holds too many. Nothing tidies up meanwhile.

use std::collections::BTreeMap;

use crate::{
    http::{Ask, Reply},
    report::Report,
    run::{PATIENT, Run, together},
    stage::Brand,
    world::{self, Wish},
};

/// Moves the end of a hold: as if so much time had gone by.
async fn ends_in(brand: &Brand, made: &Reply, seconds: i64) -> anyhow::Result<()> {
    let (id, end) = (made.text("/id"), format!("clock_timestamp() + interval '{seconds} seconds'"));
    brand
        .sql(&format!(
            "UPDATE stays SET expires_at = {end} WHERE booking_id = '{id}'; \
             UPDATE bookings SET hold_expires_at = {end} WHERE id = '{id}'"
        ))
        .await
}

pub(crate) async fn prove(run: &Run<'_>) -> anyhow::Result<Report> {
    let n = run.count("n");
    let brand = run.brand_with(&[PATIENT]).await?;
    let firsts = world::wishes(&brand, "first", n).await?;
    let guests = world::guests(&brand, "second", n)?;
    let seconds: Vec<_> = firsts
        .iter()
        .zip(guests)
        .map(|(first, guest)| Wish {
            guest,
            mark: format!("second-{}", first.mark),
            ..first.clone()
        })
        .collect();
    // Both have their price before the dates are held.
    let asks = world::bookings(&brand, &firsts).await?;
    let again = world::bookings(&brand, &seconds).await?;
    run.mutate(&brand).await?;
    run.say(format!("{n} holds, each tried before and after its end"));
    let pairs: Vec<_> = asks.iter().zip(&again).zip(&seconds).collect();
    let told = together(run.count("connections"), pairs, async |((first, second), wish)| {
        let made = brand.clients.must(first).await?;
        if made.status != 201 {
            return Ok(vec![format!("held: {} {}", made.status, made.code())]);
        }
        let mut told = Vec::new();
        let mut say = |what: &str, reply: &Reply| {
            told.push(format!("{what}: {} {}", reply.status, reply.code()));
        };
        say("held", &made);
        // Far enough from the end for the answer of the busiest machine.
        ends_in(&brand, &made, 30).await?;
        say(
            "before its end",
            &brand.clients.must(&second.clone().keyed(format!("{}-early", wish.mark))).await?,
        );
        ends_in(&brand, &made, -1).await?;
        say("after its end", &brand.clients.must(second).await?);
        say(
            "the first, too late",
            &brand.clients.must(&world::act(&made, "confirm", &brand.agent)).await?,
        );
        let seen = Ask::get(format!("/api/v1/bookings/{}", made.text("/id"))).by(&brand.agent);
        told.push(format!("the first is {}", brand.clients.must(&seen).await?.text("/status")));
        anyhow::Ok(told)
    });
    let mut counts = BTreeMap::<String, usize>::new();
    for told in told.await {
        for told in told? {
            *counts.entry(told).or_default() += 1;
        }
    }
    let mut report = Report::default();
    report.count("answers", serde_json::to_value(&counts)?);
    let count = |name: &str| counts.get(name).copied().unwrap_or_default();
    report.exactly("dates are held", n, count("held: 201 "));
    report.exactly(
        "held dates are nobody else's before the end",
        n,
        count("before its end: 409 dates_taken"),
    );
    report.exactly("they are free after the end", n, count("after its end: 201 "));
    report.exactly(
        "who comes too late is told so",
        n,
        count("the first, too late: 409 wrong_state"),
    );
    report.exactly("what ran out reads as expired", n, count("the first is expired"));
    report.exactly("no overlap", 0, brand.number(world::OVERLAPS).await?);
    Ok(report)
}

/// One person wants everything at once.
pub(crate) async fn hoard(run: &Run<'_>) -> anyhow::Result<Report> {
    const ALLOWED: i64 = 3;
    let parallel = run.count("parallel");
    let brand = run
        .brand_with(&[PATIENT, ("BOOKINGS__LIVE_HOLDS", "3"), ("DATABASE__MAX_CONNECTIONS", "16")])
        .await?;
    // A home each: those of one home would wait for each other anyway.
    let homes = world::homes(&brand, parallel).await?;
    let hoarder = brand.token("hoarder")?;
    let wishes: Vec<_> = homes
        .into_iter()
        .map(|home| {
            let mark = format!("hoarded-{home}");
            Wish { home, from: 10, to: 11, guest: hoarder.clone(), mark }
        })
        .collect();
    let asks = world::bookings(&brand, &wishes).await?;
    run.mutate(&brand).await?;
    let mut counts = BTreeMap::<String, i64>::new();
    for answer in together(parallel, &asks, async |ask| brand.clients.send(ask).await).await {
        let told = match answer {
            Ok(reply) => format!("{} {}", reply.status, reply.code()),
            Err(lost) => format!("{lost:?}"),
        };
        *counts.entry(told).or_default() += 1;
    }
    let mut report = Report::default();
    report.count("answers", serde_json::to_value(&counts)?);
    let count = |name: &str| counts.get(name).copied().unwrap_or_default();
    let live = "SELECT count(*) FROM bookings b JOIN users u ON u.id = b.guest_user_id \
                WHERE u.auth_subject = 'user_hoarder' AND b.status IN ('requested', 'held') \
                AND b.hold_expires_at > now()";
    report.exactly("live holds", ALLOWED, brand.number(live).await?);
    report.exactly("bookings", ALLOWED, count("201 "));
    report.exactly(
        "all others are told of the limit",
        i64::try_from(parallel)? - ALLOWED,
        count("409 hold_limit_reached"),
    );
    Ok(report)
}
