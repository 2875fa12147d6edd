//! Calendars and the filter for stays stand on indexes, however many stays there are.

use sea_orm::Value;
use serde_json::Value as Json;
use terrace_product::Locale;
use terrace_server::{
    availability::calendar::calendar_statement,
    listings::{
        filters::ListQuery,
        map::{MapQuery, map_statement},
        query::Sight,
        read::page_statement,
    },
    reports::{Asked, occupancy_statement},
};
use terrace_testkit::{TestApp, spawn_app};
use uuid::Uuid;

use super::day;
use crate::plans::{connect, nodes, plan};

/// A thousand listings, and forty stays in each one's calendar, around today.
async fn fill(app: &TestApp) {
    app.execute(
        "ALTER TABLE properties DISABLE TRIGGER USER; \
         INSERT INTO properties (slug, title, transaction_type, property_type, rent_price, location_details, \
            is_published, status, published_at) \
         SELECT 'row-' || n, 'Listing ' || n, 'rent', 'condo', 100000 + n, \
            jsonb_build_object('lat', 13 + n * 0.0005, 'lng', 100 + n * 0.0005), true, 'published', \
            '2026-01-01'::timestamptz + n * interval '1 minute' \
         FROM generate_series(1, 1000) n; \
         ALTER TABLE properties ENABLE TRIGGER USER; \
         INSERT INTO rental_details (property_id, price_per_night, max_guests) SELECT id, 100000, 4 FROM properties; \
         INSERT INTO rates (property_id, during, price_per_night) \
            SELECT id, daterange(current_date + n * 40, current_date + n * 40 + 20), 200000 \
            FROM properties, generate_series(0, 5) n; \
         INSERT INTO stays (property_id, during, kind) \
            SELECT id, daterange(d.day, d.day + 1 + n % 9), 'block' \
            FROM properties CROSS JOIN generate_series(0, 39) n \
            CROSS JOIN LATERAL (SELECT current_date - 200 + n * 12 - (hashtext(slug) & 63) AS day) d; \
         ANALYZE",
    )
    .await;
}

/// The condition by which rows of an index are looked for.
fn condition<'a>(plan: &'a Json, index: &str) -> Option<&'a str> {
    let scan = nodes(plan).into_iter().find(|node| node["Index Name"] == index)?;
    scan["Index Cond"].as_str()
}

fn read_whole(plan: &Json) -> Vec<&str> {
    let scans = nodes(plan).into_iter().filter(|node| node["Node Type"] == "Seq Scan");
    scans.filter_map(|scan| scan["Relation Name"].as_str()).collect()
}

#[tokio::test]
async fn a_calendar_reads_the_days_of_one_listing() {
    let app = spawn_app("bestays").await;
    fill(&app).await;
    let db = connect(&app).await;
    let id: Uuid = app.value("SELECT id FROM properties WHERE slug = 'row-500'").await;
    let plan = plan(&db, calendar_statement(id, &Sight::Public, day(30), day(61))).await;
    assert_eq!(read_whole(&plan), [""; 0]);
    for index in ["stays_no_overlap", "rates_no_overlap"] {
        let condition = condition(&plan, index).unwrap_or_else(|| panic!("{index} in {plan:#}"));
        assert!(
            condition.contains("property_id =") && condition.contains("during &&"),
            "{condition}"
        );
    }
    let read: f64 = nodes(&plan).iter().filter_map(|node| node["Actual Rows"].as_f64()).sum();
    assert!(read < 200.0, "{read} rows are read for one calendar: {plan:#}");
}

#[tokio::test]
async fn what_is_free_is_found_by_an_index() {
    let app = spawn_app("bestays").await;
    fill(&app).await;
    let db = connect(&app).await;
    let locale = Locale::parse("en").unwrap();
    let stay = format!("check_in={}&check_out={}&guests=2", day(31), day(35));
    let list = |query: &str| -> (String, Vec<Value>) {
        let query: ListQuery = serde_urlencoded::from_str(query).unwrap();
        page_statement(&query, None, &app.profile.locales, &locale).unwrap()
    };
    let map = MapQuery::parse(&format!("{stay}&bbox=97,5,106,21&zoom=8")).unwrap();
    let shapes = [
        ("list", list(&stay)),
        ("list that counts", list(&format!("{stay}&count=true"))),
        ("cheapest first", list(&format!("{stay}&sort=price_asc&property_type=condo"))),
        ("map", map_statement(&map, None, &app.profile, &locale)),
    ];
    for (name, statement) in shapes {
        let plan = plan(&db, statement).await;
        assert!(plan["Actual Rows"].as_f64().unwrap() > 0.0, "{name}: no rows prove nothing");
        assert!(!read_whole(&plan).contains(&"stays"), "{name}: {plan:#}");
        let condition = condition(&plan, "stays_no_overlap");
        let condition = condition.unwrap_or_else(|| panic!("{name}: {plan:#}"));
        assert!(condition.contains("during &&"), "{name}: {condition}");
    }
}

#[tokio::test]
async fn a_report_reads_what_it_tells_of() {
    let app = spawn_app("bestays").await;
    fill(&app).await;
    let db = connect(&app).await;
    let id: Uuid = app.value("SELECT id FROM properties WHERE slug = 'row-500'").await;
    let asked = Asked { from: day(0), to: day(60), property_id: Some(id), agent_id: None };
    let plan = plan(&db, occupancy_statement(&asked, None, 25)).await;
    assert!(!read_whole(&plan).contains(&"stays"), "{plan:#}");
    let condition = condition(&plan, "stays_no_overlap").unwrap_or_else(|| panic!("{plan:#}"));
    assert!(condition.contains("property_id =") && condition.contains("during &&"), "{condition}");
}
