//! `terrace faq`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::Serialize;
use terrace_product::Profile;

use super::{Selection, Workplace, serve, table};
use crate::{
    db::{Context, Db},
    faqs::{
        files::{FaqFiles, FaqImport},
        gaps::{self, FaqGap},
        lines,
        output::FaqDocument,
        table as csv,
    },
    interchange,
};

/// See the questions that products answer, write them as a table, and take them from files
#[derive(Debug, Args)]
pub(super) struct Faq {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the questions, drafts too
    List {
        #[command(flatten)]
        selection: Selection,
        /// For machines, with the texts
        #[arg(long)]
        json: bool,
    },
    /// Take a table (CSV), or a folder of Markdown files; what they do not have stays
    Import {
        /// The product, by the name of its folder
        #[arg(long, value_name = "ID")]
        product: String,
        /// The table or the folder (default: the product's own `seed/faq`)
        #[arg(value_name = "FILE")]
        from: Option<PathBuf>,
        /// For machines
        #[arg(long)]
        json: bool,
    },
    /// Write all questions of a product as CSV, safe to open in a spreadsheet
    Export {
        /// The product, by the name of its folder
        #[arg(long, value_name = "ID")]
        product: String,
        /// The file (default: standard output)
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Begin with the mark by which Excel knows UTF-8
        #[arg(long)]
        bom: bool,
    },
    /// Show what people ask and nothing answers
    Gaps {
        #[command(flatten)]
        selection: Selection,
        /// Questions at most, per product
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u64).range(1..=1_000))]
        limit: u64,
        /// For machines
        #[arg(long)]
        json: bool,
    },
}

#[derive(Serialize)]
struct QuestionsOf {
    product: String,
    faqs: Vec<FaqDocument>,
}

#[derive(Serialize)]
struct GapsOf {
    product: String,
    gaps: Vec<FaqGap>,
}

#[derive(Serialize)]
struct Imported {
    product: String,
    #[serde(flatten)]
    report: FaqImport,
}

impl Faq {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let workplace = Workplace::find()?;
        match self.command {
            Command::List { selection, json } => {
                let mut all = Vec::new();
                for profile in workplace.select(&selection)? {
                    let db = open(&profile).await?;
                    let faqs = csv::all(&db).await;
                    db.close().await;
                    let faqs = faqs.map_err(interchange::explain)?;
                    all.push(QuestionsOf { product: profile.id.to_string(), faqs });
                }
                show(&all, json)
            }
            Command::Import { product, from, json } => {
                let profile = workplace.one(&product)?;
                let from = from.unwrap_or_else(|| profile.folder.join("seed/faq"));
                let report = import(&profile, &from).await?;
                show_import(Imported { product, report }, json)
            }
            Command::Export { product, out, bom } => {
                let profile = workplace.one(&product)?;
                let db = open(&profile).await?;
                let text = csv::export(&db, bom).await;
                db.close().await;
                write(&text.map_err(interchange::explain)?, out.as_deref())
            }
            Command::Gaps { selection, limit, json } => {
                let mut all = Vec::new();
                for profile in workplace.select(&selection)? {
                    let db = open(&profile).await?;
                    let gaps = gaps::gaps(&db, None, limit).await;
                    db.close().await;
                    let gaps = gaps.map_err(interchange::explain)?;
                    all.push(GapsOf { product: profile.id.to_string(), gaps });
                }
                show_gaps(&all, json)
            }
        }
    }
}

async fn open(profile: &Profile) -> anyhow::Result<Db> {
    serve::check_database(profile).await?;
    Ok(Db::connect(&profile.database))
}

async fn import(profile: &Profile, from: &Path) -> anyhow::Result<FaqImport> {
    anyhow::ensure!(from.exists(), "there is no {}", from.display());
    let context = Context::system("terrace faq import");
    if from.is_dir() {
        let files = FaqFiles::read(from, &profile.locales).map_err(interchange::explain)?;
        let db = open(profile).await?;
        let report = db
            .tx(context, move |tx| {
                let files = files.clone();
                Box::pin(async move { files.store(tx).await })
            })
            .await;
        db.close().await;
        return report.map_err(interchange::explain);
    }
    let bytes = std::fs::read(from).with_context(|| from.display().to_string())?;
    let table = lines::read(&bytes, &profile.locales).map_err(interchange::explain)?;
    let db = open(profile).await?;
    let report = csv::import(&db, context, table, false).await;
    db.close().await;
    report.map_err(interchange::explain)
}

/// Under another name until it is whole: half an export must not pass for one.
fn write(text: &[u8], out: Option<&Path>) -> anyhow::Result<()> {
    let Some(out) = out else {
        return Ok(std::io::Write::write_all(&mut std::io::stdout(), text)?);
    };
    let mut partial = out.as_os_str().to_owned();
    partial.push(".partial");
    std::fs::write(&partial, text).with_context(|| out.display().to_string())?;
    std::fs::rename(&partial, out).with_context(|| out.display().to_string())
}

fn show(all: &[QuestionsOf], json: bool) -> anyhow::Result<()> {
    if json {
        return table::print_json(&all);
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .flat_map(|of| of.faqs.iter().map(|faq| (of.product.clone(), faq)))
        .map(|(product, faq)| {
            let question = faq.texts.get("en").or_else(|| faq.texts.values().next());
            let languages: Vec<&str> = faq.texts.keys().map(String::as_str).collect();
            vec![
                product,
                faq.category.clone(),
                faq.slug.clone(),
                question.map(|text| text.question.clone()).unwrap_or_default(),
                languages.join(" "),
                if faq.is_published { "published" } else { "draft" }.to_owned(),
                faq.review_on.map(|day| day.to_string()).unwrap_or_default(),
            ]
        })
        .collect();
    if rows.is_empty() {
        println!("no questions");
        return Ok(());
    }
    table::print(
        &["product", "category", "slug", "question", "languages", "", "read again on"],
        rows,
    );
    Ok(())
}

fn show_import(imported: Imported, json: bool) -> anyhow::Result<()> {
    if json {
        return table::print_json(&imported);
    }
    let Imported { product, report: FaqImport { created, updated, unchanged, categories } } =
        imported;
    let numbers = [created, updated, unchanged, categories].map(|number| number.to_string());
    let row = std::iter::once(product).chain(numbers).collect();
    table::print(&["product", "created", "updated", "unchanged", "categories changed"], [row]);
    Ok(())
}

fn show_gaps(all: &[GapsOf], json: bool) -> anyhow::Result<()> {
    if json {
        return table::print_json(&all);
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .flat_map(|of| of.gaps.iter().map(|gap| (of.product.clone(), gap)))
        .map(|(product, gap)| {
            vec![
                product,
                gap.asked.to_string(),
                gap.locale.clone(),
                gap.question.clone(),
                gap.last_at.format("%F %H:%M").to_string(),
            ]
        })
        .collect();
    if rows.is_empty() {
        println!("every question has an answer");
        return Ok(());
    }
    table::print(&["product", "asked", "language", "question", "last"], rows);
    Ok(())
}
