//! Reports as tables, written while they are read.

use std::sync::Arc;

use actix_web::{
    HttpResponse,
    http::header::{self, ContentDisposition, DispositionParam, DispositionType},
    web,
};
use futures_util::{Stream, stream};

use super::{
    occupancy::{Asked, ListingOccupancy, listings},
    tally::OccupancyRow,
};
use crate::{
    app::State,
    db::{Context, Db},
    error::{Error, Result},
    http::csv_safe,
    money,
};

/// Listings read at a time.
const PAGE: u64 = 100;

const HEADINGS: [&str; 17] = [
    "property_id",
    "slug",
    "title",
    "from",
    "to",
    "nights",
    "blocked",
    "available",
    "sold",
    "elsewhere",
    "occupancy",
    "currency",
    "revenue",
    "average_daily_rate",
    "bookings",
    "lead_days",
    "nights_in_other_currencies",
];

/// A piece of the table, and after which listing the next one begins.
#[derive(Debug)]
pub(crate) struct Piece {
    /// Bytes.
    pub(crate) text: Vec<u8>,
    next: Option<String>,
}

/// The first piece, with the headings.
pub(crate) async fn first(db: &Db, context: Context, asked: &Asked) -> Result<Piece> {
    piece(db, context, asked, None).await
}

/// The piece after one, if there is one.
pub(crate) async fn after(
    db: &Db,
    context: Context,
    asked: &Asked,
    before: &Piece,
) -> Result<Option<Piece>> {
    match &before.next {
        Some(slug) => piece(db, context, asked, Some(slug.clone())).await.map(Some),
        None => Ok(None),
    }
}

async fn piece(db: &Db, context: Context, asked: &Asked, slug: Option<String>) -> Result<Piece> {
    let is_first = slug.is_none();
    let rows = listings(db, context, asked, slug, PAGE).await?;
    let is_full = rows.len() as u64 == PAGE;
    let next = rows.last().filter(|_| is_full).map(|last| last.slug.clone());
    let mut table =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    if is_first {
        table.write_record(HEADINGS).map_err(Error::internal)?;
    }
    for listing in &rows {
        for month in &listing.months {
            table.write_record(cells(listing, month)).map_err(Error::internal)?;
        }
    }
    let text = table.into_inner().map_err(|_| {
        Error::internal(anyhow::anyhow!("a table in memory cannot fail to be written"))
    })?;
    Ok(Piece { text, next })
}

/// The whole table as an answer.
///
/// # Errors
/// Those of the database.
pub(super) async fn answer(
    state: Arc<State>,
    asked: Asked,
    context: Context,
) -> Result<HttpResponse> {
    let name = format!("{}-occupancy-{}.csv", state.profile.id, asked.from);
    // The first piece before the first byte: a refusal is still an answer then.
    let first = first(&state.db, context.clone(), &asked).await?;
    let disposition = ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename(name)],
    };
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8; header=present")
        .insert_header(disposition)
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .streaming(pieces(state, context, asked, first)))
}

fn pieces(
    state: Arc<State>,
    context: Context,
    asked: Asked,
    first: Piece,
) -> impl Stream<Item = Result<web::Bytes>> + 'static {
    let begin = (state, context, asked, Some(first));
    stream::try_unfold(begin, |(state, context, asked, piece)| async move {
        let Some(piece) = piece else { return Ok(None) };
        let next = after(&state.db, context.clone(), &asked, &piece).await?;
        Ok(Some((web::Bytes::from(piece.text), (state, context, asked, next))))
    })
}

/// Amounts are in whole units here, because that is what a spreadsheet adds up.
fn cells(listing: &ListingOccupancy, row: &OccupancyRow) -> [String; 17] {
    let ListingOccupancy { property_id, slug, title, currency, months: _, total: _ } = listing;
    let OccupancyRow {
        from,
        to,
        nights,
        blocked,
        available,
        sold,
        elsewhere,
        occupancy,
        revenue,
        average_daily_rate,
        bookings,
        lead_days,
        nights_in_other_currencies,
    } = row;
    let number = |number: &Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
    let amount = |amount: i64| money::decimal(amount, currency);
    [
        property_id.to_string(),
        csv_safe::cell(slug),
        csv_safe::cell(title),
        from.to_string(),
        to.to_string(),
        nights.to_string(),
        blocked.to_string(),
        available.to_string(),
        sold.to_string(),
        elsewhere.to_string(),
        number(occupancy),
        currency.clone(),
        amount(*revenue),
        average_daily_rate.map(amount).unwrap_or_default(),
        bookings.to_string(),
        number(lead_days),
        nights_in_other_currencies.to_string(),
    ]
}
