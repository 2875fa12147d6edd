//! Days that the host keeps.

use std::future::IntoFuture;

use serde_json::json;
use terrace_testkit::spawn_app;

use super::{day, home, occupied, week};

#[tokio::test]
async fn kept_days_are_taken_and_given_back() {
    let app = spawn_app("bestays").await;
    let (agent, other) = (app.agent("somchai").await, app.agent("malee").await);
    let villa = home(&agent, "villa", json!({})).await;
    let body = json!({"from": day(10), "to": day(13), "note": " The roof is mended. "});
    let made = agent.post(&villa.at("blocks"), body).await.expect(201);
    assert_eq!(made.text_at("/from"), day(10).to_string());
    assert_eq!(made.text_at("/to"), day(13).to_string());
    assert_eq!(made.text_at("/note"), "The roof is mended.");
    assert_eq!(made.text_at("/created_by"), agent.user_id.unwrap().to_string());
    let path = made.header("location").to_owned();

    let listed = agent.get(&villa.at("blocks")).await.expect(200);
    assert_eq!(listed.at("/items/0"), made.json());
    let _ = other.get(&villa.at("blocks")).await.expect(403);
    let before = format!("{}?from={}&to={}", villa.at("blocks"), day(1), day(10));
    assert_eq!(agent.get(&before).await.expect(200).at("/items"), json!([]));

    // The very days, one at either end, and what lies around all of it.
    for (from, to, taken) in [
        (10, 13, [10, 12]),
        (9, 11, [10, 10]),
        (12, 20, [12, 12]),
        (1, 30, [10, 12]),
        (11, 12, [11, 11]),
    ] {
        let body = json!({"from": day(from), "to": day(to)});
        let problem = agent.post(&villa.at("blocks"), body).await.problem(409, "dates_taken");
        let [first, last] = taken.map(|nth| day(nth).to_string());
        let expected = match first == last {
            true => format!("{first} is taken."),
            false => format!("{first} to {last} are taken."),
        };
        assert_eq!(problem["errors"][0]["detail"], expected, "{from} to {to}");
    }
    for (from, to) in [(9, 10), (13, 14)] {
        let body = json!({"from": day(from), "to": day(to)});
        let _ = agent.post(&villa.at("blocks"), body).await.expect(201);
    }

    let _ = other.delete(&path).await.expect(404);
    let _ = agent.delete(&path).await.expect(204);
    let _ = agent.delete(&path).await.expect(404);
    let again = json!({"from": day(10), "to": day(13)});
    let _ = agent.post(&villa.at("blocks"), again).await.expect(201);

    let feed = app.admin().await.get("/api/v1/admin/events?limit=1000").await.expect(200);
    let kept: Vec<_> = feed.at("/items").as_array().unwrap().clone();
    let of = |kind: &str| kept.iter().filter(|event| event["kind"] == kind).count();
    assert_eq!((of("block.created"), of("block.deleted")), (4, 1));
    let event = kept.iter().find(|event| event["kind"] == "block.created").unwrap();
    let days = json!({"property_id": villa.id, "from": day(10), "to": day(13)});
    assert_eq!(event["data"], days, "no note");
}

#[tokio::test]
async fn the_same_request_keeps_days_once() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let villa = home(&agent, "villa", json!({})).await;
    let post = || agent.post(&villa.at("blocks"), week()).header("idempotency-key", "roof-1");
    let first = post().await.expect(201);
    let again = post().await.expect(201);
    assert_eq!(first.text(), again.text());
    assert_eq!(again.header("idempotent-replayed"), "true");
    let other = json!({"from": day(50), "to": day(51)});
    let changed = agent.post(&villa.at("blocks"), other).header("idempotency-key", "roof-1");
    changed.await.problem(422, "idempotency_mismatch");
    assert_eq!(app.value::<i64>("SELECT count(*) FROM stays").await, 1);
}

#[tokio::test]
async fn an_expired_hold_keeps_nobody_out() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let villa = home(&agent, "villa", json!({})).await;
    app.execute(occupied(&villa, "hold", day(31), day(33))).await;
    agent.post(&villa.at("blocks"), week()).await.problem(409, "dates_taken");
    app.execute("UPDATE stays SET expires_at = now() - interval '1 second'").await;
    let _ = agent.post(&villa.at("blocks"), week()).await.expect(201);
    let kinds: Vec<String> = app.values("SELECT kind::text FROM stays").await;
    assert_eq!(kinds, ["block"]);
}

#[tokio::test]
async fn many_at_once_keep_each_day_once() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let villa = home(&agent, "villa", json!({})).await;
    let post = |nth: u64| {
        let body = json!({"from": day(30 + nth % 4), "to": day(33 + nth % 4)});
        agent.post(&villa.at("blocks"), body)
    };
    let replies = futures_util::future::join_all((0..24).map(|nth| post(nth).into_future()));
    let mut made = 0;
    for reply in replies.await {
        match reply.status {
            201 => made += 1,
            _ => drop(reply.problem(409, "dates_taken")),
        }
    }
    assert!(made == 1 || made == 2, "{made} of days that overlap by three at most");
    let overlaps: i64 = app
        .value("SELECT count(*) FROM stays a JOIN stays b ON a.id < b.id AND a.during && b.during")
        .await;
    assert_eq!(overlaps, 0);
    let made_rows: i64 = app.value("SELECT count(*) FROM stays").await;
    assert_eq!(made_rows, made);
}

#[tokio::test]
async fn impossible_days_are_refused_by_field() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let villa = home(&agent, "villa", json!({})).await;
    for (body, fields) in [
        (json!({}), vec!["/from required"]),
        (json!({"from": day(5), "to": day(5)}), vec!["/to out_of_range"]),
        (json!({"from": day(6), "to": day(5)}), vec!["/to out_of_range"]),
        (json!({"from": day(5), "to": day(372)}), vec!["/to out_of_range"]),
        (json!({"from": "2000-01-01", "to": "2000-01-02"}), vec!["/from out_of_range"]),
        (json!({"from": "+200000-01-01", "to": "+200000-01-02"}), vec!["/to out_of_range"]),
        (
            json!({"from": "9999-12-31", "to": "9999-12-31"}),
            vec!["/to out_of_range", "/to out_of_range"],
        ),
        (json!({"from": "2026-02-30", "to": day(5)}), vec!["/from invalid_type"]),
        (json!({"from": day(5), "to": day(6), "note": "  "}), vec!["/note invalid"]),
        (json!({"from": day(5), "to": day(6), "note": "x".repeat(501)}), vec!["/note invalid"]),
        (json!({"from": day(5), "to": day(6), "kind": "booking"}), vec!["/kind unknown_field"]),
    ] {
        let reply = agent.post(&villa.at("blocks"), body.clone()).await;
        let problem = reply.problem(422, "invalid_input");
        let named: Vec<_> = problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| {
                format!(
                    "{} {}",
                    error["pointer"].as_str().unwrap(),
                    error["code"].as_str().unwrap()
                )
            })
            .collect();
        assert_eq!(named, fields, "{body}");
    }
    let longest = json!({"from": day(5), "to": day(371)});
    let _ = agent.post(&villa.at("blocks"), longest).await.expect(201);
    assert_eq!(app.value::<i64>("SELECT count(*) FROM stays").await, 1);
}
