//! What the law says of a listing: may a foreigner own it, may it be let by the night, for how
//! long may it be leased. The rules are data with a source and the time for which they hold; this
//! only finds those that are about the listing.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{NaiveDate, Utc};
use sea_orm::{FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use terrace_product::Locale;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    filters::Conditions,
    query::{self, Sight},
};
use crate::{
    app::State,
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        auth::MaybeCaller,
        etag, locale,
        params::{Day, Query},
    },
};

/// Topic, and its question in English and in Thai.
const QUESTIONS: [(&str, &str, &str); 3] = [
    ("foreign_ownership", "Can a foreigner own it?", "ชาวต่างชาติเป็นเจ้าของได้หรือไม่"),
    ("nightly_letting", "May it be let by the night?", "ให้เช่ารายวันได้หรือไม่"),
    (
        "lease_term",
        "Can it be leased for more than 30 years at once?",
        "ทำสัญญาเช่าครั้งเดียวเกิน 30 ปีได้หรือไม่",
    ),
];

const DISCLAIMER: (&str, &str) = ("This is not legal advice.", "ข้อมูลนี้ไม่ใช่คำแนะนำทางกฎหมาย");

/// Of which day, in which language.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct LegalQuery {
    /// Beats `Accept-Language`.
    #[param(example = "th")]
    pub locale: Option<String>,
    /// The law of this day; today's where it is not said.
    #[serde(deserialize_with = "crate::http::params::from_str")]
    #[param(value_type = Option<String>, format = Date, example = "2026-11-26")]
    pub on: Option<Day>,
}

/// What the law says to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Yes.
    Yes,
    /// It depends on what the reasons say.
    Depends,
    /// No.
    No,
}

/// Why.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reason {
    /// The rule's own id.
    pub id: String,
    /// In the language of the answer, else in English.
    pub text: String,
    /// What it goes by.
    pub source: String,
    /// Where that can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_url: Option<String>,
    /// A day on which it is known to be in force.
    pub valid_from: NaiveDate,
    /// The last day of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<NaiveDate>,
    /// When somebody last compared it with its source.
    pub checked_on: NaiveDate,
}

/// A question with its answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct LegalAnswer {
    /// `foreign_ownership`, `nightly_letting` or `lease_term`.
    pub topic: &'static str,
    /// In the language of the answer.
    pub question: &'static str,
    /// The strictest of its reasons: no, else depends, else yes.
    pub outcome: Verdict,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// What the law says of a listing, as far as the rules here know it.
#[derive(Debug, Serialize, ToSchema)]
pub struct LegalOut {
    /// The listing.
    pub property_id: Uuid,
    /// The day that the answers are of.
    pub on: NaiveDate,
    /// One for each question on which a rule speaks.
    pub answers: Vec<LegalAnswer>,
    /// What this is not.
    #[schema(example = "This is not legal advice.")]
    pub disclaimer: &'static str,
}

/// A row of the rules.
#[derive(Debug, Deserialize)]
struct Rule {
    id: String,
    topic: String,
    outcome: Verdict,
    reason: BTreeMap<String, String>,
    source: BTreeMap<String, String>,
    source_url: Option<String>,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    checked_on: NaiveDate,
}

/// What the law says of a listing: rules with their sources, no advice.
#[utoipa::path(
    get, path = "/api/v1/properties/{id}/legal", operation_id = "get_property_legal", tag = "listings",
    params(("id" = Uuid, Path), LegalQuery),
    responses((status = 200, body = LegalOut)),
    security((), ("bearer" = [])),
)]
pub async fn get_property_legal(
    id: web::Path<Uuid>,
    query: Query<LegalQuery>,
    caller: MaybeCaller,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    #[derive(FromQueryResult)]
    struct Row {
        rules: serde_json::Value,
    }
    let Query(LegalQuery { locale: asked, on }) = query;
    let locale = locale::negotiate(&state.profile, asked.as_deref(), &request)?;
    let timezone = state.profile.market.timezone.tz();
    let on = on.map_or_else(|| Utc::now().with_timezone(&timezone).date_naive(), |Day(day)| day);
    let sight = Sight::of(caller.0.as_ref());
    let (sql, values) = statement(*id, &sight, on);
    let row: Option<Row> = state.db.read().one(sql, values).await?;
    let row = row.ok_or_else(|| Error::not_found("listing"))?;
    let rules: Vec<Rule> = serde_json::from_value(row.rules).map_err(Error::internal)?;
    let thai = locale.language() == "th";
    let out = LegalOut {
        property_id: *id,
        on,
        answers: answers(rules, &locale),
        disclaimer: if thai { DISCLAIMER.1 } else { DISCLAIMER.0 },
    };
    let body = serde_json::to_vec(&out).map_err(Error::internal)?;
    let reuse = if matches!(sight, Sight::Public) { Reuse::AfterAsking } else { Reuse::Never };
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, reuse))
}

/// One statement: the listing, if it may be seen, and the rules of that day that are about it.
fn statement(id: Uuid, sight: &Sight, on: NaiveDate) -> (String, Vec<Value>) {
    let mut conditions = Conditions::default();
    conditions.add("p.id = {}", [id.into()]);
    query::see(&mut conditions, sight);
    let on = conditions.bind(on.into());
    let about = [
        ("property_types", "p.property_type::text"),
        ("transaction_types", "p.transaction_type::text"),
        ("ownership_types", "coalesce(s.ownership_type::text, 'unknown')"),
        ("title_deeds", "coalesce(s.title_deed::text, 'unknown')"),
        (
            "foreign_quota",
            "CASE s.foreign_quota WHEN true THEN 'yes' WHEN false THEN 'no' ELSE 'unknown' END",
        ),
    ];
    let about = about.map(|(list, is)| format!("(r.{list} = '{{}}' OR {is} = ANY (r.{list}))"));
    let sql = format!(
        "SELECT (SELECT coalesce(jsonb_agg(to_jsonb(r) ORDER BY r.sort_order, r.id), '[]') \
           FROM legal_rules r WHERE r.valid_from <= {on} \
             AND (r.valid_to IS NULL OR r.valid_to >= {on}) AND {}) AS rules \
         FROM properties p LEFT JOIN sale_details s ON s.property_id = p.id WHERE {}",
        about.join(" AND "),
        conditions.sql()
    );
    (sql, conditions.into_values())
}

fn answers(rules: Vec<Rule>, locale: &Locale) -> Vec<LegalAnswer> {
    let mut answers: Vec<LegalAnswer> = QUESTIONS
        .iter()
        .map(|(topic, english, thai)| LegalAnswer {
            topic,
            question: if locale.language() == "th" { thai } else { english },
            outcome: Verdict::Yes,
            reasons: Vec::new(),
        })
        .collect();
    for rule in rules {
        let Rule {
            id,
            topic,
            outcome,
            reason,
            source,
            source_url,
            valid_from,
            valid_to,
            checked_on,
        } = rule;
        if let Some(answer) = answers.iter_mut().find(|answer| answer.topic == topic) {
            answer.outcome = answer.outcome.max(outcome);
            answer.reasons.push(Reason {
                id,
                text: in_language(reason, locale),
                source: in_language(source, locale),
                source_url,
                valid_from,
                valid_to,
                checked_on,
            });
        }
    }
    answers.retain(|answer| !answer.reasons.is_empty());
    answers
}

/// English is always there: the table asks for it.
fn in_language(mut texts: BTreeMap<String, String>, locale: &Locale) -> String {
    texts
        .remove(locale.as_str())
        .or_else(|| texts.remove(locale.language()))
        .or_else(|| texts.remove("en"))
        .unwrap_or_default()
}
