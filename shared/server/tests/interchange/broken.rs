//! Files that are not whole change nothing, and say where.

use serde_json::json;
use terrace_server::error::Result;
use terrace_server::interchange::ImportReport;

use crate::support::{Desk, SUMMARY, counts, gzip, record, stay, summary};

fn many() -> Vec<String> {
    // More than a batch, so that rows have been written before the end is found to be missing.
    (0..1200).map(|n| stay(&format!("{n}"), &format!("Room number {n}"), "900")).collect()
}

async fn refuse(desk: &Desk, bytes: impl AsRef<[u8]>) -> String {
    let before = desk.everything().await;
    let result: Result<ImportReport> = desk.import(bytes).await;
    let error = result.expect_err("a broken file is refused").to_string();
    assert_eq!(desk.everything().await, before, "{error}");
    error
}

#[actix_web::test]
async fn a_broken_file_changes_nothing_and_names_the_line() {
    let desk = Desk::of("bestays").await;
    desk.import(summary(&[stay("1", "First of all", "900")])).await.unwrap();

    let whole = gzip(summary(&many()));
    let cut = &whole[..whole.len() - 20];
    let error = refuse(&desk, cut).await;
    assert!(error.contains("line 12") && error.contains("cut while"), "{error}");

    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 8].copy_from_slice(&[0xff; 8]);
    let error = refuse(&desk, damaged).await;
    assert!(error.contains(", line "), "{error}");

    let mut rows = many();
    rows[700] = "701,Too short,7\n".to_owned();
    let error = refuse(&desk, summary(&rows)).await;
    assert!(error.contains("line 702: a row of 3 fields, where the header has 18"), "{error}");

    rows[700] = stay("701", "Never \u{1}closed", "900").replacen("closed\"", "closed", 1);
    let error = refuse(&desk, summary(&rows)).await;
    assert!(error.contains(", line 70"), "{error}");

    let mut bytes = summary(&many()).into_bytes();
    let at = bytes.len() - 60;
    bytes[at] = 0xff;
    let error = refuse(&desk, bytes).await;
    assert!(error.contains("line 1201: the text is not UTF-8"), "{error}");

    let text = summary(&many());
    let error = refuse(&desk, &text.as_bytes()[..text.len() - 40]).await;
    assert!(error.contains("line 1201: "), "{error}");

    for (bytes, what) in [
        (Vec::new(), "the file is empty"),
        (gzip(""), "the file is empty"),
        (vec![0, 159, 146, 150, 10, 0, 1], "line 1: "),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), "line 1: "),
        (b"id,name,id\n1,2,3\n".to_vec(), "`id` twice"),
        (format!("{SUMMARY}\"{}", "x".repeat(2 << 20)).into_bytes(), "more than 1048576 bytes"),
    ] {
        let error = refuse(&desk, bytes).await;
        assert!(error.contains(what), "{error}");
    }
}

/// A file of 48 MB in 48 kB: no row is wrong, there is only no end of nothing.
#[actix_web::test]
async fn a_bomb_is_not_unpacked() {
    let desk = Desk::of("bestays").await;
    let bomb = gzip(format!("{SUMMARY}{}", "\n".repeat(48 << 20)));
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    let error = refuse(&desk, bomb).await;
    assert!(error.contains("unpacks to more than 100 times its size"), "{error}");
}

#[actix_web::test]
async fn broken_json_lines_are_named() {
    let desk = Desk::of("bestays").await;
    let good = record("1", json!({}));
    let error = refuse(&desk, format!("{good}\n{good}{{\"external_id\": \"2\", \"ti")).await;
    assert!(error.contains("line 4: the line is not one whole JSON object"), "{error}");
    let error = refuse(&desk, format!("{good}\n{}", "{\"a\": 1} {\"b\": 2}\n")).await;
    assert!(error.contains("line 3: "), "{error}");
}

#[actix_web::test]
async fn a_column_that_means_nothing_is_refused() {
    let desk = Desk::of("bestays").await;
    let error = refuse(&desk, "external_id,transaction_type,titel\n1,rent,x\n").await;
    assert!(error.contains("line 1: no field is called `titel`"), "{error}");
}

#[actix_web::test]
async fn what_only_the_database_refuses_costs_one_row() {
    let desk = Desk::of("bestays").await;
    // Sound words to the API; to the database they are an id with a hyphen missing.
    let slug = "01234567-89ab-cdef-0123456789abcdef";
    let rows =
        [record("1", json!({})), record("2", json!({ "slug": slug })), record("3", json!({}))];
    let report = desk.import(rows.concat()).await.unwrap();
    assert_eq!(counts(&report), [2, 0, 0, 0, 0, 0, 1]);
    assert_eq!(report.refusals[0].field, "/slug");
    assert_eq!(report.refusals[0].first_lines, [2]);
}

/// PostgreSQL's text cannot hold it.
#[actix_web::test]
async fn a_nul_character_costs_one_row() {
    let desk = Desk::of("bestays").await;
    for change in [
        json!({ "title": "A villa with \u{0} in its name" }),
        json!({ "tags": ["nul\u{0}"] }),
        json!({ "contact_info": { "name": "\u{0}" } }),
        json!({ "external_id": "\u{0}" }),
    ] {
        let rows = [record("1", json!({})), record("2", change)];
        let report = desk.import(rows.concat()).await.unwrap();
        assert_eq!(report.refused, 1, "{report:?}");
        assert_eq!(report.created + report.unchanged, 1, "{report:?}");
    }
}

#[actix_web::test]
async fn a_dry_run_reports_and_changes_nothing() {
    let desk = Desk::of("bestays").await;
    desk.import(summary(&[stay("1", "First of all", "900")])).await.unwrap();
    let before = desk.everything().await;
    let rows = [stay("1", "Another name", "900"), stay("2", "Second", "900")];
    let path = desk.file("two", summary(&rows));
    let report = desk.take(path, |options| options.dry_run = true).await.unwrap();
    assert_eq!(counts(&report), [1, 1, 0, 0, 0, 0, 0]);
    assert!(report.dry_run);
    assert_eq!(desk.everything().await, before);
}
