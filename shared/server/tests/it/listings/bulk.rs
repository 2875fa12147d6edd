//! Many listings at once: what is shown is what is done.

use serde_json::{Value, json};
use terrace_testkit::{Caller, Listing, Reply, TestApp, listing, spawn_app};

const PATH: &str = "/api/v1/admin/properties/bulk";

fn bulk(filter: Value, action: Value) -> Value {
    json!({"filter": filter, "action": action})
}

/// The run that follows a dry run.
fn run_of(mut body: Value, dry: &Reply) -> Value {
    body["dry_run"] = json!(false);
    body["expected_hash"] = dry.at("/hash");
    body
}

/// Dry, then for good; both tell the same.
async fn both(admin: &Caller, body: Value) -> Reply {
    let dry = admin.patch(PATH, body.clone()).await.expect(200);
    assert_eq!(dry.at("/dry_run"), true);
    let done = admin.patch(PATH, run_of(body, &dry)).await.expect(200);
    for field in ["/matched", "/changed", "/hash", "/items"] {
        assert_eq!(dry.at(field), done.at(field), "{field}");
    }
    done
}

fn items(reply: &Reply) -> Vec<Value> {
    reply.at("/items").as_array().unwrap().clone()
}

/// What is stored of a listing, by the names of an answer's `after`.
async fn stored(app: &TestApp, id: &Value) -> Value {
    let id = id.as_str().unwrap();
    let text: String = app
        .value(format!(
            "SELECT (to_jsonb(p) || coalesce(to_jsonb(r), '{{}}') || jsonb_build_object('version', p.version))::text \
             FROM properties p LEFT JOIN rental_details r ON r.property_id = p.id WHERE p.id = '{id}'"
        ))
        .await;
    serde_json::from_str(&text).unwrap()
}

/// Every item's `after` is what is stored, one version on; what was refused is as it was.
async fn holds(app: &TestApp, done: &Reply) {
    for item in items(done) {
        let row = stored(app, &item["id"]).await;
        let step = i64::from(item.get("after").is_some());
        assert_eq!(row["version"].as_i64(), item["version"].as_i64().map(|v| v + step), "{item}");
        for (field, value) in item["after"].as_object().into_iter().flatten() {
            assert_eq!(&row[field], value, "{field} of {item}");
            assert_ne!(Some(value), item["before"].get(field), "{field} of {item} does not change");
        }
    }
}

#[tokio::test]
async fn states_change_where_they_may() {
    let app = spawn_app("bestays").await;
    let (agent, admin) = (app.agent("somchai").await, app.admin().await);
    let draft = agent.create(listing::rent()).await;
    let poor = agent.create(listing::with(listing::rent(), json!({"cover_image": null}))).await;
    let shown = agent.create_published(listing::rent()).await;
    let kept = agent.create(listing::rent()).await;
    let _ = agent.post_empty(&kept.at("archive")).if_match(&kept.etag).await.expect(200);
    let gone = agent.create(listing::rent()).await;
    let _ = agent.delete(&gone.path()).if_match(&gone.etag).await.expect(204);
    let all = json!({"agent_id": [agent.user_id]});

    let done = both(&admin, bulk(all.clone(), json!("publish"))).await;
    holds(&app, &done).await;
    let told: Vec<_> = items(&done)
        .iter()
        .map(|item| {
            (item["id"].clone(), item["refused"]["code"].clone(), item["after"]["status"].clone())
        })
        .collect();
    assert_eq!(
        told,
        [
            (json!(draft.id), json!(null), json!("published")),
            (json!(poor.id), json!("not_ready"), json!(null)),
            (json!(shown.id), json!("unchanged"), json!(null)),
            (json!(kept.id), json!("wrong_state"), json!(null)),
        ]
    );
    assert_eq!(done.at("/items/1/refused/errors/0/code"), "photos_missing");
    assert_eq!((done.at("/matched"), done.at("/changed")), (json!(4), json!(1)));

    // Remembered, and must be forgotten.
    for listing in [&draft, &shown] {
        let _ = app.anonymous().get(&listing.path()).await.expect(200);
    }
    let done = both(&admin, bulk(json!({"status": ["published"]}), json!("unpublish"))).await;
    assert_eq!(done.at("/changed"), 2);
    holds(&app, &done).await;
    for listing in [&draft, &shown] {
        app.anonymous().get(&listing.path()).await.problem(404, "not_found");
    }
    let done =
        both(&admin, bulk(json!({"ids": [draft.id, poor.id, gone.id]}), json!("archive"))).await;
    assert_eq!((done.at("/matched"), done.at("/changed")), (json!(2), json!(2)));
    holds(&app, &done).await;
}

/// Percentages and roundings: what is shown is stored to the last satang, and it is right.
#[tokio::test]
async fn prices_change_exactly() {
    let app = spawn_app("realestate").await;
    let (agent, admin) = (app.agent("somchai").await, app.admin().await);
    for (kind, price) in
        [("sale", 890_000_033), ("lease", 4_500_001), ("business", 7), ("investment", 1)]
    {
        let field = if kind == "lease" { "lease_price" } else { "sale_price" };
        let _ = agent.create(listing::with(listing::of_type(kind), json!({field: price}))).await;
    }
    let steps = [
        (-50, None),
        (-33, None),
        (-1, None),
        (1, None),
        (7, None),
        (33, None),
        (100, None),
        (10, Some(100)),
        (-7, Some(1_000)),
        (3, Some(7)),
        (0, Some(10_000)),
        (0, None),
    ];
    for (percent, round_to) in steps {
        let action = json!({"change_price": {"percent": percent, "round_to": round_to}});
        let done = both(&admin, bulk(json!({"agent_id": [agent.user_id]}), action)).await;
        holds(&app, &done).await;
        assert_eq!(done.at("/matched"), 4);
        for item in items(&done) {
            let Some(before) = item.get("before") else {
                let code = item["refused"]["code"].as_str().unwrap();
                assert!(["unchanged", "price_out_of_range"].contains(&code), "{item}");
                continue;
            };
            for (field, old) in before.as_object().unwrap() {
                let (old, new) = (old.as_i64().unwrap(), item["after"][field].as_i64().unwrap());
                let exact = old * (100 + percent);
                let minor = exact / 100 + i64::from(exact % 100 >= 50);
                let step = round_to.unwrap_or(1);
                let expected = (minor / step + i64::from(2 * (minor % step) >= step)) * step;
                assert_eq!(new, expected, "{field} by {percent}% to {round_to:?}: {item}");
            }
        }
    }
}

#[tokio::test]
async fn all_prices_of_a_rental_change_together() {
    let app = spawn_app("bestays").await;
    let (agent, admin) = (app.agent("somchai").await, app.admin().await);
    let made = agent.create_published(listing::rent()).await;
    let _ = app.anonymous().get(&made.path()).await.expect(200);
    let action = json!({"change_price": {"percent": 10, "round_to": 10_000}});
    let done = both(&admin, bulk(json!({"ids": [made.id]}), action)).await;
    assert_eq!(
        (done.at("/items/0/before"), done.at("/items/0/after")),
        (
            json!({"rent_price": 9_500_000, "price_per_night": 420_000, "price_per_month": 9_500_000}),
            json!({"rent_price": 10_450_000, "price_per_night": 460_000, "price_per_month": 10_450_000}),
        )
    );
    holds(&app, &done).await;
    let seen = app.anonymous().get(&made.path()).await.expect(200);
    assert_eq!(seen.at("/rental_details/price_per_night"), 460_000);
    assert_eq!(seen.at("/rental_details/deposit"), 2_000_000, "a deposit is no price");
    let audited: Vec<String> = app
        .values(format!(
            "SELECT table_name || ' ' || (SELECT string_agg(k, ',' ORDER BY k) FROM jsonb_object_keys(after) k) \
             FROM audit_log WHERE actor = '{}' ORDER BY id",
            admin.user_id.unwrap()
        ))
        .await;
    assert_eq!(
        audited,
        [
            "properties rent_price,updated_by,version",
            "rental_details price_per_month,price_per_night"
        ]
    );
    let event: String =
        app.value("SELECT data ->> 'to' FROM events WHERE kind = 'listing.price_changed'").await;
    assert_eq!(event, "10450000");
}

#[tokio::test]
async fn another_agent_takes_over() {
    let app = spawn_app("bestays").await;
    let (somchai, malee, admin) =
        (app.agent("somchai").await, app.agent("malee").await, app.admin().await);
    let one = somchai.create(listing::rent()).await;
    let two = malee.create(listing::rent()).await;
    let nobodys = admin.create(listing::rent()).await;
    let action = json!({"reassign": {"agent_id": malee.user_id}});
    let done = both(&admin, bulk(json!({"ids": [nobodys.id, two.id, one.id]}), action)).await;
    holds(&app, &done).await;
    assert_eq!(done.at("/items/0/before/agent_id"), json!(somchai.user_id));
    assert_eq!(done.at("/items/1/refused/code"), "unchanged");
    assert_eq!(done.at("/items/2/before"), json!({"agent_id": null}));
    let _ = malee.get(&one.path()).await.expect(200);

    app.execute("UPDATE users SET is_active = false WHERE display_name = 'somchai'").await;
    let ann = app.user("ann").await;
    for (who, code) in [(&somchai, "inactive"), (&ann, "unknown")] {
        let action = json!({"reassign": {"agent_id": who.user_id}});
        let reply = admin.patch(PATH, bulk(json!({"ids": [one.id]}), action)).await;
        reply.problem(422, "invalid_input");
        assert_eq!(reply.fields(), [format!("/action/reassign/agent_id {code}")]);
    }
}

#[tokio::test]
async fn a_set_that_has_changed_is_refused() {
    let app = spawn_app("bestays").await;
    let (agent, admin) = (app.agent("somchai").await, app.admin().await);
    let made = agent.create(listing::rent()).await;
    let body = bulk(json!({"agent_id": [agent.user_id]}), json!({"change_price": {"percent": 5}}));
    let dry = admin.patch(PATH, body.clone()).await.expect(200);
    let refused = async |run: Value, field: &str| {
        // Twins are looked for in the background, and what is found is in the trail.
        app.settled().await;
        let before: i64 =
            app.value("SELECT count(*) FROM audit_log WHERE table_name = 'properties'").await;
        let reply = admin.patch(PATH, run).await;
        reply.problem(409, "set_changed");
        assert_eq!(reply.fields(), [format!("{field} changed")]);
        assert_eq!(
            app.value::<i64>("SELECT count(*) FROM audit_log WHERE table_name = 'properties'")
                .await,
            before
        );
    };
    // Another version of the same listing.
    let change = agent.patch(&made.path(), json!({"title": "Renamed"})).if_match(&made.etag);
    let changed = Listing::of(&change.await.expect(200));
    refused(run_of(body.clone(), &dry), "/expected_hash").await;
    // Another listing.
    let dry = admin.patch(PATH, body.clone()).await.expect(200);
    let second = agent.create(listing::rent()).await;
    refused(run_of(body.clone(), &dry), "/expected_hash").await;
    let mut counted = body.clone();
    counted["dry_run"] = json!(false);
    counted["expected_count"] = json!(1);
    refused(counted.clone(), "/expected_count").await;
    // Another change.
    let dry = admin.patch(PATH, body.clone()).await.expect(200);
    let mut other = run_of(body.clone(), &dry);
    other["action"] = json!({"change_price": {"percent": 50}});
    refused(other, "/expected_hash").await;
    // The count alone will do, and twice will not.
    counted["expected_count"] = json!(2);
    let _ = admin.patch(PATH, counted).await.expect(200);
    refused(run_of(body, &dry), "/expected_hash").await;
    let _ = (changed, second);
}

#[tokio::test]
async fn a_key_has_its_effect_once() {
    let app = spawn_app("bestays").await;
    let (agent, admin) = (app.agent("somchai").await, app.admin().await);
    let made = agent.create(listing::rent()).await;
    let body = bulk(json!({"ids": [made.id]}), json!({"change_price": {"percent": 100}}));
    let dry = || admin.patch(PATH, body.clone()).header("idempotency-key", "dry");
    let first = dry().await.expect(200);
    let run = || admin.patch(PATH, run_of(body.clone(), &first)).header("idempotency-key", "run");
    let done = run().await.expect(200);
    let again = run().await.expect(200);
    assert_eq!((done.json(), again.header("idempotent-replayed")), (again.json(), "true"));
    assert_eq!(app.value::<i64>("SELECT rent_price FROM properties").await, 19_000_000);
    assert_ne!(dry().await.expect(200).at("/hash"), first.at("/hash"), "asking is answered anew");
}

#[tokio::test]
async fn what_does_not_fit_is_named() {
    let app = spawn_app("bestays").await;
    let admin = app.admin().await;
    let _ = app.agent("somchai").await.create(listing::rent()).await;
    let any = json!({"status": ["draft"]});
    let price = |percent: Value, round_to: Value| json!({"change_price": {"percent": percent, "round_to": round_to}});
    for (body, field) in [
        (bulk(json!({}), json!("publish")), "/filter required"),
        (bulk(json!({"scope": "all"}), json!("publish")), "/filter/scope unknown_field"),
        (bulk(json!({"status": ["gone"]}), json!("publish")), "/filter/status/0 unknown_value"),
        (bulk(json!({"ids": ["x"]}), json!("publish")), "/filter/ids/0 invalid_type"),
        (
            bulk(json!({"price_min": 5, "price_max": 1}), json!("publish")),
            "/filter/price_max invalid",
        ),
        (bulk(json!({"check_in": "2026-12-24"}), json!("publish")), "/filter/check_out invalid"),
        (bulk(json!({"bbox": "1,2,3"}), json!("publish")), "/filter/bbox invalid_type"),
        (bulk(any.clone(), json!("delete")), "/action unknown_value"),
        (
            bulk(any.clone(), price(json!(-51), json!(null))),
            "/action/change_price/percent out_of_range",
        ),
        (
            bulk(any.clone(), price(json!(101), json!(null))),
            "/action/change_price/percent out_of_range",
        ),
        (
            bulk(any.clone(), price(json!(7.5), json!(null))),
            "/action/change_price/percent invalid_type",
        ),
        (
            bulk(any.clone(), price(json!(1), json!(0))),
            "/action/change_price/round_to out_of_range",
        ),
        (json!({"filter": any, "action": "publish", "dry_run": false}), "/expected_hash required"),
        (json!({"filter": any, "action": "publish", "limit": 501}), "/limit invalid"),
        (json!({"filter": any, "action": "publish", "limit": 0}), "/limit invalid"),
    ] {
        let reply = admin.patch(PATH, body.clone()).await;
        reply.problem(422, "invalid_input");
        assert_eq!(reply.fields(), [field], "{body}");
    }
}

/// As many as may be at once, and one more.
#[tokio::test]
async fn five_hundred_in_one_go() {
    let app = spawn_app("bestays").await;
    let (agent, admin) = (app.agent("somchai").await, app.admin().await);
    app.execute(format!(
        "INSERT INTO properties (slug, title, transaction_type, property_type, rent_price, agent_id) \
         SELECT 'row-' || n, 'Row ' || n, 'rent', 'villa', 1000 + n, '{}' FROM generate_series(1, 501) n",
        agent.user_id.unwrap()
    ))
    .await;
    let body = bulk(json!({"agent_id": [agent.user_id]}), json!({"change_price": {"percent": 10}}));
    let reply = admin.patch(PATH, body.clone()).await;
    reply.problem(422, "invalid_input");
    assert_eq!(reply.fields(), ["/limit too_many"]);
    app.execute("DELETE FROM properties WHERE slug = 'row-501'").await;
    let done = both(&admin, body).await;
    assert_eq!((done.at("/matched"), done.at("/changed")), (json!(500), json!(500)));
    let right: i64 = app
        .value(
            "SELECT count(*) FROM properties WHERE version = 2 AND rent_price = \
             round((1000 + substr(slug, 5)::int) * 1.1)::bigint",
        )
        .await;
    assert_eq!(right, 500);
    let (audited, told): (i64, i64) = (
        app.value(
            "SELECT count(*) FROM audit_log WHERE table_name = 'properties' AND action = 'update'",
        )
        .await,
        app.value("SELECT count(*) FROM events WHERE kind = 'listing.price_changed'").await,
    );
    assert_eq!((audited, told), (500, 500));
}

/// Runs over the same listings from both ends, and single changes between them: nobody waits for
/// ever, and every change is one version.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn runs_at_once_do_not_lock_each_other_out() {
    let app = spawn_app("bestays").await;
    let (agent, admin) = (app.agent("somchai").await, app.admin().await);
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(agent.create(listing::rent()).await.id);
    }
    let run = |ids: Vec<uuid::Uuid>| {
        let admin = admin.clone();
        async move {
            let count = ids.len();
            let mut body = bulk(json!({"ids": ids}), json!({"change_price": {"percent": 1}}));
            body["dry_run"] = json!(false);
            body["expected_count"] = json!(count);
            admin.patch(PATH, body).await
        }
    };
    let backwards: Vec<_> = ids.iter().rev().copied().collect();
    let runs = (0..10).map(|n| run(if n % 2 == 0 { ids.clone() } else { backwards.clone() }));
    for reply in futures_util::future::join_all(runs).await {
        let _ = reply.expect(200);
    }
    let versions: Vec<i32> = app.values("SELECT DISTINCT version FROM properties").await;
    assert_eq!(versions, [11]);
}

/// Whoever waited for a review hears that it is over; whoever merely had a draft published does
/// not, and nobody hears of what they did themselves.
#[tokio::test]
async fn publishing_many_tells_those_who_waited() {
    let app = spawn_app("bestays").await;
    let (agent, admin) = (app.unverified_agent("somchai").await, app.admin().await);
    let waiting = agent.create(listing::rent()).await;
    let _ = agent.post_empty(&waiting.at("submit")).if_match(&waiting.etag).await.expect(200);
    let _ = agent.create(listing::rent()).await;
    let of_admin = admin.create(listing::rent()).await;
    let _ = admin.post_empty(&of_admin.at("submit")).if_match(&of_admin.etag).await.expect(200);
    let everything = json!({"status": ["draft", "in_review"]});
    let done = both(&admin, bulk(everything, json!("publish"))).await;
    assert_eq!(done.at("/changed"), 3);
    let letters = app.letters().await;
    let [(template, letter)] = letters.as_slice() else { panic!("{letters:?}") };
    assert_eq!(
        (template.as_str(), letter.to.as_str()),
        ("listing_published", "somchai@bestays.example")
    );
    assert!(letter.text.contains(&format!("/properties/{}", waiting.slug)), "{}", letter.text);
}
