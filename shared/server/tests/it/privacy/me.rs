//! `GET /me/export` and `DELETE /me`.

use serde_json::{Value, json};
use terrace_testkit::{Caller, TestApp, Token, listing, spawn_app};

use super::{back, idle, tables_with};

const ME: &str = "/api/v1/me";
const EXPORT: &str = "/api/v1/me/export";
const ERASE: &str = "/api/v1/me?confirm=true";

/// Somebody who has asked, saved and booked, each time with this word.
async fn known(app: &TestApp, agent: &Caller, word: &str) -> Caller {
    let person = app.user(word).await;
    let villa = agent.create_published(listing::rent()).await;
    let lead = json!({"property_id": villa.id, "name": format!("{word} Jaidee"),
        "email": format!("{word}@mail.example"), "message": format!("I am {word}.")});
    let _ = person
        .post("/api/v1/leads", lead)
        .header("idempotency-key", format!("{word}-lead"))
        .await
        .expect(202);
    let search = json!({"name": format!("{word} villas"), "notify": "daily"});
    let _ = person.post("/api/v1/saved-searches", search).await.expect(201);
    let quote = person.post(&villa.at("quote"), crate::quotes::nights(60, 3)).await.expect(201);
    let order = json!({"quote_id": quote.text_at("/id"),
        "guest": {"name": format!("{word} Jaidee"), "email": format!("{word}@mail.example"), "note": format!("{word} comes late")}});
    let _ = person
        .post("/api/v1/bookings", order)
        .header("idempotency-key", format!("{word}-booking"))
        .await
        .expect(201);
    person
}

fn place<'e>(export: &'e Value, name: &str, whom: &str) -> &'e Value {
    let places = export["places"].as_array().unwrap();
    let found = places.iter().find(|place| place["place"] == name && place["whom"] == whom);
    &found.unwrap_or_else(|| panic!("{name} as {whom} is not in {export:#}"))["rows"]
}

#[tokio::test]
async fn people_get_everything_that_is_known_of_them_and_nothing_of_others() {
    let app = idle().spawn().await;
    let agent = app.agent("somchai").await;
    let nok = known(&app, &agent, "nokthecanary").await;
    let _ = known(&app, &agent, "ploythecanary").await;

    let reply = nok.get(EXPORT).await.expect(200);
    assert!(reply.header("content-disposition").starts_with("attachment; filename=\"bestays-"));
    assert_eq!(reply.header("cache-control"), "private, no-store");
    let export = reply.json();
    assert_eq!(export["user_id"], json!(nok.user_id));
    assert_eq!(place(&export, "users", "the person")[0]["email"], "nokthecanary@bestays.example");
    let lead = &place(&export, "leads", "who asked")[0];
    assert_eq!(lead["message"], "I am nokthecanary.");
    assert!(lead.get("assigned_agent_id").is_none(), "the agent is somebody else: {lead}");
    let booking = &place(&export, "bookings", "who booked")[0];
    assert_eq!(booking["guest_note"], "nokthecanary comes late");
    assert_eq!(
        place(&export, "saved_searches", "whose list it is")[0]["name"],
        "nokthecanary villas"
    );
    let _ = place(&export, "booking_events", "who booked");
    let _ = place(&export, "idempotency_keys", "who asked");
    let text = reply.text();
    for other in ["ploythecanary", "somchai@"] {
        assert!(!text.contains(other), "{other} is in it");
    }
    app.anonymous().get(EXPORT).await.problem(401, "unauthorized");
}

#[tokio::test]
async fn whoever_goes_is_gone_and_the_others_stay() {
    let app = idle().spawn().await;
    let agent = app.agent("somchai").await;
    let nok = known(&app, &agent, "nokthecanary").await;
    let ploy = known(&app, &agent, "ploythecanary").await;

    // It must be meant, and nobody must be waiting for them.
    let told = nok.delete(ME).await.problem(428, "precondition_required");
    assert!(told["detail"].as_str().unwrap().contains("confirm=true"), "{told}");
    nok.delete("/api/v1/me?confirm=perhaps").await.problem(400, "invalid_parameter");
    let told = nok.delete(ERASE).await.problem(409, "in_use");
    assert!(told["detail"].as_str().unwrap().starts_with("1 stay still to come"), "{told}");
    assert_eq!(told["errors"][0]["code"], "stays");
    app.execute("UPDATE bookings SET hold_expires_at = now() - interval '1 s'").await;

    let before = tables_with(&app, "nokthecanary").await;
    for table in
        ["users", "leads", "bookings", "saved_searches", "notifications", "idempotency_keys"]
    {
        assert!(before.iter().any(|found| found == table), "{table} is not in {before:?}");
    }
    let others = tables_with(&app, "ploythecanary").await;
    let reply = nok.delete(ERASE).await.expect(200);
    let erased = reply.json();
    let outcome = |name: &str, whom: &str| {
        let places = erased["places"].as_array().unwrap();
        let found = places.iter().find(|place| place["place"] == name && place["whom"] == whom);
        found.map(|place| (place["outcome"].as_str().unwrap(), place["count"].as_i64().unwrap()))
    };
    assert_eq!(outcome("users", "the person"), Some(("blanked", 1)));
    assert_eq!(outcome("saved_searches", "whose list it is"), Some(("removed", 1)));
    assert_eq!(outcome("bookings", "who booked"), Some(("blanked", 1)));
    assert_eq!(outcome("audit_log", "who did it").map(|(what, _)| what), Some("kept"));

    assert_eq!(tables_with(&app, "nokthecanary").await, Vec::<String>::new());
    assert_eq!(tables_with(&app, "ploythecanary").await, others);
    // Accounts lose their person, not their money.
    let kept: i64 = app
        .value(format!(
            "SELECT count(*) FROM bookings WHERE guest_user_id = '{}' AND erased_at IS NOT NULL \
             AND guest_email IS NULL AND total > 0",
            nok.user_id.unwrap()
        ))
        .await;
    assert_eq!(kept, 1);

    // The token lasts longer than the person.
    nok.get(ME).await.problem(401, "unauthorized");
    back(&app, "nokthecanary").get(ME).await.problem(401, "unauthorized");
    let people: i64 =
        app.value("SELECT count(*) FROM users WHERE deleted_at IS NULL AND role = 'user'").await;
    assert_eq!(people, 1, "somebody erased came back as somebody new");
    let _ = ploy.get(ME).await.expect(200);

    let ledger =
        std::fs::read_to_string(app.profile.privacy.ledger_dir.join("erasures.jsonl")).unwrap();
    assert_eq!(ledger.lines().count(), 1);
    assert!(ledger.contains(&nok.user_id.unwrap().to_string()));
    assert!(!ledger.contains("nokthecanary") && !ledger.contains("example"), "{ledger}");
}

#[tokio::test]
async fn whoever_is_in_charge_hands_over_first() {
    let app = idle().spawn().await;
    let (agent, heir) = (app.agent("somchai").await, app.agent("malee").await);
    let made = agent.create_published(listing::rent()).await;
    app.execute(format!(
        "UPDATE properties SET contact_info = '{{\"name\": \"Somchai\", \"email\": \"somchai@bestays.example\"}}' \
         WHERE id = '{}'",
        made.id
    ))
    .await;
    let told = agent.delete(ERASE).await.problem(409, "in_use");
    assert!(told["detail"].as_str().unwrap().contains("reassign"), "{told}");

    let admin = app.admin().await;
    admin.delete(ERASE).await.problem(409, "last_admin");
    let reassign = format!("/api/v1/admin/agents/{}/reassign", agent.user_id.unwrap());
    let _ = admin
        .post(&reassign, json!({"to_agent_id": heir.user_id, "listings": "all", "leads": true}))
        .await
        .expect(200);
    let _ = agent.delete(ERASE).await.expect(200);
    let contact: Value =
        app.value(format!("SELECT contact_info FROM properties WHERE id = '{}'", made.id)).await;
    assert_eq!(contact, json!({}), "the listing still names who has gone");
    let _ = app.anonymous().get(&made.path()).await.expect(200);
    app.anonymous()
        .get(&format!("/api/v1/agents/{}", agent.user_id.unwrap()))
        .await
        .problem(404, "not_found");
}

/// Whoever signs up may name any address; what stands under it without an account is not theirs.
#[tokio::test]
async fn an_address_alone_opens_nothing() {
    let app = spawn_app("bestays").await;
    let lead = json!({"name": "Malee", "email": "malee@mail.example", "message": "kanarekmessage"});
    let _ = app.anonymous().post("/api/v1/leads", lead).await.expect(202);
    app.settled().await;
    let token = Token { email: Some("malee@mail.example".to_owned()), ..Token::of("user_thief") };
    let thief = app.bearer(app.token(&token));
    let reply = thief.get(EXPORT).await.expect(200);
    assert!(!reply.text().contains("kanarek"), "{reply:?}");
    let _ = thief.delete(ERASE).await.expect(200);
    assert!(tables_with(&app, "kanarekmessage").await.contains(&"leads".to_owned()));
}
