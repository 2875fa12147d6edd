//! `terrace media import`, `terrace media sweep`.

use std::{io::IsTerminal, path::PathBuf, sync::Arc, time::Duration};

use anyhow::bail;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::{Selection, Workplace, serve, table};
use crate::{
    app::State,
    interchange,
    media::{
        MediaState,
        import::{self, Imported},
        sweep::{self, Swept},
    },
};

/// Upload pictures, and tidy up where they are kept
#[derive(Debug, Args)]
pub(super) struct Media {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Upload a folder of pictures to a listing
    ///
    /// The files go through the same checks and quotas as any upload, in the order of their
    /// names; the first becomes the cover where there is none. Fails if a file is rejected.
    Import(Import),
    /// Remove files that belong to nothing, now instead of by and by
    Sweep(Sweep),
}

#[derive(Debug, Args)]
struct Import {
    /// The product, by the name of its folder
    #[arg(long, value_name = "ID")]
    product: String,
    /// The listing, by id or slug
    #[arg(long, value_name = "LISTING")]
    listing: String,
    /// The folder; folders in it are left alone
    folder: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Sweep {
    #[command(flatten)]
    selection: Selection,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Media {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Import(import) => import.run().await,
            Command::Sweep(sweep) => sweep.run().await,
        }
    }
}

impl Import {
    async fn run(self) -> anyhow::Result<()> {
        let files = import::files(&self.folder)?;
        let profile = Workplace::find()?.one(&self.product)?;
        serve::check_database(&profile).await?;
        let state = Arc::new(State::new(profile)?);
        let result = self.upload(&state, files).await;
        state.db.close().await;
        let results = result?;
        let rejected = results.iter().filter(|one| one.state == MediaState::Rejected).count();
        if self.json {
            table::print_json(&results)?;
        } else {
            show(&results);
        }
        match rejected {
            0 => Ok(()),
            rejected => bail!("{rejected} of {} files were rejected", results.len()),
        }
    }

    async fn upload(
        &self,
        state: &Arc<State>,
        files: Vec<PathBuf>,
    ) -> anyhow::Result<Vec<Imported>> {
        let album = import::album(state, &self.listing).await.map_err(interchange::explain)?;
        let bar = progress(files.len());
        let mut results = Vec::new();
        for file in files {
            bar.set_message(file.file_name().unwrap_or_default().to_string_lossy().into_owned());
            results.push(import::import(state, &album, &file).await?);
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(results)
    }
}

fn progress(files: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(files as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn show(results: &[Imported]) {
    table::print(
        &["file", "state", "id", "reason"],
        results.iter().map(|one| {
            vec![
                one.file.clone(),
                if one.state == MediaState::Ready { "ready" } else { "rejected" }.to_owned(),
                one.id.map(|id| id.to_string()).unwrap_or_default(),
                one.reason.clone().unwrap_or_default(),
            ]
        }),
    );
    let ready = results.iter().filter(|one| one.state == MediaState::Ready).count();
    println!("{ready} ready, {} rejected", results.len() - ready);
}

#[derive(Serialize)]
struct Report {
    product: String,
    #[serde(flatten)]
    swept: Swept,
}

impl Sweep {
    async fn run(self) -> anyhow::Result<()> {
        let mut reports = Vec::new();
        for profile in Workplace::find()?.select(&self.selection)? {
            serve::check_database(&profile).await?;
            let product = profile.id.to_string();
            let state = State::new(profile)?;
            let swept = sweep::everything(&state).await;
            state.db.close().await;
            reports.push(Report { product, swept: swept.map_err(interchange::explain)? });
        }
        if self.json {
            return table::print_json(&reports);
        }
        table::print(
            &["product", "uploads", "stray files"],
            reports.iter().map(|report| {
                vec![
                    report.product.clone(),
                    report.swept.rows.to_string(),
                    report.swept.strays.to_string(),
                ]
            }),
        );
        Ok(())
    }
}
