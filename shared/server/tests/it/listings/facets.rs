//! Facets count what a visitor sees.

use std::collections::BTreeMap;

use super::homes::{Home, estate};
use serde_json::Value;

fn counted(facet: &Value) -> BTreeMap<String, u64> {
    let entries = facet.as_array().unwrap().iter();
    entries
        .map(|entry| {
            (entry["value"].as_str().unwrap().to_owned(), entry["count"].as_u64().unwrap())
        })
        .collect()
}

fn expected(homes: &[&Home], values: impl Fn(&Home) -> Vec<String>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for value in homes.iter().flat_map(|home| values(home)) {
        *counts.entry(value).or_default() += 1;
    }
    counts
}

fn assert_counts(facets: &Value, homes: &[&Home]) {
    let one = |value: Option<String>| value.into_iter().collect::<Vec<_>>();
    assert_eq!(facets["total"], homes.len());
    assert_eq!(counted(&facets["transaction_type"]), expected(homes, |h| vec![h.kind.into()]));
    assert_eq!(
        counted(&facets["property_type"]),
        expected(homes, |h| vec![h.property_type.into()])
    );
    assert_eq!(counted(&facets["province"]), expected(homes, |h| one(h.province.map(Into::into))));
    assert_eq!(counted(&facets["district"]), expected(homes, |h| one(h.district.map(Into::into))));
    assert_eq!(
        counted(&facets["bedrooms"]),
        expected(homes, |h| one(h.bedrooms.map(|n| n.to_string())))
    );
    assert_eq!(
        counted(&facets["amenities"]),
        expected(homes, |h| h.amenities.iter().map(|a| (*a).into()).collect())
    );
    for range in facets["price"].as_array().unwrap() {
        let prices = || {
            homes
                .iter()
                .filter(|home| range["transaction_type"] == home.kind)
                .map(|home| home.price)
        };
        assert_eq!(range["min"], prices().min().unwrap());
        assert_eq!(range["max"], prices().max().unwrap());
    }
}

#[tokio::test]
async fn facets_count_what_the_filters_find() {
    let (app, homes) = estate().await;
    let all = app.anonymous().get("/api/v1/facets").await.expect(200).json();
    assert_counts(&all, &homes.iter().collect::<Vec<_>>());
    for facet in ["property_type", "province", "bedrooms", "amenities"] {
        let counts: Vec<_> = all[facet]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["count"].as_u64().unwrap())
            .collect();
        assert!(counts.is_sorted_by(|a, b| a >= b), "{facet}: the most common first: {counts:?}");
    }
    for kind in ["sale", "lease", "business", "investment", "rent"] {
        let some: Vec<_> = homes.iter().filter(|home| home.kind == kind).collect();
        let facets = app
            .anonymous()
            .get(&format!("/api/v1/facets?transaction_type={kind}"))
            .await
            .expect(200)
            .json();
        assert_counts(&facets, &some);
    }
}

#[tokio::test]
async fn labels_are_in_the_language_asked_for() {
    let (app, _) = estate().await;
    app.execute(
        "INSERT INTO property_translations (property_id, locale, field, value) \
         SELECT id, 'th', 'location_province', 'ภูเก็ต' FROM properties WHERE province = 'Phuket'",
    )
    .await;
    let thai = app.anonymous().get("/api/v1/facets?locale=th").await.expect(200).json();
    let label = |facet: &str, value: &str| {
        let entries = thai[facet].as_array().unwrap().clone();
        entries.iter().find(|entry| entry["value"] == value).unwrap()["label"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(label("province", "Phuket"), "ภูเก็ต");
    assert_eq!(label("province", "Bangkok"), "Bangkok");
    assert_eq!(label("amenities", "wifi"), "ไวไฟ");
}

/// The counts are cached in the brand's own corner of Redis.
#[tokio::test]
async fn counts_may_be_half_a_minute_old() {
    let (app, homes) = estate().await;
    let total = || async { app.anonymous().get("/api/v1/facets").await.expect(200).at("/total") };
    assert_eq!(total().await, homes.len());
    app.execute("UPDATE properties SET is_published = false, status = 'draft'").await;
    assert_eq!(total().await, homes.len(), "not cached");
}
