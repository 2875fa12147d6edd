//! `terrace provision`.

use anyhow::{Context, bail};
use clap::Args;
use sqlx::postgres::PgConnectOptions;
use terrace_migrator::RoleSpec;
use terrace_product::{DatabaseAccess, Profile};

use super::{Selection, Workplace, table};

/// Connections that a role may hold: the owner's commands, and several instances of the server.
const OWNER_CONNECTIONS: u16 = 10;
const APP_CONNECTIONS: u16 = 40;

/// Create the products' databases and roles (needs TERRACE_ADMIN_DATABASE_URL)
#[derive(Debug, Args)]
pub(super) struct Provision {
    #[command(flatten)]
    selection: Selection,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Provision {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let workplace = Workplace::find()?;
        let admin: PgConnectOptions = workplace
            .env
            .get("TERRACE_ADMIN_DATABASE_URL")
            .context(
                "TERRACE_ADMIN_DATABASE_URL is not set: \
                 provisioning creates roles and databases, so it needs a superuser's URL",
            )?
            .parse()
            // The message would repeat the URL, and with it the password.
            .map_err(|_| anyhow::anyhow!("TERRACE_ADMIN_DATABASE_URL is not a PostgreSQL URL"))?;
        let mut reports = Vec::new();
        for profile in workplace.select(&self.selection)? {
            let spec = spec(&profile, admin.clone())?;
            let report =
                terrace_migrator::provision(&spec).await.with_context(|| profile.id.to_string())?;
            reports.push(report);
        }
        if self.json {
            return table::print_json(&reports);
        }
        table::print(
            &["product", "database", "owner", "app", "created"],
            reports.iter().map(|report| {
                vec![
                    report.product.clone(),
                    report.database.clone(),
                    report.owner_role.clone(),
                    report.app_role.clone(),
                    if report.created_database { "yes" } else { "was there" }.to_owned(),
                ]
            }),
        );
        Ok(())
    }
}

fn spec(profile: &Profile, admin: PgConnectOptions) -> anyhow::Result<terrace_migrator::Provision> {
    Ok(terrace_migrator::Provision {
        admin,
        product_id: profile.id.to_string(),
        database: profile.database.name.to_string(),
        owner: role(profile, profile.database.owner(), "OWNER_PASSWORD", OWNER_CONNECTIONS)?,
        app: role(profile, profile.database.app(), "APP_PASSWORD", APP_CONNECTIONS)?,
    })
}

fn role(
    profile: &Profile,
    access: DatabaseAccess,
    variable: &str,
    connection_limit: u16,
) -> anyhow::Result<RoleSpec> {
    let Some(password) = access.password else {
        bail!(
            "the password of role {} is not set: set {}__DATABASE__{variable} or {}__DATABASE__{variable}_FILE",
            access.user,
            profile.id.as_str().to_uppercase(),
            profile.id.as_str().to_uppercase()
        );
    };
    Ok(RoleSpec { name: access.user.to_string(), password, connection_limit })
}
