//! `POST /search/{search_id}/click`.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, TimeDelta, Utc};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{buffer::Click, has_opted_out, is_kept};
use crate::{app::State, error::Result, http::body::Body};

/// For so long what is opened belongs to the search that found it.
const LONG_AGO: TimeDelta = TimeDelta::hours(1);

/// Clocks of instances differ by less.
const SKEW: TimeDelta = TimeDelta::minutes(1);

/// A hit that was opened.
#[derive(Clone, Copy, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClickIn {
    /// The listing.
    #[garde(skip)]
    pub property_id: Uuid,
    /// Where it stood, from 1; the pages of one search count on.
    #[garde(range(min = 1, max = 550))]
    #[schema(minimum = 1, maximum = 550)]
    pub position: i32,
}

/// Says that a hit was opened. The answer is the same whether there is such a search or not, and
/// whether it is remembered or not.
#[utoipa::path(
    post, path = "/api/v1/search/{search_id}/click", operation_id = "click_search", tag = "search",
    params(("search_id" = Uuid, Path, description = "`search_id` of the answer")),
    request_body = ClickIn,
    responses((status = 204)),
    security(()),
)]
pub async fn click_search(
    search_id: web::Path<Uuid>,
    body: Body<ClickIn>,
    state: web::Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let ClickIn { property_id, position } = body.value;
    let (search_id, at) = (search_id.into_inner(), Utc::now());
    if is_kept(&state) && !has_opted_out(request.headers()) && is_recent(search_id, at) {
        state.history.buffer.clicks([Click { search_id, property_id, position, at }]);
    }
    Ok(HttpResponse::NoContent().finish())
}

/// Whether an id was made by a search of this hour: what cannot be one waits for nothing.
fn is_recent(search_id: Uuid, now: DateTime<Utc>) -> bool {
    let made = search_id.get_timestamp().filter(|_| search_id.get_version_num() == 7);
    let made = made.and_then(|made| {
        let (seconds, nanos) = made.to_unix();
        DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
    });
    made.is_some_and(|made| made > now - LONG_AGO && made < now + SKEW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_of_this_hour_are_taken() {
        let now = Utc::now();
        let id = Uuid::now_v7();
        assert!(is_recent(id, now));
        assert!(is_recent(id, now + TimeDelta::minutes(59)));
        assert!(!is_recent(id, now + TimeDelta::minutes(61)));
        assert!(!is_recent(id, now - TimeDelta::minutes(2)));
        assert!(!is_recent(Uuid::new_v4(), now) && !is_recent(Uuid::nil(), now));
        assert!(!is_recent(Uuid::max(), now));
    }
}
