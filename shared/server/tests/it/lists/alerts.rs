//! What is found, and what is news.

use serde_json::{Value, json};
use terrace_testkit::{listing, spawn_app};

use super::{
    ALERTS, FAVOURITES, SEARCHES, Visitor, alerts_in, favourite, ids, letters, reprice, told,
    villa, villas, withdraw,
};

fn new(price: i64) -> (String, i64, Option<i64>) {
    ("new_match".to_owned(), price, None)
}

fn drop(price: i64, before: i64) -> (String, i64, Option<i64>) {
    ("price_drop".to_owned(), price, Some(before))
}

#[tokio::test]
async fn a_visitor_reads_what_their_search_found() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let visitor = Visitor::new(&app).await;
    // What was there before is no news.
    let old = agent.create_published(villa("Old")).await;
    told(&app).await;
    let search = visitor.post(SEARCHES, villas("instant")).await.expect(201).text_at("/id");
    let _ = visitor
        .post(SEARCHES, listing::with(villas("never"), json!({"name": "Silent"})))
        .await
        .expect(201);
    let made = agent.create_published(villa("New")).await;
    let draft = agent.create(villa("Draft")).await;
    let dear = listing::with(villa("Dear"), json!({"rent_price": 99_000_000}));
    let _ = agent.create_published(dear).await;
    let elsewhere =
        json!({"location_details": {"country": "TH", "province": "Krabi", "district": "Ao Nang"}});
    let _ = agent.create_published(listing::with(villa("Elsewhere"), elsewhere)).await;
    told(&app).await;

    let list = visitor.get(ALERTS).await.expect(200);
    assert_eq!(ids(&list, "property_id"), [made.id.to_string()]);
    assert_eq!(alerts_in(&list), [new(9_500_000)]);
    assert_eq!((list.at("/unread"), list.at("/items/0/read_at")), (json!(1), Value::Null));
    assert_eq!(list.text_at("/items/0/saved_search_id"), search);
    assert_eq!(list.text_at("/items/0/property/slug"), made.slug);
    let shown = visitor.get(&format!("{SEARCHES}/{search}")).await.expect(200);
    assert_eq!(shown.at("/unread"), 1);
    // Editing what matched all along is no news, and a second publication none either.
    let edited = agent.patch(&old.path(), json!({"title": "Older"})).if_match(&old.etag).await;
    let _ = edited.expect(200);
    let withdrawn = withdraw(&agent, &made).await;
    let _ = agent.publish(&withdrawn).await;
    let _ = agent.publish(&draft).await;
    told(&app).await;
    let list = visitor.get(&format!("{ALERTS}?limit=1")).await.expect(200);
    assert_eq!(ids(&list, "property_id"), [draft.id.to_string()]);
    let next = visitor
        .get(&format!("{ALERTS}?limit=1&cursor={}", list.text_at("/next_cursor")))
        .await
        .expect(200);
    assert_eq!(
        (ids(&next, "property_id"), next.at("/next_cursor")),
        (vec![made.id.to_string()], Value::Null)
    );

    let read =
        visitor.post(&format!("{ALERTS}/read"), json!({"ids": ids(&next, "id")})).await.expect(200);
    assert_eq!(read.at("/unread"), 1);
    let unread = visitor.get(&format!("{ALERTS}?unread=true")).await.expect(200);
    assert_eq!(ids(&unread, "property_id"), [draft.id.to_string()]);
    let read = visitor
        .post(&format!("{ALERTS}/read"), json!({"until": "2999-01-01T00:00:00Z"}))
        .await
        .expect(200);
    assert_eq!(read.at("/unread"), 0);
    // Nobody writes to who has no address.
    assert_eq!(letters(&app).await, []);
}

/// What is understood of a search's words decides like any filter; the rest of them ranks, and
/// keeps nobody from hearing of it.
#[tokio::test]
async fn words_narrow_as_far_as_they_are_understood() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let visitor = Visitor::new(&app).await;
    let said = json!({"name": "Said", "notify": "instant",
        "query": "somewhere calm: villa in Phuket under 100,000 a month"});
    let search = visitor.post(SEARCHES, said).await.expect(201).text_at("/id");
    let made = agent.create_published(villa("Right")).await;
    let dear = json!({"rent_price": 10_000_100});
    let _ = agent.create_published(listing::with(villa("Dear"), dear)).await;
    let condo = json!({"property_type": "condo"});
    let condo = agent.create_published(listing::with(villa("Condo"), condo)).await;
    let elsewhere =
        json!({"location_details": {"country": "TH", "province": "Krabi", "district": "Ao Nang"}});
    let _ = agent.create_published(listing::with(villa("Elsewhere"), elsewhere)).await;
    told(&app).await;
    let found = visitor.get(ALERTS).await.expect(200);
    assert_eq!(ids(&found, "property_id"), [made.id.to_string()]);
    let matches = visitor.get(&format!("{SEARCHES}/{search}/matches?count=true")).await.expect(200);
    assert_eq!(ids(&matches, "id"), [made.id.to_string()]);
    assert_eq!(matches.at("/total"), 1);
    // Other words look for something else, from now on.
    let path = format!("{SEARCHES}/{search}");
    let _ = visitor.patch(&path, json!({"query": "condo in Phuket"})).await.expect(200);
    let again = agent.publish(&withdraw(&agent, &condo).await).await;
    told(&app).await;
    let found = visitor.get(ALERTS).await.expect(200);
    assert_eq!(ids(&found, "property_id"), [again.id.to_string(), made.id.to_string()]);
}

/// The listing that changes into what is looked for, and the price that comes into reach.
#[tokio::test]
async fn what_comes_to_match_is_new_once() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let visitor = Visitor::new(&app).await;
    let old = agent
        .create_published(listing::with(villa("Old"), json!({"rent_price": 12_000_000})))
        .await;
    told(&app).await;
    let _ = visitor
        .post(
            SEARCHES,
            listing::with(
                villas("daily"),
                json!({"filters": {"price_max": 10_000_000, "bedrooms_min": 4}}),
            ),
        )
        .await
        .expect(201);
    let young = agent.create_published(villa("Young")).await;
    told(&app).await;
    assert_eq!(alerts_in(&visitor.get(ALERTS).await.expect(200)), []);
    // Published since then, corrected now.
    let specs = json!({"physical_specs": {"bedrooms": 4}});
    let young = terrace_testkit::Listing::of(
        &agent.patch(&young.path(), specs.clone()).if_match(&young.etag).await.expect(200),
    );
    told(&app).await;
    assert_eq!(alerts_in(&visitor.get(ALERTS).await.expect(200)), [new(9_500_000)]);
    // Old, and too dear until now.
    let old = terrace_testkit::Listing::of(
        &agent.patch(&old.path(), specs).if_match(&old.etag).await.expect(200),
    );
    let old = reprice(&agent, &old, 10_000_000).await;
    told(&app).await;
    let found = alerts_in(&visitor.get(ALERTS).await.expect(200));
    assert_eq!(found[0], ("new_match".to_owned(), 10_000_000, Some(12_000_000)));
    assert_eq!(found.len(), 2);
    // From then on it can get cheaper, and a price is told once.
    let old = reprice(&agent, &old, 9_000_000).await;
    told(&app).await;
    let old = reprice(&agent, &old, 10_000_000).await;
    told(&app).await;
    let _ = reprice(&agent, &old, 9_000_000).await;
    let _ = reprice(&agent, &young, 9_600_000).await;
    told(&app).await;
    let found = alerts_in(&visitor.get(ALERTS).await.expect(200));
    assert_eq!(found[0], drop(9_000_000, 10_000_000));
    assert_eq!(found.len(), 3);
}

/// Prices that only those saw who manage the listing are no news; what it cost when it went is.
#[tokio::test]
async fn a_drop_is_what_the_public_saw() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let visitor = Visitor::new(&app).await;
    let made = agent.create_published(villa("Villa")).await;
    let body = json!({"property_id": made.id, "notify_price_drop": true});
    let _ = visitor.post(FAVOURITES, body).await.expect(201);
    let unasked = Visitor::new(&app).await;
    let _ = unasked.post(FAVOURITES, favourite(&made)).await.expect(201);

    let made = reprice(&agent, &made, 9_000_000).await;
    told(&app).await;
    assert_eq!(alerts_in(&visitor.get(ALERTS).await.expect(200)), [drop(9_000_000, 9_500_000)]);
    assert_eq!(alerts_in(&unasked.get(ALERTS).await.expect(200)), []);
    let made = reprice(&agent, &made, 9_200_000).await;
    told(&app).await;
    let made = withdraw(&agent, &made).await;
    let made = reprice(&agent, &made, 5_000_000).await;
    told(&app).await;
    let made = reprice(&agent, &made, 9_200_000).await;
    let made = agent.publish(&made).await;
    told(&app).await;
    assert_eq!(alerts_in(&visitor.get(ALERTS).await.expect(200)).len(), 1, "it is what it was");
    let made = withdraw(&agent, &made).await;
    let made = reprice(&agent, &made, 9_900_000).await;
    let made = reprice(&agent, &made, 8_000_000).await;
    told(&app).await;
    let made = agent.publish(&made).await;
    told(&app).await;
    let found = alerts_in(&visitor.get(ALERTS).await.expect(200));
    assert_eq!((found.len(), &found[0]), (2, &drop(8_000_000, 9_200_000)));
    // In another currency it is another price.
    let yen = agent
        .patch(&made.path(), json!({"currency": "JPY", "rent_price": 4_000_000}))
        .if_match(&made.etag);
    let _ = yen.await.expect(200);
    told(&app).await;
    assert_eq!(alerts_in(&visitor.get(ALERTS).await.expect(200)).len(), 2);
    // Who takes the heart away hears no more of it.
    let _ = visitor.delete(&format!("{FAVOURITES}/{}", made.id)).await.expect(204);
    assert_eq!(alerts_in(&visitor.get(ALERTS).await.expect(200)), []);
}

/// However much happens before somebody looks: what is told is what everyone saw.
#[tokio::test]
async fn many_steps_at_once_are_told_as_one() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let visitor = Visitor::new(&app).await;
    let _ = visitor.post(SEARCHES, villas("daily")).await.expect(201);
    let shown = agent.create_published(villa("Shown")).await;
    let silent = agent.create_published(villa("Silent")).await;
    told(&app).await;
    let body = json!({"property_id": shown.id, "notify_price_drop": true});
    let _ = visitor.post(FAVOURITES, body).await.expect(201);

    // Nobody looks for as long as this is held.
    let pool = app.sql().await;
    let mut held = pool.begin().await.unwrap();
    sqlx::query("SELECT seq FROM event_cursors WHERE name = 'alerts' FOR UPDATE")
        .execute(&mut *held)
        .await
        .unwrap();
    // Cheaper as a draft, then shown: a match, and no drop.
    let draft = agent.create(villa("Draft")).await;
    let draft = reprice(&agent, &draft, 9_000_000).await;
    let _ = agent.publish(&draft).await;
    // Up, down, away, down, back: from what everyone saw at first to what they see now.
    let mut step = reprice(&agent, &shown, 9_900_000).await;
    step = reprice(&agent, &step, 9_400_000).await;
    step = withdraw(&agent, &step).await;
    step = reprice(&agent, &step, 8_000_000).await;
    let _ = agent.publish(&step).await;
    // Cheaper, and gone before anybody hears of it.
    let cheap = reprice(&agent, &silent, 1_000_000).await;
    let _ = withdraw(&agent, &cheap).await;
    held.rollback().await.unwrap();
    pool.close().await;

    told(&app).await;
    let mut found = alerts_in(&visitor.get(ALERTS).await.expect(200));
    found.sort();
    // Of the search, and of the favourite.
    let down = drop(8_000_000, 9_500_000);
    assert_eq!(found, [new(9_000_000), new(9_500_000), new(9_500_000), down.clone(), down]);
}

/// Two servers with their workers on one database.
#[tokio::test]
async fn with_two_workers_each_alert_is_there_once_and_each_letter() {
    let app = spawn_app("bestays").await;
    let (agent, malee) = (app.agent("somchai").await, app.user("malee").await);
    let (_beside, _other) = app.beside().await;
    let visitor = Visitor::new(&app).await;
    let _ = malee.post(SEARCHES, villas("instant")).await.expect(201);
    let _ = visitor.post(SEARCHES, villas("instant")).await.expect(201);
    let mut made = Vec::new();
    for nth in 0..12 {
        let listing = agent.create_published(villa(&format!("Villa {nth:02}"))).await;
        made.push(reprice(&agent, &listing, 9_000_000 - nth).await);
    }
    told(&app).await;
    for owner in
        [malee.get(&format!("{ALERTS}?limit=100")), visitor.get(&format!("{ALERTS}?limit=100"))]
    {
        let list = owner.await.expect(200);
        let found = alerts_in(&list);
        let of = |kind: &str| found.iter().filter(|alert| alert.0 == kind).count();
        assert_eq!(of("new_match"), 12, "{list:?}");
        // A drop is told where the match had been told before it.
        let mut drops = ids(&list, "property_id");
        drops.sort();
        drops.dedup();
        assert_eq!(drops.len(), 12);
    }
    let told_of: Vec<String> = letters(&app).await.into_iter().map(|(to, _)| to).collect();
    assert!(told_of.iter().all(|to| to == "malee@bestays.example"), "{told_of:?}");
    // Every alert of the account stands in exactly one letter.
    let unsent: i64 = app
        .value("SELECT count(*) FROM alerts WHERE user_id IS NOT NULL AND sent_at IS NULL")
        .await;
    assert_eq!(unsent, 0);
    let listed: i64 = app
        .value("SELECT sum((facts ->> 'count')::int)::bigint FROM notifications WHERE template = 'listing_alerts'")
        .await;
    let alerts: i64 = app.value("SELECT count(*) FROM alerts WHERE user_id IS NOT NULL").await;
    // Two of one listing in one letter are named once.
    assert!(listed <= alerts && listed >= 12, "{listed} of {alerts}");
    let refused: i64 = app.value("SELECT count(*) FROM notifications WHERE status <> 'sent'").await;
    assert_eq!(refused, 0);
}

/// A search that asks for nothing, for several things, and for a district.
#[tokio::test]
async fn every_way_to_ask_is_found() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let visitor = Visitor::new(&app).await;
    let cases = [
        (json!({}), true),
        (json!({"transaction_type": "sale,rent"}), true),
        (json!({"transaction_type": "sale"}), false),
        (json!({"district": "Mueang Phuket"}), true),
        (json!({"district": "Kathu"}), false),
        (json!({"district": "Kathu,Mueang Phuket", "province": "Phuket"}), true),
        (json!({"district": "Mueang Phuket", "province": "Krabi"}), false),
        (json!({"province": "Krabi,Phuket", "transaction_type": "rent"}), true),
        (json!({"price_min": 9_500_000, "price_max": 9_500_000}), true),
        (json!({"price_min": 9_500_001}), false),
        (json!({"price_max": 9_499_999}), false),
        (json!({"property_type": "villa", "bedrooms": "3,4", "amenities_all": "wifi"}), true),
        (json!({"property_type": "condo"}), false),
        (json!({"bbox": "98,7,99,8"}), true),
        (json!({"near": "13.7,100.5", "radius_km": 50}), false),
        (json!({"tags": "quiet", "guests": 6}), true),
        (json!({"guests": 7}), false),
        (json!({"check_in": "2027-03-01", "check_out": "2027-03-05"}), true),
    ];
    for (nth, (filters, _)) in cases.iter().enumerate() {
        let body = json!({"name": format!("{nth}"), "notify": "weekly", "filters": filters});
        let _ = visitor.post(SEARCHES, body).await.expect(201);
    }
    let _ = agent.create_published(villa("Villa")).await;
    told(&app).await;
    let list = visitor.get(&format!("{SEARCHES}?limit=100")).await.expect(200);
    let mut wrong = Vec::new();
    for item in list.at("/items").as_array().unwrap() {
        let nth: usize = item["name"].as_str().unwrap().parse().unwrap();
        if (item["unread"] == 1) != cases[nth].1 {
            wrong.push(item.clone());
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
