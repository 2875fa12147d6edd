//! A stay of a month or longer goes on: offered, accepted, declined, too late.

use chrono::{Months, NaiveDate};
use serde_json::{Value, json};
use terrace_server::bookings::offers::due;
use terrace_testkit::{Caller, Listing, Setup, TestApp, setup};
use uuid::Uuid;

use super::{ago, there, upfront};
use crate::stays::{day, home, occupied};

const MONTH: i64 = 3_000_000;

fn idle() -> Setup {
    setup("bestays").with(|profile| profile.jobs.in_server = false)
}

/// A stay of two months that began forty days ago, paid by the month; with a fee for cleaning.
struct Scene {
    app: TestApp,
    agent: Caller,
    guest: Caller,
    villa: Listing,
    id: Uuid,
    until: NaiveDate,
    total: i64,
}

impl Scene {
    async fn set(setup: Setup) -> Self {
        let app = setup.spawn().await;
        let (agent, guest) = (app.agent("somchai").await, app.user("guest").await);
        let details = json!({
            "price_per_night": 400_000, "price_per_month": MONTH, "cleaning_fee": 150_000, "deposit": 1_000_000,
        });
        let villa = home(&agent, "villa", details).await;
        upfront(&app, &villa, 2, 1).await;
        let from = ago(40);
        let until = from + Months::new(2);
        let id = there(&app, &guest, &villa, (from, until)).await;
        let total = app.value(format!("SELECT total FROM bookings WHERE id = '{id}'")).await;
        assert_eq!(total, 2 * MONTH + 150_000);
        Self { app, agent, guest, villa, id, until, total }
    }

    fn at(&self, rest: &str) -> String {
        format!("/api/v1/bookings/{}/{rest}", self.id)
    }

    async fn offer(&self, months: u32) -> Value {
        self.agent.post(&self.at("offers"), json!({"months": months})).await.expect(201).json()
    }

    fn decide(&self, who: &Caller, offer: &Value, what: &str) -> terrace_testkit::Call {
        who.post_empty(&self.at(&format!("offers/{}/{what}", offer["id"].as_str().unwrap())))
    }

    async fn stands(&self) -> (NaiveDate, NaiveDate, i64) {
        let sql = |what: &str| {
            format!(
                "SELECT {what} FROM bookings b JOIN stays s ON s.booking_id = b.id WHERE b.id = '{}'",
                self.id
            )
        };
        (
            self.app.value(sql("upper(s.during)")).await,
            self.app.value(sql("b.check_out")).await,
            self.app.value(sql("b.total")).await,
        )
    }

    async fn states(&self) -> Vec<String> {
        let list = self.guest.get(&self.at("offers")).await.expect(200);
        let items = list.at("/items");
        let items = items.as_array().unwrap().iter();
        items.map(|one| one["state"].as_str().unwrap().to_owned()).collect()
    }
}

/// A host whose first answer was lost asks again: one offer, one letter.
#[tokio::test]
async fn an_offer_that_is_sent_again_is_the_same_offer() {
    let scene = Scene::set(idle()).await;
    let send = |months: u32| {
        let call = scene.agent.post(&scene.at("offers"), json!({"months": months}));
        call.header("idempotency-key", "stay-on")
    };
    let first = send(1).await.expect(201);
    let again = send(1).await.expect(201);
    assert_eq!((again.header("idempotent-replayed"), again.json()), ("true", first.json()));
    send(2).await.problem(422, "idempotency_mismatch");
    let rows = "SELECT (SELECT count(*) FROM booking_offers) * 10 + \
        (SELECT count(*) FROM notifications WHERE template = 'booking_offer')";
    assert_eq!(scene.app.value::<i64>(rows).await, 11);
}

#[tokio::test]
async fn a_guest_who_accepts_stays_on_at_the_price_that_was_offered() {
    let scene = Scene::set(idle()).await;
    let before = scene.stands().await;
    // The rent has risen since.
    scene.app.execute(format!("UPDATE rental_details SET price_per_month = {}", 2 * MONTH)).await;
    let offer = scene.offer(2).await;
    let then = scene.until + Months::new(2);
    assert_eq!((&offer["kind"], &offer["state"]), (&json!("renewal"), &json!("open")));
    assert_eq!((&offer["check_in"], &offer["check_out"]), (&json!(scene.until), &json!(then)));
    // Nobody cleans in between, and the deposit is there.
    assert_eq!((&offer["difference"], &offer["price"]["deposit"]), (&json!(4 * MONTH), &json!(0)));
    // An offer is a question.
    assert_eq!(scene.stands().await, before);
    // What it costs after the offer is for others.
    scene.app.execute(format!("UPDATE rental_details SET price_per_month = {}", 9 * MONTH)).await;
    for nobody in [&scene.agent, &scene.app.user("other").await] {
        scene.decide(nobody, &offer, "accept").await.problem(404, "not_found");
    }
    let accepted = scene.decide(&scene.guest, &offer, "accept").await.expect(200);
    let total = scene.total + 4 * MONTH;
    assert_eq!((accepted.at("/check_out"), accepted.at("/total")), (json!(then), json!(total)));
    assert_eq!(accepted.at("/price/total"), json!(total));
    assert_eq!(scene.stands().await, (then, then, total));
    scene.decide(&scene.guest, &offer, "accept").await.problem(409, "wrong_state");
    assert_eq!(scene.states().await, ["accepted"]);

    // The contract and what is due when go on with it; what was agreed on before stays.
    let terms = scene.guest.get(&scene.at("terms")).await.expect(200);
    assert_eq!((terms.at("/months"), terms.at("/total")), (json!(4), json!(total)));
    assert_eq!(terms.at("/last_day"), json!(then.pred_opt().unwrap()));
    assert_eq!(terms.at("/rent_per_month"), json!(2 * MONTH));
    assert_eq!(terms.at("/deposit"), json!(2 * MONTH));
    let payments = terms.at("/payments");
    let payments = payments.as_array().unwrap();
    let sum: i64 = payments.iter().map(|part| part["amount"].as_i64().unwrap()).sum();
    assert_eq!(sum, total);
    let last = payments.last().unwrap();
    assert_eq!(
        (&last["on"], &last["amount"]),
        (&json!(scene.until + Months::new(1)), &json!(2 * MONTH))
    );
    let guide = scene.guest.get(&scene.at("payment")).await.expect(200);
    assert_eq!((guide.at("/total"), guide.at("/due")), (json!(total), json!(total)));

    let renewed: Vec<Value> =
        scene.app.values("SELECT data FROM events WHERE kind = 'booking.renewed'").await;
    assert_eq!(
        renewed,
        [
            json!({"property_id": scene.villa.id, "offer_id": offer["id"], "check_in": scene.until, "check_out": then})
        ]
    );
    let letters: Vec<String> = scene
        .app
        .values("SELECT template || ' ' || recipient FROM notifications ORDER BY id")
        .await;
    assert_eq!(
        letters,
        [
            "booking_offer guest@example.com",
            "booking_renewed guest@example.com",
            "booking_host somchai@bestays.example",
        ]
    );
    // It ends early like any other, each part at its own price.
    let given =
        scene.guest.post(&scene.at("notice"), json!({"ends_on": scene.until + Months::new(1)}));
    let given = given.await.expect(201);
    assert_eq!(given.at("/total"), json!(scene.total + 2 * MONTH));
    let back = scene.guest.delete(&scene.at("notice")).await.expect(200);
    assert_eq!(back.at("/total"), json!(total));
}

#[tokio::test]
async fn nights_that_somebody_has_by_then_are_theirs() {
    let scene = Scene::set(idle()).await;
    let before = scene.stands().await;
    let offer = scene.offer(1).await;
    scene
        .app
        .execute(occupied(
            &scene.villa,
            "block",
            scene.until + chrono::Days::new(3),
            scene.until + chrono::Days::new(5),
        ))
        .await;
    let refused = scene.decide(&scene.guest, &offer, "accept").await;
    refused.problem(409, "dates_taken");
    assert_eq!(refused.fields(), [" taken"]);
    // Nothing of it happened: the offer stands, too.
    assert_eq!(scene.stands().await, before);
    assert_eq!(scene.states().await, ["open"]);
    // Nor is offered what cannot be had.
    let again = scene.agent.post(&scene.at("offers"), json!({"months": 1})).await;
    again.problem(409, "dates_taken");
}

#[tokio::test]
async fn one_offer_stands_at_a_time_and_not_for_ever() {
    let scene = Scene::set(idle()).await;
    let first = scene.offer(1).await;
    let second = scene.offer(2).await;
    assert_eq!(scene.states().await, ["open", "withdrawn"]);
    scene.decide(&scene.guest, &first, "accept").await.problem(409, "wrong_state");
    let declined = scene.decide(&scene.guest, &second, "decline").await.expect(200);
    assert_eq!(declined.at("/state"), "declined");
    scene.decide(&scene.guest, &second, "accept").await.problem(409, "wrong_state");
    // What was declined is no part of the price.
    let booking = scene.guest.get(&format!("/api/v1/bookings/{}", scene.id)).await.expect(200);
    assert_eq!(booking.at("/price/total"), json!(scene.total));
    let told: i64 = scene
        .app
        .value("SELECT count(*) FROM notifications WHERE template = 'booking_host' AND facts->>'what' = 'offer_declined'")
        .await;
    assert_eq!(told, 1);

    let third = scene.offer(1).await;
    scene.app.execute("UPDATE booking_offers SET expires_at = now() WHERE state = 'open'").await;
    assert_eq!(scene.states().await[0], "expired");
    let late = scene.decide(&scene.guest, &third, "accept").await.problem(409, "wrong_state");
    assert!(late["detail"].as_str().unwrap().contains("expired"), "{late}");
    let fourth = scene.offer(1).await;
    scene.decide(&scene.guest, &fourth, "withdraw").await.problem(403, "forbidden");
    let _ = scene.decide(&scene.agent, &fourth, "withdraw").await.expect(200);
    assert_eq!(scene.states().await, ["withdrawn", "withdrawn", "declined", "withdrawn"]);
    // The database says so, too: what was decided stays.
    let change = "UPDATE booking_offers SET state = 'accepted' WHERE state = 'declined'";
    let refused = sqlx::query(change).execute(&scene.app.sql().await).await.unwrap_err();
    assert!(refused.to_string().contains("an offer stays what it is"), "{refused}");
}

#[tokio::test]
async fn what_cannot_go_on_is_not_offered() {
    let scene = Scene::set(idle()).await;
    let too_long = scene.agent.post(&scene.at("offers"), json!({"months": 12})).await;
    too_long.problem(422, "invalid_input");
    assert_eq!(too_long.fields(), ["/months too_long"]);
    for (body, field) in [
        (json!({"months": 0}), "/months invalid"),
        (json!({"months": 1, "valid_days": 31}), "/valid_days invalid"),
        (json!({"months": 1, "price": 1}), "/price unknown_field"),
    ] {
        let refused = scene.agent.post(&scene.at("offers"), body).await;
        refused.problem(422, "invalid_input");
        assert_eq!(refused.fields(), [field]);
    }
    // Not come yet, and a stay that ends by notice.
    let coming = there(&scene.app, &scene.guest, &scene.villa, (day(100), day(140))).await;
    let offers = format!("/api/v1/bookings/{coming}/offers");
    scene.agent.post(&offers, json!({"months": 1})).await.problem(409, "wrong_state");
    scene.app.execute("UPDATE tenancies SET notice_days = 1").await;
    let offer = scene.offer(1).await;
    let notice = json!({"ends_on": day(5)});
    let _ = scene.guest.post(&scene.at("notice"), notice).await.expect(201);
    // What was offered was for another stay.
    assert_eq!(scene.states().await, ["withdrawn"]);
    scene.decide(&scene.guest, &offer, "accept").await.problem(409, "wrong_state");
    scene.agent.post(&scene.at("offers"), json!({"months": 1})).await.problem(409, "wrong_state");
}

/// Two guests of one offer: the one who clicks twice, in two windows.
#[tokio::test]
async fn accepted_twice_at_once_is_accepted_once() {
    let scene = Scene::set(idle()).await;
    let offer = scene.offer(1).await;
    let calls = [(), (), ()].map(|()| {
        let call = scene.decide(&scene.guest, &offer, "accept");
        tokio::spawn(async move { call.await })
    });
    let mut statuses = Vec::new();
    for call in calls {
        statuses.push(call.await.unwrap().status);
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409]);
    assert_eq!(scene.stands().await.2, scene.total + MONTH);
}

/// Some days before the end it is offered by itself, once, and not where it cannot be.
#[tokio::test]
async fn it_is_offered_by_itself() {
    let scene = Scene::set(idle().with(|profile| profile.bookings.renewal_days = 30)).await;
    let other = home(&scene.agent, "other", json!({"price_per_month": MONTH})).await;
    // Ends later than that, and one whose nights are taken.
    let _ = there(&scene.app, &scene.guest, &other, (ago(40), day(60))).await;
    let full = home(&scene.agent, "full", json!({"price_per_month": MONTH})).await;
    let _ = there(&scene.app, &scene.guest, &full, (ago(40), day(10))).await;
    scene.app.execute(occupied(&full, "block", day(20), day(22))).await;
    for _ in 0..2 {
        due::offer(&scene.app.state()).await.unwrap();
        let made: Vec<Uuid> = scene.app.values("SELECT booking_id FROM booking_offers").await;
        assert_eq!(made, [scene.id]);
    }
    let list = scene.guest.get(&scene.at("offers")).await.expect(200);
    assert_eq!(list.at("/items/0/check_out"), json!(scene.until + Months::new(1)));
    // Declined, it is not offered again for this end; accepted, it may be for the next.
    let offer = list.at("/items/0");
    let _ = scene.decide(&scene.guest, &offer, "decline").await.expect(200);
    due::offer(&scene.app.state()).await.unwrap();
    assert_eq!(scene.states().await, ["declined"]);
    // Where the brand does not say so, nothing is.
    let quiet = Scene::set(idle()).await;
    due::offer(&quiet.app.state()).await.unwrap();
    assert_eq!(quiet.states().await, [""; 0]);
}
