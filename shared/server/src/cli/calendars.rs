//! `terrace calendars`.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use sea_orm::FromQueryResult;
use serde::Serialize;
use uuid::Uuid;

use super::{Selection, Workplace, serve, table};
use crate::{
    app::State,
    calendars::{
        inbox::{self, ConflictState},
        model::ConflictOut,
        store,
        sync::{Outcome, sync},
    },
    db::{Context, Db},
    interchange,
};

/// See the calendars of other channels, read them, and see what overlaps
#[derive(Debug, Args)]
pub(super) struct Calendars {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the calendars that listings read, those that need somebody first
    List {
        #[command(flatten)]
        selection: Selection,
        /// Rows at most, per product
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
        /// For machines
        #[arg(long)]
        json: bool,
    },
    /// Read calendars now
    Sync {
        /// The product, by the name of its folder
        #[arg(long, value_name = "ID")]
        product: String,
        /// One calendar; without it, all that are switched on
        #[arg(long, value_name = "ID")]
        calendar: Option<Uuid>,
        /// What a calendar names no more is gone, however suspicious that is
        #[arg(long, requires = "calendar")]
        accept_missing: bool,
        /// For machines
        #[arg(long)]
        json: bool,
    },
    /// Show nights that are taken twice, newest first
    Conflicts {
        #[command(flatten)]
        selection: Selection,
        /// Those that are settled, too
        #[arg(long)]
        resolved: bool,
        /// Rows at most, per product
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=10_000))]
        limit: u64,
        /// For machines
        #[arg(long)]
        json: bool,
    },
}

#[derive(Serialize)]
struct OfProduct<T> {
    product: String,
    #[serde(flatten)]
    found: T,
}

/// A calendar as an operator sees it: without its address, which is a secret of the owner's.
#[derive(Debug, FromQueryResult, Serialize)]
struct Listed {
    id: Uuid,
    property_id: Uuid,
    slug: String,
    name: String,
    #[serde(skip)]
    url: Option<String>,
    health: String,
    last_result: Option<String>,
    last_error: Option<String>,
    last_synced_at: Option<DateTime<Utc>>,
    next_sync_at: DateTime<Utc>,
    failure_count: i32,
    held_count: i64,
    missing_count: i64,
}

#[derive(Serialize)]
struct Feeds {
    calendars: Vec<Listed>,
}

#[derive(Serialize)]
struct Conflicts {
    conflicts: Vec<ConflictOut>,
}

/// What came of reading one calendar.
#[derive(Serialize)]
struct Read {
    calendar: Uuid,
    result: &'static str,
    detail: Option<String>,
    added: usize,
    changed: usize,
    freed: usize,
    kept: usize,
    conflicts: usize,
}

impl Calendars {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let workplace = Workplace::find()?;
        match self.command {
            Command::List { selection, limit, json } => {
                let mut all = Vec::new();
                for profile in workplace.select(&selection)? {
                    serve::check_database(&profile).await?;
                    let db = Db::connect(&profile.database);
                    let calendars = list(&db, limit).await;
                    db.close().await;
                    let found = Feeds { calendars: calendars? };
                    all.push(OfProduct { product: profile.id.to_string(), found });
                }
                show(&all, json)
            }
            Command::Sync { product, calendar, accept_missing, json } => {
                let profile = workplace.one(&product)?;
                serve::check_database(&profile).await?;
                let state = Arc::new(State::new(profile)?);
                let read = read(&state, calendar, accept_missing, json).await;
                state.db.close().await;
                let read = read?;
                show_read(&read, json)?;
                let failed = read.iter().filter(|read| read.detail.is_some()).count();
                match failed {
                    0 => Ok(()),
                    _ => anyhow::bail!(
                        "{failed} of {} calendars could not be read; what they took stays taken",
                        read.len()
                    ),
                }
            }
            Command::Conflicts { selection, resolved, limit, json } => {
                let which = if resolved { ConflictState::All } else { ConflictState::Open };
                let mut all = Vec::new();
                for profile in workplace.select(&selection)? {
                    serve::check_database(&profile).await?;
                    let db = Db::connect(&profile.database);
                    let conflicts = inbox::newest(&db, which, limit).await;
                    db.close().await;
                    let found = Conflicts { conflicts: conflicts.map_err(interchange::explain)? };
                    all.push(OfProduct { product: profile.id.to_string(), found });
                }
                show_conflicts(&all, json)
            }
        }
    }
}

async fn list(db: &Db, limit: u32) -> anyhow::Result<Vec<Listed>> {
    let sql = format!(
        "SELECT f.*, p.slug FROM (SELECT {} FROM {} WHERE c.direction = 'import') f \
           JOIN properties p ON p.id = f.property_id \
          ORDER BY f.health NOT IN ('failing', 'holding', 'partly'), f.last_synced_at NULLS FIRST, f.id LIMIT {limit}",
        store::COLUMNS,
        store::FROM
    );
    let today = Utc::now().date_naive();
    let rows = db.platform_rows("terrace calendars", sql, [today.into()]).await;
    rows.map_err(interchange::explain)
}

async fn read(
    state: &Arc<State>,
    calendar: Option<Uuid>,
    accept_missing: bool,
    json: bool,
) -> anyhow::Result<Vec<Read>> {
    #[derive(FromQueryResult)]
    struct Id {
        id: Uuid,
    }
    const SQL: &str = "SELECT c.id FROM calendars c JOIN properties p ON p.id = c.property_id AND p.deleted_at IS NULL \
        WHERE c.direction = 'import' AND c.is_active ORDER BY c.id";
    let ids: Vec<Uuid> = match calendar {
        Some(id) => vec![id],
        None => {
            let rows = state.db.platform_rows("terrace calendars", SQL, []).await;
            let rows: Vec<Id> = rows.map_err(interchange::explain)?;
            rows.into_iter().map(|row| row.id).collect()
        }
    };
    let bar = if json || ids.len() < 2 {
        ProgressBar::hidden()
    } else {
        ProgressBar::new(ids.len() as u64)
    };
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} calendars, {eta} left")?);
    let mut all = Vec::new();
    for id in ids {
        let context = Context::system("terrace calendars sync");
        let outcome =
            sync(state, context, id, accept_missing).await.map_err(interchange::explain)?;
        all.push(told(id, outcome));
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(all)
}

fn told(calendar: Uuid, outcome: Outcome) -> Read {
    let mut read = Read {
        calendar,
        result: "ok",
        detail: None,
        added: 0,
        changed: 0,
        freed: 0,
        kept: 0,
        conflicts: 0,
    };
    match outcome {
        Outcome::Unchanged => read.result = "unchanged",
        Outcome::Overtaken => read.result = "overtaken",
        Outcome::Failed(failed) => {
            read.result = failed.code;
            read.detail = Some(failed.words);
        }
        Outcome::Read(applied) => {
            read.added = applied.added;
            read.changed = applied.changed;
            read.freed = applied.freed;
            read.kept = applied.kept;
            read.conflicts = applied.conflicts;
        }
    }
    read
}

fn show(all: &[OfProduct<Feeds>], json: bool) -> anyhow::Result<()> {
    if json {
        return table::print_json(&all);
    }
    let time = |at: Option<DateTime<Utc>>| at.map(|at| at.format("%F %T").to_string());
    let rows: Vec<Vec<String>> = all
        .iter()
        .flat_map(|of| of.found.calendars.iter().map(move |calendar| (&of.product, calendar)))
        .map(|(product, calendar)| {
            vec![
                product.clone(),
                calendar.id.to_string(),
                calendar.slug.clone(),
                calendar.name.clone(),
                calendar.url.as_deref().map(store::shortened).unwrap_or_default(),
                calendar.health.clone(),
                calendar.last_error.clone().unwrap_or_default(),
                time(calendar.last_synced_at).unwrap_or_default(),
                time(Some(calendar.next_sync_at)).unwrap_or_default(),
                calendar.held_count.to_string(),
                calendar.missing_count.to_string(),
            ]
        })
        .collect();
    if rows.is_empty() {
        println!("no calendars");
        return Ok(());
    }
    table::print(
        &[
            "product",
            "calendar",
            "listing",
            "name",
            "source",
            "health",
            "last error",
            "last read",
            "next",
            "held",
            "missing",
        ],
        rows,
    );
    Ok(())
}

fn show_read(read: &[Read], json: bool) -> anyhow::Result<()> {
    if json {
        return table::print_json(&read);
    }
    if read.is_empty() {
        println!("no calendars");
        return Ok(());
    }
    let rows = read.iter().map(|read| {
        let result = read.detail.clone().unwrap_or_else(|| read.result.to_owned());
        let counts = [read.added, read.changed, read.freed, read.kept, read.conflicts];
        let mut row = vec![read.calendar.to_string(), result];
        row.extend(counts.map(|count| count.to_string()));
        row
    });
    table::print(
        &["calendar", "result", "added", "changed", "freed", "kept", "conflicts"],
        rows.collect::<Vec<_>>(),
    );
    Ok(())
}

fn show_conflicts(all: &[OfProduct<Conflicts>], json: bool) -> anyhow::Result<()> {
    if json {
        return table::print_json(&all);
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .flat_map(|of| of.found.conflicts.iter().map(move |conflict| (&of.product, conflict)))
        .map(|(product, conflict)| {
            let ours = &conflict.ours;
            let kind = ours.kind.clone().unwrap_or_default();
            vec![
                product.clone(),
                conflict.id.to_string(),
                conflict.property_title.clone(),
                conflict.calendar_name.clone(),
                format!("{} to {}", conflict.theirs.check_in, conflict.theirs.check_out),
                format!("{kind} {} to {}", ours.check_in, ours.check_out),
                conflict.created_at.format("%F %T").to_string(),
                conflict.resolution.clone().unwrap_or_else(|| "open".to_owned()),
            ]
        })
        .collect();
    if rows.is_empty() {
        println!("no conflicts");
        return Ok(());
    }
    table::print(
        &["product", "conflict", "listing", "calendar", "theirs", "ours", "found", "state"],
        rows,
    );
    Ok(())
}
