//! From one listing to others like it.

use serde_json::{Value, json};
use terrace_embedding::Embedder;
use terrace_testkit::{Caller, Listing, Reply, TestApp, listing, setup, spawn_app};

async fn similar(caller: &Caller, of: &Listing, query: &str) -> Reply {
    caller.get(&format!("{}?{query}", of.at("similar"))).await.expect(200)
}

fn titles(reply: &Reply) -> Vec<String> {
    let items = reply.at("/items");
    let items = items.as_array().unwrap().iter();
    items.map(|item| item["title"].as_str().unwrap().to_owned()).collect()
}

fn why(reply: &Reply, title: &str) -> Value {
    let items = reply.at("/items");
    let found = items.as_array().unwrap().iter().find(|item| item["title"] == title);
    found.unwrap_or_else(|| panic!("{title} is not in {reply:?}"))["why"].clone()
}

/// A condominium unit for sale of two bedrooms, `km` north of where the first is; million baht.
fn unit(title: &str, km: f64, price: i64) -> Value {
    let location = json!({"country": "TH", "province": "Bangkok", "district": "Watthana",
        "address": format!("{title} {km}"), "lat": 13.73 + km / 111.195, "lng": 100.58});
    let fields = json!({"title": title, "sale_price": price * 100_000_000, "location_details": location,
        "physical_specs": {"bedrooms": 2, "bathrooms": 2.0, "area_sqm": 70.0}, "tags": []});
    listing::with(listing::sale(), fields)
}

async fn brand() -> (TestApp, Caller) {
    let app = spawn_app("realestate").await;
    let agent = app.agent("somchai").await;
    (app, agent)
}

#[tokio::test]
async fn what_costs_as_much_nearby_comes_first() {
    let (app, agent) = brand().await;
    let seed = agent.create_published(unit("Garden flat", 0.0, 10)).await;
    let _ = agent.create_published(unit("Twin", 1.2, 11)).await;
    let _ = agent.create_published(unit("Far away", 300.0, 10)).await;
    let _ = agent.create_published(unit("Palace", 0.5, 40)).await;
    let villa = json!({"property_type": "villa",
        "sale_details": {"ownership_type": "freehold", "title_deed": "chanote"}});
    let _ = agent.create_published(listing::with(unit("House", 1.3, 10), villa)).await;
    let dollars = json!({"currency": "USD"});
    let _ = agent.create_published(listing::with(unit("Dollars", 0.7, 10), dollars)).await;
    let lease = json!({"lease_price": 1_000_000_000});
    let _ = agent.create_published(listing::with(listing::lease(), lease)).await;
    let _ = agent.create(unit("Draft", 0.2, 10)).await;
    let gone = agent.create_published(unit("Gone", 0.3, 10)).await;
    app.settled().await;
    let visitor = app.anonymous();
    assert!(titles(&similar(&visitor, &seed, "").await).contains(&"Gone".to_owned()));
    // At once, before the indexer has looked.
    let _ = agent.post_empty(&gone.at("archive")).if_match(&gone.etag).await.expect(200);

    let reply = similar(&visitor, &seed, "limit=24").await;
    assert_eq!(reply.at("/degraded"), false);
    let found = titles(&reply);
    assert_eq!(found[0], "Twin", "{found:?}");
    let mut sorted = found.clone();
    sorted.sort();
    assert_eq!(sorted, ["Dollars", "Far away", "House", "Palace", "Twin"]);
    // What costs another price comes last.
    assert!(
        found[3..].contains(&"Palace".to_owned()) && found[3..].contains(&"Dollars".to_owned())
    );
    let twin = why(&reply, "Twin");
    assert_eq!(
        (&twin["same_type"], &twin["similar_price"], &twin["price_ratio"], &twin["distance_km"]),
        (&json!(true), &json!(true), &json!(1.1), &json!(1.2))
    );
    assert!(twin["similarity"].as_f64().unwrap() > 0.1, "{twin}");
    assert_eq!(why(&reply, "House")["same_type"], false);
    assert_eq!(
        (&why(&reply, "Palace")["similar_price"], &why(&reply, "Dollars")["price_ratio"]),
        (&json!(false), &json!(null))
    );
    assert_eq!(titles(&similar(&visitor, &seed, "limit=2").await), found[..2]);
}

/// Where the facts are the same, the text decides.
#[tokio::test]
async fn what_is_told_alike_is_alike() {
    let (app, agent) = brand().await;
    let told = |title: &str, km: f64, text: &str| {
        listing::with(unit(title, km, 10), json!({"description": text}))
    };
    let text =
        "A penthouse for sailors: the marina below, a mooring for a yacht, the harbour light.";
    let seed = agent.create_published(told("Mast", 0.0, text)).await;
    for nth in 1..6 {
        let other = "Cattle, orchards, a barn and a tractor; rice as far as one can see, no water.";
        let _ = agent.create_published(told(&format!("Barn {nth}"), f64::from(nth), other)).await;
    }
    let yacht = "For sailors: a mooring for a yacht in the marina, and the harbour light at night.";
    let _ = agent.create_published(told("Sail", 6.0, yacht)).await;
    app.settled().await;
    let reply = similar(&app.anonymous(), &seed, "").await;
    assert_eq!(titles(&reply)[0], "Sail");
    let of = |title: &str| why(&reply, title)["similarity"].as_f64().unwrap();
    assert!(of("Sail") > of("Barn 1") + 0.1, "{} {}", of("Sail"), of("Barn 1"));
}

#[tokio::test]
async fn a_tower_is_not_shown_ten_times() {
    let (app, agent) = brand().await;
    let seed = agent.create_published(unit("Sky Tower unit", 0.0, 10)).await;
    for nth in 1..=12 {
        let _ = agent.create_published(unit(&format!("Sky Tower unit {nth}"), 0.0, 10)).await;
    }
    for nth in 1..=5_i32 {
        let other = unit(
            &format!("Number {}", "i".repeat(nth.unsigned_abs() as usize)),
            f64::from(nth),
            12,
        );
        let _ = agent.create_published(other).await;
    }
    app.settled().await;
    for locale in ["en", "th"] {
        let reply = similar(&app.anonymous(), &seed, &format!("locale={locale}")).await;
        let found = titles(&reply);
        let of_tower = found.iter().filter(|title| title.starts_with("Sky")).count();
        assert_eq!((found.len(), of_tower), (7, 2), "{found:?}");
        assert_eq!(reply.header("content-language"), locale);
    }
}

#[tokio::test]
async fn without_vectors_facts_alone_answer() {
    let app = setup("realestate").with(|profile| profile.jobs.in_server = false).spawn().await;
    let agent = app.agent("somchai").await;
    let seed = agent.create_published(unit("Garden flat", 0.0, 10)).await;
    let _ = agent.create_published(unit("Twin", 1.0, 11)).await;
    let visitor = app.anonymous();
    // The model has no slot yet; then it has one, and no vectors.
    for _ in 0..2 {
        let reply = similar(&visitor, &seed, "").await;
        assert_eq!(reply.at("/degraded"), true);
        assert_eq!(titles(&reply), ["Twin"]);
        assert_eq!(reply.at("/items/0/why/similarity"), json!(null));
        let state = app.state();
        let model = state.search.embedder.model();
        let sql = format!(
            "INSERT INTO search_models (slot, model) VALUES (0, '{}') ON CONFLICT DO NOTHING",
            model.as_str()
        );
        app.execute(sql).await;
    }
    // Nothing is like it: that is an answer.
    let alone = agent.create_published(listing::lease()).await;
    assert_eq!(similar(&visitor, &alone, "").await.at("/items"), json!([]));
}

#[tokio::test]
async fn only_what_everyone_sees_has_others_like_it() {
    let (app, agent) = brand().await;
    let visitor = app.anonymous();
    let draft = agent.create(unit("Draft", 0.0, 10)).await;
    let made = agent.create_published(unit("Flat", 0.0, 10)).await;
    for path in [
        draft.at("similar"),
        "/api/v1/properties/019abc00-0000-7000-8000-000000000000/similar".to_owned(),
        "/api/v1/properties/not-an-id/similar".to_owned(),
    ] {
        let _ = visitor.get(&path).await.problem(404, "not_found");
        let _ = agent.get(&path).await.problem(404, "not_found");
    }
    let ok = similar(&visitor, &made, "").await;
    assert_eq!(ok.header("cache-control"), "public, no-cache");
    let again = visitor.get(&made.at("similar")).header("if-none-match", ok.etag());
    let _ = again.await.expect(304);
    for (query, field) in [
        ("limit=0", "limit invalid"),
        ("limit=25", "limit invalid"),
        ("limit=x", "limit invalid"),
        ("locale=xx", "locale invalid"),
        ("price_max=1", "price_max unknown_parameter"),
    ] {
        let reply = visitor.get(&format!("{}?{query}", made.at("similar"))).await;
        let _ = reply.problem(400, "invalid_parameter");
        assert_eq!(reply.fields(), [field]);
    }
    let _ = agent.delete(&made.path()).if_match(&made.etag).await.expect(204);
    let _ = visitor.get(&made.at("similar")).await.problem(404, "not_found");
}
