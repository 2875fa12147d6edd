//! Whoever may pay for a booking: everybody who sees it.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};

use crate::{
    db::Context,
    error::{Error, Result},
    http::auth::{Caller, Origin},
};

/// Whoever asks about a booking's money.
#[derive(Clone, Debug)]
pub struct Payer {
    /// For the transaction: row-level security knows them by it.
    pub(super) context: Context,
}

impl FromRequest for Payer {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Caller::from_request(request, payload).into_inner();
        let origin = Origin::from_request(request, payload).into_inner();
        ready(caller.and(origin).map(|Origin(context)| Self { context }))
    }
}
