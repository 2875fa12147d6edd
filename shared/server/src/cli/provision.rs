//! `terrace provision`.

use anyhow::Context;
use clap::Args;

use super::{Selection, Workplace, table};
use crate::brands;

/// Create the products' databases and roles (needs TERRACE_ADMIN_DATABASE_URL)
#[derive(Debug, Args)]
pub(super) struct Provision {
    #[command(flatten)]
    selection: Selection,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Provision {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let workplace = Workplace::find()?;
        let admin = brands::admin(&workplace.env)?;
        let mut reports = Vec::new();
        for profile in workplace.select(&self.selection)? {
            let spec = brands::provision_spec(&profile, admin.clone())?;
            let report =
                terrace_migrator::provision(&spec).await.with_context(|| profile.id.to_string())?;
            reports.push(report);
        }
        if self.json {
            return table::print_json(&reports);
        }
        table::print(
            &["product", "database", "owner", "app", "created"],
            reports.iter().map(|report| {
                vec![
                    report.product.clone(),
                    report.database.clone(),
                    report.owner_role.clone(),
                    report.app_role.clone(),
                    if report.created_database { "yes" } else { "was there" }.to_owned(),
                ]
            }),
        );
        Ok(())
    }
}
