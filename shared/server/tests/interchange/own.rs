//! Our own format: what is written is what is read.

use serde_json::{Value, json};
use terrace_server::interchange::{ExportForm, Format};

use crate::support::{Desk, counts, reasons, record};

/// Every kind of offer and every kind of value, with texts that spreadsheets would run.
fn everything() -> Vec<String> {
    let th = json!({ "th": {
        "title": "=วิลล่า|ริมทะเล", "description": "-บรรทัดแรก\nบรรทัดสอง", "location_province": "ภูเก็ต",
        "location_district": "เมืองภูเก็ต", "location_subdistrict": "ราไวย์", "location_address": "+ซอย 4"
    } });
    let specs = json!({
        "bedrooms": 3, "bathrooms": 2.5, "area_sqm": 280, "land_sqm": 600.25, "floors": 2,
        "year_built": 2019, "furnished": "partly", "parking": 0
    });
    let place = json!({
        "country": "TH", "province": "Phuket", "district": "Mueang Phuket", "subdistrict": "Rawai",
        "address": "@4, \"Soi\" 7", "postcode": "83130", "lat": 7.77, "lng": -98.32
    });
    let picture = json!({ "url": "/assets/listings/x.svg", "alt": { "en": "=A", "th": "ก" }, "width": 1200, "height": 800 });
    let sale = json!({
        "transaction_type": "sale", "rent_price": null, "sale_price": 9_007_199_254_740_993_i64 / 1000,
        "sale_details": { "ownership_type": "freehold", "title_deed": "nor_sor_3_gor", "land_sqm": 400.5,
            "foreign_quota": false, "transfer_fee_share": "split" },
        "physical_specs": specs, "location_details": place, "translations": th,
        "amenities": { "interior": ["wifi"], "exterior": ["private_pool", "garden"], "building": [], "area": ["near_beach"] },
        "policies": { "pets_allowed": false, "quiet_hours": "=22:00", "viewing_notice_hours": 24, "utilities": "included" },
        "contact_info": { "name": "'=Ploy", "phone": "+66 80 000 0000", "email": "ploy@realestate.example", "line_id": "@ploy" },
        "cover_image": picture, "images": [picture, picture], "tags": ["a|b", "c\\d", "=e", "'f"],
        "is_featured": true, "listing_priority": 12, "is_published": true, "slug": "everything-there-is",
        "agent": "ploy@realestate.example", "description": "+First\r\nSecond\rThird, \"quoted\"\u{2028}"
    });
    vec![
        record("-1", sale),
        record(
            "2",
            json!({ "transaction_type": "lease", "property_type": "office", "rent_price": null,
            "lease_price": 100, "currency": "EUR",
            "lease_details": { "min_term_months": 12, "max_term_months": 36, "deposit_months": 0, "advance_months": null } }),
        ),
        record(
            "3",
            json!({ "transaction_type": "business", "rent_price": null, "sale_price": 5, "is_published": true,
            "business_details": { "business_type": "=restaurant", "annual_revenue": 1, "annual_profit": -2, "staff": 12,
                "lease_remaining_months": 30, "assets_included": ["kitchen|bar", "van"], "reason_for_sale": "-" } }),
        ),
        record(
            "4",
            json!({ "transaction_type": "investment", "property_type": "project", "rent_price": null, "sale_price": 5,
            "investment_details": { "stage": "construction", "developer": "Siam", "target_amount": 10, "min_ticket": 1,
                "expected_yield_bps": 650, "completion_on": "2027-06-30" } }),
        ),
        record(
            "5",
            json!({ "transaction_type": "sale", "rent_price": null, "sale_price": 5, "sale_details": {} }),
        ),
    ]
}

async fn filled() -> Desk {
    let desk = Desk::of("realestate").await;
    let ploy = desk.app.agent("ploy").await;
    let report = desk.import(everything().concat()).await.unwrap();
    assert_eq!(counts(&report), [5, 0, 0, 0, 0, 0, 0], "{:?}", reasons(&report));
    let listing = terrace_testkit::listing::sale();
    let _ = ploy.post("/api/v1/properties", listing).await.expect(201);
    desk
}

#[actix_web::test]
async fn an_export_of_what_was_imported_changes_nothing() {
    let desk = filled().await;
    for form in [ExportForm::Jsonl, ExportForm::Csv] {
        let before = desk.everything().await;
        let report = desk.import(desk.export(form).await).await.unwrap();
        assert_eq!(counts(&report), [0, 0, 6, 0, 0, 0, 0], "{:?}", reasons(&report));
        assert_eq!(desk.everything().await, before, "{form:?}");
    }
}

#[actix_web::test]
async fn an_export_fills_an_empty_database_with_the_same() {
    let desk = filled().await;
    let exported = (desk.export(ExportForm::Jsonl).await, desk.export(ExportForm::Csv).await);
    for (bytes, format) in [(&exported.0, Format::TerraceJsonl), (&exported.1, Format::TerraceCsv)]
    {
        let other = Desk::of("realestate").await;
        other.app.agent("ploy").await;
        let report = other.import(bytes).await.unwrap();
        assert_eq!(report.format, format);
        assert_eq!(counts(&report), [6, 0, 0, 0, 0, 0, 0], "{:?}", reasons(&report));
        assert_eq!(other.export(ExportForm::Jsonl).await, exported.0);
        assert_eq!(other.export(ExportForm::Csv).await, exported.1);
    }
}

#[actix_web::test]
async fn what_is_exported_is_what_was_given() {
    let desk = filled().await;
    let exported = desk.export(ExportForm::Jsonl).await;
    for (given, got) in everything().iter().zip(exported.lines()) {
        let given: Value = serde_json::from_str(given).unwrap();
        let got: Value = serde_json::from_str(got).unwrap();
        for (key, value) in given.as_object().unwrap() {
            if *value == json!({}) {
                continue;
            }
            assert!(same(value, &got[key]), "{key}: {value} became {}", got[key]);
        }
        assert_eq!(got["external_source"], "terrace");
    }
}

/// As given, whole numbers being numbers.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Object(one), Value::Object(other)) => {
            one.iter().all(|(key, value)| same(value, other.get(key).unwrap_or(&Value::Null)))
        }
        (one, other) => one == other,
    }
}

#[actix_web::test]
async fn no_cell_of_an_export_is_a_formula() {
    let desk = filled().await;
    let exported = desk.export(ExportForm::Csv).await;
    let mut table = csv::Reader::from_reader(exported.as_bytes());
    for row in table.records() {
        for cell in &row.unwrap() {
            let runs = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
            assert!(!runs || cell.parse::<f64>().is_ok(), "{cell:?}");
        }
    }
}

#[actix_web::test]
async fn a_block_that_is_left_out_and_texts_that_are_gone_go() {
    let desk = filled().await;
    let mut rows = everything();
    rows[0] =
        record("-1", json!({ "transaction_type": "sale", "rent_price": null, "sale_price": 5 }));
    rows[1] = record(
        "2",
        json!({ "transaction_type": "sale", "rent_price": null, "sale_price": 5,
        "sale_details": { "foreign_quota": true } }),
    );
    let report = desk.import(rows.concat()).await.unwrap();
    assert_eq!(counts(&report), [0, 2, 3, 0, 0, 0, 0], "{:?}", reasons(&report));
    let count = async |table: &str| {
        let sql = format!(
            "SELECT count(*) FROM {table} t JOIN properties p ON p.id = t.property_id \
             WHERE p.external_source = 'terrace'"
        );
        desk.app.value::<i64>(sql).await
    };
    assert_eq!(count("sale_details").await, 1);
    assert_eq!(count("lease_details").await, 0);
    assert_eq!(count("property_translations").await, 0);
    let slug = desk.of_listing("-1", "slug").await.unwrap();
    assert_eq!(slug, "everything-there-is", "left out of the record: it stays");
}

#[actix_web::test]
async fn records_are_held_to_the_rules_of_the_api() {
    let desk = Desk::of("realestate").await;
    let sale = |change: Value| {
        let mut whole = json!({ "transaction_type": "sale", "rent_price": null, "sale_price": 5 });
        for (key, value) in change.as_object().unwrap() {
            whole[key] = value.clone();
        }
        whole
    };
    let rows = [
        record("1", sale(json!({ "colour": "red" }))),
        record("2", sale(json!({ "sale_price": "5" }))),
        record("3", sale(json!({ "sale_price": 0 }))),
        record("4", json!({})),
        record("5", sale(json!({ "amenities": { "interior": ["moat"] } }))),
        record("6", sale(json!({ "policies": { "pets_allowed": "yes" } }))),
        record("7", sale(json!({ "translations": { "fr": { "title": "Une villa" } } }))),
        record("8", sale(json!({ "translations": { "th": { "title": "ก" } } }))),
        record("9", sale(json!({ "rental_details": { "min_nights": 1 } }))),
        record("10", sale(json!({ "location_details": { "lat": 7.7 } }))),
        record("11", sale(json!({ "images": [{ "url": "/a.svg" }, { "url": "javascript:1" }] }))),
        record("12", sale(json!({ "title": "    " }))),
        record("13", sale(json!({ "slug": "same-slug" }))),
        record("14", sale(json!({ "slug": "same-slug" }))),
        "{\"transaction_type\": \"sale\", \"property_type\": \"villa\", \"title\": \"Nameless\", \"sale_price\": 5}\n".to_owned(),
    ];
    let report = desk.import(rows.concat()).await.unwrap();
    let mut found = reasons(&report);
    found.sort();
    assert_eq!(
        found,
        [
            "incomplete /location_details 1: [10]",
            "invalid /images/*/url 1: [11]",
            "invalid /sale_price 1: [3]",
            "invalid /title 1: [12]",
            "invalid /translations/th/title 1: [8]",
            "invalid_type /policies/pets_allowed 1: [6]",
            "invalid_type /sale_price 1: [2]",
            "misplaced /rental_details 1: [9]",
            "not_offered /transaction_type 1: [4]",
            "required /external_id 1: [15]",
            "slug_taken /slug 1: [14]",
            "unknown_field /colour 1: [1]",
            "unknown_locale /translations/fr 1: [7]",
            "unknown_value /amenities/interior/* 1: [5]",
        ]
    );
    assert_eq!(counts(&report), [1, 0, 0, 0, 0, 0, 14]);
}

#[actix_web::test]
async fn a_table_names_its_cells() {
    let desk = Desk::of("realestate").await;
    let table = "external_id,transaction_type,property_type,title,sale_price,physical_specs.bedrooms,tags,translations.th.title\n\
        1,sale,condo,Corner two-bedroom,1190000000,2,corner|high floor,ห้องมุม\n\
        2,sale,condo,Studio,many,,,\n\
        3,sale,condo,'Tis a studio,5,1.5,,\n";
    let report = desk.import(table).await.unwrap();
    assert_eq!(counts(&report), [1, 0, 0, 0, 0, 0, 2]);
    let mut found = reasons(&report);
    found.sort();
    assert_eq!(
        found,
        ["invalid_type /physical_specs/bedrooms 1: [4]", "invalid_type /sale_price 1: [3]",]
    );
    assert_eq!(desk.of_listing("1", "tags").await.unwrap(), "{corner,\"high floor\"}");
}

#[actix_web::test]
async fn an_id_of_another_listing_is_refused() {
    let desk = filled().await;
    let id = desk.of_listing("2", "id").await.unwrap();
    let row = json!({ "id": id, "transaction_type": "sale", "rent_price": null, "sale_price": 5 });
    let path = desk.file("x", record("99", row));
    let report = desk.take(path, |options| options.no_withdraw = true).await.unwrap();
    assert_eq!(reasons(&report), ["id_taken /id 1: [1]"]);
}
