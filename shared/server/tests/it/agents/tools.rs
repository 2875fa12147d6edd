//! Each tool is the service behind REST: the same answers, the same refusals.

use serde_json::{Value, json};
use terrace_receipts::{Evidence, unbacked};
use terrace_server::assistant::tools::all;

use super::{ask, ask_in, house};
use crate::quotes::{day, nights, price};

#[test]
fn schemas_are_strict_and_ask_for_nobody() {
    for tool in all() {
        let schema = (tool.parameters)();
        assert_eq!(schema["additionalProperties"], json!(false), "{}: {schema}", tool.name);
        let fields = schema["properties"].as_object().unwrap();
        for name in ["user_id", "visitor", "role", "product", "caller", "token"] {
            assert!(!fields.contains_key(name), "{} asks for {name}", tool.name);
        }
        for (name, field) in fields {
            assert!(
                field["description"].is_string(),
                "{}.{name} does not say what it is",
                tool.name
            );
        }
        assert!(!schema.to_string().contains("$ref"), "{}", tool.name);
    }
    let drafts = all().iter().filter(|tool| tool.is_draft);
    assert!(
        drafts.clone().count() == 4 && drafts.clone().all(|tool| tool.name.starts_with("draft_"))
    );
}

#[tokio::test]
async fn a_home_is_found_told_and_priced_as_over_rest() {
    let (app, agent, villa) = house().await;
    let found = ask(&app, None, "search_properties", json!({"query": "villa"})).await.unwrap();
    assert_eq!(found.content["homes"][0]["property_id"], json!(villa.id));
    assert_eq!(found.properties[0].id, villa.id);
    assert!(found.citations[0].url.ends_with(&format!("/properties/{}", villa.id)), "{found:?}");

    let home = ask(&app, None, "get_property", json!({"property_id": villa.id})).await.unwrap();
    assert_eq!(home.content["stay"]["price_per_night"]["text"], "THB 4,200 per night");
    assert!(home.content["description"]["untrusted_text"].is_string(), "{}", home.content);

    let stay = nights(40, 3);
    let rest = price(&agent, &villa, stay.clone()).await.expect(201);
    let mut asked = stay;
    asked["property_id"] = json!(villa.id);
    let told = ask(&app, None, "quote", asked).await.unwrap();
    assert_eq!(rest.at("/total"), json!(1_260_000));
    assert_eq!(told.content["total"]["text"], "THB 12,600");
    assert_eq!(told.content["nights"], json!(3));

    let days = json!({"property_id": villa.id, "from": day(40), "to": day(50)});
    let free = ask(&app, None, "check_availability", days).await.unwrap();
    assert_eq!(free.content["free"][0], json!({"from": day(40), "to": day(50), "nights": 10}));

    // What a tool says is a receipt for it; anything else has none.
    let mut evidence = Evidence::new();
    for answer in [&home, &told, &free] {
        evidence.json(&answer.content);
    }
    let honest = format!("3 nights from {} are THB 12,600: 4,200 baht a night.", day(40));
    assert_eq!(unbacked(&honest, &evidence), vec![]);
    assert_eq!(unbacked("3 nights are THB 12,000.", &evidence).len(), 1);
    for answer in [&found, &home, &told, &free] {
        assert!(answer.content.to_string().len() < 6_000);
    }
}

#[tokio::test]
async fn homes_nearby_have_their_distance() {
    let (app, agent, villa) = house().await;
    let at = |lat: f64| {
        let place = json!({"province": "Phuket", "lat": lat, "lng": 98.3});
        terrace_testkit::listing::with(super::instant(), json!({"location_details": place}))
    };
    let first = agent.create_published(at(7.80)).await;
    let second = agent.create_published(at(7.81)).await;
    let far = agent.create_published(at(8.80)).await;
    let found = ask(&app, None, "nearby", json!({"property_id": first.id})).await.unwrap();
    let homes = found.content["homes"].as_array().unwrap();
    let ids: Vec<&Value> = homes.iter().map(|home| &home["property_id"]).collect();
    assert!(ids.contains(&&json!(second.id)) && !ids.contains(&&json!(far.id)), "{homes:?}");
    assert!(!ids.contains(&&json!(first.id)));
    let second = homes.iter().find(|home| home["property_id"] == json!(second.id)).unwrap();
    assert_eq!(second["distance"], "1.1 km");
    let refused = ask(&app, None, "nearby", json!({})).await.unwrap_err();
    assert!(refused.0.contains("property_id") && refused.0.contains("lat and lng"), "{refused:?}");
    drop(villa);
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_in_words() {
    let (app, agent, villa) = house().await;
    let draft = agent.create(super::instant()).await;
    for (tool, arguments, says) in [
        ("no_such_tool", json!({}), "There is no such tool"),
        ("get_property", json!({}), "property_id"),
        ("get_property", json!({"property_id": "x"}), "property_id"),
        ("get_property", json!({"property_id": draft.id}), "no such listing"),
        ("get_property", json!({"property_id": villa.id, "user_id": 1}), "user_id"),
        ("search_properties", json!({"query": "x".repeat(501)}), "query"),
        ("search_properties", json!([]), "object"),
        ("search_properties", json!({"property_type": "castle"}), "property_type"),
        (
            "quote",
            json!({"property_id": villa.id, "check_in": day(3), "check_out": day(3), "guests": 2}),
            "check_out",
        ),
        (
            "quote",
            json!({"property_id": villa.id, "check_in": day(3), "check_out": day(6), "guests": 99}),
            "guests",
        ),
        (
            "check_availability",
            json!({"property_id": villa.id, "from": day(9), "to": day(3)}),
            "to",
        ),
        ("search_faq", json!({"question": " "}), "question"),
        ("draft_lead", json!({"name": "A", "message": "Hello"}), "visitor token"),
    ] {
        let refused = ask(&app, None, tool, arguments.clone()).await.unwrap_err();
        assert!(refused.0.contains(says), "{tool} {arguments}: {}", refused.0);
        assert!(refused.0.len() < 700, "{}", refused.0);
    }
}

#[tokio::test]
async fn answers_are_found_in_the_askers_language() {
    let (app, _, _) = house().await;
    let admin = app.admin().await;
    let names = json!({"names": {"en": "Staying", "th": "การเข้าพัก"}});
    let _ = admin.put("/api/v1/admin/faqs/categories/stay", names).await.expect(200);
    let texts = json!({
        "en": {"question": "When can I check in?", "answer": "Check-in is from 14:00."},
        "th": {"question": "เช็คอินได้กี่โมง", "answer": "เช็คอินได้ตั้งแต่ 14.00 น."},
    });
    let body =
        json!({"slug": "check-in", "category": "stay", "is_published": true, "texts": texts});
    let _ = admin.post("/api/v1/admin/faqs", body).await.expect(201);
    app.settled().await;
    for (locale, question, said) in [
        ("en", "When is check-in?", "Check-in is from 14:00."),
        ("th", "เช็คอินกี่โมง", "เช็คอินได้ตั้งแต่ 14.00 น."),
    ] {
        let told =
            ask_in(&app, locale, None, "search_faq", json!({"question": question})).await.unwrap();
        assert_eq!(told.content["passages"][0]["passage"], said, "{}", told.content);
        assert!(told.citations[0].url.ends_with("/faqs/check-in"));
        let mut evidence = Evidence::new();
        evidence.json(&told.content);
        assert_eq!(unbacked("From 2 pm.", &evidence), vec![]);
        assert_eq!(unbacked("From 1 pm.", &evidence).len(), 1);
    }
}
