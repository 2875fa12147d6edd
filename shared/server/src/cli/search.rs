//! `terrace search`.

use anyhow::bail;
use clap::{Args, Subcommand};
use serde::Serialize;
use terrace_embedding::Embedder;

use super::{Selection, Workplace, serve, table};
use crate::{
    db::{Context, Db},
    http::params::Moment,
    interchange,
    search::{
        Search,
        history::reports::{self, AskedQuery, Kind, QueriesQuery},
        index::models::{self, Model},
    },
};

/// See what people search for, what the search index is made of, and make room in it
#[derive(Debug, Args)]
pub(super) struct SearchCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what people ask: how often, and how it went
    Queries {
        #[command(flatten)]
        selection: Selection,
        /// Only what found nothing
        #[arg(long, conflicts_with = "kind")]
        zero: bool,
        /// Which questions, and in which order
        #[arg(long, value_enum, default_value_t)]
        kind: Kind,
        /// Days to look back
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(i64).range(1..=400))]
        days: i64,
        /// Only what was answered in this language
        #[arg(long)]
        locale: Option<String>,
        /// Questions at most, per product
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u64).range(1..=100))]
        limit: u64,
        /// For machines
        #[arg(long)]
        json: bool,
    },
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

#[derive(Serialize)]
struct AskedOf {
    product: String,
    queries: Vec<AskedQuery>,
}

impl SearchCommand {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let workplace = Workplace::find()?;
        match self.command {
            Command::Queries { selection, zero, kind, days, locale, limit, json } => {
                let kind = if zero { Kind::Zero } else { kind };
                let from = Some(Moment(chrono::Utc::now() - chrono::TimeDelta::days(days)));
                let limit = Some(limit);
                let query = QueriesQuery { from, kind, locale, limit, ..QueriesQuery::default() };
                let mut all = Vec::new();
                for profile in workplace.select(&selection)? {
                    serve::check_database(&profile).await?;
                    let db = Db::connect(&profile.database);
                    let found = reports::queries(&db, Context::system("terrace"), &query).await;
                    db.close().await;
                    let queries = found.map_err(interchange::explain)?.items;
                    all.push(AskedOf { product: profile.id.to_string(), queries });
                }
                show_queries(&all, json)
            }
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

fn show_queries(all: &[AskedOf], json: bool) -> anyhow::Result<()> {
    if json {
        return table::print_json(&all);
    }
    let rows = all.iter().flat_map(|of| {
        of.queries.iter().map(|query| {
            vec![
                of.product.clone(),
                query.query.clone(),
                query.searches.to_string(),
                query.askers.to_string(),
                percent(query.zero_share),
                percent(query.click_through),
                query.mean_position.map(|mean| format!("{mean:.1}")).unwrap_or_default(),
                query.p95_took_ms.to_string(),
                query.last_at.format("%Y-%m-%d %H:%M").to_string(),
            ]
        })
    });
    let rows: Vec<Vec<String>> = rows.collect();
    if rows.is_empty() {
        println!("no searches");
        return Ok(());
    }
    table::print(
        &[
            "product",
            "query",
            "searches",
            "askers",
            "found nothing",
            "opened",
            "position",
            "p95 ms",
            "last",
        ],
        rows,
    );
    Ok(())
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}
