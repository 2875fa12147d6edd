//! `terrace search`.

use anyhow::bail;
use clap::{Args, Subcommand};
use serde::Serialize;
use terrace_embedding::Embedder;

use super::{Selection, Workplace, table};
use crate::{
    db::Db,
    interchange,
    search::{
        Search,
        index::models::{self, Model},
    },
};

/// See what the search index is made of, and make room in it
#[derive(Debug, Args)]
pub(super) struct SearchCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the models that have vectors, and what waits for them
    Models {
        #[command(flatten)]
        selection: Selection,
        /// For machines
        #[arg(long)]
        json: bool,
    },
    /// Forget a model that is no longer used, and its vectors
    Forget {
        /// The product, by the name of its folder
        #[arg(long, value_name = "ID")]
        product: String,
        /// The model, as `terrace search models` names it
        model: String,
        /// Even if it is the one that the product is configured with
        #[arg(long)]
        force: bool,
    },
}

#[derive(Serialize)]
struct OfProduct {
    product: String,
    configured: String,
    models: Vec<Model>,
}

impl SearchCommand {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let workplace = Workplace::find()?;
        match self.command {
            Command::Models { selection, json } => {
                let mut all = Vec::new();
                for profile in workplace.select(&selection)? {
                    let configured = Search::open(&profile)?.embedder.model().to_string();
                    let db = Db::connect(&profile.database);
                    let models = models::list(&db).await.map_err(interchange::explain)?;
                    all.push(OfProduct { product: profile.id.to_string(), configured, models });
                }
                show(&all, json)
            }
            Command::Forget { product, model, force } => {
                let profile = workplace.one(&product)?;
                let configured = Search::open(&profile)?.embedder.model().to_string();
                if model == configured && !force {
                    bail!("{product} is configured with {model}: --force forgets it all the same");
                }
                let db = Db::connect(&profile.database);
                if !models::forget(&db, &model).await.map_err(interchange::explain)? {
                    bail!("{product} has no model {model}: see `terrace search models`");
                }
                println!("{product}: {model} is forgotten");
                Ok(())
            }
        }
    }
}

fn show(all: &[OfProduct], json: bool) -> anyhow::Result<()> {
    if json {
        return table::print_json(&all);
    }
    let rows = all.iter().flat_map(|of| {
        of.models.iter().map(|model| {
            let in_use = if model.model == of.configured { "in use" } else { "" };
            vec![
                of.product.clone(),
                model.model.clone(),
                in_use.to_owned(),
                model.vectors.to_string(),
                model.queued.to_string(),
                model.failing.to_string(),
                model.since.format("%Y-%m-%d %H:%M").to_string(),
            ]
        })
    });
    table::print(&["product", "model", "", "vectors", "waiting", "failing", "since"], rows);
    Ok(())
}
