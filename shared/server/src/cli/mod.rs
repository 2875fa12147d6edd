//! The command line. Every command says what it did per product as a table, or as JSON with
//! `--json`, and exits non-zero where it failed for any.

mod bookings;
mod calendars;
mod config;
mod export;
mod faq;
mod import;
mod jobs;
mod leads;
mod media;
mod migrate;
mod occupancy;
mod openapi;
mod payments;
mod product;
mod provision;
mod quote;
mod reindex;
mod search;
mod seed;
mod serve;
mod subject;
mod table;
mod token;
mod users;
mod webhooks;
mod worker;

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand};
use terrace_product::{Env, Environment, Profile, Profiles, check_all, process_env};

/// Terrace: many brands, one platform.
#[derive(Debug, Parser)]
#[command(name = "terrace", version, about, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve one product's API
    Serve(serve::Serve),
    /// Run one product's background work, apart from its API
    Worker(worker::Worker),
    /// See the background work of products, and run again what was given up
    Jobs(jobs::Jobs),
    /// See the enquiries of products, and write them as a table
    Leads(leads::Leads),
    /// See the bookings of products
    Bookings(bookings::Bookings),
    /// See how full the listings of a product were, and what they brought
    Occupancy(occupancy::Occupancy),
    /// See the calendars of other channels, read them, and see what overlaps
    Calendars(calendars::Calendars),
    /// See the questions that products answer, write them as a table, and take them from files
    Faq(faq::Faq),
    /// See the payments and refunds of products
    Payments(payments::Payments),
    /// See the people of products, give them roles, end their tokens, compare them with the realm
    Users(users::Users),
    /// See the webhooks of products and what was sent to them, and send it again
    Webhooks(webhooks::Webhooks),
    /// Give people what is known of them, erase them, and erase again after a restore
    Subject(subject::Subjects),
    /// Create the products' databases and roles (needs TERRACE_ADMIN_DATABASE_URL)
    Provision(provision::Provision),
    /// Bring the products' databases to one schema, and show that they are
    Migrate(migrate::Migrate),
    /// Bring the content that ships into the databases: catalogues, people, listings
    Seed(seed::Seed),
    /// Import listings: Inside Airbnb's files, or our own JSONL and CSV, plain or gzip
    Import(import::Import),
    /// Write a product's listings, drafts too, as a file that import reads
    Export(export::Export),
    /// Upload pictures, and tidy up where they are kept
    Media(media::Media),
    /// Reckon what a stay costs, line by line; nothing is stored or booked
    Quote(quote::Quote),
    /// Build the search index of the configured model, beside the one in use
    Reindex(reindex::Reindex),
    /// See what the search index is made of, and make room in it
    Search(search::SearchCommand),
    /// Issue a token of a product's development realm
    Token(token::Token),
    /// Show and check the products' profiles
    Config(config::ConfigCommand),
    /// Make, check, move and remove brands, and list them
    Product(product::Product),
    /// Print the OpenAPI document
    Openapi,
}

/// Which products a command is for.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Selection {
    /// One product, by the name of its folder
    #[arg(long, value_name = "ID")]
    product: Option<String>,
    /// Every product
    #[arg(long)]
    all: bool,
}

/// Where a command finds the products.
struct Workplace {
    profiles: Profiles,
    environment: Environment,
    env: Env,
}

impl Workplace {
    fn find() -> anyhow::Result<Self> {
        let env = process_env();
        let here = std::env::current_dir().context("there is no current directory")?;
        Ok(Self {
            profiles: Profiles::locate(&here, &env)?,
            environment: Environment::from_env(&env)
                .map_err(|error| anyhow::anyhow!("TERRACE_ENVIRONMENT: {error}"))?,
            env,
        })
    }

    fn one(&self, product: &str) -> anyhow::Result<Profile> {
        Ok(self.profiles.load(product, self.environment, &self.env)?)
    }

    /// Every product, refused where two of them share what must be apart.
    fn all(&self) -> anyhow::Result<Vec<Profile>> {
        let profiles = self.profiles.load_all(self.environment, &self.env)?;
        check_all(&profiles)?;
        Ok(profiles)
    }

    fn select(&self, selection: &Selection) -> anyhow::Result<Vec<Profile>> {
        match &selection.product {
            Some(product) => Ok(vec![self.one(product)?]),
            None => self.all(),
        }
    }

    /// Refuses a command that would destroy a brand's data.
    fn refuse_in_production(&self, what: &str) -> anyhow::Result<()> {
        if self.environment.is_production() {
            bail!("{what} is refused: TERRACE_ENVIRONMENT is production");
        }
        Ok(())
    }
}

/// Runs a command.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&anyhow::Error::new(error)),
    };
    let result = match cli.command {
        // Actix brings its own runtime.
        Command::Serve(serve) => actix_web::rt::System::new().block_on(serve.run()),
        Command::Worker(worker) => runtime.block_on(worker.run()),
        Command::Jobs(jobs) => runtime.block_on(jobs.run()),
        Command::Leads(leads) => runtime.block_on(leads.run()),
        Command::Bookings(bookings) => runtime.block_on(bookings.run()),
        Command::Occupancy(occupancy) => runtime.block_on(occupancy.run()),
        Command::Calendars(calendars) => runtime.block_on(calendars.run()),
        Command::Faq(faq) => runtime.block_on(faq.run()),
        Command::Payments(payments) => runtime.block_on(payments.run()),
        Command::Users(users) => runtime.block_on(users.run()),
        Command::Webhooks(webhooks) => runtime.block_on(webhooks.run()),
        Command::Subject(subject) => runtime.block_on(subject.run()),
        Command::Provision(provision) => runtime.block_on(provision.run()),
        Command::Migrate(migrate) => runtime.block_on(migrate.run()),
        Command::Seed(seed) => runtime.block_on(seed.run()),
        Command::Import(import) => runtime.block_on(import.run()),
        Command::Export(export) => runtime.block_on(export.run()),
        Command::Media(media) => runtime.block_on(media.run()),
        Command::Quote(quote) => runtime.block_on(quote.run()),
        Command::Reindex(reindex) => runtime.block_on(reindex.run()),
        Command::Search(search) => runtime.block_on(search.run()),
        Command::Token(token) => runtime.block_on(token.run()),
        Command::Config(config) => config.run(),
        Command::Product(product) => runtime.block_on(product.run()),
        Command::Openapi => openapi::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("error: {error:#}");
    ExitCode::FAILURE
}
