//! `terrace users`.

use anyhow::bail;
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde::Serialize;
use terrace_product::Profile;

use super::{Selection, Workplace, migrate, serve, table};
use crate::{
    accounts::{
        Role,
        operate::{self, Account, RoleChange},
    },
    clerk::{
        api::Api,
        inbox::{self, Listed},
        reconcile::{self, Compared, Order},
    },
    db::Db,
    interchange,
};

/// See the people of products, give them roles, end their tokens, and compare them with the realm
#[derive(Debug, Args)]
pub(super) struct Users {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the newest people
    List {
        #[command(flatten)]
        selection: Selection,
        /// Only user, agent or admin
        #[arg(long)]
        role: Option<Role>,
        /// Rows at most, per product
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=10_000))]
        limit: u64,
        /// For machines
        #[arg(long)]
        json: bool,
    },
    /// Show one person
    Show(One),
    /// Give a person a role, whatever the realm says; or let the realm's word count again
    Role {
        #[command(flatten)]
        one: One,
        /// user, agent or admin
        #[arg(long, required_unless_present = "lift", conflicts_with = "lift")]
        role: Option<Role>,
        /// The realm's word counts again
        #[arg(long)]
        lift: bool,
    },
    /// Refuse every token that a person has been given so far
    Revoke(One),
    /// Compare the people with those that the realm knows (needs identity.secret_key)
    Reconcile {
        #[command(flatten)]
        selection: Selection,
        /// Make good what differs; without, it is only shown
        #[arg(long)]
        apply: bool,
        /// Also where many people are gone
        #[arg(long)]
        many: bool,
        /// For machines
        #[arg(long)]
        json: bool,
    },
    /// Show what the realm delivered, newest first
    Webhooks {
        #[command(flatten)]
        selection: Selection,
        /// Only what somebody must look at
        #[arg(long)]
        dead: bool,
        /// Rows at most, per product
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=10_000))]
        limit: u64,
        /// For machines
        #[arg(long)]
        json: bool,
    },
    /// Apply again what was given up
    Retry {
        #[command(flatten)]
        selection: Selection,
        /// One delivery; without it, all that are dead
        #[arg(long, value_name = "ID")]
        delivery: Option<String>,
    },
}

/// One person
#[derive(Debug, Args)]
struct One {
    /// The product, by the name of its folder
    #[arg(long, value_name = "ID")]
    product: String,
    /// Their id, the realm's name for them, or their address
    #[arg(long, value_name = "WHO")]
    user: String,
    /// For machines
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct OfProduct<T> {
    product: String,
    #[serde(flatten)]
    found: T,
}

#[derive(Serialize)]
struct People {
    users: Vec<Account>,
}

#[derive(Serialize)]
struct Deliveries {
    deliveries: Vec<Listed>,
}

impl Users {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let workplace = Workplace::find()?;
        match self.command {
            Command::List { selection, role, limit, json } => {
                let mut all = Vec::new();
                for profile in workplace.select(&selection)? {
                    let db = open(&profile).await?;
                    let users =
                        operate::list(&db, role, limit).await.map_err(interchange::explain)?;
                    all.push(OfProduct {
                        product: profile.id.to_string(),
                        found: People { users },
                    });
                }
                show_people(&all, json)
            }
            Command::Show(one) => {
                let db = open(&workplace.one(&one.product)?).await?;
                one.tell(operate::show(&db, &one.user).await.map_err(interchange::explain)?)
            }
            Command::Role { one, role, lift: _ } => {
                let db = open(&workplace.one(&one.product)?).await?;
                let change = role.map_or(RoleChange::Lift, RoleChange::Give);
                let changed = operate::change_role(&db, &one.user, change).await;
                one.tell(changed.map_err(interchange::explain)?)
            }
            Command::Revoke(one) => {
                let db = open(&workplace.one(&one.product)?).await?;
                let revoked = operate::revoke_tokens(&db, &one.user).await;
                one.tell(revoked.map_err(interchange::explain)?)
            }
            Command::Reconcile { selection, apply, many, json } => {
                let mut all = Vec::new();
                for profile in workplace.select(&selection)? {
                    let found = compare(&profile, Order { apply, many }).await?;
                    all.push(OfProduct { product: profile.id.to_string(), found });
                }
                show_compared(&all, apply, json)
            }
            Command::Webhooks { selection, dead, limit, json } => {
                let mut all = Vec::new();
                for profile in workplace.select(&selection)? {
                    let db = open(&profile).await?;
                    let deliveries =
                        inbox::list(&db, dead, limit).await.map_err(interchange::explain)?;
                    let found = Deliveries { deliveries };
                    all.push(OfProduct { product: profile.id.to_string(), found });
                }
                show_deliveries(&all, json)
            }
            Command::Retry { selection, delivery } => {
                for profile in workplace.select(&selection)? {
                    let db = open(&profile).await?;
                    let again = inbox::retry(&db, delivery.clone()).await;
                    let again = again.map_err(interchange::explain)?;
                    println!("{}: {again} to be applied again", profile.id);
                }
                Ok(())
            }
        }
    }
}

async fn open(profile: &Profile) -> anyhow::Result<Db> {
    serve::check_database(profile).await?;
    Ok(Db::connect(&profile.database))
}

async fn compare(profile: &Profile, order: Order) -> anyhow::Result<Compared> {
    let db = open(profile).await?;
    let progress = migrate::spinner(profile);
    let api = Api::open(&profile.identity)?;
    let compared = reconcile::run(&db, &api, order, |people| {
        progress.set_message(format!("{}: {people} people of the realm read", profile.id));
    })
    .await;
    progress.finish_and_clear();
    compared.map_err(|error| error.context(profile.id.to_string()))
}

impl One {
    fn tell(&self, account: Account) -> anyhow::Result<()> {
        let found = People { users: vec![account] };
        show_people(&[OfProduct { product: self.product.clone(), found }], self.json)
    }
}

fn time(at: Option<DateTime<Utc>>) -> String {
    at.map(|at| at.format("%F %T").to_string()).unwrap_or_default()
}

fn show_people(all: &[OfProduct<People>], json: bool) -> anyhow::Result<()> {
    if json {
        return table::print_json(&all);
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .flat_map(|of| of.found.users.iter().map(move |user| (&of.product, user)))
        .map(|(product, user)| {
            let given = match (user.role_is_override, &user.realm_role) {
                (true, Some(realm)) => format!("here (realm: {realm})"),
                (true, None) => "here".to_owned(),
                (false, _) => "realm".to_owned(),
            };
            vec![
                product.clone(),
                user.id.to_string(),
                user.subject.clone(),
                user.email.clone().unwrap_or_default(),
                user.display_name.clone().unwrap_or_default(),
                user.role.clone(),
                given,
                user.state.clone(),
                time(user.revoked_before),
            ]
        })
        .collect();
    if rows.is_empty() {
        println!("no people");
        return Ok(());
    }
    let head = ["product", "id", "subject", "email", "name", "role", "given", "state", "revoked"];
    table::print(&head, rows);
    Ok(())
}

/// Fails where the brand's own rules refused something: somebody must look.
fn show_compared(all: &[OfProduct<Compared>], apply: bool, json: bool) -> anyhow::Result<()> {
    let refused =
        all.iter().flat_map(|of| &of.found.found).filter(|found| found.is_refused).count();
    if json {
        table::print_json(&all)?;
    } else {
        let rows: Vec<Vec<String>> = all
            .iter()
            .flat_map(|of| of.found.found.iter().map(move |found| (&of.product, found)))
            .map(|(product, found)| {
                let difference = found.difference.as_str().to_owned();
                vec![product.clone(), found.subject.clone(), difference, found.outcome.clone()]
            })
            .collect();
        for OfProduct { product, found } in all {
            let (theirs, ours, differing) = (found.theirs, found.ours, found.found.len());
            println!("{product}: {theirs} of the realm, {ours} here, {differing} differ");
        }
        if !rows.is_empty() {
            table::print(&["product", "subject", "difference", "outcome"], rows);
        }
        if !apply && all.iter().any(|of| !of.found.found.is_empty()) {
            println!("nothing was changed; repeat with --apply");
        }
    }
    if refused > 0 {
        bail!("{refused} could not be brought in step; see above");
    }
    Ok(())
}

fn show_deliveries(all: &[OfProduct<Deliveries>], json: bool) -> anyhow::Result<()> {
    if json {
        return table::print_json(&all);
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .flat_map(|of| of.found.deliveries.iter().map(move |delivery| (&of.product, delivery)))
        .map(|(product, delivery)| {
            vec![
                product.clone(),
                delivery.delivery_id.clone(),
                delivery.event_type.clone(),
                delivery.subject.clone().unwrap_or_default(),
                time(delivery.happened_at),
                delivery.status.clone(),
                delivery.attempts.to_string(),
                delivery.error.clone().unwrap_or_default(),
            ]
        })
        .collect();
    if rows.is_empty() {
        println!("no deliveries");
        return Ok(());
    }
    let head = ["product", "delivery", "event", "subject", "happened", "state", "attempts", "why"];
    table::print(&head, rows);
    Ok(())
}
