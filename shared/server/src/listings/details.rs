//! What only one kind of offer has. Amounts are integer minor units of the listing's currency.

use chrono::{NaiveDate, NaiveTime};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::land::{self, LandThai};
use crate::error::Result;

/// The most that a price may be, minor units: above any property, below what a double holds
/// exactly, and what the database's own checks allow.
pub const MOST: i64 = 10_000_000_000_000;

/// How dear a change of mind is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CancellationPolicy {
    /// Free until a day before.
    Flexible,
    /// Free until five days before, half back until a day before.
    Moderate,
    /// Free until thirty days before, half back until a week before.
    Firm,
    /// Nothing of the rent back.
    Strict,
}

/// A stay by the night or the month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RentalDetails {
    /// Per night.
    #[garde(inner(range(min = 1, max = MOST)))]
    #[schema(minimum = 1, maximum = 10_000_000_000_000_i64)]
    pub price_per_night: Option<i64>,
    /// Per seven nights.
    #[garde(inner(range(min = 1, max = MOST)))]
    #[schema(minimum = 1, maximum = 10_000_000_000_000_i64)]
    pub price_per_week: Option<i64>,
    /// Per calendar month.
    #[garde(inner(range(min = 1, max = MOST)))]
    #[schema(minimum = 1, maximum = 10_000_000_000_000_i64)]
    pub price_per_month: Option<i64>,
    /// Once a stay.
    #[garde(inner(range(min = 0, max = MOST)))]
    #[schema(minimum = 0, maximum = 10_000_000_000_000_i64)]
    pub cleaning_fee: Option<i64>,
    /// Returned after the stay.
    #[garde(inner(range(min = 0, max = MOST)))]
    #[schema(minimum = 0, maximum = 10_000_000_000_000_i64)]
    pub deposit: Option<i64>,
    /// Shortest stay, nights.
    #[garde(range(min = 1, max = 366))]
    #[schema(minimum = 1, maximum = 366)]
    #[serde(default = "one")]
    pub min_nights: i32,
    /// Longest stay, nights.
    #[garde(inner(range(min = 1, max = 3650)))]
    #[schema(minimum = 1, maximum = 3650)]
    pub max_nights: Option<i32>,
    /// Guests that it sleeps.
    #[garde(inner(range(min = 1, max = 500)))]
    #[schema(minimum = 1, maximum = 500)]
    pub max_guests: Option<i32>,
    /// Earliest arrival, local time.
    #[garde(skip)]
    #[serde(default, with = "clock_time")]
    #[schema(value_type = Option<String>, example = "15:00")]
    pub check_in_time: Option<NaiveTime>,
    /// Latest departure, local time.
    #[garde(skip)]
    #[serde(default, with = "clock_time")]
    #[schema(value_type = Option<String>, example = "11:00")]
    pub check_out_time: Option<NaiveTime>,
    /// Booked without being asked for.
    #[garde(skip)]
    #[serde(default)]
    pub instant_book: bool,
    /// How dear a change of mind is.
    #[garde(skip)]
    pub cancellation_policy: Option<CancellationPolicy>,
}

fn one() -> i32 {
    1
}

/// A lease for a term.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeaseDetails {
    /// Shortest term, months.
    #[garde(inner(range(min = 1, max = 1200)))]
    #[schema(minimum = 1, maximum = 1200)]
    pub min_term_months: Option<i32>,
    /// Longest term, months; 360 is what Thai law allows at once.
    #[garde(inner(range(min = 1, max = 1200)))]
    #[schema(minimum = 1, maximum = 1200)]
    pub max_term_months: Option<i32>,
    /// Deposit, months of rent.
    #[garde(inner(range(min = 0, max = 120)))]
    #[schema(minimum = 0, maximum = 120)]
    pub deposit_months: Option<i32>,
    /// Rent in advance, months.
    #[garde(inner(range(min = 0, max = 120)))]
    #[schema(minimum = 0, maximum = 120)]
    pub advance_months: Option<i32>,
    /// Whether it is entered at the Land Office; a lease of more than three years binds for three
    /// only, unless it is.
    #[garde(skip)]
    pub is_registered: Option<bool>,
    /// What is promised for the time after the term.
    #[garde(inner(length(chars, min = 1, max = 1000)))]
    #[schema(min_length = 1, max_length = 1000)]
    pub renewal_note: Option<String>,
}

/// In whose name it is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OwnershipType {
    /// In the buyer's own name.
    Freehold,
    /// For a registered term.
    Leasehold,
    /// Through a company.
    Company,
}

/// The paper that proves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TitleDeed {
    /// Nor Sor 4: surveyed, full title.
    Chanote,
    /// Nor Sor 3 Gor: surveyed, certificate of use.
    #[serde(rename = "nor_sor_3_gor")]
    NorSor3Gor,
    /// Nor Sor 3: certificate of use.
    #[serde(rename = "nor_sor_3")]
    NorSor3,
    /// Sor Kor 1: notice of possession.
    #[serde(rename = "sor_kor_1")]
    SorKor1,
    /// Por Bor Tor 5: a receipt for land tax.
    #[serde(rename = "por_bor_tor_5")]
    PorBorTor5,
    /// Sor Por Kor 4-01: land reform land, for farming.
    #[serde(rename = "sor_por_kor_4_01")]
    SorPorKor401,
    /// Or Chor 2: title of a condominium unit.
    Condominium,
    /// None.
    None,
}

/// Who pays the transfer fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransferFeeShare {
    /// The buyer.
    Buyer,
    /// The seller.
    Seller,
    /// Half each.
    Split,
}

/// A sale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SaleDetails {
    /// In whose name it is held.
    #[garde(skip)]
    pub ownership_type: Option<OwnershipType>,
    /// The paper that proves it.
    #[garde(skip)]
    pub title_deed: Option<TitleDeed>,
    /// Area of the plot on the deed, m².
    #[garde(inner(range(min = 1.0, max = 1_000_000_000.0)))]
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    pub land_sqm: Option<f64>,
    /// The same in rai, ngan and square wah: give either, or both where they agree. Stored as
    /// `land_sqm`; answers have both measures in `deed_land`.
    #[garde(dive)]
    #[schema(write_only)]
    #[serde(default, skip_serializing)]
    pub land_thai: Option<LandThai>,
    /// Within the 49 % of a condominium that foreigners may own.
    #[garde(skip)]
    pub foreign_quota: Option<bool>,
    /// What of the building foreigners may still buy, hundredths of a percent of its floor area.
    #[garde(inner(range(min = 0, max = 4900)))]
    #[schema(minimum = 0, maximum = 4900)]
    pub foreign_quota_left_bps: Option<i32>,
    /// Who pays the transfer fee.
    #[garde(skip)]
    pub transfer_fee_share: Option<TransferFeeShare>,
}

impl SaleDetails {
    /// Leaves one way of saying how much land there is.
    ///
    /// # Errors
    /// `422` where two ways of saying it disagree.
    pub(crate) fn settle(&mut self) -> Result<()> {
        land::settle(&mut self.land_sqm, &mut self.land_thai, "/sale_details")
    }
}

/// A going concern.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BusinessDetails {
    /// What it does.
    #[garde(length(chars, min = 1, max = 80))]
    #[schema(example = "restaurant", min_length = 1, max_length = 80)]
    pub business_type: String,
    /// Turnover of the last year.
    #[garde(inner(range(min = 0, max = MOST)))]
    #[schema(minimum = 0, maximum = 10_000_000_000_000_i64)]
    pub annual_revenue: Option<i64>,
    /// Profit of the last year; a loss is negative.
    #[garde(inner(range(min = -MOST, max = MOST)))]
    #[schema(minimum = -10_000_000_000_000_i64, maximum = 10_000_000_000_000_i64)]
    pub annual_profit: Option<i64>,
    /// People employed.
    #[garde(inner(range(min = 0, max = 100_000)))]
    #[schema(minimum = 0, maximum = 100_000)]
    pub staff: Option<i32>,
    /// What is left of the premises' lease, months.
    #[garde(inner(range(min = 0, max = 1200)))]
    #[schema(minimum = 0, maximum = 1200)]
    pub lease_remaining_months: Option<i32>,
    /// What comes with it.
    #[garde(length(max = 50), inner(length(chars, min = 1, max = 120)))]
    #[schema(max_items = 50)]
    #[serde(default)]
    pub assets_included: Vec<String>,
    /// Why it is for sale.
    #[garde(inner(length(chars, min = 1, max = 500)))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason_for_sale: Option<String>,
}

/// How far a project has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// On paper.
    Planning,
    /// Units are being reserved.
    Presale,
    /// Being built.
    Construction,
    /// Standing.
    Completed,
}

/// A share in a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvestmentDetails {
    /// How far it has come.
    #[garde(skip)]
    pub stage: Stage,
    /// Who builds it.
    #[garde(inner(length(chars, min = 1, max = 120)))]
    #[schema(min_length = 1, max_length = 120)]
    pub developer: Option<String>,
    /// What is being raised.
    #[garde(inner(range(min = 1, max = MOST)))]
    #[schema(minimum = 1, maximum = 10_000_000_000_000_i64)]
    pub target_amount: Option<i64>,
    /// The smallest share.
    #[garde(inner(range(min = 1, max = MOST)))]
    #[schema(minimum = 1, maximum = 10_000_000_000_000_i64)]
    pub min_ticket: Option<i64>,
    /// Expected return a year, hundredths of a percent.
    #[garde(inner(range(min = 0, max = 10_000)))]
    #[schema(minimum = 0, maximum = 10_000)]
    pub expected_yield_bps: Option<i32>,
    /// When it is to be done.
    #[garde(skip)]
    pub completion_on: Option<NaiveDate>,
}

/// A local time of day as people write it: `15:00`.
pub(crate) mod clock_time {
    use chrono::NaiveTime;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::ref_option, reason = "the signature that serde calls")]
    pub(crate) fn serialize<S: Serializer>(
        time: &Option<NaiveTime>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => serializer.collect_str(&time.format("%H:%M")),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<NaiveTime>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else {
            return Ok(None);
        };
        ["%H:%M", "%H:%M:%S"]
            .iter()
            .find_map(|form| NaiveTime::parse_from_str(&text, form).ok())
            .map(Some)
            .ok_or_else(|| D::Error::custom("expected a time such as 15:00"))
    }
}
