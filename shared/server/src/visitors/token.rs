//! The token of a visitor: a random id, and since when it is good.

use actix_web::{HttpRequest, http::header::HeaderMap, web};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::signed::{Purpose, Signer};
use crate::{
    app::State,
    error::{Code, Error, Result},
};

/// The header that it stands in.
pub(super) const HEADER: &str = "visitor-token";

/// Clocks of two instances may differ a little.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);

/// Id, and seconds since 1970.
const LENGTH: usize = 24;

/// Makes a token.
pub(super) fn issue(signer: &Signer, id: Uuid, at: DateTime<Utc>) -> String {
    let mut payload = [0; LENGTH];
    payload[..16].copy_from_slice(id.as_bytes());
    payload[16..].copy_from_slice(&at.timestamp().to_be_bytes());
    signer.seal(Purpose::Visitor, &payload)
}

/// Whose a token is, if it is good now.
fn read(signer: &Signer, token: &str, lasts: TimeDelta, now: DateTime<Utc>) -> Option<Uuid> {
    let payload: [u8; LENGTH] = signer.open(Purpose::Visitor, token)?;
    let (id, at) = payload.split_at(16);
    let at = DateTime::from_timestamp(i64::from_be_bytes(at.try_into().ok()?), 0)?;
    let is_good = at - LEEWAY <= now && now < at + lasts;
    is_good.then(|| Uuid::from_slice(id).ok()).flatten()
}

/// How long a token is good: as long as its visitor would be remembered unseen.
pub(super) fn lasts(state: &State) -> TimeDelta {
    TimeDelta::days(i64::from(state.profile.visitors.retention_days))
}

/// The visitor that a request names; none where it has no such header.
///
/// # Errors
/// `401` where the token is none of ours, or has ended.
pub(super) fn of_request(request: &HttpRequest) -> Result<Option<Uuid>> {
    let Some(token) = only(request.headers())? else {
        return Ok(None);
    };
    let state = request
        .app_data::<web::Data<State>>()
        .ok_or_else(|| Error::internal(anyhow::anyhow!("the application state is missing")))?;
    read(&state.signer, token, lasts(state), Utc::now()).map(Some).ok_or_else(refused)
}

fn only(headers: &HeaderMap) -> Result<Option<&str>> {
    let mut values = headers.get_all(HEADER);
    let value = values.next();
    match (value, values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(|text| Some(text.trim())).map_err(|_| refused()),
        (Some(_), Some(_)) => Err(refused()),
    }
}

/// The same answer for every reason.
pub(super) fn refused() -> Error {
    Error::new(Code::Unauthorized).with_detail(
        "The Visitor-Token is not valid, or no longer: ask for another with POST /api/v1/visitors.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_time() {
        let products = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../products");
        let profiles = terrace_product::Profiles::discover(&products).unwrap();
        let env = terrace_product::Env::new();
        let profile = profiles.load("bestays", terrace_product::Environment::Test, &env).unwrap();
        let signer = Signer::new(&profile);
        let (id, made) = (Uuid::new_v4(), Utc::now());
        let token = issue(&signer, id, made);
        let lasts = TimeDelta::days(180);
        for (later, good) in [
            (TimeDelta::zero(), true),
            (TimeDelta::days(179), true),
            (TimeDelta::days(180), false),
            (TimeDelta::seconds(-30), true),
            // From the future: a clock is wrong, or somebody plays.
            (TimeDelta::seconds(-90), false),
        ] {
            let found = read(&signer, &token, lasts, made + later);
            assert_eq!(found, good.then_some(id), "{later}");
        }
    }
}
