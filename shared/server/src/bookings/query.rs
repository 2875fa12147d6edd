//! Finding bookings: which are wanted, in which order.

use chrono::{Datelike, NaiveDate};
use sea_orm::Value;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    machine::Status,
    party::{OWN, Scope},
    reference,
};
use crate::{
    error::{Error, Result},
    http::params::AnyOf,
    leads::contact,
    listings::filters::Conditions,
};

/// Filters and page of `GET /bookings`, newest first.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct BookingQuery {
    /// requested, held, confirmed, declined, cancelled, expired, completed.
    #[param(value_type = String, example = "requested,held")]
    pub status: AnyOf<Status>,
    /// The listing.
    pub property_id: Option<Uuid>,
    /// Stays with a night on this day or later.
    pub from: Option<NaiveDate>,
    /// Stays with a night before this day.
    pub to: Option<NaiveDate>,
    /// A reference, however it is written, or the whole e-mail address of the guest.
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

/// Which bookings are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    status: Vec<Status>,
    property_id: Option<Uuid>,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    q: Option<String>,
}

impl BookingQuery {
    /// The filters alone: what makes a list this list, whatever its page.
    #[must_use]
    pub fn filters(&self) -> Filters {
        Filters {
            status: self.status.0.clone(),
            property_id: self.property_id,
            from: self.from,
            to: self.to,
            q: self.q.clone(),
        }
    }
}

impl Filters {
    /// Those in one of these states; in any where there is none.
    #[must_use]
    pub fn in_states(status: Vec<Status>) -> Self {
        Self { status, ..Self::default() }
    }

    /// What cannot be.
    ///
    /// # Errors
    /// `400` that names the parameter.
    pub fn check(&self) -> Result<()> {
        for (name, day) in [("from", self.from), ("to", self.to)] {
            if day.is_some_and(|day| !(1970..=2200).contains(&day.year())) {
                return Err(Error::parameter(name, "Must be within the years 1970 to 2200."));
            }
        }
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from >= to
        {
            return Err(Error::parameter("to", "Must be after from."));
        }
        if self.q.as_ref().is_some_and(|q| q.trim().is_empty() || q.chars().count() > 254) {
            return Err(Error::parameter("q", "Must be 1..254 characters."));
        }
        Ok(())
    }

    /// Conditions on `bookings b`.
    pub(super) fn conditions(&self, scope: &Scope) -> Conditions {
        let mut conditions = Conditions::default();
        match scope {
            Scope::All => {}
            Scope::Agent(user) => conditions.add(OWN, [(*user).into(), (*user).into()]),
            Scope::Guest(user) => conditions.add("b.guest_user_id = {}", [(*user).into()]),
            Scope::Link(link, left_after) => conditions.add(
                "b.id = {} AND b.link_generation = {} AND b.check_out >= {}",
                [link.booking.into(), link.generation.into(), (*left_after).into()],
            ),
        }
        self.of_state(&mut conditions);
        if let Some(id) = self.property_id {
            conditions.add("b.property_id = {}", [id.into()]);
        }
        if let Some(from) = self.from {
            conditions.add("b.check_out > {}", [from.into()]);
        }
        if let Some(to) = self.to {
            conditions.add("b.check_in < {}", [to.into()]);
        }
        if let Some(q) = &self.q {
            match reference::parse(q) {
                Some(reference) => conditions.add("b.reference = {}", [reference.into()]),
                None => conditions.add("b.guest_email_key = {}", [contact::email_key(q).into()]),
            }
        }
        if conditions.sql().is_empty() {
            conditions.add("true", []);
        }
        conditions
    }

    /// A hold whose time has run out is expired, whether or not somebody has tidied up.
    fn of_state(&self, conditions: &mut Conditions) {
        if self.status.is_empty() {
            return;
        }
        let (kept, over): (Vec<Status>, Vec<Status>) = self
            .status
            .iter()
            .partition(|status| matches!(status, Status::Requested | Status::Held));
        let names = |statuses: &[Status]| -> Vec<String> {
            statuses.iter().map(|status| status.name().to_owned()).collect()
        };
        let (mut parts, mut values) = (Vec::new(), Vec::new());
        if !kept.is_empty() {
            // Written out, so that the planner sees that the index of these two is enough.
            parts.push(format!(
                "b.status IN ('{}') AND b.hold_expires_at > statement_timestamp()",
                names(&kept).join("', '")
            ));
        }
        if !over.is_empty() {
            // Not written out: the index of one of these is in no order that a list has.
            parts.push("b.status = ANY({}::text[]::booking_status[])".to_owned());
            values.push(Value::from(names(&over)));
        }
        if over.contains(&Status::Expired) {
            parts.push(
                "b.status IN ('requested', 'held') AND b.hold_expires_at <= statement_timestamp()"
                    .to_owned(),
            );
        }
        conditions.add(&format!("(({}))", parts.join(") OR (")), values);
    }
}
