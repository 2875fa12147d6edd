//! Prices as callers see them.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use terrace_pricing::{Contract, IncludedTax, Instalment, Line, Quote};
use terrace_product::Locale;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{store::StoredQuote, texts};

/// What a stay costs. Amounts are integer minor units of `currency`.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuoteOut {
    /// Id; a booking cites it.
    pub id: Uuid,
    /// The listing.
    pub property_id: Uuid,
    /// The first night.
    pub check_in: NaiveDate,
    /// The day of leaving; not slept.
    pub check_out: NaiveDate,
    /// Nights slept.
    pub nights: i64,
    /// People who sleep there.
    pub guests: i32,
    /// The coupon that was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coupon: Option<String>,
    /// ISO 4217.
    #[schema(example = "THB")]
    pub currency: String,
    /// What is paid for; they sum to `total`.
    pub lines: Vec<LineOut>,
    /// What the stay costs, without the deposit.
    pub total: i64,
    /// Paid on arrival besides, and given back after the stay.
    pub deposit: i64,
    /// Of the total, what is paid at once.
    pub due_now: i64,
    /// Of the total, what is paid later.
    pub due_later: i64,
    /// The total by the days on which it is due; the first is at once.
    pub payments: Vec<InstalmentOut>,
    /// Taxes that are in the prices already.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub included_taxes: Vec<IncludedTaxOut>,
    /// Of a stay of a month or longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract: Option<ContractOut>,
    /// Until when this price is kept to.
    pub valid_until: DateTime<Utc>,
    /// Whether that has passed.
    pub is_expired: bool,
    /// When it was given.
    pub created_at: DateTime<Utc>,
    /// The form of the rules that it was reckoned by.
    pub rules_format: u32,
    /// SHA-256 over what was asked, the rules and the price, hexadecimal.
    pub hash: String,
    /// Whether the rules as they were, reckoned again just now, give this very price.
    pub is_verified: bool,
}

/// A line of a quote. `quantity` times `unit_amount` is `amount`.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineOut {
    /// What it is for: `nights`, `weeks`, `months`, `part_month`, `holiday`, `extra_guests`,
    /// `cleaning`, `coupon` or `tax`.
    #[schema(example = "nights")]
    pub kind: &'static str,
    /// How many of them.
    pub quantity: i64,
    /// What one costs; below 0 for what is taken off.
    pub unit_amount: i64,
    /// What they cost together.
    pub amount: i64,
    /// First night that it covers; none for what is paid once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// The day after the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<NaiveDate>,
    /// Why, in the language of the answer.
    #[schema(example = "4 nights (High season) at THB 6,500")]
    pub text: String,
    /// Why, for programs: a `code` and what belongs to it.
    #[schema(value_type = Object)]
    pub reason: terrace_pricing::Reason,
}

/// A part of the total.
#[derive(Debug, Serialize, ToSchema)]
pub struct InstalmentOut {
    /// The day on which it is due.
    pub on: NaiveDate,
    /// How much.
    pub amount: i64,
}

/// A tax that is in the prices already.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncludedTaxOut {
    /// `vat`, `service`, `tourism` or `local`.
    #[schema(example = "vat")]
    pub name: String,
    /// Hundredths of a percent.
    pub bps: i64,
    /// How much of the total it is.
    pub amount: i64,
    /// In the language of the answer.
    #[schema(example = "VAT 7 %")]
    pub text: String,
}

/// The frame of the contract for a stay of a month or longer.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContractOut {
    /// Its first day.
    pub first_day: NaiveDate,
    /// Its last day: that before the day of leaving.
    pub last_day: NaiveDate,
    /// Whole calendar months.
    pub months: u32,
    /// Nights beyond them.
    pub nights_beyond: i64,
    /// The price of a month on the first day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rent_per_month: Option<i64>,
    /// The deposit in months of rent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deposit_months: Option<u32>,
    /// Months that are paid at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advance_months: Option<u32>,
}

impl QuoteOut {
    /// A stored price, told in a language. Reckons it again.
    #[must_use]
    pub fn of(stored: StoredQuote, locale: &Locale) -> Self {
        let is_verified = stored.can_be_recomputed();
        let StoredQuote { id, property_id, stay, quote, hash, valid_until, created_at, .. } =
            stored;
        let Quote {
            format,
            currency,
            nights,
            lines,
            total,
            deposit,
            due_now,
            due_later,
            payments,
            included_taxes,
            contract,
        } = quote;
        Self {
            id,
            property_id,
            check_in: stay.check_in,
            check_out: stay.check_out,
            nights,
            guests: stay.guests,
            coupon: stay.coupon,
            lines: lines.into_iter().map(|line| told(line, &currency, locale)).collect(),
            currency,
            total,
            deposit,
            due_now,
            due_later,
            payments: payments
                .into_iter()
                .map(|Instalment { on, amount }| InstalmentOut { on, amount })
                .collect(),
            included_taxes: included_taxes
                .into_iter()
                .map(|IncludedTax { name, bps, amount }| IncludedTaxOut {
                    text: texts::tax(&name, bps, locale),
                    name,
                    bps,
                    amount,
                })
                .collect(),
            contract: contract.map(framed),
            valid_until,
            is_expired: stored.is_expired,
            created_at,
            rules_format: format,
            hash: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
            is_verified,
        }
    }
}

/// A line, told in a language.
#[must_use]
pub fn told(line: Line, currency: &str, locale: &Locale) -> LineOut {
    let text = texts::line(&line, currency, locale);
    let Line { kind, quantity, unit_amount, amount, dates, reason } = line;
    LineOut {
        kind: kind.as_str(),
        quantity,
        unit_amount,
        amount,
        from: dates.map(|dates| dates.from),
        to: dates.map(|dates| dates.to),
        text,
        reason,
    }
}

fn framed(contract: Contract) -> ContractOut {
    let Contract {
        first_day,
        last_day,
        months,
        nights_beyond,
        rent_per_month,
        deposit_months,
        advance_months,
    } = contract;
    ContractOut {
        first_day,
        last_day,
        months,
        nights_beyond,
        rent_per_month,
        deposit_months,
        advance_months,
    }
}
