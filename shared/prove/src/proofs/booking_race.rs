//! Many people want overlapping dates at the same moment.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::Context;

use crate::{
    report::{Report, percentile},
    run::{PATIENT, Run, together},
    world::{self, OVERLAPS, Wish},
};

/// Slots of one home: far enough apart not to touch.
const SLOTS_OF_HOME: usize = 10;
const APART: u64 = 9;
const NIGHTS: u64 = 4;

/// The slowest answer but one in a hundred, milliseconds. Demanded of what ships, with the numbers
/// that are promised: a small run on a busy machine says nothing about it.
const P99_MS: f64 = 500.0;

pub(crate) async fn prove(run: &Run<'_>) -> anyhow::Result<Report> {
    let (attempts, slots) = (run.count("attempts"), run.count("slots"));
    let brand = run.brand_with(&[PATIENT, ("DATABASE__MAX_CONNECTIONS", "16")]).await?;
    let mut guests = world::guests(&brand, "racer", attempts)?;
    let mut newcomers = 0;
    let mut dice = run.dice();
    let mut report = Report::default();
    let (mut took, mut answers) = (Vec::new(), BTreeMap::<String, u64>::new());
    let (mut uneven, mut overlaps) = (Vec::new(), 0);
    for round in 0..run.count("rounds") {
        let homes = world::homes(&brand, slots.div_ceil(SLOTS_OF_HOME)).await?;
        let mut wishes = Vec::new();
        for (nth, guest) in guests.iter().enumerate() {
            let slot = nth % slots;
            // Whichever night they begin with, they all want the fourth.
            let within = u64::try_from(slot % SLOTS_OF_HOME)?;
            let from = 10 + within * APART + dice.u64(0..NIGHTS);
            wishes.push(Wish {
                home: homes.get(slot / SLOTS_OF_HOME).context("a home")?.clone(),
                from,
                to: from + NIGHTS,
                guest: guest.clone(),
                mark: format!("race-{round:04}-{nth:04}"),
            });
        }
        let asks = world::bookings(&brand, &wishes).await?;
        if round == 0 {
            run.mutate(&brand).await?;
        }
        run.say(format!("round {}: {attempts} attempts on {slots} slots", round + 1));
        // Those of one slot come together.
        let mut order: Vec<_> = asks.iter().enumerate().collect();
        dice.shuffle(&mut order);
        order.sort_by_key(|(nth, _)| nth % slots);
        let sent = together(run.count("connections"), order, async |(nth, ask)| {
            (nth, brand.clients.send(ask).await)
        });
        let mut winners = vec![0; slots];
        for (nth, answer) in sent.await {
            let told = match answer {
                Ok(reply) => {
                    took.push(reply.took);
                    format!("{} {}", reply.status, reply.code())
                }
                Err(lost) => format!("{lost:?}"),
            };
            if told == "201 " {
                if let Some(count) = winners.get_mut(nth % slots) {
                    *count += 1;
                }
                // Nobody may keep too many dates: whoever has some leaves the race.
                newcomers += 1;
                if let Some(guest) = guests.get_mut(nth) {
                    *guest = brand.token(&format!("newcomer-{newcomers}"))?;
                }
            }
            *answers.entry(told).or_default() += 1;
        }
        let wrong = winners.iter().enumerate().filter(|(_, winners)| **winners != 1);
        uneven.extend(wrong.map(|(slot, winners)| format!("round {round} slot {slot}: {winners}")));
        overlaps += brand.number(OVERLAPS).await?;
        // They have been counted; what comes is another race.
        brand.sql("DELETE FROM stays").await?;
    }
    let (rounds, attempts, slots) =
        (run.setting("rounds"), run.setting("attempts"), run.setting("slots"));
    let count = |name: &str| answers.get(name).copied().unwrap_or_default();
    report.count("answers", serde_json::to_value(&answers)?);
    report.count("p50_ms", percentile(&took, 0.5));
    report.count("p99_ms", percentile(&took, 0.99));
    report.none("each slot has one winner", &uneven);
    report.exactly("winners", rounds * slots, count("201 "));
    report.exactly(
        "all others are told that the dates are taken",
        rounds * (attempts - slots),
        count("409 dates_taken"),
    );
    report.exactly("no overlap", 0, overlaps);
    report.exactly("no deadlock", 0, brand.cluster.logged("deadlock detected")?);
    if run.is_full() && !cfg!(debug_assertions) {
        let p99 = percentile(&took, 0.99);
        let held = p99 < P99_MS;
        report.demand("99 of 100 hear within half a second", held, format!("below {P99_MS}"), p99);
    }
    Ok(report)
}

/// Two guests want the same night, and two of the staff settle whatever they got.
pub(crate) async fn confirm(run: &Run<'_>) -> anyhow::Result<Report> {
    let brand = run.brand_with(&[PATIENT, ("DATABASE__MAX_CONNECTIONS", "16")]).await?;
    let admin: Arc<str> = brand.admin()?;
    let pairs = run.count("pairs");
    let mut report = Report::default();
    let (mut refused, mut confirmed) = (BTreeMap::<String, u64>::new(), 0_u64);
    let mut uneven = Vec::new();
    for round in 0..run.count("rounds") {
        let ones = world::wishes(&brand, &format!("one-{round}"), pairs).await?;
        let others = world::guests(&brand, &format!("other-{round}"), pairs)?;
        let others = ones.iter().zip(others).map(|(one, guest)| Wish {
            mark: format!("{}-other", one.mark),
            guest,
            ..one.clone()
        });
        let others: Vec<_> = others.collect();
        let asks = world::bookings(&brand, &[ones, others].concat()).await?;
        if round == 0 {
            run.mutate(&brand).await?;
        }
        let (ones, others) = asks.split_at(pairs);
        let both: Vec<_> = ones.iter().zip(others).enumerate().collect();
        let brand = &brand;
        let settled = together(run.count("connections"), both, async |(nth, (one, other))| {
            let made =
                futures_util::future::join(brand.clients.send(one), brand.clients.send(other))
                    .await;
            let mut won = 0;
            let mut said = Vec::new();
            for made in <[_; 2]>::from(made) {
                let Ok(made) = made else { continue };
                if made.status != 201 {
                    said.push(format!("book {} {}", made.status, made.code()));
                    continue;
                }
                let (first, second) = (
                    world::act(&made, "confirm", &brand.agent),
                    world::act(&made, "confirm", &admin),
                );
                let answers = futures_util::future::join(
                    brand.clients.send(&first),
                    brand.clients.send(&second),
                )
                .await;
                for answer in <[_; 2]>::from(answers) {
                    match answer {
                        Ok(reply) if reply.status == 200 => won += 1,
                        Ok(reply) => {
                            said.push(format!("confirm {} {}", reply.status, reply.code()))
                        }
                        Err(lost) => said.push(format!("confirm {lost:?}")),
                    }
                }
            }
            (nth, won, said)
        });
        for (nth, won, said) in settled.await {
            confirmed += won;
            if won != 1 {
                uneven.push(format!("round {round} pair {nth}: {won}"));
            }
            for said in said {
                *refused.entry(said).or_default() += 1;
            }
        }
    }
    let wanted = run.setting("rounds") * run.setting("pairs");
    let events = "SELECT count(*) FROM booking_events WHERE to_status = 'confirmed' AND from_status <> 'confirmed'";
    let rows = brand.number("SELECT count(*) FROM bookings WHERE status = 'confirmed'").await?;
    report.count("refused", serde_json::to_value(&refused)?);
    report.none("each pair has one confirmation", &uneven);
    report.exactly("confirmations", wanted, confirmed);
    report.exactly("confirmed bookings", i64::try_from(wanted)?, rows);
    report.exactly(
        "confirmations in the history",
        i64::try_from(wanted)?,
        brand.number(events).await?,
    );
    report.exactly("no overlap", 0, brand.number(OVERLAPS).await?);
    report.exactly("no deadlock", 0, brand.cluster.logged("deadlock detected")?);
    let strange: Vec<_> = refused
        .keys()
        .filter(|said| {
            !["book 409 dates_taken", "confirm 409 wrong_state", "confirm 412 version_mismatch"]
                .contains(&said.as_str())
        })
        .collect();
    report.none("whoever comes second is told why", &strange);
    Ok(report)
}
