//! What is written to whom.

use serde_json::{Value, json};
use terrace_testkit::{TestApp, setup, spawn_app};

use super::{book, idle, on_request, order, placed, quote, villa};

/// Template, language and recipient of every message, in the order of their causes.
async fn messages(app: &TestApp) -> Vec<(String, String, String)> {
    let sql =
        "SELECT json_build_array(template, locale, recipient)::text FROM notifications ORDER BY id";
    let rows: Vec<String> = app.values(sql).await;
    rows.iter().map(|row| serde_json::from_str(row).unwrap()).collect()
}

fn row(template: &str, locale: &str, to: &str) -> (String, String, String) {
    (template.to_owned(), locale.to_owned(), to.to_owned())
}

#[tokio::test]
async fn both_sides_hear_in_their_own_language() {
    let app = idle().spawn().await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    app.execute("UPDATE users SET locale = 'th' WHERE display_name = 'somchai'").await;
    let (host, to) = ("somchai@bestays.example", "guest@example.com");
    let (villa, asked) = (villa(&agent).await, on_request(&agent).await);
    let held = placed(&user, &villa, 30, 3).await;
    // What the host does is no news to them.
    let reply = held.step(&agent, "confirm").await.expect(200);
    let call = user.post(&held.at("alter"), json!({"guests": 3})).if_match(reply.etag());
    let reply = call.await.expect(200);
    let _ = user.post(&held.at("cancel"), json!({})).if_match(reply.etag()).await.expect(200);
    let requested = placed(&user, &asked, 30, 3).await;
    let _ = requested.step(&agent, "decline").await.expect(200);
    assert_eq!(
        messages(&app).await,
        [
            row("booking_held", "en", to),
            row("booking_confirmed", "en", to),
            row("booking_altered", "en", to),
            row("booking_host", "th", host),
            row("booking_cancelled", "en", to),
            row("booking_host", "th", host),
            row("booking_requested", "en", to),
            row("booking_host", "th", host),
            row("booking_declined", "en", to),
        ]
    );
}

/// Who books for somebody else's address must not write to them through us.
#[tokio::test]
async fn a_stranger_is_not_written_to_in_others_words() {
    let app = idle().spawn().await;
    let agent = app.agent("somchai").await;
    let villa = villa(&agent).await;
    let visitor = app.anonymous();
    let quote = quote(&visitor, &villa, 30, 3).await;
    let mut body = order(&quote, "victim@example.com");
    body["guest"]["name"] = json!("Win at http://evil.example");
    body["guest"]["note"] = json!("evil");
    let reply = book(&visitor, body).await.expect(201);
    let token = reply.text_at("/manage/token");
    let call = visitor
        .post(&format!("{}/cancel", reply.header("location")), json!({"reason": "evil reason"}));
    let _ = call.if_match(reply.etag()).header("booking-token", &token).await.expect(200);
    let facts: Vec<String> = app
        .values("SELECT facts::text FROM notifications WHERE recipient = 'victim@example.com'")
        .await;
    assert_eq!(facts.len(), 2);
    for facts in facts {
        let facts: Value = serde_json::from_str(&facts).unwrap();
        assert_eq!((&facts["name"], &facts["reason"]), (&Value::Null, &Value::Null));
        assert!(!facts.to_string().contains("evil"), "{facts}");
        // The link is there, behind the sign that browsers keep to themselves.
        assert!(facts["url"].as_str().unwrap().ends_with(&format!("#{token}")), "{facts}");
    }
}

/// Every template with the facts that it is given, in both languages.
#[tokio::test]
async fn every_letter_can_be_written() {
    let mut seen = std::collections::BTreeSet::new();
    for locale in ["en", "th"] {
        let app = setup("bestays").spawn().await;
        let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
        app.execute(format!("UPDATE users SET locale = '{locale}'")).await;
        let asked = on_request(&agent).await;
        for (from, steps) in [(30, &["accept", "confirm", "cancel"][..]), (40, &["decline"])] {
            let quote = quote(&user, &asked, from, 3).await;
            let mut body = order(&quote, "guest@example.com");
            body["locale"] = json!(locale);
            let reply = book(&user, body).await.expect(201);
            let path = reply.header("location").to_owned();
            let mut etag = reply.etag();
            for step in steps {
                let who = if *step == "cancel" { &user } else { &agent };
                let call = who.post_empty(&format!("{path}/{step}")).if_match(&etag);
                let call = match *step {
                    "cancel" | "decline" => call.json(&json!({"reason": "It rains."})),
                    _ => call,
                };
                etag = call.await.expect(200).etag();
            }
        }
        let villa = villa(&agent).await;
        let left = super::confirmed(&user, &agent, &villa, 30, 3).await;
        let over = placed(&user, &asked, 50, 3).await;
        app.execute(format!("UPDATE bookings SET locale = '{locale}'; \
             UPDATE stays SET during = daterange(lower(during) - 60, upper(during) - 60) WHERE booking_id = '{0}'; \
             UPDATE bookings SET check_in = check_in - 60, check_out = check_out - 60 WHERE id = '{0}'", left.id)).await;
        super::let_run_out(&app, &over.id, -1).await;
        terrace_server::bookings::sweep::expire(&app.state()).await.unwrap();
        terrace_server::bookings::sweep::complete(&app.state()).await.unwrap();
        let moved = placed(&user, &villa, 80, 3).await;
        app.execute(format!("UPDATE bookings SET locale = '{locale}'")).await;
        let call = user.post(&moved.at("alter"), json!({"guests": 4})).if_match(&moved.etag);
        let _ = call.await.expect(200);

        let flat = crate::stays::home(&agent, "flat", json!({})).await;
        crate::tenancies::talk(&app, &agent, &user, &flat, locale).await;

        for (template, letter) in app.letters().await {
            assert!(letter.text.contains("Sea view home in Rawai"), "{template}: {}", letter.text);
            assert!(letter.text.contains("/bookings/"), "{template}: {}", letter.text);
            let is_thai = letter.subject.chars().any(|c| ('\u{e00}'..='\u{e7f}').contains(&c));
            seen.insert((template, is_thai));
        }
        let failed: Vec<String> =
            app.values("SELECT last_error FROM jobs WHERE last_error IS NOT NULL").await;
        assert_eq!(failed, Vec::<String>::new());
    }
    let templates: Vec<_> =
        seen.iter().filter(|(_, thai)| *thai).map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        templates,
        [
            "booking_altered",
            "booking_cancelled",
            "booking_completed",
            "booking_confirmed",
            "booking_declined",
            "booking_expired",
            "booking_held",
            "booking_host",
            "booking_notice",
            "booking_offer",
            "booking_renewed",
            "booking_requested",
        ]
    );
    assert_eq!(seen.len(), 2 * templates.len(), "{seen:?}");
}

/// One step, one letter, whoever asks how often.
#[tokio::test]
async fn a_letter_is_sent_once() {
    let app = spawn_app("bestays").await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let villa = villa(&agent).await;
    let held = placed(&user, &villa, 30, 3).await;
    let _ = held.step(&agent, "confirm").await.expect(200);
    held.step(&agent, "confirm").await.problem(412, "version_mismatch");
    let letters = app.letters().await;
    let confirmed = letters.iter().filter(|(template, _)| template == "booking_confirmed").count();
    assert_eq!((letters.len(), confirmed), (2, 1));
}
