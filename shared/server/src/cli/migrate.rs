//! `terrace migrate`.

use std::io::IsTerminal;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use sqlx::{Connection, PgConnection, Row};
use terrace_entity::schema::{Column, LIVE_COLUMNS, compare};
use terrace_migrator::{PlannedStep, Report, Target};
use terrace_product::Profile;

use super::{Selection, Workplace, table};
use crate::brands;

/// Bring the products' databases to one schema, and show that they are
#[derive(Debug, Args)]
pub(super) struct Migrate {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Apply what is pending
    Up(Common),
    /// Take back the last steps
    Down {
        #[command(flatten)]
        common: Common,
        /// How many steps
        #[arg(long, default_value_t = 1)]
        steps: usize,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Show what is applied and pending, and whether the schemas agree
    Status(Common),
    /// Print the SQL that `up` would run
    Plan(Common),
    /// Take everything away and apply it anew (never in production)
    Fresh {
        #[command(flatten)]
        common: Common,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Args)]
struct Common {
    #[command(flatten)]
    selection: Selection,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Migrate {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let workplace = Workplace::find()?;
        match self.action {
            Action::Plan(common) => plan(&workplace, &common).await,
            Action::Up(common) => {
                each(&workplace, &common, async |target| terrace_migrator::up(target).await).await
            }
            Action::Status(common) => {
                each(&workplace, &common, async |target| terrace_migrator::status(target).await)
                    .await
            }
            Action::Down { common, steps, yes } => {
                confirm(yes, "Take back migrations, with the data of their tables?")?;
                each(&workplace, &common, async |target| {
                    terrace_migrator::down(target, steps).await
                })
                .await
            }
            Action::Fresh { common, yes } => {
                workplace.refuse_in_production("migrate fresh")?;
                confirm(yes, "Delete all data of these databases?")?;
                each(&workplace, &common, async |target| terrace_migrator::fresh(target).await)
                    .await
            }
        }
    }
}

/// Runs an action for each product in turn and reports on all. The first failure ends it, so
/// that a broken step does not spread; what was done until then is shown.
async fn each(
    workplace: &Workplace,
    common: &Common,
    action: impl AsyncFn(&Target) -> Result<Report, terrace_migrator::Error>,
) -> anyhow::Result<()> {
    let mut reports = Vec::new();
    let mut failure = None;
    for profile in workplace.select(&common.selection)? {
        let spinner = spinner(&profile);
        let result = action(&target(&profile)?).await;
        let drift = match &result {
            Ok(report) if report.pending.is_empty() => entity_drift(&profile).await?,
            _ => Vec::new(),
        };
        spinner.finish_and_clear();
        match result {
            Ok(mut report) => {
                report.drift.extend(drift);
                reports.push(report);
            }
            Err(error) => {
                failure = Some(anyhow::Error::new(error).context(profile.id.to_string()));
                break;
            }
        }
    }
    show(&reports, common.json)?;
    match failure {
        Some(error) => Err(error),
        None => agree(&reports),
    }
}

/// How the schema differs from the entities that this binary was built with.
async fn entity_drift(profile: &Profile) -> anyhow::Result<Vec<String>> {
    let mut connection = PgConnection::connect_with(&brands::owner(profile)?).await?;
    let rows = sqlx::query(LIVE_COLUMNS).fetch_all(&mut connection).await?;
    connection.close().await?;
    let live = rows
        .iter()
        .map(|row| {
            Ok(Column {
                table: row.try_get(0)?,
                column: row.try_get(1)?,
                type_name: row.try_get(2)?,
                nullable: row.try_get(3)?,
            })
        })
        .collect::<Result<Vec<_>, sqlx::Error>>()?;
    Ok(compare(&live))
}

fn target(profile: &Profile) -> anyhow::Result<Target> {
    let owner = brands::owner(profile)?;
    Ok(Target::new(profile.id.as_str(), owner, profile.database.app_role.as_str())?)
}

pub(super) fn spinner(profile: &Profile) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let spinner = ProgressBar::new_spinner().with_message(format!("{} …", profile.id));
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        spinner.set_style(style);
    }
    spinner.enable_steady_tick(std::time::Duration::from_millis(100));
    spinner
}

fn show(reports: &[Report], json: bool) -> anyhow::Result<()> {
    if json {
        return table::print_json(&reports);
    }
    table::print(
        &["product", "database", "version", "applied", "pending", "ms", "fingerprint"],
        reports.iter().map(|report| {
            let applied = match report.reverted_now.len() {
                0 => format!("+{}", report.applied_now.len()),
                reverted => format!("-{reverted} +{}", report.applied_now.len()),
            };
            vec![
                report.product.clone(),
                report.database.clone(),
                report.version.clone().unwrap_or_else(|| "none".to_owned()),
                applied,
                (report.pending.len() + report.unknown.len()).to_string(),
                report.duration_ms.to_string(),
                report.fingerprint.clone(),
            ]
        }),
    );
    Ok(())
}

/// All products have one schema: the one that this binary's migrations make and its entities
/// expect.
fn agree(reports: &[Report]) -> anyhow::Result<()> {
    for report in reports {
        if !report.drift.is_empty() {
            bail!(
                "the schema of {} is not what this binary's migrations and entities say:\n{}",
                report.product,
                report.drift.join("\n")
            );
        }
    }
    let divergence = terrace_migrator::divergence(reports);
    if !divergence.is_empty() {
        bail!("the products' schemas differ:\n{}", divergence.join("\n"));
    }
    Ok(())
}

async fn plan(workplace: &Workplace, common: &Common) -> anyhow::Result<()> {
    let mut plans: Vec<(String, Vec<PlannedStep>)> = Vec::new();
    for profile in workplace.select(&common.selection)? {
        let steps = terrace_migrator::plan(&target(&profile)?)
            .await
            .with_context(|| profile.id.to_string())?;
        plans.push((profile.id.to_string(), steps));
    }
    if common.json {
        let plans: Vec<_> = plans
            .iter()
            .map(|(product, steps)| serde_json::json!({ "product": product, "steps": steps }))
            .collect();
        return table::print_json(&plans);
    }
    for (product, steps) in plans {
        println!("-- {product}: {} pending", steps.len());
        for step in steps {
            println!("\n-- {}\n{}", step.name, step.sql);
        }
    }
    Ok(())
}

fn confirm(yes: bool, question: &str) -> anyhow::Result<()> {
    if yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        bail!("this destroys data: repeat it with --yes");
    }
    eprint!("{question} [y/N] ");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    if answer.trim().eq_ignore_ascii_case("y") { Ok(()) } else { bail!("nothing was changed") }
}
