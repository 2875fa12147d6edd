//! `terrace occupancy`.

use std::io::{BufWriter, Write};

use clap::Args;
use terrace_product::Profile;

use super::{Workplace, serve, table};
use crate::{
    availability::Now,
    db::{Context, Db},
    http::params::Day,
    interchange, money,
    reports::{
        Asked,
        occupancy::{ListingOccupancy, listings},
        table as written,
        tally::OccupancyRow,
    },
};

/// Listings read at a time.
const PAGE: u64 = 100;

/// See how full the listings of a product were, and what they brought
#[derive(Debug, Args)]
pub(super) struct Occupancy {
    /// The product, by the name of its folder
    #[arg(long, value_name = "ID")]
    product: String,
    /// First day, such as 2026-01-01 (default: the first of this year)
    #[arg(long, value_name = "DAY")]
    from: Option<Day>,
    /// The day after the last, 24 months later at most (default: twelve months later)
    #[arg(long, value_name = "DAY")]
    to: Option<Day>,
    /// For machines
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// For spreadsheets
    #[arg(long)]
    csv: bool,
}

impl Occupancy {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let profile = Workplace::find()?.one(&self.product)?;
        let today = Now::of(&profile).today;
        let (from, to) = Asked::days(self.from, self.to, today).map_err(interchange::explain)?;
        let asked = Asked { from, to, property_id: None, agent_id: None };
        serve::check_database(&profile).await?;
        let db = Db::connect(&profile.database);
        let shown = match self.csv {
            true => write(&db, &asked).await,
            false => show(&profile, &db, &asked, self.json).await,
        };
        db.close().await;
        shown
    }
}

fn context() -> Context {
    Context::system("occupancy")
}

async fn write(db: &Db, asked: &Asked) -> anyhow::Result<()> {
    let mut out = BufWriter::new(std::io::stdout());
    let first = written::first(db, context(), asked).await.map_err(interchange::explain)?;
    let mut piece = Some(first);
    while let Some(this) = piece {
        out.write_all(&this.text)?;
        piece = written::after(db, context(), asked, &this).await.map_err(interchange::explain)?;
    }
    Ok(out.flush()?)
}

async fn show(profile: &Profile, db: &Db, asked: &Asked, json: bool) -> anyhow::Result<()> {
    let mut all: Vec<ListingOccupancy> = Vec::new();
    loop {
        let after = all.last().map(|listing| listing.slug.clone());
        let page = listings(db, context(), asked, after, PAGE).await;
        let page = page.map_err(interchange::explain)?;
        let is_last = (page.len() as u64) < PAGE;
        all.extend(page);
        if is_last {
            break;
        }
    }
    if json {
        return table::print_json(&all);
    }
    if all.is_empty() {
        println!("{} lets nothing by the night", profile.id);
        return Ok(());
    }
    table::print(
        &[
            "listing",
            "month",
            "nights",
            "kept",
            "elsewhere",
            "sold",
            "occupancy",
            "revenue",
            "a night",
            "bookings",
            "lead days",
        ],
        all.iter().flat_map(lines),
    );
    Ok(())
}

fn lines(listing: &ListingOccupancy) -> Vec<Vec<String>> {
    let line = |name: String, month: String, row: &OccupancyRow| {
        let amount = |amount| money::written(amount, &listing.currency);
        let share = row.occupancy.map(|share| format!("{:.1} %", share * 100.0));
        vec![
            name,
            month,
            row.nights.to_string(),
            row.blocked.to_string(),
            row.elsewhere.to_string(),
            row.sold.to_string(),
            share.unwrap_or_default(),
            amount(row.revenue),
            row.average_daily_rate.map(amount).unwrap_or_default(),
            row.bookings.to_string(),
            row.lead_days.map(|days| format!("{days:.1}")).unwrap_or_default(),
        ]
    };
    let months = listing
        .months
        .iter()
        .map(|row| line(String::new(), row.from.format("%Y-%m").to_string(), row));
    let total = line(listing.slug.clone(), "all".to_owned(), &listing.total);
    std::iter::once(total).chain(months).collect()
}
