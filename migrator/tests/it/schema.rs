//! The schema that the migrations produce.

use terrace_migrator::{SchemaDescription, diff, up};

use crate::scratch::Scratch;

/// `TERRACE_UPDATE_SCHEMA=1 cargo test -p terrace-migrator schema_txt` writes the file anew.
#[tokio::test]
async fn schema_txt_is_what_the_migrations_produce() {
    let scratch = Scratch::provisioned().await;
    let report = up(&scratch.target()).await.expect("up");
    if std::env::var_os("TERRACE_UPDATE_SCHEMA").is_some() {
        std::fs::write(
            concat!(env!("CARGO_MANIFEST_DIR"), "/schema.txt"),
            report.schema.to_text(),
        )
        .expect("write");
        return;
    }
    let differences = diff(&SchemaDescription::expected(), &report.schema);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert_eq!(report.drift, differences);
}
