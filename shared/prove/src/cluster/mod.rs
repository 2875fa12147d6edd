//! A PostgreSQL cluster of our own, durable as in production, that may be killed at any time. We
//! are its direct parent: a killed server that nobody reaps stays a zombie, and PostgreSQL then
//! refuses to start again.

mod account;

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::Write,
    net::TcpListener,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::postgres::PgConnectOptions;

use account::Account;

/// Opens nothing but clusters that live for one proof.
const PASSWORD: &str = "prove";
const SUPERUSER: &str = "postgres";
const PATIENCE: Duration = Duration::from_secs(60);

/// As in production where it matters for what is promised; small where it does not.
const SETTINGS: &str = "\
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
logging_collector = off
log_destination = 'stderr'
log_line_prefix = '%m [%p] '
log_error_verbosity = terse
log_min_error_statement = panic
log_parameter_max_length_on_error = 0
log_parameter_max_length = 0
timezone = 'UTC'
log_timezone = 'UTC'
max_connections = 100
shared_buffers = 64MB
fsync = on
full_page_writes = on
synchronous_commit = on
";

/// A cluster in a folder of its own. Dropped, it is killed; its folder is its owner's to remove.
#[derive(Debug)]
pub(crate) struct Cluster {
    home: PathBuf,
    programs: PathBuf,
    account: Option<Account>,
    port: u16,
    process: Option<Child>,
}

impl Cluster {
    /// Makes a new cluster in `home`.
    pub(crate) fn create(programs: &Path, home: &Path) -> anyhow::Result<Self> {
        let cluster = Self::at(programs, home)?;
        let password = home.join("password");
        fs::write(&password, format!("{PASSWORD}\n"))?;
        // initdb wants to make the folder itself, or to find it empty and its own.
        fs::create_dir(cluster.data())?;
        fs::set_permissions(cluster.data(), Permissions::from_mode(0o700))?;
        if let Some(account) = cluster.account {
            account.own(&cluster.data())?;
            account.own(&password)?;
        }
        let mut command = cluster.program("initdb");
        command
            .args(["--username", SUPERUSER, "--auth", "scram-sha-256", "--encoding", "UTF8"])
            .args(["--data-checksums", "--no-sync", "--locale", "C.UTF-8", "--pgdata"])
            .arg(cluster.data())
            .arg("--pwfile")
            .arg(&password);
        let output = command.output().context("initdb")?;
        ensure!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
        let conf = cluster.data().join("postgresql.conf");
        OpenOptions::new().append(true).open(conf)?.write_all(SETTINGS.as_bytes())?;
        Ok(cluster)
    }

    /// A copy of a cluster that does not run, in `home`.
    pub(crate) fn copy(&self, home: &Path) -> anyhow::Result<Self> {
        ensure!(self.process.is_none(), "a running cluster cannot be copied");
        let copy = Self::at(&self.programs, home)?;
        // Owners and modes matter to PostgreSQL, and `cp` knows the quickest way of each system.
        let output = Command::new("cp").arg("-a").arg(self.data()).arg(copy.data()).output()?;
        ensure!(output.status.success(), "cp: {}", String::from_utf8_lossy(&output.stderr));
        Ok(copy)
    }

    fn at(programs: &Path, home: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(home)?;
        // The server's user goes through it.
        fs::set_permissions(home, Permissions::from_mode(0o755))?;
        Ok(Self {
            home: home.to_owned(),
            programs: programs.to_owned(),
            account: Account::of_service()?,
            port: free_port()?,
            process: None,
        })
    }

    fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        // Somebody else may not enter where we are.
        command.current_dir(&self.home).stdin(Stdio::null()).env("LC_ALL", "C.UTF-8");
        if let Some(account) = self.account {
            account.wear(&mut command);
        }
        command
    }

    /// Starts the server and waits until it takes connections; says how long that took.
    pub(crate) async fn start(&mut self) -> anyhow::Result<Duration> {
        ensure!(self.process.is_none(), "PostgreSQL runs already");
        let begun = Instant::now();
        let log = OpenOptions::new().create(true).append(true).open(self.log())?;
        let child = self
            .program("postgres")
            .arg("-D")
            .arg(self.data())
            .args(["-p", &self.port.to_string()])
            .stdout(Stdio::null())
            .stderr(log)
            // Ctrl-C is for us: we stop things in order.
            .process_group(0)
            .spawn()
            .context("postgres")?;
        let id = child.id();
        self.process = Some(child);
        let deadline = begun + PATIENCE;
        while !self.is_ready(id) {
            let ended = match &mut self.process {
                Some(child) => child.try_wait()?,
                None => None,
            };
            if ended.is_some() || Instant::now() > deadline {
                self.process = None;
                bail!("PostgreSQL did not start:\n{}", self.end_of_log());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(begun.elapsed())
    }

    /// The eighth line of the file is the server's own word on its state; the first is which
    /// server that is.
    fn is_ready(&self, id: u32) -> bool {
        let text = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        let mut lines = text.lines();
        lines.next() == Some(id.to_string().as_str())
            && lines.nth(6).is_some_and(|state| state.trim() == "ready")
    }

    /// A clean stop: sessions end, everything is written.
    pub(crate) async fn stop(&mut self) -> anyhow::Result<()> {
        let Some(mut child) = self.process.take() else { return Ok(()) };
        signal(&child, Signal::INT)?;
        let deadline = Instant::now() + PATIENCE;
        while child.try_wait()?.is_none() {
            if Instant::now() > deadline {
                child.kill()?;
                child.wait()?;
                bail!("PostgreSQL did not stop");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// Kills the whole tree without a warning, as a machine that loses its power does with a
    /// disk that keeps what it was told to keep.
    pub(crate) fn kill(&mut self) {
        let Some(mut child) = self.process.take() else { return };
        // The parent first, so that nobody is made anew; both calls only fail for one that ended.
        let _ = child.kill();
        let _ = child.wait();
        // Each has the folder of the data as its own. They end by themselves when the parent is
        // gone, but not at once, and until then might still write.
        let data = fs::canonicalize(self.data()).unwrap_or_else(|_| self.data());
        while let Some(left) = working_in(&data) {
            for id in left {
                let _ = kill_process(id, Signal::KILL);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Freezes the whole tree: connections stay, and nothing on them is answered.
    pub(crate) fn freeze(&self) -> anyhow::Result<()> {
        self.send(Signal::STOP)
    }

    /// Lets it go on.
    pub(crate) fn thaw(&self) -> anyhow::Result<()> {
        self.send(Signal::CONT)
    }

    fn send(&self, signal: Signal) -> anyhow::Result<()> {
        let data = fs::canonicalize(self.data())?;
        for id in working_in(&data).unwrap_or_default() {
            // One that has ended in between need not be told.
            let _ = kill_process(id, signal);
        }
        Ok(())
    }

    /// A superuser's access.
    pub(crate) fn admin(&self) -> PgConnectOptions {
        PgConnectOptions::new()
            .host("127.0.0.1")
            .port(self.port)
            .username(SUPERUSER)
            .password(PASSWORD)
            .database("postgres")
    }

    /// The same as a URL.
    pub(crate) fn admin_url(&self) -> String {
        format!("postgres://{SUPERUSER}:{PASSWORD}@127.0.0.1:{}/postgres", self.port)
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    fn log(&self) -> PathBuf {
        self.home.join("postgres.log")
    }

    /// How often a text stands in its log.
    pub(crate) fn logged(&self, text: &str) -> anyhow::Result<usize> {
        let log = fs::read(self.log())?;
        Ok(String::from_utf8_lossy(&log).matches(text).count())
    }

    fn end_of_log(&self) -> String {
        let log = fs::read(self.log()).unwrap_or_default();
        let text = String::from_utf8_lossy(&log);
        let lines: Vec<_> = text.lines().rev().take(12).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Sends a signal to a child of ours.
pub(crate) fn signal(child: &Child, signal: Signal) -> anyhow::Result<()> {
    let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw).context("a process id")?;
    kill_process(id, signal).context("a signal")
}

/// The living processes that work in a folder; none where there is none (or no /proc).
fn working_in(folder: &Path) -> Option<Vec<Pid>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").ok()?.flatten() {
        let id = entry.file_name().to_str().and_then(|name| name.parse().ok());
        let Some(id) = id.and_then(Pid::from_raw) else { continue };
        // A zombie has no folder any more.
        if fs::read_link(entry.path().join("cwd")).is_ok_and(|at| at == folder) {
            found.push(id);
        }
    }
    (!found.is_empty()).then_some(found)
}

/// A port that is free now, below those that outgoing connections take: it is still free when
/// what listened there is started again.
pub(crate) fn free_port() -> anyhow::Result<u16> {
    for _ in 0..1000 {
        let port = fastrand::u16(21_000..30_000);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port between 21000 and 30000 is free")
}

/// A file to append a child's words to.
pub(crate) fn log_file(path: &Path) -> anyhow::Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .with_context(|| path.display().to_string())
}
