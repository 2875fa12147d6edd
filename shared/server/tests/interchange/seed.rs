//! The content that ships.

use terrace_server::interchange::seed::{Content, SeedReport, seed};

use crate::support::Desk;

async fn run(desk: &Desk, content: Content) -> SeedReport {
    let state = desk.app.state();
    seed(&state.db, &desk.app.profile, content).await.unwrap_or_else(|error| panic!("{error}"))
}

async fn seeded(product: &str) {
    let desk = Desk::of(product).await;
    let first = run(&desk, Content::Everything).await;
    let listings = first.listings.expect("the product ships listings");
    assert!(listings.created >= 60, "{listings:?}");
    assert_eq!(listings.created, listings.rows);
    assert!(first.people > 3);

    let before = desk.everything().await;
    let again = run(&desk, Content::Everything).await;
    assert_eq!([again.catalogue, again.people, again.prices], [0, 0, 0]);
    let listings = again.listings.expect("the product ships listings");
    assert_eq!(listings.unchanged, listings.rows);
    assert_eq!(desk.everything().await, before);

    let led: i64 = desk
        .app
        .value("SELECT count(*) FROM properties p JOIN agents a ON a.user_id = p.agent_id WHERE is_published")
        .await;
    assert!(led >= 60, "published, and somebody is in charge: {led}");
    let thai: i64 = desk
        .app
        .value("SELECT count(*) FROM property_translations WHERE locale = 'th' AND field = 'title'")
        .await;
    assert!(thai >= 60, "{thai}");
}

/// Whatever ships with a brand could be published by hand: nothing is missing.
async fn nothing_is_missing(product: &str) {
    let desk = Desk::of(product).await;
    run(&desk, Content::Everything).await;
    let admin = desk.app.admin().await;
    let body = serde_json::json!({
        "filter": {"status": ["draft", "in_review", "published", "archived"]}, "action": "publish",
    });
    desk.app
        .execute("UPDATE properties SET status = 'draft', is_published = false WHERE is_published")
        .await;
    let reply = admin.patch("/api/v1/admin/properties/bulk", body).await.expect(200);
    assert!(reply.at("/matched").as_i64() >= Some(60), "{reply:?}");
    assert_eq!(reply.at("/changed"), reply.at("/matched"), "{reply:?}");
}

#[actix_web::test]
async fn what_ships_with_bestays_is_ready() {
    nothing_is_missing("bestays").await;
}

#[actix_web::test]
async fn what_ships_with_realestate_is_ready() {
    nothing_is_missing("realestate").await;
}

#[actix_web::test]
async fn bestays_is_seeded_once() {
    seeded("bestays").await;
}

#[actix_web::test]
async fn realestate_is_seeded_once() {
    seeded("realestate").await;
}

#[actix_web::test]
async fn a_catalogue_is_mended_and_what_people_added_stays() {
    let desk = Desk::of("bestays").await;
    desk.app
        .execute(
            "DELETE FROM amenities WHERE slug = 'wifi'; \
             UPDATE policies SET name = 'Beasts' WHERE slug = 'pets_allowed'; \
             UPDATE amenity_translations SET name = 'x' WHERE amenity_slug = 'kitchen'; \
             UPDATE amenities SET is_active = false WHERE slug = 'sauna'; \
             INSERT INTO amenities (slug, category, name) VALUES ('moat', 'exterior', 'Moat'); \
             UPDATE legal_rules SET outcome = 'yes' WHERE id = 'land_code_86'; \
             INSERT INTO legal_rules (id, topic, outcome, reason, source, valid_from, checked_on) \
                VALUES ('our_own', 'lease_term', 'depends', '{\"en\": \"x\"}', '{\"en\": \"y\"}', '2026-01-01', '2026-01-01')",
        )
        .await;
    let report = run(&desk, Content::Catalogue).await;
    // wifi and its Thai name, the policy's name, the kitchen's Thai name, the rule's outcome.
    assert_eq!(report.catalogue, 5);
    assert!(report.listings.is_none());
    let kept: i64 = desk
        .app
        .value("SELECT count(*) FROM amenities WHERE slug = 'moat' OR slug = 'sauna' AND NOT is_active")
        .await;
    assert_eq!(kept, 2);
    assert_eq!(run(&desk, Content::Catalogue).await.catalogue, 0);
}

#[actix_web::test]
async fn a_mistake_in_what_ships_is_named_and_nothing_is_half_done() {
    let mut desk = Desk::of("bestays").await;
    let folder = desk.folder.path().join("seed");
    std::fs::create_dir(&folder).unwrap();
    desk.app.profile.folder = desk.folder.path().to_owned();
    let listing = |id: &str, price: &str| {
        format!(
            "{{\"external_id\": \"{id}\", \"transaction_type\": \"rent\", \"property_type\": \"villa\", \
             \"title\": \"Villa\", \"rent_price\": {price}}}\n"
        )
    };
    std::fs::write(folder.join("listings.jsonl"), listing("1", "5") + &listing("2", "0")).unwrap();
    let state = desk.app.state();
    let error = seed(&state.db, &desk.app.profile, Content::Everything).await.unwrap_err();
    assert!(error.to_string().contains("/rent_price invalid on line 2"), "{error}");
    assert_eq!(desk.app.value::<i64>("SELECT count(*) FROM properties").await, 0);

    let people = r#"{"companies": [], "agents": [{"user": "a", "email": "a@b.example",
        "display_name": "A", "company": "nowhere"}]}"#;
    std::fs::write(folder.join("people.json"), people).unwrap();
    let error = seed(&state.db, &desk.app.profile, Content::Everything).await.unwrap_err();
    assert!(error.to_string().contains("agent a is of company nowhere"), "{error}");
}
