//! What is written to whom when something happens with a booking: to the guest in their language,
//! with the link if they have no account; to whoever is in charge of the listing in theirs, unless
//! they did it themselves.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde_json::json;
use terrace_product::Locale;
use uuid::Uuid;

use super::{
    machine::{Party, Status},
    party::Scope,
    row::{self, BookingRow},
};
use crate::{
    app::State,
    db::statement,
    error::Result,
    leads::letters::is_a_name,
    listings::{dates, letters::Named},
    money,
    notifications::{self, Mail, Recipient},
    privacy::Private,
};

/// What happened, as the history calls it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Happened<'a> {
    pub(super) what: &'static str,
    pub(super) from: Option<Status>,
    pub(super) by: Party,
    /// Why, where somebody said. It is told to the other side alone: whoever books for a
    /// stranger's address must not write to them through us.
    pub(super) reason: Option<&'a str>,
    pub(super) more: More<'a>,
}

/// Facts of a letter that not every one has, to be written in the language of whoever reads it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct More<'a> {
    /// What tells apart two letters about one state of a booking.
    pub(crate) about: Option<Uuid>,
    pub(crate) words: &'a [(&'static str, &'a str)],
    pub(crate) days: &'a [(&'static str, NaiveDate)],
    /// In the booking's currency, smallest unit.
    pub(crate) amounts: &'a [(&'static str, i64)],
    pub(crate) until: Option<DateTime<Utc>>,
}

/// Writes to both sides about a booking as it is after what happened.
///
/// # Errors
/// Those of the database.
pub(super) async fn tell(
    tx: &DatabaseTransaction,
    state: &State,
    booking: Uuid,
    happened: Happened<'_>,
) -> Result<()> {
    // Whoever acts sees it; row-level security decides that.
    tell_of(tx, state, &row::find(tx, &Scope::All, booking).await?, happened).await
}

/// The same about a booking that has been read since.
///
/// # Errors
/// Those of the database.
pub(super) async fn tell_of(
    tx: &DatabaseTransaction,
    state: &State,
    booking: &BookingRow,
    happened: Happened<'_>,
) -> Result<()> {
    to_guest(tx, state, booking, happened).await?;
    to_host(tx, state, booking, happened).await
}

async fn to_guest(
    tx: &DatabaseTransaction,
    state: &State,
    booking: &BookingRow,
    happened: Happened<'_>,
) -> Result<()> {
    let Some(template) = of_guest(happened.what) else { return Ok(()) };
    let account = match booking.guest_user_id {
        Some(user) => Recipient::find(tx, &state.profile, user).await?,
        None => None,
    };
    let address = booking.guest_email.clone().map(Private::from);
    let Some(to) = address.or(account.map(|account| account.email)) else {
        return Ok(());
    };
    let mut facts = facts(tx, state, booking, happened, &booking.locale).await?;
    if let Some(reason) = happened.reason.filter(|_| happened.by == Party::Host) {
        facts["reason"] = reason.into();
    }
    facts["url"] = match booking.guest_user_id {
        Some(_) => {
            let path = format!("/bookings/{}", booking.id);
            notifications::front_end(&state.profile, &path).into()
        }
        None => booking.link().url(&state.profile, &state.signer).into(),
    };
    let locale = booking.locale.clone();
    queue(tx, booking, happened, Mail { template, to, locale, ..letter(booking, facts) }, "guest")
        .await
}

async fn to_host(
    tx: &DatabaseTransaction,
    state: &State,
    booking: &BookingRow,
    happened: Happened<'_>,
) -> Result<()> {
    let is_told = match happened.what {
        "requested" | "confirmed" | "altered" | "cancelled" | "renewed" | "notice_given"
        | "notice_withdrawn" | "offer_declined" => true,
        "expired" => happened.from == Some(Status::Requested),
        _ => false,
    };
    let Some(agent) = booking.agent_id.filter(|_| is_told) else { return Ok(()) };
    // A notice is a paper that both sides keep.
    let is_notice = matches!(happened.what, "notice_given" | "notice_withdrawn");
    if !is_notice && acting(tx).await? == Some(agent) {
        return Ok(());
    }
    let Some(host) = Recipient::find(tx, &state.profile, agent).await? else { return Ok(()) };
    let mut facts = facts(tx, state, booking, happened, &host.locale).await?;
    if let Some(reason) = happened.reason.filter(|_| happened.by == Party::Guest) {
        facts["reason"] = reason.into();
    }
    let path = format!("/office/bookings/{}", booking.id);
    facts["url"] = notifications::front_end(&state.profile, &path).into();
    if let Some(name) = host.name {
        facts["agent"] = name.into_exposed().into();
    }
    let mail = Mail {
        template: "booking_host",
        to: host.email,
        locale: host.locale,
        ..letter(booking, facts)
    };
    queue(tx, booking, happened, mail, "host").await
}

fn of_guest(what: &str) -> Option<&'static str> {
    Some(match what {
        "requested" => "booking_requested",
        "held" => "booking_held",
        "confirmed" => "booking_confirmed",
        "declined" => "booking_declined",
        "altered" => "booking_altered",
        "cancelled" => "booking_cancelled",
        "expired" => "booking_expired",
        "completed" => "booking_completed",
        "renewed" => "booking_renewed",
        "offered" => "booking_offer",
        "notice_given" | "notice_withdrawn" => "booking_notice",
        _ => return None,
    })
}

fn letter(booking: &BookingRow, facts: serde_json::Value) -> Mail {
    Mail {
        template: "",
        key: String::new(),
        to: String::new().into(),
        locale: String::new(),
        about: booking.id,
        facts,
    }
}

async fn queue(
    tx: &DatabaseTransaction,
    booking: &BookingRow,
    happened: Happened<'_>,
    mail: Mail,
    side: &str,
) -> Result<()> {
    let mut key = format!("booking.{}:{}:{}:{side}", happened.what, booking.id, booking.version);
    if let Some(about) = happened.more.about {
        key = format!("{key}:{about}");
    }
    notifications::queue(tx, &Mail { key, ..mail }).await.map(drop)
}

async fn facts(
    tx: &DatabaseTransaction,
    state: &State,
    booking: &BookingRow,
    happened: Happened<'_>,
    locale: &str,
) -> Result<serde_json::Value> {
    let profile = &state.profile;
    let language = Locale::parse(locale).unwrap_or_else(|_| profile.locales.default.clone());
    let mut facts = json!({
        "what": happened.what,
        "reference": booking.reference,
        "check_in": dates::day(booking.check_in, &language),
        "check_out": dates::day(booking.check_out, &language),
        "guests": booking.guests,
        "total": money::written(booking.total, &booking.currency),
    });
    if let Some(listing) = Named::find(tx, booking.property_id, locale).await? {
        facts["listing"] = listing.title.into();
    }
    // Nor by a name.
    if let Some(name) = booking.guest_name.as_deref().filter(|name| is_a_name(name)) {
        facts["name"] = name.into();
    }
    if matches!(booking.status()?, Status::Requested | Status::Held)
        && let Some(until) = booking.hold_expires_at
    {
        facts["until"] = moment(until, state, &language).into();
        facts["was_requested"] = (happened.from == Some(Status::Requested)).into();
    }
    if let Some(refund) = booking.refund_amount {
        facts["refund"] = money::written(refund, &booking.currency).into();
    }
    let More { words, days, amounts, until, .. } = happened.more;
    for (name, word) in words {
        facts[*name] = (*word).into();
    }
    for (name, day) in days {
        facts[*name] = dates::day(*day, &language).into();
    }
    for (name, amount) in amounts {
        facts[*name] = money::written(*amount, &booking.currency).into();
    }
    if let Some(until) = until {
        facts["until"] = moment(until, state, &language).into();
    }
    Ok(facts)
}

/// A moment by the clock of the brand's market.
fn moment(at: DateTime<Utc>, state: &State, locale: &Locale) -> String {
    let at = at.with_timezone(&state.profile.market.timezone.tz());
    format!("{}, {}", dates::day(at.date_naive(), locale), at.format("%H:%M"))
}

/// Whoever acts in this transaction.
async fn acting(tx: &DatabaseTransaction) -> Result<Option<Uuid>> {
    #[derive(FromQueryResult)]
    struct Acting {
        id: Option<Uuid>,
    }
    let row = tx.query_one_raw(statement("SELECT app_user_id() AS id", [])).await?;
    Ok(row.map(|row| Acting::from_query_result(&row, "")).transpose()?.and_then(|row| row.id))
}
