//! pgbench with the statements of the API: the limit that no server can pass.

use std::{path::PathBuf, process::Command, time::Duration};

use anyhow::{Context, bail};

use crate::{Measured, data::Database, summarise};

/// A script for pgbench.
#[derive(Debug)]
pub(crate) struct Script {
    folder: tempfile::TempDir,
    program: PathBuf,
    conninfo: String,
    password: String,
    options: &'static str,
}

impl Script {
    /// Writes the script down. `options` are the session's settings, as the API's pool has them.
    pub(crate) fn new(
        database: &Database,
        text: &str,
        options: &'static str,
    ) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("script.sql"), text)?;
        Ok(Self {
            folder,
            program: database.postgres_bin.join("pgbench"),
            conninfo: database.conninfo.clone(),
            password: database.password.clone(),
            options,
        })
    }

    /// Blocks: nothing else is to run meanwhile.
    pub(crate) fn run(&self, connections: usize, length: Duration) -> anyhow::Result<Measured> {
        let seconds = length.as_secs().max(1);
        let output = Command::new(&self.program)
            .current_dir(self.folder.path())
            .env("PGPASSWORD", &self.password)
            .env("PGOPTIONS", self.options)
            .args(["--no-vacuum", "--protocol=prepared", "--jobs=2", "--log", "--file=script.sql"])
            .arg(format!("--client={connections}"))
            .arg(format!("--time={seconds}"))
            .arg(&self.conninfo)
            .output()
            .with_context(|| self.program.display().to_string())?;
        if !output.status.success() {
            bail!("pgbench: {}", String::from_utf8_lossy(&output.stderr));
        }
        #[expect(clippy::cast_precision_loss, reason = "a few seconds")]
        summarise(self.take_latencies()?, seconds as f64)
    }

    /// The third column of pgbench's log is a transaction's duration, µs.
    fn take_latencies(&self) -> anyhow::Result<Vec<u32>> {
        let mut micros = Vec::new();
        for entry in std::fs::read_dir(self.folder.path())? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "sql") {
                continue;
            }
            for line in std::fs::read_to_string(&path)?.lines() {
                let duration = line.split(' ').nth(2).context("a log line without duration")?;
                micros.push(duration.parse()?);
            }
            std::fs::remove_file(path)?;
        }
        Ok(micros)
    }
}
