//! The server under proof: a process of its own that may be killed, frozen and started again.

use std::{
    collections::BTreeMap,
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use rustix::process::Signal;

use crate::{
    cluster::{log_file, signal},
    http::{Ask, Clients},
};

/// The brand that is proved.
pub(crate) const PRODUCT: &str = "bestays";

const PATIENCE: Duration = Duration::from_secs(60);

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Build {
    /// `terrace serve`, as it ships.
    Shipped,
    /// The same, with transactions that die with the request that asked for them.
    Unshielded,
    /// The same, with a realm's keys fetched as often as anybody asks for an unknown one.
    Impatient,
}

/// How this program is asked to be the server instead.
pub const AS_TERRACE: &str = "terrace";
/// How it is asked to be the server without its shield.
pub const AS_UNSHIELDED: &str = "unshielded";
/// How it is asked to be the server without patience.
pub const AS_IMPATIENT: &str = "impatient";

/// How to run the server and its commands.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    /// Whose server it is.
    pub(crate) product: &'static str,
    pub(crate) program: PathBuf,
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) home: PathBuf,
    pub(crate) port: u16,
}

impl Recipe {
    fn command(&self, part: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(part).env_clear().envs(&self.env).stdin(Stdio::null());
        command
    }

    /// The same, of another PostgreSQL.
    pub(crate) fn on_port(&self, port: u16) -> Self {
        let mut recipe = self.clone();
        recipe.env.insert("BESTAYS__DATABASE__PORT".to_owned(), port.to_string());
        recipe
    }

    /// Runs a command of the server's binary and returns what it printed.
    pub(crate) fn terrace(&self, args: &[&str]) -> anyhow::Result<String> {
        let output = self.command(AS_TERRACE).args(args).output()?;
        if !output.status.success() {
            bail!("terrace {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }
}

/// A running server. Dropped, it is killed.
#[derive(Debug)]
pub(crate) struct Server {
    recipe: Recipe,
    build: Build,
    process: Option<Child>,
}

impl Server {
    /// Starts it and waits until it is ready.
    pub(crate) async fn start(recipe: Recipe, build: Build) -> anyhow::Result<Self> {
        let mut server = Self { recipe, build, process: None };
        server.begin().await?;
        Ok(server)
    }

    /// `host:port`.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.recipe.port)
    }

    /// Where it writes its log.
    pub(crate) fn log(&self) -> PathBuf {
        self.recipe.home.join("terrace.log")
    }

    /// Starts it again after it was killed; says how long it took to be ready.
    pub(crate) async fn begin(&mut self) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        let log = self.log();
        let mut command = match self.build {
            Build::Shipped => self.recipe.command(AS_TERRACE),
            Build::Unshielded => self.recipe.command(AS_UNSHIELDED),
            Build::Impatient => self.recipe.command(AS_IMPATIENT),
        };
        command.args(["serve", "--product", self.recipe.product]);
        command.stdout(Stdio::null()).stderr(log_file(&log)?).process_group(0);
        self.process = Some(command.spawn().context("the server")?);
        let clients = Clients::of(self.address());
        let ready = Ask::get("/health/ready").within(Duration::from_secs(2));
        loop {
            if clients.send(&ready).await.is_ok_and(|reply| reply.status == 200) {
                return Ok(begun.elapsed());
            }
            let ended = self.process.as_mut().map(Child::try_wait).transpose()?.flatten();
            if ended.is_some() || begun.elapsed() > PATIENCE {
                let said = std::fs::read_to_string(&log).unwrap_or_default();
                let end: Vec<_> = said.lines().rev().take(5).collect();
                bail!("the server did not start:\n{}", end.join("\n"));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Kills it without a warning.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.process.take() {
            // Both only fail for one that has ended.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// What it has logged so far.
    pub(crate) fn said(&self) -> anyhow::Result<String> {
        Ok(String::from_utf8_lossy(&std::fs::read(self.log())?).into_owned())
    }

    /// Its process id.
    pub(crate) fn id(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// Freezes it, as a machine that swaps does.
    pub(crate) fn freeze(&self) -> anyhow::Result<()> {
        self.process.as_ref().map_or(Ok(()), |child| signal(child, Signal::STOP))
    }

    /// Lets it go on.
    pub(crate) fn thaw(&self) -> anyhow::Result<()> {
        self.process.as_ref().map_or(Ok(()), |child| signal(child, Signal::CONT))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
