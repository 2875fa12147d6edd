//! `terrace product remove`.

use std::{
    io::{IsTerminal, Write},
    path::PathBuf,
};

use anyhow::{Context, bail};
use clap::Args;
use terrace_product::ProductId;

use super::{place, show};
use crate::brands::{self, Steps};

#[derive(Debug, Args)]
pub(super) struct Remove {
    /// The product, by the name of its folder
    id: ProductId,
    /// Do not ask: repeat the id
    #[arg(long, value_name = "ID")]
    confirm: Option<String>,
    /// Cut off whoever is connected to its database
    #[arg(long)]
    force: bool,
    /// The folder in which all of it is kept [default: .dev/removed or /var/lib/terrace/removed]
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Remove {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let mut place = place()?;
        // What there is not is told before anything is asked.
        let profile = place.profiles.load(self.id.as_str(), place.environment, &place.env)?;
        let question = format!(
            "Remove `{}` ({}) with its database {}, in {}?",
            profile.id, profile.name, profile.database.name, place.environment
        );
        self.ask(&question)?;
        let line = show::Line::new();
        let mut steps = Steps::new(&line);
        let result = brands::remove(&mut place, &self.id, self.keep, self.force, &mut steps).await;
        line.clear();
        if let Some(removed) = show::report(&steps, result, self.json)? {
            let kept = removed.kept.display();
            println!(
                "`{}` is gone; all of it is kept in {kept}, for its owner's eyes alone.",
                removed.product
            );
            if let Some(archive) = removed.archive {
                println!("To bring it back: terrace product import {}", archive.display());
            }
        }
        Ok(())
    }

    /// Twice: whether, and which.
    fn ask(&self, question: &str) -> anyhow::Result<()> {
        let id = self.id.as_str();
        match self.confirm.as_deref() {
            Some(confirmed) if confirmed == id => return Ok(()),
            Some(other) => bail!("--confirm says `{other}`, not `{id}`: nothing was changed"),
            None if !std::io::stdin().is_terminal() => {
                bail!("this takes a brand away: repeat it with --confirm {id}")
            }
            None => {}
        }
        if !said(&format!("{question} [y/N] "))?.eq_ignore_ascii_case("y") {
            bail!("nothing was changed");
        }
        if said("Type its id to remove it: ")? != id {
            bail!("that is not its id: nothing was changed");
        }
        Ok(())
    }
}

fn said(question: &str) -> anyhow::Result<String> {
    eprint!("{question}");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).context("no answer")?;
    Ok(answer.trim().to_owned())
}
