//! What a saved search finds: a page of it now (`GET /saved-searches/{id}/matches`), and which of
//! some listings, for its alerts.

use actix_web::{HttpRequest, HttpResponse, web};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::Deserialize;
use terrace_product::Profile;
use terrace_understanding::Amenities;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{filters, filters::Filters, store};
use crate::{
    app::State,
    db::statement,
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        etag, locale,
        params::Query,
    },
    listings::{filters::ListQuery, output::PropertyList, query::finds, read::one_page},
    visitors::Keeper,
};

/// A page of what a search finds.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct MatchQuery {
    /// Rows a page, 1..100.
    #[param(minimum = 1, maximum = 100, default = 24)]
    pub limit: Option<u64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
    /// Adds `total`.
    pub count: bool,
    /// Language of the texts.
    #[param(example = "th")]
    pub locale: Option<String>,
}

/// What a saved search finds now: the list that its filters ask for, and what is understood of its
/// words.
#[utoipa::path(
    get, path = "/api/v1/saved-searches/{id}/matches", operation_id = "list_saved_search_matches",
    tag = "lists",
    params(("id" = Uuid, Path), MatchQuery),
    responses((status = 200, body = PropertyList)),
    security(("bearer" = []), ("visitor" = [])),
)]
pub async fn list_saved_search_matches(
    keeper: Keeper,
    id: web::Path<Uuid>,
    query: Query<MatchQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Keeper { owner, context } = keeper;
    let Query(MatchQuery { limit, cursor, count, locale: asked }) = query;
    let locale = locale::negotiate(&state.profile, asked.as_deref(), &request)?;
    let id = *id;
    let search = state
        .db
        .tx(context, move |tx| {
            Box::pin(async move {
                owner.enter(tx).await?;
                store::find(tx, owner, id).await
            })
        })
        .await?;
    let catalogue = state.catalogue().await?;
    let words = search.query.as_deref();
    let asked = filters::with_words(&search.filters, words, &state.profile, catalogue.spoken())?;
    let query = ListQuery { limit, cursor, count, ..asked };
    let list = one_page(&state, &query, None, &locale).await?;
    let body = serde_json::to_vec(&list).map_err(Error::internal)?;
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, Reuse::Never))
}

/// A search, and the listings that may be for it.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// What it filters by.
    pub(crate) filters: Filters,
    /// What it says in words.
    pub(crate) words: Option<String>,
    /// Listings.
    pub(crate) listings: Vec<Uuid>,
}

/// Searches asked about in one statement.
const AT_ONCE: usize = 50;

/// Which of its listings each search finds, as the place of the search and the listing's id.
///
/// By its filters, and by what is understood of its words. The rest of the words is answered by the
/// search itself, which ranks and does not decide; it narrows nothing here.
///
/// # Errors
/// Those of the database.
pub(crate) async fn matching(
    tx: &DatabaseTransaction,
    profile: &Profile,
    spoken: &Amenities,
    candidates: &[Candidate],
) -> Result<Vec<(usize, Uuid)>> {
    #[derive(FromQueryResult)]
    struct Found {
        nth: i32,
        id: Uuid,
    }
    let mut matches = Vec::new();
    let readable: Vec<(usize, ListQuery, &[Uuid])> = candidates
        .iter()
        .enumerate()
        .filter_map(|(nth, Candidate { filters, words, listings })| {
            match filters::with_words(filters, words.as_deref(), profile, spoken) {
                Ok(query) => Some((nth, query, listings.as_slice())),
                // Saved by a version with other filters; one search must not keep all others
                // waiting.
                Err(error) => {
                    tracing::warn!(%error, "a saved search cannot be read any more");
                    None
                }
            }
        })
        .collect();
    for chunk in readable.chunks(AT_ONCE) {
        let asked: Vec<_> = chunk.iter().map(|(_, query, ids)| (query, *ids)).collect();
        let (sql, values) = finds(&asked);
        for row in tx.query_all_raw(statement(sql, values)).await? {
            let Found { nth, id } = Found::from_query_result(&row, "")?;
            let place = usize::try_from(nth).ok().and_then(|nth| chunk.get(nth));
            matches.extend(place.map(|(nth, ..)| (*nth, id)));
        }
    }
    Ok(matches)
}
