//! Nothing is done that somebody has not confirmed: once, themselves, as they saw it.

use deadpool_redis::redis::{AsyncCommands, Client, aio::MultiplexedConnection};
use serde_json::{Value, json};
use terrace_testkit::{Caller, Reply, TestApp, listing};
use uuid::Uuid;

use super::{ask, ask_in, house, visitor};
use crate::quotes::{day, nights};

fn at(token: &str) -> String {
    format!("/api/v1/chat/drafts/{token}")
}

async fn show(caller: &Caller, visitor: &str, token: &str) -> Reply {
    caller.get(&at(token)).header("visitor-token", visitor).await
}

async fn confirm(caller: &Caller, visitor: &str, token: &str) -> Reply {
    let path = format!("{}/confirm", at(token));
    caller.post_empty(&path).header("visitor-token", visitor).await
}

async fn written(app: &TestApp) -> (i64, i64) {
    (
        app.value("SELECT count(*) FROM bookings").await,
        app.value("SELECT count(*) FROM leads").await,
    )
}

fn stay(property: Uuid, ahead: u64) -> Value {
    let mut stay = nights(ahead, 3);
    stay["property_id"] = json!(property);
    stay["name"] = json!("Ann Guest");
    stay["email"] = json!("ann@example.com");
    stay
}

#[tokio::test]
async fn a_stay_is_booked_by_its_confirmation_alone_and_once() {
    let (app, _, villa) = house().await;
    let (token, id) = visitor(&app).await;
    let anybody = app.anonymous();
    let told = ask_in(&app, "th", Some(id), "draft_hold", stay(villa.id, 30)).await.unwrap();
    let draft = told.draft.unwrap();
    assert_eq!(written(&app).await, (0, 0));

    let seen = show(&anybody, &token, &draft.token).await.expect(200);
    assert_eq!(seen.text_at("/action"), "hold");
    let text = seen.text_at("/text");
    for part in ["จองที่พักนี้", "THB 12,600", "Ann Guest", "ann@example.com", &day(30).to_string()]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(text, draft.summary);
    assert_eq!(seen.header("cache-control"), "private, no-store");

    let booked = confirm(&anybody, &token, &draft.token).await.expect(201);
    assert_eq!(booked.text_at("/status"), "held");
    assert_eq!(written(&app).await, (1, 0));
    confirm(&anybody, &token, &draft.token).await.problem(409, "wrong_state");
    assert_eq!(written(&app).await, (1, 0));
}

#[tokio::test]
async fn a_draft_is_nobody_elses() {
    let (app, _, villa) = house().await;
    let (token, id) = visitor(&app).await;
    let (stranger, _) = visitor(&app).await;
    let anybody = app.anonymous();
    let told = ask(&app, Some(id), "draft_hold", stay(villa.id, 30)).await.unwrap();
    let draft = told.draft.unwrap().token;
    show(&anybody, &stranger, &draft).await.problem(404, "not_found");
    confirm(&anybody, &stranger, &draft).await.problem(404, "not_found");
    let user = app.user("noi").await;
    user.post_empty(&format!("{}/confirm", at(&draft))).await.problem(404, "not_found");
    anybody.get(&at(&draft)).await.problem(401, "unauthorized");
    let mut changed = draft.clone();
    changed.replace_range(3..4, if draft[3..].starts_with('A') { "B" } else { "A" });
    show(&anybody, &token, &changed).await.problem(404, "not_found");
    assert_eq!(written(&app).await, (0, 0));
    let _ = confirm(&anybody, &token, &draft).await.expect(201);
}

/// Where the drafts of somebody are.
async fn kept(app: &TestApp, owner: Uuid) -> (MultiplexedConnection, String) {
    let redis = Client::open(terrace_testkit::redis_url()).unwrap();
    let redis = redis.get_multiplexed_async_connection().await.unwrap();
    (redis, format!("{}drafts:{owner}", app.state().profile.redis.prefix))
}

#[tokio::test]
async fn who_is_erased_leaves_no_draft() {
    let (app, _, villa) = house().await;
    let user = app.user("noi").await;
    let id: Uuid = user.get("/api/v1/me").await.expect(200).text_at("/id").parse().unwrap();
    for ahead in [30, 40] {
        let told = ask(&app, Some(id), "draft_hold", stay(villa.id, ahead)).await.unwrap();
        assert!(told.draft.is_some());
    }
    let (mut redis, key) = kept(&app, id).await;
    let (count, ends): (i64, i64) =
        (redis.hlen(&key).await.unwrap(), redis.ttl(&key).await.unwrap());
    assert!(count == 2 && (1..=900).contains(&ends), "{count} drafts for {ends} s");
    let _ = user.delete("/api/v1/me?confirm=true").await.expect(200);
    assert!(!redis.exists::<_, bool>(&key).await.unwrap(), "a name and an address are left");
}

/// What Redis holds is only believed as far as the token was signed for it.
#[tokio::test]
async fn a_draft_that_was_changed_is_none() {
    let (app, _, villa) = house().await;
    let (token, id) = visitor(&app).await;
    let told = ask(&app, Some(id), "draft_hold", stay(villa.id, 30)).await.unwrap();
    let draft = told.draft.unwrap().token;
    let (mut redis, key) = kept(&app, id).await;
    let all: Vec<(String, String)> = redis.hgetall(&key).await.unwrap();
    let [(field, text)] = &all[..] else { panic!("{all:?}") };
    let forged = text.replace("ann@example.com", "eve@example.com");
    assert_ne!(*text, forged);
    let _: () = redis.hset(&key, field, forged).await.unwrap();
    confirm(&app.anonymous(), &token, &draft).await.problem(404, "not_found");
    assert_eq!(written(&app).await, (0, 0));
    let _: () = redis.hset(&key, field, text).await.unwrap();
    let _ = confirm(&app.anonymous(), &token, &draft).await.expect(201);
}

#[tokio::test]
async fn what_changed_meanwhile_is_refused_as_over_rest() {
    let (app, agent, villa) = house().await;
    let (token, id) = visitor(&app).await;
    let told = ask(&app, Some(id), "draft_hold", stay(villa.id, 30)).await.unwrap();
    let draft = told.draft.unwrap().token;
    let block = json!({"from": day(31), "to": day(32)});
    let _ = agent.post(&villa.at("blocks"), block).await.expect(201);
    confirm(&app.anonymous(), &token, &draft).await.problem(409, "dates_taken");
    assert_eq!(written(&app).await, (0, 0));
    let refused = ask(&app, Some(id), "draft_hold", stay(villa.id, 30)).await.unwrap_err();
    assert!(refused.0.contains("taken") || refused.0.contains("free"), "{}", refused.0);
    // A listing says itself how it is booked.
    let refused =
        ask(&app, Some(id), "draft_booking_request", stay(villa.id, 50)).await.unwrap_err();
    assert!(refused.0.contains("draft_hold"), "{}", refused.0);
}

#[tokio::test]
async fn questions_and_viewings_are_sent_when_they_are_confirmed() {
    let (app, _, villa) = house().await;
    let user = app.user("noi").await;
    let (token, id) = visitor(&app).await;
    let question = json!({"name": "Ann", "email": "ann@example.com", "message": "Is there a desk?", "property_id": villa.id});
    let lead = ask(&app, Some(id), "draft_lead", question).await.unwrap().draft.unwrap();
    assert!(lead.summary.contains("Is there a desk?"), "{}", lead.summary);
    let wish = json!({"property_id": villa.id, "name": "Bo", "phone": "081 234 5678",
        "wished_times": [format!("{}T03:00:00Z", day(3))]});
    let viewing = ask(&app, Some(id), "draft_viewing", wish).await.unwrap().draft.unwrap();
    assert!(viewing.summary.contains(&format!("{} 10:00", day(3))), "{}", viewing.summary);
    assert_eq!(written(&app).await, (0, 0));
    for draft in [lead, viewing] {
        let _ = confirm(&app.anonymous(), &token, &draft.token).await.expect(202);
        confirm(&app.anonymous(), &token, &draft.token).await.problem(409, "wrong_state");
        user.get(&at(&draft.token)).await.problem(404, "not_found");
    }
    assert_eq!(written(&app).await, (0, 2));
    let kinds: Vec<String> = app.values("SELECT kind::text FROM leads ORDER BY 1").await;
    assert_eq!(kinds, ["enquiry", "viewing"]);
    let nobody = json!({"name": "Cy", "message": "Hello?"});
    let refused = ask(&app, Some(id), "draft_lead", nobody).await.unwrap_err();
    assert!(refused.0.contains("e-mail"), "{}", refused.0);
}

/// A model may have been ordered to by what it read: neither its words nor a listing's title lead the
/// visitor away from the page on which they confirm.
#[tokio::test]
async fn no_draft_leads_away() {
    let (app, agent, _) = house().await;
    let mut lure = listing::rent();
    lure["title"] = json!("Villa, see https://evil.example or call 099-999-9999");
    let lure = agent.create_published(lure).await;
    let (_, id) = visitor(&app).await;
    let told = ask(&app, Some(id), "draft_hold", stay(lure.id, 30)).await.unwrap();
    let summary = told.draft.unwrap().summary;
    assert!(summary.contains("Villa, see"), "{summary}");
    for way in ["evil.example", "099-999-9999"] {
        assert!(!summary.contains(way), "{summary}");
    }
    let ann = json!({"property_id": lure.id, "name": "Ann", "email": "ann@example.com"});
    for (tool, field, words) in [
        ("draft_lead", "message", "Pay at https://evil.example/pay"),
        ("draft_viewing", "message", "Call 099-999-9999 at once"),
        ("draft_viewing", "line_id", "www.evil.example"),
        ("draft_lead", "name", "eve@evil.example"),
    ] {
        let mut asked = ann.clone();
        asked["message"] = json!("Is it quiet?");
        asked[field] = json!(words);
        let refused = ask(&app, Some(id), tool, asked).await.unwrap_err();
        assert!(refused.0.contains(field) && refused.0.contains("no link"), "{}", refused.0);
    }
    let mut asked = stay(lure.id, 40);
    asked["note"] = json!("![x](https://evil.example/x.png)");
    let refused = ask(&app, Some(id), "draft_hold", asked).await.unwrap_err();
    assert!(refused.0.contains("note"), "{}", refused.0);
    assert_eq!(written(&app).await, (0, 0));
}
