//! The server without its shield: transactions die with the request that asked for them. What a
//! reset connection does to it is why the shield is there.

use std::process::ExitCode;

use terrace_product::{Environment, Profiles, process_env};
use terrace_server::{
    app::{Application, State},
    db::Protection,
    telemetry,
};

/// Serves a product until it is killed.
#[must_use]
pub fn serve(product: &str) -> ExitCode {
    match actix_web::rt::System::new().block_on(serve_until_killed(product)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn serve_until_killed(product: &str) -> anyhow::Result<()> {
    let env = process_env();
    let profiles = Profiles::locate(&std::env::current_dir()?, &env)?;
    let profile = profiles.load(product, Environment::Test, &env)?;
    telemetry::init_logs(&profile.log);
    telemetry::init_metrics()?;
    let mut state = State::new(profile)?;
    state.db = state.db.with_protection(Protection::None);
    Application::serving(state)?.run_until(std::future::pending()).await
}
