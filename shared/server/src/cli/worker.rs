//! `terrace worker`.

use std::sync::Arc;

use clap::Args;

use super::{Workplace, serve};
use crate::{app::State, jobs, privacy::server_log, telemetry};

/// Run one product's background work, apart from its API
///
/// Needed only where `jobs.in_server` is off; several may run at once.
#[derive(Debug, Args)]
pub(super) struct Worker {
    /// The product, by the name of its folder
    #[arg(long, value_name = "ID")]
    product: String,
}

impl Worker {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let profile = Workplace::find()?.one(&self.product)?;
        telemetry::init_logs(&profile.log);
        serve::check_database(&profile).await?;
        let drain = profile.server.drain;
        let state = Arc::new(State::new(profile)?);
        server_log::warn(&state).await;
        tracing::info!(product = self.product, "working");
        let mut work = tokio::spawn(jobs::worker::work(state.clone()));
        serve::told_to_stop()?.await;
        tracing::info!("finishing the jobs under way");
        state.begin_drain();
        if tokio::time::timeout(drain, &mut work).await.is_err() {
            tracing::warn!("jobs are still under way; they will be done again");
            work.abort();
        }
        state.db.close().await;
        Ok(())
    }
}
