//! `terrace quote`.

use chrono::NaiveDate;
use clap::Args;
use sea_orm::ConnectionTrait;
use serde::Serialize;
use terrace_pricing::Stay;
use terrace_product::Locale;
use uuid::Uuid;

use super::{Workplace, serve, table};
use crate::{
    app::State,
    db::{Context, statement},
    error::Error,
    interchange,
    money::written,
    quotes::{
        Priced,
        output::{LineOut, told},
        price,
    },
};

/// Reckon what a stay costs, line by line; nothing is stored or booked
#[derive(Debug, Args)]
pub(super) struct Quote {
    /// The product, by the name of its folder
    #[arg(long, value_name = "ID")]
    product: String,
    /// The listing, by its slug
    #[arg(long, value_name = "SLUG")]
    property: String,
    /// The first night
    #[arg(long, value_name = "DAY")]
    from: NaiveDate,
    /// The day of leaving, not slept
    #[arg(long, value_name = "DAY")]
    to: NaiveDate,
    /// People who sleep there
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(i32).range(1..=1000))]
    guests: i32,
    /// Code of a coupon
    #[arg(long, value_name = "CODE")]
    coupon: Option<String>,
    /// The language of the lines
    #[arg(long, value_name = "LOCALE")]
    locale: Option<String>,
    /// For machines
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Out {
    property: String,
    check_in: NaiveDate,
    check_out: NaiveDate,
    nights: i64,
    currency: String,
    lines: Vec<LineOut>,
    total: i64,
    deposit: i64,
    due_now: i64,
    due_later: i64,
    payments: Vec<terrace_pricing::Instalment>,
}

impl Quote {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let Self { product, property, from, to, guests, coupon, locale, json } = self;
        let profile = Workplace::find()?.one(&product)?;
        let locale = match locale {
            None => profile.locales.default.clone(),
            Some(locale) => {
                Locale::parse(&locale).map_err(|error| anyhow::anyhow!("--locale: {error}"))?
            }
        };
        serve::check_database(&profile).await?;
        let state = std::sync::Arc::new(State::new(profile)?);
        let stay = Stay { check_in: from, check_out: to, guests, coupon };
        let (wired, slug) = (state.clone(), property.clone());
        let priced = state
            .db
            .tx(Context::system("terrace quote"), move |tx| {
                let (state, slug, stay) = (wired.clone(), slug.clone(), stay.clone());
                Box::pin(async move {
                    let id = named(tx, &slug).await?;
                    price(tx, &state, id, &stay).await
                })
            })
            .await;
        state.db.close().await;
        let Priced { stay, quote, .. } = priced.map_err(interchange::explain)?;
        let currency = quote.currency.clone();
        let out = Out {
            property,
            check_in: stay.check_in,
            check_out: stay.check_out,
            nights: quote.nights,
            lines: quote.lines.into_iter().map(|line| told(line, &currency, &locale)).collect(),
            currency,
            total: quote.total,
            deposit: quote.deposit,
            due_now: quote.due_now,
            due_later: quote.due_later,
            payments: quote.payments,
        };
        if json {
            return table::print_json(&out);
        }
        show(&out);
        Ok(())
    }
}

async fn named(db: &impl ConnectionTrait, slug: &str) -> crate::error::Result<Uuid> {
    const SQL: &str = "SELECT p.id FROM properties p WHERE p.slug = $1 AND p.deleted_at IS NULL";
    let row = db.query_one_raw(statement(SQL, [slug.into()])).await?;
    let row = row.ok_or_else(|| Error::not_found(&format!("listing as {slug}")))?;
    Ok(row.try_get("", "id")?)
}

fn show(out: &Out) {
    let money = |amount| written(amount, &out.currency);
    let row = |text: &str, amount: i64| {
        vec![text.to_owned(), String::new(), String::new(), String::new(), money(amount)]
    };
    let mut rows: Vec<_> = out
        .lines
        .iter()
        .map(|line| {
            let dates = match (line.from, line.to) {
                (Some(from), Some(to)) => format!("{from} to {to}"),
                _ => String::new(),
            };
            vec![
                line.text.clone(),
                dates,
                line.quantity.to_string(),
                money(line.unit_amount),
                money(line.amount),
            ]
        })
        .collect();
    rows.push(row("total", out.total));
    if out.deposit > 0 {
        rows.push(row("deposit, given back after the stay", out.deposit));
    }
    for (nth, part) in out.payments.iter().enumerate() {
        let when = if nth == 0 { "due now".to_owned() } else { format!("due on {}", part.on) };
        rows.push(row(&when, part.amount));
    }
    println!("{}, {} to {}, {} nights", out.property, out.check_in, out.check_out, out.nights);
    table::print(&["for", "nights of", "quantity", "each", "amount"], rows);
}
