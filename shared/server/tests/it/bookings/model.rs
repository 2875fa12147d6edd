//! Whatever guests, hosts, payments and time do to two listings, in whatever order: the API agrees
//! with a model of a few lines that knows nothing of it.
//!
//! `TERRACE_BOOKING_SEQUENCES=10000` for a release; a few by default.

use std::sync::Arc;

use proptest::{
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};
use serde_json::json;
use terrace_pricing::Stay;
use terrace_server::{
    app::State,
    bookings::{Paid, TooLate, paid, sweep},
    db::Context,
    quotes,
};
use terrace_testkit::{Caller, Listing, Reply, TestApp};
use tokio::runtime::Runtime;
use uuid::Uuid;

use super::{BOOKINGS, book, day, idle, occupied, on_request, order, villa};

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Host,
    Guest,
    Stranger,
}

#[derive(Clone, Debug)]
enum Act {
    Place {
        listing: usize,
        from: u64,
        nights: u64,
    },
    Confirm(usize, By),
    Accept(usize, By),
    Decline(usize, By),
    Cancel(usize, By),
    Alter(usize, By, u64, u64),
    /// With a version that is not the latest.
    Stale(usize),
    RunOut(usize),
    Sweep,
    Pay(usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let by = || prop::sample::select(vec![By::Host, By::Host, By::Guest, By::Guest, By::Stranger]);
    let nth = || 0_usize..6;
    let act = prop_oneof![
        6 => (0_usize..2, 0_u64..9, 2_u64..5)
            .prop_map(|(listing, from, nights)| Act::Place { listing, from, nights }),
        2 => (nth(), by()).prop_map(|(nth, by)| Act::Confirm(nth, by)),
        1 => (nth(), by()).prop_map(|(nth, by)| Act::Accept(nth, by)),
        1 => (nth(), by()).prop_map(|(nth, by)| Act::Decline(nth, by)),
        2 => (nth(), by()).prop_map(|(nth, by)| Act::Cancel(nth, by)),
        3 => (nth(), by(), 0_u64..9, 2_u64..5).prop_map(|(nth, by, from, nights)| Act::Alter(nth, by, from, nights)),
        1 => nth().prop_map(Act::Stale),
        2 => nth().prop_map(Act::RunOut),
        1 => Just(Act::Sweep),
        2 => nth().prop_map(Act::Pay),
    ];
    prop::collection::vec(act, 1..20)
}

/// A booking as the model has it.
#[derive(Clone, Debug)]
struct Known {
    id: String,
    listing: usize,
    status: &'static str,
    /// Whether it ever was the guest's to pay for.
    was_held: bool,
    has_run_out: bool,
    from: u64,
    nights: u64,
    version: i64,
}

impl Known {
    fn status(&self) -> &'static str {
        if self.has_run_out { "expired" } else { self.status }
    }

    fn occupies(&self) -> bool {
        matches!(self.status(), "requested" | "held" | "confirmed")
    }
}

#[derive(Default)]
struct Model {
    bookings: Vec<Known>,
}

impl Model {
    fn is_free(&self, listing: usize, from: u64, nights: u64, except: Option<usize>) -> bool {
        !self.bookings.iter().enumerate().any(|(nth, known)| {
            Some(nth) != except
                && known.listing == listing
                && known.occupies()
                && known.from < from + nights
                && from < known.from + known.nights
        })
    }

    /// What occupies a listing, as `kind from to`.
    fn occupied(&self, listing: usize) -> Vec<String> {
        let mut kept: Vec<&Known> = self
            .bookings
            .iter()
            .filter(|known| known.listing == listing && known.occupies())
            .collect();
        kept.sort_by_key(|known| known.from);
        kept.iter()
            .map(|known| {
                let kind = if known.status == "confirmed" { "booking" } else { "hold" };
                format!("{kind} {} {}", day(30 + known.from), day(30 + known.from + known.nights))
            })
            .collect()
    }

    /// The state that a command leads to, or the refusal.
    fn after(&self, nth: usize, command: &str, by: By) -> Result<&'static str, &'static str> {
        let known = &self.bookings[nth];
        let is_staffs = matches!(command, "confirm" | "accept" | "decline");
        match (by, known.status(), command) {
            (By::Guest, ..) if is_staffs => Err("forbidden"),
            // The stranger is an agent, of other listings.
            (By::Stranger, ..) => Err("not_found"),
            (_, "requested", "accept") => Ok("held"),
            (_, "requested", "decline") => Ok("declined"),
            (_, "requested" | "held", "confirm") => Ok("confirmed"),
            (_, "requested" | "held" | "confirmed", "cancel") => Ok("cancelled"),
            // What the host of the second listing has granted is not moved without them.
            (By::Guest, "held" | "confirmed", "alter") if known.listing == 1 => Err("wrong_state"),
            (_, status @ ("requested" | "held" | "confirmed"), "alter") => Ok(status),
            _ => Err("wrong_state"),
        }
    }
}

/// Who and what is there.
struct World {
    app: TestApp,
    host: Caller,
    guest: Caller,
    stranger: Caller,
}

impl World {
    async fn new() -> Self {
        let app = idle()
            .with(|profile| {
                profile.bookings.live_holds = 1_000_000;
                profile.bookings.holds_per_day = 1_000_000;
            })
            .spawn()
            .await;
        let (host, stranger) = (app.agent("host").await, app.agent("stranger").await);
        let guest = app.user("guest").await;
        Self { app, host, guest, stranger }
    }

    fn caller(&self, by: By) -> &Caller {
        match by {
            By::Host => &self.host,
            By::Guest => &self.guest,
            By::Stranger => &self.stranger,
        }
    }

    /// A price for nights that may be taken by now.
    async fn quote(&self, listing: &Listing, from: u64, nights: u64) -> String {
        let (state, id): (Arc<State>, Uuid) = (self.app.state(), listing.id);
        let stay = Stay {
            check_in: day(30 + from),
            check_out: day(30 + from + nights),
            guests: 2,
            coupon: None,
        };
        let wired = state.clone();
        let issued = state.db.tx(Context::system("test"), move |tx| {
            let (state, stay) = (wired.clone(), stay.clone());
            Box::pin(async move { quotes::issue(tx, &state, id, &stay).await })
        });
        issued.await.unwrap().id.to_string()
    }

    async fn pay(&self, booking: &str) -> Paid {
        let (state, id): (Arc<State>, Uuid) = (self.app.state(), booking.parse().unwrap());
        let wired = state.clone();
        let paid = state.db.tx(Context::system("test"), move |tx| {
            let state = wired.clone();
            Box::pin(async move { paid(tx, &state, id).await })
        });
        paid.await.unwrap()
    }

    async fn command(
        &self,
        known: &Known,
        command: &str,
        by: By,
        body: serde_json::Value,
    ) -> Reply {
        let path = format!("{BOOKINGS}/{}/{command}", known.id);
        let call = self.caller(by).post_empty(&path).if_match(format!("\"{}-x\"", known.version));
        match command {
            "confirm" | "accept" => call.await,
            _ => call.json(&body).await,
        }
    }
}

fn agree<T: PartialEq + std::fmt::Debug>(
    said: T,
    expected: T,
    of: &Act,
) -> Result<(), TestCaseError> {
    prop_assert_eq!(said, expected, "{:?}", of);
    Ok(())
}

async fn play(world: &World, acts: &[Act]) -> Result<(), TestCaseError> {
    let listings = [villa(&world.host).await, on_request(&world.host).await];
    let mut model = Model::default();
    for act in acts {
        step(world, &listings, &mut model, act).await?;
        for (nth, listing) in listings.iter().enumerate() {
            // What has run out and was not removed yet is nobody's.
            world.app.execute("DELETE FROM stays WHERE expires_at <= now()").await;
            agree(occupied(&world.app, listing).await, model.occupied(nth), act)?;
        }
    }
    for known in &model.bookings {
        let seen = world.guest.get(&format!("{BOOKINGS}/{}", known.id)).await.expect(200);
        prop_assert_eq!(seen.text_at("/status"), known.status());
        prop_assert_eq!(seen.at("/version"), json!(known.version));
    }
    Ok(())
}

async fn step(
    world: &World,
    listings: &[Listing; 2],
    model: &mut Model,
    act: &Act,
) -> Result<(), TestCaseError> {
    let (nth, by, command) = match act {
        Act::Place { listing, from, nights } => {
            let quote = world.quote(&listings[*listing], *from, *nights).await;
            let reply = book(&world.guest, order(&quote, "guest@example.com")).await;
            if !model.is_free(*listing, *from, *nights, None) {
                return agree(reply.code(), "dates_taken".to_owned(), act);
            }
            agree(reply.status, 201, act)?;
            model.bookings.push(Known {
                id: reply.text_at("/id"),
                listing: *listing,
                status: if *listing == 0 { "held" } else { "requested" },
                was_held: *listing == 0,
                has_run_out: false,
                from: *from,
                nights: *nights,
                version: 1,
            });
            return Ok(());
        }
        Act::Sweep => {
            sweep::expire(&world.app.state()).await.unwrap();
            for known in model.bookings.iter_mut().filter(|known| known.has_run_out) {
                (known.status, known.has_run_out) = ("expired", false);
                known.version += 1;
            }
            return Ok(());
        }
        Act::RunOut(nth) => {
            if let Some(known) = model.bookings.get_mut(*nth)
                && matches!(known.status, "requested" | "held")
            {
                super::let_run_out(&world.app, &known.id, -1).await;
                known.has_run_out = true;
            }
            return Ok(());
        }
        Act::Pay(nth) => {
            let Some(known) = model.bookings.get(*nth).cloned() else { return Ok(()) };
            let is_free = model.is_free(known.listing, known.from, known.nights, Some(*nth));
            let expected = match known.status() {
                "held" => Paid::Confirmed,
                "expired" if !known.was_held => Paid::GoesBack(TooLate::WrongState),
                "expired" if is_free => Paid::Confirmed,
                "expired" => Paid::GoesBack(TooLate::DatesTaken),
                "confirmed" => Paid::AlreadyConfirmed,
                _ => Paid::GoesBack(TooLate::WrongState),
            };
            agree(world.pay(&known.id).await, expected, act)?;
            if expected == Paid::Confirmed {
                let known = &mut model.bookings[*nth];
                (known.status, known.has_run_out) = ("confirmed", false);
                known.version += 1;
            }
            return Ok(());
        }
        Act::Stale(nth) => {
            let Some(known) = model.bookings.get(*nth) else { return Ok(()) };
            let seen = Known { version: known.version + 1, ..known.clone() };
            let reply = world.command(&seen, "cancel", By::Host, json!({})).await;
            return agree(reply.code(), "version_mismatch".to_owned(), act);
        }
        Act::Confirm(nth, by) => (*nth, *by, "confirm"),
        Act::Accept(nth, by) => (*nth, *by, "accept"),
        Act::Decline(nth, by) => (*nth, *by, "decline"),
        Act::Cancel(nth, by) => (*nth, *by, "cancel"),
        Act::Alter(nth, by, ..) => (*nth, *by, "alter"),
    };
    let Some(known) = model.bookings.get(nth).cloned() else { return Ok(()) };
    let moved = match act {
        Act::Alter(_, _, from, nights) => Some((*from, *nights)),
        _ => None,
    };
    let body = match moved {
        Some((from, nights)) => {
            // A host who has been asked to: offers are another story.
            let asked = by == By::Host;
            json!({"check_in": day(30 + from), "check_out": day(30 + from + nights), "asked_by_guest": asked})
        }
        None => json!({}),
    };
    let reply = world.command(&known, command, by, body).await;
    let mut after = model.after(nth, command, by);
    if let (Ok(_), Some((from, nights))) = (after, moved)
        && !model.is_free(known.listing, from, nights, Some(nth))
    {
        after = Err("dates_taken");
    }
    match after {
        Err(code) => agree(reply.code(), code.to_owned(), act),
        Ok(status) => {
            agree((reply.status, reply.text_at("/status")), (200, status.to_owned()), act)?;
            let known = &mut model.bookings[nth];
            known.status = status;
            known.was_held |= status == "held";
            known.version += 1;
            if let Some((from, nights)) = moved {
                (known.from, known.nights) = (from, nights);
            }
            Ok(())
        }
    }
}

#[test]
fn the_api_does_what_the_model_does() {
    let asked = std::env::var("TERRACE_BOOKING_SEQUENCES").ok();
    let cases = asked.map_or(24, |number| number.parse().expect("a number of sequences"));
    let runtime = Runtime::new().unwrap();
    let world = runtime.block_on(World::new());
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 64, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let result = runner.run(&acts(), |acts| runtime.block_on(play(&world, &acts)));
    // Dropped inside: it ends a server.
    let _guard = runtime.enter();
    drop(world);
    if let Err(error) = result {
        panic!("{error}");
    }
}
