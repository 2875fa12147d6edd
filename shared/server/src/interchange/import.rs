//! An import: one file, one transaction.

use std::{path::PathBuf, sync::Arc, time::Instant};

use indicatif::ProgressBar;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use terrace_product::Profile;
use tokio::sync::mpsc;

use super::{
    check::{self, Agent, Rules},
    formats::Wanted,
    read::{self, Item, Market, Plan, Seen},
    refused::Refusals,
    report::ImportReport,
    store::{Batch, Tally},
};
use crate::{
    db::{Context, Db, statement},
    error::{Code, Error, Result},
    listings::model::Currency,
};

/// How to import a file.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// The file.
    pub file: PathBuf,
    /// Which formats it may be in.
    pub wanted: Wanted,
    /// The source of records that name none: `airbnb` or `terrace` where it is not said.
    pub source: Option<String>,
    /// E-mail address of the agent in charge of new listings that name none.
    pub agent: Option<String>,
    /// Currency of prices that name none; the brand's own where it is not said.
    pub currency: Option<Currency>,
    /// Country of an Airbnb file (ISO 3166-1 alpha-2); the brand's own where it is not said.
    pub country: Option<String>,
    /// Province of an Airbnb file that names none.
    pub province: Option<String>,
    /// New listings of an Airbnb file stay drafts.
    pub draft: bool,
    /// Do everything, then take it back.
    pub dry_run: bool,
    /// Leave alone what is not in the file.
    pub no_withdraw: bool,
    /// Withdraw even more than half of a source.
    pub yes: bool,
    /// Take nothing at all if a row would be refused.
    pub all_or_nothing: bool,
    /// Where refused rows go.
    pub refused: PathBuf,
    /// Told of bytes and rows.
    pub progress: ProgressBar,
}

impl ImportOptions {
    /// As `terrace import FILE` does.
    #[must_use]
    pub fn new(file: impl Into<PathBuf>) -> Self {
        let file = file.into();
        let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
        Self {
            refused: PathBuf::from(format!("{name}.refused.csv")),
            file,
            wanted: Wanted::Auto,
            source: None,
            agent: None,
            currency: None,
            country: None,
            province: None,
            draft: false,
            dry_run: false,
            no_withdraw: false,
            yes: false,
            all_or_nothing: false,
            progress: ProgressBar::hidden(),
        }
    }
}

/// Imports a file into a product's database.
///
/// # Errors
/// `422` with a sentence where the file is broken, where it would withdraw more than half of a
/// source, or where an option names what is not there; those of the database. Whatever the
/// error, nothing has been changed.
pub async fn import(db: &Db, profile: &Profile, options: ImportOptions) -> Result<ImportReport> {
    let begun = Instant::now();
    if let Some(source) = options.source.as_deref().filter(|source| !check::is_source(source)) {
        return Err(Error::new(Code::InvalidInput)
            .with_detail(format!("--source {source}: {}", check::SOURCE_FORM)));
    }
    let rules = Arc::new(Rules::load(db, profile).await?);
    let agent = options
        .agent
        .as_deref()
        .map(|email| {
            rules.agent(email).ok_or_else(|| {
                Error::new(Code::InvalidInput)
                    .with_detail(format!("--agent {email}: there is no such agent."))
            })
        })
        .transpose()?;
    let plan = Arc::new(Plan {
        options,
        rules,
        market: Market {
            country: profile.market.country.to_string(),
            batch_rows: profile.import.batch_rows,
            most_row_bytes: profile.import.max_row_bytes,
        },
    });
    let context = Context::system(format!("terrace import {}", plan.options.file.display()));
    let work = plan.clone();
    // The file is opened anew each time, so that the work may be repeated.
    let (tally, refusals, seen) = db
        .tx(context, move |tx| {
            let plan = work.clone();
            Box::pin(async move { attempt(tx, plan, agent).await })
        })
        .await?;
    let refused = refusals.rows();
    let (refused_file, refusals) = refusals.finish()?;
    let seconds = begun.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a million rows is far below 2^52")]
    let rows_per_second = seen.rows as f64 / seconds;
    Ok(ImportReport {
        product: profile.id.to_string(),
        file: plan.options.file.clone(),
        format: seen.format,
        sources: seen.sources.into_iter().collect(),
        dry_run: plan.options.dry_run,
        rows: seen.rows,
        created: tally.created,
        updated: tally.updated,
        updated_price: tally.updated_price,
        updated_title: tally.updated_title,
        updated_location: tally.updated_location,
        updated_over_edits: tally.updated_over_edits,
        unchanged: tally.unchanged,
        restored: tally.restored,
        kept_away: tally.kept_away,
        refused,
        refusals,
        refused_file,
        withdrawn: tally.withdrawn,
        seconds: (seconds * 1000.0).round() / 1000.0,
        rows_per_second: rows_per_second.round(),
    })
}

async fn attempt(
    tx: &DatabaseTransaction,
    plan: Arc<Plan>,
    agent: Option<Agent>,
) -> Result<(Tally, Refusals, Seen)> {
    prepare(tx).await?;
    if plan.options.dry_run {
        execute(tx, "SAVEPOINT dry_run").await?;
    }
    let (sender, mut batches) = mpsc::channel(2);
    let reading = tokio::task::spawn_blocking({
        let plan = plan.clone();
        move || read::run(&plan, &sender)
    });
    let mut tally = Tally::default();
    let mut refusals = Refusals::new(&plan.options.refused);
    while let Some(items) = batches.recv().await {
        let mut ready = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Item::Ready(row) => ready.push(*row),
                Item::Refused(refusal) => refusals.add(&refusal)?,
            }
        }
        let batch = Batch { plan: &plan, agent, tx };
        for refusal in batch.store(ready, &mut tally).await? {
            refusals.add(&refusal)?;
        }
    }
    let seen = reading
        .await
        .map_err(|error| Error::internal(anyhow::anyhow!("the reader died: {error}")))??;
    if plan.options.all_or_nothing && refusals.rows() > 0 {
        return Err(all_refused(&plan, refusals)?);
    }
    if !plan.options.no_withdraw {
        super::store::withdraw(tx, &plan.options, &seen, &mut tally).await?;
    }
    if plan.options.dry_run {
        execute(tx, "ROLLBACK TO SAVEPOINT dry_run").await?;
    }
    Ok((tally, refusals, seen))
}

/// One import at a time: two that cross would each withdraw what the other brings. Reading the
/// file must not end the transaction by idling, and a batch may take longer than a request.
async fn prepare(tx: &DatabaseTransaction) -> Result<()> {
    execute(
        tx,
        "SELECT set_config('statement_timeout', '60s', true), \
         set_config('lock_timeout', '10s', true), \
         set_config('idle_in_transaction_session_timeout', '60s', true), \
         set_config('plan_cache_mode', 'force_custom_plan', true)",
    )
    .await?;
    let sql = "SELECT pg_try_advisory_xact_lock(hashtextextended('terrace import', 0)) AS free";
    let row = tx.query_one_raw(statement(sql, [])).await?;
    let free = row.map(|row| row.try_get::<bool>("", "free")).transpose()?;
    if free == Some(true) {
        return Ok(());
    }
    Err(Error::new(Code::Conflict)
        .with_detail("Another import into this product is under way; try again when it is done."))
}

async fn execute(tx: &DatabaseTransaction, sql: &str) -> Result<()> {
    tx.execute_raw(statement(sql, [])).await?;
    Ok(())
}

fn all_refused(plan: &Plan, refusals: Refusals) -> Result<Error> {
    let (_, groups) = refusals.finish()?;
    let told: Vec<String> = groups
        .iter()
        .map(|group| {
            let lines: Vec<_> = group.first_lines.iter().map(u64::to_string).collect();
            format!("{} {} on line {}", group.field, group.reason, lines.join(", "))
        })
        .collect();
    Ok(Error::new(Code::InvalidInput).with_detail(format!(
        "{}: {}; nothing was imported, and {} says more.",
        plan.options.file.display(),
        told.join("; "),
        plan.options.refused.display()
    )))
}
