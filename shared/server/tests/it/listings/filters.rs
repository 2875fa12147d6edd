//! Every filter against its meaning in Rust.

use super::homes::{Home, estate, list, ordered, slugs};

type Fits = Box<dyn Fn(&Home) -> bool>;
type Filter = (Vec<(&'static str, &'static str)>, Fits);

fn filter(
    parameters: &[(&'static str, &'static str)],
    fits: impl Fn(&Home) -> bool + 'static,
) -> Filter {
    (parameters.to_vec(), Box::new(fits))
}

fn km((lat1, lng1): (f64, f64), (lat2, lng2): (f64, f64)) -> f64 {
    let (dlat, dlng) = ((lat2 - lat1).to_radians(), (lng2 - lng1).to_radians());
    let a = (dlat / 2.0).sin().powi(2)
        + lat1.to_radians().cos() * lat2.to_radians().cos() * (dlng / 2.0).sin().powi(2);
    2.0 * 6371.0 * a.sqrt().min(1.0).asin()
}

fn near(at: (f64, f64), radius: f64) -> impl Fn(&Home) -> bool {
    move |home| home.place.is_some_and(|place| km(at, place) <= radius)
}

fn filters() -> Vec<Filter> {
    vec![
        filter(&[], |_| true),
        filter(&[("transaction_type", "sale")], |h| h.kind == "sale"),
        filter(&[("transaction_type", "sale,lease")], |h| matches!(h.kind, "sale" | "lease")),
        filter(&[("transaction_type", "rent")], |_| false),
        filter(&[("property_type", "villa")], |h| h.property_type == "villa"),
        filter(&[("property_type", "villa, land")], |h| {
            matches!(h.property_type, "villa" | "land")
        }),
        filter(&[("property_type", "warehouse")], |_| false),
        filter(&[("price_min", "400000")], |h| h.price >= 400_000),
        filter(&[("price_max", "400000")], |h| h.price <= 400_000),
        filter(&[("price_min", "300000"), ("price_max", "600000")], |h| {
            (300_000..=600_000).contains(&h.price)
        }),
        filter(&[("price_min", "9223372036854775807")], |_| false),
        filter(&[("bedrooms", "2")], |h| h.bedrooms == Some(2)),
        filter(&[("bedrooms", "0,3")], |h| matches!(h.bedrooms, Some(0 | 3))),
        filter(&[("bedrooms_min", "2")], |h| h.bedrooms.is_some_and(|n| n >= 2)),
        filter(&[("bedrooms_max", "1")], |h| h.bedrooms.is_some_and(|n| n <= 1)),
        filter(&[("bedrooms_min", "1"), ("bedrooms_max", "3")], |h| {
            h.bedrooms.is_some_and(|n| (1..=3).contains(&n))
        }),
        filter(&[("bathrooms", "1.5")], |h| h.bathrooms == Some(1.5)),
        filter(&[("bathrooms", "2,3.5")], |h| h.bathrooms == Some(2.0) || h.bathrooms == Some(3.5)),
        filter(&[("bathrooms_min", "2")], |h| h.bathrooms.is_some_and(|n| n >= 2.0)),
        filter(&[("bathrooms_max", "1.5")], |h| h.bathrooms.is_some_and(|n| n <= 1.5)),
        filter(&[("area_min", "100")], |h| h.area.is_some_and(|n| n >= 100.0)),
        filter(&[("area_max", "72.5")], |h| h.area.is_some_and(|n| n <= 72.5)),
        filter(&[("area_min", "55"), ("area_max", "125")], |h| {
            h.area.is_some_and(|n| (55.0..=125.0).contains(&n))
        }),
        filter(&[("land_min", "1600")], |h| h.land.is_some_and(|n| n >= 1600.0)),
        filter(&[("land_min", "800"), ("land_max", "2400")], |h| {
            h.land.is_some_and(|n| (800.0..=2400.0).contains(&n))
        }),
        filter(&[("furnished", "fully")], |h| h.furnished == Some("fully")),
        filter(&[("furnished", "partly,unfurnished")], |h| {
            matches!(h.furnished, Some("partly" | "unfurnished"))
        }),
        filter(&[("province", "Phuket")], |h| h.province == Some("Phuket")),
        filter(&[("province", "Phuket,Chiang Mai")], |h| {
            matches!(h.province, Some("Phuket" | "Chiang Mai"))
        }),
        filter(&[("province", "phuket")], |_| false),
        filter(&[("district", "Thalang")], |h| h.district == Some("Thalang")),
        filter(&[("district", "Thalang,Watthana")], |h| {
            matches!(h.district, Some("Thalang" | "Watthana"))
        }),
        filter(&[("amenities", "gym")], |h| h.amenities.contains(&"gym")),
        filter(&[("amenities", "gym,sea_view")], |h| {
            h.amenities.iter().any(|a| matches!(*a, "gym" | "sea_view"))
        }),
        filter(&[("amenities_all", "gym,sea_view")], |h| {
            ["gym", "sea_view"].iter().all(|a| h.amenities.contains(a))
        }),
        filter(&[("amenities", "no_such_thing")], |_| false),
        filter(&[("amenities_all", "wifi,no_such_thing")], |_| false),
        filter(&[("tags", "quiet")], |h| h.tags.contains(&"quiet")),
        filter(&[("tags", "new,ไทย")], |h| {
            h.tags.iter().any(|t| matches!(*t, "new" | "ไทย"))
        }),
        filter(&[("tags", "Quiet")], |_| false),
        filter(&[("featured", "true")], |h| h.featured),
        filter(&[("featured", "false")], |h| !h.featured),
        filter(&[("bbox", "98.2,7.7,98.5,8.05")], |h| {
            h.place.is_some_and(|(lat, lng)| {
                (7.7..=8.05).contains(&lat) && (98.2..=98.5).contains(&lng)
            })
        }),
        filter(&[("bbox", "-180,-90,180,90")], |h| h.place.is_some()),
        filter(&[("bbox", "0,0,0,0")], |_| false),
        filter(&[("near", "13.735,100.585")], near((13.735, 100.585), 5.0)),
        filter(&[("near", "13.735,100.585"), ("radius_km", "1")], near((13.735, 100.585), 1.0)),
        filter(&[("near", "8.0,98.3"), ("radius_km", "30")], near((8.0, 98.3), 30.0)),
        filter(&[("near", "13.0,100.0"), ("radius_km", "500")], near((13.0, 100.0), 500.0)),
        filter(&[("near", "89.9,0"), ("radius_km", "500")], |_| false),
    ]
}

#[tokio::test]
async fn each_filter_finds_what_it_means_in_order() {
    let (app, homes) = estate().await;
    let (mut empty, mut partial) = (0, 0);
    for (parameters, fits) in filters() {
        let expected = ordered(&homes, "recommended", fits);
        match expected.len() {
            0 => empty += 1,
            count if count < homes.len() => partial += 1,
            _ => {}
        }
        let asked = [parameters.clone(), vec![("limit", "100"), ("count", "true")]].concat();
        let reply = list(&app, &asked).await;
        assert_eq!(slugs(&reply), expected, "{parameters:?}");
        assert_eq!(reply.at("/total"), expected.len(), "{parameters:?}");
        assert!(reply.at("/next_cursor").is_null(), "{parameters:?}");
    }
    assert!(
        empty < 12 && partial > 30,
        "the set tells too little: {empty} empty, {partial} partial"
    );
}

#[tokio::test]
async fn filters_narrow_together() {
    let (app, homes) = estate().await;
    let filters = filters();
    let mut found = 0;
    for (nth, (left, fits_left)) in filters.iter().enumerate() {
        for (right, fits_right) in filters.iter().skip(nth + 1).step_by(4) {
            let shared = left.iter().any(|(name, _)| right.iter().any(|(other, _)| other == name));
            let crossed = left
                .iter()
                .chain(right)
                .filter(|(name, _)| name.ends_with("_min") || name.ends_with("_max"))
                .count()
                > 1;
            if shared || crossed {
                continue;
            }
            let expected = ordered(&homes, "newest", |home| fits_left(home) && fits_right(home));
            let asked =
                [left.clone(), right.clone(), vec![("limit", "100"), ("sort", "newest")]].concat();
            assert_eq!(slugs(&list(&app, &asked).await), expected, "{asked:?}");
            found += expected.len();
        }
    }
    assert!(found > 300, "the pairs tell too little: {found}");
}

/// Both sides of the line where degrees of longitude begin again.
#[tokio::test]
async fn what_is_near_is_near_across_the_date_line_too() {
    let (app, _) = estate().await;
    app.execute(
        "UPDATE properties SET location_details = '{\"lat\": -17.0, \"lng\": 179.99}' WHERE slug = 'home-00'; \
         UPDATE properties SET location_details = '{\"lat\": -17.0, \"lng\": -179.99}' WHERE slug = 'home-01'",
    )
    .await;
    for near in ["-17.0,179.995", "-17.0,-179.995"] {
        let mut found = slugs(&list(&app, &[("near", near), ("radius_km", "5")]).await);
        found.sort();
        assert_eq!(found, ["home-00", "home-01"], "near {near}");
    }
}
