//! Who asks about a booking, and which bookings are theirs.
//!
//! A person is known by the bearer token. A guest without an account is known by the link that
//! their letters hold: its token stands in the header `Booking-Token`, never in an address, because
//! addresses are logged and passed on. A link opens one booking and nothing else; row-level
//! security says the same once more.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, web};
use chrono::{NaiveDate, TimeDelta, Utc};
use sea_orm::Value;
use terrace_product::Profile;
use uuid::Uuid;

use super::{
    link::{self, Link},
    machine::Party,
    row::BookingRow,
};
use crate::{
    accounts::Role,
    app::State,
    db::Context,
    error::{Code, Error, Result},
    http::auth::{Caller, Origin},
};

/// Whoever asks about bookings.
#[derive(Clone, Debug)]
pub struct Asker {
    pub(crate) scope: Scope,
    /// For the transaction: row-level security knows them by it.
    pub(crate) context: Context,
}

/// Which bookings somebody may see.
#[derive(Clone, Debug)]
pub enum Scope {
    /// All there are: who runs the brand, and the platform itself.
    All,
    /// An agent's: those of listings that they are in charge of, and their own stays.
    Agent(Uuid),
    /// Somebody's own stays.
    Guest(Uuid),
    /// The one that a link opens, if it was to be left before this day or later.
    Link(Link, NaiveDate),
}

impl FromRequest for Asker {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let origin = Origin::from_request(request, payload).into_inner();
        ready(origin.and_then(|Origin(context)| asker(request, context)))
    }
}

fn asker(request: &HttpRequest, context: Context) -> Result<Asker> {
    let state = request
        .app_data::<web::Data<State>>()
        .ok_or_else(|| Error::internal(anyhow::anyhow!("the application state is missing")))?;
    // Whoever sends a link means it, signed in or not.
    if let Some(link) = link::of_request(&state.signer, request.headers())? {
        let context =
            Context { user_id: None, booking_id: Some(link.booking), role: "anonymous", ..context };
        return Ok(Asker { scope: Scope::link(link, &state.profile), context });
    }
    let caller = request.extensions().get::<Caller>().cloned().ok_or_else(|| {
        Error::new(Code::Unauthorized).with_detail(
            "Send a token of this site as `Authorization: Bearer <token>`, or without an account \
             the `Booking-Token` from the booking's link.",
        )
    })?;
    Ok(Asker { scope: Scope::of(&caller), context })
}

impl Asker {
    /// Somebody of the staff.
    pub(super) fn staff(caller: &Caller, context: Context) -> Self {
        Self { scope: Scope::of(caller), context }
    }
}

impl Scope {
    /// What this person may see.
    #[must_use]
    pub fn of(caller: &Caller) -> Self {
        match caller.role {
            Role::Admin => Self::All,
            Role::Agent => Self::Agent(caller.user_id),
            Role::User => Self::Guest(caller.user_id),
        }
    }

    /// What whoever has just placed a booking without an account may see: it.
    pub(super) fn just_placed(booking: Uuid) -> Self {
        Self::Link(Link { booking, generation: 1 }, NaiveDate::default())
    }

    pub(super) fn link(link: Link, profile: &Profile) -> Self {
        let days = TimeDelta::days(i64::from(profile.bookings.link_days));
        Self::Link(link, today(profile) - days)
    }

    /// A condition on `bookings b`, its values called `$nth` and on.
    pub(crate) fn condition(&self, nth: usize) -> (String, Vec<Value>) {
        match self {
            Self::All => ("true".to_owned(), Vec::new()),
            Self::Guest(user) => (format!("b.guest_user_id = ${nth}"), vec![(*user).into()]),
            Self::Agent(user) => (OWN.replace("{}", &format!("${nth}")), vec![(*user).into()]),
            Self::Link(link, left_after) => (
                format!(
                    "b.id = ${nth} AND b.link_generation = ${} AND b.check_out >= ${}",
                    nth + 1,
                    nth + 2
                ),
                vec![link.booking.into(), link.generation.into(), (*left_after).into()],
            ),
        }
    }

    /// In which part they act on a booking that they may see.
    pub(crate) fn party(&self, booking: &BookingRow) -> Party {
        match self {
            Self::All => Party::Host,
            Self::Agent(user) if booking.agent_id == Some(*user) => Party::Host,
            Self::Agent(_) | Self::Guest(_) | Self::Link(..) => Party::Guest,
        }
    }
}

/// An agent's bookings; the value stands twice.
pub(super) const OWN: &str = "(b.guest_user_id = {} OR b.property_id IN (SELECT o.id FROM properties o WHERE o.agent_id = {}))";

/// The day that it is where the brand is.
#[must_use]
pub fn today(profile: &Profile) -> NaiveDate {
    Utc::now().with_timezone(&profile.market.timezone.tz()).date_naive()
}
