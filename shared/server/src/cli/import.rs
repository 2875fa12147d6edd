//! `terrace import`.

use std::{io::IsTerminal, path::PathBuf, time::Duration};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::{Workplace, serve, table};
use crate::{
    db::Db,
    interchange::{self, ImportOptions, ImportReport, Wanted},
    listings::model::Currency,
};

/// Import listings: Inside Airbnb's files, or our own JSONL and CSV, plain or gzip
///
/// A file says what its source has now: listings are made, changed, and withdrawn when they are
/// gone. It is one transaction: a file that is broken anywhere changes nothing. Rows that do not
/// fit are refused one by one, counted, and written to a file; they do not make the command fail.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// The product, by the name of its folder
    #[arg(long, value_name = "ID")]
    product: String,
    /// The file
    file: PathBuf,
    /// What the file may be
    #[arg(long, default_value = "auto")]
    format: Wanted,
    /// E-mail address of the agent in charge of new listings that name none
    #[arg(long, value_name = "EMAIL")]
    agent: Option<String>,
    /// Source of rows that name none (default: airbnb or terrace)
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Currency of prices that name none (default: the brand's own)
    #[arg(long, value_name = "CODE")]
    currency: Option<Currency>,
    /// Country of an Airbnb file, ISO 3166-1 alpha-2 (default: the brand's own)
    #[arg(long, value_name = "CC")]
    country: Option<String>,
    /// Province of an Airbnb file that names none
    #[arg(long, value_name = "NAME")]
    province: Option<String>,
    /// Keep new listings of an Airbnb file as drafts
    #[arg(long)]
    draft: bool,
    /// Do everything, then take it back
    #[arg(long)]
    dry_run: bool,
    /// Leave alone what is not in the file
    #[arg(long)]
    no_withdraw: bool,
    /// Withdraw even more than half of a source
    #[arg(long)]
    yes: bool,
    /// Where refused rows go (default: <FILE's name>.refused.csv, here)
    #[arg(long, value_name = "FILE")]
    refused: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Import {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let profile = Workplace::find()?.one(&self.product)?;
        serve::check_database(&profile).await?;
        let defaults = ImportOptions::new(self.file);
        let progress = progress(&defaults.file);
        let options = ImportOptions {
            wanted: self.format,
            agent: self.agent,
            source: self.source,
            currency: self.currency,
            country: self.country,
            province: self.province,
            draft: self.draft,
            dry_run: self.dry_run,
            no_withdraw: self.no_withdraw,
            yes: self.yes,
            refused: self.refused.unwrap_or_else(|| defaults.refused.clone()),
            progress: progress.clone(),
            ..defaults
        };
        let db = Db::connect(&profile.database);
        let result = interchange::import(&db, &profile, options).await;
        progress.finish_and_clear();
        db.close().await;
        let report = result.map_err(interchange::explain)?;
        if self.json {
            return table::print_json(&report);
        }
        show(&report);
        Ok(())
    }
}

fn progress(file: &std::path::Path) -> ProgressBar {
    let Ok(metadata) = file.metadata() else {
        return ProgressBar::hidden();
    };
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(metadata.len());
    let look = "{bar:30} {bytes}/{total_bytes} {msg} {elapsed}";
    if let Ok(style) = ProgressStyle::with_template(look) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn show(report: &ImportReport) {
    println!(
        "{}: {} ({}), source {}{}",
        report.product,
        report.file.display(),
        report.format.name(),
        report.sources.join(", "),
        if report.dry_run { "; a dry run, nothing was changed" } else { "" }
    );
    let line = |name: &str, count: u64| vec![name.to_owned(), count.to_string()];
    table::print(
        &["rows of the file", &report.rows.to_string()],
        [
            line("created", report.created),
            line("updated", report.updated),
            line("  with another price", report.updated_price),
            line("  with another title", report.updated_title),
            line("  with another location", report.updated_location),
            line("  over people's edits", report.updated_over_edits),
            line("unchanged", report.unchanged),
            line("restored", report.restored),
            line("kept away (people removed them)", report.kept_away),
            line("refused", report.refused),
            line("withdrawn (not in the file)", report.withdrawn),
        ],
    );
    println!("{} s, {} rows/s", report.seconds, report.rows_per_second);
    if let Some(file) = &report.refused_file {
        table::print(
            &["refused because", "field", "rows", "first lines"],
            report.refusals.iter().map(|group| {
                let lines: Vec<_> = group.first_lines.iter().map(u64::to_string).collect();
                vec![
                    group.reason.clone(),
                    group.field.clone(),
                    group.rows.to_string(),
                    lines.join(", "),
                ]
            }),
        );
        println!("refused rows are in {}", file.display());
    }
}
