//! In order for each listing, listings side by side, and nobody waits for somebody else's
//! receiver.

use std::collections::{BTreeMap, BTreeSet};

use terrace_testkit::{Listing, Received, Receiver, listing};

use super::support::{Hook, allowing, pass_time, quiet, reprice, until};

/// The numbers of the feed that arrived, by listing, in the order of arrival.
fn by_subject(received: &[Received]) -> BTreeMap<String, Vec<i64>> {
    let mut numbers: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for received in received {
        numbers.entry(received.subject()).or_default().push(received.seq());
    }
    numbers
}

fn assert_each_once_in_order(received: &[Received], events: usize) {
    let ids: BTreeSet<_> = received.iter().map(Received::id).collect();
    assert_eq!((received.len(), ids.len()), (events, events), "each once, by webhook-id");
    for (subject, numbers) in by_subject(received) {
        assert!(numbers.is_sorted_by(|a, b| a < b), "{subject}: {numbers:?}");
    }
}

/// Nobody listens for an hour, while listings come and change. Afterwards everything arrives.
#[tokio::test]
async fn a_receiver_that_was_away_gets_everything() {
    let mut receiver = Receiver::start().await;
    let app = allowing(&[&receiver]).spawn().await;
    let (admin, agent) = (app.admin().await, app.agent("somchai").await);
    let hook = Hook::make(&admin, &receiver, &[]).await;
    receiver.down().await;
    for _ in 0..5 {
        let mut made = agent.create_published(listing::rent()).await;
        for price in 1..=3 {
            made = reprice(&agent, &made, 1_000_000 + price).await;
        }
    }
    quiet(&app).await;
    let events: i64 = app.value("SELECT count(*) FROM events").await;
    assert_eq!(events, 5 * (3 + 3 * 2));
    // Of each listing the first event has been tried; the others wait behind it.
    for _ in 0..3 {
        pass_time(&app).await;
        quiet(&app).await;
    }
    let tried: i64 = app.value("SELECT count(*) FROM webhook_deliveries WHERE attempts > 0").await;
    assert_eq!((tried, receiver.received().len()), (5, 0));
    let waits: i64 =
        app.value("SELECT count(*) FROM webhook_deliveries WHERE next_attempt_at <= now()").await;
    assert_eq!(waits, 0, "what waits behind another goes by its clock");

    receiver.up();
    pass_time(&app).await;
    let events = usize::try_from(events).unwrap();
    receiver.wait_for(events).await;
    quiet(&app).await;
    assert_each_once_in_order(&receiver.received(), events);
    assert_eq!(hook.log(&admin, "status=pending,failed,dead").await.len(), 0);
}

/// A later event waits for the earlier one about the same listing, and for no other.
#[tokio::test]
async fn a_later_event_waits_for_the_earlier_one() {
    let receiver = Receiver::start().await;
    let app = allowing(&[&receiver]).spawn().await;
    let (admin, agent) = (app.admin().await, app.agent("somchai").await);
    Hook::make(&admin, &receiver, &["listing.created", "listing.price_changed"]).await;
    let stuck = agent.create(listing::rent()).await;
    receiver.wait_for(1).await;
    quiet(&app).await;
    let id = stuck.id.to_string();
    receiver.answer(move |received| if received.subject() == id { 500 } else { 200 });
    let stuck = reprice(&agent, &stuck, 1_000_001).await;
    let stuck = reprice(&agent, &stuck, 1_000_002).await;
    let other = agent.create(listing::rent()).await;
    let other = reprice(&agent, &other, 1_000_003).await;
    quiet(&app).await;
    let arrived = by_subject(&receiver.received());
    assert_eq!(arrived[&other.id.to_string()].len(), 2, "the other listing is not held back");
    assert_eq!(arrived[&stuck.id.to_string()].len(), 2, "created, and one attempt of the first");

    // Given up at last: the next one may go.
    app.execute(format!(
        "UPDATE webhook_deliveries SET attempts = 10 WHERE subject_id = '{}' AND status = 'failed'",
        stuck.id
    ))
    .await;
    pass_time(&app).await;
    quiet(&app).await;
    let arrived = by_subject(&receiver.received());
    let numbers = &arrived[&stuck.id.to_string()];
    assert_eq!(numbers.len(), 4, "the last attempt of the first, and the second: {numbers:?}");
    assert_eq!(numbers[1], numbers[2]);
    assert!(numbers[3] > numbers[2]);
    let dead: i64 =
        app.value("SELECT count(*) FROM webhook_deliveries WHERE status = 'dead'").await;
    assert_eq!(dead, 1);
}

/// One receiver answers nothing: it holds four connections, and the other one hears all.
#[tokio::test]
async fn a_slow_receiver_delays_no_other() {
    let (slow, quick) = (Receiver::start().await, Receiver::start().await);
    let app = allowing(&[&slow, &quick]).spawn().await;
    let (admin, agent) = (app.admin().await, app.agent("somchai").await);
    Hook::make(&admin, &slow, &["listing.created"]).await;
    Hook::make(&admin, &quick, &["listing.created"]).await;
    slow.hold();
    for _ in 0..12 {
        let _ = agent.create(listing::rent()).await;
    }
    let heard = quick.wait_for(12).await;
    assert_each_once_in_order(&heard, 12);
    slow.wait_for(4).await;
    let sending = "SELECT count(*) FROM webhook_deliveries WHERE locked_until IS NOT NULL";
    until(&app, sending, 4).await;
    assert_eq!(slow.received().len(), 4, "four at once");
    slow.release();
    slow.wait_for(12).await;
    quiet(&app).await;
    assert_each_once_in_order(&slow.received(), 12);
}

/// Fifty writers at once, and a receiver that fails now and then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_writers_and_a_receiver() {
    const WRITERS: usize = 50;
    const CHANGES: i64 = 3;
    let receiver = Receiver::start().await;
    let app = allowing(&[&receiver]).spawn().await;
    let (admin, agent) = (app.admin().await, app.agent("somchai").await);
    let hook = Hook::make(&admin, &receiver, &[]).await;
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..WRITERS {
        let agent = agent.clone();
        writers.spawn(async move {
            let mut made: Listing = agent.create(listing::rent()).await;
            for price in 1..=CHANGES {
                made = reprice(&agent, &made, 1_000_000 + price).await;
            }
        });
    }
    while let Some(ended) = writers.join_next().await {
        ended.unwrap();
    }
    quiet(&app).await;
    let events: i64 = app.value("SELECT count(*) FROM events").await;
    assert_eq!(events, 50 * (1 + CHANGES * 2));
    assert_each_once_in_order(&receiver.received(), usize::try_from(events).unwrap());
    let numbers: BTreeSet<i64> = receiver.received().iter().map(Received::seq).collect();
    assert_eq!(numbers, (1..=events).collect(), "every event");
    assert!(hook.log(&admin, "status=pending,failed,dead").await.is_empty());
}
