//! Query parameters are never silently ignored.

use terrace_testkit::spawn_app;

#[tokio::test]
async fn what_cannot_be_read_is_named() {
    let app = spawn_app("bestays").await;
    let visitor = app.anonymous();
    for (query, expected) in [
        ("colour=red", "colour unknown_parameter"),
        ("limit=5&limit=6", "limit duplicate_parameter"),
        ("limit=0", "limit invalid"),
        ("limit=101", "limit invalid"),
        ("limit=abc", "limit invalid"),
        ("limit=-1", "limit invalid"),
        ("limit=", "limit invalid"),
        ("price_min=cheap", "price_min invalid"),
        ("price_min=9223372036854775808", "price_min invalid"),
        ("price_min=5&price_max=4", "price_max invalid"),
        ("price_per_night_min=dear", "price_per_night_min invalid"),
        ("price_per_night_min=5&price_per_night_max=4", "price_per_night_max invalid"),
        ("price_per_night_max=-4", "price_per_night invalid"),
        ("bedrooms_min=-1", "bedrooms invalid"),
        ("bathrooms_min=NaN", "bathrooms invalid"),
        ("area_max=inf", "area invalid"),
        ("transaction_type=steal", "transaction_type invalid"),
        ("property_type=villa,castle", "property_type invalid"),
        ("sort=best", "sort unknown_value"),
        ("scope=mine", "scope unknown_value"),
        ("bbox=1,2,3", "bbox invalid"),
        ("bbox=2,2,1,3", "bbox invalid"),
        ("bbox=0,0,181,1", "bbox invalid"),
        ("near=91,0", "near invalid"),
        ("near=here", "near invalid"),
        ("radius_km=5", "radius_km invalid"),
        ("near=1,1&radius_km=0", "radius_km invalid"),
        ("near=1,1&radius_km=501", "radius_km invalid"),
        ("check_in=2026-12-24", "check_out invalid"),
        ("check_out=2026-12-24", "check_in invalid"),
        ("check_in=2026-12-24&check_out=2026-12-24", "check_out invalid"),
        ("check_in=2026-12-24&check_out=2028-12-24", "check_out invalid"),
        ("check_in=2026-02-30&check_out=2026-03-01", "check_in invalid"),
        ("guests=0", "guests invalid"),
        ("featured=maybe", "featured invalid"),
        ("count=2", "count invalid"),
        ("locale=de", "locale invalid"),
        ("locale=", "locale invalid"),
    ] {
        let reply = visitor.get(&format!("/api/v1/properties?{query}")).await;
        reply.problem(400, "invalid_parameter");
        assert_eq!(reply.fields(), [expected], "{query}: {reply:?}");
    }
    for path in [
        "/api/v1/facets",
        "/api/v1/amenities",
        "/api/v1/policies",
        "/api/v1/product",
        "/api/v1/properties/x",
    ] {
        let unknown = visitor.get(&format!("{path}?colour=red")).await;
        assert_eq!(unknown.fields(), ["colour unknown_parameter"], "{unknown:?}");
        let locale = visitor.get(&format!("{path}?locale=de")).await;
        locale.problem(400, "invalid_parameter");
        assert_eq!(locale.fields(), ["locale invalid"], "{locale:?}");
        let twice = visitor.get(&format!("{path}?locale=th&locale=en")).await;
        assert_eq!(twice.fields(), ["locale duplicate_parameter"], "{twice:?}");
    }
}

#[tokio::test]
async fn a_list_of_values_has_a_bound() {
    let app = spawn_app("bestays").await;
    let values = |count: usize| vec!["pool"; count].join(",");
    let fifty = format!("/api/v1/properties?tags={}", values(50));
    let _ = app.anonymous().get(&fifty).await.expect(200);
    let more = app.anonymous().get(&format!("/api/v1/properties?tags={}", values(51))).await;
    assert_eq!(more.fields(), ["tags invalid"], "{more:?}");
}
