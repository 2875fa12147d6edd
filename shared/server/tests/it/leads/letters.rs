//! What is written to whom.

use serde_json::{Value, json};
use terrace_testkit::{TestApp, listing, spawn_app};

use super::{LEADS, about, ask, enquiry};

/// Template, language, recipient and facts of every message, in the order of their causes.
async fn messages(app: &TestApp) -> Vec<(String, String, String, Value)> {
    let sql = "SELECT json_build_array(template, locale, recipient, facts)::text FROM notifications ORDER BY id";
    let rows: Vec<String> = app.values(sql).await;
    rows.iter()
        .map(|row| {
            let row: Value = serde_json::from_str(row).unwrap();
            let text = |nth: usize| row[nth].as_str().unwrap().to_owned();
            (text(0), text(1), text(2), row[3].clone())
        })
        .collect()
}

#[tokio::test]
async fn the_visitor_hears_in_their_language_and_the_agent_in_theirs() {
    let app = spawn_app("bestays").await;
    let malee = app.agent("malee").await;
    let villa = malee.create_published(listing::rent()).await;
    let thai = json!({"title": "วิลล่าวิวทะเล"});
    let _ = malee.put(&villa.at("translations/th"), thai).if_match(&villa.etag).await.expect(200);
    let body =
        listing::with(about(&villa, "guest@example.com"), json!({"locale": "th", "name": "มาลี"}));
    let lead = ask(&app, &malee, body).await;
    // A second enquiry of the same person is no second letter.
    let _ = app.anonymous().post(LEADS, about(&villa, "guest@example.com")).await.expect(202);

    let reference = &lead.json["reference"];
    assert_eq!(
        messages(&app).await,
        [
            (
                "lead_auto_reply".to_owned(),
                "th".to_owned(),
                "guest@example.com".to_owned(),
                json!({"reference": reference, "name": "มาลี", "listing": "วิลล่าวิวทะเล",
                    "url": format!("http://localhost:5273/properties/{}", villa.slug)}),
            ),
            (
                "lead_assigned".to_owned(),
                "en".to_owned(),
                "malee@bestays.example".to_owned(),
                json!({"reference": reference, "agent": "malee", "listing": "Sea view home in Rawai",
                    "url": format!("http://localhost:5273/office/leads/{}", lead.json["id"].as_str().unwrap())}),
            ),
        ]
    );
    // The templates take what they are told.
    app.settled().await;
    let failed: i64 = app.value("SELECT count(*) FROM jobs WHERE last_error IS NOT NULL").await;
    assert_eq!(failed, 0);
}

#[tokio::test]
async fn whoever_is_given_a_lead_is_told() {
    let app = spawn_app("bestays").await;
    let (somchai, malee, admin) =
        (app.agent("somchai").await, app.agent("malee").await, app.admin().await);
    app.execute("UPDATE users SET locale = 'th' WHERE display_name = 'malee'").await;
    let villa = somchai.create_published(listing::rent()).await;
    let body =
        listing::with(about(&villa, "g@example.com"), json!({"email": null, "line_id": "g"}));
    let told = app.anonymous().post(LEADS, body).await.expect(202);
    let mut lead = super::find(&somchai, &told.text_at("/reference")).await;
    for agent in [&malee, &somchai, &malee] {
        let call = admin.patch(&lead.path, json!({"assigned_agent_id": agent.user_id}));
        lead = super::Lead::of(&call.if_match(&lead.etag).await.expect(200));
    }
    let told: Vec<_> = messages(&app)
        .await
        .into_iter()
        .map(|(template, locale, to, _)| (template, locale, to))
        .collect();
    let row = |locale: &str, to: &str| {
        ("lead_assigned".to_owned(), locale.to_owned(), format!("{to}@bestays.example"))
    };
    assert_eq!(
        told,
        [row("en", "somchai"), row("th", "malee"), row("en", "somchai"), row("th", "malee")]
    );
}

/// Our letters are not to be used against somebody.
#[tokio::test]
async fn an_address_is_not_pestered_and_no_advertisement_sent() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    for nth in 0..7 {
        let villa = agent.create_published(listing::rent()).await;
        let body = listing::with(
            about(&villa, "victim@example.com"),
            json!({"name": format!("Win {nth} at http://evil.example")}),
        );
        let _ = app.anonymous().post(LEADS, body).await.expect(202);
    }
    let _ = app.anonymous().post(LEADS, enquiry("other@example.com")).await.expect(202);
    let answers: Vec<_> =
        messages(&app).await.into_iter().filter(|one| one.0 == "lead_auto_reply").collect();
    let to = |address: &str| answers.iter().filter(|one| one.2 == address).count();
    assert_eq!((to("victim@example.com"), to("other@example.com")), (5, 1));
    assert!(!format!("{answers:?}").contains("evil"), "{answers:?}");
}
