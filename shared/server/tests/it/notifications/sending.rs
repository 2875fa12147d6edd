//! Once, and not twice; later, if not now; and never in doubt.

use terrace_product::{MailTransport, SmtpUrl};
use terrace_testkit::{
    TestApp,
    mail::{MailServer, Manner},
    setup, spawn_app,
};

use super::{mail, queue};

const LIST: &str = "/api/v1/admin/notifications";

async fn with_server(manner: Manner) -> (TestApp, MailServer) {
    let server = MailServer::start(manner).await;
    let url = SmtpUrl::parse(&server.url()).unwrap();
    let app = setup("bestays")
        .with(move |profile| {
            profile.mail.transport = MailTransport::Smtp;
            profile.mail.smtp_url = Some(url);
        })
        .spawn()
        .await;
    (app, server)
}

async fn status(app: &TestApp) -> String {
    app.value("SELECT status::text FROM notifications").await
}

/// As if the time to try again had come.
async fn later(app: &TestApp) {
    app.execute("UPDATE jobs SET run_at = now() WHERE dead_at IS NULL").await;
    app.settled().await;
}

#[tokio::test]
async fn one_event_is_one_message() {
    let (app, server) = with_server(Manner::Takes).await;
    assert!(queue(&app, mail("lead.created:1:auto_reply", "en")).await);
    assert!(!queue(&app, mail("lead.created:1:auto_reply", "en")).await, "the same event again");
    assert!(queue(&app, mail("lead.created:2:auto_reply", "en")).await);
    app.settled().await;
    assert!(!queue(&app, mail("lead.created:1:auto_reply", "en")).await, "even after it was sent");
    app.settled().await;
    let mut ids: Vec<String> = server.taken().into_iter().map(|letter| letter.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((server.taken().len(), ids.len()), (2, 2));
    assert_eq!(
        app.value::<i64>("SELECT count(*) FROM notifications WHERE status = 'sent'").await,
        2
    );
}

/// No message without its cause.
#[tokio::test]
async fn what_is_rolled_back_is_not_sent() {
    use terrace_server::{
        db::Context,
        error::{Code, Error},
        notifications,
    };
    let (app, server) = with_server(Manner::Takes).await;
    let state = app.state();
    let refused = state.db.tx(Context::system("test"), |tx| {
        Box::pin(async move {
            notifications::queue(tx, &mail("never", "en")).await?;
            Err::<(), _>(Error::new(Code::Conflict))
        })
    });
    refused.await.expect_err("rolled back");
    app.settled().await;
    assert_eq!(server.taken().len(), 0);
}

#[tokio::test]
async fn a_server_that_is_away_or_busy_gets_it_later() {
    let (app, server) = with_server(Manner::Later).await;
    assert!(queue(&app, mail("one", "en")).await);
    app.settled().await;
    assert_eq!(status(&app).await, "queued");
    let waits: f64 = app
        .value("SELECT extract(epoch FROM run_at - now())::float8 FROM jobs WHERE attempts = 1")
        .await;
    assert!((15.0..60.0).contains(&waits), "the first wait is {waits} s");
    later(&app).await;
    let waits: f64 = app
        .value("SELECT extract(epoch FROM run_at - now())::float8 FROM jobs WHERE attempts = 2")
        .await;
    assert!((40.0..100.0).contains(&waits), "the second wait is {waits} s");
    server.behave(Manner::Takes);
    later(&app).await;
    assert_eq!((status(&app).await.as_str(), server.taken().len()), ("sent", 1));
    assert_eq!(app.value::<i64>("SELECT count(*) FROM jobs").await, 0);
}

#[tokio::test]
async fn what_is_refused_for_good_is_told_to_the_admin() {
    let (app, server) = with_server(Manner::Never).await;
    assert!(queue(&app, mail("one", "en")).await);
    app.settled().await;
    let admin = app.admin().await;
    let list = admin.get(&format!("{LIST}?status=refused,unknown")).await.expect(200);
    assert_eq!(list.at("/items/0/last_error"), "the mail server answered 550");
    assert_eq!(list.at("/items/0/recipient"), "visitor@example.com");
    // Its dead job tells the operator no more than that.
    let reason: String = app.value("SELECT last_error FROM jobs WHERE dead_at IS NOT NULL").await;
    assert_eq!(reason, "the mail server answered 550");

    server.behave(Manner::Takes);
    let resend = format!("{LIST}/{}/resend", list.text_at("/items/0/id"));
    let _ = admin.post_empty(&resend).await.expect(202);
    app.settled().await;
    assert_eq!((status(&app).await.as_str(), server.taken().len()), ("sent", 1));
    admin.post_empty(&resend).await.problem(409, "conflict");
}

/// The message was handed over, and the answer never came: whether it was taken, nobody knows.
#[tokio::test]
async fn in_doubt_it_is_not_sent_again() {
    let (app, server) = with_server(Manner::HangsUp).await;
    assert!(queue(&app, mail("one", "en")).await);
    app.settled().await;
    assert_eq!(status(&app).await, "unknown");
    server.behave(Manner::Takes);
    later(&app).await;
    assert_eq!((status(&app).await.as_str(), server.taken().len()), ("unknown", 1));
}

/// A worker that died between the message and its record.
#[tokio::test]
async fn a_run_that_died_while_sending_is_not_repeated() {
    let (app, server) = with_server(Manner::Later).await;
    assert!(queue(&app, mail("one", "en")).await);
    app.settled().await;
    app.execute("UPDATE notifications SET status = 'sending'").await;
    server.behave(Manner::Takes);
    later(&app).await;
    assert_eq!((status(&app).await.as_str(), server.taken().len()), ("unknown", 0));
}

#[tokio::test]
async fn a_message_that_cannot_be_written_is_refused() {
    let app = spawn_app("bestays").await;
    let mut mail = mail("one", "en");
    mail.facts.as_object_mut().unwrap().remove("reference");
    assert!(queue(&app, mail).await);
    app.settled().await;
    assert_eq!(status(&app).await, "refused");
    let reason: String = app.value("SELECT last_error FROM notifications").await;
    assert!(reason.contains("undefined"), "{reason}");
}

#[tokio::test]
async fn pages_are_newest_first_and_whole() {
    let app = spawn_app("bestays").await;
    for n in 0..7 {
        assert!(queue(&app, mail(&format!("key-{n}"), "en")).await);
    }
    let admin = app.admin().await;
    let (mut keys, mut path) = (Vec::new(), format!("{LIST}?limit=3"));
    loop {
        let page = admin.get(&path).await.expect(200);
        let items = page.at("/items").as_array().cloned().unwrap();
        keys.extend(items.iter().map(|item| item["key"].as_str().unwrap().to_owned()));
        match page.at("/next_cursor").as_str() {
            Some(cursor) => path = format!("{LIST}?limit=3&cursor={cursor}"),
            None => break,
        }
    }
    let expected: Vec<String> = (0..7).rev().map(|n| format!("key-{n}")).collect();
    assert_eq!(keys, expected);
    let reply = admin.get(&format!("{LIST}?status=lost")).await;
    reply.problem(400, "invalid_parameter");
    admin.get(&format!("{LIST}?limit=3&cursor=xyz")).await.problem(400, "invalid_cursor");
}
