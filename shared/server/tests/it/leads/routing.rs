//! Who gets a lead.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use serde_json::Value;
use terrace_product::LeadRouting;
use terrace_testkit::{TestApp, listing, setup, spawn_app};

use super::{LEADS, about, ask, enquiry};

fn routed(routing: LeadRouting) -> terrace_testkit::Setup {
    setup("bestays").with(move |profile| profile.leads.routing = routing)
}

async fn shares(app: &TestApp) -> BTreeMap<String, i64> {
    let rows: Vec<String> = app
        .values("SELECT u.display_name || ' ' || count(l.id) FROM users u LEFT JOIN leads l ON l.assigned_agent_id = u.id \
                 WHERE u.role = 'agent' GROUP BY 1, u.display_name ORDER BY 1".replace("GROUP BY 1, ", "GROUP BY "))
        .await;
    rows.iter()
        .map(|row| {
            let (name, count) = row.rsplit_once(' ').unwrap();
            (name.to_owned(), count.parse().unwrap())
        })
        .collect()
}

/// A thousand at once over seven agents: nobody has more than one above another.
#[tokio::test]
async fn turns_are_fair_however_many_come_at_once() {
    let app = spawn_app("bestays").await;
    for nth in 0..7 {
        let _ = app.agent(&format!("agent{nth}")).await;
    }
    let statuses: Vec<u16> = stream::iter(0..1000)
        .map(|nth| {
            let call = app.anonymous().post(LEADS, enquiry(&format!("g{nth}@example.com")));
            async move { call.await.status }
        })
        .buffer_unordered(40)
        .collect()
        .await;
    assert!(statuses.iter().all(|status| *status == 202), "{statuses:?}");
    let shares = shares(&app).await;
    assert_eq!(shares.values().sum::<i64>(), 1000, "{shares:?}");
    let (least, most) = (shares.values().min().unwrap(), shares.values().max().unwrap());
    assert!(shares.len() == 7 && most - least <= 1, "{shares:?}");
}

#[tokio::test]
async fn only_who_is_there_has_a_turn() {
    let app = spawn_app("bestays").await;
    let admin = app.admin().await;
    let villa = app.agent("ill").await.create_published(listing::rent()).await;
    for name in ["a", "b", "left", "demoted"] {
        let _ = app.agent(name).await;
    }
    app.execute(
        // The database keeps it from happening now; it may have happened before it did.
        "ALTER TABLE users DISABLE TRIGGER users_guard_update; \
                 UPDATE users SET is_active = false WHERE display_name = 'ill'; \
                 UPDATE users SET deleted_at = now() WHERE display_name = 'left'; \
                 UPDATE users SET role = 'user' WHERE display_name = 'demoted'",
    )
    .await;
    let mut given = Vec::new();
    for nth in 0..4 {
        // The listing's agent is away: the next in turn.
        let lead = ask(&app, &admin, about(&villa, &format!("g{nth}@example.com"))).await;
        given.push(lead.json["assigned_agent"]["name"].as_str().unwrap().to_owned());
    }
    assert_eq!(given[..2], given[2..], "{given:?}");
    given.sort();
    assert_eq!(given, ["a", "a", "b", "b"]);
}

#[tokio::test]
async fn a_brand_chooses_how_leads_are_given_out() {
    for (routing, owner) in [
        (LeadRouting::ListingAgentThenRoundRobin, Some(true)),
        (LeadRouting::RoundRobin, Some(false)),
        (LeadRouting::None, None),
    ] {
        let app = routed(routing).spawn().await;
        let admin = app.admin().await;
        // Ids rise: the first turn is the first agent's.
        let _ = app.agent("first").await;
        let villa = app.agent("owner").await.create_published(listing::rent()).await;
        let lead = ask(&app, &admin, about(&villa, "g@example.com")).await;
        let given = &lead.json["assigned_agent"]["name"];
        match owner {
            Some(owner) => assert_eq!(given, if owner { "owner" } else { "first" }, "{routing:?}"),
            None => assert_eq!(lead.json["assigned_agent"], Value::Null),
        }
    }
}

#[tokio::test]
async fn without_agents_a_lead_waits_for_an_admin() {
    let app = spawn_app("bestays").await;
    let admin = app.admin().await;
    let lead = ask(&app, &admin, enquiry("g@example.com")).await;
    assert_eq!(lead.json["assigned_agent"], Value::Null);
}
