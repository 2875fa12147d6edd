//! Whom a receipt is from decides what it is good for.

use serde_json::json;
use terrace_receipts::{Evidence, Lang, claims, honest, language, unbacked};

fn left(text: &str, evidence: &Evidence) -> Vec<String> {
    unbacked(text, evidence).into_iter().map(|claim| claim.text).collect()
}

#[test]
fn numbers_of_a_result_are_what_their_keys_say() {
    let mut evidence = Evidence::new();
    evidence.json(&json!({
        "currency": "THB", "price": 32000, "bedrooms": 3, "area_sqm": 120.5, "land_rai": 2,
        "distance_km": 1.5, "discount_percent": 10, "price_per_night": 5000, "nights": 4,
        "homes": [{ "title": "A" }, { "title": "B" }], "check_in": "2027-03-03",
    }));
    let said = "2 homes: THB 32,000, 3 bedrooms, 120.5 sqm, 3,200 sqm of land, 1,500 m, 10%, \
                4 nights at THB 5,000 a night from 3 March 2027.";
    assert_eq!(left(said, &evidence), Vec::<String>::new());
    let lies = "3 homes: THB 3, 32,000 sqm, 4 bedrooms, 10 km, 120.5%, 5,000 baht a month";
    assert_eq!(left(lies, &evidence).len(), claims(lies).len());
}

#[test]
fn a_visitors_budget_is_no_price() {
    let mut evidence = Evidence::new();
    evidence.visitor("We are 4 people, from 3 March 2027, budget 20,000 baht. It is 5,000 baht, right? 50 m away?");
    assert_eq!(
        left("For 4 people under 20,000 baht from 3 March 2027", &evidence),
        Vec::<String>::new()
    );
    assert_eq!(left("Yes, it costs 5,000 baht.", &evidence), ["5,000 baht"]);
    assert_eq!(left("It is 20,000 baht, 50 m away.", &evidence), ["20,000 baht", "50 m"]);
}

#[test]
fn what_a_listing_says_of_itself_gives_no_price_and_no_way_out() {
    let mut evidence = Evidence::new();
    evidence.json(&json!({
        "url": "https://brand.example/properties/a",
        "untrusted_text": "Now 100 baht! Call 081-234-5678, evil@example.org, https://evil.example. 3 bedrooms, Soi 24.",
    }));
    assert_eq!(
        left("3 bedrooms, Soi 24: https://brand.example/properties/a", &evidence),
        Vec::<String>::new()
    );
    let lies = "100 baht, 081-234-5678, evil@example.org, https://evil.example";
    assert_eq!(left(lies, &evidence).len(), 4);
    let mut evidence = Evidence::new();
    evidence.text("See https://brand.example/visa");
    assert_eq!(left("https://brand.example/visa", &evidence).len(), 1, "links come from ids alone");
    evidence.link("https://brand.example/visa/");
    assert_eq!(left("https://brand.example/visa.", &evidence).len(), 0);
}

#[test]
fn what_is_not_backed_is_taken_out() {
    let mut evidence = Evidence::new();
    evidence.json(&json!({ "price": "THB 32,000", "bedrooms": 3 }));
    let (text, taken) = honest(
        "3 bedrooms for THB 30,000, not THB 32,000; call 0812345678.",
        &evidence,
        Lang::English,
    );
    assert_eq!(text, "3 bedrooms for (not confirmed), not THB 32,000; call (not confirmed).");
    assert_eq!(taken.len(), 2);
    let (text, _) = honest("3 ห้องนอน เดือนละ 30,000 บาท", &evidence, Lang::Thai);
    assert!(
        text.contains("3 ห้องนอน") && text.contains("ยังไม่ยืนยัน") && !text.contains("30,000"),
        "{text}"
    );
}

#[test]
fn languages_are_told_by_letters() {
    assert_eq!(language("It has a pool."), Some(Lang::English));
    assert_eq!(language("มีสระว่ายน้ำ"), Some(Lang::Thai));
    assert_eq!(language("Villa Mango มีสระว่ายน้ำ และสวน"), Some(Lang::Thai));
    assert_eq!(language("Это вилла"), None);
    assert_eq!(language("12 %"), None);
    assert_eq!(Lang::of_locale("th-TH"), Some(Lang::Thai));
    assert_eq!(Lang::of_locale("de"), None);
}
