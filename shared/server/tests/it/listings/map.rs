//! A map shows every listing once, alone or in a cluster.

use std::{collections::BTreeMap, f64::consts::PI};

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use serde_json::{Value, json};
use terrace_testkit::{Caller, Reply, TestApp, listing, setup, spawn_app, with_query};

use super::homes::{list, slugs};

const PATH: &str = "/api/v1/properties/map";

/// Longitude, latitude, price.
type Place = (f64, f64, i64);

/// Published listings of a brand for rent, put where they are by SQL: there are many.
async fn fill(app: &TestApp, places: &[Place]) {
    let rows: Vec<_> = places
        .iter()
        .enumerate()
        .map(|(n, (lng, lat, price))| {
            let kind = if n % 3 == 0 { "villa" } else { "condo" };
            format!(
                "('place-{n}', 'Place {n}', 'rent', '{kind}', {price}, \
                 '{{\"lat\": {lat:?}, \"lng\": {lng:?}}}', true, 'published', now())"
            )
        })
        .collect();
    app.execute(format!(
        "INSERT INTO properties (slug, title, transaction_type, property_type, rent_price, \
            location_details, is_published, status, published_at) VALUES {}; ANALYZE properties",
        rows.join(", ")
    ))
    .await;
}

async fn map(app: &TestApp, parameters: &[(&str, &str)]) -> Reply {
    app.anonymous().get(&with_query(PATH, parameters)).await.expect(200)
}

fn array(reply: &Reply, pointer: &str) -> Vec<Value> {
    reply.at(pointer).as_array().unwrap().clone()
}

fn bbox_of(cluster: &Value) -> String {
    let corners: Vec<_> =
        cluster["bbox"].as_array().unwrap().iter().map(|corner| corner.to_string()).collect();
    corners.join(",")
}

/// Where listings are: towns that are full, towers where many are at one place, the ends of the
/// world, and the country between.
fn places() -> impl Strategy<Value = Vec<Place>> {
    let place = prop_oneof![
        4 => (100.4..100.7_f64, 13.6..13.9_f64),
        4 => (98.2..98.4_f64, 7.7..8.1_f64),
        3 => (97.0..106.0_f64, 5.5..20.6_f64),
        2 => (-180.0..=180.0_f64, -90.0..=90.0_f64),
        2 => prop_oneof![Just((100.5, 13.75)), Just((98.3, 7.9)), Just((100.5001, 13.75))],
        1 => prop_oneof![Just((180.0, 0.0)), Just((-180.0, 0.0)), Just((0.0, 90.0)), Just((0.0, -90.0)),
            (179.9..=180.0_f64, -17.0..-16.9_f64), (-180.0..-179.9_f64, -17.0..-16.9_f64)],
    ];
    let price = 100_000..1_000_000_000_i64;
    // To six decimals: serde_json would read longer ones back with another last bit.
    let short = |degrees: f64| (degrees * 1e6).round() / 1e6;
    let place = (place, price).prop_map(move |((lng, lat), price)| (short(lng), short(lat), price));
    proptest::collection::vec(place, 3000)
}

/// A box of any size around somewhere where there is something.
fn views() -> impl Strategy<Value = ([f64; 4], u8)> {
    let at = prop_oneof![
        (100.4..100.7_f64, 13.6..13.9_f64),
        (98.2..98.4_f64, 7.7..8.1_f64),
        (-180.0..=180.0_f64, -90.0..=90.0_f64),
        prop_oneof![
            Just((100.5, 13.75)),
            Just((179.99, -16.95)),
            Just((-180.0, 0.0)),
            Just((0.0, 90.0))
        ],
    ];
    let free =
        (-4.0..2.5_f64, -4.0..2.5_f64).prop_map(|(w, h)| Some((10_f64.powf(w), 10_f64.powf(h))));
    // Or as large as a screen.
    let size = prop_oneof![free, Just(None)];
    (at, size, 0..=22_u8).prop_map(|((lng, lat), size, zoom)| {
        let pixel = 360.0 / (256.0 * f64::from(1_u32 << zoom));
        let (wide, high) = size.unwrap_or((1000.0 * pixel, 600.0 * pixel));
        let corners = [
            (lng - wide / 2.0).max(-180.0),
            (lat - high / 2.0).max(-90.0),
            (lng + wide / 2.0).min(180.0),
            (lat + high / 2.0).min(90.0),
        ];
        (corners, zoom)
    })
}

/// The square of a place, said a second time.
fn square(lng: f64, lat: f64, zoom: u64) -> (u64, u64) {
    let across = f64::from(1_u32 << (zoom + 2));
    let lat = lat.clamp(-85.051_128_779_806_59, 85.051_128_779_806_59).to_radians();
    let north = 0.5 + (PI / 4.0 + lat / 2.0).tan().ln() / (2.0 * PI);
    let number = |share: f64| (share * across).floor().clamp(0.0, across - 1.0) as u64;
    (number((lng + 180.0) / 360.0), number(north))
}

/// What a box holds, gathered by what keeps it together.
fn gathered(inside: &[Place], zoom: u64, by_place: bool) -> Vec<Vec<Place>> {
    let mut groups: BTreeMap<_, Vec<Place>> = BTreeMap::new();
    for place in inside {
        let (lng, lat, _) = *place;
        let key = if by_place { (lng.to_bits(), lat.to_bits()) } else { square(lng, lat, zoom) };
        groups.entry(key).or_default().push(*place);
    }
    groups.into_values().collect()
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
}

/// A cluster's numbers, in an order.
fn told(clusters: &[Value]) -> Vec<String> {
    let mut told: Vec<_> = clusters
        .iter()
        .map(|c| format!("{} {} {} {}", bbox_of(c), c["count"], c["price_min"], c["price_max"]))
        .collect();
    told.sort();
    told
}

fn expected(groups: &[&Vec<Place>]) -> Vec<String> {
    let mut told: Vec<_> = groups
        .iter()
        .map(|group| {
            let (west, east) = range(group.iter().map(|place| place.0));
            let (south, north) = range(group.iter().map(|place| place.1));
            let low = group.iter().map(|place| place.2).min().unwrap();
            let high = group.iter().map(|place| place.2).max().unwrap();
            let bbox: Vec<_> =
                [west, south, east, north].map(|corner| json!(corner).to_string()).to_vec();
            format!("{} {} {low} {high}", bbox.join(","), group.len())
        })
        .collect();
    told.sort();
    told
}

/// Random listings, random boxes: what is inside is there once, in the squares of the whole
/// world, and nothing else is. Each cluster's box lists exactly the cluster.
#[tokio::test]
async fn entries_are_a_partition_of_what_is_inside() {
    let app = setup("bestays").with(|profile| profile.limits.enabled = false).spawn().await;
    let mut runner = TestRunner::deterministic();
    let places = places().new_tree(&mut runner).unwrap().current();
    fill(&app, &places).await;
    let (mut clusters_seen, mut pins_seen, mut places_seen) = (0, 0, 0);
    for case in 0..500 {
        let ([west, south, east, north], zoom) = views().new_tree(&mut runner).unwrap().current();
        let (bbox, zoom_text) = (format!("{west},{south},{east},{north}"), zoom.to_string());
        let what = format!("case {case}: bbox={bbox}&zoom={zoom}");
        let reply = map(&app, &[("bbox", &bbox), ("zoom", &zoom_text)]).await;
        let (clusters, pins) = (array(&reply, "/clusters"), array(&reply, "/items"));
        let drawn_at = reply.at("/zoom").as_u64().unwrap();
        assert!(drawn_at <= u64::from(zoom), "{what}");
        assert!(clusters.len() + pins.len() <= 600, "{what}: {}", clusters.len() + pins.len());
        let inside: Vec<Place> = places
            .iter()
            .filter(|(lng, lat, _)| (west..=east).contains(lng) && (south..=north).contains(lat))
            .copied()
            .collect();
        let by_place = zoom >= 17
            && drawn_at == u64::from(zoom)
            && gathered(&inside, drawn_at, true).len() <= 500;
        let groups = gathered(&inside, drawn_at, by_place);
        let together: Vec<_> = groups.iter().filter(|group| group.len() > 1).collect();
        assert_eq!(told(&clusters), expected(&together), "{what}");
        let mut alone: Vec<_> =
            groups.iter().filter(|group| group.len() == 1).map(|group| group[0]).collect();
        let mut shown: Vec<Place> = pins
            .iter()
            .map(|pin| {
                let number = |name: &str| pin[name].as_f64().unwrap();
                (number("lng"), number("lat"), pin["price"].as_i64().unwrap())
            })
            .collect();
        let order = |a: &Place, b: &Place| a.partial_cmp(b).unwrap();
        alone.sort_by(order);
        shown.sort_by(order);
        assert_eq!(shown, alone, "{what}");
        assert_eq!(reply.at("/total"), inside.len(), "{what}");
        let counted = list(&app, &[("bbox", &bbox), ("count", "true"), ("limit", "1")]).await;
        if !inside.is_empty() {
            assert_eq!(counted.at("/total"), inside.len(), "{what}: the list counts otherwise");
        }
        for cluster in clusters.iter().step_by(97) {
            let bbox = bbox_of(cluster);
            let listed = list(&app, &[("bbox", &bbox), ("count", "true"), ("limit", "1")]).await;
            assert_eq!(listed.at("/total"), cluster["count"], "{what}: {cluster}");
            let number = |at: usize| cluster["bbox"][at].as_f64().unwrap();
            let (lng, lat) = (cluster["lng"].as_f64().unwrap(), cluster["lat"].as_f64().unwrap());
            assert!((number(0)..=number(2)).contains(&lng), "{what}: {cluster}");
            assert!((number(1)..=number(3)).contains(&lat), "{what}: {cluster}");
        }
        clusters_seen += clusters.len();
        pins_seen += pins.len();
        places_seen += usize::from(by_place && !groups.is_empty());
    }
    assert!(
        clusters_seen > 500 && pins_seen > 500 && places_seen > 10,
        "the set tells too little: {clusters_seen} clusters, {pins_seen} pins, {places_seen} by place"
    );
}

/// Where each place would stand for itself but there are too many, squares gather them.
#[tokio::test]
async fn a_crowd_is_gathered_at_any_zoom() {
    let app = spawn_app("bestays").await;
    let street: Vec<Place> =
        (0..600).map(|n| (100.5 + f64::from(n) * 1e-6, 13.75, 100_000 + i64::from(n))).collect();
    fill(&app, &street).await;
    let view = [("bbox", "100.499,13.749,100.502,13.751"), ("zoom", "17")];
    let crowd = map(&app, &view).await;
    let entries = array(&crowd, "/clusters").len() + array(&crowd, "/items").len();
    assert!(entries < 10, "{entries}");
    assert_eq!(crowd.at("/total"), 600);
    app.execute(
        "UPDATE properties SET is_published = false, status = 'draft' WHERE rent_price >= 100500",
    )
    .await;
    // Another map than the one that is remembered until the feed tells of this change.
    let fewer = map(&app, &[view[0], view[1], ("price_max", "1000000")]).await;
    assert_eq!(array(&fewer, "/items").len(), 500);
}

/// A tower stays together at the greatest zoom, and its box names who lives there.
#[tokio::test]
async fn what_lies_at_one_place_is_one_cluster_whose_box_lists_it() {
    let app = spawn_app("bestays").await;
    fill(
        &app,
        &[(100.5, 13.75, 100), (100.5, 13.75, 300), (100.5, 13.75, 200), (100.50002, 13.75, 50)],
    )
    .await;
    let reply = map(&app, &[("bbox", "100.49,13.74,100.51,13.76"), ("zoom", "22")]).await;
    // So wide a box at so great a zoom has too many squares.
    assert!(reply.at("/zoom").as_u64().unwrap() < 22);
    let close = map(&app, &[("bbox", "100.4999,13.7499,100.5001,13.7501"), ("zoom", "22")]).await;
    assert_eq!(close.at("/zoom"), 22);
    let [tower] = &array(&close, "/clusters")[..] else { panic!("{close:?}") };
    assert_eq!(
        *tower,
        json!({"lat": 13.75, "lng": 100.5, "count": 3, "price_min": 100, "price_max": 300,
            "bbox": [100.5, 13.75, 100.5, 13.75]})
    );
    let mut inside = slugs(&list(&app, &[("bbox", &bbox_of(tower))]).await);
    inside.sort();
    assert_eq!(inside, ["place-0", "place-1", "place-2"]);
    let [pin] = &array(&close, "/items")[..] else { panic!("{close:?}") };
    assert_eq!(pin["slug"], "place-3");
    assert_eq!((pin["lat"].as_f64(), pin["lng"].as_f64()), (Some(13.75), Some(100.50002)));
}

/// A cluster that is wholly in view is the same wherever the view begins.
#[tokio::test]
async fn clusters_stand_still_while_the_map_moves() {
    let app = spawn_app("bestays").await;
    let mut places = Vec::new();
    for n in 0..400_i32 {
        let (a, b) = (f64::from(n % 20) * 0.0131, f64::from(n / 20) * 0.0127);
        places.push((100.4 + a, 13.6 + b, i64::from(100 + n)));
    }
    fill(&app, &places).await;
    let see = async |shift: f64| {
        let corners = [100.40 + shift, 13.6 + shift, 100.62 + shift, 13.82 + shift];
        let bbox = corners.map(|corner| corner.to_string()).join(",");
        array(&map(&app, &[("bbox", &bbox), ("zoom", "11")]).await, "/clusters")
    };
    let before = see(0.0).await;
    let inner = |cluster: &&Value| {
        let number = |at: usize| cluster["bbox"][at].as_f64().unwrap();
        // Squares are less than 0.045 degrees wide at this zoom; no view moves by as much as 0.015.
        let (from_west, from_south) = (number(2) - 0.045, number(3) - 0.045);
        from_west > 100.415
            && from_south > 13.615
            && number(0) + 0.045 < 100.62
            && number(1) + 0.045 < 13.82
    };
    let steady: Vec<_> = before.iter().filter(inner).collect();
    for shift in [0.001, 0.007, 0.0123] {
        let after = see(shift).await;
        for cluster in &steady {
            assert!(after.contains(cluster), "{cluster} moved by {shift}: {after:?}");
        }
    }
    assert!(!steady.is_empty(), "no cluster lies wholly inside: {before:?}");
}

#[tokio::test]
async fn a_circle_is_a_map_too_across_the_date_line_and_at_the_poles() {
    let app = spawn_app("bestays").await;
    fill(
        &app,
        &[
            (179.99, -17.0, 1),
            (-179.99, -17.0, 2),
            (0.0, -17.0, 3),
            (10.0, 89.99, 4),
            (-170.0, 89.99, 5),
            (20.0, -90.0, 6),
        ],
    )
    .await;
    for (near, zoom, found) in [
        ("-17.0,179.995", "12", vec![1, 2]),
        ("-17.0,-179.995", "3", vec![1, 2]),
        ("89.99,0", "8", vec![4, 5]),
        ("-90,77", "20", vec![6]),
        ("0,0", "4", vec![]),
    ] {
        let reply = map(&app, &[("near", near), ("radius_km", "30"), ("zoom", zoom)]).await;
        assert!(array(&reply, "/clusters").is_empty(), "{near}: {reply:?}");
        let mut prices: Vec<_> =
            array(&reply, "/items").iter().map(|pin| pin["price"].as_i64().unwrap()).collect();
        prices.sort_unstable();
        assert_eq!(prices, found, "{near}");
        assert_eq!(reply.at("/total"), found.len());
    }
}

async fn prices(caller: &Caller, query: &str) -> Vec<i64> {
    let reply = caller.get(&format!("{PATH}?bbox=97,5,106,21&zoom=9&{query}")).await.expect(200);
    let pins = array(&reply, "/items");
    let mut prices: Vec<_> = pins.iter().map(|pin| pin["price"].as_i64().unwrap()).collect();
    prices.sort_unstable();
    assert_eq!(reply.at("/total"), prices.len() as u64, "{query}: {reply:?}");
    prices
}

fn at(lat: f64, lng: f64, month: i64, night: Option<i64>) -> Value {
    let mut details = json!({"min_nights": 1, "max_guests": 2, "price_per_month": month});
    if let Some(night) = night {
        details["price_per_night"] = json!(night);
    }
    let body = json!({"rent_price": month, "rental_details": details,
        "location_details": {"country": "TH", "province": "Phuket", "district": "Thalang", "lat": lat, "lng": lng}});
    listing::with(listing::rent(), body)
}

/// The filters, scopes and languages of lists hold, and a change is seen at once.
#[tokio::test]
async fn a_map_is_of_what_the_list_would_show() {
    let app = spawn_app("bestays").await;
    let (agent, admin) = (app.agent("somchai").await, app.admin().await);
    let first = agent.create_published(at(8.0, 98.3, 3_000_000, Some(200_000))).await;
    let _ = agent.create_published(at(13.0, 100.3, 6_000_000, Some(400_000))).await;
    let _ = agent.create_published(at(18.0, 99.0, 9_000_000, None)).await;
    let _ = agent.create(at(16.0, 103.0, 1_000_000, Some(10_000))).await;
    let visitor = app.anonymous();
    assert_eq!(prices(&visitor, "").await, [3_000_000, 6_000_000, 9_000_000]);
    assert_eq!(prices(&visitor, "price_min=4000000").await, [6_000_000, 9_000_000]);
    assert_eq!(prices(&visitor, "price_per_night_min=200001").await, [6_000_000]);
    assert_eq!(prices(&visitor, "price_per_night_max=400000").await, [3_000_000, 6_000_000]);
    assert_eq!(prices(&visitor, "near=8.0,98.3").await, [3_000_000]);
    assert_eq!(prices(&agent, "scope=own").await, [1_000_000, 3_000_000, 6_000_000, 9_000_000]);
    assert_eq!(prices(&admin, "scope=all&status=draft").await, [1_000_000]);
    let _ = visitor.get(&format!("{PATH}?bbox=97,5,106,21&zoom=9&scope=own")).await.expect(401);
    let _ = agent.get(&format!("{PATH}?bbox=97,5,106,21&zoom=9&scope=all")).await.expect(403);

    let _ = agent
        .put(&first.at("translations/th"), json!({"title": "บ้านริมทะเล"}))
        .if_match(&first.etag)
        .await
        .expect(200);
    let query = "bbox=98,7,99,9&zoom=9&locale=th";
    let thai = visitor.get(&format!("{PATH}?{query}")).await.expect(200);
    assert_eq!(thai.header("content-language"), "th");
    let pin = &array(&thai, "/items")[0];
    assert_eq!(pin["title"], "บ้านริมทะเล");
    assert_eq!(pin["id"], first.id.to_string());
    assert_eq!((&pin["currency"], &pin["price_per_night"]), (&json!("THB"), &json!(200_000)));
    assert_eq!(pin["cover_image"], visitor.get(&first.path()).await.expect(200).at("/cover_image"));

    // The same bytes twice, and another map as soon as a listing has changed.
    assert_eq!(thai.header("cache-control"), "public, no-cache");
    let again = visitor.get(&format!("{PATH}?{query}")).header("if-none-match", thai.etag()).await;
    assert_eq!(again.status, 304);
    let seen = agent.get(&first.path()).await.expect(200).etag();
    let _ = agent.post_empty(&first.at("unpublish")).if_match(seen).await.expect(200);
    assert_eq!(prices(&visitor, "").await, [6_000_000, 9_000_000], "an old map after the change");
    let gone = visitor.get(&format!("{PATH}?{query}")).header("if-none-match", thai.etag()).await;
    assert_eq!(gone.expect(200).at("/total"), 0);
}

/// A range of prices is in one currency.
#[tokio::test]
async fn prices_in_other_currencies_are_in_no_range() {
    let app = spawn_app("bestays").await;
    fill(&app, &[(100.5, 13.75, 500), (100.5, 13.75, 7), (98.3, 7.9, 9), (98.3, 7.9, 9)]).await;
    app.execute("UPDATE properties SET currency = 'USD' WHERE rent_price < 10").await;
    let reply = map(&app, &[("bbox", "97,5,106,21"), ("zoom", "6")]).await;
    let mut ranges: Vec<_> = array(&reply, "/clusters")
        .iter()
        .map(|c| format!("{} {} {}", c["count"], c["price_min"], c["price_max"]))
        .collect();
    ranges.sort();
    assert_eq!(ranges, ["2 500 500", "2 null null"]);
    assert_eq!(reply.at("/currency"), "THB");
}

#[tokio::test]
async fn parameters_that_cannot_be_are_named() {
    let app = spawn_app("bestays").await;
    for (query, expected) in [
        ("", "zoom required"),
        ("bbox=97,5,106,21", "zoom required"),
        ("zoom=5", "bbox invalid"),
        ("bbox=97,5,106,21&zoom=23", "zoom invalid"),
        ("bbox=97,5,106,21&zoom=-1", "zoom invalid"),
        ("bbox=97,5,106,21&zoom=256", "zoom invalid"),
        ("bbox=97,5,106,21&zoom=5.5", "zoom invalid"),
        ("bbox=97,5,106,21&zoom=", "zoom invalid"),
        ("bbox=97,5,106,21&zoom=5&zoom=6", "zoom duplicate_parameter"),
        ("bbox=106,5,97,21&zoom=5", "bbox invalid"),
        ("bbox=97,5,106&zoom=5", "bbox invalid"),
        ("bbox=NaN,5,106,21&zoom=5", "bbox invalid"),
        ("bbox=97,5,181,21&zoom=5", "bbox invalid"),
        ("near=91,0&zoom=5", "near invalid"),
        ("near=1,1&radius_km=501&zoom=5", "radius_km invalid"),
        ("bbox=97,5,106,21&radius_km=5&zoom=5", "radius_km invalid"),
        ("bbox=97,5,106,21&zoom=5&colour=red", "colour unknown_parameter"),
        ("bbox=97,5,106,21&zoom=5&sort=newest", "sort unknown_parameter"),
        ("bbox=97,5,106,21&zoom=5&limit=5", "limit unknown_parameter"),
        ("bbox=97,5,106,21&zoom=5&cursor=x", "cursor unknown_parameter"),
        ("bbox=97,5,106,21&zoom=5&count=true", "count unknown_parameter"),
        ("bbox=97,5,106,21&zoom=5&price_min=x", "price_min invalid"),
        ("bbox=97,5,106,21&zoom=5&price_per_night_min=-1", "price_per_night invalid"),
        ("bbox=97,5,106,21&zoom=5&locale=de", "locale invalid"),
        ("bbox=97,5,106,21%00&zoom=5", "bbox invalid"),
    ] {
        let reply = app.anonymous().get(&format!("{PATH}?{query}")).await;
        reply.problem(400, "invalid_parameter");
        assert_eq!(reply.fields(), [expected], "{query}: {reply:?}");
    }
}

/// `map` is the address of the map.
#[tokio::test]
async fn no_listing_is_called_map() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let refused = agent
        .post("/api/v1/properties", listing::with(listing::rent(), json!({"slug": "map"})))
        .await;
    refused.problem(422, "invalid_input");
    assert!(refused.fields()[0].starts_with("/slug "), "{refused:?}");
}
