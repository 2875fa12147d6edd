//! What every change of a listing begins with.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use uuid::Uuid;

use super::service::Target;
use crate::{
    error::{Error, Result},
    http::{
        auth::{Agent, Origin},
        etag,
    },
};

/// This listing, in the version that was seen, by this person, for this request: the `{id}` of the
/// path, `If-Match`, and an agent or admin. Whether the listing is theirs is decided on its row.
#[derive(Clone, Debug)]
pub struct Editing {
    pub(crate) target: Target,
    pub(crate) origin: Origin,
}

impl FromRequest for Editing {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let agent = Agent::from_request(request, payload).into_inner();
        let origin = Origin::from_request(request, payload).into_inner();
        ready(agent.and_then(|agent| begin(request, agent, origin?)))
    }
}

fn begin(request: &HttpRequest, Agent(caller): Agent, origin: Origin) -> Result<Editing> {
    let id = request.match_info().get("id").and_then(|id| Uuid::parse_str(id).ok());
    let id = id.ok_or_else(|| Error::not_found("listing"))?;
    let seen = etag::seen_version(request)?;
    Ok(Editing { target: Target { id, caller, seen }, origin })
}
