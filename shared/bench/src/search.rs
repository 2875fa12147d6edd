//! `scripts/bench search`: how good search is, over what ships and over what can be imported.

use std::path::{Path, PathBuf};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use sqlx::{PgPool, postgres::PgConnectOptions};
use terrace_bench::judge::{self, Query, faq, report, report::Report};
use terrace_server::app::State;

use crate::server::Place;

/// Files of listings below the data's folder, and how each is imported.
const IMPORTS: [(&str, &[&str]); 2] = [
    (
        "listings/bangkok_2022-12_listings_summary.csv.gz",
        &["--source", "bangkok", "--province", "Bangkok"],
    ),
    (
        "listings/dublin_2025-09_listings_detailed_79col.csv.gz",
        &["--source", "dublin", "--province", "Dublin", "--country", "IE", "--currency", "EUR"],
    ),
];

/// How good search is: labelled questions, asked in each way
///
/// nDCG@10, recall@20 and the mean reciprocal rank of search by words alone, by meaning alone, by
/// both, and by both with the questions understood; MRR and recall@5 of the search in what brands
/// answer, and how far its confidence can be trusted.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder with files of listings and of questions; what is not there is left out
    #[arg(long, default_value = "../shared/data", value_name = "FOLDER")]
    data: PathBuf,
    /// Only what ships
    #[arg(long)]
    shipped: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let (mut reports, mut answers) = (Vec::new(), Vec::new());
    for product in ["bestays", "realestate"] {
        let place = Place::of(product, "judge")?;
        prepare(&place, product, &[])?;
        let (report, answered) = ask(place, product, judge::shipped(product)?).await?;
        reports.push(report);
        answers.extend(answered);
    }
    let files: Vec<(PathBuf, &[&str])> =
        IMPORTS.iter().map(|(file, how)| (args.data.join(file), *how)).collect();
    let missing = files.iter().find(|(file, _)| !file.exists());
    if args.shipped {
        eprintln!("imports: left out");
    } else if let Some((file, _)) = missing {
        eprintln!("imports: left out, {} is not there", file.display());
    } else {
        let place = Place::of("bestays", "judge_imports")?;
        prepare(&place, "bestays", &files)?;
        reports.push(ask(place, "imports", judge::imported()?).await?.0);
    }
    if !args.shipped {
        answers.extend(hotels(&args.data.join("faq")).await?);
    }
    if args.json {
        let sets: Vec<_> = reports.iter().map(Report::json).collect();
        let all = serde_json::json!({"sets": sets, "faq": answers});
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    println!("{}", report::table(&reports));
    for report in &reports {
        println!("\nworst of {} (both, understood)\n{}", report.set, report.worst());
    }
    println!("\n{}", faq::table(&answers));
    for report in answers.iter().filter(|report| !report.worst.is_empty()) {
        let worst: Vec<&str> = report.worst.iter().take(20).map(String::as_str).collect();
        println!("\nanswers of {} that went wrong\n{}", report.set, worst.join("\n"));
    }
    Ok(())
}

/// Questions that guests asked hotels, of which the folder has the answers; none where it has not.
async fn hotels(folder: &Path) -> anyhow::Result<Option<faq::Report>> {
    let place = Place::of("bestays", "judge_hotels")?;
    place.terrace(&["provision", "--product", "bestays"])?;
    place.terrace(&["migrate", "up", "--product", "bestays"])?;
    let documents = connect(&place).await?;
    if !faq::bring_hotels(&documents, folder).await? {
        eprintln!("answers to guests: left out, {} has none", folder.display());
        return Ok(None);
    }
    eprintln!("hotels: indexing …");
    place.terrace(&["reindex", "--product", "bestays"])?;
    let state = State::new(place.profile)?;
    let report = faq::judge_hotels(&state, &documents, folder).await?;
    state.db.close().await;
    documents.close().await;
    Ok(Some(report))
}

async fn connect(place: &Place) -> anyhow::Result<PgPool> {
    let admin: PgConnectOptions = place.admin_url.parse()?;
    let database = place.profile.database.app().database.to_string();
    Ok(PgPool::connect_with(admin.database(&database)).await?)
}

/// Makes the database and its index; what is there already is left alone.
fn prepare(place: &Place, product: &str, files: &[(PathBuf, &[&str])]) -> anyhow::Result<()> {
    eprintln!("{product}: preparing {} …", place.profile.database.app().database);
    place.terrace(&["provision", "--product", product])?;
    place.terrace(&["migrate", "up", "--product", product])?;
    place.terrace(&["seed", "--product", product])?;
    for (file, how) in files {
        eprintln!("{product}: importing {} …", file.display());
        import(place, product, file, how)?;
    }
    eprintln!("{product}: indexing …");
    place.terrace(&["reindex", "--product", product])?;
    Ok(())
}

fn import(place: &Place, product: &str, file: &Path, how: &[&str]) -> anyhow::Result<()> {
    let refused = tempfile::NamedTempFile::new()?;
    let (file, refused) = (file.to_string_lossy(), refused.path().to_string_lossy());
    let mut command = vec!["import", "--product", product, &file, "--refused", &refused];
    command.extend_from_slice(how);
    place.terrace(&command)?;
    Ok(())
}

/// Asks the questions about listings, and, of a brand, those about what it answers.
async fn ask(
    place: Place,
    name: &str,
    queries: Vec<Query>,
) -> anyhow::Result<(Report, Option<faq::Report>)> {
    let listings = connect(&place).await?;
    sqlx::query("VACUUM ANALYZE").execute(&listings).await.context("vacuum")?;
    let state = State::new(place.profile)?;
    judge::count_words(&state).await?;
    let bar = ProgressBar::new(u64::try_from(queries.len())?);
    bar.set_style(ProgressStyle::with_template("{prefix} {bar:30} {pos}/{len} {elapsed}")?);
    bar.set_prefix(name.to_owned());
    let judged = judge::judge(&state, &listings, queries, || bar.inc(1)).await?;
    bar.finish_and_clear();
    let report = Report::new(name, judged, &listings).await?;
    let answers = match faq::shipped(name) {
        Ok(questions) => Some(faq::judge(&state, &listings, name, &questions).await?),
        // Imported listings answer nothing.
        Err(_) => None,
    };
    state.db.close().await;
    listings.close().await;
    Ok((report, answers))
}
