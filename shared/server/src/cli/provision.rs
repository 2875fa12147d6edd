//! `terrace provision`.

use anyhow::Context;
use clap::Args;
use serde::Serialize;
use terrace_migrator::ProvisionReport;

use super::{Selection, Workplace, table};
use crate::brands::{self, RedisAdmin};

/// Create the products' databases, roles and Redis users
///
/// Needs TERRACE_ADMIN_DATABASE_URL; users of Redis are made where TERRACE_ADMIN_REDIS_URL is set.
#[derive(Debug, Args)]
pub(super) struct Provision {
    #[command(flatten)]
    selection: Selection,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What a product has now.
#[derive(Serialize)]
struct Provisioned {
    #[serde(flatten)]
    database: ProvisionReport,
    /// None where it comes in as its URL says.
    redis_user: Option<String>,
}

impl Provision {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let workplace = Workplace::find()?;
        let admin = brands::admin(&workplace.env)?;
        let redis = RedisAdmin::of(&workplace.env)?;
        let mut reports = Vec::new();
        for profile in workplace.select(&self.selection)? {
            let spec = brands::provision_spec(&profile, admin.clone())?;
            let database =
                terrace_migrator::provision(&spec).await.with_context(|| profile.id.to_string())?;
            let made = match &redis {
                Some(redis) => redis.provision(&profile.redis).await.with_context(|| {
                    format!("{}: its database is there, its user in Redis is not", profile.id)
                })?,
                None => None,
            };
            let redis_user = made.map(|_| profile.redis.user.to_string());
            reports.push(Provisioned { database, redis_user });
        }
        if self.json {
            return table::print_json(&reports);
        }
        table::print(
            &["product", "database", "owner", "app", "created", "Redis user"],
            reports.iter().map(|Provisioned { database: report, redis_user }| {
                vec![
                    report.product.clone(),
                    report.database.clone(),
                    report.owner_role.clone(),
                    report.app_role.clone(),
                    if report.created_database { "yes" } else { "was there" }.to_owned(),
                    redis_user.clone().unwrap_or_else(|| "-".to_owned()),
                ]
            }),
        );
        Ok(())
    }
}
