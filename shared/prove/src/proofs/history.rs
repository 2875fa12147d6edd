//! Many clients book, confirm, cancel and read while things break; what they saw and what the
//! database says happened must both be true.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::NaiveDate;
use futures_util::future;
use uuid::Uuid;

use crate::{
    history::{self, Asked, Booking, Change, Entry, Moment, Record, Status, Told},
    http::{Ask, Clients, Lost, Reply},
    report::Report,
    run::{Run, together},
    stage::Brand,
    world::{self, Home},
};

/// What occupies dates, change by change, numbered under the lock that serialises it.
const WITNESS: &str = "\
    CREATE TABLE prove_witness (seq bigserial PRIMARY KEY, stay uuid, property uuid, during daterange); \
    CREATE FUNCTION prove_witness() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$ BEGIN \
        IF TG_OP = 'DELETE' THEN \
            INSERT INTO prove_witness (stay, property) VALUES (OLD.id, OLD.property_id); \
        ELSE \
            INSERT INTO prove_witness (stay, property, during) VALUES (NEW.id, NEW.property_id, NEW.during); \
        END IF; RETURN NULL; END $$; \
    CREATE TRIGGER prove_witness AFTER INSERT OR UPDATE OR DELETE ON stays FOR EACH ROW EXECUTE FUNCTION prove_witness()";

/// Few homes and days, so that many want the same.
const HOMES: usize = 4;
const DAYS: u64 = 60;

pub(crate) async fn prove(run: &Run<'_>) -> anyhow::Result<Report> {
    let (ops, clients) = (run.count("ops"), run.count("clients"));
    let profile = [
        ("DATABASE__MAX_CONNECTIONS", "12"),
        ("BOOKINGS__LIVE_HOLDS", "100"),
        ("BOOKINGS__HOLDS_PER_DAY", "1000"),
    ];
    let mut brand = run.brand_with(&profile).await?;
    brand.sql(WITNESS).await?;
    let homes = world::homes(&brand, HOMES).await?;
    let offers = offers(run, &brand, &homes).await?;
    // Nobody may hold too much: each has a few bookings only.
    let guests = world::guests(&brand, "guest", ops / 10 + clients)?;
    run.mutate(&brand).await?;

    let faults = faults(run);
    let Brand { server, cluster, clients: http, agent, .. } = &mut brand;
    let play = Play {
        http,
        agent,
        offers,
        guests,
        begun: Instant::now(),
        ops,
        done: Cell::new(0),
        entries: RefCell::default(),
        asks: RefCell::default(),
        known: RefCell::default(),
        cut: run.setting("rst"),
    };
    let breaking = async {
        let mut suffered = Vec::new();
        for (moment, fault) in faults {
            while play.done.get() < moment {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            run.say(format!("{fault:?} after {moment} of {ops}"));
            match fault {
                Fault::KillApi => {
                    server.kill();
                    server.begin().await?;
                }
                Fault::KillPostgres => {
                    cluster.kill();
                    cluster.start().await?;
                }
                Fault::Freeze => {
                    server.freeze()?;
                    tokio::time::sleep(Duration::from_millis(700)).await;
                    server.thaw()?;
                }
            }
            suffered.push(fault);
        }
        anyhow::Ok(suffered.len())
    };
    let playing = future::join_all((0..clients).map(|nth| play.client(run.seed + 1, nth)));
    let (suffered, _) = future::join(breaking, playing).await;
    let suffered = suffered?;
    run.say("asking again for what nobody knows");
    let (asks, entries) = (play.asks.take(), play.entries.take());
    let resolved = resolve(run, &brand, &entries, &asks).await;
    let record = Record {
        changes: changes(&brand).await?,
        bookings: bookings(&brand).await?,
        entries,
        resolved,
    };
    Ok(judge(run, &record, suffered))
}

fn judge(run: &Run<'_>, record: &Record, suffered: usize) -> Report {
    let mut report = Report::default();
    let of =
        |kind: fn(&Told) -> bool| record.entries.iter().filter(|entry| kind(&entry.told)).count();
    report.count("operations", record.entries.len());
    report.count("done", of(|told| matches!(told, Told::Done { .. })));
    report.count("refused", of(|told| matches!(told, Told::Refused(_))));
    report.count("without_an_answer", of(|told| matches!(told, Told::Unknown)));
    report.count("resolved", record.resolved.len());
    report.count("bookings", record.bookings.len());
    report.count("changes_of_dates", record.changes.len());
    let anomalies = history::check(record);
    report.exactly("faults", run.count("faults"), suffered);
    report.at_least("operations", run.count("ops"), record.entries.len());
    report.at_least("some were booked", 1, record.bookings.len());
    report.none("what was acknowledged is there", &anomalies.lost);
    report.none("what was not asked for is not there", &anomalies.unasked);
    report.none("no two stays at any moment", &anomalies.overlaps);
    report.none("what nobody knew has one outcome", &anomalies.unresolved);
    report.none("every read is explained", &anomalies.misread);
    report.none("bookings and dates go together", &anomalies.adrift);
    report
}

/// A stay with a price, that anybody may book.
struct Offer {
    property: Uuid,
    from: u64,
    to: u64,
    quote: String,
}

/// Stays of a few homes and days, priced while all of them are free.
async fn offers(run: &Run<'_>, brand: &Brand, homes: &[Home]) -> anyhow::Result<Vec<Offer>> {
    let mut dice = run.dice();
    let stays: Vec<_> = (0..(run.count("ops") / 4).clamp(1, 2000))
        .filter_map(|_| {
            let from = dice.u64(10..10 + DAYS);
            Some((dice.choice(homes)?, from, from + dice.u64(1..=4)))
        })
        .collect();
    let quoted = together(world::PREPARERS, stays, async |(home, from, to)| {
        let quote = world::quote(brand, home, from, to).await?;
        anyhow::Ok(Offer { property: home.parse()?, from, to, quote })
    });
    quoted.await.into_iter().collect()
}

#[derive(Clone, Copy, Debug)]
enum Fault {
    KillApi,
    KillPostgres,
    Freeze,
}

/// Each kind in turn, spread over the run.
fn faults(run: &Run<'_>) -> Vec<(usize, Fault)> {
    let (ops, faults) = (run.count("ops"), run.count("faults"));
    let (mut dice, share) = (run.dice(), ops / (faults + 1).max(1));
    let kinds = [Fault::KillApi, Fault::KillPostgres, Fault::Freeze];
    let moments = (1..=faults).map(|nth| share * nth - dice.usize(0..=share / 2));
    moments.zip(kinds.into_iter().cycle()).collect()
}

/// The clients at work.
struct Play<'b> {
    http: &'b Clients,
    agent: &'b Arc<str>,
    offers: Vec<Offer>,
    guests: Vec<Arc<str>>,
    begun: Instant,
    ops: usize,
    done: Cell<usize>,
    entries: RefCell<Vec<Entry>>,
    /// What was sent with each key.
    asks: RefCell<HashMap<String, Ask>>,
    /// Bookings that somebody was told of.
    known: RefCell<Vec<Uuid>>,
    /// Percent of bookings whose connection is cut.
    cut: u64,
}

impl Play<'_> {
    async fn client(&self, seed: u64, nth: usize) {
        let mut dice = fastrand::Rng::with_seed(
            seed.wrapping_mul(1000) + u64::try_from(nth).unwrap_or_default(),
        );
        let mut turn = 0;
        while self.done.get() < self.ops {
            let known = dice.choice(self.known.borrow().iter()).copied();
            match (dice.u64(0..100), known) {
                (0..40, _) | (_, None) => {
                    turn += 1;
                    self.book(&mut dice, format!("op-{nth:03}-{turn:06}")).await;
                }
                (40..60, Some(id)) => drop(self.read(id).await),
                (60..75, Some(id)) => self.act(id, "confirm", Asked::Confirm(id)).await,
                (_, Some(id)) => self.act(id, "cancel", Asked::Cancel(id)).await,
            }
        }
    }

    fn now(&self) -> Moment {
        Moment::try_from(self.begun.elapsed().as_micros()).unwrap_or(Moment::MAX)
    }

    /// Remembers what came of a request. One that was not sent is none.
    async fn note(&self, asked: Asked, invoked: Moment, told: Option<Told>) {
        let Some(told) = told else {
            return tokio::time::sleep(Duration::from_millis(20)).await;
        };
        self.done.set(self.done.get() + 1);
        self.entries.borrow_mut().push(Entry { asked, invoked, ended: self.now(), told });
    }

    async fn book(&self, dice: &mut fastrand::Rng, key: String) {
        let Some(offer) = dice.choice(&self.offers) else { return };
        let Some(guest) = dice.choice(&self.guests) else { return };
        let ask = world::book(&offer.quote, guest, &key);
        self.asks.borrow_mut().insert(key.clone(), ask.clone());
        let Offer { property, from, to, .. } = *offer;
        let asked = Asked::Book { key, property, from: days(from), to: days(to) };
        let invoked = self.now();
        let told = if dice.u64(0..100) < self.cut {
            let after = Duration::from_micros(dice.u64(0..20_000));
            // Whether it arrived or not: nobody knows.
            drop(ask.cut(self.http.address(), after).await);
            Some(Told::Unknown)
        } else {
            told(self.http.send(&ask).await)
        };
        if let Some(Told::Done { booking, .. }) = told {
            self.known.borrow_mut().push(booking);
        }
        self.note(asked, invoked, told).await;
    }

    /// Reads a booking; the tag that changes it, if it is there.
    async fn read(&self, id: Uuid) -> Option<String> {
        let ask = Ask::get(format!("/api/v1/bookings/{id}")).by(self.agent);
        let invoked = self.now();
        let answer = self.http.send(&ask).await;
        let tag = answer
            .as_ref()
            .ok()
            .filter(|reply| reply.status == 200)
            .map(|reply| reply.etag.clone());
        self.note(Asked::Read(id), invoked, told(answer)).await;
        tag
    }

    async fn act(&self, id: Uuid, what: &str, asked: Asked) {
        let Some(tag) = self.read(id).await else { return };
        let ask = Ask::post(format!("/api/v1/bookings/{id}/{what}"), &serde_json::json!({}));
        let invoked = self.now();
        let answer = self.http.send(&ask.by(self.agent).if_match(tag)).await;
        self.note(asked, invoked, told(answer)).await;
    }
}

/// What an answer tells; none where the request was not sent. An answer that says that nobody
/// knows tells nothing.
fn told(answer: Result<Reply, Lost>) -> Option<Told> {
    Some(match answer {
        Ok(reply) if reply.status < 300 => {
            let (id, status) = (reply.text("/id").parse(), Status::named(&reply.text("/status")));
            match (id, status) {
                (Ok(booking), Some(status)) => Told::Done { booking, status },
                _ => Told::Refused("an answer without a booking".to_owned()),
            }
        }
        Ok(reply) if reply.status >= 500 => Told::Unknown,
        Ok(reply) => Told::Refused(reply.code()),
        Err(Lost::Unsent) => return None,
        Err(Lost::Unknown) => Told::Unknown,
    })
}

/// Asks again, twice, for everything that has no answer.
async fn resolve(
    run: &Run<'_>,
    brand: &Brand,
    entries: &[Entry],
    asks: &HashMap<String, Ask>,
) -> HashMap<String, Vec<Told>> {
    let unknown = entries.iter().filter(|entry| entry.told == Told::Unknown);
    let keys = unknown.filter_map(|entry| match &entry.asked {
        Asked::Book { key, .. } => Some((key.clone(), asks.get(key)?)),
        _ => None,
    });
    let keys: Vec<_> = keys.collect();
    let resolved = together(run.count("clients"), keys, async |(key, ask)| {
        let mut outcomes = Vec::new();
        for _ in 0..2 {
            outcomes.push(told(brand.clients.send(ask).await).unwrap_or(Told::Unknown));
        }
        (key, outcomes)
    });
    resolved.await.into_iter().collect()
}

fn days(from_today: u64) -> i64 {
    number(world::day(from_today))
}

fn number(day: NaiveDate) -> i64 {
    (day - NaiveDate::default()).num_days()
}

fn range(from: Option<NaiveDate>, to: Option<NaiveDate>) -> Option<(i64, i64)> {
    Some((number(from?), number(to?)))
}

async fn changes(brand: &Brand) -> anyhow::Result<Vec<Change>> {
    type Row = (Uuid, Uuid, Option<NaiveDate>, Option<NaiveDate>);
    let sql = "SELECT stay, property, lower(during), upper(during) FROM prove_witness ORDER BY seq";
    let rows: Vec<Row> = brand.rows(sql).await?;
    let change = |(stay, property, from, to)| Change { stay, property, now: range(from, to) };
    Ok(rows.into_iter().map(change).collect())
}

async fn bookings(brand: &Brand) -> anyhow::Result<Vec<Booking>> {
    type Row =
        (Uuid, String, Uuid, NaiveDate, NaiveDate, String, Option<NaiveDate>, Option<NaiveDate>);
    let sql = "SELECT b.id, coalesce(b.guest_note, ''), b.property_id, b.check_in, b.check_out, b.status::text, \
                      lower(s.during), upper(s.during) \
               FROM bookings b LEFT JOIN stays s ON s.booking_id = b.id";
    let rows: Vec<Row> = brand.rows(sql).await?;
    let booking = |(id, key, property, from, to, status, begins, ends): Row| {
        Ok(Booking {
            id,
            key,
            property,
            from: number(from),
            to: number(to),
            status: Status::named(&status).ok_or_else(|| anyhow::anyhow!("status {status}"))?,
            stay: range(begins, ends),
        })
    };
    rows.into_iter().map(booking).collect()
}
