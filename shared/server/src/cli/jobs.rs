//! `terrace jobs`.

use anyhow::bail;
use clap::{Args, Subcommand};
use serde::Serialize;
use uuid::Uuid;

use super::{Selection, Workplace, table};
use crate::{
    db::Db,
    jobs::queue::{self, Dead, Listed},
};

/// See the background work of products, and run again what was given up
#[derive(Debug, Args)]
pub(super) struct Jobs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the jobs there are, dead ones first
    List {
        #[command(flatten)]
        selection: Selection,
        /// Only those that were given up
        #[arg(long)]
        dead: bool,
        /// Rows at most, per product
        #[arg(long, default_value_t = 50)]
        limit: u64,
        /// For machines
        #[arg(long)]
        json: bool,
    },
    /// Run dead jobs again, from their first attempt
    Retry(Which),
    /// Throw dead jobs away
    Discard {
        #[command(flatten)]
        which: Which,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// Which dead jobs
#[derive(Debug, Args)]
struct Which {
    #[command(flatten)]
    selection: Selection,
    /// One job
    #[arg(long, value_name = "ID", conflicts_with = "kind")]
    job: Option<Uuid>,
    /// All of one kind; without it and --job, all that are dead
    #[arg(long)]
    kind: Option<String>,
}

impl Which {
    fn dead(&self) -> Dead {
        match (self.job, &self.kind) {
            (Some(id), _) => Dead::One(id),
            (None, Some(kind)) => Dead::Kind(kind.clone()),
            (None, None) => Dead::All,
        }
    }
}

#[derive(Serialize)]
struct OfProduct {
    product: String,
    jobs: Vec<Listed>,
}

impl Jobs {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let workplace = Workplace::find()?;
        match self.command {
            Command::List { selection, dead, limit, json } => {
                let mut found = Vec::new();
                for profile in workplace.select(&selection)? {
                    let db = Db::connect(&profile.database);
                    let jobs = queue::list(&db, dead, limit).await?;
                    found.push(OfProduct { product: profile.id.to_string(), jobs });
                }
                show(&found, json)
            }
            Command::Retry(which) => {
                for profile in workplace.select(&which.selection)? {
                    let db = Db::connect(&profile.database);
                    let jobs = queue::retry(&db, &which.dead()).await?;
                    println!("{}: {jobs} to be run again", profile.id);
                }
                Ok(())
            }
            Command::Discard { which, yes } => {
                if !yes {
                    bail!(
                        "this throws dead jobs away for good; `terrace jobs list --dead` shows \
                         them; repeat with --yes"
                    );
                }
                for profile in workplace.select(&which.selection)? {
                    let db = Db::connect(&profile.database);
                    let jobs = queue::discard(&db, &which.dead()).await?;
                    println!("{}: {jobs} thrown away", profile.id);
                }
                Ok(())
            }
        }
    }
}

fn show(found: &[OfProduct], json: bool) -> anyhow::Result<()> {
    if json {
        return table::print_json(&found);
    }
    let rows: Vec<Vec<String>> = found
        .iter()
        .flat_map(|product| product.jobs.iter().map(|job| (product.product.clone(), job)))
        .map(|(product, job)| {
            let attempts = format!("{}/{}", job.attempts, job.max_attempts);
            let next = job.run_at.format("%F %T").to_string();
            let error = job.last_error.clone().unwrap_or_default();
            vec![
                product,
                job.id.to_string(),
                job.kind.clone(),
                job.state.clone(),
                attempts,
                next,
                error,
            ]
        })
        .collect();
    if rows.is_empty() {
        println!("no jobs");
        return Ok(());
    }
    table::print(&["product", "job", "kind", "state", "attempts", "next run", "last error"], rows);
    Ok(())
}
