//! A brand's server on this machine, started in the background as `scripts/dev` does, which sees it
//! and stops it like its own.

use std::{
    fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use serde::Serialize;
use serde_json::json;
use terrace_product::Profile;

use super::{
    Place,
    place::{private_folder, write_privately},
};

const PATIENCE: Duration = Duration::from_secs(60);
/// What is shown of the log of a server that did not start.
const LAST_LINES: usize = 12;

/// A server that answers.
#[derive(Clone, Debug, Serialize)]
pub struct Started {
    /// Its process.
    pub pid: u32,
    /// Where it answers.
    pub url: String,
    /// What it writes.
    pub log: PathBuf,
}

/// Whether anybody listens on a port of this machine.
pub(super) fn is_taken(port: u16) -> bool {
    // Bound as servers bind: one whose last connections only wait to be forgotten is free.
    std::net::TcpListener::bind(("127.0.0.1", port)).is_err()
}

/// Starts the brand's server and waits until it is ready.
pub(super) async fn start(place: &Place, profile: &Profile) -> anyhow::Result<Started> {
    let logs = place.dev().join("logs");
    private_folder(&logs)?;
    let log = logs.join(format!("{}.log", profile.id));
    if log.exists() {
        fs::rename(&log, log.with_extension("log.1"))?;
    }
    let output = fs::File::create(&log).with_context(|| log.display().to_string())?;
    let mut child = Command::new(std::env::current_exe()?)
        .args(["serve", "--product", profile.id.as_str()])
        .envs(&place.env)
        .env("TERRACE_ENVIRONMENT", place.environment.as_str())
        .env("TERRACE_PRODUCTS_DIR", std::path::absolute(place.profiles.folder())?)
        .env("NO_COLOR", "1")
        .current_dir(place.root())
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        // Ctrl-C in this terminal is not meant for it.
        .process_group(0)
        .spawn()
        .context("the server could not be started")?;
    match ready(&mut child, profile).await {
        Ok(url) => {
            remember(place, profile, child.id())?;
            Ok(Started { pid: child.id(), url, log })
        }
        Err(error) => {
            let _ = child.kill();
            let _ = child.wait();
            Err(error.context(tail(&log)))
        }
    }
}

async fn ready(child: &mut Child, profile: &Profile) -> anyhow::Result<String> {
    let url = format!("http://127.0.0.1:{}", profile.server.port);
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(2)).build()?;
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait()? {
            bail!("the server of {} ended before it was ready ({status})", profile.id);
        }
        let answer = http.get(format!("{url}/health/ready")).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return Ok(url);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("the server of {} is not ready after {} seconds", profile.id, PATIENCE.as_secs())
}

fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let last = &lines[lines.len().saturating_sub(LAST_LINES)..];
    format!("the end of {}:\n{}", log.display(), last.join("\n"))
}

/// The record by which `scripts/dev` knows the process: its id and when it started. Systems without
/// /proc have no such record; the process is the operator's own to stop there.
fn remember(place: &Place, profile: &Profile, pid: u32) -> anyhow::Result<()> {
    let Some(started) = birth(pid) else { return Ok(()) };
    let run = place.dev().join("run");
    private_folder(&run)?;
    let record =
        json!({"pid": pid, "started": started, "facts": {"port": profile.server.port.get()}});
    write_privately(&run.join(format!("{}.json", profile.id)), record.to_string().as_bytes())
}

/// When a process began: the boot and the ticks since.
fn birth(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in the second field may hold blanks and brackets.
    let ticks = stat.rsplit_once(')')?.1.split_whitespace().nth(19)?;
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(format!("{}/{ticks}", boot.trim()))
}
