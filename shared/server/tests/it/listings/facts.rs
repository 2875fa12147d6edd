//! Thai facts: land, deeds, leases, dates, and what the law says.

use serde_json::{Value, json};
use terrace_testkit::{Caller, Listing, TestApp, listing, setup, spawn_app};

const CREATE: &str = "/api/v1/properties";

/// What the law says hangs on what a listing leaves unsaid, too; publishing asks for some of it.
async fn published(app: &TestApp, agent: &Caller, body: Value) -> Listing {
    let made = agent.create(body).await;
    app.execute(format!(
        "UPDATE properties SET status = 'published', is_published = true, published_at = now() WHERE id = '{}'",
        made.id
    ))
    .await;
    made
}

async fn refused(caller: &Caller, body: Value) -> Vec<String> {
    let reply = caller.post(CREATE, body).await.expect(422);
    reply.fields()
}

fn villa(specs: Value, sale: Value) -> Value {
    let fields = json!({"property_type": "villa", "physical_specs": specs, "sale_details": sale});
    listing::with(listing::sale(), fields)
}

#[tokio::test]
async fn land_is_told_in_both_measures_whichever_was_given() {
    let app = spawn_app("realestate").await;
    let agent = app.agent("somchai").await;
    let thai = json!({"rai": 2, "ngan": 1, "sq_wah": 50});
    let specs = json!({"land_thai": thai, "year_built": 2019});
    let made = published(&app, &agent, villa(specs, json!({"land_sqm": 493.6}))).await;
    assert_eq!(made.json["physical_specs"], json!({"land_sqm": 3800.0, "year_built": 2019}));
    let expected =
        json!({"sqm": 3800.0, "thai": {"rai": 2, "ngan": 1, "sq_wah": 50.0}, "text": "2-1-50 rai"});
    assert_eq!(made.json["land"], expected);
    assert_eq!(made.json["deed_land"]["thai"], json!({"rai": 0, "ngan": 1, "sq_wah": 23.4}));
    assert_eq!(made.json["sale_details"]["land_sqm"], 493.6);

    let seen = app.anonymous().get(&format!("{}?locale=th", made.path())).await.expect(200);
    assert_eq!(seen.at("/land/text"), "2 ไร่ 1 งาน 50 ตร.ว.");
    assert_eq!(seen.at("/deed_land/text"), "1 งาน 23.4 ตร.ว.");
    assert_eq!(seen.at("/display/year_built"), "พ.ศ. 2562");

    // Changed by the other measure, and by both where they agree.
    let change = json!({"sale_details": {"land_thai": {"rai": 1}}, "physical_specs": {"land_sqm": 1600, "land_thai": {"ngan": 0, "rai": 1}}});
    let changed = agent.patch(&made.path(), change).if_match(&made.etag).await.expect(200);
    for field in ["/sale_details/land_sqm", "/deed_land/sqm", "/land/sqm"] {
        assert_eq!(changed.at(field).as_f64(), Some(1600.0), "{field}");
    }
    let bare = agent.create(listing::sale()).await;
    assert_eq!((bare.json.get("land"), bare.json.get("deed_land")), (None, None));
}

#[tokio::test]
async fn land_that_contradicts_itself_or_is_no_land_is_refused_by_name() {
    let app = spawn_app("realestate").await;
    let agent = app.agent("somchai").await;
    for (specs, sale, field) in [
        (
            json!({"land_sqm": 1600.01, "land_thai": {"rai": 1}}),
            json!({}),
            "/physical_specs/land_thai contradicts",
        ),
        (
            json!({}),
            json!({"land_sqm": 10, "land_thai": {"rai": 1}}),
            "/sale_details/land_thai contradicts",
        ),
        (json!({"land_thai": {}}), json!({}), "/physical_specs/land_thai out_of_range"),
        (json!({"land_thai": {"ngan": 4}}), json!({}), "/physical_specs/land_thai/ngan invalid"),
        (
            json!({"land_thai": {"sq_wah": 100}}),
            json!({}),
            "/physical_specs/land_thai/sq_wah invalid",
        ),
        (
            json!({"land_thai": {"sq_wah": 1.001}}),
            json!({}),
            "/physical_specs/land_thai/sq_wah invalid",
        ),
        (
            json!({"land_thai": {"acres": 1}}),
            json!({}),
            "/physical_specs/land_thai/acres unknown_field",
        ),
        (json!({}), json!({"land_thai": {"rai": -1}}), "/sale_details/land_thai/rai invalid_type"),
    ] {
        assert_eq!(refused(&agent, villa(specs.clone(), sale)).await, [field], "{specs}");
    }
    let made = agent.create(listing::sale()).await;
    let change = json!({"physical_specs": {"land_sqm": 5, "land_thai": {"rai": 1}}});
    let reply = agent.patch(&made.path(), change).if_match(&made.etag).await.expect(422);
    assert_eq!(reply.fields(), ["/physical_specs/land_thai contradicts"]);
}

#[tokio::test]
async fn every_deed_is_accepted_and_explained() {
    let app = spawn_app("realestate").await;
    let agent = app.agent("somchai").await;
    for (locale, chanote) in [("en", "Chanote (Nor Sor 4 Jor)"), ("th", "โฉนดที่ดิน (น.ส.4 จ.)")]
    {
        let list =
            app.anonymous().get(&format!("/api/v1/title-deeds?locale={locale}")).await.expect(200);
        let deeds = list.at("/items").as_array().cloned().unwrap();
        assert_eq!((deeds.len(), deeds[0]["name"].as_str().unwrap()), (8, chanote));
        assert_eq!(
            deeds[2]["allows"],
            json!({"sale": "after_notice", "mortgage": "after_notice", "long_lease": "after_notice"})
        );
        for deed in deeds {
            let made = agent.create(villa(json!({}), json!({"title_deed": deed["slug"]}))).await;
            assert_eq!(made.json["sale_details"]["title_deed"], deed["slug"]);
        }
    }
}

#[tokio::test]
async fn quotas_and_leases_must_fit() {
    let app = spawn_app("realestate").await;
    let agent = app.agent("somchai").await;
    let quota = |sale| listing::with(listing::sale(), json!({"sale_details": sale}));
    let made =
        agent.create(quota(json!({"foreign_quota": true, "foreign_quota_left_bps": 1250}))).await;
    assert_eq!(made.json["sale_details"]["foreign_quota_left_bps"], 1250);
    let contradicts = quota(json!({"foreign_quota": false, "foreign_quota_left_bps": 1}));
    assert_eq!(
        refused(&agent, contradicts).await,
        ["/sale_details/foreign_quota_left_bps contradicts"]
    );
    let too_much = quota(json!({"foreign_quota_left_bps": 4901}));
    assert_eq!(refused(&agent, too_much).await, ["/sale_details/foreign_quota_left_bps invalid"]);

    let lease = |property: &str, months: i32| {
        let details = json!({"min_term_months": 36, "max_term_months": months, "is_registered": true, "renewal_note": "Two more terms"});
        listing::with(
            listing::lease(),
            json!({"property_type": property, "lease_details": details}),
        )
    };
    let home = agent.create(lease("villa", 360)).await;
    assert_eq!(home.json["lease_details"]["renewal_note"], "Two more terms");
    assert_eq!(
        refused(&agent, lease("villa", 361)).await,
        ["/lease_details/max_term_months too_long"]
    );
    let shop = agent.create(lease("retail", 600)).await;
    assert_eq!(shop.json["lease_details"]["is_registered"], true);
    // A shop with such a lease cannot become a home, unless the lease becomes shorter with it.
    let home = json!({"property_type": "house", "lease_details": {"max_term_months": 600}});
    let reply = agent.patch(&shop.path(), home).if_match(&shop.etag).await.expect(422);
    assert_eq!(reply.fields(), ["/lease_details/max_term_months too_long"]);
}

#[tokio::test]
async fn days_are_told_in_the_era_of_the_language() {
    let app = spawn_app("realestate").await;
    let agent = app.agent("somchai").await;
    let made = agent.create_published(listing::investment()).await;
    // Seven hours later it is the next day in Bangkok.
    app.execute("UPDATE properties SET published_at = '2026-11-25T17:30:00Z'").await;
    let seen = async |locale: &str| {
        let reply = agent.get(&format!("{}?locale={locale}", made.path())).await.expect(200);
        reply.at("/display")
    };
    let thai = json!({"year_built": "พ.ศ. 2562", "published_on": "26 พฤศจิกายน 2569", "completion_on": "30 มิถุนายน 2570"});
    assert_eq!(seen("th").await, thai);
    let english = json!({"year_built": "2019", "published_on": "26 November 2026", "completion_on": "30 June 2027"});
    assert_eq!(seen("en").await, english);
    let iso = agent.get(&made.path()).await.expect(200);
    assert_eq!(iso.at("/investment_details/completion_on"), "2027-06-30");
    assert_eq!(iso.at("/published_at"), "2026-11-25T17:30:00Z");
}

/// (topic, outcome, ids of the rules) of a listing on a day.
async fn law(app: &TestApp, made: &Listing, query: &str) -> Vec<(String, String, Vec<String>)> {
    let reply = app.anonymous().get(&format!("{}{query}", made.at("legal"))).await.expect(200);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let answers = reply.at("/answers").as_array().cloned().unwrap();
    answers
        .iter()
        .map(|answer| {
            let reasons = answer["reasons"].as_array().unwrap();
            let ids = reasons.iter().map(|reason| text(&reason["id"])).collect();
            (text(&answer["topic"]), text(&answer["outcome"]), ids)
        })
        .collect()
}

#[tokio::test]
async fn the_law_answers_by_kind_of_listing() {
    let app = setup("realestate")
        .with(|profile| {
            profile.market.transaction_types.push(terrace_product::TransactionType::Rent)
        })
        .spawn()
        .await;
    let agent = app.agent("somchai").await;
    let sale = |property: &str, details: Value| {
        let fields = json!({"property_type": property, "sale_details": details});
        listing::with(listing::sale(), fields)
    };
    let of_type = |body, property: &str| listing::with(body, json!({"property_type": property}));
    let cases = [
        (
            sale("condo", json!({"foreign_quota": true})),
            vec!["foreign_ownership yes condo_in_foreign_quota"],
        ),
        (sale("condo", json!({})), vec!["foreign_ownership depends condo_quota_unknown"]),
        (
            sale("condo", json!({"foreign_quota": false})),
            vec!["foreign_ownership no condo_outside_foreign_quota"],
        ),
        (
            sale("villa", json!({"ownership_type": "freehold", "foreign_quota": true})),
            vec!["foreign_ownership no land_code_86"],
        ),
        (
            sale("villa", json!({"ownership_type": "leasehold"})),
            vec![
                "foreign_ownership depends leasehold_is_no_ownership",
                "lease_term no leasehold_30_years",
            ],
        ),
        (
            sale("villa", json!({"ownership_type": "company"})),
            vec!["foreign_ownership depends company_held"],
        ),
        (
            sale("land", json!({"title_deed": "sor_por_kor_4_01"})),
            vec!["foreign_ownership no land_code_86,land_reform_land"],
        ),
        (listing::rent(), vec!["nightly_letting depends hotel_act_4,small_lodging_2566"]),
        (of_type(listing::rent(), "condo"), vec!["nightly_letting depends hotel_act_4"]),
        (listing::lease(), vec!["lease_term no lease_30_years"]),
        (
            of_type(listing::lease(), "office"),
            vec!["lease_term depends lease_30_years_of_businesses,lease_for_commerce_and_industry"],
        ),
        (listing::business(), vec![]),
    ];
    for (body, expected) in cases {
        let made = published(&app, &agent, body).await;
        let told: Vec<String> = law(&app, &made, "")
            .await
            .into_iter()
            .map(|(topic, outcome, ids)| format!("{topic} {outcome} {}", ids.join(",")))
            .collect();
        assert_eq!(told, expected, "{}", made.json);
    }
}

#[tokio::test]
async fn the_law_is_that_of_a_day_and_names_its_source() {
    let app = spawn_app("bestays").await;
    let agent = app.agent("somchai").await;
    let made = agent.create_published(listing::rent()).await;
    for (on, rules) in [
        ("2005-05-10", vec![]),
        ("2005-05-11", vec!["hotel_act_4"]),
        ("2009-01-01", vec!["hotel_act_4", "small_lodging_2551"]),
        ("2023-12-31", vec!["hotel_act_4", "small_lodging_2551"]),
        ("2024-01-01", vec!["hotel_act_4", "small_lodging_2566"]),
    ] {
        let told = law(&app, &made, &format!("?on={on}")).await;
        let ids: Vec<_> = told.into_iter().flat_map(|(.., ids)| ids).collect();
        assert_eq!(ids, rules, "{on}");
    }
    let path = made.at("legal");
    let english = app.anonymous().get(&path).await.expect(200);
    assert_eq!(english.at("/disclaimer"), "This is not legal advice.");
    let thai = app.anonymous().get(&format!("{path}?locale=th&on=2026-11-26")).await.expect(200);
    assert_eq!(thai.at("/on"), "2026-11-26");
    assert_eq!(thai.at("/answers/0/question"), "ให้เช่ารายวันได้หรือไม่");
    assert_eq!(
        thai.at("/answers/0/reasons/0/source"),
        "พระราชบัญญัติโรงแรม พ.ศ. 2547 มาตรา 4 และมาตรา 15"
    );
    assert_eq!(thai.at("/answers/0/reasons/0/valid_from"), "2005-05-11");
    assert!(thai.at("/answers/0/reasons/0/checked_on").is_string());
    for on in ["yesterday", "2026-02-30", "26-11-26", "+12026-01-01", ""] {
        let reply = app.anonymous().get(&format!("{path}?on={}", on.replace('+', "%2B"))).await;
        reply.problem(400, "invalid_parameter");
        assert_eq!(reply.fields(), ["on invalid"]);
    }
}
