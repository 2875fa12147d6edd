//! `terrace leads`.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::PathBuf,
};

use anyhow::Context;
use clap::{Args, Subcommand};
use serde::Serialize;
use terrace_product::Profile;

use super::{Selection, Workplace, serve, table};
use crate::{
    db::Db,
    interchange,
    leads::{export::Export, output::LeadItem, query::Filters, read},
};

/// See the enquiries of products, and write them as a table
#[derive(Debug, Args)]
pub(super) struct Leads {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the newest leads
    List {
        #[command(flatten)]
        selection: Selection,
        /// Rows at most, per product
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=10_000))]
        limit: u64,
        /// For machines
        #[arg(long)]
        json: bool,
    },
    /// Write all leads of a product as CSV, safe to open in a spreadsheet
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
}

#[derive(Serialize)]
struct OfProduct {
    product: String,
    leads: Vec<LeadItem>,
}

impl Leads {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let workplace = Workplace::find()?;
        match self.command {
            Command::List { selection, limit, json } => {
                let mut found = Vec::new();
                for profile in workplace.select(&selection)? {
                    serve::check_database(&profile).await?;
                    let db = Db::connect(&profile.database);
                    let country = profile.market.country.to_string();
                    let leads = read::newest(&db, Filters::default(), country, limit).await;
                    db.close().await;
                    let leads = leads.map_err(interchange::explain)?;
                    found.push(OfProduct { product: profile.id.to_string(), leads });
                }
                show(&found, json)
            }
            Command::Export { product, out, bom } => {
                let profile = workplace.one(&product)?;
                serve::check_database(&profile).await?;
                let rows = match out {
                    None => write(&profile, bom, &mut BufWriter::new(std::io::stdout())).await?,
                    Some(path) => write_to(&profile, bom, &path).await?,
                };
                eprintln!("{}: {rows} leads", profile.id);
                Ok(())
            }
        }
    }
}

/// Under another name until it is whole: half an export must not pass for one.
async fn write_to(profile: &Profile, bom: bool, path: &std::path::Path) -> anyhow::Result<usize> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let file = File::create(&partial).with_context(|| partial.display().to_string())?;
    let mut out = BufWriter::new(file);
    let rows = write(profile, bom, &mut out).await?;
    out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    std::fs::rename(&partial, path).with_context(|| path.display().to_string())?;
    Ok(rows)
}

async fn write(
    profile: &Profile,
    bom: bool,
    out: &mut (dyn Write + Send),
) -> anyhow::Result<usize> {
    let db = Db::connect(&profile.database);
    let export = Export::everything(profile.market.country.to_string(), bom);
    let result = write_pages(&db, &export, out).await;
    db.close().await;
    result
}

async fn write_pages(
    db: &Db,
    export: &Export,
    out: &mut (dyn Write + Send),
) -> anyhow::Result<usize> {
    let mut rows = 0;
    let mut piece = Some(export.first(db).await.map_err(interchange::explain)?);
    while let Some(this) = piece {
        out.write_all(&this.text)?;
        rows += this.rows;
        piece = export.after(db, &this).await.map_err(interchange::explain)?;
    }
    out.flush()?;
    Ok(rows)
}

fn show(found: &[OfProduct], json: bool) -> anyhow::Result<()> {
    if json {
        return table::print_json(&found);
    }
    let rows: Vec<Vec<String>> = found
        .iter()
        .flat_map(|product| product.leads.iter().map(|lead| (product.product.clone(), lead)))
        .map(|(product, lead)| {
            let agent = lead.assigned_agent.as_ref();
            vec![
                product,
                lead.reference.clone(),
                lead.created_at.format("%F %T").to_string(),
                lead.status.clone(),
                lead.kind.clone(),
                lead.property.as_ref().map(|property| property.slug.clone()).unwrap_or_default(),
                agent
                    .map(|agent| agent.name.clone().unwrap_or(agent.id.to_string()))
                    .unwrap_or_default(),
                lead.open_tasks.to_string(),
            ]
        })
        .collect();
    if rows.is_empty() {
        println!("no leads");
        return Ok(());
    }
    table::print(
        &["product", "reference", "came", "status", "kind", "listing", "agent", "open tasks"],
        rows,
    );
    Ok(())
}
