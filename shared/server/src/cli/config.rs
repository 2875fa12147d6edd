//! `terrace config`.

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Selection, Workplace, table};

/// Show and check the products' profiles
#[derive(Debug, Args)]
pub(super) struct ConfigCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check every profile, and that no two products share what must be apart
    Check {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show every value and where it came from; secrets are masked
    Show {
        #[command(flatten)]
        selection: Selection,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

impl ConfigCommand {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let workplace = Workplace::find()?;
        match self.action {
            Action::Check { json } => check(&workplace, json),
            Action::Show { selection, json } => show(&workplace, &selection, json),
        }
    }
}

fn check(workplace: &Workplace, json: bool) -> anyhow::Result<()> {
    let profiles = workplace.all()?;
    let summaries: Vec<_> = profiles.iter().map(terrace_product::Profile::summary).collect();
    if json {
        return table::print_json(&summaries);
    }
    println!("{} profiles are sound and apart ({}).", profiles.len(), workplace.environment);
    Ok(())
}

fn show(workplace: &Workplace, selection: &Selection, json: bool) -> anyhow::Result<()> {
    let profiles = workplace.select(selection)?;
    if json {
        let all: Vec<_> = profiles
            .iter()
            .map(|profile| json!({ "product": profile.id.as_str(), "keys": profile.sources() }))
            .collect();
        return table::print_json(&all);
    }
    for profile in profiles {
        println!("{} ({})", profile.id, profile.environment);
        table::print(
            &["key", "value", "from"],
            profile
                .sources()
                .iter()
                .map(|key| vec![key.key.to_string(), key.value_text(), key.layer.clone()]),
        );
    }
    Ok(())
}
