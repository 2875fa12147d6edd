//! Letters of a day and of a week.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use terrace_server::alerts::digest::send_due;
use terrace_testkit::{TestApp, listing, spawn_app};

use super::{ALERTS, SEARCHES, letters, reprice, told, villa, villas, withdraw};

/// What was found so far was found on a Wednesday at noon, in Bangkok; so long ago that the
/// worker, whose clock is today's, leaves it alone.
async fn on_wednesday(app: &TestApp) {
    told(app).await;
    app.execute(
        "UPDATE alerts SET created_at = '2026-01-07T05:00:00Z' WHERE created_at > '2026-01-08'",
    )
    .await;
}

/// A time of that January, in Bangkok.
fn january(day: u32, hour: u32, minute: u32) -> DateTime<Utc> {
    let here = chrono::NaiveDate::from_ymd_opt(2026, 1, day).unwrap().and_hms_opt(hour, minute, 0);
    here.unwrap().and_utc() - TimeDelta::hours(7)
}

async fn send(app: &TestApp, at: DateTime<Utc>) -> u64 {
    send_due(&app.state(), at).await.unwrap()
}

#[tokio::test]
async fn everything_of_a_day_is_one_letter_in_the_morning() {
    let app = spawn_app("bestays").await;
    let (agent, malee, nok) =
        (app.agent("somchai").await, app.user("malee").await, app.user("nok").await);
    let _ = malee.post(SEARCHES, villas("daily")).await.expect(201);
    let second = json!({"name": "Three bedrooms", "notify": "daily", "filters": {"bedrooms": 3}});
    let _ = malee.post(SEARCHES, second).await.expect(201);
    let _ = nok.post(SEARCHES, villas("weekly")).await.expect(201);
    for title in ["One", "Two"] {
        let _ = agent.create_published(villa(title)).await;
    }
    on_wednesday(&app).await;
    assert_eq!(send(&app, january(7, 23, 0)).await, 0, "no morning has passed since");
    assert_eq!(send(&app, january(8, 7, 59)).await, 0);
    // Two processes at the same moment.
    let (state, thursday) = (app.state(), january(8, 8, 0));
    let (one, other) = tokio::join!(send_due(&state, thursday), send_due(&state, thursday));
    assert_eq!(one.unwrap() + other.unwrap(), 1);
    assert_eq!(
        letters(&app).await,
        [("malee@bestays.example".to_owned(), "2 listings for you".to_owned())]
    );
    assert_eq!(send(&app, january(11, 20, 0)).await, 0, "each alert is sent once");
    assert_eq!(send(&app, january(12, 7, 59)).await, 0, "not yet Monday morning");
    assert_eq!(send(&app, january(12, 8, 0)).await, 1);
    assert_eq!(
        letters(&app).await[1],
        ("nok@bestays.example".to_owned(), "2 listings for you: Villas".to_owned())
    );
    assert_eq!(send(&app, january(20, 9, 0)).await, 0);
}

/// Between the find and the letter a listing goes, another gets dearer again, a third comes back.
#[tokio::test]
async fn what_is_gone_when_the_letter_is_written_is_not_in_it() {
    let app = spawn_app("bestays").await;
    let (agent, malee) = (app.agent("somchai").await, app.user("malee").await);
    let _ = malee.post(SEARCHES, villas("daily")).await.expect(201);
    let (gone, dearer) = (
        agent.create_published(villa("Gone")).await,
        agent.create_published(villa("Dearer")).await,
    );
    on_wednesday(&app).await;
    assert_eq!(send(&app, january(8, 9, 0)).await, 1);

    let dearer = reprice(&agent, &dearer, 9_000_000).await;
    let found = agent.create_published(villa("Found")).await;
    told(&app).await;
    let _ = reprice(&agent, &dearer, 9_900_000).await;
    let found = withdraw(&agent, &found).await;
    let _ = withdraw(&agent, &gone).await;
    on_wednesday(&app).await;
    assert_eq!(malee.get(ALERTS).await.expect(200).at("/items").as_array().unwrap().len(), 4);
    assert_eq!(send(&app, january(9, 9, 0)).await, 0);
    // It is back, and has not been told of.
    let _ = agent.publish(&found).await;
    told(&app).await;
    assert_eq!(send(&app, january(9, 9, 0)).await, 1);
    let last = letters(&app).await;
    assert!(last.iter().any(|(_, subject)| subject == "New for you: Found"), "{last:?}");
    assert_eq!(last.len(), 2);
}

/// A letter that waits for the mail server loses what goes meanwhile.
#[tokio::test]
async fn a_letter_that_waits_forgets_what_is_gone() {
    use terrace_testkit::mail::{MailServer, Manner};
    let server = MailServer::start(Manner::Later).await;
    let url = server.url();
    let app = terrace_testkit::setup("bestays")
        .with(move |profile| {
            profile.mail.transport = terrace_product::MailTransport::Smtp;
            profile.mail.smtp_url = Some(terrace_product::SmtpUrl::parse(&url).unwrap());
        })
        .spawn()
        .await;
    let (agent, malee, nok) =
        (app.agent("somchai").await, app.user("malee").await, app.user("nok").await);
    let _ = malee.post(SEARCHES, villas("instant")).await.expect(201);
    let body = listing::with(villas("daily"), json!({"filters": {}}));
    let _ = nok.post(SEARCHES, body).await.expect(201);
    let made = agent.create_published(villa("Gone soon")).await;
    let _ = agent
        .create_published(listing::with(villa("Stays"), json!({"rent_price": 99_000_000})))
        .await;
    on_wednesday(&app).await;
    assert_eq!(send(&app, january(8, 9, 0)).await, 1);
    app.settled().await;
    let _ = withdraw(&agent, &made).await;
    server.behave(Manner::Takes);
    app.execute("UPDATE jobs SET run_at = now() WHERE kind = 'notification.send'").await;
    app.settled().await;
    let taken = server.taken();
    assert_eq!(taken.len(), 1, "{taken:?}");
    assert_eq!(
        (taken[0].to.as_str(), taken[0].subject.as_str()),
        ("nok@bestays.example", "New for you: Stays")
    );
    assert!(!taken[0].text.contains("Gone soon"));
    let reason: String =
        app.value("SELECT last_error FROM notifications WHERE status = 'refused'").await;
    assert_eq!(reason, "what it tells of is gone");
}

/// Whoever changes their mind before the morning gets what they want then.
#[tokio::test]
async fn the_letter_keeps_to_what_its_reader_wants_now() {
    let app = spawn_app("bestays").await;
    let (agent, malee) = (app.agent("somchai").await, app.user("malee").await);
    let search = malee.post(SEARCHES, villas("daily")).await.expect(201).text_at("/id");
    let path = format!("{SEARCHES}/{search}");
    let _ = agent.create_published(villa("One")).await;
    told(&app).await;
    let _ = malee.patch(&path, json!({"notify": "never"})).await.expect(200);
    on_wednesday(&app).await;
    assert_eq!(send(&app, january(12, 9, 0)).await, 0);
    // Listening again begins anew: what came in between is no news.
    let _ = agent.create_published(villa("Unheard")).await;
    told(&app).await;
    let _ = malee.patch(&path, json!({"notify": "weekly"})).await.expect(200);
    let _ = agent.create_published(villa("Heard")).await;
    on_wednesday(&app).await;
    assert_eq!(send(&app, january(12, 9, 0)).await, 1);
    assert_eq!(
        letters(&app).await,
        [("malee@bestays.example".to_owned(), "New for you: Heard".to_owned())]
    );
    // Who has left is written to no more.
    let _ = agent.create_published(villa("Later")).await;
    on_wednesday(&app).await;
    app.execute("UPDATE users SET is_active = false WHERE display_name = 'malee'").await;
    assert_eq!(send(&app, january(19, 9, 0)).await, 0);
}
