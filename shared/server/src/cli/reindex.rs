//! `terrace reindex`.

use std::{io::IsTerminal, time::Duration};

use anyhow::bail;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use terrace_embedding::Embedder;

use super::{Selection, Workplace, serve, table};
use crate::{
    app::State,
    interchange,
    search::index::{self, Round, models, queue},
};

/// A model that fails so often in a row is away, and waiting here helps nobody.
const TOLERATED: u32 = 3;

/// Build the search index of the configured model, beside the one in use
///
/// What has not changed since it was embedded is left alone. Interrupted, it goes on where it was
/// when it is called again; a running instance or worker goes on by itself.
#[derive(Debug, Args)]
pub(super) struct Reindex {
    #[command(flatten)]
    selection: Selection,
    /// Embed everything anew, even what has not changed
    #[arg(long)]
    anew: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    product: String,
    model: String,
    listings: u64,
    questions: u64,
}

impl Reindex {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let mut reports = Vec::new();
        for profile in Workplace::find()?.select(&self.selection)? {
            serve::check_database(&profile).await?;
            let product = profile.id.to_string();
            let state = State::new(profile)?;
            let looked_at = self.index(&state, &product).await;
            state.db.close().await;
            let model = state.search.embedder.model().to_string();
            let (listings, questions) = looked_at?;
            reports.push(Report { product, model, listings, questions });
        }
        if self.json {
            return table::print_json(&reports);
        }
        table::print(
            &["product", "model", "listings looked at", "questions"],
            reports.iter().map(|report| {
                vec![
                    report.product.clone(),
                    report.model.clone(),
                    report.listings.to_string(),
                    report.questions.to_string(),
                ]
            }),
        );
        Ok(())
    }

    /// How many listings and questions it has looked at.
    async fn index(&self, state: &State, product: &str) -> anyhow::Result<(u64, u64)> {
        let slot = state.search.models.slot_to_write(state).await.map_err(interchange::explain)?;
        let Some(slot) = slot else {
            bail!(
                "two other models have the index of {product}: see `terrace search models`, and \
                 make room with `terrace search forget`"
            );
        };
        models::begin_again(state, slot, self.anew).await.map_err(interchange::explain)?;
        let listings = queue::LISTINGS.length(state, slot).await.map_err(interchange::explain)?;
        let questions = queue::FAQS.length(state, slot).await.map_err(interchange::explain)?;
        let all = listings + questions;
        let bar = progress(product, all);
        let mut failures = 0;
        loop {
            let left = queue::length(state, slot).await.map_err(interchange::explain)?;
            bar.set_position(all.saturating_sub(left));
            if left == 0 {
                break;
            }
            match index::round(state).await.map_err(interchange::explain)? {
                Round::Done => failures = 0,
                // Others are at it.
                Round::Idle => tokio::time::sleep(Duration::from_millis(200)).await,
                Round::Failed(failure) => {
                    failures += 1;
                    if failures == TOLERATED {
                        bar.finish_and_clear();
                        bail!(
                            "{product}: {failure}; {left} listings and questions wait, and are found by their words meanwhile"
                        );
                    }
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
        bar.finish_and_clear();
        Ok((listings, questions))
    }
}

fn progress(product: &str, texts: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(texts);
    if let Ok(style) =
        ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} {per_sec} {eta} left")
    {
        bar.set_style(style);
    }
    bar.set_message(product.to_owned());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
