//! What a listing lacks for being shown to everyone.

use serde_json::{Value, json};
use terrace_product::Locale;
use terrace_testkit::{Listing, listing, setup, spawn_app};

/// Fields that are taken from a sound listing, and what is then missing.
type Case = (&'static str, Value, &'static [&'static str]);

fn cases() -> Vec<Case> {
    let place = |location: Value| json!({"location_details": location});
    vec![
        ("sale", json!({}), &[]),
        ("sale", json!({"cover_image": null}), &["/images photos_missing"]),
        ("sale", json!({"cover_image": null, "images": [{"url": "/a.svg"}]}), &[]),
        (
            "sale",
            json!({"description": "Nineteen characters"}),
            &["/description description_short"],
        ),
        ("sale", json!({"description": "ยี่สิบตัวอักษรพอดี!!"}), &[]),
        (
            "sale",
            place(json!({})),
            &[
                "/location_details/province province_missing",
                "/location_details/district place_missing",
            ],
        ),
        (
            "sale",
            place(json!({"province": "Phuket"})),
            &["/location_details/district place_missing"],
        ),
        ("sale", place(json!({"province": "Phuket", "district": "Thalang"})), &[]),
        ("sale", place(json!({"province": "Phuket", "lat": 8.0, "lng": 98.3})), &[]),
        (
            "sale",
            json!({"sale_details": {"foreign_quota": true}}),
            &[
                "/sale_details/ownership_type ownership_missing",
                "/sale_details/title_deed title_deed_missing",
            ],
        ),
        (
            "sale",
            json!({"sale_details": {"ownership_type": "freehold", "title_deed": "none"}}),
            &[],
        ),
        ("lease", json!({}), &[]),
        (
            "lease",
            json!({"lease_details": null}),
            &["/lease_details/min_term_months lease_term_missing"],
        ),
        (
            "lease",
            json!({"lease_details": {"max_term_months": 36}}),
            &["/lease_details/min_term_months lease_term_missing"],
        ),
        ("business", json!({}), &[]),
        (
            "business",
            json!({"business_details": null}),
            &["/business_details/business_type business_type_missing"],
        ),
        ("investment", json!({}), &[]),
        (
            "investment",
            json!({"investment_details": null}),
            &["/investment_details/stage stage_missing"],
        ),
        (
            "investment",
            json!({"investment_details": null, "cover_image": null, "description": ""}),
            &[
                "/images photos_missing",
                "/description description_short",
                "/investment_details/stage stage_missing",
            ],
        ),
    ]
}

fn missing(list: &Value) -> Vec<String> {
    let items = list.as_array().unwrap().iter();
    items
        .map(|item| {
            format!("{} {}", item["pointer"].as_str().unwrap(), item["code"].as_str().unwrap())
        })
        .collect()
}

#[tokio::test]
async fn every_type_says_what_it_lacks() {
    let app = spawn_app("realestate").await;
    let agent = app.agent("somchai").await;
    for (kind, fields, lacks) in cases() {
        let made = agent.create(listing::with(listing::of_type(kind), fields.clone())).await;
        let told = agent.get(&made.at("readiness")).await.expect(200);
        assert_eq!(missing(&told.at("/missing")), lacks, "{kind} {fields}");
        assert_eq!(told.at("/is_ready"), lacks.is_empty());
        for action in ["submit", "publish"] {
            let reply = agent.post_empty(&made.at(action)).if_match(&made.etag).await;
            if lacks.is_empty() {
                let made = Listing::of(&reply.expect(200));
                let _ =
                    agent.post_empty(&made.at("unpublish")).if_match(&made.etag).await.expect(200);
                break;
            }
            let problem = reply.problem(409, "not_ready");
            assert_eq!(problem["errors"], told.at("/missing"), "{kind} {fields}");
        }
    }
}

#[tokio::test]
async fn a_home_for_rent_says_what_a_night_or_a_month_costs() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    for (details, ready) in [
        (json!(null), false),
        (json!({"max_guests": 2}), false),
        (json!({"price_per_night": 100_000}), true),
        (json!({"price_per_month": 2_000_000}), true),
    ] {
        let body = listing::with(listing::rent(), json!({"rental_details": details}));
        let made = agent.create(body).await;
        let told = agent.get(&made.at("readiness")).await.expect(200);
        assert_eq!(told.at("/is_ready"), ready, "{told:?}");
        assert_eq!(told.at("/status"), "draft");
    }
}

#[tokio::test]
async fn somebody_can_be_asked() {
    let app = spawn_app("bestays").await;
    let admin = app.admin().await;
    for (contact, ready) in [
        (json!({}), false),
        (json!({"name": "Somchai"}), false),
        (json!({"line_id": "@somchai"}), true),
        (json!({"phone": "+66811112222"}), true),
    ] {
        // Made by an admin, it has no agent in charge.
        let made =
            admin.create(listing::with(listing::rent(), json!({"contact_info": contact}))).await;
        let told = admin.get(&made.at("readiness")).await.expect(200);
        assert_eq!(told.at("/is_ready"), ready, "{told:?}");
    }
    let body = listing::with(listing::rent(), json!({"contact_info": {}}));
    let made = app.agent("somchai").await.create(body).await;
    assert_eq!(admin.get(&made.at("readiness")).await.expect(200).at("/is_ready"), true);
}

/// What a brand asks for is the brand's to say.
#[tokio::test]
async fn the_profile_says_how_much() {
    let app = setup("bestays")
        .with(|profile| {
            profile.listings.min_photos = 3;
            profile.listings.min_description = 0;
            profile.listings.required_locales = vec![Locale::parse("th").unwrap()];
        })
        .spawn()
        .await;
    let agent = app.agent("somchai").await;
    let pictures = json!([{"url": "/a.svg"}, {"url": "/b.svg"}]);
    let body = listing::with(listing::rent(), json!({"description": "", "images": pictures}));
    let made = agent.create(body).await;
    let told = agent.get(&made.at("readiness")).await.expect(200);
    assert_eq!(missing(&told.at("/missing")), ["/translations/th translation_missing"]);
    let half = agent
        .put(&made.at("translations/th"), json!({"title": "บ้านริมทะเล"}))
        .if_match(&made.etag)
        .await
        .expect(200);
    let told = agent.get(&made.at("readiness")).await.expect(200);
    assert_eq!(told.at("/is_ready"), false, "a title alone is half a translation");
    let whole = json!({"title": "บ้านริมทะเล", "description": "เงียบสงบ"});
    let _ = agent.put(&made.at("translations/th"), whole).if_match(half.etag()).await.expect(200);
    assert_eq!(agent.get(&made.at("readiness")).await.expect(200).at("/is_ready"), true);

    let poor = agent.create(listing::rent()).await;
    let told = agent.get(&poor.at("readiness")).await.expect(200);
    assert_eq!(told.at("/missing/0/detail"), "It needs at least 3 pictures, the cover included.");
}

#[tokio::test]
async fn what_may_be_done_is_told_to_each() {
    let app = spawn_app("bestays").await;
    let (author, admin) = (app.unverified_agent("somchai").await, app.admin().await);
    let draft = author.create(listing::rent()).await;
    let actions = async |caller: &terrace_testkit::Caller| {
        caller.get(&draft.at("readiness")).await.expect(200).at("/actions")
    };
    assert_eq!(actions(&author).await, json!(["submit", "archive"]));
    assert_eq!(actions(&admin).await, json!(["submit", "publish", "archive"]));
    let waiting = author.post_empty(&draft.at("submit")).if_match(&draft.etag).await.expect(200);
    assert_eq!(actions(&author).await, json!(["archive", "unpublish"]));
    assert_eq!(actions(&admin).await, json!(["publish", "reject", "archive", "unpublish"]));
    let _ = author.delete(&draft.path()).if_match(waiting.etag()).await.expect(204);
    assert_eq!(actions(&author).await, json!(["restore"]));
}
