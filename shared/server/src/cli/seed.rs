//! `terrace seed`.

use clap::Args;

use super::{Selection, Workplace, serve, table};
use crate::{
    db::Db,
    interchange::{
        self,
        seed::{Content, SeedReport, seed},
    },
};

/// Bring the content that ships into the databases: catalogues, people, listings, questions
///
/// Seeding again changes nothing. The people and listings are made up, so production takes the
/// catalogues alone (--catalogue).
#[derive(Debug, Args)]
pub(super) struct Seed {
    #[command(flatten)]
    selection: Selection,
    /// Only the catalogues of amenities and policies
    #[arg(long)]
    catalogue: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Seed {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let workplace = Workplace::find()?;
        let content = if self.catalogue {
            Content::Catalogue
        } else {
            workplace.refuse_in_production("terrace seed without --catalogue")?;
            Content::Everything
        };
        let mut reports = Vec::new();
        for profile in workplace.select(&self.selection)? {
            serve::check_database(&profile).await?;
            let db = Db::connect(&profile.database);
            let result = seed(&db, &profile, content).await;
            db.close().await;
            reports.push(result.map_err(interchange::explain)?);
        }
        if self.json {
            return table::print_json(&reports);
        }
        show(&reports);
        Ok(())
    }
}

fn show(reports: &[SeedReport]) {
    table::print(
        &[
            "product",
            "catalogue",
            "people",
            "created",
            "updated",
            "unchanged",
            "withdrawn",
            "prices",
            "faqs",
            "ms",
        ],
        reports.iter().map(|report| {
            let listings = report.listings.as_ref();
            let counts = listings.map_or([0; 4], |listings| {
                [
                    listings.created,
                    listings.updated + listings.restored,
                    listings.unchanged,
                    listings.withdrawn,
                ]
            });
            let mut row = vec![
                report.product.clone(),
                report.catalogue.to_string(),
                report.people.to_string(),
            ];
            row.extend(counts.map(|count| count.to_string()));
            row.push(report.prices.to_string());
            row.push(report.faqs.changes().to_string());
            row.push(report.duration_ms.to_string());
            row
        }),
    );
}
