//! A fixed set of listings and what the filters mean for each, told a second time in Rust.

use serde_json::{Value, json};
use terrace_testkit::{Listing, Reply, TestApp, listing, spawn_app, with_query};

pub(super) const PATH: &str = "/api/v1/properties";

const KINDS: [&str; 4] = ["sale", "lease", "business", "investment"];
const TYPES: [&str; 5] = ["condo", "villa", "land", "retail", "project"];
const PLACES: [(&str, &str, f64, f64); 5] = [
    ("Phuket", "Mueang Phuket", 7.78, 98.32),
    ("Phuket", "Thalang", 8.03, 98.33),
    ("Bangkok", "Watthana", 13.735, 100.585),
    ("Bangkok", "Khlong Toei", 13.722, 100.56),
    ("Chiang Mai", "Mueang Chiang Mai", 18.788, 98.985),
];
const AMENITIES: [(&str, &str); 5] = [
    ("interior", "wifi"),
    ("exterior", "private_pool"),
    ("exterior", "sea_view"),
    ("building", "gym"),
    ("building", "parking"),
];
const TAGS: [&str; 4] = ["beachfront", "quiet", "new", "ไทย"];

/// A listing as the model knows it.
#[derive(Clone, Debug)]
pub(super) struct Home {
    pub(super) id: String,
    pub(super) slug: String,
    pub(super) kind: &'static str,
    pub(super) property_type: &'static str,
    pub(super) price: i64,
    pub(super) bedrooms: Option<i64>,
    pub(super) bathrooms: Option<f64>,
    pub(super) area: Option<f64>,
    pub(super) land: Option<f64>,
    pub(super) furnished: Option<&'static str>,
    pub(super) province: Option<&'static str>,
    pub(super) district: Option<&'static str>,
    pub(super) place: Option<(f64, f64)>,
    pub(super) amenities: Vec<&'static str>,
    pub(super) tags: Vec<&'static str>,
    pub(super) featured: bool,
    pub(super) priority: i64,
    pub(super) published: i64,
}

/// The nth home: small numbers that come round at different times, so that every filter cuts the
/// set differently and every order has ties.
fn home(nth: usize) -> Home {
    let placed = nth % 7 != 6;
    let (province, district, lat, lng) = PLACES[nth % 5];
    let shift = (nth / 5) as f64 * 0.011;
    let measured = nth % 6 != 5;
    let n = nth as i64;
    Home {
        id: String::new(),
        slug: format!("home-{nth:02}"),
        kind: KINDS[nth % 4],
        property_type: TYPES[nth * 3 % 5],
        price: 100_000 * (1 + n * 7 % 9),
        bedrooms: measured.then_some(n % 5),
        bathrooms: measured.then_some((n % 4) as f64 + 0.5 * (n % 2) as f64),
        area: measured.then_some(20.0 + (n * 13 % 11) as f64 * 17.5),
        land: measured.then_some(400.0 * (1 + n * 11 % 8) as f64),
        furnished: [Some("fully"), Some("partly"), Some("unfurnished"), None][nth / 2 % 4],
        province: placed.then_some(province),
        district: placed.then_some(district),
        place: placed.then_some((lat + shift, lng - shift)),
        amenities: (0..5).filter(|bit| nth >> bit & 1 == 1).map(|bit| AMENITIES[bit].1).collect(),
        tags: (0..4).filter(|bit| (nth * 5) >> bit & 1 == 1).map(|bit| TAGS[bit]).collect(),
        featured: nth % 8 == 3,
        priority: [0, 0, 5, 900][nth % 4],
        published: n * 3 % 5,
    }
}

fn body(home: &Home) -> Value {
    let mut amenities = json!({});
    for (category, slug) in AMENITIES.iter().filter(|(_, slug)| home.amenities.contains(slug)) {
        let list = amenities[category].as_array().cloned().unwrap_or_default();
        amenities[category] = [list, vec![json!(slug)]].concat().into();
    }
    let strip = |mut object: Value| {
        object.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        object
    };
    let price = if home.kind == "lease" { "lease_price" } else { "sale_price" };
    listing::with(
        listing::of_type(home.kind),
        json!({
            "slug": home.slug,
            "property_type": home.property_type,
            price: home.price,
            "physical_specs": strip(json!({"bedrooms": home.bedrooms, "bathrooms": home.bathrooms, "area_sqm": home.area,
                "land_sqm": home.land, "furnished": home.furnished})),
            "location_details": strip(json!({"province": home.province, "district": home.district,
                "lat": home.place.map(|at| at.0), "lng": home.place.map(|at| at.1)})),
            "amenities": amenities,
            "tags": home.tags,
            "is_featured": home.featured,
            "listing_priority": home.priority,
        }),
    )
}

/// Thirty published homes, and some that nobody sees: a draft, one withdrawn, one taken away.
pub(super) async fn estate() -> (TestApp, Vec<Home>) {
    let app = spawn_app("realestate").await;
    let agent = app.agent("somchai").await;
    let mut homes = Vec::new();
    for nth in 0..33 {
        let mut home = home(nth);
        let whole = body(&home);
        // What has no place cannot be published; what is published may lose it.
        let placed = listing::with(
            whole.clone(),
            json!({"location_details": {"province": "Phuket", "district": "Thalang"}}),
        );
        let draft = agent.create(if home.place.is_none() { placed } else { whole }).await;
        home.id = draft.id.to_string();
        if nth == 30 {
            continue;
        }
        let mut published = agent.publish(&draft).await;
        if home.place.is_none() {
            let unplaced = agent.patch(&draft.path(), json!({"location_details": {}}));
            published = Listing::of(&unplaced.if_match(&published.etag).await.expect(200));
        }
        match nth {
            31 => drop(
                agent
                    .post_empty(&draft.at("unpublish"))
                    .if_match(&published.etag)
                    .await
                    .expect(200),
            ),
            32 => drop(agent.delete(&draft.path()).if_match(&published.etag).await.expect(204)),
            _ => homes.push(home),
        }
    }
    let days: Vec<_> =
        homes.iter().map(|home| format!("('{}', {})", home.slug, home.published)).collect();
    app.execute(format!(
        "UPDATE properties p SET published_at = '2026-01-01'::timestamptz + day * interval '1 day' \
         FROM (VALUES {}) AS d (slug, day) WHERE p.slug = d.slug",
        days.join(", ")
    ))
    .await;
    (app, homes)
}

/// The homes of a predicate in the order of a list.
pub(super) fn ordered(homes: &[Home], sort: &str, fits: impl Fn(&Home) -> bool) -> Vec<String> {
    let mut homes: Vec<_> = homes.iter().filter(|home| fits(home)).collect();
    homes.sort_by(|a, b| match sort {
        "recommended" => (b.priority, b.published, &b.id).cmp(&(a.priority, a.published, &a.id)),
        "newest" => (b.published, &b.id).cmp(&(a.published, &a.id)),
        "oldest" => (a.published, &a.id).cmp(&(b.published, &b.id)),
        "price_asc" => (a.price, &a.id).cmp(&(b.price, &b.id)),
        "price_desc" => (b.price, &b.id).cmp(&(a.price, &a.id)),
        other => panic!("{other}"),
    });
    homes.into_iter().map(|home| home.slug.clone()).collect()
}

pub(super) fn slugs(reply: &Reply) -> Vec<String> {
    let items = reply.at("/items").as_array().unwrap_or_else(|| panic!("{reply:?}")).clone();
    items.iter().map(|item| item["slug"].as_str().unwrap().to_owned()).collect()
}

pub(super) async fn list(app: &TestApp, parameters: &[(&str, &str)]) -> Reply {
    app.anonymous().get(&with_query(PATH, parameters)).await.expect(200)
}
