//! `terrace token`.

use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use terrace_identity::local::TokenRequest;
use uuid::Uuid;

use super::Workplace;
use crate::{
    accounts::{self, Person, Role},
    db::{self, Db},
    identity::Realm,
};

/// Issue a token of a product's development realm
///
/// Makes the person if there is none of that name, and gives them the role.
#[derive(Debug, Args)]
pub(super) struct Token {
    /// The product, by the name of its folder
    #[arg(long, value_name = "ID")]
    product: String,
    /// user, agent or admin
    #[arg(long)]
    role: Role,
    /// Whose token: a seeded person, or a new name (default: `dev-` and the role)
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// How long it lasts: 90s, 15m, 12h
    #[arg(long, default_value = "12h", value_parser = duration)]
    ttl: Duration,
}

impl Token {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let workplace = Workplace::find()?;
        workplace.refuse_in_production("terrace token")?;
        let profile = workplace.one(&self.product)?;
        let realm = Realm::open(&profile)?;
        let name = self.user.unwrap_or_else(|| format!("dev-{}", self.role.name()));
        if !(1..=60).contains(&name.len())
            || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        {
            bail!("--user: letters, digits, - and _ only, 60 at most");
        }
        let person = Person {
            subject: format!("user_{name}"),
            role: self.role,
            email: None,
            display_name: None,
        };
        let db = Db::connect(&profile.database);
        accounts::upsert(&db, db::Context::system("terrace token"), person.clone())
            .await
            .map_err(|error| anyhow::anyhow!("{error}"))
            .context("the person could not be stored; is the database up (scripts/dev)?")?;
        let party = profile
            .identity
            .authorized_parties
            .first()
            .context("identity.authorized_parties is empty: no token would be accepted")?;
        let session = format!("sess_{}", Uuid::new_v4().simple());
        let request = TokenRequest::new(&person.subject, &session, party.as_str(), self.ttl);
        println!("{}", realm.issue(&request)?);
        Ok(())
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write it as 90s, 15m or 12h".to_owned();
    let split = text.len().checked_sub(1).filter(|at| text.is_char_boundary(*at));
    let (number, unit) = text.split_at(split.ok_or_else(wrong)?);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "s" => number,
        "m" => number * 60,
        "h" => number * 3600,
        _ => return Err(wrong()),
    };
    match seconds {
        1..=604_800 => Ok(Duration::from_secs(seconds)),
        _ => Err("must be between a second and a week".to_owned()),
    }
}
