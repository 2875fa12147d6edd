//! What is left to translate: per listing, language and text, whether it is missing, older than
//! the listing's own text, or a machine's that no one has looked at. What is most looked at
//! comes first.

use std::str::FromStr;

use actix_web::{HttpRequest, HttpResponse, web};
use sea_orm::{FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use terrace_entity::enums::TranslationField;
use terrace_product::Locale;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{filters::Conditions, query};
use crate::{
    app::State,
    error::{Code, Error, Result},
    http::{
        answer::{Reuse, answer},
        auth::{Agent, Caller},
        etag, locale, page,
        params::Query,
    },
};

/// Visits that count: those of the last so many days.
const DAYS: i32 = 30;

/// Why a text is in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LedgerState {
    /// There is none in this language.
    Missing,
    /// The listing's own text has changed since.
    Stale,
    /// A machine wrote it, and no person has looked at it.
    MachineUnreviewed,
}

impl LedgerState {
    fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Stale => "stale",
            Self::MachineUnreviewed => "machine_unreviewed",
        }
    }
}

impl FromStr for LedgerState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Missing, Self::Stale, Self::MachineUnreviewed]
            .into_iter()
            .find(|state| state.name() == text)
            .ok_or_else(|| "Must be one of: missing, stale, machine_unreviewed.".to_owned())
    }
}

/// Which part of the ledger.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct LedgerQuery {
    /// Only these.
    #[serde(deserialize_with = "crate::http::params::from_str")]
    #[param(value_type = Option<LedgerState>)]
    pub state: Option<LedgerState>,
    /// Only this language.
    #[param(example = "th")]
    pub locale: Option<String>,
    /// Only listings that this agent is in charge of; for admins.
    pub agent_id: Option<Uuid>,
    /// Rows at once, 1..100.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A text that is left to do.
#[derive(Debug, FromQueryResult, Serialize, ToSchema)]
pub struct LedgerItem {
    /// The listing.
    pub property_id: Uuid,
    /// Address part of its page.
    pub slug: String,
    /// Its title, in the brand's default language.
    pub title: String,
    /// The language that is left to do.
    pub locale: String,
    /// The text that is left to do.
    #[schema(example = "description")]
    pub field: String,
    /// Why.
    #[schema(value_type = LedgerState)]
    pub state: String,
    /// Visits of the listing in the last 30 days.
    pub views: i64,
}

/// How much is left of a kind.
#[derive(Debug, FromQueryResult, Serialize, ToSchema)]
pub struct LedgerCount {
    /// The language.
    pub locale: String,
    /// Why.
    #[schema(value_type = LedgerState)]
    pub state: String,
    /// Texts.
    pub count: i64,
}

/// A page of the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub struct LedgerOut {
    /// What is most looked at comes first. Visits go on while somebody pages: what moves up
    /// meanwhile is on a page that has been read.
    pub items: Vec<LedgerItem>,
    /// Asks for the next page; null on the last.
    pub next_cursor: Option<String>,
    /// All that is left, of every state.
    pub summary: Vec<LedgerCount>,
}

/// Where a page ended, of types that hold nothing else: a cursor comes from outside, and the
/// database would stumble over some texts.
#[derive(Debug, Deserialize)]
struct After(i64, Uuid, Locale, TranslationField);

/// The translations that are left to do. An agent sees those of their own listings.
#[utoipa::path(
    get, path = "/api/v1/admin/translations", operation_id = "list_translations", tag = "listings",
    params(LedgerQuery),
    responses((status = 200, body = LedgerOut)),
    security(("bearer" = [])),
)]
pub async fn list_translations(
    agent: Agent,
    query: Query<LedgerQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Query(query) = query;
    let size = page::size(query.limit)?;
    let list = page::fingerprint(&(&query.state, &query.locale, query.agent_id));
    let after: Option<After> =
        query.cursor.as_deref().map(|cursor| page::decode(&list, cursor)).transpose()?;
    let ledger = Ledger::of(&state, &query, &agent.0)?;
    let (sql, values) = ledger.page(query.state, after, size);
    let rows: Vec<LedgerItem> = state.db.search().all(sql, values).await?;
    let (sql, values) = ledger.summary();
    let summary: Vec<LedgerCount> = state.db.search().all(sql, values).await?;
    let (items, next_cursor) = page::cut(rows, size, &list, |row| {
        (row.views, row.property_id, row.locale.clone(), row.field.clone())
    })?;
    let out = LedgerOut { items, next_cursor, summary };
    let body = serde_json::to_vec(&out).map_err(Error::internal)?;
    let locale = locale::negotiate(&state.profile, None, &request)?;
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, Reuse::Never))
}

/// Whose ledger, in which languages.
struct Ledger {
    sql: String,
    conditions: Conditions,
}

impl Ledger {
    fn of(state: &State, query: &LedgerQuery, caller: &Caller) -> Result<Self> {
        let locales = &state.profile.locales;
        let mut others: Vec<String> = locales
            .enabled
            .iter()
            .filter(|locale| **locale != locales.default)
            .map(|locale| locale.as_str().to_owned())
            .collect();
        if let Some(asked) = &query.locale {
            others.retain(|locale| locale == asked);
            if others.is_empty() {
                let mut names: Vec<_> = locales.enabled.iter().map(Locale::as_str).collect();
                names.retain(|name| *name != locales.default.as_str());
                let detail = format!("Must be one of: {}.", names.join(", "));
                return Err(Error::parameter("locale", detail));
            }
        }
        let mut conditions = Conditions::default();
        conditions.add("p.deleted_at IS NULL", []);
        if !caller.is_admin() {
            if query.agent_id.is_some_and(|asked| Some(asked) != caller.agent_id) {
                return Err(Error::new(Code::Forbidden)
                    .with_detail("Another agent's ledger is for admins."));
            }
            let own = query::owned(&mut conditions, caller);
            conditions.add(&own, []);
        }
        if let Some(agent) = query.agent_id {
            conditions.add("p.agent_id = {}", [agent.into()]);
        }
        let locales = conditions.bind(others.into());
        let sql = format!(
            "WITH left_to_do AS (\
             SELECT p.id AS property_id, p.slug, p.title, l.locale, f.field, \
               CASE WHEN t.property_id IS NULL THEN 'missing' WHEN t.is_stale THEN 'stale' \
                 ELSE 'machine_unreviewed' END AS state \
             FROM properties p CROSS JOIN unnest({locales}::text[]) AS l (locale) \
             CROSS JOIN unnest(enum_range(NULL::translation_field)) AS f (field) \
             LEFT JOIN property_translations t ON t.property_id = p.id \
               AND t.locale = l.locale AND t.field = f.field \
             WHERE {} \
               AND coalesce(source_text(p.title, p.description, p.location_details, f.field), '') <> '' \
               AND (t.property_id IS NULL OR t.is_stale \
                 OR t.origin = 'machine' AND t.reviewed_at IS NULL))",
            conditions.sql()
        );
        Ok(Self { sql, conditions })
    }

    fn page(
        &self,
        state: Option<LedgerState>,
        after: Option<After>,
        size: u64,
    ) -> (String, Vec<Value>) {
        let mut values = self.conditions.values().to_vec();
        let mut bind = |value: Value| {
            values.push(value);
            format!("${}", values.len())
        };
        let mut narrowed = String::from("true");
        if let Some(state) = state {
            narrowed = format!("state = {}", bind(state.name().into()));
        }
        if let Some(After(views, id, locale, field)) = after {
            let (views, id) = (bind(views.into()), bind(id.into()));
            let (locale, field) = (bind(locale.as_str().into()), bind(field.as_str().into()));
            narrowed = format!(
                "{narrowed} AND (views < {views} OR views = {views} \
                 AND (property_id, locale, field::text) > ({id}, {locale}, {field}))"
            );
        }
        let sql = format!(
            "{}, seen AS (SELECT property_id AS id, sum(views) AS views FROM property_views \
               WHERE day > (now() AT TIME ZONE 'UTC')::date - {DAYS} GROUP BY property_id), \
             ranked AS (SELECT w.*, coalesce(seen.views, 0) AS views FROM left_to_do w \
               LEFT JOIN seen ON seen.id = w.property_id) \
             SELECT property_id, slug, title, locale, field::text, state, views FROM ranked \
             WHERE {narrowed} ORDER BY views DESC, property_id, locale, field::text LIMIT {}",
            self.sql,
            size + 1
        );
        (sql, values)
    }

    fn summary(&self) -> (String, Vec<Value>) {
        let sql = format!(
            "{} SELECT locale, state, count(*) AS count FROM left_to_do \
             GROUP BY locale, state ORDER BY locale, state",
            self.sql
        );
        (sql, self.conditions.values().to_vec())
    }
}
