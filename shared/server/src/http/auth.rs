//! Who is asking. The middleware verifies the token before anything else of the request is
//! looked at; the extractor types in a handler's signature are the authorisation.
//!
//! Actix runs a handler's extractors concurrently, so an extractor that verified the token could
//! be outrun by one that refuses the body. That is why verification sits in middleware.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    body::{EitherBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::header,
    middleware::Next,
    web,
};
use terrace_identity::Rejection;
use uuid::Uuid;

use super::{observe::RequestId, problem, session_cookie};
use crate::{
    accounts::{self, Role},
    app::State,
    db::Context,
    error::{Code, Error},
};

/// A person with a valid token of this brand's realm, as the database knows them.
#[derive(Clone, Debug)]
pub struct Caller {
    /// `users.id`.
    pub user_id: Uuid,
    /// What they may do; from the database, never from the token.
    pub role: Role,
    /// `agents.id`, if they are one.
    pub agent_id: Option<Uuid>,
    /// The identity provider's user id.
    pub subject: String,
}

impl Caller {
    /// Whether this person runs the brand.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }
}

/// Middleware: verifies the bearer token, if there is one, and finds its person. A token that is
/// there and wrong is refused even where none was needed. Without one, the session cookie of the
/// brand's own front ends may stand in for it.
///
/// # Errors
/// None of its own.
pub async fn authenticate<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    match identify(request.request()).await {
        Ok(Some(caller)) => {
            request.extensions_mut().insert(caller);
        }
        Ok(None) => {}
        Err(error) => {
            if let Some(cause) = &error.cause {
                tracing::warn!(cause = format!("{cause:#}"), "authentication failed");
            }
            let response = problem::render(&error, request.request());
            return Ok(request.into_response(response).map_into_right_body());
        }
    }
    Ok(next.call(request).await?.map_into_left_body())
}

async fn identify(request: &HttpRequest) -> Result<Option<Caller>, Error> {
    let state = state(request)?;
    let Some(value) = request.headers().get(header::AUTHORIZATION) else {
        return by_cookie(request, state).await;
    };
    let token = value
        .to_str()
        .ok()
        .and_then(|text| text.strip_prefix("Bearer ").or(text.strip_prefix("bearer ")))
        .ok_or_else(unauthorized)?;
    let claims = state.realm.verify(token.trim()).await.map_err(rejected)?;
    accounts::caller(state, &claims, RequestId::of(request)).await.map(Some)
}

/// The person of the session cookie. Unlike a token in the header one that is not good counts as
/// none: nobody chose to send it, and it outlives the session that it is of.
async fn by_cookie(request: &HttpRequest, state: &State) -> Result<Option<Caller>, Error> {
    let Some(token) = session_cookie::token(request, state) else { return Ok(None) };
    let claims = match state.realm.verify(&token).await {
        // A cookie is a browser's, and a browser's token says for which front end it is.
        Ok(claims) if claims.authorized_party.is_some() => claims,
        Ok(_) => return Ok(None),
        Err(rejection) => {
            drop(rejected(rejection));
            return Ok(None);
        }
    };
    match accounts::caller(state, &claims, RequestId::of(request)).await {
        Err(error) if error.code == Code::Unauthorized => Ok(None),
        known => known.map(Some),
    }
}

/// Counts why; whoever sent it does not learn.
fn rejected(rejection: Rejection) -> Error {
    metrics::counter!("terrace_tokens_rejected_total", "reason" => rejection.as_str()).increment(1);
    unauthorized()
}

/// The same answer for every reason: a forger learns nothing from it.
pub(crate) fn unauthorized() -> Error {
    Error::new(Code::Unauthorized)
        .with_detail("Send a valid token of this site as `Authorization: Bearer <token>`.")
}

fn state(request: &HttpRequest) -> Result<&State, Error> {
    request
        .app_data::<web::Data<State>>()
        .map(|data| data.get_ref())
        .ok_or_else(|| Error::internal(anyhow::anyhow!("the application state is missing")))
}

fn caller(request: &HttpRequest) -> Result<Caller, Error> {
    request.extensions().get::<Caller>().cloned().ok_or_else(unauthorized)
}

fn at_least(request: &HttpRequest, role: Role) -> Result<Caller, Error> {
    let caller = caller(request)?;
    if caller.role >= role {
        return Ok(caller);
    }
    Err(Error::new(Code::Forbidden).with_detail(format!("This needs the role {}.", role.name())))
}

/// Anyone: a person with a token, or a visitor without.
#[derive(Clone, Debug)]
pub struct MaybeCaller(pub Option<Caller>);

/// A caller who may act as an agent: agents and admins.
#[derive(Clone, Debug)]
pub struct Agent(pub Caller);

/// A caller who runs the brand.
#[derive(Clone, Debug)]
pub struct Admin(pub Caller);

/// Where a change came from: the request, for transactions and the audit trail.
#[derive(Clone, Debug)]
pub struct Origin(pub Context);

impl FromRequest for MaybeCaller {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(caller(request).ok())))
    }
}

impl FromRequest for Caller {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(caller(request))
    }
}

impl FromRequest for Agent {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(at_least(request, Role::Agent).map(Self))
    }
}

impl FromRequest for Admin {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(at_least(request, Role::Admin).map(Self))
    }
}

impl FromRequest for Origin {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = caller(request).ok();
        ready(Ok(Self(Context {
            user_id: caller.as_ref().map(|caller| caller.user_id),
            visitor_id: None,
            booking_id: None,
            role: caller.map_or("anonymous", |caller| caller.role.name()),
            request_id: RequestId::of(request),
            is_background: false,
        })))
    }
}
