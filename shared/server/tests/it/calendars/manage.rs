//! Calendars come to a listing, and go.

use serde_json::json;
use terrace_testkit::{FeedServer, Said, listing};

use super::support::{allowing, closed, connect, connected, ics, nights, read, shown, sold};

#[tokio::test]
async fn a_channel_is_connected_and_read_at_once() {
    let Connected { channel, app, agent, listing, calendar } =
        connected(&[sold("a", 3, 6), closed("b", 10, 12)]).await;
    assert_eq!(nights(&app, listing.id).await, ["external 3 6", "external 10 12"]);
    let shown = shown(&agent, &listing, &calendar).await;
    assert_eq!((&shown["health"], &shown["last_result"]), (&json!("ok"), &json!("ok")));
    assert_eq!((&shown["held_count"], &shown["event_count"]), (&json!(2), &json!(2)));
    assert_eq!((&shown["missing_count"], &shown["unread_count"]), (&json!(0), &json!(0)));
    assert!(shown["next_sync_at"].is_string() && shown["address"].is_null());
    // The path holds what opens it.
    assert_eq!(shown["source"], "http://127.0.0.1/…");
    assert_eq!(channel.asked("/a.ics"), 1);
    assert!(channel.heads("/a.ics")[0].contains("accept: text/calendar"));

    // Nobody who looks for these nights finds the listing.
    let free = |from: u64, to: u64| {
        let query = format!(
            "/api/v1/properties?check_in={}&check_out={}&guests=2",
            super::support::day(from),
            super::support::day(to)
        );
        let visitor = app.anonymous();
        async move { visitor.get(&query).await.expect(200).at("/items").as_array().unwrap().len() }
    };
    assert_eq!((free(3, 4).await, free(5, 8).await, free(6, 10).await), (0, 0, 1));
}

use super::support::Connected;

#[tokio::test]
async fn what_is_wrong_with_a_calendar_is_named() {
    let app = allowing(&[]).spawn().await;
    let agent = app.agent("somchai").await;
    let listing = agent.create(listing::rent()).await;
    let at = listing.at("calendars");
    let url = "https://8.8.8.8/a.ics";
    for (body, field) in [
        (json!({"direction": "import", "name": "A"}), "/url required"),
        (json!({"direction": "export", "name": "A", "url": url}), "/url not_allowed"),
        (
            json!({"direction": "import", "name": "A", "url": url, "include_imported": true}),
            "/include_imported not_allowed",
        ),
        (json!({"direction": "sideways", "name": "A"}), "/direction unknown_value"),
        (json!({"direction": "export", "name": ""}), "/name length"),
        (json!({"direction": "export", "name": " "}), "/name invalid"),
        (json!({"direction": "export", "name": "A", "token": "x"}), "/token unknown_field"),
        (json!({"direction": "export"}), "/name required"),
        (
            json!({"direction": "import", "name": "A", "url": format!("https://8.8.8.8/{}", "a".repeat(2000))}),
            "/url length",
        ),
    ] {
        let reply = agent.post(&at, body.clone()).await;
        reply.problem(422, "invalid_input");
        let field = field.split(' ').next().unwrap();
        assert!(reply.fields()[0].starts_with(field), "{body}: {:?}", reply.fields());
    }
    agent.delete(&format!("{at}/no-id")).await.problem(404, "not_found");
    agent.delete(&format!("{at}/{}", listing.id)).await.problem(404, "not_found");
    let missing = format!("/api/v1/calendars/{}/sync", listing.id);
    agent.post_empty(&missing).await.problem(404, "not_found");
    let unknown = agent.post_empty(&format!("{missing}?force=true")).await;
    unknown.problem(400, "invalid_parameter");
}

#[tokio::test]
async fn a_listing_has_so_many_calendars_and_each_feed_once() {
    let channel = FeedServer::start().await;
    let app = allowing(&[&channel]).spawn().await;
    let agent = app.agent("somchai").await;
    let listing = agent.create(listing::rent()).await;
    for n in 0..10 {
        let path = format!("/{n}.ics");
        channel.say(&path, Said::body(ics(&[])));
        let _ = connect(&agent, &listing, &channel.url(&path)).await;
    }
    let body = |url: String| json!({"direction": "import", "name": "A", "url": url});
    let eleventh = agent.post(&listing.at("calendars"), body(channel.url("/10.ics"))).await;
    eleventh.problem(409, "list_full");
    let other = agent.create(listing::rent()).await;
    let _ = connect(&agent, &other, &channel.url("/0.ics")).await;
    let again = agent.post(&other.at("calendars"), body(channel.url("/0.ics#x"))).await;
    again.problem(409, "conflict");
    assert_eq!(again.fields(), ["/url taken"]);
    app.settled().await;
}

#[tokio::test]
async fn the_same_key_connects_once() {
    let channel = FeedServer::start().await;
    let app = allowing(&[&channel]).spawn().await;
    let agent = app.agent("somchai").await;
    let listing = agent.create(listing::rent()).await;
    let body = json!({"direction": "export", "name": "For Airbnb"});
    let first = agent.post(&listing.at("calendars"), body.clone()).header("idempotency-key", "k1");
    let first = first.await.expect(201);
    let second = agent.post(&listing.at("calendars"), body).header("idempotency-key", "k1");
    let second = second.await.expect(201);
    assert_eq!(first.body, second.body);
    assert_eq!(second.header("idempotent-replayed"), "true");
    let list = agent.get(&listing.at("calendars")).await.expect(200);
    assert_eq!(list.at("/items").as_array().unwrap().len(), 1);
}

/// Nights are not given away by the way.
#[tokio::test]
async fn a_calendar_that_takes_nights_goes_only_when_they_may_be_free() {
    let Connected { channel, app, agent, listing, calendar } =
        connected(&[sold("a", 3, 6), sold("b", 10, 12)]).await;
    // Another channel says the same of some of them.
    channel.say("/b.ics", Said::body(ics(&[closed("x", 5, 11)])));
    let other = connect(&agent, &listing, &channel.url("/b.ics")).await;
    app.settled().await;
    assert_eq!(nights(&app, listing.id).await, ["external 3 6", "external 6 10", "external 10 12"]);
    let path = format!("{}/{calendar}", listing.at("calendars"));
    let refused = agent.delete(&path).await;
    let problem = refused.problem(409, "in_use");
    assert!(problem["detail"].as_str().unwrap().contains("5 nights"), "{problem}");
    assert_eq!(nights(&app, listing.id).await.len(), 3);

    let _ = agent.delete(&format!("{path}?free_dates=true")).await.expect(204);
    assert_eq!(nights(&app, listing.id).await, ["external 5 6", "external 6 10", "external 10 11"]);
    let _ = read(&agent, &other).await;
    agent.post_empty(&format!("/api/v1/calendars/{calendar}/sync")).await.problem(404, "not_found");
    // One that takes none goes at once.
    channel.say("/c.ics", Said::body(ics(&[])));
    let empty = connect(&agent, &listing, &channel.url("/c.ics")).await;
    app.settled().await;
    let _ = agent.delete(&format!("{}/{empty}", listing.at("calendars"))).await.expect(204);
}
