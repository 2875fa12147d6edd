//! Whatever is sent: never a 5xx, and every refusal a problem.

use serde_json::{Value, json};

use super::{BOOKINGS, book, idle, order, placed, quote, villa};
use crate::hostile::{
    assert_sound,
    nasty::{documents, texts},
};

#[tokio::test]
async fn no_text_and_no_document_breaks_a_booking() {
    let app = idle()
        .with(|profile| {
            profile.bookings.live_holds = 1_000_000;
            profile.bookings.holds_per_day = 1_000_000;
        })
        .spawn()
        .await;
    let (agent, user) = (app.agent("somchai").await, app.user("malee").await);
    let villa = villa(&agent).await;
    let quote = quote(&user, &villa, 60, 3).await;
    let booking = placed(&user, &villa, 30, 3).await;
    let path = format!("{}?preview=true", booking.at("alter"));
    // For other nights each time would be too many: once taken, it is the conflict that is asked.
    for text in texts() {
        for field in ["name", "email", "phone", "note"] {
            let mut body = order(&quote, "h@example.com");
            body["guest"][field] = json!(text);
            assert_sound(&format!("{field} = {text:?}"), &book(&user, body).await);
        }
        for field in ["quote_id", "locale"] {
            let mut body = order(&quote, "h@example.com");
            body[field] = json!(text);
            assert_sound(&format!("{field} = {text:?}"), &book(&user, body).await);
        }
        for field in ["check_in", "check_out", "guests", "expected_total"] {
            let reply = user.post(&path, json!({"guests": 2, field: text})).await;
            assert_sound(&format!("{field} = {text:?}"), &reply);
        }
        // With a version that there is not: what is refused is the text, or the version.
        let call = user.post(&booking.at("cancel"), json!({"reason": text}));
        assert_sound(&format!("reason {text:?}"), &call.if_match("\"99-x\"").await);
        for name in ["q", "status", "cursor", "from", "to", "property_id", "limit", "count"] {
            let path = terrace_testkit::with_query(BOOKINGS, &[(name, &text)]);
            assert_sound(&path, &agent.get(&path).await);
        }
        if text.is_ascii() && !text.contains(['\n', '\r', '\0']) {
            let call = app.anonymous().get(&booking.path()).header("booking-token", &text);
            if let Ok(reply) = call.try_send().await {
                assert_sound(&format!("token {text:?}"), &reply);
            }
        }
    }
    for body in documents() {
        for path in [BOOKINGS.to_owned(), path.clone(), booking.at("cancel"), booking.at("decline")]
        {
            let call = agent.call(reqwest::Method::POST, &path).bytes(body.clone());
            let call = call.if_match("\"99-x\"").header("idempotency-key", "nasty");
            assert_sound(&path, &call.await);
        }
    }
    for day in ["-262143-01-01", "+262142-12-31", "0000-01-01", "9999-12-31", "2027-02-29"] {
        for (from, to) in
            [(json!(day), Value::Null), (Value::Null, json!(day)), (json!(day), json!(day))]
        {
            let reply =
                user.post(&path, json!({"check_in": from, "check_out": to, "guests": 2})).await;
            assert!((400..500).contains(&reply.status), "{day}: {reply:?}");
        }
        let path = terrace_testkit::with_query(BOOKINGS, &[("from", day), ("to", day)]);
        agent.get(&path).await.problem(400, "invalid_parameter");
    }
    for number in ["-1", "0", "1001", "2147483648", "9223372036854775808", "1.5", "1e3"] {
        let body = format!("{{\"guests\": {number}, \"expected_total\": {number}}}");
        let call = user.call(reqwest::Method::POST, &path).bytes(body);
        let reply = call.await;
        assert!((400..500).contains(&reply.status) || number == "1e3", "{number}: {reply:?}");
    }
}
