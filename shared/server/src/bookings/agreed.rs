//! What was agreed on for a stay: the price that it was booked at, and that of each time it was
//! renewed. Each part keeps its own price: a rent that has risen since is paid for what is added,
//! and not once more for what was slept.

use chrono::NaiveDate;
use sea_orm::ConnectionTrait;
use terrace_pricing::{Contract, Instalment, Quote, add_months, by_night, whole_months};
use uuid::Uuid;

use super::cancel::no_quote;
use crate::{
    error::Result,
    quotes::{self, StoredQuote},
};

/// The parts of a stay, in the order of their nights: one, and one more for each renewal.
#[derive(Clone, Debug)]
pub(crate) struct Agreed {
    first: StoredQuote,
    renewals: Vec<StoredQuote>,
}

impl Agreed {
    /// What is agreed on for a booking that is being made.
    pub(super) fn at(quote: StoredQuote) -> Self {
        Self { first: quote, renewals: Vec::new() }
    }

    /// What was agreed on for a booking.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn on(tx: &impl ConnectionTrait, booking: Uuid) -> Result<Self> {
        let mut parts = quotes::of_booking(tx, booking).await?.into_iter();
        let first = parts.next().ok_or_else(no_quote)?;
        Ok(Self { first, renewals: parts.collect() })
    }

    pub(crate) fn parts(&self) -> impl Iterator<Item = &StoredQuote> {
        std::iter::once(&self.first).chain(&self.renewals)
    }

    /// The price that it was booked at.
    pub(crate) fn first(&self) -> &Quote {
        &self.first.quote
    }

    /// The coupon that was used.
    pub(crate) fn coupon(&self) -> Option<String> {
        self.first.stay.coupon.clone()
    }

    /// The day of leaving, as it was agreed.
    pub(crate) fn until(&self) -> NaiveDate {
        self.renewals.last().unwrap_or(&self.first).stay.check_out
    }

    /// What all of it costs, smallest unit.
    pub(crate) fn total(&self) -> i64 {
        self.parts().map(|part| part.quote.total).sum()
    }

    /// What the nights before a day cost: what is paid once falls on all nights of its part.
    pub(crate) fn owed_until(&self, day: NaiveDate) -> i64 {
        let nights = self.parts().flat_map(|part| by_night(&part.quote, &part.stay));
        nights.filter(|(night, _)| *night < day).map(|(_, amount)| amount).sum()
    }

    /// Left besides the total, and given back after the stay.
    pub(crate) fn deposit(&self) -> i64 {
        self.first.quote.deposit
    }

    /// Of the total, what is due as soon as a part is agreed on.
    pub(crate) fn due_now(&self) -> i64 {
        self.parts().map(|part| part.quote.due_now).sum()
    }

    /// What is due when, of so much of the total: a stay that ends early is not paid to its end.
    pub(crate) fn instalments(&self, owed: i64) -> Vec<Instalment> {
        let mut all: Vec<_> = self.parts().flat_map(|part| part.quote.payments.clone()).collect();
        all.sort_by_key(|one| one.on);
        let mut left = owed;
        all.retain_mut(|one| {
            one.amount = one.amount.min(left);
            left -= one.amount;
            one.amount > 0
        });
        all
    }

    /// The frame of the contract, from the first day to the agreed one. The rent is the present
    /// part's.
    pub(crate) fn contract(&self) -> Contract {
        let (from, until) = (self.first.stay.check_in, self.until());
        let months = whole_months(from, until);
        let of_first = self.first.quote.contract.as_ref();
        let latest = self.renewals.last().and_then(|part| part.quote.contract.as_ref());
        Contract {
            first_day: from,
            last_day: until.pred_opt().unwrap_or(until),
            months,
            nights_beyond: (until - add_months(from, months)).num_days(),
            rent_per_month: latest.or(of_first).and_then(|contract| contract.rent_per_month),
            deposit_months: of_first.and_then(|contract| contract.deposit_months),
            advance_months: of_first.and_then(|contract| contract.advance_months),
        }
    }
}
