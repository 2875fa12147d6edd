//! Coupons as the brand keeps them.

use serde_json::{Value, json};
use terrace_testkit::{spawn_app, with_query};

use crate::quotes::{nights, price, villa};

const PATH: &str = "/api/v1/admin/coupons";

#[tokio::test]
async fn coupons_are_made_changed_and_taken_away() {
    let app = spawn_app("bestays").await;
    let admin = app.admin().await;
    let body = json!({"code": " songkran-2027 ", "percent_bps": 1_250, "valid_from": "2027-04-01",
        "valid_until": "2027-04-30", "min_nights": 3, "max_uses": 100, "note": "Radio"});
    let made = admin.post(PATH, body.clone()).header("idempotency-key", "k1").await.expect(201);
    assert_eq!(made.at("/code"), "SONGKRAN-2027");
    assert_eq!((made.at("/uses"), made.at("/version")), (json!(0), json!(1)));
    let again = admin.post(PATH, body.clone()).header("idempotency-key", "k1").await.expect(201);
    assert_eq!((again.text(), again.header("idempotent-replayed")), (made.text(), "true"));
    let taken = admin.post(PATH, body).await;
    taken.problem(409, "conflict");
    assert_eq!(taken.fields(), ["/code taken"]);

    let path = made.header("location").to_owned();
    assert_eq!(admin.get(&path).await.expect(200).etag(), made.etag());
    let patch = json!({"valid_until": null, "max_uses": 5, "is_active": false, "note": null});
    admin.patch(&path, patch.clone()).await.problem(428, "precondition_required");
    let changed = admin.patch(&path, patch.clone()).if_match(made.etag()).await.expect(200);
    assert_eq!(changed.at("/version"), 2);
    assert_eq!((changed.at("/valid_until"), changed.at("/note")), (Value::Null, Value::Null));
    assert_eq!((changed.at("/max_uses"), changed.at("/min_nights")), (json!(5), json!(3)));
    admin.patch(&path, patch).if_match(made.etag()).await.problem(412, "version_mismatch");
    let backwards = admin.patch(&path, json!({"valid_until": "2027-03-31"}));
    let backwards = backwards.if_match(changed.etag()).await;
    assert_eq!(backwards.fields(), ["/valid_until invalid"]);

    admin.delete(&path).if_match(made.etag()).await.problem(412, "version_mismatch");
    let _ = admin.delete(&path).if_match(changed.etag()).await.expect(204);
    admin.get(&path).await.problem(404, "not_found");
}

#[tokio::test]
async fn one_with_which_prices_were_given_is_switched_off_instead() {
    let app = spawn_app("bestays").await;
    let (admin, agent) = (app.admin().await, app.agent("somchai").await);
    let home = agent.create_published(villa()).await;
    let made = admin.post(PATH, json!({"code": "TEN", "percent_bps": 1_000})).await.expect(201);
    let mut stay = nights(60, 3);
    stay["coupon"] = json!("TEN");
    let _ = price(&app.anonymous(), &home, stay).await.expect(201);
    let path = made.header("location");
    admin.delete(path).if_match(made.etag()).await.problem(409, "in_use");
    let off =
        admin.patch(path, json!({"is_active": false})).if_match(made.etag()).await.expect(200);
    assert_eq!(off.at("/is_active"), false);
}

#[tokio::test]
async fn the_list_goes_on_where_it_ended() {
    let app = spawn_app("bestays").await;
    let (admin, agent) = (app.admin().await, app.agent("somchai").await);
    let home = agent.create(villa()).await;
    for nth in [3, 1, 5, 2, 4] {
        let mut body =
            json!({"code": format!("CODE-{nth}"), "percent_bps": 100, "is_active": nth != 5});
        if nth == 2 {
            body["property_id"] = json!(home.id);
        }
        let _ = admin.post(PATH, body).await.expect(201);
    }
    let codes = |reply: &terrace_testkit::Reply| -> Vec<String> {
        let items = reply.at("/items");
        items
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["code"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = admin.get(&with_query(PATH, &[("limit", "2")])).await.expect(200);
    assert_eq!(codes(&first), ["CODE-1", "CODE-2"]);
    let cursor = first.text_at("/next_cursor");
    let next =
        admin.get(&with_query(PATH, &[("limit", "3"), ("cursor", &cursor)])).await.expect(200);
    assert_eq!(codes(&next), ["CODE-3", "CODE-4", "CODE-5"]);
    assert_eq!(next.at("/next_cursor"), Value::Null);
    let own =
        admin.get(&with_query(PATH, &[("property_id", &home.id.to_string())])).await.expect(200);
    assert_eq!(codes(&own), ["CODE-2"]);
    let off = admin.get(&with_query(PATH, &[("is_active", "false")])).await.expect(200);
    assert_eq!(codes(&off), ["CODE-5"]);
    let other = admin.get(&with_query(PATH, &[("is_active", "true"), ("cursor", &cursor)])).await;
    other.problem(400, "invalid_cursor");
}

#[tokio::test]
async fn coupons_that_cannot_be_are_refused_by_name() {
    let app = spawn_app("bestays").await;
    let admin = app.admin().await;
    let with = |fields: Value| {
        let mut body = json!({"code": "CODE", "percent_bps": 1_000});
        for (name, value) in fields.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    let cases: [(Value, &str); 16] = [
        (with(json!({"code": "AB"})), "/code invalid"),
        (with(json!({"code": "-CODE"})), "/code invalid"),
        (with(json!({"code": "CO--DE"})), "/code invalid"),
        (with(json!({"code": "CO DE"})), "/code invalid"),
        (with(json!({"code": "สวัสดี"})), "/code invalid"),
        (with(json!({"code": "X".repeat(41)})), "/code invalid"),
        (with(json!({"percent_bps": 9_501})), "/percent_bps invalid"),
        (with(json!({"percent_bps": 0})), "/percent_bps invalid"),
        (with(json!({"percent_bps": null})), "/percent_bps invalid"),
        (with(json!({"amount": 1, "currency": "THB"})), "/percent_bps invalid"),
        (json!({"code": "CODE", "amount": 5}), "/currency required"),
        (with(json!({"currency": "THB"})), "/currency invalid"),
        (
            with(json!({"valid_from": "2027-02-01", "valid_until": "2027-01-31"})),
            "/valid_until invalid",
        ),
        (with(json!({"valid_from": "0000-01-01"})), "/valid_from invalid"),
        (with(json!({"max_uses": 0})), "/max_uses invalid"),
        (
            with(json!({"property_id": "019abc00-0000-7000-8000-000000000000"})),
            "/property_id unknown",
        ),
    ];
    for (body, field) in cases {
        let refused = admin.post(PATH, body.clone()).await;
        refused.problem(422, "invalid_input");
        assert_eq!(refused.fields(), [field], "{body}");
    }
    assert_eq!(app.value::<i64>("SELECT count(*) FROM coupons").await, 0);
}
