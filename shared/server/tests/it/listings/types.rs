//! What a brand offers, and what each kind of offer needs.

use serde_json::{Value, json};
use terrace_testkit::{Listing, listing, spawn_app};

const TYPES: [(&str, &str, &str, &str); 5] = [
    ("rent", "bestays", "rent_price", "rental_details"),
    ("sale", "realestate", "sale_price", "sale_details"),
    ("lease", "realestate", "lease_price", "lease_details"),
    ("business", "realestate", "sale_price", "business_details"),
    ("investment", "realestate", "sale_price", "investment_details"),
];
const PATH: &str = "/api/v1/properties";

/// Everything that was sent comes back as it was sent.
fn assert_echo(sent: &Value, got: &Value) {
    for (name, value) in sent.as_object().unwrap() {
        match (value, &got[name]) {
            (Value::Object(sent), Value::Object(_)) => {
                for (inner, value) in sent {
                    assert_eq!(&got[name][inner], value, "{name}/{inner}");
                }
            }
            (value, got) => assert_eq!(got, value, "{name}"),
        }
    }
}

#[tokio::test]
async fn every_type_goes_through_its_whole_life() {
    let apps = [spawn_app("bestays").await, spawn_app("realestate").await];
    for (kind, product, price, block) in TYPES {
        let app = apps.iter().find(|app| app.product == product).unwrap();
        let (agent, visitor) = (app.agent("somchai").await, app.anonymous());
        let body = listing::of_type(kind);
        let reply = agent.post(PATH, body.clone()).await.expect(201);
        assert_echo(&body, &reply.json());
        assert_eq!(reply.header("location"), format!("{PATH}/{}", reply.text_at("/id")));
        assert_eq!(reply.at("/price"), body[price]);
        assert_eq!(reply.at("/is_published"), false);
        assert_eq!(reply.at("/version"), 1);
        assert_eq!(reply.at("/agent_id"), agent.user_id.unwrap().to_string());
        let draft = Listing::of(&reply);
        visitor.get(&draft.path()).await.problem(404, "not_found");
        assert_echo(&body, &agent.get(&draft.path()).await.expect(200).json());

        let published = agent.publish(&draft).await;
        let seen = visitor.get(&draft.path()).await.expect(200);
        assert_echo(&body, &seen.json());
        assert_eq!(
            visitor.get(&format!("{PATH}/{}", draft.slug)).await.expect(200).json(),
            seen.json()
        );
        for other in TYPES.iter().map(|row| row.3).filter(|other| *other != block) {
            assert!(seen.at(&format!("/{other}")).is_null(), "{other} in {seen:?}");
        }

        let dearer =
            json!({price: 777_000_000, block: body[block].clone(), "title": "A better title"});
        let changed =
            agent.patch(&draft.path(), dearer).if_match(&published.etag).await.expect(200);
        assert_eq!(changed.at("/price"), 777_000_000);
        assert_eq!(changed.at("/description"), body["description"], "what was not sent stays");
        let seen = visitor.get(&draft.path()).await.expect(200);
        assert_eq!(
            (seen.at("/price"), seen.at("/title")),
            (json!(777_000_000), json!("A better title"))
        );

        let hidden =
            agent.post_empty(&draft.at("unpublish")).if_match(changed.etag()).await.expect(200);
        visitor.get(&draft.path()).await.problem(404, "not_found");
        let again = agent.publish(&Listing::of(&hidden)).await;
        assert_eq!(again.json["published_at"], published.json["published_at"], "first published");

        let gone = agent.delete(&draft.path()).if_match(&again.etag).await.expect(204);
        assert!(gone.body.is_empty());
        for path in [draft.path(), format!("{PATH}/{}", draft.slug)] {
            visitor.get(&path).await.problem(404, "not_found");
        }
        let restored =
            agent.post_empty(&draft.at("restore")).if_match("\"6-en\"").await.expect(200);
        assert_eq!(restored.at("/version"), 7);
        let _ = visitor.get(&draft.path()).await.expect(200);
        let _ = agent.delete(&draft.path()).if_match(restored.etag()).await.expect(204);
    }
}

#[tokio::test]
async fn what_the_brand_does_not_offer_is_refused() {
    for product in ["bestays", "realestate"] {
        let app = spawn_app(product).await;
        let agent = app.agent("somchai").await;
        for (kind, home, ..) in TYPES.iter().filter(|row| row.1 != product) {
            let reply = agent.post(PATH, listing::of_type(kind)).await;
            reply.problem(422, "invalid_input");
            assert_eq!(
                reply.fields(),
                ["/transaction_type not_offered"],
                "{kind} of {home}: {reply:?}"
            );
        }
        let rows: i64 = app.value("SELECT count(*) FROM properties").await;
        assert_eq!(rows, 0);
    }
}

#[tokio::test]
async fn a_block_of_another_type_is_misplaced() {
    let app = spawn_app("realestate").await;
    let agent = app.agent("somchai").await;
    for (kind, product, _, own) in TYPES.iter().filter(|row| row.1 == "realestate") {
        for (other, _, _, block) in TYPES.iter().filter(|row| row.3 != *own) {
            let block_value = listing::of_type(other)[block].clone();
            let body = listing::with(listing::of_type(kind), json!({*block: block_value.clone()}));
            let reply = agent.post(PATH, body).await;
            assert_eq!(
                reply.fields(),
                [format!("/{block} misplaced")],
                "{kind} of {product}: {reply:?}"
            );
        }
    }
    let made = agent.create(listing::sale()).await;
    let reply = agent.patch(&made.path(), json!({"lease_details": {}})).if_match(&made.etag).await;
    assert_eq!(reply.fields(), ["/lease_details misplaced"], "{reply:?}");
    // Without its block a listing is sound.
    let bare = listing::with(listing::sale(), json!({"sale_details": null}));
    assert!(agent.create(bare).await.json["sale_details"].is_null());
}

#[tokio::test]
async fn the_price_of_its_type_is_there_and_positive() {
    let apps = [spawn_app("bestays").await, spawn_app("realestate").await];
    for (kind, product, price, _) in TYPES {
        let app = apps.iter().find(|app| app.product == product).unwrap();
        let agent = app.agent("somchai").await;
        let with_price =
            |value: Value| listing::with(listing::of_type(kind), json!({price: value}));
        let missing = agent.post(PATH, with_price(Value::Null)).await;
        assert_eq!(missing.fields(), [format!("/{price} required")], "{missing:?}");
        let mut null = listing::of_type(kind);
        null[price] = Value::Null;
        assert_eq!(agent.post(PATH, null).await.fields(), [format!("/{price} required")]);
        for wrong in [json!(0), json!(-1), json!(10_000_000_000_001_i64)] {
            let reply = agent.post(PATH, with_price(wrong.clone())).await;
            reply.problem(422, "invalid_input");
            assert_eq!(reply.fields(), [format!("/{price} invalid")], "{wrong}: {reply:?}");
        }
        let least = agent.create(with_price(json!(1))).await;
        assert_eq!(least.json["price"], 1);
        let none = agent.patch(&least.path(), json!({price: null})).if_match(&least.etag).await;
        assert_eq!(none.fields(), [format!("/{price} required")], "{none:?}");
    }
}

#[tokio::test]
async fn what_must_be_in_order_is() {
    let apps = [spawn_app("bestays").await, spawn_app("realestate").await];
    let cases = [
        (
            0,
            listing::rent(),
            json!({"rental_details": {"min_nights": 5, "max_nights": 4}}),
            "/rental_details/max_nights out_of_order",
        ),
        (
            1,
            listing::lease(),
            json!({"lease_details": {"min_term_months": 24, "max_term_months": 12}}),
            "/lease_details/max_term_months out_of_order",
        ),
        (
            1,
            listing::investment(),
            json!({"investment_details": {"stage": "planning", "min_ticket": 2, "target_amount": 1}}),
            "/investment_details/min_ticket out_of_order",
        ),
    ];
    for (app, body, wrong, expected) in cases {
        let agent = apps[app].agent("somchai").await;
        let reply = agent.post(PATH, listing::with(body.clone(), wrong.clone())).await;
        assert_eq!(reply.fields(), [expected], "{reply:?}");
        let made = agent.create(body).await;
        let reply = agent.patch(&made.path(), wrong).if_match(&made.etag).await;
        assert_eq!(reply.fields(), [expected], "{reply:?}");
    }
}

/// Half a pair of coordinates, a blank title: the database's own checks, told as field errors.
#[tokio::test]
async fn what_only_the_database_notices_is_a_field_error_too() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    for wrong in [
        json!({"location_details": {"lat": 7.7}}),
        json!({"location_details": {"lng": 98.3}}),
        json!({"title": "   "}),
        json!({"title": "\u{a0}\u{2003}\u{a0}"}),
    ] {
        let reply = agent.post(PATH, listing::with(listing::rent(), wrong.clone())).await;
        reply.problem(422, "invalid_input");
        assert_eq!(reply.fields().len(), 1, "{wrong}: {reply:?}");
    }
}

#[tokio::test]
async fn slugs_are_unique_and_made_of_the_title() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let named = listing::with(listing::rent(), json!({"slug": "sea-view-villa"}));
    let first = agent.create(named.clone()).await;
    assert_eq!(first.slug, "sea-view-villa");
    let reply = agent.post(PATH, named).await;
    reply.problem(409, "slug_taken");
    assert_eq!(reply.fields(), ["/slug taken"]);
    let second = agent.create(listing::rent()).await;
    assert!(second.slug.starts_with("sea-view-home-in-rawai-"), "{}", second.slug);
    let third = agent.create(listing::rent()).await;
    assert_ne!(second.slug, third.slug);
    let thai = agent.create(listing::with(listing::rent(), json!({"title": "บ้านริมทะเล"}))).await;
    assert!(thai.slug.starts_with("listing-"), "{}", thai.slug);
    let taken =
        agent.patch(&second.path(), json!({"slug": "sea-view-villa"})).if_match(&second.etag).await;
    taken.problem(409, "slug_taken");
    assert_eq!(taken.fields(), ["/slug taken"]);
    let renamed = agent
        .patch(&second.path(), json!({"slug": "moved"}))
        .if_match(&second.etag)
        .await
        .expect(200);
    let _ = agent.publish(&Listing::of(&renamed)).await;
    let _ = app.anonymous().get(&format!("{PATH}/moved")).await.expect(200);
    app.anonymous().get(&format!("{PATH}/{}", second.slug)).await.problem(404, "not_found");
}

#[tokio::test]
async fn null_empties_and_absence_keeps() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let made = agent.create(listing::rent()).await;
    let change = json!({"cover_image": null, "tags": [], "description": ""});
    let changed = agent.patch(&made.path(), change).if_match(&made.etag).await.expect(200);
    assert!(changed.at("/cover_image").is_null());
    assert_eq!(changed.at("/tags"), json!([]));
    assert_eq!(changed.at("/description"), "");
    for kept in [
        "title",
        "rent_price",
        "physical_specs",
        "amenities",
        "policies",
        "contact_info",
        "rental_details",
        "slug",
    ] {
        assert_eq!(changed.json()[kept], made.json[kept], "{kept}");
    }
    let nothing = agent.patch(&made.path(), json!({})).if_match(changed.etag()).await.expect(200);
    assert_eq!(nothing.at("/version"), 3);
    // What it is offered for never changes.
    let other = agent
        .patch(&made.path(), json!({"transaction_type": "sale"}))
        .if_match(nothing.etag())
        .await;
    assert_eq!(other.fields(), ["/transaction_type unknown_field"], "{other:?}");
}

#[tokio::test]
async fn only_an_admin_puts_somebody_else_in_charge() {
    let app = spawn_app("bestays").await;
    let (somchai, malee, admin) =
        (app.agent("somchai").await, app.agent("malee").await, app.admin().await);
    let id = |caller: &terrace_testkit::Caller| json!({"agent_id": caller.user_id.unwrap()});
    let reply = somchai.post(PATH, listing::with(listing::rent(), id(&malee))).await;
    assert_eq!(reply.fields(), ["/agent_id forbidden"], "{reply:?}");
    let own = somchai.create(listing::with(listing::rent(), id(&somchai))).await;
    let reply = somchai.patch(&own.path(), id(&malee)).if_match(&own.etag).await;
    assert_eq!(reply.fields(), ["/agent_id forbidden"], "{reply:?}");
    let reply = somchai.patch(&own.path(), json!({"agent_id": null})).if_match(&own.etag).await;
    assert_eq!(reply.fields(), ["/agent_id forbidden"], "{reply:?}");
    let moved = admin.patch(&own.path(), id(&malee)).if_match(&own.etag).await.expect(200);
    assert_eq!(moved.at("/agent_id"), malee.user_id.unwrap().to_string());
    somchai.get(&own.path()).await.problem(404, "not_found");
    let _ = malee.get(&own.path()).await.expect(200);
    for (field, body) in [
        ("agent_id", json!({"agent_id": uuid::Uuid::now_v7()})),
        ("company_id", json!({"company_id": uuid::Uuid::now_v7()})),
    ] {
        let reply = admin.post(PATH, listing::with(listing::rent(), body)).await;
        assert_eq!(reply.fields(), [format!("/{field} unknown")], "{reply:?}");
    }
}

#[tokio::test]
async fn coordinates_go_together() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let half = listing::with(listing::rent(), json!({"location_details": {"lat": 7.8}}));
    let reply = agent.post(PATH, half).await.expect(422);
    assert_eq!(reply.fields(), ["/location_details/lng required"], "{reply:?}");
}

#[tokio::test]
async fn who_is_put_in_charge_must_be_an_agent() {
    let app = spawn_app("bestays").await;
    let (admin, agent, user) =
        (app.admin().await, app.agent("somchai").await, app.user("ann").await);
    let assigned = |id: &uuid::Uuid| listing::with(listing::rent(), json!({"agent_id": id}));
    let reply = admin.post(PATH, assigned(&user.user_id.unwrap())).await.expect(422);
    assert_eq!(reply.fields(), ["/agent_id unknown"], "{reply:?}");
    let _ = admin.post(PATH, assigned(&agent.user_id.unwrap())).await.expect(201);
}
