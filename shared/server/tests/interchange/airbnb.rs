//! Inside Airbnb's files: what becomes of their rows.

use serde_json::Value;
use terrace_server::interchange::{Format, Wanted};
use terrace_server::listings::model::Currency;

use crate::support::{Desk, SUMMARY, counts, gzip, reasons, stay, summary};

#[actix_web::test]
async fn a_summary_becomes_listings_that_everyone_sees() {
    let desk = Desk::of("bestays").await;
    let title = "Loft\nwith \"view\"\r\n\u{2028}🏝 บ้าน";
    let file = gzip(summary(&[stay("1152921504606846977", title, "1234")]));
    let report = desk.import(file).await.unwrap();
    assert_eq!(report.format, Format::AirbnbSummary);
    assert_eq!(report.sources, ["airbnb"]);
    assert_eq!(counts(&report), [1, 0, 0, 0, 0, 0, 0]);

    let slug = desk.of_listing("1152921504606846977", "slug").await.unwrap();
    assert!(slug.starts_with("loft-with-view-"), "{slug}");
    let seen = desk.app.anonymous().get(&format!("/api/v1/properties/{slug}")).await.expect(200);
    let listing: &Value = &seen.json();
    assert_eq!(listing["title"], "Loft with \"view\" 🏝 บ้าน");
    assert_eq!(listing["rent_price"], 3_702_000);
    assert_eq!(listing["currency"], "THB");
    assert_eq!(listing["property_type"], "apartment");
    assert_eq!(listing["tags"], serde_json::json!(["entire-home"]));
    assert_eq!(listing["location_details"]["district"], "Watthana");
    assert_eq!(listing["location_details"]["lat"], 13.7301);
    assert_eq!(listing["location_details"]["country"], "TH");
    assert_eq!(listing["rental_details"]["price_per_night"], 123_400);
    assert_eq!(listing["rental_details"]["min_nights"], 2);
}

#[actix_web::test]
async fn a_summary_may_have_a_column_without_name_and_lack_others() {
    let desk = Desk::of("bestays").await;
    let file = "\u{feff},id,name,host_id,host_name,neighbourhood,latitude,longitude,room_type,price,\
        minimum_nights,number_of_reviews,last_review,reviews_per_month,\
        calculated_host_listings_count,availability_365\r\n\
        0,5,Room by the river,7,,Bang Rak,13.72,100.51,Hotel room,900,1,0,,,1,365\r\n";
    let report = desk.import(file).await.unwrap();
    assert_eq!(report.format, Format::AirbnbSummary);
    assert_eq!(counts(&report), [1, 0, 0, 0, 0, 0, 0]);
    assert_eq!(desk.of_listing("5", "property_type").await.unwrap(), "hotel");
}

#[actix_web::test]
async fn rows_are_refused_by_line_and_reason() {
    let desk = Desk::of("bestays").await;
    let rows = [
        stay("1", "Two\nlines", "100"),
        stay("2", "", "100"),
        stay("3", "ab", "100"),
        stay("4", "Free of charge", "0"),
        stay("5", "Without a price", ""),
        stay("6", "Odd price", "1.234.5"),
        stay("7", "For ever", "100").replace(",100,2,", ",100,367,"),
        stay("8", "On the moon", "100").replace("13.7301", "113.73"),
        stay("9", "A tent", "100").replace("Entire home/apt", "Tent"),
        stay("1", "Once more", "100"),
        stay("", "Nobody's", "100"),
        stay("\u{0}", "Unspeakable", "100"),
    ];
    let report = desk.import(summary(&rows)).await.unwrap();
    assert_eq!(counts(&report), [1, 0, 0, 0, 0, 0, 11]);
    let mut found = reasons(&report);
    found.sort();
    assert_eq!(
        found,
        [
            "coordinates_invalid latitude 1: [10]",
            "duplicate /external_id 1: [12]",
            "id_missing id 1: [13]",
            "invalid /external_id 1: [14]",
            "min_nights_too_long minimum_nights 1: [9]",
            "price_invalid price 1: [8]",
            "price_missing price 1: [7]",
            "price_zero price 1: [6]",
            "title_missing name 1: [4]",
            "title_too_short name 1: [5]",
            "unknown_room_type room_type 1: [11]",
        ]
    );
    let mut refused = csv::Reader::from_path(desk.refused()).unwrap();
    assert_eq!(refused.headers().unwrap(), &["line", "reason", "field", "detail", "record"][..]);
    let kept: Vec<csv::StringRecord> = refused.records().map(Result::unwrap).collect();
    assert_eq!(kept.len(), 11);
    assert_eq!(&kept[0][0], "4");
    assert_eq!(format!("{}\n", &kept[0][4]), rows[1], "the row as it stands in the file");
}

#[actix_web::test]
async fn a_title_that_is_too_long_is_cut() {
    let desk = Desk::of("bestays").await;
    desk.import(summary(&[stay("1", &"ห้อง".repeat(60), "100")])).await.unwrap();
    let title = desk.of_listing("1", "title").await.unwrap();
    assert_eq!(title.chars().count(), 200);
    assert!(title.ends_with('…'));
}

const DETAILED: [&str; 22] = [
    "id",
    "name",
    "description",
    "picture_url",
    "neighbourhood",
    "neighbourhood_cleansed",
    "neighbourhood_group_cleansed",
    "latitude",
    "longitude",
    "property_type",
    "room_type",
    "accommodates",
    "bathrooms",
    "bathrooms_text",
    "bedrooms",
    "beds",
    "amenities",
    "price",
    "minimum_nights",
    "maximum_nights",
    "instant_bookable",
    "license",
];

fn detailed(rows: &[[&str; 22]]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(DETAILED).unwrap();
    for row in rows {
        writer.write_record(row).unwrap();
    }
    writer.into_inner().unwrap()
}

const COTTAGE: [&str; 22] = [
    "1500000000000000001",
    "Cottage by the harbour",
    "Small &amp; bright.<br /><br />Sea <5km.",
    "https://pictures.example/1.jpg",
    "Howth, Ireland",
    "Fingal",
    "",
    "53.3871",
    "-6.0653",
    "Entire cottage",
    "Entire home/apt",
    "4",
    "",
    "1.5 baths",
    "2",
    "3",
    r#"["Wifi", "Free washer \u2013 In unit", "43 inch HDTV", "Pets allowed", "Lockbox", "Kazoo"]"#,
    "$1,234.50",
    "3",
    "2147483647",
    "t",
    "",
];

#[actix_web::test]
async fn the_detailed_kind_says_more() {
    let desk = Desk::of("bestays").await;
    let path = desk.file("dublin.csv", detailed(&[COTTAGE]));
    let report = desk
        .take(path, |options| {
            options.wanted = Wanted::Airbnb;
            options.currency = Some(Currency::Eur);
            options.country = Some("IE".to_owned());
            options.province = Some("Dublin".to_owned());
            options.draft = true;
        })
        .await
        .unwrap();
    assert_eq!(report.format, Format::AirbnbDetailed);
    assert_eq!(counts(&report), [1, 0, 0, 0, 0, 0, 0]);
    let id = "1500000000000000001";
    let is = async |expression: &str, value: &str| {
        assert_eq!(desk.of_listing(id, expression).await.unwrap(), value, "{expression}");
    };
    is("description", "Small & bright.\n\nSea <5km.").await;
    is("currency", "EUR").await;
    is("rent_price", "3703500").await;
    is("property_type", "house").await;
    is("bedrooms", "2").await;
    is("bathrooms", "1.5").await;
    is("concat_ws(' ', province, district, location_details ->> 'country')", "Dublin Fingal IE")
        .await;
    is("amenities -> 'interior'", r#"["wifi", "washing_machine", "tv"]"#).await;
    is("policies", r#"{"pets_allowed": true, "check_in_method": "key_box"}"#).await;
    is("cover_image ->> 'url'", "https://pictures.example/1.jpg").await;
    is("is_published", "false").await;
    let rental = "SELECT (max_nights, max_guests, instant_book)::text FROM rental_details";
    assert_eq!(desk.app.value::<String>(rental).await, "(3650,4,t)");
}

#[actix_web::test]
async fn a_picture_that_is_not_https_and_an_impossible_maximum_are_left_out() {
    let desk = Desk::of("bestays").await;
    let mut row = COTTAGE;
    row[3] = "javascript:alert(1)";
    row[19] = "2";
    let report = desk.import(detailed(&[row])).await.unwrap();
    assert_eq!(counts(&report), [1, 0, 0, 0, 0, 0, 0]);
    assert_eq!(desk.of_listing(row[0], "cover_image").await, None);
    let none: bool = desk.app.value("SELECT max_nights IS NULL FROM rental_details").await;
    assert!(none);
}

/// What a summary cannot say is not taken back by it, and neither is what people added.
#[actix_web::test]
async fn a_summary_does_not_empty_what_it_cannot_say() {
    let desk = Desk::of("bestays").await;
    desk.import(detailed(&[COTTAGE])).await.unwrap();
    desk.app
        .execute(
            "INSERT INTO property_translations (property_id, locale, field, value) \
                SELECT id, 'th', 'title', 'กระท่อมริมท่าเรือ' FROM properties; \
             UPDATE properties SET contact_info = '{\"name\": \"Ploy\"}'",
        )
        .await;
    let row = stay(COTTAGE[0], "Cottage by the sea", "900");
    let report = desk.import(summary(&[row])).await.unwrap();
    assert_eq!(counts(&report), [0, 1, 0, 0, 0, 0, 0]);
    assert_eq!([report.updated_price, report.updated_title, report.updated_location], [1, 1, 1]);
    let kept = "concat_ws(' ', bedrooms, property_type, contact_info ->> 'name', \
        description <> '', cover_image IS NOT NULL, amenities -> 'interior')";
    assert_eq!(
        desk.of_listing(COTTAGE[0], kept).await.unwrap(),
        r#"2 house Ploy t t ["wifi", "washing_machine", "tv"]"#
    );
    let translated: i64 = desk.app.value("SELECT count(*) FROM property_translations").await;
    assert_eq!(translated, 1);
    let instant: bool = desk.app.value("SELECT instant_book FROM rental_details").await;
    assert!(instant, "the summary does not know");
}

#[actix_web::test]
async fn other_tables_are_not_taken_for_listings() {
    let desk = Desk::of("bestays").await;
    let reviews = "listing_id,id,date,reviewer_id\n1,2,2022-01-01,3\n";
    let error = desk.import(reviews).await.unwrap_err();
    assert!(error.to_string().contains("line 1: this is none of the formats known"), "{error}");
    let path = desk.file("summary", SUMMARY);
    let error = desk.take(path, |options| options.wanted = Wanted::Terrace).await.unwrap_err();
    assert!(error.to_string().contains("which --format does not allow"), "{error}");
}
