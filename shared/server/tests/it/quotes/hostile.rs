//! What is refused, by name.

use serde_json::{Value, json};
use terrace_testkit::spawn_app;
use uuid::Uuid;

use super::{day, nights, price, villa};

#[tokio::test]
async fn nonsense_has_no_price() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let home = agent.create_published(villa()).await;
    let visitor = app.anonymous();
    let with = |field: &str, value: Value| {
        let mut stay = nights(60, 3);
        stay[field] = value;
        stay
    };
    for (stay, field) in [
        (with("check_out", json!(day(60))), "/check_out out_of_range"),
        (with("check_out", json!(day(59))), "/check_out out_of_range"),
        (with("check_out", json!(day(60 + 367))), "/check_out out_of_range"),
        (with("check_in", json!("1999-12-31")), "/check_in invalid"),
        (with("check_out", json!("2201-01-01")), "/check_out invalid"),
        (with("check_out", json!("9999-12-31")), "/check_out invalid"),
        (with("check_out", json!("+262142-12-31")), "/check_out invalid"),
        (with("check_in", json!("-0001-01-01")), "/check_in invalid"),
        (with("check_in", json!("2027-02-30")), "/check_in invalid_type"),
        (with("check_in", json!("tomorrow")), "/check_in invalid_type"),
        (with("check_in", json!(20_270_301)), "/check_in invalid_type"),
        (with("check_in", Value::Null), "/check_in invalid_type"),
        (with("guests", json!(0)), "/guests invalid"),
        (with("guests", json!(-1)), "/guests invalid"),
        (with("guests", json!(1001)), "/guests invalid"),
        (with("guests", json!(2.5)), "/guests invalid_type"),
        (with("guests", json!("2")), "/guests invalid_type"),
        (with("guests", json!(3_000_000_000_i64)), "/guests invalid_type"),
        (with("coupon", json!("")), "/coupon invalid"),
        (with("coupon", json!("   ")), "/coupon invalid"),
        (with("coupon", json!("x".repeat(41))), "/coupon invalid"),
        (with("coupon", json!("A\u{0}B")), "/coupon invalid"),
        (with("coupon", json!(["A"])), "/coupon invalid_type"),
        (with("total", json!(1)), "/total unknown_field"),
        (with("price_per_night", json!(1)), "/price_per_night unknown_field"),
        (json!({"check_in": day(60), "check_out": day(63)}), "/guests required"),
        (json!([day(60), day(63), 2]), " invalid_type"),
    ] {
        let refused = price(&visitor, &home, stay.clone()).await;
        refused.problem(422, "invalid_input");
        let fields = refused.fields();
        assert!(fields.contains(&field.to_owned()), "{stay}: {fields:?}");
    }
    let path = format!("/api/v1/properties/{}/quote", Uuid::new_v4());
    visitor.post(&path, nights(60, 3)).await.problem(404, "not_found");
    visitor.post("/api/v1/properties/x/quote", nights(60, 3)).await.problem(404, "not_found");
    visitor.get(&format!("/api/v1/quotes/{}", Uuid::new_v4())).await.problem(404, "not_found");
    visitor.get("/api/v1/quotes/1").await.problem(404, "not_found");
    // Nothing of it was kept.
    assert_eq!(app.value::<i64>("SELECT count(*) FROM quotes").await, 0);
}

#[tokio::test]
async fn a_price_beyond_all_bounds_is_refused() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let mut dear = villa();
    dear["rental_details"]["price_per_night"] = json!(10_000_000_000_000_i64);
    let home = agent.create_published(dear).await;
    let _ = price(&app.anonymous(), &home, nights(60, 1)).await.expect(201);
    let refused = price(&app.anonymous(), &home, nights(60, 2)).await;
    refused.problem(422, "invalid_input");
    assert_eq!(refused.fields(), ["/check_out too_dear"]);
}
