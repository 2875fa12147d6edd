//! What the pictures cost the process, measured on the real binary.

use std::time::Duration;

use terrace_testkit::setup;

use super::{bare_published, pictures, send, upload};
use crate::binary::{Running, serve};

/// The promise: twenty large uploads at once raise the process by at most this.
const MOST_KB: u64 = 110 * 1000;

/// Six show it: without the one permit four would be decoded at once. `TERRACE_LARGE_PICTURES=20`
/// is the promise to the letter, and takes minutes without optimisation.
fn how_many() -> usize {
    std::env::var("TERRACE_LARGE_PICTURES").ok().and_then(|n| n.parse().ok()).unwrap_or(6)
}

fn status(pid: u32, field: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    line.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap()
}

#[tokio::test]
async fn large_pictures_at_once_take_the_memory_of_one() {
    // 24 megapixels, as a good camera makes them. Made first: it takes longer than a connection
    // that rests is kept.
    let large = pictures::jpeg(6000, 4000);
    let app = setup("bestays").with(|profile| profile.jobs.in_server = false).spawn().await;
    let agent = app.agent("somchai").await;
    let made = bare_published(&agent).await;
    let running = Running::start(serve(&app, |_| {}));
    let pid = running.child.id();

    // One small picture first: what is loaded once is not what is measured.
    let _ = upload(&app, &agent, &made, &pictures::jpeg(64, 48), "image/jpeg").await;
    app.settled().await;
    let before = status(pid, "VmRSS:");

    let tickets = futures_util::future::join_all(
        (0..how_many()).map(|_| super::ask(&agent, &made, &large, "image/jpeg")),
    )
    .await;
    let through = |ticket: serde_json::Value| {
        let url = ticket["url"].as_str().unwrap().to_owned();
        // To the process that is measured.
        let url = url.replace(app.profile.server.public_url.as_str(), &running.base);
        let mut ticket = ticket;
        ticket["url"] = url.into();
        ticket
    };
    let sent = tickets.iter().map(|ticket| {
        let ticket = through(ticket.json());
        let (app, agent, large) = (&app, &agent, &large);
        async move {
            assert_eq!(send(app, &ticket, large).await.0, 204);
            let id = ticket["id"].as_str().unwrap();
            let _ = agent.post_empty(&format!("/api/v1/media/{id}/complete")).await.expect(202);
        }
    });
    futures_util::future::join_all(sent).await;
    let worked = tokio::time::timeout(Duration::from_secs(300), async {
        while app.value::<i64>("SELECT count(*) FROM jobs").await > 0 {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    worked.await.expect("large pictures are made within five minutes");
    let ready: i64 = app.value("SELECT count(*) FROM media WHERE state = 'ready'").await;
    assert_eq!(ready, 1 + i64::try_from(how_many()).unwrap());
    let risen = status(pid, "VmHWM:").saturating_sub(before);
    eprintln!("risen by {risen} kB from {before} kB");
    assert!(risen <= MOST_KB, "risen by {risen} kB from {before} kB");
}
