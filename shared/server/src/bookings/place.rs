//! `POST /bookings`: the dates become the guest's, for a while.
//!
//! It is one transaction: the key, the guest's turn, the listing's turn, the price, the rules,
//! the booking and its dates, history, event, letters. Of fifty who want the same nights one gets
//! them, and the others are told so; what they are told is kept with their key like any answer,
//! because a request whose answer was lost must not book on its second try what was taken on its
//! first.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{NaiveDate, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde_json::json;
use terrace_product::Locale;
use uuid::Uuid;

use super::{
    agreed::Agreed,
    dates::{self, Occupied},
    holders::Holder,
    input::{BookingIn, GuestIn},
    letters::{self, Happened},
    machine::{Party, Status},
    output::{ManageOut, PlacedOut},
    party::Scope,
    read::{self, Whole},
    reference, row,
};
use crate::{
    accounts::Role,
    app::State,
    availability::{self, Now, Stay},
    db::{Context, statement},
    error::{Code, Error, Result},
    events::{self, Event},
    http::{
        auth::{Caller, MaybeCaller, Origin},
        body::Body,
        client,
        idempotency::{self, Answer, AnswerHeaders, Claim, IdempotencyKey},
        locale,
        observe::RequestId,
        problem,
    },
    leads::contact,
    quotes::{self, StoredQuote},
    visitors::Purpose,
};

/// Keeps a stay for a guest, with or without an account, at the price of a quote.
///
/// Where the listing is booked at once it is `held` for some minutes, until it is paid for or
/// staff confirms it; elsewhere it is `requested`, and the host answers. Staff who book their own
/// listing do it for a guest who has no account.
#[utoipa::path(
    post, path = "/api/v1/bookings", operation_id = "create_booking", tag = "bookings",
    params(("Idempotency-Key" = String, Header,
        description = "The same key and body give the same answer, and the effect once; `dates_taken` is such an answer")),
    request_body = BookingIn,
    responses((status = 201, body = PlacedOut)),
    security((), ("bearer" = [])),
)]
pub async fn create_booking(
    caller: MaybeCaller,
    origin: Origin,
    key: IdempotencyKey,
    body: Body<BookingIn>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let input = body.value;
    input.check(state.profile.market.country.as_str(), caller.0.is_some())?;
    let language = locale::negotiate(&state.profile, None, &request)?;
    let spoken = match input.locale.as_deref() {
        Some(asked) => locale::negotiate(&state.profile, Some(asked), &request)
            .map_err(|error| locale::in_the_body(error, "/locale"))?,
        None => language.clone(),
    };
    let address = client::address(&request, &state.profile.server.trusted_proxies)
        .map(|address| client::counted_as(address).to_string());
    let claim = match &caller.0 {
        Some(caller) => key.claim("create_booking", caller, body.digest),
        None => {
            key.claim_unnamed("create_booking", address.as_deref().unwrap_or_default(), body.digest)
        }
    };
    let claim = claim.ok_or_else(|| {
        Error::new(Code::PreconditionRequired)
            .with_detail("Send an `Idempotency-Key`, and the same one when you try again.")
    })?;
    // Who has an account is counted by it.
    let placed_from = address
        .filter(|_| caller.0.is_none())
        .map(|address| state.signer.pseudonym(Purpose::PlacedFrom, address.as_bytes()));
    let placing = Placing {
        id: Uuid::now_v7(),
        quote_id: input.quote_id,
        guest: input.guest,
        locale: spoken.to_string(),
        caller: caller.0,
        placed_from,
    };
    // With the platform's rights, in the name of who asks: a guest may not see what others hold,
    // and this has to count.
    let context = Context { role: "system", ..origin.0 };
    let request_id = RequestId::of(&request);
    let wired = state.clone();
    let answer = state
        .db
        .tx(context, move |tx| {
            let (state, claim, placing) = (wired.clone(), claim.clone(), placing.clone());
            let (language, request_id) = (language.clone(), request_id.clone());
            Box::pin(async move {
                answer_once(tx, &state, &claim, &placing, &language, request_id).await
            })
        })
        .await?;
    Ok(answer.into())
}

/// A booking that somebody wants.
#[derive(Clone, Debug)]
struct Placing {
    id: Uuid,
    quote_id: Uuid,
    guest: GuestIn,
    locale: String,
    caller: Option<Caller>,
    placed_from: Option<String>,
}

/// Books, or finds what came of it before. That others were quicker is an answer too.
async fn answer_once(
    tx: &DatabaseTransaction,
    state: &State,
    claim: &Claim,
    placing: &Placing,
    language: &Locale,
    request_id: String,
) -> Result<Answer> {
    if let Some(answer) = claim.take(tx).await? {
        return Ok(answer);
    }
    let answer = match place(tx, state, placing, language).await {
        Ok(placed) => created(&placed, language.as_str())?,
        Err(error) if is_an_answer(&error) => {
            problem::stored(&error, request_id, language.as_str())?
        }
        Err(error) => return Err(error),
    };
    claim.keep(tx, &answer).await?;
    Ok(answer)
}

/// Whether a refusal is kept with its key. One by the database itself has ended the transaction: it
/// comes only where somebody took dates without having the listing's turn.
fn is_an_answer(error: &Error) -> bool {
    matches!(error.code, Code::DatesTaken | Code::PriceChanged) && error.database.is_none()
}

fn created(placed: &PlacedOut, language: &str) -> Result<Answer> {
    Ok(Answer {
        status: 201,
        body: serde_json::to_string(placed).map_err(Error::internal)?,
        headers: AnswerHeaders {
            etag: read::tag(&placed.booking).to_string(),
            location: format!("/api/v1/bookings/{}", placed.booking.item.id),
            language: language.to_owned(),
        },
        replayed: false,
    })
}

/// What is to be booked: a price, its listing, and what is in the way by now.
#[derive(Debug, FromQueryResult)]
struct Wanted {
    #[sea_orm(nested)]
    quote: StoredQuote,
    agent_id: Option<Uuid>,
    instant_book: bool,
    cancellation_policy: Option<String>,
    preparation_days: i16,
    taken: String,
}

impl Wanted {
    async fn of(tx: &DatabaseTransaction, quote: Uuid) -> Result<Self> {
        let row = tx.query_one_raw(statement(wanted_statement(), [quote.into()])).await?;
        let row =
            row.ok_or_else(|| Error::field("/quote_id", "unknown", "There is no such quote."))?;
        Ok(Self::from_query_result(&row, "")?)
    }

    /// Whether this person looks after the listing, and books for somebody else.
    fn is_run_by(&self, caller: &Caller) -> bool {
        let is_own = self.agent_id == Some(caller.user_id) && caller.role == Role::Agent;
        is_own || caller.is_admin()
    }
}

fn wanted_statement() -> String {
    let taken = availability::taken(
        "q.property_id",
        "daterange(q.check_in, q.check_out + r.preparation_days)",
        "NULL::uuid",
    );
    format!(
        "SELECT {}, p.agent_id, r.instant_book, r.cancellation_policy::text AS cancellation_policy, \
            r.preparation_days, {taken} \
         FROM quotes q JOIN properties p ON p.id = q.property_id \
         JOIN rental_details r ON r.property_id = p.id WHERE q.id = $1",
        quotes::COLUMNS
    )
}

/// Makes the booking.
///
/// # Errors
/// `422` for a quote that there is not, or a stay that the rules do not allow; `409` where the
/// dates are taken, the price is another by now, or the guest holds enough.
async fn place(
    tx: &DatabaseTransaction,
    state: &State,
    placing: &Placing,
    locale: &Locale,
) -> Result<PlacedOut> {
    let wanted = Wanted::of(tx, placing.quote_id).await?;
    let guest = placing.caller.as_ref().filter(|caller| !wanted.is_run_by(caller));
    let holder = match (guest, &placing.caller) {
        (Some(guest), _) => Some(Holder::Person(guest.user_id)),
        (None, Some(_)) => None,
        (None, None) => Some(Holder::Guest {
            email_key: placing.guest.email.as_deref().map(contact::email_key),
            placed_from: placing.placed_from.clone(),
        }),
    };
    // Who comes late need not wait for the listing's turn to hear of it. Those who come at once are
    // asked again when it is theirs, and the constraint of the table judges them all.
    availability::require_nothing(&wanted.taken)?;
    if let Some(holder) = &holder {
        holder.lock(tx).await?;
    }
    availability::occupy(tx, wanted.quote.property_id).await?;
    if let Some(holder) = &holder {
        holder.admit(tx, &state.profile.bookings).await?;
    }
    let quote = quotes::settle(tx, state, wanted.quote).await?;
    let occupied = Occupied {
        check_in: quote.stay.check_in,
        check_out: quote.stay.check_out,
        preparation_days: wanted.preparation_days,
    };
    let stay = Stay {
        check_in: quote.stay.check_in,
        check_out: quote.stay.check_out,
        guests: quote.stay.guests,
    };
    let now = Now::of(&state.profile);
    let until = occupied.until();
    availability::rules::check_free(tx, quote.property_id, &stay, until, now).await?;
    let is_held = wanted.instant_book || (guest.is_none() && placing.caller.is_some());
    let (status, lasts) = match is_held {
        true => (Status::Held, state.profile.bookings.hold),
        false => (Status::Requested, state.profile.bookings.request),
    };
    let expires = Utc::now() + TimeDelta::from_std(lasts).map_err(Error::internal)?;
    let row = NewBooking {
        placing,
        quote: &quote,
        guest_user_id: guest.map(|guest| guest.user_id),
        policy: wanted.cancellation_policy,
        status,
        expires,
    };
    row.insert(tx).await?;
    dates::take(tx, quote.property_id, placing.id, occupied, Some(expires)).await?;
    record(tx, placing.id, &quote, status).await?;
    let by = if holder.is_some() { Party::Guest } else { Party::Host };
    let what = status.name();
    let placed = Whole::of(tx, &Scope::All, placing.id).await?;
    let happened = Happened { what, by, ..Happened::default() };
    letters::tell_of(tx, state, &placed.booking, happened).await?;

    let scope = match guest {
        Some(guest) => Scope::Guest(guest.user_id),
        None if placing.caller.is_some() => Scope::All,
        None => Scope::just_placed(placing.id),
    };
    let manage = placing.caller.is_none().then(|| ManageOut::of(placed.booking.link(), state));
    let booking = placed.told(state, &scope, &Agreed::at(quote), locale)?;
    Ok(PlacedOut { booking, manage })
}

async fn record(
    tx: &DatabaseTransaction,
    booking: Uuid,
    quote: &StoredQuote,
    status: Status,
) -> Result<()> {
    let what = status.name();
    row::remember(tx, booking, what, None, status, json!({ "total": quote.quote.total })).await?;
    let told = json!({
        "property_id": quote.property_id, "from": null, "to": status,
        "check_in": quote.stay.check_in, "check_out": quote.stay.check_out, "version": 1,
    });
    events::record(tx, Event { kind: row::event_kind(what), subject_id: booking, data: told }).await
}

/// What makes a booking. A signed-in guest who gives no address is written to at their account's.
const INSERT: &str = "INSERT INTO bookings (id, reference, property_id, quote_id, guest_user_id, guest_name, guest_email, \
        guest_phone, guest_note, locale, check_in, check_out, guests, status, total, currency, cancellation_policy, \
        hold_expires_at, placed_from) \
    VALUES ($1, $2, $3, $4, $5, $6, coalesce($7, (SELECT u.email FROM users u WHERE u.id = $5)), $8, $9, $10, $11, $12, \
        $13, $14::text::booking_status, $15, $16, $17::text::cancellation_policy, $18, $19) \
    ON CONFLICT (reference) DO NOTHING";

/// The statements of the transaction by which staff book for somebody who called, in their order:
/// the key, what is wanted, the listing's turn, the holds that ran out, the rules, the booking, its
/// dates, its history, the event, what is told of it, the answer kept with the key. Public so that
/// what the server costs can be measured beside them.
#[doc(hidden)]
#[must_use]
pub fn statements() -> Vec<String> {
    let any = NaiveDate::default();
    let stay = Stay { check_in: any, check_out: any, guests: 1 };
    vec![
        idempotency::TAKE.to_owned(),
        wanted_statement(),
        availability::occupy::LOCK.to_owned(),
        availability::occupy::EXPIRED.to_owned(),
        availability::rules::free_statement(Uuid::nil(), &stay, any).0,
        INSERT.to_owned(),
        dates::TAKE.to_owned(),
        row::REMEMBER.to_owned(),
        events::RECORD.to_owned(),
        read::whole_statement("true"),
        idempotency::KEEP.to_owned(),
    ]
}

/// Which of [`statements`] write what a booking is and nothing else: the turn, the booking, its
/// dates, its history, the event.
#[doc(hidden)]
pub const BARE: [usize; 6] = [2, 3, 5, 6, 7, 8];

struct NewBooking<'a> {
    placing: &'a Placing,
    quote: &'a StoredQuote,
    guest_user_id: Option<Uuid>,
    policy: Option<String>,
    status: Status,
    expires: chrono::DateTime<Utc>,
}

impl NewBooking<'_> {
    async fn insert(&self, tx: &DatabaseTransaction) -> Result<()> {
        // A signed-in guest who gives no address is written to at their account's.
        let trimmed = |text: &String| text.trim().to_owned();
        let guest = &self.placing.guest;
        let stay = &self.quote.stay;
        // One in two million millions is taken already.
        for _ in 0..3 {
            let values = [
                self.placing.id.into(),
                reference::new().into(),
                self.quote.property_id.into(),
                self.quote.id.into(),
                self.guest_user_id.into(),
                guest.name.trim().into(),
                guest.email.as_ref().map(trimmed).into(),
                guest.phone.as_ref().map(trimmed).into(),
                guest.note.as_ref().map(trimmed).into(),
                self.placing.locale.as_str().into(),
                stay.check_in.into(),
                stay.check_out.into(),
                stay.guests.into(),
                self.status.name().into(),
                self.quote.quote.total.into(),
                self.quote.quote.currency.as_str().into(),
                self.policy.clone().into(),
                self.expires.into(),
                self.placing.placed_from.clone().into(),
            ];
            if tx.execute_raw(statement(INSERT, values)).await?.rows_affected() == 1 {
                return Ok(());
            }
        }
        Err(Error::internal(anyhow::anyhow!("no reference was free")))
    }
}
