//! `terrace subject`.

use std::{
    io::{IsTerminal, Write},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde::Serialize;
use uuid::Uuid;

use super::{Selection, Workplace, serve, table};
use crate::{
    app::State,
    db::Context,
    interchange,
    privacy::{
        erase::{self, Erased, Mode},
        export::{self, Export},
        ledger::Ledger,
        replay::{self, Replayed},
        subject::Who,
    },
};

/// Give people what is known of them, or let them go
#[derive(Debug, Args)]
pub(super) struct Subjects {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write everything that is known of a person as JSON
    Export {
        #[command(flatten)]
        person: Person,
        /// The file, readable for nobody else (default: standard output)
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Show what is known where, as a table, instead of the data
        #[arg(long, conflicts_with = "out")]
        dry_run: bool,
        /// For machines; the data is JSON in any case
        #[arg(long)]
        json: bool,
    },
    /// Erase a person: what is theirs goes, what a law wants kept loses its person
    Erase {
        #[command(flatten)]
        person: Person,
        /// Do it, look at it, and undo it
        #[arg(long)]
        dry_run: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        /// For machines
        #[arg(long)]
        json: bool,
    },
    /// Erase again everybody whom a restored backup has brought back
    Replay {
        #[command(flatten)]
        selection: Selection,
        /// For machines
        #[arg(long)]
        json: bool,
    },
}

/// Who it is about, and of which brand.
#[derive(Debug, Args)]
struct Person {
    /// The product, by the name of its folder
    #[arg(long, value_name = "ID")]
    product: String,
    #[command(flatten)]
    who: Named,
}

/// One of these.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Named {
    /// Who has an account: its id
    #[arg(long, value_name = "ID")]
    user: Option<Uuid>,
    /// Who booked or asked without an account: the address (make sure that it is theirs)
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// Who kept lists without an account: the visitor's id
    #[arg(long, value_name = "ID")]
    visitor: Option<Uuid>,
}

impl Named {
    fn who(&self) -> anyhow::Result<Who> {
        match (self.user, &self.email, self.visitor) {
            (Some(id), ..) => Ok(Who::User(id)),
            (_, Some(address), _) if address.contains('@') => Ok(Who::Email(address.clone())),
            (_, Some(_), _) => bail!("--email: an address has an @"),
            (_, _, Some(id)) => Ok(Who::Visitor(id)),
            _ => bail!("say who: --user, --email or --visitor"),
        }
    }
}

impl Subjects {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let workplace = Workplace::find()?;
        match self.command {
            Command::Export { person, out, dry_run, json } => {
                let state = open(&workplace, &person.product).await?;
                let who = person.who.who()?;
                let context = Context::system("terrace subject export");
                let export = export::export(&state, context, who).await;
                state.db.close().await;
                give(&export.map_err(interchange::explain)?, out, dry_run, json)
            }
            Command::Erase { person, dry_run, yes, json } => {
                let who = person.who.who()?;
                let state = open(&workplace, &person.product).await?;
                let done = erase(&state, who, dry_run, yes, json).await;
                state.db.close().await;
                done
            }
            Command::Replay { selection, json } => {
                let mut all = Vec::new();
                for profile in workplace.select(&selection)? {
                    let product = profile.id.to_string();
                    let state = open(&workplace, &product).await?;
                    let replayed =
                        replay::replay(&state, |nth, of| progress(&product, nth, of)).await;
                    state.db.close().await;
                    all.push(OfProduct { product, replayed: replayed? });
                }
                show_replayed(&all, json)
            }
        }
    }
}

async fn open(workplace: &Workplace, product: &str) -> anyhow::Result<State> {
    let profile = workplace.one(product)?;
    serve::check_database(&profile).await?;
    State::new(profile)
}

/// Shows what would happen, asks, and does it.
async fn erase(
    state: &State,
    who: Who,
    dry_run: bool,
    yes: bool,
    json: bool,
) -> anyhow::Result<()> {
    let context = || Context::system("terrace subject erase");
    if dry_run || !yes {
        let rehearsed = erase::erase(state, context(), who.clone(), Mode::Rehearse).await;
        let rehearsed = rehearsed.map_err(interchange::explain)?;
        if dry_run {
            return show_erased(&rehearsed, "would be", json);
        }
        if rehearsed.places.is_empty() {
            bail!("nothing is known of this person");
        }
        if !std::io::stdin().is_terminal() {
            bail!("this cannot be undone: look at it with --dry-run, then repeat it with --yes");
        }
        show_erased(&rehearsed, "will be", false)?;
        eprint!("Erase this person from {}? Nothing brings it back. [y/N] ", state.profile.name);
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        if !answer.trim().eq_ignore_ascii_case("y") {
            bail!("nothing was changed");
        }
    }
    let erased = erase::erase(state, context(), who, Mode::Erase).await;
    show_erased(&erased.map_err(interchange::explain)?, "was", json)?;
    eprintln!("written down in {}", Ledger::of(&state.profile).path().display());
    Ok(())
}

fn show_erased(erased: &Erased, tense: &str, json: bool) -> anyhow::Result<()> {
    if json {
        return table::print_json(erased);
    }
    if erased.places.is_empty() {
        println!("nothing is known of this person");
        return Ok(());
    }
    table::print(
        &["where", "as", "how many", tense, "why"],
        erased.places.iter().map(|place| {
            vec![
                place.place.clone(),
                place.whom.to_owned(),
                place.count.to_string(),
                place.outcome.name().to_owned(),
                place.why.unwrap_or_default().to_owned(),
            ]
        }),
    );
    Ok(())
}

fn give(export: &Export, out: Option<PathBuf>, dry_run: bool, json: bool) -> anyhow::Result<()> {
    if dry_run && !json {
        table::print(
            &["where", "as", "rows"],
            export.places.iter().map(|place| {
                vec![place.place.to_owned(), place.whom.to_owned(), place.rows.len().to_string()]
            }),
        );
        return Ok(());
    }
    if dry_run {
        let counts: Vec<_> = export
            .places
            .iter()
            .map(|place| {
                serde_json::json!({"place": place.place, "whom": place.whom, "rows": place.rows.len()})
            })
            .collect();
        return table::print_json(&counts);
    }
    let Some(path) = out else {
        return table::print_json(export);
    };
    let told = || path.display().to_string();
    let mut options = std::fs::OpenOptions::new();
    // A file that is there is somebody else's.
    let mut file =
        options.write(true).create_new(true).mode(0o600).open(&path).with_context(told)?;
    serde_json::to_writer_pretty(&mut file, export)?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    eprintln!(
        "{}: {} places; it is personal, hand it on with care",
        path.display(),
        export.places.len()
    );
    Ok(())
}

#[derive(Serialize)]
struct OfProduct {
    product: String,
    #[serde(flatten)]
    replayed: Replayed,
}

fn progress(product: &str, nth: usize, of: usize) {
    if std::io::stderr().is_terminal() && (nth == of || nth.is_multiple_of(25)) {
        eprintln!("{product}: {nth} of {of}");
    }
}

fn show_replayed(all: &[OfProduct], json: bool) -> anyhow::Result<()> {
    if json {
        table::print_json(&all)?;
    } else {
        table::print(
            &["product", "erasures", "were back", "rows erased", "failed"],
            all.iter().map(|OfProduct { product, replayed }| {
                vec![
                    product.clone(),
                    replayed.erasures.to_string(),
                    replayed.again.to_string(),
                    replayed.rows.to_string(),
                    replayed.failed.len().to_string(),
                ]
            }),
        );
    }
    for OfProduct { product, replayed } in all {
        for failed in &replayed.failed {
            eprintln!("{product}: erasure {}: {}", failed.id, failed.error);
        }
        for line in &replayed.unreadable {
            eprintln!("{product}: line {line} of the ledger cannot be read");
        }
    }
    if all.iter().all(|product| product.replayed.is_whole()) {
        return Ok(());
    }
    bail!("somebody who was erased may still be there: do not open before this is settled")
}
