//! A notice ends a stay: nights, money, letters, and the way back.

use chrono::NaiveDate;
use serde_json::{Value, json};
use terrace_testkit::{Caller, Listing, TestApp, spawn_app};
use uuid::Uuid;

use super::{ago, there, upfront};
use crate::stays::{day, home};

/// What a month costs here, satang.
const MONTH: i64 = 3_000_000;

/// A stay of three months that began two weeks ago, at a listing that is let by the month.
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
    async fn set() -> Self {
        let app = spawn_app("bestays").await;
        let (agent, guest) = (app.agent("somchai").await, app.user("guest").await);
        let details = json!({"price_per_night": 400_000, "price_per_month": MONTH});
        let villa = home(&agent, "villa", details).await;
        upfront(&app, &villa, 2, 1).await;
        let from = ago(14);
        let until = from.checked_add_months(chrono::Months::new(3)).unwrap();
        let id = there(&app, &guest, &villa, (from, until)).await;
        let total = app.value(format!("SELECT total FROM bookings WHERE id = '{id}'")).await;
        assert_eq!(total, 3 * MONTH);
        Self { app, agent, guest, villa, id, until, total }
    }

    fn at(&self, rest: &str) -> String {
        format!("/api/v1/bookings/{}/{rest}", self.id)
    }

    async fn give(&self, who: &Caller, ends_on: NaiveDate) -> Value {
        who.post(&self.at("notice"), json!({"ends_on": ends_on})).await.expect(201).json()
    }

    /// The days that the booking occupies, its own days and what is owed.
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

    /// Templates, by recipient.
    async fn letters(&self, template: &str) -> Vec<String> {
        self.app
            .values(format!(
                "SELECT recipient || ' ' || (facts->>'what') FROM notifications WHERE template = '{template}' ORDER BY id"
            ))
            .await
    }

    async fn events(&self, kind: &str) -> Vec<Value> {
        self.app.values(format!("SELECT data FROM events WHERE kind = '{kind}' ORDER BY id")).await
    }
}

#[tokio::test]
async fn the_nights_are_free_and_the_rest_is_not_owed() {
    let scene = Scene::set().await;
    let ends = day(30);
    let given = scene.give(&scene.guest, ends).await;
    // 44 nights: the first month, and some of the second; a month's price falls on its own nights.
    let total = given["total"].as_i64().unwrap();
    let begins = |month: u32| ago(14) + chrono::Months::new(month);
    let (first, second) = ((begins(1) - begins(0)).num_days(), (begins(2) - begins(1)).num_days());
    let expected = MONTH + MONTH * (44 - first) / second;
    // Each night is rounded by itself.
    assert!((total - expected).abs() <= 44, "{total} is not {expected}");
    assert_eq!((&given["leaves_on"], &given["notice"]["by"]), (&json!(ends), &json!("guest")));
    // What was agreed on stays there to be seen.
    assert_eq!(given["last_day"], json!(scene.until.pred_opt().unwrap()));
    let payments = given["payments"].as_array().unwrap().iter();
    assert_eq!(payments.map(|part| part["amount"].as_i64().unwrap()).sum::<i64>(), total);
    assert_eq!(scene.stands().await, (ends, ends, total));

    // Somebody else has the nights at once.
    let other = scene.app.user("other").await;
    let stay = json!({"check_in": ends, "check_out": scene.until, "guests": 1});
    let quote = other.post(&scene.villa.at("quote"), stay).await.expect(201).text_at("/id");
    let order = json!({"quote_id": quote, "guest": {"name": "O", "email": "other@example.com"}});
    let key = Uuid::new_v4().to_string();
    let booked = other.post("/api/v1/bookings", order).header("idempotency-key", key).await;
    let _ = booked.expect(201);
    // And so the notice cannot be taken back, and nothing has changed by trying.
    let taken = scene.guest.delete(&scene.at("notice")).await;
    taken.problem(409, "dates_taken");
    assert_eq!(scene.stands().await, (ends, ends, total));
    let terms = scene.guest.get(&scene.at("terms")).await.expect(200);
    assert_eq!(terms.at("/notice/ends_on"), json!(ends));

    assert_eq!(scene.letters("booking_notice").await, ["guest@example.com notice_given"]);
    assert_eq!(scene.letters("booking_host").await[0], "somchai@bestays.example notice_given");
    let told = scene.events("booking.notice_given").await;
    assert_eq!(told, [json!({"property_id": scene.villa.id, "by": "guest", "ends_on": ends})]);
    let altered = scene.events("booking.altered").await;
    assert_eq!((altered.len(), &altered[0]["check_out"]), (1, &json!(ends)));
}

/// Months that were paid ahead count for what is owed; what is beyond it goes back, once.
#[tokio::test]
async fn what_was_paid_beyond_it_goes_back() {
    let scene = Scene::set().await;
    scene
        .app
        .execute(format!(
            "INSERT INTO payments (booking_id, provider, purpose, state, amount, currency, received, succeeded_at) \
             VALUES ('{0}', 'manual', 'charge', 'succeeded', {1}, 'THB', {1}, now()), \
                    ('{0}', 'manual', 'deposit', 'succeeded', {2}, 'THB', {2}, now())",
            scene.id,
            scene.total,
            2 * MONTH
        ))
        .await;
    let given = scene.give(&scene.agent, day(30)).await;
    let owed = given["total"].as_i64().unwrap();
    let refunds = "SELECT coalesce(sum(amount), 0)::bigint FROM payments WHERE purpose = 'refund'";
    scene.app.settled().await;
    assert_eq!(scene.app.value::<i64>(refunds).await, scene.total - owed);
    // The deposit is settled after the stay: five weeks and a week from now.
    let kept = "SELECT count(*) FROM payments WHERE purpose = 'deposit' AND refunded = 0";
    assert_eq!(scene.app.value::<i64>(kept).await, 1);
    assert_eq!(given["deposit_back_by"], json!(day(37)));
    // A notice of the host's is told to both, too.
    assert_eq!(scene.letters("booking_notice").await, ["guest@example.com notice_given"]);
    assert_eq!(scene.letters("booking_host").await, ["somchai@bestays.example notice_given"]);
}

#[tokio::test]
async fn it_is_taken_back_by_whoever_gave_it_and_then_all_is_as_before() {
    let scene = Scene::set().await;
    let before = scene.stands().await;
    scene.guest.delete(&scene.at("notice")).await.problem(404, "not_found");
    let given = scene.give(&scene.guest, day(30)).await;
    scene.agent.delete(&scene.at("notice")).await.problem(404, "not_found");
    scene.app.user("other").await.delete(&scene.at("notice")).await.problem(404, "not_found");
    assert_ne!(scene.stands().await, before);

    let back = scene.guest.delete(&scene.at("notice")).await.expect(200);
    assert_eq!((back.at("/notice"), back.at("/total")), (Value::Null, json!(scene.total)));
    assert_eq!(back.at("/earliest_end"), json!(day(30)));
    assert_eq!(scene.stands().await, before);
    let told = scene.events("booking.notice_withdrawn").await;
    let expected = json!({"property_id": scene.villa.id, "by": "guest", "ends_on": day(30)});
    assert_eq!(told, [expected]);
    assert_eq!(
        scene.letters("booking_notice").await,
        ["guest@example.com notice_given", "guest@example.com notice_withdrawn"]
    );
    // It can be given again, with the same key as little as before.
    let again = scene.give(&scene.guest, day(30)).await;
    assert_eq!(again["total"], given["total"]);
    let booking = scene.guest.get(&format!("/api/v1/bookings/{}", scene.id)).await.expect(200);
    let events = booking.at("/events");
    let kinds: Vec<_> = events.as_array().unwrap().iter().map(|one| one["kind"].clone()).collect();
    assert_eq!(kinds, ["notice_given", "notice_withdrawn", "notice_given"]);
}

/// Two months become less than one: what was agreed on is not forgotten with the month.
#[tokio::test]
async fn a_stay_that_is_no_month_any_more_keeps_its_notice() {
    let scene = Scene::set().await;
    scene.app.execute("UPDATE tenancies SET notice_days = 3").await;
    let ends = day(3);
    let _ = scene.give(&scene.guest, ends).await;
    let terms = scene.agent.get(&scene.at("terms")).await.expect(200);
    assert_eq!(
        (terms.at("/notice/ends_on"), terms.at("/notice_days"), terms.at("/leaves_on")),
        (json!(ends), json!(3), json!(ends))
    );
    let back = scene.guest.delete(&scene.at("notice")).await.expect(200);
    assert_eq!((back.at("/total"), back.at("/notice_days")), (json!(scene.total), json!(3)));
}

/// Called off after a notice, no more is owed than until its day.
#[tokio::test]
async fn a_cancellation_after_it_costs_no_more_than_the_notice() {
    let scene = Scene::set().await;
    let given = scene.give(&scene.guest, day(31)).await;
    let owed = given["total"].as_i64().unwrap();
    let shown = scene.guest.get(&scene.at("cancellation")).await.expect(200);
    // Thirty days from now, and the fourteen that were slept: a night less than the notice.
    assert_eq!(shown.at("/kept").as_i64().unwrap() + shown.at("/refund").as_i64().unwrap(), owed);
    assert!(shown.at("/kept").as_i64().unwrap() <= owed, "{shown:?}");
    assert!(shown.at("/refund").as_i64().unwrap() > 0, "{shown:?}");
    let by_host = scene.agent.get(&scene.at("cancellation")).await.expect(200);
    // Fourteen nights were slept.
    assert!(by_host.at("/kept").as_i64().unwrap() < MONTH / 2, "{by_host:?}");
}

/// Whoever gives notice while the nights after it change hands: either order, and nothing is sold
/// twice.
#[tokio::test]
async fn taking_it_back_and_booking_the_nights_do_not_meet() {
    let scene = Scene::set().await;
    let _ = scene.give(&scene.guest, day(30)).await;
    let stay = json!({"check_in": day(35), "check_out": day(40), "guests": 1});
    let quote = scene.guest.post(&scene.villa.at("quote"), stay).await.expect(201).text_at("/id");
    let order = json!({"quote_id": quote, "guest": {"name": "O", "email": "other@example.com"}});
    let key = Uuid::new_v4().to_string();
    let other = scene.app.user("other").await;
    let book = other.post("/api/v1/bookings", order).header("idempotency-key", key);
    let take_back = scene.guest.delete(&scene.at("notice"));
    let (book, take_back) =
        (tokio::spawn(async move { book.await }), tokio::spawn(async move { take_back.await }));
    let (book, take_back) = (book.await.unwrap(), take_back.await.unwrap());
    let outcomes = (book.status, take_back.status);
    assert!(matches!(outcomes, (201, 409) | (409, 200)), "{book:?} {take_back:?}");
}
