//! Speed as ratios: the API beside pgbench running the same SQL on the same data, interleaved in
//! one run. Absolute numbers do not survive a noisy machine; paired ratios do.

mod booking;
mod data;
mod http;
mod index;
mod operations;
mod pgbench;
mod search;
mod server;
mod streams;

use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use serde::Serialize;

use operations::Operation;

/// The API beside pgbench on the same SQL and data.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Published listings in the database
    #[arg(long, default_value_t = 10_000)]
    listings: u32,
    /// Stays in their calendars, a hundred to a listing
    #[arg(long, default_value_t = 1_000_000)]
    stays: u32,
    /// Connections at once
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// Seconds of each measurement
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Measurements of each operation; the median counts
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Only operations whose name contains this
    #[arg(long)]
    only: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Search(search::Args),
    Index(index::Args),
    Streams(streams::Args),
}

/// One measurement.
#[derive(Clone, Debug, Serialize)]
struct Measured {
    per_second: f64,
    p50_ms: f64,
    p95_ms: f64,
    p99_ms: f64,
}

/// One operation's medians.
#[derive(Debug, Serialize)]
struct Row {
    operation: &'static str,
    beside: &'static str,
    api: Measured,
    reference: Measured,
    ratio: f64,
    target: Option<f64>,
    within_ms: Option<f64>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    match args.command {
        Some(Command::Search(args)) => return search::run(args).await,
        Some(Command::Index(args)) => return index::run(args).await,
        Some(Command::Streams(args)) => return streams::run(args).await,
        None => {}
    }
    let place = server::Place::of("bestays", server::SPEED)?;
    eprintln!("preparing {} listings and {} stays …", args.listings, args.stays);
    let database = data::prepare(&place, args.listings, args.stays).await?;
    let uncached = server::Server::start(&place, 0).await?;
    let cached = server::Server::start(&place, 3600).await?;
    let length = Duration::from_secs(args.seconds);
    let mut rows = Vec::new();
    for operation in operations::all(&place, &database, &uncached, &cached, args.listings).await? {
        if args.only.as_ref().is_some_and(|only| !operation.name.contains(only.as_str())) {
            continue;
        }
        eprintln!("{} …", operation.name);
        rows.push(measure(&operation, &args, length).await.context(operation.name)?);
    }
    let memory = [uncached.resident_mb()?, cached.resident_mb()?];
    if args.json {
        let report = serde_json::json!({
            "listings": args.listings, "stays": args.stays, "connections": args.connections, "seconds": args.seconds,
            "rounds": args.rounds, "server_version": database.version, "rows": rows,
            "resident_mb_after_load": memory,
        });
        println!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(());
    }
    println!(
        "PostgreSQL {}, {} listings, {} stays, {} connections, medians of {} × {} s",
        database.version, args.listings, args.stays, args.connections, args.rounds, args.seconds
    );
    print(&rows);
    println!("memory after load: {:.0} MB uncached, {:.0} MB cached", memory[0], memory[1]);
    Ok(())
}

/// Reference and API take turns, so that both see the same machine.
async fn measure(operation: &Operation, args: &Args, length: Duration) -> anyhow::Result<Row> {
    let (mut api, mut reference) = (Vec::new(), Vec::new());
    operation.api.run(args.connections, Duration::from_secs(1)).await?;
    for _ in 0..args.rounds {
        reference.push(operation.reference.run(args.connections, length).await?);
        api.push(operation.api.run(args.connections, length).await?);
    }
    let ratios = api.iter().zip(&reference).map(|(a, r)| a.per_second / r.per_second).collect();
    Ok(Row {
        operation: operation.name,
        beside: operation.reference.name(),
        ratio: median(ratios),
        target: operation.target,
        within_ms: operation.within_ms,
        api: typical(&api),
        reference: typical(&reference),
    })
}

fn typical(all: &[Measured]) -> Measured {
    let of = |pick: fn(&Measured) -> f64| median(all.iter().map(pick).collect());
    Measured {
        per_second: of(|m| m.per_second),
        p50_ms: of(|m| m.p50_ms),
        p95_ms: of(|m| m.p95_ms),
        p99_ms: of(|m| m.p99_ms),
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// What a sorted list of latencies says.
fn summarise(mut micros: Vec<u32>, seconds: f64) -> anyhow::Result<Measured> {
    anyhow::ensure!(!micros.is_empty(), "nothing was measured");
    micros.sort_unstable();
    let at = |share: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index below the length"
        )]
        let index = ((micros.len() - 1) as f64 * share) as usize;
        micros.get(index).map_or(f64::NAN, |micros| f64::from(*micros) / 1000.0)
    };
    #[expect(clippy::cast_precision_loss, reason = "a count of requests")]
    let count = micros.len() as f64;
    Ok(Measured {
        per_second: count / seconds,
        p50_ms: at(0.5),
        p95_ms: at(0.95),
        p99_ms: at(0.99),
    })
}

fn print(rows: &[Row]) {
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::UTF8_FULL_CONDENSED);
    table.set_header([
        "operation",
        "beside",
        "API /s",
        "p50",
        "p95",
        "p99 ms",
        "beside /s",
        "p50",
        "p95",
        "p99 ms",
        "ratio",
        "target",
    ]);
    for row in rows {
        let numbers = |m: &Measured| {
            [
                format!("{:.0}", m.per_second),
                format!("{:.2}", m.p50_ms),
                format!("{:.2}", m.p95_ms),
                format!("{:.2}", m.p99_ms),
            ]
        };
        let word = |is_met: bool| if is_met { "met" } else { "MISSED" };
        let ratio = row.target.map(|least| format!(">= {least:.2} {}", word(row.ratio >= least)));
        let within =
            row.within_ms.map(|most| format!("p95 < {most:.0} ms {}", word(row.api.p95_ms < most)));
        let verdict: Vec<_> = ratio.into_iter().chain(within).collect();
        let verdict = verdict.join("\n");
        let mut cells = vec![row.operation.to_owned(), row.beside.to_owned()];
        cells.extend(numbers(&row.api));
        cells.extend(numbers(&row.reference));
        cells.extend([format!("{:.2}", row.ratio), verdict]);
        table.add_row(cells);
    }
    println!("{table}");
}
