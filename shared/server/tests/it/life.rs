//! A listing of every type, from the agent's first draft to the archive, through the API alone.

use serde_json::json;
use terrace_testkit::{Listing, TestApp, listing, setup};

use crate::media::{pictures, uploaded};

const PATH: &str = "/api/v1/properties";

/// A brand that asks for pictures and for both languages, and looks at the listings of agents
/// whom it has not verified.
async fn brand(product: &str) -> TestApp {
    let app = setup(product).with(|profile| {
        let languages = &profile.locales.enabled;
        profile.listings.required_locales = languages.clone();
        profile.listings.min_photos = 2;
    });
    app.spawn().await
}

/// Created, translated, illustrated, reviewed, published, found and archived.
async fn live(app: &TestApp, transaction_type: &str) {
    let (agent, admin) = (app.unverified_agent("somchai").await, app.admin().await);
    let (visitor, stranger) = (app.anonymous(), app.agent("malee").await);

    // Created: a draft that nobody else sees, and what it still lacks.
    let body = listing::with(listing::of_type(transaction_type), json!({"cover_image": null}));
    let draft = agent.create(body).await;
    visitor.get(&draft.path()).await.problem(404, "not_found");
    stranger.get(&draft.path()).await.problem(404, "not_found");
    let early = agent.post_empty(&draft.at("submit")).if_match(&draft.etag).await;
    early.problem(409, "not_ready");
    let lacking = early.fields().join("; ");
    for missing in ["photos_missing", "translation_missing"] {
        assert!(lacking.contains(missing), "{lacking}");
    }

    // Translated: the ledger names what is missing, and then nothing any more.
    let gaps = |reply: terrace_testkit::Reply| {
        let items = reply.at("/items").as_array().cloned().unwrap_or_default();
        items.iter().filter(|item| item["property_id"] == json!(draft.id)).count()
    };
    const LEDGER: &str = "/api/v1/admin/translations?state=missing";
    assert!(gaps(admin.get(LEDGER).await.expect(200)) > 0);
    let thai = json!({"title": "บ้านวิวทะเลที่ราไวย์", "description": "เงียบสงบ สว่าง ใกล้ชายหาด เดินถึงทะเลในสองนาที",
        "location_province": "ภูเก็ต", "location_district": "เมืองภูเก็ต", "location_subdistrict": "ราไวย์",
        "location_address": "12 ซอยใสยวน"});
    let put = agent.put(&draft.at("translations/th"), thai).if_match(&draft.etag).await.expect(200);
    assert_eq!(gaps(admin.get(LEDGER).await.expect(200)), 0);

    // Illustrated: two real pictures by their tickets.
    for file in [pictures::jpeg(1400, 900), pictures::png(800, 1000)] {
        let kind = if file.starts_with(b"\x89PNG") { "image/png" } else { "image/jpeg" };
        let media = uploaded(app, &agent, &Listing::of(&put), &file, kind).await;
        assert_eq!(media["state"], "ready", "{media}");
    }

    // Reviewed: its author may only ask; an admin sends it back once, then lets it through.
    let seen = Listing::of(&agent.get(&draft.path()).await.expect(200));
    let own = agent.post_empty(&draft.at("publish")).if_match(&seen.etag).await;
    own.problem(403, "forbidden");
    let submit = |etag: String| agent.post_empty(&draft.at("submit")).if_match(etag);
    let waiting = submit(seen.etag.clone()).await.expect(200);
    let queue = format!("{PATH}?scope=all&status=in_review&sort=oldest");
    assert_eq!(admin.get(&queue).await.expect(200).at("/items/0/id"), json!(draft.id));
    let back = admin
        .post(&draft.at("reject"), json!({"reason": "Please show the bathroom."}))
        .if_match(waiting.etag())
        .await
        .expect(200);
    let waiting = submit(back.etag()).await.expect(200);

    // Published.
    let shown = admin.publish(&Listing::of(&waiting)).await;
    assert_eq!(shown.json["status"], "published");
    let letters = app.letters().await;
    assert_eq!(letters.len(), 2, "{letters:?}");
    let letter = |name: &str| &letters.iter().find(|(template, _)| template == name).unwrap().1;
    let (rejected, published) = (letter("listing_rejected"), letter("listing_published"));
    assert!(rejected.text.contains("Please show the bathroom."), "{}", rejected.text);
    assert!(published.text.contains(&format!("/properties/{}", shown.slug)), "{}", published.text);

    // Found: by its slug, in both languages, and by filters.
    let page = visitor.get(&format!("{PATH}/{}?locale=th", shown.slug)).await.expect(200);
    assert_eq!(page.at("/title"), "บ้านวิวทะเลที่ราไวย์");
    assert_eq!(page.at("/images").as_array().map(Vec::len), Some(1), "beside the cover");
    for variant in page.at("/cover_image/variants").as_array().unwrap() {
        let picture = visitor.get(variant["url"].as_str().unwrap()).await.expect(200);
        assert_eq!(picture.header("content-type"), "image/webp");
    }
    let list = format!(
        "{PATH}?transaction_type={transaction_type}&province=Phuket&bedrooms=3&near=7.78,98.32&count=true"
    );
    let found = visitor.get(&list).await.expect(200);
    assert_eq!((found.at("/total"), found.at("/items/0/id")), (json!(1), json!(draft.id)));

    // Archived: out of everyone's sight, kept for its owner with its whole history.
    let put_away = agent.post_empty(&draft.at("archive")).if_match(&shown.etag).await.expect(200);
    assert_eq!(put_away.at("/status"), "archived");
    visitor.get(&draft.path()).await.problem(404, "not_found");
    assert_eq!(visitor.get(&list).await.expect(200).at("/total"), 0);
    assert_eq!(agent.get(&draft.path()).await.expect(200).at("/status"), "archived");
    let told: Vec<String> = app
        .values(format!(
            "SELECT kind FROM events WHERE subject_id = '{}' AND kind NOT LIKE 'listing.updated' \
             AND kind NOT LIKE 'media.%' ORDER BY id",
            draft.id
        ))
        .await;
    let expected =
        ["created", "submitted", "rejected", "submitted", "published", "unpublished", "archived"];
    assert_eq!(told, expected.map(|kind| format!("listing.{kind}")));
}

#[tokio::test]
async fn of_a_rental() {
    live(&brand("bestays").await, "rent").await;
}

#[tokio::test]
async fn of_a_sale() {
    live(&brand("realestate").await, "sale").await;
}

#[tokio::test]
async fn of_a_lease() {
    live(&brand("realestate").await, "lease").await;
}

#[tokio::test]
async fn of_a_business() {
    live(&brand("realestate").await, "business").await;
}

#[tokio::test]
async fn of_an_investment() {
    live(&brand("realestate").await, "investment").await;
}
