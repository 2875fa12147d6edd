//! `GET /bookings/{id}/offers`: what is offered, and what was.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::DatabaseTransaction;
use serde::Serialize;
use terrace_product::Locale;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    super::{cancel::no_quote, party::Asker, price::PriceOut, row as booking_row},
    row::{self, OfferKind, OfferRow, OfferState, OpenRow},
};
use crate::{
    app::State,
    db::{Context, Db},
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        etag, locale,
    },
    quotes::{self, StoredQuote},
};

/// What a host offers the guest of a booking.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferOut {
    /// Id.
    pub id: Uuid,
    /// The booking.
    pub booking_id: Uuid,
    /// What it is about.
    pub kind: OfferKind,
    /// What has become of it.
    pub state: OfferState,
    /// The first night: of a renewal of what comes on top, of a change of the whole stay.
    pub check_in: NaiveDate,
    /// The day of leaving then; not slept.
    pub check_out: NaiveDate,
    /// How many stay then.
    pub guests: i32,
    /// What these nights cost: of a renewal on top of the booking, of a change instead of it.
    pub price: PriceOut,
    /// While it stands: how much more the booking costs then, below 0 for less. Smallest unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<i64>,
    /// Until when it can be accepted.
    pub expires_at: DateTime<Utc>,
    /// When it was accepted, declined or withdrawn.
    pub decided_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// What was offered for a booking.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferList {
    /// Newest first, 50 at most.
    pub items: Vec<OfferOut>,
}

impl OfferOut {
    /// `booked_at` is what the booking costs now, smallest unit.
    pub(super) fn of(
        offer: &OfferRow,
        quote: &StoredQuote,
        booked_at: i64,
        locale: &Locale,
    ) -> Result<Self> {
        let (kind, state) = (offer.kind()?, offer.state()?);
        let difference = match kind {
            OfferKind::Renewal => quote.quote.total,
            OfferKind::Change => quote.quote.total - booked_at,
        };
        Ok(Self {
            id: offer.id,
            booking_id: offer.booking_id,
            kind,
            state,
            check_in: offer.check_in,
            check_out: offer.check_out,
            guests: offer.guests,
            price: PriceOut::of(&quote.quote, locale),
            difference: (state == OfferState::Open).then_some(difference),
            expires_at: offer.expires_at,
            decided_at: offer.decided_at,
            created_at: offer.created_at,
        })
    }
}

/// What the host of a booking offers, and has offered: to its guest and its host.
#[utoipa::path(
    get, path = "/api/v1/bookings/{id}/offers", operation_id = "list_booking_offers", tag = "bookings",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = OfferList)),
    security(("bearer" = []), ("booking" = [])),
)]
pub async fn list_booking_offers(
    asker: Asker,
    id: web::Path<Uuid>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let (id, Asker { scope, context }) = (*id, asker);
    let locale = locale::negotiate(&state.profile, None, &request)?;
    let spoken = locale.clone();
    let items = state
        .db
        .tx(context, move |tx| {
            let (scope, locale) = (scope.clone(), spoken.clone());
            Box::pin(async move {
                let booking = booking_row::find(tx, &scope, id).await?;
                let offers = row::of_booking(tx, id).await?;
                let prices = prices(tx, &offers).await?;
                let out = |offer: &OfferRow| {
                    let price = prices.get(&offer.quote_id).ok_or_else(no_quote)?;
                    OfferOut::of(offer, price, booking.total, &locale)
                };
                offers.iter().map(out).collect::<Result<Vec<_>>>()
            })
        })
        .await?;
    let body = serde_json::to_vec(&OfferList { items }).map_err(Error::internal)?;
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, Reuse::Never))
}

/// An offer that stands, with the booking's code.
#[derive(Debug, Serialize)]
pub struct Standing {
    /// The booking's code.
    pub reference: String,
    /// The offer.
    #[serde(flatten)]
    pub offer: OfferOut,
}

/// The offers that stand, the first to end first: for an operator.
///
/// # Errors
/// Those of the database.
pub async fn standing(db: &Db, locale: Locale, most: u64) -> Result<Vec<Standing>> {
    db.tx(Context::system("bookings offers"), move |tx| {
        let locale = locale.clone();
        Box::pin(async move {
            let open = row::open(tx, most).await?;
            let prices = prices(tx, open.iter().map(|open| &open.offer)).await?;
            let out = |open: OpenRow| {
                let price = prices.get(&open.offer.quote_id).ok_or_else(no_quote)?;
                let offer = OfferOut::of(&open.offer, price, open.total, &locale)?;
                Ok(Standing { reference: open.reference, offer })
            };
            open.into_iter().map(out).collect()
        })
    })
    .await
}

/// What the offers cost, by the price's id.
async fn prices(
    tx: &DatabaseTransaction,
    offers: impl IntoIterator<Item = &OfferRow>,
) -> Result<HashMap<Uuid, StoredQuote>> {
    quotes::load_all(tx, offers.into_iter().map(|offer| offer.quote_id).collect()).await
}
