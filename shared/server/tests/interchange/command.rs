//! The commands, as an operator runs them.

use std::process::{Command, Output};

use serde_json::Value;

use crate::support::{Desk, stay, summary};

/// Runs the binary in the desk's folder. Where a shell would stand, variables too.
async fn terrace(desk: &Desk, arguments: &[&str], more: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_terrace"));
    command
        .current_dir(desk.folder.path())
        .env_clear()
        .envs(desk.app.environment())
        .envs(more.iter().copied())
        .args(arguments);
    tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[actix_web::test]
async fn an_import_with_refusals_succeeds_and_says_so() {
    let desk = Desk::of("bestays").await;
    let rows = [stay("1", "First of all", "900"), stay("2", "For nothing", "0")];
    desk.file("listings.csv", summary(&rows));
    let import = ["import", "--product", "bestays", "listings.csv"];

    let output = terrace(&desk, &[&import[..], &["--json"]].concat(), &[]).await;
    assert!(output.status.success(), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["created"], 1);
    assert_eq!(report["refusals"][0]["reason"], "price_zero");
    assert_eq!(report["refusals"][0]["first_lines"], serde_json::json!([3]));
    assert!(desk.folder.path().join("listings.csv.refused.csv").exists());

    let output = terrace(&desk, &import, &[]).await;
    let shown = text(&output.stdout);
    assert!(shown.contains("price_zero") && shown.contains("unchanged"), "{shown}");
    assert!(output.stderr.is_empty(), "no progress bar off a terminal: {}", text(&output.stderr));
}

#[actix_web::test]
async fn a_broken_file_fails_and_says_where() {
    let desk = Desk::of("bestays").await;
    desk.file("cut.csv", "id,name\n1");
    let output = terrace(&desk, &["import", "--product", "bestays", "cut.csv"], &[]).await;
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains("cut.csv, line 1: ") && said.contains("Nothing was imported"), "{said}");
}

#[actix_web::test]
async fn an_export_is_a_file_or_a_stream() {
    let desk = Desk::of("bestays").await;
    desk.import(summary(&[stay("1", "First of all", "900")])).await.unwrap();
    let export = ["export", "--product", "bestays"];
    let streamed = terrace(&desk, &export, &[]).await.stdout;
    let output = terrace(&desk, &[&export[..], &["--out", "all.jsonl"]].concat(), &[]).await;
    assert!(output.status.success(), "{}", text(&output.stderr));
    let written = std::fs::read(desk.folder.path().join("all.jsonl")).unwrap();
    assert_eq!(written, streamed);
    assert_eq!(written.iter().filter(|byte| **byte == b'\n').count(), 1);
    assert!(!desk.folder.path().join("all.jsonl.partial").exists());
}

#[actix_web::test]
async fn production_takes_no_made_up_people() {
    let desk = Desk::of("bestays").await;
    let production = [("TERRACE_ENVIRONMENT", "production")];
    let output = terrace(&desk, &["seed", "--product", "bestays"], &production).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("--catalogue is refused"), "{}", text(&output.stderr));
}

/// Its listings would go to the wrong brand.
#[actix_web::test]
async fn another_product_s_database_is_refused() {
    let desk = Desk::of("bestays").await;
    desk.file("listings.csv", summary(&[stay("1", "First of all", "900")]));
    let database = desk.app.environment();
    let theirs: Vec<(String, String)> = database
        .iter()
        .filter(|(name, _)| name.starts_with("BESTAYS__DATABASE__"))
        .map(|(name, value)| (name.replace("BESTAYS", "REALESTATE"), value.clone()))
        .collect();
    let theirs: Vec<_> =
        theirs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let import = ["import", "--product", "realestate", "listings.csv"];
    let output = terrace(&desk, &import, &theirs).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("bestays"), "{}", text(&output.stderr));
    assert_eq!(desk.app.value::<i64>("SELECT count(*) FROM properties").await, 0);
}
