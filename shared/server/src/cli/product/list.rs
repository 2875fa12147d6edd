//! `terrace product list`.

use clap::Args;

use super::{Workplace, table};

#[derive(Debug, Args)]
pub(super) struct List {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let profiles = Workplace::find()?.all()?;
        let summaries: Vec<_> = profiles.iter().map(terrace_product::Profile::summary).collect();
        if self.json {
            return table::print_json(&summaries);
        }
        table::print(
            &["product", "name", "port", "front ends", "database"],
            profiles.iter().map(|profile| {
                let origins: Vec<_> = profile.server.origins.iter().map(|o| o.as_str()).collect();
                vec![
                    profile.id.to_string(),
                    profile.name.to_string(),
                    profile.server.port.to_string(),
                    origins.join(", "),
                    profile.database.name.to_string(),
                ]
            }),
        );
        Ok(())
    }
}
