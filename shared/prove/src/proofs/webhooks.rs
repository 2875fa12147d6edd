//! What a realm delivers: tripled and shuffled while PostgreSQL is frozen; and the end of it once,
//! with the server killed as soon as it has taken it.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use anyhow::{bail, ensure};

use crate::{
    http::{Clients, Lost},
    realm::delivered::{self, Delivery, Last},
    report::Report,
    run::{PATIENT, Run, together},
    stage::Brand,
};

/// How long a realm waits before it delivers again what was not taken.
const PAUSE: Duration = Duration::from_millis(50);
/// After so long without an answer that takes it the proof gives up.
const PATIENCE: Duration = Duration::from_secs(120);
/// Times that each is delivered but the last of them.
const TIMES: usize = 3;
/// The last one in so many is delivered once.
const ONCE_OF: usize = 10;

/// Tells each time that an event is applied.
const WITNESS: &[&str] = &[
    "CREATE TABLE prove_applied (delivery_id text NOT NULL)",
    "GRANT INSERT ON prove_applied TO PUBLIC",
    "CREATE FUNCTION prove_witness() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     INSERT INTO prove_applied VALUES (NEW.delivery_id); RETURN NULL; END $$",
    "CREATE TRIGGER prove_witness AFTER UPDATE OF status ON webhook_events FOR EACH ROW \
     WHEN (NEW.status IN ('applied', 'ignored')) EXECUTE FUNCTION prove_witness()",
];

pub(crate) async fn prove(run: &Run<'_>) -> anyhow::Result<Report> {
    let (secret, another) = (delivered::secret("ours"), delivered::secret("another product's"));
    let mut env = vec![
        ("IDENTITY__WEBHOOK_SECRET", secret.clone()),
        ("JOBS__IN_SERVER", "true".to_owned()),
        (PATIENT.0, PATIENT.1.to_owned()),
    ];
    if run.is_without("trusts-another-secret") {
        env.push(("IDENTITY__PREVIOUS_WEBHOOK_SECRET", another.clone()));
    }
    let mut brand = run.brand_of(env).await?;
    for sql in WITNESS {
        brand.sql(sql).await?;
    }
    let mut report = Report::default();
    forged(&mut report, &brand, &secret, &another).await?;
    run.mutate(&brand).await?;

    let mut dice = run.dice();
    let (events, last) = delivered::story(&mut dice, run.count("events"));
    let (often, once) = events.split_at(events.len() - events.len().div_ceil(ONCE_OF));
    let mut all: Vec<&Delivery> = often.iter().flat_map(|event| [event; TIMES]).collect();
    dice.shuffle(&mut all);
    let (seen, at_once) = (Seen::default(), run.count("connections"));
    let deliver = |delivery| until_taken(&brand.clients, delivery, &secret, &seen);
    let freeze = Duration::from_millis(run.setting("freeze-ms"));
    let total = all.len();
    let disturbing = async {
        for moment in [total / 4, total / 2, total * 3 / 4] {
            until(&seen, moment).await;
            brand.cluster.freeze()?;
            tokio::time::sleep(freeze).await;
            brand.cluster.thaw()?;
        }
        anyhow::Ok(())
    };
    let (_, disturbed) = tokio::join!(together(at_once, all, deliver), disturbing);
    disturbed?;
    // Nobody tells these again: what is not kept when the server says so is lost with it.
    together(at_once, once, deliver).await;
    report.count("waiting_when_killed", killed(&mut brand).await?);
    settled(&brand).await?;
    judge(&mut report, &brand, &events, &last, &seen).await?;
    replayed(&mut report, &brand, &events, &secret).await?;
    Ok(report)
}

/// Delivers until it is taken, as a realm does.
async fn until_taken(clients: &Clients, delivery: &Delivery, secret: &str, seen: &Seen) {
    let begun = Instant::now();
    loop {
        match clients.send(&delivery.now(secret)).await {
            Ok(reply) if reply.status == 204 => break,
            Ok(reply) if reply.status == 503 => seen.unavailable.set(seen.unavailable.get() + 1),
            Ok(reply) => {
                seen.refused.borrow_mut().push(format!("{}: {reply:?}", delivery.id));
                break;
            }
            Err(Lost::Unsent | Lost::Unknown) => seen.lost.set(seen.lost.get() + 1),
        }
        if begun.elapsed() > PATIENCE {
            seen.refused.borrow_mut().push(format!("{}: no answer", delivery.id));
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    seen.acknowledged.borrow_mut().insert(delivery.id.clone());
    seen.done.set(seen.done.get() + 1);
}

/// Kills the server and starts it again; says how many waited to be applied meanwhile.
async fn killed(brand: &mut Brand) -> anyhow::Result<i64> {
    brand.server.kill();
    let waiting = "SELECT count(*) FROM webhook_events WHERE status = 'received'";
    let waiting = brand.number(waiting).await?;
    // Nobody works at them any more: that is known a minute later, and now.
    brand.sql("UPDATE jobs SET run_at = now() WHERE locked_at IS NOT NULL").await?;
    brand.server.begin().await?;
    Ok(waiting)
}

/// What the realm has seen.
#[derive(Default)]
struct Seen {
    done: Cell<usize>,
    lost: Cell<usize>,
    unavailable: Cell<usize>,
    refused: RefCell<Vec<String>>,
    acknowledged: RefCell<BTreeSet<String>>,
}

async fn until(seen: &Seen, moment: usize) {
    while seen.done.get() < moment {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Waits until nothing waits to be applied.
async fn settled(brand: &Brand) -> anyhow::Result<()> {
    let begun = Instant::now();
    let open = "SELECT count(*) FROM jobs WHERE kind = 'clerk.event' AND dead_at IS NULL";
    while brand.number(open).await? > 0 {
        if begun.elapsed() > PATIENCE {
            bail!("what was delivered is not applied within {PATIENCE:?}");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// What is not from the realm is refused, and nothing comes of it.
async fn forged(
    report: &mut Report,
    brand: &Brand,
    secret: &str,
    another: &str,
) -> anyhow::Result<()> {
    let forged = delivered::forged(secret, another);
    report.exactly("as many are tried as are known", 24, forged.len());
    let mut taken = Vec::new();
    for (what, ask) in &forged {
        let reply = brand.clients.must(ask).await?;
        if !(400..500).contains(&reply.status) {
            taken.push(format!("{what}: {reply:?}"));
        }
    }
    report.none("forged deliveries are refused", &taken);
    let stored = brand.number("SELECT count(*) FROM webhook_events").await?;
    report.exactly("nothing of them is kept", 0, stored);
    brand.sql("DELETE FROM webhook_events").await
}

async fn judge(
    report: &mut Report,
    brand: &Brand,
    events: &[Delivery],
    last: &BTreeMap<String, Last>,
    seen: &Seen,
) -> anyhow::Result<()> {
    report.count("deliveries", seen.done.get());
    report.count("answers_lost", seen.lost.get());
    report.count("answered_503", seen.unavailable.get());
    report.none("every delivery is taken in the end", &seen.refused.borrow());
    let stored: Vec<(String, String)> =
        brand.rows("SELECT delivery_id, status::text FROM webhook_events").await?;
    let names: BTreeSet<&str> = stored.iter().map(|(id, _)| id.as_str()).collect();
    let acknowledged = seen.acknowledged.borrow().clone();
    let missing: Vec<_> = acknowledged.iter().filter(|id| !names.contains(id.as_str())).collect();
    report.none("what was acknowledged is there", &missing);
    report.exactly("each event is written down once", events.len(), stored.len());
    let open: Vec<_> = stored
        .iter()
        .filter(|(_, status)| status != "applied" && status != "ignored")
        .map(|(id, status)| format!("{id} {status}"))
        .collect();
    report.none("nothing is left to do", &open);
    let twice: Vec<(String, i64)> = brand
        .rows("SELECT delivery_id, count(*) FROM prove_applied GROUP BY 1 HAVING count(*) > 1")
        .await?;
    let twice: Vec<_> = twice.into_iter().map(|(id, times)| format!("{id}: {times}")).collect();
    report.none("each is applied once", &twice);

    let people: Vec<(String, Option<String>, String, bool)> = brand
        .rows(
            "SELECT auth_subject, display_name, role::text, closed_at IS NOT NULL FROM users \
             WHERE auth_subject ~ '^user_[0-9]+$'",
        )
        .await?;
    let found: BTreeMap<&str, (&Option<String>, &str, bool)> = people
        .iter()
        .map(|(subject, name, role, is_gone)| (subject.as_str(), (name, role.as_str(), *is_gone)))
        .collect();
    let differing: Vec<_> = last
        .iter()
        .filter(|(id, last)| match found.get(id.as_str()) {
            // Of who is gone only that counts.
            Some((_, _, true)) => !last.is_gone,
            Some((name, role, false)) => last.is_gone || **name != last.name || *role != last.role,
            None => true,
        })
        .map(|(id, last)| format!("{id}: {:?} instead of {last:?}", found.get(id.as_str())))
        .collect();
    report.none("the last word on everybody stands", &differing);
    report.exactly("there is nobody else", last.len(), found.len());
    Ok(())
}

/// Delivered once more, with a new time and the old name, it changes nothing.
async fn replayed(
    report: &mut Report,
    brand: &Brand,
    events: &[Delivery],
    secret: &str,
) -> anyhow::Result<()> {
    let state = "SELECT md5(string_agg(u::text, '' ORDER BY u.id)) FROM users u";
    let before: Vec<(Option<String>,)> = brand.rows(state).await?;
    for event in events.iter().take(20) {
        let reply = brand.clients.must(&event.now(secret)).await?;
        ensure!(reply.status == 204, "a repetition is answered {}", reply.status);
    }
    settled(brand).await?;
    let after: Vec<(Option<String>,)> = brand.rows(state).await?;
    report.demand("a repetition changes nothing", before == after, "the same", "another");
    Ok(())
}
