//! `GET /search/suggest`: what somebody may be about to type.
//!
//! Each source proposes by itself, with a rank of how well its proposal fits what has been typed;
//! `output::choose` takes the best. Places, kinds of property and amenities are known in the
//! process (`names`, `stock`); only titles are looked for in the database, by one statement
//! (`titles`). Another source is another list of proposals.

mod letters;
mod names;
mod output;
mod stock;
mod titles;

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use sea_orm::Value;
use serde::Deserialize;
use terrace_product::{Locale, Locales};
use utoipa::IntoParams;

use crate::{
    app::State,
    error::{Error, Result},
    http::{
        answer::{Reuse, answer},
        etag, locale,
        params::Query,
    },
    search::history::popular::popular,
};

pub use letters::Highlight;
pub use output::{Kind, Suggestion, Suggestions};
pub(crate) use stock::Shelf;

/// More than anybody types into one line.
const LONGEST: usize = 100;

const MOST: usize = 20;

/// What many have asked fits as well as a name that begins with the letters.
const POPULAR: u8 = 1;

/// How long an answer may be used again: a listing that is taken away is suggested no longer than
/// that, and its page tells at once.
const FRESH_FOR: Duration = Duration::from_secs(30);

/// What has been typed so far.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SuggestQuery {
    /// The letters so far, at most 100.
    #[param(example = "thong l", max_length = 100)]
    pub q: String,
    /// Language of the texts; beats `Accept-Language`.
    #[param(example = "th")]
    #[serde(default)]
    pub locale: Option<String>,
    /// Suggestions, 1..20.
    #[param(minimum = 1, maximum = 20, default = 8)]
    #[serde(default = "default_limit")]
    pub limit: usize,
}

fn default_limit() -> usize {
    8
}

impl SuggestQuery {
    fn check(&self) -> Result<()> {
        if self.q.chars().count() > LONGEST {
            return Err(Error::parameter("q", format!("At most {LONGEST} characters.")));
        }
        if !(1..=MOST).contains(&self.limit) {
            return Err(Error::parameter("limit", format!("Must be 1..{MOST}.")));
        }
        Ok(())
    }
}

/// Completes what is being typed: places, kinds of property, amenities, what many have asked, and
/// listings by title.
#[utoipa::path(
    get, path = "/api/v1/search/suggest", operation_id = "suggest", tag = "search",
    params(SuggestQuery),
    responses((status = 200, body = Suggestions)),
    security(()),
)]
pub async fn suggest(
    query: Query<SuggestQuery>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let Query(query) = query;
    query.check()?;
    let locale = locale::negotiate(&state.profile, query.locale.as_deref(), &request)?;
    let items = complete(&state, &query, &locale).await?;
    let body = serde_json::to_vec(&Suggestions { items }).map_err(Error::internal)?;
    let reuse = Reuse::For(FRESH_FOR);
    Ok(answer(&request, etag::of_bytes(&body), body, &locale, reuse))
}

async fn complete(
    state: &web::Data<State>,
    query: &SuggestQuery,
    locale: &Locale,
) -> Result<Vec<Suggestion>> {
    let typed = settled(&query.q);
    let words = letters::words(&typed);
    let Some((sql, values)) =
        titles::statement(&typed, &words, query.limit, &state.profile.locales, locale)
    else {
        return Ok(Vec::new());
    };
    let (stock, catalogue) = (stock::stock(state).await?, state.catalogue().await?);
    let language = super::language(locale);
    let asked = popular(state, &typed, locale, query.limit).await?;
    let rows: Vec<titles::Row> = state.db.search().all(sql, values).await?;
    let mut proposals = names::of_types(&typed, language, &stock);
    proposals.extend(names::of_places(&typed, language, &stock));
    proposals.extend(names::of_amenities(&typed, locale, &catalogue, &stock));
    let rows = rows.into_iter().enumerate();
    proposals.extend(rows.map(|(nth, row)| row.into_proposal(nth, &typed, &words, language)));
    proposals.extend(asked.into_iter().enumerate().map(|(nth, question)| {
        let highlight = letters::marks(&question, &words);
        let suggestion = Suggestion { highlight, ..Suggestion::new(Kind::Query, question) };
        output::Proposal { rank: POPULAR, nth, suggestion }
    }));
    Ok(output::choose(proposals, query.limit))
}

/// What has been typed, without what nobody sees: one space for any number of blanks.
fn settled(typed: &str) -> String {
    let parts = typed.split(|c: char| c.is_whitespace() || c.is_control());
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

/// The one statement behind suggestions; public so that a test can look at its plan.
#[doc(hidden)]
#[must_use]
pub fn suggest_statement(
    typed: &str,
    limit: usize,
    locales: &Locales,
    locale: &Locale,
) -> Option<(String, Vec<Value>)> {
    let typed = settled(typed);
    titles::statement(&typed, &letters::words(&typed), limit, locales, locale)
}
