//! `terrace product`: brands from the first day to the last.

mod check;
mod export;
mod import;
mod list;
mod new;
mod remove;
mod show;

use clap::{Args, Subcommand};

use super::{Workplace, table};
use crate::brands::Place;

/// Make, check, move and remove brands, and list them
#[derive(Debug, Args)]
pub(super) struct Product {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Every product: port, front ends, database
    List(list::List),
    /// Make a new brand from one that is there
    ///
    /// Writes its folder, makes its roles and database, fills them, issues development secrets, and
    /// adds it to compose.yml and the gateway. What was interrupted is finished by the same command.
    /// Needs TERRACE_ADMIN_DATABASE_URL.
    New(new::New),
    /// Look brands over: colours, languages, pages, addresses, secrets, traces of other brands
    ///
    /// Exits with 1 where something must be mended.
    Check(check::Check),
    /// Write a whole brand into one file, which import reads
    ///
    /// Rows of one moment, pictures and the folder. It holds personal data: the file is readable by
    /// its owner alone. Secrets are not in it. Needs TERRACE_ADMIN_DATABASE_URL.
    Export(export::Export),
    /// Bring a brand out of such a file into an empty database
    ///
    /// The schema must be the one that it was written with. Whatever fails, nothing is kept. Needs
    /// TERRACE_ADMIN_DATABASE_URL.
    Import(import::Import),
    /// Take a brand away: archive it, drop its database and roles, move its folder aside
    ///
    /// Refused while anybody is connected to its database. Needs TERRACE_ADMIN_DATABASE_URL.
    Remove(remove::Remove),
}

impl Product {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        match self.action {
            Action::List(list) => list.run(),
            Action::New(new) => new.run().await,
            Action::Check(check) => check.run(),
            Action::Export(export) => export.run().await,
            Action::Import(import) => import.run().await,
            Action::Remove(remove) => remove.run().await,
        }
    }
}

fn place() -> anyhow::Result<Place> {
    let Workplace { profiles, environment, env } = Workplace::find()?;
    Ok(Place { profiles, environment, env })
}
