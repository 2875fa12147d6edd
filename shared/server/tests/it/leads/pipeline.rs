//! The way of a lead.

use std::future::IntoFuture;

use futures_util::future::join_all;
use serde_json::{Value, json};
use terrace_server::leads::pipeline::{LeadStatus, TRANSITIONS};
use terrace_testkit::{Caller, listing, spawn_app};

use super::{LEADS, Lead, about, ask, enquiry, find};

async fn patch(caller: &Caller, lead: &Lead, body: Value) -> terrace_testkit::Reply {
    caller.patch(&lead.path, body).if_match(&lead.etag).await
}

/// Every pair of states: those in the table are taken, the others refused by name.
#[tokio::test]
async fn every_step_is_taken_or_refused_as_the_table_says() {
    let app = spawn_app("bestays").await;
    let admin = app.admin().await;
    let lead = ask(&app, &admin, enquiry("g@example.com")).await;
    let id = lead.json["id"].as_str().unwrap().to_owned();
    let mut taken = 0;
    for from in LeadStatus::ALL {
        for to in LeadStatus::ALL {
            let lost = if *from == LeadStatus::Lost { "'price'" } else { "NULL" };
            app.execute(format!(
                "SET app.role = 'system'; UPDATE leads SET status = '{}', lost_reason = {lost}",
                from.name()
            ))
            .await;
            let lead = Lead::read(&admin, &id).await;
            let next: Vec<_> = from.next().iter().map(|status| status.name()).collect();
            assert_eq!(lead.json["next_statuses"], json!(next));
            let mut body = json!({"status": to.name()});
            if *to == LeadStatus::Lost {
                body["lost_reason"] = json!("no_answer");
            }
            let reply = patch(&admin, &lead, body).await;
            let allowed =
                TRANSITIONS.iter().any(|(state, next)| state == from && next.contains(to));
            if allowed || from == to {
                let reply = reply.expect(200);
                assert_eq!(reply.at("/status"), to.name());
                let reason = reply.at("/lost_reason");
                assert_eq!(
                    reason.is_string(),
                    *to == LeadStatus::Lost,
                    "{from:?} to {to:?}: {reason}"
                );
            } else {
                reply.problem(422, "invalid_input");
                assert_eq!(reply.fields(), ["/status not_allowed"], "{from:?} to {to:?}");
            }
            taken += usize::from(allowed);
        }
    }
    assert_eq!(taken, 12);
}

#[tokio::test]
async fn a_lost_lead_has_a_reason_and_may_come_back() {
    let app = spawn_app("bestays").await;
    let admin = app.admin().await;
    let lead = ask(&app, &admin, enquiry("g@example.com")).await;
    let reply = patch(&admin, &lead, json!({"status": "lost"})).await;
    reply.problem(422, "invalid_input");
    assert_eq!(reply.fields(), ["/lost_reason required"]);
    let reply = patch(&admin, &lead, json!({"lost_reason": "price"})).await;
    assert_eq!(reply.fields(), ["/lost_reason not_allowed"]);
    let lost =
        patch(&admin, &lead, json!({"status": "lost", "lost_reason": "price"})).await.expect(200);
    assert_eq!(lost.at("/lost_reason"), "price");
    let back = patch(&admin, &Lead::of(&lost), json!({"status": "contacted"})).await.expect(200);
    assert_eq!(back.at("/lost_reason"), Value::Null);
    let lead = Lead::of(&back);
    assert_eq!(lead.event_kinds(), ["created", "status_changed", "status_changed"]);
    assert_eq!(
        lead.json["events"][2]["data"],
        json!({"from": "lost", "to": "contacted", "lost_reason": null})
    );
    let told: Vec<String> = app
        .values("SELECT (data ->> 'from') || ' ' || (data ->> 'to') FROM events WHERE kind = 'lead.status_changed' ORDER BY id")
        .await;
    assert_eq!(told, ["new lost", "lost contacted"]);
}

#[tokio::test]
async fn of_two_changes_at_once_one_wins_and_one_is_told() {
    let app = spawn_app("bestays").await;
    let admin = app.admin().await;
    let mut lead = ask(&app, &admin, enquiry("g@example.com")).await;
    for round in 0..5 {
        let change = |side: &str| {
            admin
                .patch(&lead.path, json!({"name": format!("{side} {round}")}))
                .if_match(&lead.etag)
                .into_future()
        };
        let replies = join_all([change("Left"), change("Right")]).await;
        let mut statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412], "{replies:?}");
        lead = Lead::of(replies.iter().find(|reply| reply.status == 200).unwrap());
    }
    admin.patch(&lead.path, json!({"name": "X"})).await.problem(428, "precondition_required");
    // Whoever has not seen the latest note has not seen the lead.
    let note = admin
        .post(&lead.at("events"), json!({"kind": "note", "note": "Wants a pool"}))
        .await
        .expect(201);
    patch(&admin, &lead, json!({"name": "X"})).await.problem(412, "version_mismatch");
    let _ = admin.patch(&lead.path, json!({"name": "X"})).if_match(note.etag()).await.expect(200);
}

#[tokio::test]
async fn an_admin_hands_a_lead_on_and_an_agent_does_not() {
    let app = spawn_app("bestays").await;
    let (somchai, malee, admin, user) = (
        app.agent("somchai").await,
        app.agent("malee").await,
        app.admin().await,
        app.user("guest").await,
    );
    let villa = somchai.create_published(listing::rent()).await;
    let lead = ask(&app, &somchai, about(&villa, "g@example.com")).await;
    let to = |caller: &Caller| json!({"assigned_agent_id": caller.user_id});
    let reply = patch(&somchai, &lead, to(&malee)).await;
    assert_eq!(reply.fields(), ["/assigned_agent_id forbidden"]);
    for nobody in
        [json!({"assigned_agent_id": user.user_id}), json!({"assigned_agent_id": villa.id})]
    {
        let reply = patch(&admin, &lead, nobody).await;
        assert_eq!(reply.fields(), ["/assigned_agent_id unknown"]);
    }
    malee.get(&lead.path).await.problem(404, "not_found");
    let given = Lead::of(&patch(&admin, &lead, to(&malee)).await.expect(200));
    assert_eq!(given.json["assigned_agent"]["name"], "malee");
    let _ = malee.get(&lead.path).await.expect(200);
    let nobody =
        Lead::of(&patch(&admin, &given, json!({"assigned_agent_id": null})).await.expect(200));
    assert_eq!(nobody.json["assigned_agent"], Value::Null);
    malee.get(&lead.path).await.problem(404, "not_found");
    let told: i64 = app.value("SELECT count(*) FROM events WHERE kind = 'lead.assigned'").await;
    assert_eq!(told, 3);
}

#[tokio::test]
async fn how_to_reach_somebody_changes_but_never_goes() {
    let app = spawn_app("bestays").await;
    let admin = app.admin().await;
    let lead = ask(&app, &admin, enquiry("g@example.com")).await;
    let reply = patch(&admin, &lead, json!({"email": null})).await;
    assert_eq!(reply.fields(), ["/email required"]);
    let reply = patch(&admin, &lead, json!({"phone": "call me"})).await;
    assert_eq!(reply.fields(), ["/phone invalid"]);
    let changed = Lead::of(
        &patch(&admin, &lead, json!({"email": null, "phone": "02 123 4567"})).await.expect(200),
    );
    assert_eq!(find(&admin, "+6621234567").await.json["id"], lead.json["id"]);
    assert_eq!(changed.json["events"][1]["data"], json!({"fields": ["email", "phone"]}));
}

#[tokio::test]
async fn what_happened_is_written_down_once() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let villa = agent.create_published(listing::rent()).await;
    let lead = ask(&app, &agent, about(&villa, "g@example.com")).await;
    let write = |body: Value| agent.post(&lead.at("events"), body).header("idempotency-key", "k1");
    let call = json!({"kind": "call", "note": "No answer"});
    let first = write(call.clone()).await.expect(201);
    assert_eq!(first.header("location"), lead.path);
    assert_eq!(write(call).await.expect(201).body, first.body);
    write(json!({"kind": "email"})).await.problem(422, "idempotency_mismatch");
    let lead = Lead::read(&agent, lead.json["id"].as_str().unwrap()).await;
    assert_eq!(lead.event_kinds(), ["created", "call"]);
    assert_eq!(lead.json["events"][1]["actor_id"], json!(agent.user_id));
    for (body, field) in [
        (json!({"kind": "note"}), "/note required"),
        (json!({"kind": "note", "note": " "}), "/note invalid"),
        (json!({"kind": "created"}), "/kind unknown_value"),
        (json!({"note": "x"}), "/kind required"),
    ] {
        let reply = agent.post(&lead.at("events"), body).await;
        reply.problem(422, "invalid_input");
        assert_eq!(reply.fields(), [field]);
    }
    assert_eq!(agent.get(&format!("{LEADS}/nonsense")).await.status, 404);
}
