//! `GET /properties/{id}/lease-check`: where a listing's terms for stays of a month or longer ask
//! for more than the law allows. The rules are data with a source and the time for which they
//! hold; this only compares.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::{Deserialize, Serialize};
use terrace_product::Locale;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    app::State,
    availability::Now,
    db::statement,
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        auth::{Agent, Origin},
        etag, locale,
        params::{Day, Query},
    },
    listings::service,
};

const NOT_ADVICE: (&str, &str) = (
    "This is not legal advice. Homes are counted that this brand lets for the same company, or \
     where there is none through the same agent; whoever lets more of them elsewhere counts those, too.",
    "ข้อมูลนี้ไม่ใช่คำแนะนำทางกฎหมาย จำนวนหน่วยนับเฉพาะที่พักซึ่งบริษัทเดียวกัน หรือหากไม่มีบริษัท ตัวแทนคนเดียวกัน ให้เช่าผ่านเว็บไซต์นี้ \
     ผู้ที่ให้เช่าที่อื่นด้วยต้องนับรวมหน่วยเหล่านั้น",
);

/// Of which day, in which language.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct LeaseCheckQuery {
    /// The law of this day; today's where it is not said.
    #[serde(deserialize_with = "crate::http::params::from_str")]
    #[param(value_type = Option<String>, format = Date, example = "2026-11-27")]
    pub on: Option<Day>,
    /// Beats `Accept-Language`.
    #[param(example = "th")]
    pub locale: Option<String>,
}

/// How a term stands to its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// Within it.
    Allowed,
    /// More than the law allows.
    Violation,
    /// The listing does not say.
    Unknown,
}

/// A limit, and what the listing says.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeaseFinding {
    /// The rule's own id.
    pub id: String,
    /// `deposit_months`, `advance_months`, `upfront_months` (both together), `notice_days` or
    /// `deposit_return_days`.
    pub term: String,
    /// How it stands.
    pub finding: Finding,
    /// The most that is allowed.
    pub most: i32,
    /// What the listing asks for; a part of a month is told as one.
    pub asked: Option<f64>,
    /// The rule, in the language of the answer, else in English.
    pub text: String,
    /// What it goes by.
    pub source: String,
    /// A day on which it is known to be in force.
    pub valid_from: NaiveDate,
    /// The last day of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<NaiveDate>,
    /// False: known from summaries, and not compared with the text in the Royal Gazette.
    pub is_certain: bool,
    /// When somebody last looked at its source.
    pub checked_on: NaiveDate,
}

/// What a listing asks of whoever stays for a month or longer.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeaseTermsOut {
    /// The price of a month, minor units.
    pub rent_per_month: Option<i64>,
    /// The deposit, months of rent.
    pub deposit_months: Option<f64>,
    /// Months paid at once.
    pub advance_months: Option<f64>,
    /// Whole days between giving notice and leaving.
    pub notice_days: i32,
    /// Days after leaving in which the deposit is given back.
    pub deposit_return_days: i32,
}

/// Where a listing's terms ask for more than the law allows.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeaseCheckOut {
    /// The listing.
    pub property_id: Uuid,
    /// The day whose law it is.
    pub on: NaiveDate,
    /// Homes that are let for the same company, or through the same agent, this one among them.
    pub units: i64,
    /// Whether the rules are about it: by the number of homes, and by what it is.
    pub applies: bool,
    /// What it asks for.
    pub terms: LeaseTermsOut,
    /// Each limit. Where the rules are not about it, the limits of those that they are about.
    pub findings: Vec<LeaseFinding>,
    /// How many are violations.
    pub violations: usize,
    /// What this is not, and what was counted.
    pub disclaimer: &'static str,
}

/// Where a listing's terms for stays of a month or longer ask for more than the law allows.
#[utoipa::path(
    get, path = "/api/v1/properties/{id}/lease-check", operation_id = "get_lease_check", tag = "stays",
    params(("id" = Uuid, Path), LeaseCheckQuery),
    responses((status = 200, body = LeaseCheckOut)),
    security(("bearer" = [])),
)]
pub async fn get_lease_check(
    agent: Agent,
    origin: Origin,
    id: web::Path<Uuid>,
    query: Query<LeaseCheckQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Query(LeaseCheckQuery { on, locale: asked }) = query;
    let locale = locale::negotiate(&state.profile, asked.as_deref(), &request)?;
    let on = on.map_or_else(|| Now::of(&state.profile).today, |Day(day)| day);
    let (id, caller) = (*id, agent.0);
    let read = state.db.tx(origin.0, move |tx| {
        let caller = caller.clone();
        Box::pin(async move {
            service::managed(tx, id, &caller).await?;
            read(tx, id, on).await
        })
    });
    let out = read.await?.into_out(id, on, &locale)?;
    let body = serde_json::to_vec(&out).map_err(Error::internal)?;
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, Reuse::Never))
}

/// A listing's terms, and the rules of a day.
#[derive(Debug, FromQueryResult)]
struct Row {
    property_type: String,
    price_per_month: Option<i64>,
    deposit: Option<i64>,
    deposit_months: Option<i32>,
    advance_months: Option<i32>,
    ending_notice_days: i32,
    deposit_return_days: i32,
    units: i64,
    rules: serde_json::Value,
}

/// A row of the rules.
#[derive(Debug, Deserialize)]
struct Rule {
    id: String,
    term: String,
    most: i32,
    min_units: i64,
    except_property_types: Vec<String>,
    reason: BTreeMap<String, String>,
    source: BTreeMap<String, String>,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    is_certain: bool,
    checked_on: NaiveDate,
}

async fn read(tx: &DatabaseTransaction, id: Uuid, on: NaiveDate) -> Result<Row> {
    const SQL: &str = "SELECT p.property_type::text, r.price_per_month, r.deposit, t.deposit_months, t.advance_months, \
            r.ending_notice_days, r.deposit_return_days, \
            (SELECT count(*) FROM properties o WHERE o.id = p.id OR (o.transaction_type IN ('rent', 'lease') \
                AND o.property_type <> 'hotel' AND o.deleted_at IS NULL AND o.status <> 'archived' \
                AND CASE WHEN p.company_id IS NOT NULL THEN o.company_id = p.company_id ELSE o.agent_id = p.agent_id END)) AS units, \
            (SELECT coalesce(jsonb_agg(to_jsonb(l) ORDER BY l.sort_order, l.id), '[]') FROM lease_rules l \
              WHERE l.valid_from <= $2 AND (l.valid_to IS NULL OR l.valid_to >= $2)) AS rules \
        FROM properties p JOIN rental_details r ON r.property_id = p.id \
        LEFT JOIN pricing_terms t ON t.property_id = p.id WHERE p.id = $1 AND p.transaction_type = 'rent'";
    let row = tx.query_one_raw(statement(SQL, [id.into(), on.into()])).await?;
    let row = row.ok_or_else(|| Error::not_found("listing let by the month"))?;
    Ok(Row::from_query_result(&row, "")?)
}

impl Row {
    fn into_out(self, property_id: Uuid, on: NaiveDate, locale: &Locale) -> Result<LeaseCheckOut> {
        let rules: Vec<Rule> =
            serde_json::from_value(self.rules.clone()).map_err(Error::internal)?;
        let terms = self.terms();
        let is_about = |rule: &Rule| {
            self.units >= rule.min_units
                && !rule.except_property_types.contains(&self.property_type)
        };
        let applies = rules.iter().any(is_about);
        let findings: Vec<_> = rules
            .into_iter()
            .map(|rule| {
                let is_about = is_about(&rule);
                rule.compared(&terms, is_about, locale)
            })
            .collect();
        let thai = locale.language() == "th";
        Ok(LeaseCheckOut {
            property_id,
            on,
            units: self.units,
            applies,
            violations: findings.iter().filter(|one| one.finding == Finding::Violation).count(),
            terms,
            findings,
            disclaimer: if thai { NOT_ADVICE.1 } else { NOT_ADVICE.0 },
        })
    }

    fn terms(&self) -> LeaseTermsOut {
        #[expect(clippy::cast_precision_loss, reason = "far below what a double holds exactly")]
        let in_months = |deposit: i64| {
            let month = self.price_per_month.filter(|month| *month > 0)?;
            Some((deposit as f64 / month as f64 * 100.0).ceil() / 100.0)
        };
        // Months that are agreed on go before an amount, as they do in a quote.
        let deposit = match self.deposit_months {
            Some(months) => Some(f64::from(months)),
            None => self.deposit.map_or(Some(0.0), in_months),
        };
        LeaseTermsOut {
            rent_per_month: self.price_per_month,
            deposit_months: deposit,
            advance_months: self.advance_months.map(f64::from),
            notice_days: self.ending_notice_days,
            deposit_return_days: self.deposit_return_days,
        }
    }
}

impl Rule {
    fn compared(self, terms: &LeaseTermsOut, is_about: bool, locale: &Locale) -> LeaseFinding {
        let asked = match self.term.as_str() {
            "deposit_months" => terms.deposit_months,
            "advance_months" => terms.advance_months,
            "upfront_months" => terms
                .deposit_months
                .zip(terms.advance_months)
                .map(|(deposit, advance)| deposit + advance),
            "notice_days" => Some(f64::from(terms.notice_days)),
            _ => Some(f64::from(terms.deposit_return_days)),
        };
        let finding = match asked {
            Some(asked) if is_about && asked > f64::from(self.most) => Finding::Violation,
            None if is_about => Finding::Unknown,
            _ => Finding::Allowed,
        };
        LeaseFinding {
            id: self.id,
            term: self.term,
            finding,
            most: self.most,
            asked,
            text: in_language(self.reason, locale),
            source: in_language(self.source, locale),
            valid_from: self.valid_from,
            valid_to: self.valid_to,
            is_certain: self.is_certain,
            checked_on: self.checked_on,
        }
    }
}

/// English is always there: the table asks for it.
fn in_language(mut texts: BTreeMap<String, String>, locale: &Locale) -> String {
    texts
        .remove(locale.as_str())
        .or_else(|| texts.remove(locale.language()))
        .or_else(|| texts.remove("en"))
        .unwrap_or_default()
}
