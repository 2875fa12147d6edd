//! Whose word on a role counts, and what no word can do.

use serde_json::json;
use terrace_testkit::{ClerkEvent, listing};

use super::{Scene, person, updated};

#[tokio::test]
async fn a_role_that_the_brand_gave_stands_until_it_is_lifted() {
    let scene = Scene::set().await;
    scene.hear(&updated(&person("user_ann", 1, Some("agent")))).await;
    let id = scene.row("user_ann").await["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/admin/users/{id}");
    let given = scene.admin.patch(&path, json!({"role": "admin"})).await.expect(200);
    assert_eq!(
        (given.at("/role_is_override"), given.at("/realm_role")),
        (json!(true), json!("agent"))
    );
    scene.hear(&updated(&person("user_ann", 2, Some("user")))).await;
    let seen = scene.admin.get(&path).await.expect(200);
    assert_eq!((seen.at("/role"), seen.at("/realm_role")), (json!("admin"), json!("user")));
    let both = json!({"role": "agent", "role_is_override": false});
    let refused = scene.admin.patch(&path, both).await;
    refused.problem(422, "invalid_input");
    assert_eq!(refused.fields(), ["/role_is_override conflict"]);
    let lifted = scene.admin.patch(&path, json!({"role_is_override": false})).await.expect(200);
    assert_eq!((lifted.at("/role"), lifted.at("/role_is_override")), (json!("user"), json!(false)));
    scene.hear(&updated(&person("user_ann", 3, Some("agent")))).await;
    assert_eq!(scene.row("user_ann").await["role"], "agent");
    // What is no role of ours says nothing.
    scene.hear(&updated(&person("user_ann", 4, Some("owner")))).await;
    let row = scene.row("user_ann").await;
    assert_eq!((&row["role"], &row["auth_role"]), (&json!("user"), &json!(null)));
}

/// Neither a role that is taken away nor an account that is deleted leaves the brand without an
/// admin; somebody is told.
#[tokio::test]
async fn the_last_admin_stays_whatever_the_realm_says() {
    let scene = Scene::set().await;
    scene.hear(&updated(&person("user_boss", 1, Some("admin")))).await;
    scene.app.execute("UPDATE users SET role = 'user', role_is_override = false WHERE auth_subject = 'user_admin'").await;
    let mut demoted = person("user_boss", 2, Some("user"));
    demoted["last_name"] = json!("Demoted");
    scene.hear(&updated(&demoted)).await;
    let row = scene.row("user_boss").await;
    assert_eq!((&row["role"], &row["auth_role"]), (&json!("admin"), &json!("user")));
    assert_eq!(row["display_name"], "Malee Demoted", "the rest of the word counts");
    scene.hear(&ClerkEvent::deleted("user_boss")).await;
    let row = scene.row("user_boss").await;
    assert_eq!((&row["role"], &row["closed_at"]), (&json!("admin"), &json!(null)));
    assert!(row["revoked_before"].is_string(), "their tokens are worth nothing");
    assert_eq!(scene.states().await, ["applied", "dead", "dead"]);
    let shown = scene.said(&["users", "webhooks", "--product", "bestays", "--dead"]).await;
    assert!(shown.contains("last active one"), "{shown}");
    // With another admin it is done, and what waited before it is of no interest any more.
    scene.app.execute("UPDATE users SET role = 'admin' WHERE auth_subject = 'user_admin'").await;
    let _ = scene.said(&["users", "retry", "--product", "bestays"]).await;
    scene.app.settled().await;
    let row = scene.row("user_boss").await;
    assert!(row["closed_at"].is_string() && row["deleted_at"].is_string(), "{row}");
}

/// Nobody signs in with it; the listings stay in somebody's charge until they are handed over.
#[tokio::test]
async fn the_account_of_an_agent_with_listings_is_closed_and_their_row_stays() {
    let scene = Scene::set().await;
    let somchai = scene.app.agent("somchai").await;
    let other = scene.app.agent("other").await;
    let villa = somchai.create_published(listing::rent()).await;
    let said = "UPDATE users SET deleted_at = now() WHERE auth_subject = 'user_somchai'";
    let refused = sqlx::query(said).execute(&scene.app.sql().await).await.unwrap_err();
    let constraint = refused.as_database_error().and_then(|error| error.constraint());
    assert_eq!(constraint, Some("users_in_charge"), "as ever");
    scene.hear(&ClerkEvent::deleted("user_somchai")).await;
    somchai.get("/api/v1/me").await.problem(401, "unauthorized");
    let row = scene.row("user_somchai").await;
    assert!(row["closed_at"].is_string() && row["deleted_at"].is_null(), "{row}");
    assert_eq!(row["role"], "agent");
    assert_eq!(scene.states().await, ["applied"]);
    let _ = scene.app.anonymous().get(&villa.path()).await.expect(200);
    // What is asked about it is somebody else's to answer.
    let lead = json!({"name": "Malee", "email": "malee@guest.example", "message": "Is it free?",
        "property_id": villa.id});
    let _ = scene.app.anonymous().post("/api/v1/leads", lead).await.expect(202);
    let assigned: Vec<Option<uuid::Uuid>> =
        scene.app.values("SELECT assigned_agent_id FROM leads").await;
    assert_eq!(assigned, [other.user_id]);
    // Nothing new is put in their charge; what they have can be handed over.
    let id = somchai.user_id.unwrap();
    let taken =
        sqlx::query("UPDATE properties SET agent_id = NULL").execute(&scene.app.sql().await).await;
    assert!(taken.is_ok());
    let back = format!("UPDATE properties SET agent_id = '{id}'");
    let refused = sqlx::query(sqlx::AssertSqlSafe(back)).execute(&scene.app.sql().await).await;
    let refused = refused.unwrap_err();
    let constraint = refused.as_database_error().and_then(|error| error.constraint());
    assert_eq!(constraint, Some("properties_agent_active"));
}
