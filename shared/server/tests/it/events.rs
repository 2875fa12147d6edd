//! The feed of what happened: nothing missed, nothing twice, no gaps.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::{Value, json};
use terrace_testkit::{Caller, Listing, listing, spawn_app};

const FEED: &str = "/api/v1/admin/events";

/// The feed from its beginning, as (kind, data) of one listing.
async fn of_listing(admin: &Caller, id: &str) -> Vec<(String, Value)> {
    let reply = admin.get(&format!("{FEED}?limit=1000")).await.expect(200);
    let items = reply.at("/items").as_array().cloned().unwrap();
    items
        .into_iter()
        .filter(|event| event["subject_id"] == id)
        .map(|event| (event["kind"].as_str().unwrap().to_owned(), event["data"].clone()))
        .collect()
}

#[tokio::test]
async fn a_listings_life_is_told_in_order() {
    let app = spawn_app("bestays").await;
    let (agent, admin) = (app.agent("somchai").await, app.admin().await);
    let made = agent.create_published(listing::rent()).await;
    let dearer = json!({"rent_price": 9_900_000});
    let changed = agent.patch(&made.path(), dearer).if_match(&made.etag).await.expect(200);
    let hidden = agent.post_empty(&made.at("unpublish")).if_match(changed.etag()).await.expect(200);
    let _ = agent.delete(&made.path()).if_match(hidden.etag()).await.expect(204);
    let back = agent.post_empty(&made.at("restore")).if_match("\"5-en\"").await.expect(200);
    assert_eq!(back.at("/version"), 6);

    let told = of_listing(&admin, &made.id.to_string()).await;
    let kinds: Vec<&str> = told.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "listing.created",
            "listing.published",
            "listing.updated",
            "listing.price_changed",
            "listing.updated",
            "listing.unpublished",
            "listing.updated",
            "listing.deleted",
            "listing.updated",
            "listing.restored",
            "listing.updated",
        ]
    );
    let price = &told[3].1;
    assert_eq!((&price["from"], &price["to"]), (&made.json["rent_price"], &json!(9_900_000)));
    let versions: Vec<i64> =
        told.iter().map(|(_, data)| data["version"].as_i64().unwrap()).collect();
    assert_eq!(versions, [1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]);
}

/// What is rolled back has not happened, and leaves no gap.
#[tokio::test]
async fn no_event_without_its_change() {
    let app = spawn_app("bestays").await;
    let (agent, admin) = (app.agent("somchai").await, app.admin().await);
    let first = agent.create(listing::rent()).await;
    app.execute("BEGIN; UPDATE properties SET version = version + 1; ROLLBACK").await;
    let second = agent.create(listing::rent()).await;
    let reply = admin.get(FEED).await.expect(200);
    let subjects: Vec<Value> =
        (0..2).map(|n| reply.at(&format!("/items/{n}/subject_id"))).collect();
    assert_eq!(subjects, [json!(first.id), json!(second.id)]);
    assert_eq!(reply.at("/items/1/seq"), 2);
    assert_eq!(reply.at("/next_after"), 2);
}

/// Fifty writers at once, each on a listing of its own, while one reader polls.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_writers_and_a_polling_reader() {
    const WRITERS: usize = 50;
    const CHANGES: i64 = 8;
    let app = spawn_app("bestays").await;
    let (agent, admin) = (app.agent("somchai").await, app.admin().await);
    let at_work = Arc::new(AtomicUsize::new(WRITERS));
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..WRITERS {
        let (agent, at_work) = (agent.clone(), at_work.clone());
        writers.spawn(async move {
            let mut made = agent.create(listing::rent()).await;
            for price in 1..=CHANGES {
                let reply = agent
                    .patch(&made.path(), json!({"rent_price": 1_000_000 + price}))
                    .if_match(&made.etag)
                    .await
                    .expect(200);
                made = Listing::of(&reply);
            }
            at_work.fetch_sub(1, Ordering::SeqCst);
        });
    }

    let (mut seen, mut after) = (Vec::new(), 0);
    loop {
        // Looked at before reading: what is committed by then must be in this reading.
        let over = at_work.load(Ordering::SeqCst) == 0;
        let reply = admin.get(&format!("{FEED}?limit=37&after={after}")).await.expect(200);
        let items = reply.at("/items").as_array().cloned().unwrap();
        after = reply.at("/next_after").as_i64().unwrap();
        let none = items.is_empty();
        seen.extend(items);
        if over && none {
            break;
        }
    }
    while let Some(ended) = writers.join_next().await {
        ended.unwrap();
    }

    let numbers: Vec<i64> = seen.iter().map(|event| event["seq"].as_i64().unwrap()).collect();
    let expected: Vec<i64> = (1..=i64::try_from(numbers.len()).unwrap()).collect();
    assert_eq!(numbers, expected, "no gaps, none twice");
    let mut versions: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for event in seen.iter().filter(|event| event["kind"] == "listing.price_changed") {
        let version = event["data"]["version"].as_i64().unwrap();
        versions.entry(event["subject_id"].to_string()).or_default().push(version);
    }
    assert_eq!(versions.len(), WRITERS);
    let in_order: Vec<i64> = (2..=CHANGES + 1).collect();
    let orders: BTreeSet<Vec<i64>> = versions.into_values().collect();
    assert_eq!(orders, BTreeSet::from([in_order]), "every change of every listing, in order");
}

#[tokio::test]
async fn where_to_read_on_is_checked() {
    let app = spawn_app("bestays").await;
    let admin = app.admin().await;
    for (query, field) in [
        ("after=-1", "after invalid"),
        ("limit=0", "limit invalid"),
        ("limit=1001", "limit invalid"),
        ("since=1", "since unknown_parameter"),
    ] {
        let reply = admin.get(&format!("{FEED}?{query}")).await;
        reply.problem(400, "invalid_parameter");
        assert_eq!(reply.fields(), [field]);
    }
}
