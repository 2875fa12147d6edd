//! `terrace serve`.

use anyhow::{Context, bail};
use clap::Args;
use sea_orm::DatabaseConnection;
use sqlx::postgres::PgPoolOptions;
use terrace_product::Profile;
use tokio::signal::unix::{SignalKind, signal};

use super::Workplace;
use crate::{app::Application, db, privacy::server_log, telemetry};

/// Serve one product's API
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The product, by the name of its folder
    #[arg(long, value_name = "ID")]
    product: String,
}

impl Serve {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let workplace = Workplace::find()?;
        // A clash with a neighbour is found before it does harm. In production an instance holds
        // its own secrets only, so there `terrace config check` is the operator's to run.
        if !workplace.environment.is_production() {
            workplace.all()?;
        }
        let profile = workplace.one(&self.product)?;
        telemetry::init_logs(&profile.log);
        telemetry::init_metrics()?;
        check_database(&profile).await?;
        let application = Application::build(profile)?;
        tracing::info!(
            product = self.product,
            environment = workplace.environment.as_str(),
            address = %application.address(),
            version = env!("CARGO_PKG_VERSION"),
            "serving"
        );
        server_log::warn(&application.state()).await;
        application.run_until(told_to_stop()?).await?;
        tracing::info!(product = self.product, "stopped");
        Ok(())
    }
}

/// The database is this product's own, and its schema is the one that this binary knows.
pub(super) async fn check_database(profile: &Profile) -> anyhow::Result<()> {
    let access = profile.database.app();
    let at = format!("{} at {}:{}", access.database, access.host, access.port);
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(profile.database.acquire_timeout)
        .connect_with(db::connect_options(&access))
        .await
        .map_err(|error| anyhow::anyhow!("{error}"))
        .with_context(|| {
            format!(
                "cannot reach database {at}; is it running, and has \
                 `terrace provision --product {}` been run?",
                profile.id
            )
        })?;
    let connection = DatabaseConnection::from(pool);
    terrace_migrator::check_identity(&connection, profile.id.as_str()).await?;
    let pending = terrace_migrator::pending(&connection).await?;
    connection.close().await?;
    if !pending.is_empty() {
        bail!(
            "the schema of {at} is not the one that this binary knows \
             ({} to apply, {} unknown): run `terrace migrate up --product {}`, then start again",
            pending.pending.len(),
            pending.unknown.len(),
            profile.id
        );
    }
    Ok(())
}

/// SIGTERM from an orchestrator, SIGINT from a terminal.
pub(super) fn told_to_stop() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
