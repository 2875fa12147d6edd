//! Visitors ask.

use chrono::{Duration, Utc};
use futures_util::future::join_all;
use serde_json::{Value, json};
use terrace_testkit::{listing, spawn_app};

use super::{LEADS, about, ask, enquiry, find};

#[tokio::test]
async fn an_enquiry_in_thai_reaches_the_listings_agent() {
    let app = spawn_app("bestays").await;
    let (somchai, malee, admin) =
        (app.agent("somchai").await, app.agent("malee").await, app.admin().await);
    let villa = malee.create_published(listing::rent()).await;
    let thai = json!({"title": "วิลล่าวิวทะเล"});
    let _ = malee.put(&villa.at("translations/th"), thai).if_match(&villa.etag).await.expect(200);

    let start = (Utc::now() + Duration::days(3)).to_rfc3339();
    let body = json!({
        "property_id": villa.id, "kind": "viewing", "name": "มาลี", "email": "Guest@Example.com",
        "phone": "081-234 5678", "message": "ขอดูบ้านวันเสาร์ครับ", "wished_times": [{"start": start}],
    });
    let told =
        app.anonymous().post(LEADS, body).header("accept-language", "th-TH").await.expect(202);
    assert_eq!(told.header("content-language"), "th");
    let mut names: Vec<_> = told.json().as_object().unwrap().keys().cloned().collect();
    names.sort();
    assert_eq!(names, ["received_at", "reference"], "the answer tells more than it should");

    let lead = find(&malee, &told.text_at("/reference")).await;
    assert_eq!(lead.json["assigned_agent"]["id"], json!(malee.user_id));
    assert_eq!(lead.json["property"]["slug"], villa.slug);
    for (field, value) in [
        ("status", "new"),
        ("kind", "viewing"),
        ("locale", "th"),
        ("name", "มาลี"),
        ("message", "ขอดูบ้านวันเสาร์ครับ"),
    ] {
        assert_eq!(lead.json[field], value, "{field}");
    }
    assert_eq!(lead.json["wished_times"].as_array().unwrap().len(), 1);
    assert_eq!(lead.event_kinds(), ["created"]);
    somchai.get(&lead.path).await.problem(404, "not_found");

    let feed = admin.get("/api/v1/admin/events?limit=1000").await.expect(200).at("/items");
    let told: Vec<&Value> =
        feed.as_array().unwrap().iter().filter(|event| event["subject_type"] == "lead").collect();
    let kinds: Vec<_> = told.iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["lead.created", "lead.assigned"]);
    assert_eq!(told[0]["data"]["property_id"], json!(villa.id));
    assert_eq!(told[1]["data"]["to"], json!(malee.user_id));
}

#[tokio::test]
async fn the_same_person_about_the_same_listing_is_one_lead() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let villa = agent.create_published(listing::rent()).await;
    let other = agent.create_published(listing::rent()).await;
    let visitor = app.anonymous();
    let with = |fields: Value| {
        listing::with(json!({"name": "G", "property_id": villa.id, "message": "Hm?"}), fields)
    };
    let first = visitor
        .post(LEADS, with(json!({"email": "g@example.com", "phone": "0812345678"})))
        .await
        .expect(202);
    let mut references = vec![first.text_at("/reference")];
    for again in [
        json!({"email": "G@Example.com"}),
        json!({"phone": "+66 81 234 5678"}),
        json!({"phone": "๐๘๑-๒๓๔-๕๖๗๘", "email": "other@example.com"}),
        json!({"email": "g@EXAMPLE.com", "locale": "th", "message": "อีกครั้ง"}),
    ] {
        let reply = visitor.post(LEADS, with(again)).await.expect(202);
        let mut names: Vec<_> = reply.json().as_object().unwrap().keys().cloned().collect();
        names.sort();
        assert_eq!(names, ["received_at", "reference"]);
        references.push(reply.text_at("/reference"));
    }
    let leads: i64 = app.value("SELECT count(*) FROM leads").await;
    assert_eq!(leads, 1);
    // Each was told a reference of its own, and by each the lead is found.
    let unique: std::collections::BTreeSet<_> = references.iter().collect();
    assert_eq!(unique.len(), references.len(), "a reference tells that there was a lead");
    for reference in &references {
        let lead = find(&agent, reference).await;
        assert_eq!(lead.json["reference"], references[0]);
    }
    let lead = find(&agent, "g@example.com").await;
    assert_eq!(lead.event_kinds(), ["created", "enquiry", "enquiry", "enquiry", "enquiry"]);
    assert_eq!(lead.json["events"][4]["note"], "อีกครั้ง");
    // What somebody else might have sent in their name changes nothing of what is known.
    assert_eq!(lead.json["email"], "g@example.com");

    // Another listing, another person, a lead that has ended, one that is old: each begins anew.
    for (change, body) in [
        ("SELECT 1", json!({"email": "g@example.com", "property_id": other.id})),
        ("SELECT 1", json!({"email": "h@example.com"})),
        (
            "UPDATE leads SET status = 'lost', lost_reason = 'price' WHERE email = 'h@example.com'",
            json!({"email": "h@example.com"}),
        ),
        (
            "UPDATE leads SET created_at = now() - interval '31 days'",
            json!({"email": "g@example.com"}),
        ),
    ] {
        let before: i64 = app.value("SELECT count(*) FROM leads").await;
        app.execute(format!("SET app.role = 'system'; {change}")).await;
        let _ = visitor.post(LEADS, with(body.clone())).await.expect(202);
        let after: i64 = app.value("SELECT count(*) FROM leads").await;
        assert_eq!(after, before + 1, "{change} {body}");
    }
}

#[tokio::test]
async fn twenty_times_at_once_is_one_lead() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let villa = agent.create_published(listing::rent()).await;
    let visitor = app.anonymous();
    let replies = join_all(
        (0..20).map(|_| visitor.post(LEADS, about(&villa, "g@example.com")).into_future()),
    )
    .await;
    use std::future::IntoFuture;
    assert!(replies.iter().all(|reply| reply.status == 202), "{replies:?}");
    let lead = find(&agent, "g@example.com").await;
    assert_eq!(lead.event_kinds().len(), 20);
}

#[tokio::test]
async fn a_trapped_machine_is_thanked_and_nothing_is_stored() {
    let app = spawn_app("bestays").await;
    let honest = app.anonymous().post(LEADS, enquiry("g@example.com")).await.expect(202);
    let body =
        listing::with(enquiry("bot@example.com"), json!({"website": "https://spam.example"}));
    let trapped = app.anonymous().post(LEADS, body).await.expect(202);
    let shape = |reply: &terrace_testkit::Reply| {
        let keys: Vec<String> = reply.json().as_object().unwrap().keys().cloned().collect();
        let reference: String =
            reply.text_at("/reference").chars().map(|c| if c == '-' { '-' } else { 'x' }).collect();
        (
            reply.status,
            keys,
            reference,
            reply.header("content-type").to_owned(),
            reply.header("content-language").to_owned(),
        )
    };
    assert_eq!(shape(&honest), shape(&trapped));
    let stored: String = app.value("SELECT string_agg(email, ',') FROM leads").await;
    assert_eq!(stored, "g@example.com");
    let events: i64 = app.value("SELECT count(*) FROM events WHERE subject_type = 'lead'").await;
    assert_eq!(events, 1, "a trapped enquiry left a trace");
}

#[tokio::test]
async fn a_key_belongs_to_an_address_and_its_effect_happens_once() {
    let app = spawn_app("bestays").await;
    let visitor = app.anonymous();
    let send = |email: &str| visitor.post(LEADS, enquiry(email)).header("idempotency-key", "k1");
    let first = send("g@example.com").await.expect(202);
    let again = send("g@example.com").await.expect(202);
    assert_eq!(first.body, again.body);
    assert_eq!(again.header("idempotent-replayed"), "true");
    send("h@example.com").await.problem(422, "idempotency_mismatch");
    let history: i64 = app.value("SELECT count(*) FROM lead_events").await;
    assert_eq!(history, 1, "the second had an effect");
    // The same key from elsewhere, or of somebody with an account, is another key.
    let client =
        reqwest::Client::builder().local_address(Some([127, 0, 0, 9].into())).build().unwrap();
    let elsewhere = client
        .post(format!("{}{LEADS}", app.base))
        .header("idempotency-key", "k1")
        .json(&enquiry("h@example.com"));
    assert_eq!(elsewhere.send().await.unwrap().status(), 202);
    let user = app.user("malee").await;
    let _ = user
        .post(LEADS, enquiry("i@example.com"))
        .header("idempotency-key", "k1")
        .await
        .expect(202);
    let scopes: String = app.value("SELECT string_agg(scope, ' ') FROM idempotency_keys").await;
    assert!(!scopes.contains("127.0.0"), "an address is kept: {scopes}");
}

#[tokio::test]
async fn who_has_an_account_is_known_by_it() {
    let app = spawn_app("bestays").await;
    let (user, admin) = (app.user("malee").await, app.admin().await);
    let told = user.post(LEADS, json!({"name": "Malee", "message": "Hello"})).await.expect(202);
    let lead = find(&admin, &told.text_at("/reference")).await;
    assert_eq!(lead.json["email"], "malee@bestays.example");
    let stored: uuid::Uuid = app.value("SELECT user_id FROM leads").await;
    assert_eq!(Some(stored), user.user_id);
    assert_eq!(lead.json["events"][0]["actor_id"], json!(user.user_id));
}

#[tokio::test]
async fn what_does_not_fit_is_refused_by_field() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let (villa, draft) =
        (agent.create_published(listing::rent()).await, agent.create(listing::rent()).await);
    let gone = agent.create_published(listing::rent()).await;
    let _ = agent.delete(&gone.path()).if_match(&gone.etag).await.expect(204);
    let at = |days: i64| (Utc::now() + Duration::days(days)).to_rfc3339();
    let times =
        |times: &[String]| -> Value { times.iter().map(|start| json!({"start": start})).collect() };
    let viewing = |fields: Value| {
        listing::with(
            listing::with(about(&villa, "g@example.com"), json!({"kind": "viewing"})),
            fields,
        )
    };
    for (body, field) in [
        (json!({"email": "g@example.com"}), "/name required"),
        (json!({"name": "  ", "email": "g@example.com"}), "/name invalid"),
        (json!({"name": "G"}), "/email required"),
        (json!({"name": "G", "email": "not an address"}), "/email invalid"),
        (json!({"name": "G", "phone": "call me!"}), "/phone invalid"),
        (json!({"name": "G", "phone": "12"}), "/phone invalid"),
        (json!({"name": "G", "line_id": " "}), "/line_id invalid"),
        (listing::with(enquiry("g@example.com"), json!({"locale": "xx"})), "/locale unknown_value"),
        (listing::with(enquiry("g@example.com"), json!({"kind": "order"})), "/kind unknown_value"),
        (
            listing::with(enquiry("g@example.com"), json!({"status": "won"})),
            "/status unknown_field",
        ),
        (
            listing::with(enquiry("g@example.com"), json!({"assigned_agent_id": villa.id})),
            "/assigned_agent_id unknown_field",
        ),
        (
            listing::with(enquiry("g@example.com"), json!({"message": "x".repeat(5001)})),
            "/message invalid",
        ),
        (about(&draft, "g@example.com"), "/property_id unknown"),
        (about(&gone, "g@example.com"), "/property_id unknown"),
        (
            listing::with(enquiry("g@example.com"), json!({"property_id": uuid::Uuid::now_v7()})),
            "/property_id unknown",
        ),
        (
            listing::with(enquiry("g@example.com"), json!({"wished_times": times(&[at(1)])})),
            "/wished_times not_allowed",
        ),
        (
            listing::with(enquiry("g@example.com"), json!({"kind": "viewing"})),
            "/property_id required",
        ),
        (
            viewing(json!({"wished_times": times(&[at(1), at(-1)])})),
            "/wished_times/1/start in_the_past",
        ),
        (viewing(json!({"wished_times": times(&[at(181)])})), "/wished_times/0/start too_far"),
        (viewing(json!({"wished_times": times(&vec![at(1); 6])})), "/wished_times invalid"),
        (
            viewing(json!({"wished_times": [{"start": "tomorrow"}]})),
            "/wished_times/0/start invalid_type",
        ),
    ] {
        let reply = app.anonymous().post(LEADS, body.clone()).await;
        reply.problem(422, "invalid_input");
        assert_eq!(reply.fields(), [field], "{body}");
    }
    let leads: i64 = app.value("SELECT count(*) FROM leads").await;
    assert_eq!(leads, 0);
    let _ = app
        .anonymous()
        .post(LEADS, viewing(json!({"wished_times": times(&vec![at(179); 5])})))
        .await
        .expect(202);
}

#[tokio::test]
async fn a_list_is_filtered_and_goes_on_where_it_ended() {
    let app = spawn_app("bestays").await;
    let (agent, admin) = (app.agent("somchai").await, app.admin().await);
    let villa = agent.create_published(listing::rent()).await;
    for nth in 0..7 {
        let body = if nth % 2 == 0 {
            about(&villa, &format!("g{nth}@example.com"))
        } else {
            enquiry(&format!("g{nth}@example.com"))
        };
        let _ = app.anonymous().post(LEADS, body).await.expect(202);
    }
    let lead = find(&admin, "g0@example.com").await;
    let _ = admin
        .patch(&lead.path, json!({"status": "contacted"}))
        .if_match(&lead.etag)
        .await
        .expect(200);
    let _ = admin
        .post(&lead.at("tasks"), json!({"title": "Late", "due_at": "2020-01-01T00:00:00Z"}))
        .await
        .expect(201);

    let emails = |reply: &terrace_testkit::Reply| -> Vec<String> {
        reply
            .at("/items")
            .as_array()
            .unwrap()
            .iter()
            .map(|lead| lead["email"].as_str().unwrap()[..2].to_owned())
            .collect()
    };
    for (query, expected) in [
        ("", vec!["g6", "g5", "g4", "g3", "g2", "g1", "g0"]),
        ("status=contacted", vec!["g0"]),
        ("status=contacted,new&limit=2", vec!["g6", "g5"]),
        (&format!("property_id={}", villa.id), vec!["g6", "g4", "g2", "g0"]),
        (
            &format!("assigned_agent_id={}", agent.user_id.unwrap()),
            vec!["g6", "g5", "g4", "g3", "g2", "g1", "g0"],
        ),
        (&format!("assigned_agent_id={}", admin.user_id.unwrap()), vec![]),
        ("overdue=true", vec!["g0"]),
        ("overdue=false&limit=1", vec!["g6"]),
        ("kind=viewing", vec![]),
        ("q=G3@example.COM", vec!["g3"]),
        ("q=g3@example.co", vec![]),
        ("created_min=2100-01-01T00:00:00Z", vec![]),
        ("created_max=2000-01-01T00:00:00Z", vec![]),
    ] {
        let reply = admin.get(&format!("{LEADS}?{query}")).await.expect(200);
        assert_eq!(emails(&reply), expected, "{query}");
    }
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = admin.get(&format!("{LEADS}?limit=3&count=true{cursor}")).await.expect(200);
        assert_eq!(page.at("/total"), 7);
        seen.extend(emails(&page));
        match page.at("/next_cursor").as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ["g6", "g5", "g4", "g3", "g2", "g1", "g0"]);
    let other = admin.get(&format!("{LEADS}?limit=3&status=new{cursor}")).await;
    other.problem(400, "invalid_cursor");
    for (query, field) in [
        ("status=open", "status invalid"),
        ("limit=0", "limit invalid"),
        ("limit=101", "limit invalid"),
        ("q=", "q invalid"),
        ("created_min=%2B262142-01-01T00:00:00Z", "created_min invalid"),
        ("created_max=-4800-01-01T00:00:00Z", "created_max invalid"),
        (
            "created_min=2026-02-01T00:00:00Z&created_max=2026-01-01T00:00:00Z",
            "created_max invalid",
        ),
        ("overdue=maybe", "overdue invalid"),
        ("email=x", "email unknown_parameter"),
    ] {
        let reply = admin.get(&format!("{LEADS}?{query}")).await;
        reply.problem(400, "invalid_parameter");
        assert_eq!(reply.fields(), [field], "{query}");
    }
    let _ = ask(&app, &admin, enquiry("last@example.com")).await;
}
