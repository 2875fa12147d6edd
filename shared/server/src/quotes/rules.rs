//! Gathers what the price of a stay depends on.

use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::Deserialize;
use terrace_pricing::{
    Coupon, Discount, ExtraGuests, FORMAT, Holiday, Monthly, PaymentTerms, Prices, Rules, Season,
    Stay, Tax, TaxBase,
};
use terrace_product::{Quotes, TaxRule, TaxedPart};
use uuid::Uuid;

use crate::{
    app::State,
    db::statement,
    error::{Code, Error, Result},
};

/// The listing, and what of its prices touches these nights. A coupon is found where it is for this
/// listing, in this currency, and switched on.
const SQL: &str = "SELECT p.transaction_type::text AS transaction_type, p.currency::text AS currency, p.rent_price, \
      (SELECT to_jsonb(d) FROM rental_details d WHERE d.property_id = p.id) AS details, \
      (SELECT to_jsonb(t) FROM pricing_terms t WHERE t.property_id = p.id) AS terms, \
      (SELECT coalesce(jsonb_agg(jsonb_build_object('label', r.label, 'from', lower(r.during), 'to', upper(r.during), \
          'prices', jsonb_build_object('night', r.price_per_night, 'weekend_night', r.weekend_price_per_night, \
              'week', r.price_per_week, 'month', r.price_per_month)) ORDER BY lower(r.during)), '[]') \
         FROM rates r WHERE r.property_id = p.id AND r.during && daterange($2, $3)) AS seasons, \
      (SELECT coalesce(jsonb_agg(jsonb_build_object('day', h.day, 'name', h.name) ORDER BY h.day), '[]') \
         FROM holidays h WHERE h.country = $4 AND h.day >= $2 AND h.day < $3) AS holidays, \
      (SELECT to_jsonb(c) || jsonb_build_object('uses', (SELECT count(*) FROM coupon_uses u WHERE u.coupon_id = c.id)) \
         FROM coupons c WHERE c.code = $5 AND c.is_active AND (c.property_id IS NULL OR c.property_id = p.id) \
           AND (c.currency IS NULL OR c.currency = p.currency)) AS coupon \
    FROM properties p WHERE p.id = $1 AND p.deleted_at IS NULL";

#[derive(FromQueryResult)]
struct Row {
    transaction_type: String,
    currency: String,
    rent_price: Option<i64>,
    details: Option<serde_json::Value>,
    terms: Option<serde_json::Value>,
    seasons: serde_json::Value,
    holidays: serde_json::Value,
    coupon: Option<serde_json::Value>,
}

#[derive(Default, Deserialize)]
struct Details {
    price_per_night: Option<i64>,
    price_per_week: Option<i64>,
    price_per_month: Option<i64>,
    cleaning_fee: Option<i64>,
    deposit: Option<i64>,
}

#[derive(Default, Deserialize)]
struct Terms {
    weekend_price_per_night: Option<i64>,
    weekend_nights: Vec<u8>,
    included_guests: Option<i32>,
    extra_guest_fee: Option<i64>,
    holiday_surcharge_bps: i64,
    deposit_months: Option<u32>,
    advance_months: Option<u32>,
}

#[derive(Deserialize)]
struct StoredCoupon {
    id: Uuid,
    code: String,
    percent_bps: Option<i64>,
    amount: Option<i64>,
    valid_from: Option<NaiveDate>,
    valid_until: Option<NaiveDate>,
    min_nights: i64,
    max_uses: Option<i64>,
    uses: i64,
}

/// Rules, and what of them is known by more than its content.
pub(super) struct Gathered {
    pub(super) rules: Rules,
    pub(super) coupon_id: Option<Uuid>,
    pub(super) is_used_up: bool,
}

/// The rules of a listing for a stay, as they are on a day.
///
/// # Errors
/// `404` where there is no such listing, `409` where it has no prices for stays.
pub(super) async fn gather(
    db: &impl ConnectionTrait,
    state: &State,
    property_id: Uuid,
    stay: &Stay,
    as_of: NaiveDate,
) -> Result<Gathered> {
    let country = state.profile.market.country.as_str();
    let values = [
        property_id.into(),
        stay.check_in.into(),
        stay.check_out.into(),
        country.into(),
        stay.coupon.clone().into(),
    ];
    let row = db.query_one_raw(statement(SQL, values)).await?;
    let row = row.ok_or_else(|| Error::not_found("listing"))?;
    let row = Row::from_query_result(&row, "")?;
    let details: Details = read(row.details)?;
    let terms: Terms = read(row.terms)?;
    let coupon: Option<StoredCoupon> = row.coupon.map(parse).transpose()?;
    let base = base(&details, &terms, row.rent_price);
    let seasons: Vec<Season> = parse(row.seasons)?;
    let priceless = base == Prices::default() && seasons.is_empty();
    if row.transaction_type != "rent" || priceless {
        return Err(Error::new(Code::NotReady)
            .with_detail("This listing has no prices for stays. Ask its agent."));
    }
    // Without a surcharge they change nothing, and rules are kept for long.
    let holidays: Vec<Holiday> = match terms.holiday_surcharge_bps {
        0 => Vec::new(),
        _ => parse(row.holidays)?,
    };
    let extra_guests = terms.included_guests.zip(terms.extra_guest_fee);
    let Quotes { now_percent, balance_days, round_to, taxes, .. } = &state.profile.quotes;
    let rules = Rules {
        format: FORMAT,
        as_of,
        currency: row.currency,
        base,
        weekend_nights: terms.weekend_nights,
        seasons,
        extra_guests: extra_guests.map(|(included, per_night)| ExtraGuests { included, per_night }),
        cleaning_fee: details.cleaning_fee.unwrap_or(0),
        deposit: details.deposit.unwrap_or(0),
        holidays,
        holiday_surcharge_bps: terms.holiday_surcharge_bps,
        monthly: Monthly {
            deposit_months: terms.deposit_months,
            advance_months: terms.advance_months,
        },
        taxes: taxes.iter().map(tax).collect(),
        coupon: coupon.as_ref().and_then(off),
        payment: PaymentTerms {
            now_percent: (*now_percent).into(),
            balance_days: (*balance_days).into(),
        },
        round_to: (*round_to).into(),
    };
    let is_used_up = matches!(&coupon,
        Some(StoredCoupon { max_uses: Some(most), uses, .. }) if uses >= most);
    Ok(Gathered { rules, coupon_id: coupon.map(|coupon| coupon.id), is_used_up })
}

/// The price by which a listing for rent is found is that of a month; it is the one to pay where
/// nothing else is said.
fn base(details: &Details, terms: &Terms, rent_price: Option<i64>) -> Prices {
    let Details { price_per_night: night, price_per_week: week, price_per_month, .. } = *details;
    let only = rent_price.filter(|_| night.is_none() && week.is_none());
    Prices {
        night,
        weekend_night: terms.weekend_price_per_night.filter(|_| night.is_some()),
        week,
        month: price_per_month.or(only),
    }
}

fn off(coupon: &StoredCoupon) -> Option<Coupon> {
    let discount = match (coupon.percent_bps, coupon.amount) {
        (Some(bps), _) => Discount::Bps(bps),
        (None, amount) => Discount::Amount(amount?),
    };
    Some(Coupon {
        code: coupon.code.clone(),
        discount,
        from: coupon.valid_from,
        until: coupon.valid_until,
        min_nights: coupon.min_nights,
    })
}

fn tax(rule: &TaxRule) -> Tax {
    Tax {
        name: rule.name.as_str().to_owned(),
        bps: rule.bps.into(),
        included: rule.included,
        on: rule
            .on
            .iter()
            .map(|part| match part {
                TaxedPart::Rent => TaxBase::Rent,
                TaxedPart::ExtraGuests => TaxBase::ExtraGuests,
                TaxedPart::Cleaning => TaxBase::Cleaning,
                TaxedPart::Taxes => TaxBase::Taxes,
            })
            .collect(),
    }
}

fn read<T: Default + serde::de::DeserializeOwned>(json: Option<serde_json::Value>) -> Result<T> {
    json.map_or_else(|| Ok(T::default()), parse)
}

fn parse<T: serde::de::DeserializeOwned>(json: serde_json::Value) -> Result<T> {
    serde_json::from_value(json).map_err(Error::internal)
}
