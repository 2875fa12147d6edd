//! Files made for a test, and what they do to a product.

use std::{io::Write, path::PathBuf};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use tempfile::TempDir;
use terrace_server::{
    error::Result,
    interchange::{ExportForm, ImportOptions, ImportReport, export, import},
};
use terrace_testkit::{TestApp, spawn_app};

/// A product and a folder for its files.
pub(crate) struct Desk {
    pub(crate) app: TestApp,
    pub(crate) folder: TempDir,
}

impl Desk {
    pub(crate) async fn of(product: &str) -> Self {
        Self { app: spawn_app(product).await, folder: TempDir::new().unwrap() }
    }

    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn refused(&self) -> PathBuf {
        self.folder.path().join("refused.csv")
    }

    /// Imports a file as it is.
    pub(crate) async fn take(
        &self,
        file: PathBuf,
        change: impl FnOnce(&mut ImportOptions),
    ) -> Result<ImportReport> {
        let mut options = ImportOptions::new(file);
        options.refused = self.refused();
        change(&mut options);
        let state = self.app.state();
        import(&state.db, &self.app.profile, options).await
    }

    /// Imports these bytes.
    pub(crate) async fn import(&self, bytes: impl AsRef<[u8]>) -> Result<ImportReport> {
        self.take(self.file("listings", bytes), |_| {}).await
    }

    pub(crate) async fn export(&self, form: ExportForm) -> String {
        let mut out = Vec::new();
        let state = self.app.state();
        export(&state.db, &self.app.profile, form, None, &mut out).await.unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Everything that an import may touch. The audit trail shows writes that change nothing.
    pub(crate) async fn everything(&self) -> String {
        let tables = ["properties", "property_translations", "rental_details", "lease_details"];
        let mut sums = Vec::new();
        for table in tables {
            let sql = format!(
                "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t"
            );
            sums.push(self.app.value::<String>(sql).await);
        }
        let audit: i64 = self.app.value("SELECT count(*) FROM audit_log").await;
        format!("{} {audit}", sums.join(" "))
    }

    /// One value of the listing of this external id, as text.
    pub(crate) async fn of_listing(&self, id: &str, expression: &str) -> Option<String> {
        let sql =
            format!("SELECT ({expression})::text FROM properties p WHERE external_id = '{id}'");
        self.app.value(sql).await
    }
}

/// `created updated unchanged restored kept_away withdrawn refused`.
pub(crate) fn counts(report: &ImportReport) -> [u64; 7] {
    let ImportReport {
        rows,
        created,
        updated,
        unchanged,
        restored,
        kept_away,
        withdrawn,
        refused,
        ..
    } = *report;
    let sum = created + updated + unchanged + restored + kept_away + refused;
    assert_eq!(rows, sum, "every row is accounted for");
    [created, updated, unchanged, restored, kept_away, withdrawn, refused]
}

/// `reason field rows: lines` of each group.
pub(crate) fn reasons(report: &ImportReport) -> Vec<String> {
    let groups = report.refusals.iter();
    groups
        .map(|group| {
            format!("{} {} {}: {:?}", group.reason, group.field, group.rows, group.first_lines)
        })
        .collect()
}

pub(crate) fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

pub(crate) const SUMMARY: &str = "id,name,host_id,host_name,neighbourhood_group,neighbourhood,\
    latitude,longitude,room_type,price,minimum_nights,number_of_reviews,last_review,\
    reviews_per_month,calculated_host_listings_count,availability_365,number_of_reviews_ltm,license\n";

/// A row of the summary kind.
pub(crate) fn stay(id: &str, name: &str, price: &str) -> String {
    let name = name.replace('"', "\"\"");
    format!(
        "{id},\"{name}\",7,,,Watthana,13.7301,100.5698,Entire home/apt,{price},2,0,,,1,365,0,\n"
    )
}

pub(crate) fn summary(rows: &[String]) -> String {
    format!("{SUMMARY}{}", rows.concat())
}

/// A record of our own format for rent, with the fields given.
pub(crate) fn record(id: &str, change: Value) -> String {
    let mut record = json!({
        "external_id": id, "transaction_type": "rent", "property_type": "villa",
        "title": format!("A quiet villa, number {id}"), "rent_price": 9_000_000
    });
    for (key, value) in change.as_object().unwrap() {
        record[key] = value.clone();
    }
    format!("{record}\n")
}
