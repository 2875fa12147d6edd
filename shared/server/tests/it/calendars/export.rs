//! Our calendar, as channels read it.

use serde_json::json;
use terrace_testkit::{Caller, Listing, TestApp, listing, spawn_app};

use super::support::{block, book, day};

async fn exported(app: &TestApp) -> (Caller, Listing, String, String) {
    let agent = app.agent("somchai").await;
    let listing = agent.create_published(listing::rent()).await;
    let body = json!({"direction": "export", "name": "For Airbnb, Vrbo; and others"});
    let made = agent.post(&listing.at("calendars"), body).await.expect(201);
    let address = made.text_at("/address");
    let site = app.profile.server.public_url.as_str();
    let path = address.strip_prefix(site).unwrap().to_owned();
    (agent, listing, made.text_at("/id"), path)
}

#[tokio::test]
async fn it_tells_which_nights_are_taken_and_nothing_else() {
    let app = spawn_app("bestays").await;
    let (_, listing, _, path) = exported(&app).await;
    let booked = book(&app, listing.id, 3, 6).await;
    let blocked = block(&app, listing.id, 10, 12).await;
    app.execute(format!(
        "INSERT INTO stays (property_id, during, kind, expires_at) VALUES \
            ('{0}', '[{1},{2})', 'hold', now() + interval '10 minutes'), \
            ('{0}', '[{3},{4})', 'hold', now() - interval '1 second')",
        listing.id,
        day(20),
        day(21),
        day(30),
        day(31)
    ))
    .await;
    let visitor = app.anonymous();
    let reply = visitor.get(&path).await.expect(200);
    assert_eq!(reply.header("content-type"), "text/calendar; charset=utf-8");
    assert_eq!(reply.header("cache-control"), "private, no-cache");
    let text = reply.text();
    assert!(text.ends_with("END:VCALENDAR\r\n") && !text.replace("\r\n", "").contains('\n'));
    assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
    assert!(text.contains("X-WR-CALNAME:For Airbnb\\, Vrbo\\; and others\r\n"), "{text}");
    let origin = app.profile.server.origins.first().unwrap().as_str();
    let host = url::Url::parse(origin).unwrap().host_str().unwrap().to_owned();
    let unfolded = text.replace("\r\n ", "");
    for (stay, start, end, said) in [(booked, 3, 6, "Reserved"), (blocked, 10, 12, "Not available")]
    {
        let event = format!(
            "DTSTART;VALUE=DATE:{}\r\nDTEND;VALUE=DATE:{}\r\nSUMMARY:{said}\r\n",
            day(start).format("%Y%m%d"),
            day(end).format("%Y%m%d")
        );
        assert!(unfolded.contains(&format!("UID:{stay}@{host}\r\n")), "{unfolded}");
        assert!(unfolded.contains(&event), "{unfolded}");
    }
    assert_eq!(text.matches("BEGIN:VEVENT").count(), 3);
    assert!(!text.contains("guest") && !text.contains("example.com"), "{text}");

    // The same as long as it is the same; another as soon as it is not.
    let same = visitor.get(&path).header("if-none-match", reply.etag()).await;
    assert_eq!((same.status, same.body.len()), (304, 0));
    assert_eq!(visitor.get(&path).await.expect(200).text(), text);
    app.execute(format!(
        "UPDATE stays SET during = '[{},{})' WHERE id = '{blocked}'",
        day(10),
        day(13)
    ))
    .await;
    let changed = visitor.get(&path).header("if-none-match", reply.etag()).await.expect(200);
    assert_ne!(changed.etag(), reply.etag());
    assert!(changed.text().replace("\r\n ", "").contains(&format!("UID:{blocked}@{host}\r\n")));
}

#[tokio::test]
async fn its_address_is_the_right_to_it_and_can_be_changed() {
    let app = spawn_app("bestays").await;
    let (agent, listing, id, path) = exported(&app).await;
    let visitor = app.anonymous();
    assert!(path.len() > 50, "{path}");
    let _ = visitor.get(&path).await.expect(200);
    let shown = agent.get(&listing.at("calendars")).await.expect(200);
    assert!(shown.at("/items/0/last_synced_at").is_string());
    assert!(shown.at("/items/0/next_sync_at").is_null());
    let rotated = agent.post_empty(&format!("/api/v1/calendars/{id}/rotate")).await.expect(200);
    let address = rotated.text_at("/address");
    assert!(!address.ends_with(&path));
    visitor.get(&path).await.problem(404, "not_found");
    let site = app.profile.server.public_url.as_str();
    let fresh = address.strip_prefix(site).unwrap();
    let _ = visitor.get(fresh).await.expect(200);
    for nothing in ["/calendars/x.ics", "/calendars/.ics", "/calendars/..%2f.ics", "/calendars/x"] {
        assert_eq!(visitor.get(nothing).await.status, 404, "{nothing}");
    }
    // A listing that has been taken away has no calendar.
    let _ = agent.delete(&listing.path()).if_match(&listing.etag).await.expect(204);
    visitor.get(fresh).await.problem(404, "not_found");
}

#[tokio::test]
async fn only_ours_has_an_address_to_change() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let listing = agent.create(listing::rent()).await;
    let body = json!({"direction": "import", "name": "A", "url": "https://8.8.8.8/a.ics"});
    let made = agent.post(&listing.at("calendars"), body).await.expect(201);
    let path = format!("/api/v1/calendars/{}/rotate", made.text_at("/id"));
    agent.post_empty(&path).await.problem(409, "wrong_state");
    let export = json!({"direction": "export", "name": "B"});
    let made = agent.post(&listing.at("calendars"), export).await.expect(201);
    let path = format!("/api/v1/calendars/{}/sync", made.text_at("/id"));
    agent.post_empty(&path).await.problem(404, "not_found");
}
