//! Finding leads: whose they are, which are wanted, in which order.

use chrono::{DateTime, Utc};
use sea_orm::Value;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    contact,
    pipeline::{LeadKind, LeadStatus},
    row::is_sensible,
};
use crate::{
    error::{Error, Result},
    http::{auth::Caller, params::AnyOf},
    listings::filters::Conditions,
};

/// Whose leads are meant.
#[derive(Clone, Debug)]
pub enum Scope {
    /// Those of an agent: given to them, or about a listing that they are in charge of. Row-level
    /// security says the same once more.
    Own(Uuid),
    /// All there are.
    All,
}

impl Scope {
    /// What this caller may work on.
    #[must_use]
    pub fn of(caller: &Caller) -> Self {
        if caller.is_admin() { Self::All } else { Self::Own(caller.user_id) }
    }

    /// A condition on `leads l`, its value called `$nth`.
    pub(super) fn condition(&self, nth: usize) -> (String, Option<Value>) {
        match self {
            Self::All => ("true".to_owned(), None),
            Self::Own(agent) => (OWN.replace("{}", &format!("${nth}")), Some((*agent).into())),
        }
    }
}

const OWN: &str = "(l.assigned_agent_id = {} OR l.property_id IN (SELECT o.id FROM properties o WHERE o.agent_id = {}))";

/// Filters and page of `GET /leads`, newest first.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct LeadQuery {
    /// new, contacted, viewing, offer, won, lost.
    #[param(value_type = String, example = "new,contacted")]
    pub status: AnyOf<LeadStatus>,
    /// enquiry, viewing.
    #[param(value_type = String)]
    pub kind: AnyOf<LeadKind>,
    /// Who looks after it.
    pub assigned_agent_id: Option<Uuid>,
    /// The listing that it is about.
    pub property_id: Option<Uuid>,
    /// Came at this time or later.
    pub created_min: Option<DateTime<Utc>>,
    /// Came at this time or earlier.
    pub created_max: Option<DateTime<Utc>>,
    /// Whether something should have been done by now.
    pub overdue: Option<bool>,
    /// An e-mail address, a phone number or a reference, whole.
    #[param(max_length = 254)]
    pub q: Option<String>,
    /// Rows at once, 1..100; 24 where it is missing.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Whether to count them all.
    pub count: bool,
}

/// Filters of `GET /leads/export`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// new, contacted, viewing, offer, won, lost.
    #[param(value_type = String)]
    pub status: AnyOf<LeadStatus>,
    /// Who looks after it.
    pub assigned_agent_id: Option<Uuid>,
    /// The listing that it is about.
    pub property_id: Option<Uuid>,
    /// Came at this time or later.
    pub created_min: Option<DateTime<Utc>>,
    /// Came at this time or earlier.
    pub created_max: Option<DateTime<Utc>>,
    /// Whether the file begins with the mark by which Excel knows UTF-8.
    pub bom: bool,
}

/// Which leads are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    status: Vec<LeadStatus>,
    kind: Vec<LeadKind>,
    assigned_agent_id: Option<Uuid>,
    property_id: Option<Uuid>,
    created_min: Option<DateTime<Utc>>,
    created_max: Option<DateTime<Utc>>,
    overdue: Option<bool>,
    q: Option<String>,
}

impl LeadQuery {
    /// The filters alone: what makes a list this list, whatever its page.
    #[must_use]
    pub fn filters(&self) -> Filters {
        Filters {
            status: self.status.0.clone(),
            kind: self.kind.0.clone(),
            assigned_agent_id: self.assigned_agent_id,
            property_id: self.property_id,
            created_min: self.created_min,
            created_max: self.created_max,
            overdue: self.overdue,
            q: self.q.clone(),
        }
    }
}

impl ExportQuery {
    /// The filters alone.
    #[must_use]
    pub fn filters(&self) -> Filters {
        Filters {
            status: self.status.0.clone(),
            assigned_agent_id: self.assigned_agent_id,
            property_id: self.property_id,
            created_min: self.created_min,
            created_max: self.created_max,
            ..Filters::default()
        }
    }
}

impl Filters {
    /// What cannot be.
    ///
    /// # Errors
    /// `400` that names the parameter.
    pub fn check(&self) -> Result<()> {
        for (name, time) in [("created_min", self.created_min), ("created_max", self.created_max)] {
            if time.is_some_and(|time| !is_sensible(&time)) {
                return Err(Error::parameter(name, "Must be within the years 1970 to 2200."));
            }
        }
        if let (Some(min), Some(max)) = (self.created_min, self.created_max)
            && min > max
        {
            return Err(Error::parameter("created_max", "Must not be before created_min."));
        }
        if self.q.as_ref().is_some_and(|q| q.trim().is_empty() || q.chars().count() > 254) {
            return Err(Error::parameter("q", "Must be 1..254 characters."));
        }
        Ok(())
    }

    /// Conditions on `leads l`.
    pub(super) fn conditions(&self, scope: &Scope, country: &str) -> Conditions {
        let mut conditions = Conditions::default();
        if let Scope::Own(agent) = scope {
            conditions.add(OWN, [(*agent).into(), (*agent).into()]);
        }
        if !self.status.is_empty() {
            let names: Vec<_> = self.status.iter().map(|one| one.name().to_owned()).collect();
            conditions.add("l.status = ANY({}::text[]::lead_status[])", [names.into()]);
        }
        if !self.kind.is_empty() {
            let names: Vec<_> = self.kind.iter().map(|one| one.name().to_owned()).collect();
            conditions.add("l.kind = ANY({}::text[])", [names.into()]);
        }
        for (column, id) in
            [("assigned_agent_id", self.assigned_agent_id), ("property_id", self.property_id)]
        {
            if let Some(id) = id {
                conditions.add(&format!("l.{column} = {{}}"), [id.into()]);
            }
        }
        for (sign, time) in [(">=", self.created_min), ("<=", self.created_max)] {
            if let Some(time) = time {
                conditions.add(&format!("l.created_at {sign} {{}}"), [time.into()]);
            }
        }
        if let Some(overdue) = self.overdue {
            let not = if overdue { "" } else { "NOT " };
            conditions.add(&format!("{not}EXISTS (SELECT FROM lead_tasks d WHERE d.lead_id = l.id AND d.done_at IS NULL AND d.due_at < now())"), []);
        }
        if let Some(q) = &self.q {
            search(&mut conditions, q.trim(), country);
        }
        if conditions.sql().is_empty() {
            conditions.add("true", []);
        }
        conditions
    }
}

/// Whole values only: each has an index, and nothing can be guessed letter by letter.
fn search(conditions: &mut Conditions, q: &str, country: &str) {
    if q.contains('@') {
        return conditions.add("l.email_key = {}", [contact::email_key(q).into()]);
    }
    let reference = q.to_uppercase();
    let phone = contact::phone_key(q, country);
    conditions.add(
        "(l.reference = {} OR l.phone_key = {}::text OR l.id IN (SELECT e.lead_id FROM lead_events e \
          WHERE e.kind = 'enquiry' AND e.data ->> 'reference' = {}))",
        [reference.clone().into(), phone.into(), reference.into()],
    );
}
