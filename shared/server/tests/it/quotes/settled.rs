//! Whoever cites a price books at it, or hears line by line how it has changed.

use serde_json::json;
use terrace_server::{
    db::Context,
    error::{Code, Error},
    quotes::{StoredQuote, load, settle},
};
use terrace_testkit::{Reply, TestApp, listing, spawn_app};
use uuid::Uuid;

use super::{day, nights, price, put};

async fn settled(app: &TestApp, id: Uuid) -> Result<StoredQuote, Error> {
    let state = app.state();
    let wired = state.clone();
    let work = state.db.tx(Context::system("test"), move |tx| {
        let state = wired.clone();
        Box::pin(async move {
            let quote = load(tx, id).await?.expect("a quote");
            settle(tx, &state, quote).await
        })
    });
    work.await
}

fn id(quote: &Reply) -> Uuid {
    quote.text_at("/id").parse().unwrap()
}

async fn expire(app: &TestApp, id: Uuid) {
    app.execute(format!(
        "ALTER TABLE quotes DISABLE TRIGGER quotes_immutable; \
         UPDATE quotes SET created_at = now() - interval '1 hour', valid_until = now() WHERE id = '{id}'; \
         ALTER TABLE quotes ENABLE TRIGGER quotes_immutable"
    ))
    .await;
}

#[tokio::test]
async fn while_it_holds_it_is_kept_to_whatever_is_asked_by_now() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let home = agent.create_published(listing::rent()).await;
    let given = price(&app.anonymous(), &home, nights(60, 3)).await.expect(201);
    let dearer = json!({"seasons": [{"from": day(50), "to": day(90), "price_per_night": 990_000}]});
    let _ = put(&agent, &home, "rates", dearer).await.expect(200);
    let kept = settled(&app, id(&given)).await.unwrap();
    assert_eq!((kept.id, kept.quote.total), (id(&given), 1_410_000));
    let expected = [("nights", 420_000), ("cleaning", 150_000)];
    let units: Vec<_> =
        kept.quote.lines.iter().map(|line| (line.kind.as_str(), line.unit_amount)).collect();
    assert_eq!(units, expected);
}

#[tokio::test]
async fn an_expired_one_is_given_anew_where_it_is_the_same() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let home = agent.create_published(listing::rent()).await;
    let given = price(&app.anonymous(), &home, nights(60, 3)).await.expect(201);
    expire(&app, id(&given)).await;
    let shown = app.anonymous().get(given.header("location")).await.expect(200);
    assert_eq!(shown.at("/is_expired"), true);
    let anew = settled(&app, id(&given)).await.unwrap();
    assert_ne!(anew.id, id(&given));
    assert!(!anew.is_expired);
    assert_eq!(anew.quote.total, 1_410_000);
}

#[tokio::test]
async fn an_expired_one_that_costs_another_price_is_told_line_by_line() {
    let app = spawn_app("bestays").await;
    let (admin, agent) = (app.admin().await, app.agent("somchai").await);
    let home = agent.create_published(listing::rent()).await;
    let coupon = json!({"code": "SAWASDEE", "percent_bps": 1_000});
    let coupon = admin.post("/api/v1/admin/coupons", coupon).await.expect(201);
    let given = price(&app.anonymous(), &home, nights(60, 3)).await.expect(201);
    let mut stay = nights(60, 3);
    stay["coupon"] = json!("sawasdee");
    let with_coupon = price(&app.anonymous(), &home, stay).await.expect(201);
    for quote in [&given, &with_coupon] {
        expire(&app, id(quote)).await;
    }

    let dearer = json!({"seasons": [{"from": day(62), "to": day(90), "price_per_night": 990_000}]});
    let _ = put(&agent, &home, "rates", dearer).await.expect(200);
    let details =
        json!({"price_per_night": 420_000, "cleaning_fee": 200_000, "deposit": 2_000_000});
    let change = agent.patch(&home.path(), json!({"rental_details": details}));
    let _ = change.if_match(&home.etag).await.expect(200);
    let error = settled(&app, id(&given)).await.unwrap_err();
    assert_eq!(error.code, Code::PriceChanged);
    let told: Vec<_> = error
        .fields
        .iter()
        .map(|field| format!("{} {} {}", field.pointer, field.code, field.detail))
        .collect();
    assert_eq!(
        told,
        [
            "/lines/0 added 2 nights at THB 4,200: THB 8,400, was not there.",
            "/lines/1 added 1 night (season) at THB 9,900: THB 9,900, was not there.",
            "/lines/2 changed Cleaning: was THB 1,500, is THB 2,000.",
            "/lines removed 3 nights at THB 4,200: was THB 12,600, is gone.",
            "/total changed Was THB 14,100, is THB 20,300.",
        ]
    );

    // A coupon that has ended is a change of the price.
    let path = coupon.header("location").to_owned();
    let _ =
        admin.patch(&path, json!({"is_active": false})).if_match(coupon.etag()).await.expect(200);
    let error = settled(&app, id(&with_coupon)).await.unwrap_err();
    assert_eq!(error.code, Code::PriceChanged);
    assert_eq!(error.fields[0].pointer, "/coupon");
}
