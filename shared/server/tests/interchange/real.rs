//! Real files of Inside Airbnb, where they are at hand: the numbers to the last row.
//!
//! The expected numbers were counted by other means than this code (see shared/docs/IMPORT.md for
//! how they follow from the differences between the files).

use std::path::{Path, PathBuf};

use terrace_server::listings::model::Currency;

use crate::support::{Desk, counts, reasons};

fn real(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/listings");
    let path = folder.join(name);
    if !path.exists() {
        eprintln!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

const SEPTEMBER: &str = "bangkok_2022-09_listings_summary.csv.gz";
const DECEMBER: &str = "bangkok_2022-12_listings_summary.csv.gz";
const DUBLIN: &str = "dublin_2025-09_listings_detailed_79col.csv.gz";

#[actix_web::test]
async fn bangkok_twice() {
    let (Some(september), Some(december)) = (real(SEPTEMBER), real(DECEMBER)) else {
        return;
    };
    let desk = Desk::of("bestays").await;
    let report = desk.take(september, |_| {}).await.unwrap();
    assert_eq!(report.rows, 16_640);
    assert_eq!(counts(&report), [16_602, 0, 0, 0, 0, 0, 38]);
    assert_eq!(
        reasons(&report),
        [
            "min_nights_too_long minimum_nights 14: [182, 348, 1207, 1434, 1792]",
            "title_too_short name 14: [2322, 2574, 3088, 3160, 4078]",
            "title_missing name 9: [566, 584, 662, 936, 1168]",
            "price_zero price 1: [12606]",
        ]
    );

    let report = desk.take(december.clone(), |_| {}).await.unwrap();
    assert_eq!(report.rows, 15_854);
    assert_eq!(counts(&report), [2_233, 7_412, 6_175, 0, 0, 3_013, 34]);
    assert_eq!(report.updated_price, 6_996);
    assert_eq!(report.updated_title, 653);
    assert_eq!(report.updated_location, 898);
    assert_eq!(report.updated_over_edits, 0);

    let before = desk.everything().await;
    let report = desk.take(december, |_| {}).await.unwrap();
    assert_eq!(counts(&report), [0, 0, 15_820, 0, 0, 0, 34]);
    assert_eq!(desk.everything().await, before);
}

#[actix_web::test]
async fn dublin() {
    let Some(dublin) = real(DUBLIN) else {
        return;
    };
    let desk = Desk::of("bestays").await;
    let report = desk
        .take(dublin, |options| {
            options.currency = Some(Currency::Eur);
            options.country = Some("IE".to_owned());
            options.province = Some("Dublin".to_owned());
        })
        .await
        .unwrap();
    assert_eq!(report.rows, 6_945);
    assert_eq!(counts(&report), [5_239, 0, 0, 0, 0, 0, 1_706]);
    assert_eq!(
        reasons(&report),
        [
            "price_missing price 1701: [3, 6, 8, 12, 24]",
            "title_too_short name 3: [1200, 1624, 6227]",
            "min_nights_too_long minimum_nights 2: [115, 161]",
        ]
    );
    let mut refused = csv::Reader::from_path(desk.refused()).unwrap();
    assert_eq!(
        refused.records().filter(|row| row.as_ref().unwrap()[1] == *"price_missing").count(),
        1_701
    );

    let value = async |sql: &str| {
        desk.app.value::<i64>(format!("SELECT count(*) FROM properties WHERE {sql}")).await
    };
    assert_eq!(value("currency <> 'EUR' OR cover_image IS NULL").await, 0);
    assert_eq!(value("description ~* '<(br|b|p)\\M'").await, 0, "no HTML is left");
    assert!(value("external_id::numeric > 9007199254740993").await > 3_000);
    assert!(value("cardinality(amenity_slugs) > 5").await > 4_000);
}
