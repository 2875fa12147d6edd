//! The server with one of its own protections left out. What becomes of it then is why the
//! protection is there.

use std::{process::ExitCode, time::Duration};

use terrace_product::{Environment, Profile, Profiles, process_env};
use terrace_server::{
    app::{Application, State},
    db::Protection,
    identity::Realm,
    telemetry,
};

/// Serves a product until it is killed: transactions die with the request that asked for them.
#[must_use]
pub fn serve_unshielded(product: &str) -> ExitCode {
    serve(product, |profile| {
        let mut state = State::new(profile)?;
        state.db = state.db.with_protection(Protection::None);
        Ok(state)
    })
}

/// Serves a product until it is killed: a realm's keys are fetched as often as anybody asks for one
/// that is not known.
#[must_use]
pub fn serve_impatient(product: &str) -> ExitCode {
    serve(product, |profile| {
        let mut state = State::new(profile)?;
        state.realm = Realm::open_with(&state.profile, |options| options.floor = Duration::ZERO)?;
        Ok(state)
    })
}

fn serve(product: &str, wire: impl FnOnce(Profile) -> anyhow::Result<State>) -> ExitCode {
    match actix_web::rt::System::new().block_on(until_killed(product, wire)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn until_killed(
    product: &str,
    wire: impl FnOnce(Profile) -> anyhow::Result<State>,
) -> anyhow::Result<()> {
    let env = process_env();
    let profiles = Profiles::locate(&std::env::current_dir()?, &env)?;
    let profile = profiles.load(product, Environment::Test, &env)?;
    telemetry::init_logs(&profile.log);
    telemetry::init_metrics()?;
    Application::serving(wire(profile)?)?.run_until(std::future::pending()).await
}
