//! A source has what its file has: new, changed, gone, back again.

use terrace_server::interchange::ImportReport;

use crate::support::{Desk, counts, stay, summary};

fn three() -> Vec<String> {
    ["1", "2", "3"].map(|id| stay(id, &format!("Room number {id}"), "900")).to_vec()
}

fn changed(report: &ImportReport) -> [u64; 4] {
    [report.updated_price, report.updated_title, report.updated_location, report.updated_over_edits]
}

#[actix_web::test]
async fn the_same_file_twice_changes_nothing() {
    let desk = Desk::of("bestays").await;
    desk.import(summary(&three())).await.unwrap();
    let before = desk.everything().await;
    let report = desk.import(summary(&three())).await.unwrap();
    assert_eq!(counts(&report), [0, 0, 3, 0, 0, 0, 0]);
    assert_eq!(desk.everything().await, before);
}

#[actix_web::test]
async fn changes_are_told_apart() {
    let desk = Desk::of("bestays").await;
    desk.import(summary(&three())).await.unwrap();
    let slug = desk.of_listing("2", "slug").await;
    let rows = [
        stay("1", "Room number 1", "950"),
        stay("2", "Another name", "900"),
        stay("3", "Room number 3", "900").replace("13.7301", "13.73011"),
    ];
    let report = desk.import(summary(&rows)).await.unwrap();
    assert_eq!(counts(&report), [0, 3, 0, 0, 0, 0, 0]);
    assert_eq!(changed(&report), [1, 1, 1, 0]);
    assert_eq!(desk.of_listing("2", "version").await.unwrap(), "2");
    assert_eq!(desk.of_listing("2", "slug").await, slug, "its address stays");
    let night: i64 = desk.app.value("SELECT max(price_per_night) FROM rental_details").await;
    assert_eq!(night, 95_000);
    // Noise in the last digits of a double is no move.
    let noisy = rows.map(|row| row.replace("13.7301,", "13.730100000000002,"));
    let report = desk.import(summary(&noisy)).await.unwrap();
    assert_eq!(counts(&report), [0, 0, 3, 0, 0, 0, 0]);
}

#[actix_web::test]
async fn what_is_gone_is_withdrawn_and_comes_back() {
    let desk = Desk::of("bestays").await;
    desk.import(summary(&three())).await.unwrap();
    let report = desk.import(summary(&three()[..2])).await.unwrap();
    assert_eq!(counts(&report), [0, 0, 2, 0, 0, 1, 0]);
    assert_eq!(desk.of_listing("3", "deleted_at IS NOT NULL").await.unwrap(), "true");
    let report = desk.import(summary(&three()[..2])).await.unwrap();
    assert_eq!(counts(&report), [0, 0, 2, 0, 0, 0, 0]);
    let report = desk.import(summary(&three())).await.unwrap();
    assert_eq!(counts(&report), [0, 0, 2, 1, 0, 0, 0]);
    assert_eq!(desk.of_listing("3", "deleted_at").await, None);
    // Gone once more, and back with another price.
    desk.import(summary(&three()[..2])).await.unwrap();
    let mut rows = three();
    rows[2] = stay("3", "Room number 3", "1000");
    let report = desk.import(summary(&rows)).await.unwrap();
    assert_eq!(counts(&report), [0, 0, 2, 1, 0, 0, 0]);
    assert_eq!(desk.of_listing("3", "deleted_at").await, None);
    assert_eq!(desk.of_listing("3", "rent_price").await.unwrap(), "3000000");
}

/// It is there, its row cannot be read: that is not gone.
#[actix_web::test]
async fn a_listing_whose_row_is_refused_stays_as_it_was() {
    let desk = Desk::of("bestays").await;
    desk.import(summary(&three())).await.unwrap();
    let mut rows = three();
    rows[2] = stay("3", "Room number 3", "0");
    let report = desk.import(summary(&rows)).await.unwrap();
    assert_eq!(counts(&report), [0, 0, 2, 0, 0, 0, 1]);
    assert_eq!(desk.of_listing("3", "deleted_at").await, None);
}

#[actix_web::test]
async fn a_file_that_would_empty_a_source_is_refused() {
    let desk = Desk::of("bestays").await;
    desk.import(summary(&three())).await.unwrap();
    let before = desk.everything().await;
    // New listings do not weigh against the loss of old ones.
    let mut rows = vec![three().remove(0)];
    rows.extend((10..20).map(|id| stay(&id.to_string(), "Elsewhere", "900")));
    let error = desk.import(summary(&rows)).await.unwrap_err().to_string();
    assert!(error.contains("2 of the 3 listings of source `airbnb`"), "{error}");
    assert_eq!(desk.everything().await, before);

    let path = desk.file("one", summary(&rows));
    let report = desk.take(path.clone(), |options| options.no_withdraw = true).await.unwrap();
    assert_eq!(counts(&report), [10, 0, 1, 0, 0, 0, 0]);
    let only = desk.file("only", summary(&rows[..1]));
    let report = desk.take(only, |options| options.yes = true).await.unwrap();
    assert_eq!(counts(&report), [0, 0, 1, 0, 0, 12, 0]);
}

#[actix_web::test]
async fn sources_do_not_touch_each_other() {
    let desk = Desk::of("bestays").await;
    desk.import(summary(&three())).await.unwrap();
    let path = desk.file("other", summary(&three()[..1]));
    let report =
        desk.take(path, |options| options.source = Some("airbnb:samui".to_owned())).await.unwrap();
    assert_eq!(counts(&report), [1, 0, 0, 0, 0, 0, 0]);
    let slugs: Vec<String> =
        desk.app.values("SELECT DISTINCT slug FROM properties WHERE external_id = '1'").await;
    assert_eq!(slugs.len(), 2);
    let path = desk.file("third", summary(&three()));
    let error = desk.take(path, |options| options.source = Some("No!".to_owned())).await;
    assert!(error.unwrap_err().to_string().contains("--source No!"));
}

#[actix_web::test]
async fn one_import_at_a_time() {
    let desk = Desk::of("bestays").await;
    let pool = desk.app.sql().await;
    let mut other = pool.begin().await.unwrap();
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('terrace import', 0))")
        .execute(&mut *other)
        .await
        .unwrap();
    let error = desk.import(summary(&three())).await.unwrap_err().to_string();
    assert!(error.contains("Another import"), "{error}");
    other.rollback().await.unwrap();
    desk.import(summary(&three())).await.unwrap();
}
