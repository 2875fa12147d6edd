//! What comes on top of the nights, and what comes off.

use crate::{
    arithmetic::{WHOLE, bounded, down, nearest},
    error::{CouponProblem, Error},
    quote::{Dates, IncludedTax, Line, LineKind, Reason},
    rules::{Coupon, Discount, Rules, Tax, TaxBase},
    stay::Stay,
};

/// What a coupon leaves of the rent at least: a twentieth. A stay always costs something.
const MOST_OFF: i128 = 9_500;

/// Everything but nights.
#[derive(Clone, Debug)]
pub(crate) struct Extras {
    /// Guests beyond the number.
    guests: i64,
    /// What they cost a night, together.
    pub(crate) guests_per_night: i128,
    guests_total: i128,
    pub(crate) cleaning: i128,
    /// Above 0.
    pub(crate) discount: i128,
    taxes: Vec<Line>,
    pub(crate) included_taxes: Vec<IncludedTax>,
}

impl Extras {
    /// # Errors
    /// Where the coupon does not apply, or an amount is too large.
    pub(crate) fn of(rules: &Rules, stay: &Stay, rent: i128) -> Result<Self, Error> {
        let (guests, per_night) = rules.extra_guests.map_or((0, 0), |extra| {
            (i64::from((stay.guests - extra.included).max(0)), extra.per_night)
        });
        let guests_per_night = i128::from(guests) * i128::from(per_night);
        let guests_total = guests_per_night * i128::from(stay.nights());
        let discount = match &stay.coupon {
            None => 0,
            Some(_) => discount(rules, stay, rent)?,
        };
        let cleaning = i128::from(rules.cleaning_fee);
        let bases = Bases { rent: rent - discount, guests: guests_total, cleaning };
        let taxes = added(rules, &bases)?;
        let included_taxes = included(rules, &bases)?;
        Ok(Self {
            guests,
            guests_per_night,
            guests_total,
            cleaning,
            discount,
            taxes,
            included_taxes,
        })
    }

    pub(crate) fn taxes_total(&self) -> i128 {
        self.taxes.iter().map(|line| i128::from(line.amount)).sum()
    }

    pub(crate) fn lines(&self, rules: &Rules, stay: &Stay) -> Result<Vec<Line>, Error> {
        let mut lines = Vec::new();
        if let Some(extra) = rules.extra_guests.filter(|_| self.guests_total > 0) {
            lines.push(Line {
                kind: LineKind::ExtraGuests,
                quantity: self.guests * stay.nights(),
                unit_amount: extra.per_night,
                amount: bounded(self.guests_total)?,
                dates: Some(Dates { from: stay.check_in, to: stay.check_out }),
                reason: Reason::ExtraGuests {
                    guests: self.guests,
                    included: extra.included.into(),
                },
            });
        }
        if self.cleaning > 0 {
            lines.push(once(LineKind::Cleaning, bounded(self.cleaning)?, Reason::Cleaning));
        }
        if let Some(coupon) = rules.coupon.as_ref().filter(|_| self.discount > 0) {
            let bps = match coupon.discount {
                Discount::Bps(bps) => Some(bps),
                Discount::Amount(_) => None,
            };
            let reason = Reason::Coupon { coupon: coupon.code.clone(), bps };
            lines.push(once(LineKind::Coupon, bounded(-self.discount)?, reason));
        }
        lines.extend(self.taxes.iter().cloned());
        Ok(lines)
    }
}

fn once(kind: LineKind, amount: i64, reason: Reason) -> Line {
    Line { kind, quantity: 1, unit_amount: amount, amount, dates: None, reason }
}

fn discount(rules: &Rules, stay: &Stay, rent: i128) -> Result<i128, Error> {
    let problem = |problem| Err(Error::Coupon(problem));
    let Some(coupon) = &rules.coupon else { return problem(CouponProblem::Unknown) };
    let Coupon { discount, from, until, min_nights, .. } = coupon;
    if let Some(from) = from.filter(|from| rules.as_of < *from) {
        return problem(CouponProblem::NotYet(from));
    }
    if until.is_some_and(|until| until < rules.as_of) {
        return problem(CouponProblem::Ended);
    }
    if stay.nights() < *min_nights {
        return problem(CouponProblem::TooShort(*min_nights));
    }
    let off = match *discount {
        Discount::Bps(bps) => nearest(rent, bps.into(), WHOLE, rules.round_to.into()),
        Discount::Amount(amount) => amount.into(),
    };
    Ok(off.min(down(rent, MOST_OFF, WHOLE)))
}

/// What taxes are reckoned on.
struct Bases {
    rent: i128,
    guests: i128,
    cleaning: i128,
}

impl Bases {
    fn of(&self, base: TaxBase, taxes: i128) -> i128 {
        match base {
            TaxBase::Rent => self.rent,
            TaxBase::ExtraGuests => self.guests,
            TaxBase::Cleaning => self.cleaning,
            TaxBase::Taxes => taxes,
        }
    }
}

fn added(rules: &Rules, bases: &Bases) -> Result<Vec<Line>, Error> {
    let mut so_far = 0;
    let mut lines = Vec::new();
    for Tax { name, bps, on, .. } in rules.taxes.iter().filter(|tax| !tax.included) {
        let base: i128 = on.iter().map(|base| bases.of(*base, so_far)).sum();
        // Tax offices know no rounder figures.
        let amount = nearest(base, (*bps).into(), WHOLE, 1);
        so_far += amount;
        let reason = Reason::Tax { name: name.clone(), bps: *bps, base: bounded(base)? };
        lines.push(once(LineKind::Tax, bounded(amount)?, reason));
    }
    Ok(lines)
}

/// How much of what is paid is tax: `bps` of 10,000 and all taxes that are in the same price.
fn included(rules: &Rules, bases: &Bases) -> Result<Vec<IncludedTax>, Error> {
    let taxes = || rules.taxes.iter().filter(|tax| tax.included);
    taxes()
        .map(|Tax { name, bps, on, .. }| {
            let amount = on
                .iter()
                .map(|base| {
                    let beside: i128 = taxes()
                        .filter(|tax| tax.on.contains(base))
                        .map(|tax| i128::from(tax.bps))
                        .sum();
                    nearest(bases.of(*base, 0), (*bps).into(), WHOLE + beside, 1)
                })
                .sum();
            Ok(IncludedTax { name: name.clone(), bps: *bps, amount: bounded(amount)? })
        })
        .collect()
}
