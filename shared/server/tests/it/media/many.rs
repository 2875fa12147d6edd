//! A whole set at once.

use futures_util::StreamExt;
use serde_json::json;
use terrace_testkit::{Listing, spawn_app};

use super::{bare_published, pictures, upload};

/// `TERRACE_MANY_PICTURES` makes it a longer run.
fn how_many() -> usize {
    std::env::var("TERRACE_MANY_PICTURES").ok().and_then(|n| n.parse().ok()).unwrap_or(500)
}

/// Five hundred files, ten listings; whoever looks sees how far it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_set_of_pictures_is_worked_off_while_it_shows_how_far_it_is() {
    let app = spawn_app("bestays").await;
    app.profile.jobs.in_server.then_some(()).expect("the server works");
    let agents: Vec<_> = futures_util::future::join_all((0..how_many().div_ceil(50)).map(|n| {
        let app = &app;
        async move {
            let agent = app.agent(&format!("agent-{n}")).await;
            let listing = bare_published(&agent).await;
            (agent, listing)
        }
    }))
    .await;
    let uploads = (0..how_many()).map(|nth| {
        let (agent, listing): &(_, Listing) = &agents[nth / 50];
        let file = pictures::jpeg(240 + u32::try_from(nth % 50).unwrap(), 180);
        let app = &app;
        async move { upload(app, agent, listing, &file, "image/jpeg").await }
    });
    let (agent, listing) = &agents[0];
    let sent = futures_util::stream::iter(uploads).buffer_unordered(8).collect::<Vec<_>>();
    let mut told = Vec::new();
    let watched = async {
        loop {
            let list = agent.get(&listing.at("media")).await.expect(200);
            let progress = list.at("/progress");
            let (ready, waiting) = (progress["ready"].as_u64(), progress["processing"].as_u64());
            told.push((ready.unwrap(), waiting.unwrap()));
            if ready == Some(50.min(how_many() as u64)) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let (sent, ()) = tokio::join!(sent, watched);
    assert_eq!(sent.len(), how_many());
    assert!(told.is_sorted_by_key(|(ready, _)| *ready), "never backwards: {told:?}");
    assert!(told.iter().any(|(ready, _)| (1..50).contains(ready)), "it shows on its way: {told:?}");
    app.settled().await;
    let states: Vec<String> =
        app.values("SELECT state::text || ' ' || count(*) FROM media GROUP BY state").await;
    assert_eq!(states, [format!("ready {}", how_many())]);
    for (agent, listing) in &agents {
        let page = agent.get(&listing.path()).await.expect(200);
        assert_eq!(page.at("/images").as_array().unwrap().len(), 49);
        let list = agent.get(&listing.at("media")).await.expect(200);
        let places: Vec<_> = (0..50).map(|n| list.at(&format!("/items/{n}/position"))).collect();
        assert_eq!(places, (0..50).map(|n| json!(n)).collect::<Vec<_>>());
    }
}
