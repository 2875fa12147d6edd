//! A host who wants a confirmed stay to be another one asks its guest.

use serde_json::{Value, json};
use terrace_testkit::{Caller, TestApp, setup};

use super::booked;
use crate::stays::{day, home, occupied};

const BOOKINGS: &str = "/api/v1/bookings";

struct Scene {
    app: TestApp,
    agent: Caller,
    guest: Caller,
    villa: terrace_testkit::Listing,
    id: String,
}

impl Scene {
    async fn set() -> Self {
        let app = setup("bestays").with(|profile| profile.jobs.in_server = false).spawn().await;
        let (agent, guest) = (app.agent("somchai").await, app.user("guest").await);
        let villa = home(&agent, "villa", json!({"instant_book": true})).await;
        let id = booked(&guest, &agent, &villa, (day(10), day(13))).await;
        Self { app, agent, guest, villa, id }
    }

    async fn alter(&self, who: &Caller, body: Value) -> terrace_testkit::Reply {
        let seen = who.get(&format!("{BOOKINGS}/{}", self.id)).await.expect(200).etag();
        who.post(&format!("{BOOKINGS}/{}/alter", self.id), body).if_match(&seen).await
    }

    async fn propose(&self) -> Value {
        let body = json!({"check_in": day(11), "check_out": day(15)});
        self.alter(&self.agent, body).await.expect(202).json()
    }

    fn decide(&self, who: &Caller, offer: &Value, what: &str) -> terrace_testkit::Call {
        let offer = offer["id"].as_str().unwrap();
        who.post_empty(&format!("{BOOKINGS}/{}/offers/{offer}/{what}", self.id))
    }

    async fn days(&self) -> Vec<String> {
        self.app
            .values(format!(
                "SELECT format('%s %s', lower(during), upper(during)) FROM stays WHERE booking_id = '{}'",
                self.id
            ))
            .await
    }
}

#[tokio::test]
async fn nothing_changes_until_the_guest_says_yes() {
    let scene = Scene::set().await;
    let before = scene.days().await;
    let offer = scene.propose().await;
    assert_eq!((&offer["kind"], &offer["state"]), (&json!("change"), &json!("open")));
    assert_eq!(offer["difference"], 420_000);
    assert_eq!(scene.days().await, before);
    // The host cannot say yes for the guest.
    scene.decide(&scene.agent, &offer, "accept").await.problem(404, "not_found");
    // The price is kept to, whatever the listing costs by now.
    scene.app.execute("UPDATE rental_details SET price_per_night = 990000").await;
    let accepted = scene.decide(&scene.guest, &offer, "accept").await.expect(200);
    assert_eq!(
        (accepted.at("/check_in"), accepted.at("/check_out"), accepted.at("/total")),
        (json!(day(11)), json!(day(15)), offer["price"]["total"].clone())
    );
    assert_eq!(scene.days().await, [format!("{} {}", day(11), day(15))]);
    let events = accepted.at("/events");
    let kinds: Vec<_> = events.as_array().unwrap().iter().map(|one| one["kind"].clone()).collect();
    assert_eq!(kinds, ["held", "confirmed", "offered", "altered"]);
    let letters: Vec<String> = scene
        .app
        .values("SELECT template || ' ' || recipient FROM notifications ORDER BY id OFFSET 2")
        .await;
    assert_eq!(
        letters,
        [
            "booking_offer malee@example.com",
            "booking_altered malee@example.com",
            "booking_host somchai@bestays.example",
        ]
    );
}

#[tokio::test]
async fn a_guest_who_says_no_keeps_what_they_had() {
    let scene = Scene::set().await;
    let before = scene.days().await;
    let offer = scene.propose().await;
    let _ = scene.decide(&scene.guest, &offer, "decline").await.expect(200);
    assert_eq!(scene.days().await, before);
    // Somebody was quicker: the offer kept nothing.
    let offer = scene.propose().await;
    scene.app.execute(occupied(&scene.villa, "block", day(14), day(15))).await;
    scene.decide(&scene.guest, &offer, "accept").await.problem(409, "dates_taken");
    assert_eq!(scene.days().await, before);
    // What the guest changes themselves takes the offer away.
    let altered = scene.alter(&scene.guest, json!({"guests": 2})).await.expect(200);
    assert_eq!(altered.at("/guests"), 2);
    scene.decide(&scene.guest, &offer, "accept").await.problem(409, "wrong_state");
}

/// What the guest has asked for is done at once, and it is written down that they have.
#[tokio::test]
async fn what_the_guest_asked_for_needs_no_offer() {
    let scene = Scene::set().await;
    let body = json!({"check_in": day(20), "check_out": day(23), "asked_by_guest": true});
    let altered = scene.alter(&scene.agent, body).await.expect(200);
    assert_eq!(altered.at("/check_in"), json!(day(20)));
    assert_eq!(altered.at("/events/2/data/asked_by_guest"), true);
    // A guest who says so says nothing.
    let altered =
        scene.alter(&scene.guest, json!({"guests": 2, "asked_by_guest": true})).await.expect(200);
    assert_eq!(altered.at("/events/3/data/asked_by_guest"), Value::Null);
    // Nobody to ask: the host has to say that they did.
    scene
        .app
        .execute("UPDATE bookings SET guest_user_id = NULL, guest_email = NULL, guest_phone = '+66812345678'")
        .await;
    let refused = scene.alter(&scene.agent, json!({"guests": 3})).await;
    refused.problem(422, "invalid_input");
    assert_eq!(refused.fields(), ["/asked_by_guest required"]);
}

/// A guest without an account decides by the link in their letter.
#[tokio::test]
async fn a_link_is_enough() {
    let scene = Scene::set().await;
    let visitor = scene.app.anonymous();
    let stay = json!({"check_in": day(30), "check_out": day(33), "guests": 1});
    let quote = visitor.post(&scene.villa.at("quote"), stay).await.expect(201).text_at("/id");
    let order = json!({"quote_id": quote, "guest": {"name": "V", "email": "v@example.com"}});
    let key = uuid::Uuid::new_v4().to_string();
    let made = visitor.post(BOOKINGS, order).header("idempotency-key", key).await.expect(201);
    let (id, token) = (made.text_at("/id"), made.text_at("/manage/token"));
    let confirm = scene.agent.post_empty(&format!("{BOOKINGS}/{id}/confirm")).if_match(made.etag());
    let etag = confirm.await.expect(200).etag();
    let alter = scene.agent.post(&format!("{BOOKINGS}/{id}/alter"), json!({"guests": 2}));
    let offer = alter.if_match(etag).await.expect(202).text_at("/id");
    let path = format!("{BOOKINGS}/{id}/offers/{offer}/accept");
    visitor.post_empty(&path).await.problem(401, "unauthorized");
    let accepted = visitor.post_empty(&path).header("booking-token", &token).await.expect(200);
    assert_eq!(accepted.at("/guests"), 2);
}
