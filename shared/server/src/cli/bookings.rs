//! `terrace bookings`.

use anyhow::bail;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::{Selection, Workplace, serve, table};
use crate::{
    app::State,
    bookings::{
        machine::Status,
        offers::{self, list::Standing},
        output::{BookingItem, BookingOut},
        query::Filters,
        read, reference,
    },
    db::Db,
    interchange, money,
};

/// See the bookings of products
#[derive(Debug, Args)]
pub(super) struct Bookings {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the newest bookings
    List {
        #[command(flatten)]
        selection: Selection,
        /// Only those in this state: requested, held, confirmed, declined, cancelled, expired,
        /// completed; give it again for another
        #[arg(long)]
        status: Vec<Status>,
        /// Rows at most, per product
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=10_000))]
        limit: u64,
        /// For machines
        #[arg(long)]
        json: bool,
    },
    /// Show what hosts have offered guests and nobody has decided on, the first to end first
    Offers {
        #[command(flatten)]
        selection: Selection,
        /// Rows at most, per product
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=10_000))]
        limit: u64,
        /// For machines
        #[arg(long)]
        json: bool,
    },
    /// Show one booking with its price and its history
    Show {
        /// The product, by the name of its folder
        #[arg(long, value_name = "ID")]
        product: String,
        /// Its reference, however it is written
        reference: String,
        /// For machines
        #[arg(long)]
        json: bool,
    },
}

#[derive(Serialize)]
struct OffersOf {
    product: String,
    offers: Vec<Standing>,
}

#[derive(Serialize)]
struct OfProduct {
    product: String,
    bookings: Vec<BookingItem>,
}

impl Bookings {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let workplace = Workplace::find()?;
        match self.command {
            Command::List { selection, status, limit, json } => {
                let mut found = Vec::new();
                for profile in workplace.select(&selection)? {
                    serve::check_database(&profile).await?;
                    let db = Db::connect(&profile.database);
                    let filters = Filters::in_states(status.clone());
                    let bookings = read::newest(&db, filters, limit).await;
                    db.close().await;
                    let bookings = bookings.map_err(interchange::explain)?;
                    found.push(OfProduct { product: profile.id.to_string(), bookings });
                }
                list(&found, json)
            }
            Command::Offers { selection, limit, json } => {
                let mut found = Vec::new();
                for profile in workplace.select(&selection)? {
                    serve::check_database(&profile).await?;
                    let db = Db::connect(&profile.database);
                    let locale = profile.locales.default.clone();
                    let offers = offers::list::standing(&db, locale, limit).await;
                    db.close().await;
                    let offers = offers.map_err(interchange::explain)?;
                    found.push(OffersOf { product: profile.id.to_string(), offers });
                }
                show_offers(&found, json)
            }
            Command::Show { product, reference, json } => {
                let Some(reference) = reference::parse(&reference) else {
                    bail!("{reference} is no reference, or one that was misread: look at it again");
                };
                let profile = workplace.one(&product)?;
                serve::check_database(&profile).await?;
                let state = std::sync::Arc::new(State::new(profile)?);
                let booking = read::by_reference(&state, reference).await;
                state.db.close().await;
                show(&booking.map_err(interchange::explain)?, json)
            }
        }
    }
}

fn list(found: &[OfProduct], json: bool) -> anyhow::Result<()> {
    if json {
        return table::print_json(&found);
    }
    let rows: Vec<Vec<String>> = found
        .iter()
        .flat_map(|product| product.bookings.iter().map(|booking| (&product.product, booking)))
        .map(|(product, booking)| {
            vec![
                product.clone(),
                booking.reference.clone(),
                booking.status.name().to_owned(),
                booking.property.slug.clone(),
                booking.check_in.to_string(),
                booking.nights.to_string(),
                booking.guests.to_string(),
                money::written(booking.total, &booking.currency),
                booking.created_at.format("%F %T").to_string(),
            ]
        })
        .collect();
    if rows.is_empty() {
        println!("no bookings");
        return Ok(());
    }
    table::print(
        &[
            "product",
            "reference",
            "status",
            "listing",
            "arrival",
            "nights",
            "guests",
            "total",
            "made",
        ],
        rows,
    );
    Ok(())
}

fn show_offers(found: &[OffersOf], json: bool) -> anyhow::Result<()> {
    if json {
        return table::print_json(&found);
    }
    let rows: Vec<Vec<String>> = found
        .iter()
        .flat_map(|product| product.offers.iter().map(|one| (&product.product, one)))
        .map(|(product, Standing { reference, offer })| {
            vec![
                product.clone(),
                reference.clone(),
                offer.kind.name().to_owned(),
                offer.check_in.to_string(),
                offer.check_out.to_string(),
                money::written(offer.price.total, &offer.price.currency),
                offer.expires_at.format("%F %T").to_string(),
            ]
        })
        .collect();
    if rows.is_empty() {
        println!("no offers");
        return Ok(());
    }
    table::print(&["product", "reference", "kind", "from", "to", "price", "until"], rows);
    Ok(())
}

fn show(booking: &BookingOut, json: bool) -> anyhow::Result<()> {
    if json {
        return table::print_json(booking);
    }
    let BookingItem { reference, status, property, check_in, check_out, nights, guests, .. } =
        booking.item();
    println!("{reference}: {}", status.name());
    println!("{} ({}), {check_in} to {check_out}, {nights} nights", property.title, property.slug);
    println!("{guests} guests, policy {}", booking.cancellation_policy);
    if let Some(until) = booking.item().hold_expires_at {
        println!("kept until {}", until.format("%F %T UTC"));
    }
    let price = &booking.price;
    let amount = |amount: i64| money::written(amount, &price.currency);
    let lines = price.lines.iter().map(|line| vec![line.text.clone(), amount(line.amount)]);
    let sums = [("total", price.total), ("due at once", price.due_now), ("deposit", price.deposit)];
    let sums = sums.map(|(what, sum)| vec![what.to_owned(), amount(sum)]);
    table::print(&["what", "amount"], lines.chain(sums));
    let events = booking.events.iter().map(|event| {
        let state = |status: &Option<String>| status.clone().unwrap_or_default();
        vec![
            event.created_at.format("%F %T").to_string(),
            event.kind.clone(),
            state(&event.from_status),
            state(&event.to_status),
            event.actor_id.map(|id| id.to_string()).unwrap_or_default(),
        ]
    });
    table::print(&["when", "what", "from", "to", "who"], events);
    Ok(())
}
