//! `terrace payments`.

use clap::{Args, Subcommand};
use serde::Serialize;
use terrace_entity::enums::PaymentState;

use super::{Selection, Workplace, serve, table};
use crate::{
    db::Db,
    interchange, money,
    payments::{
        list::{self, Filters},
        output::PaymentRecord,
    },
};

/// See the payments and refunds of products
#[derive(Debug, Args)]
pub(super) struct Payments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the newest payments and refunds
    List {
        #[command(flatten)]
        selection: Selection,
        /// Only in these states: pending, requires_action, succeeded, failed, cancelled, refunded
        #[arg(long, value_name = "STATE", value_delimiter = ',', value_parser = state)]
        state: Vec<PaymentState>,
        /// Only what somebody must look at
        #[arg(long)]
        attention: bool,
        /// Rows at most, per product
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=10_000))]
        limit: u64,
        /// For machines
        #[arg(long)]
        json: bool,
    },
}

fn state(text: &str) -> Result<PaymentState, String> {
    text.parse().map_err(|_| {
        let known: Vec<_> = PaymentState::ALL.iter().map(|state| state.as_str()).collect();
        format!("must be one of: {}", known.join(", "))
    })
}

#[derive(Serialize)]
struct OfProduct {
    product: String,
    payments: Vec<PaymentRecord>,
}

impl Payments {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let workplace = Workplace::find()?;
        let Command::List { selection, state, attention, limit, json } = self.command;
        let mut found = Vec::new();
        for profile in workplace.select(&selection)? {
            serve::check_database(&profile).await?;
            let db = Db::connect(&profile.database);
            let filters = Filters::of(state.clone(), attention);
            let payments = list::newest(&db, filters, limit).await;
            db.close().await;
            let payments = payments.map_err(interchange::explain)?;
            found.push(OfProduct { product: profile.id.to_string(), payments });
        }
        show(&found, json)
    }
}

fn show(found: &[OfProduct], json: bool) -> anyhow::Result<()> {
    if json {
        return table::print_json(&found);
    }
    let rows: Vec<Vec<String>> = found
        .iter()
        .flat_map(|product| product.payments.iter().map(|one| (product.product.clone(), one)))
        .map(|(product, record)| {
            let payment = &record.payment;
            let written = |amount| money::written(amount, &payment.currency);
            vec![
                product,
                record.booking_reference.clone(),
                payment.created_at.format("%F %T").to_string(),
                payment.purpose.to_string(),
                payment.provider.as_str().to_owned(),
                payment.state.to_string(),
                written(payment.amount),
                written(payment.received),
                written(payment.refunded),
                record.attention.clone().unwrap_or_default(),
            ]
        })
        .collect();
    if rows.is_empty() {
        println!("no payments");
        return Ok(());
    }
    table::print(
        &[
            "product",
            "booking",
            "begun",
            "for",
            "by",
            "state",
            "asked",
            "come",
            "gone back",
            "look at",
        ],
        rows,
    );
    Ok(())
}
