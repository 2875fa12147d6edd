//! Marking listings.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use terrace_testkit::{listing, spawn_app};
use uuid::Uuid;

use super::{FAVOURITES, Visitor, favourite, ids, villa, withdraw};

#[tokio::test]
async fn marked_listings_are_listed_newest_first_in_pages() {
    let app = spawn_app("bestays").await;
    let (agent, person) = (app.agent("somchai").await, app.user("malee").await);
    let mut made = Vec::new();
    for nth in 0..5 {
        let listing = agent.create_published(villa(&format!("Villa {nth}"))).await;
        let reply = person.post(FAVOURITES, favourite(&listing)).await.expect(201);
        assert_eq!(reply.text_at("/state"), "available");
        assert_eq!(reply.text_at("/property/slug"), listing.slug);
        made.insert(0, listing.id.to_string());
    }
    // Again is no other.
    let body = json!({"property_id": made[0], "notify_price_drop": true});
    let again = person.post(FAVOURITES, body).await.expect(200);
    assert_eq!(again.at("/notify_price_drop"), true);
    let again = person.post(FAVOURITES, json!({"property_id": made[0]})).await.expect(200);
    assert_eq!(again.at("/notify_price_drop"), true, "what is left out stays");

    let first = person.get(&format!("{FAVOURITES}?limit=2&count=true")).await.expect(200);
    assert_eq!((ids(&first, "property_id"), first.at("/total")), (made[..2].to_vec(), json!(5)));
    let mut seen = ids(&first, "property_id");
    let mut cursor = first.text_at("/next_cursor");
    loop {
        let page = person.get(&format!("{FAVOURITES}?limit=2&cursor={cursor}")).await.expect(200);
        seen.extend(ids(&page, "property_id"));
        match page.at("/next_cursor") {
            Value::String(next) => cursor = next,
            _ => break,
        }
    }
    assert_eq!(seen, made);
    let all = person.get(&format!("{FAVOURITES}/ids")).await.expect(200);
    assert_eq!(all.at("/ids"), json!(made));

    // The card is the one of the list of listings.
    let list = app.anonymous().get("/api/v1/properties?sort=newest&limit=1").await.expect(200);
    assert_eq!(first.at("/items/0/property"), list.at("/items/0"));

    let path = format!("{FAVOURITES}/{}", made[0]);
    for _ in 0..2 {
        let _ = person.delete(&path).await.expect(204);
    }
    let all = person.get(&format!("{FAVOURITES}/ids")).await.expect(200);
    assert_eq!(all.at("/ids"), json!(made[1..]));
}

/// What is a draft again keeps the title that everyone saw, and tells nothing else.
#[tokio::test]
async fn what_is_gone_says_so_and_no_more() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let visitor = Visitor::new(&app).await;
    let made = agent.create_published(villa("Villa Rawai")).await;
    let _ = visitor.post(FAVOURITES, favourite(&made)).await.expect(201);
    let draft = withdraw(&agent, &made).await;
    let secret = json!({"title": "Secret plans", "description": "Nobody knows of this yet."});
    let _ = agent.patch(&made.path(), secret).if_match(&draft.etag).await.expect(200);

    let list = visitor.get(FAVOURITES).await.expect(200);
    assert_eq!(list.text_at("/items/0/state"), "gone");
    assert_eq!(list.text_at("/items/0/title"), "Villa Rawai");
    assert_eq!(list.at("/items/0/property"), Value::Null);
    assert!(!list.text().contains("Secret"), "{list:?}");
    // The heart can be taken back, and changed, though the listing cannot be seen.
    let body = json!({"property_id": made.id, "notify_price_drop": true});
    assert_eq!(visitor.post(FAVOURITES, body).await.expect(200).text_at("/state"), "gone");
    let _ = visitor.delete(&format!("{FAVOURITES}/{}", made.id)).await.expect(204);

    // A draft cannot be marked, nor told from what is not there.
    let other = app.user("malee").await;
    for id in [made.id, Uuid::new_v4()] {
        let reply = other.post(FAVOURITES, json!({"property_id": id})).await;
        reply.problem(422, "invalid_input");
        assert_eq!(reply.at("/errors/0/pointer"), "/property_id");
        assert_eq!(reply.at("/errors/0/code"), "unknown");
    }
    let none: i64 = app.value("SELECT count(*) FROM favourites").await;
    assert_eq!(none, 0);
}

/// The database counts, whoever asks at once.
#[tokio::test]
async fn a_full_list_takes_no_more_however_many_ask_at_once() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let (person, visitor) = (app.user("malee").await, Visitor::new(&app).await);
    let mut villas = Vec::new();
    for nth in 0..20 {
        villas.push(agent.create_published(villa(&format!("Villa {nth}"))).await);
    }
    let _ = visitor.post(FAVOURITES, favourite(&villas[0])).await.expect(201);
    // 490 that are there already, for each of them.
    app.execute(format!(
        "\
         INSERT INTO properties (slug, title, transaction_type, property_type, rent_price, created_by) \
             SELECT 'filler-' || n, 'Filler', 'rent', 'villa', 100, '{agent}' FROM generate_series(1, 490) n; \
         INSERT INTO favourites (user_id, property_id) SELECT '{person}', id FROM properties WHERE slug LIKE 'filler-%'; \
         INSERT INTO favourites (visitor_id, property_id) SELECT '{visitor}', id FROM properties WHERE slug LIKE 'filler-%' LIMIT 489",
        agent = agent.user_id.unwrap(),
        person = person.user_id.unwrap(),
        visitor = visitor.id(),
    ))
    .await;
    let by_person = join_all(villas.iter().map(|villa| async {
        person.call(Method::POST, FAVOURITES).json(&favourite(villa)).await.status
    }));
    let by_visitor = join_all(
        villas
            .iter()
            .map(|villa| async { visitor.post(FAVOURITES, favourite(villa)).await.status }),
    );
    let (by_person, by_visitor) = tokio::join!(by_person, by_visitor);
    let count = |statuses: &[u16], status| statuses.iter().filter(|s| **s == status).count();
    assert_eq!((count(&by_person, 201), count(&by_person, 409)), (10, 10), "{by_person:?}");
    // One of them had been there before.
    assert_eq!(
        (count(&by_visitor, 201), count(&by_visitor, 200), count(&by_visitor, 409)),
        (10, 1, 9),
        "{by_visitor:?}"
    );
    let full: Vec<i64> = app.values("SELECT count(*) FROM favourites GROUP BY owner_id").await;
    assert_eq!(full, [500, 500]);
    let refused =
        person.post(FAVOURITES, favourite(&agent.create_published(listing::rent()).await));
    refused.await.problem(409, "list_full");
}
