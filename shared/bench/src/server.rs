//! The server under test: the release binary as its own process, as in production.

use std::{
    collections::BTreeMap,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use sqlx::postgres::PgConnectOptions;
use terrace_product::{Environment, Profile, Profiles};

const PRODUCT: &str = "bestays";

/// The database of the measurements of speed, apart from those of the brand.
pub(crate) const SPEED: &str = "bench";

/// Where the binaries, the products and the database server are.
#[derive(Debug)]
pub(crate) struct Place {
    /// The binary `terrace`, beside this one.
    terrace: PathBuf,
    /// Where PostgreSQL's programs are.
    pub(crate) postgres_bin: PathBuf,
    /// Superuser's URL.
    pub(crate) admin_url: String,
    env: BTreeMap<String, String>,
    pub(crate) profile: Profile,
}

impl Place {
    /// A product with a database of its own for a purpose.
    pub(crate) fn of(product: &str, purpose: &str) -> anyhow::Result<Self> {
        let variable = |name: &str| {
            std::env::var(name).with_context(|| format!("{name} is not set; use scripts/bench"))
        };
        let terrace = std::env::current_exe()?.with_file_name("terrace");
        ensure!(terrace.exists(), "{} is missing; use scripts/bench", terrace.display());
        let admin_url = variable("TERRACE_ADMIN_DATABASE_URL")?;
        let admin: PgConnectOptions = admin_url.parse()?;
        let mut env: BTreeMap<String, String> = std::env::vars().collect();
        env.insert("TERRACE_ENVIRONMENT".to_owned(), "test".to_owned());
        let prefix = product.to_uppercase();
        for (key, value) in [
            ("DATABASE__HOST", admin.get_host().to_owned()),
            ("DATABASE__PORT", admin.get_port().to_string()),
            ("DATABASE__NAME", format!("{product}_db_{purpose}")),
            // Roles belong to the whole server: those of a running brand keep their passwords.
            ("DATABASE__OWNER_ROLE", format!("{product}_bench_owner")),
            ("DATABASE__APP_ROLE", format!("{product}_bench_app")),
            ("REDIS__URL", variable("TERRACE_REDIS_URL")?),
            ("REDIS__PREFIX", format!("{product}-bench:")),
            // The same for both servers, whatever their ports.
            ("IDENTITY__ISSUER", "http://localhost:8101".to_owned()),
            ("LOG__LEVEL", "warn".to_owned()),
        ] {
            env.insert(format!("{prefix}__{key}"), value);
        }
        let profiles = Profiles::locate(&std::env::current_dir()?, &env)?;
        let profile = profiles.load(product, Environment::Test, &env)?;
        Ok(Self {
            terrace,
            postgres_bin: variable("TERRACE_PG_BIN")?.into(),
            admin_url,
            env,
            profile,
        })
    }

    /// A command of the binary.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.terrace);
        command.args(args).envs(&self.env);
        command
    }

    /// Runs a command of the binary and returns what it printed.
    pub(crate) fn terrace(&self, args: &[&str]) -> anyhow::Result<String> {
        let output = self.command(args).output()?;
        if !output.status.success() {
            bail!("terrace {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }
}

/// A running server; stopped when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    /// An agent's.
    pub(crate) token: String,
    /// Whose listings nobody looks at before they are published.
    pub(crate) admin_token: String,
}

impl Server {
    /// Starts a server that keeps listings for so many seconds.
    pub(crate) async fn start(place: &Place, cache_seconds: u64) -> anyhow::Result<Self> {
        Self::start_with(place, cache_seconds, &[]).await
    }

    /// The same, with a profile that says something else.
    pub(crate) async fn start_with(
        place: &Place,
        cache_seconds: u64,
        settings: &[(&'static str, String)],
    ) -> anyhow::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let child = Command::new(&place.terrace)
            .args(["serve", "--product", PRODUCT])
            .envs(&place.env)
            .env("BESTAYS__SERVER__PORT", port.to_string())
            .env("BESTAYS__CACHE__TTL_SECONDS", cache_seconds.to_string())
            .envs(settings.iter().map(|(key, value)| (key, value)))
            .stdout(Stdio::null())
            .spawn()
            .context("terrace serve")?;
        let token_of = |role| place.terrace(&["token", "--product", PRODUCT, "--role", role]);
        let (token, admin_token) = (token_of("agent")?, token_of("admin")?);
        let server = Self { child, address: format!("127.0.0.1:{port}"), token, admin_token };
        let deadline = Instant::now() + Duration::from_secs(10);
        while tokio::net::TcpStream::connect(&server.address).await.is_err() {
            ensure!(Instant::now() < deadline, "the server did not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(server)
    }

    /// Memory held now, MB.
    pub(crate) fn resident_mb(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kilobytes = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok())
            .context("VmRSS is missing")?;
        Ok(kilobytes / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone afterwards.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
