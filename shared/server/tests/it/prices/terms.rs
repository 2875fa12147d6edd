//! What the price of a stay depends on besides prices.

use serde_json::{Value, json};
use terrace_testkit::{listing, spawn_app};

use crate::quotes::put;

#[tokio::test]
async fn terms_are_replaced_and_read_back() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let home = agent.create(listing::rent()).await;
    let none = json!({"weekend_price_per_night": null, "weekend_nights": [5, 6], "included_guests": null,
        "extra_guest_fee": null, "holiday_surcharge_bps": 0, "deposit_months": null, "advance_months": null});
    assert_eq!(agent.get(&home.at("pricing")).await.expect(200).json(), none);
    let full = json!({"weekend_price_per_night": 500_000, "weekend_nights": [4, 5, 6], "included_guests": 4,
        "extra_guest_fee": 50_000, "holiday_surcharge_bps": 2_500, "deposit_months": 2, "advance_months": 1});
    let made = put(&agent, &home, "pricing", full.clone()).await.expect(200);
    assert_eq!(made.json(), full);
    let read = agent.get(&home.at("pricing")).await.expect(200);
    assert_eq!((read.json(), read.etag()), (full, made.etag()));
    // Days are said once, in their order; what is left out is gone.
    let changed =
        put(&agent, &home, "pricing", json!({"weekend_nights": [7, 6, 7]})).await.expect(200);
    let mut expected = none.clone();
    expected["weekend_nights"] = json!([6, 7]);
    assert_eq!(changed.json(), expected);
    agent.put(&home.at("pricing"), none.clone()).await.problem(428, "precondition_required");
    let stale = agent.put(&home.at("pricing"), none).if_match(made.etag()).await;
    stale.problem(412, "version_mismatch");
    let audited = "SELECT count(*) FROM audit_log WHERE table_name = 'pricing_terms'";
    assert_eq!(app.value::<i64>(audited).await, 2);
}

#[tokio::test]
async fn terms_that_cannot_be_are_refused_by_name() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let home = agent.create(listing::rent()).await;
    let cases: [(Value, &str); 12] = [
        (json!({"included_guests": 4}), "/extra_guest_fee required"),
        (json!({"extra_guest_fee": 50_000}), "/included_guests required"),
        (json!({"included_guests": 0, "extra_guest_fee": 1}), "/included_guests invalid"),
        (json!({"included_guests": 1, "extra_guest_fee": 0}), "/extra_guest_fee invalid"),
        (json!({"weekend_price_per_night": 0}), "/weekend_price_per_night invalid"),
        (json!({"weekend_nights": [8]}), "/weekend_nights/0 invalid"),
        (json!({"weekend_nights": [1, 2, 3, 4, 5, 6, 7, 7]}), "/weekend_nights invalid"),
        (json!({"holiday_surcharge_bps": 20_001}), "/holiday_surcharge_bps invalid"),
        (json!({"holiday_surcharge_bps": -1}), "/holiday_surcharge_bps invalid"),
        (json!({"deposit_months": 13}), "/deposit_months invalid"),
        (json!({"advance_months": 0}), "/advance_months invalid"),
        (json!({"discount": 1}), "/discount unknown_field"),
    ];
    for (body, field) in cases {
        let refused = put(&agent, &home, "pricing", body.clone()).await;
        refused.problem(422, "invalid_input");
        assert_eq!(refused.fields(), [field], "{body}");
    }
}
