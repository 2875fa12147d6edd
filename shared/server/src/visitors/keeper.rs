//! Who keeps lists: a person, or a visitor.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use uuid::Uuid;

use super::token;
use crate::{
    db::{Context, statement},
    error::{Code, Error, Result},
    http::auth::{Caller, Origin},
};

/// Whose a list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// `users.id`.
    Person(Uuid),
    /// `visitors.id`.
    Visitor(Uuid),
}

/// Whoever asks for their own lists. Who has a bearer token is that person, whatever else the
/// request carries.
#[derive(Clone, Debug)]
pub struct Keeper {
    pub(crate) owner: Owner,
    /// For the transaction: row-level security knows them by it.
    pub(crate) context: Context,
}

impl FromRequest for Keeper {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let origin = Origin::from_request(request, payload).into_inner();
        ready(origin.and_then(|Origin(context)| keeper(request, context)))
    }
}

fn keeper(request: &HttpRequest, context: Context) -> Result<Keeper> {
    let person = request.extensions().get::<Caller>().map(|caller| caller.user_id);
    if let Some(id) = person {
        return Ok(Keeper { owner: Owner::Person(id), context });
    }
    let id = token::of_request(request)?.ok_or_else(|| {
        Error::new(Code::Unauthorized).with_detail(
            "Send a token of this site as `Authorization: Bearer <token>`, or without an account \
             a `Visitor-Token` from POST /api/v1/visitors.",
        )
    })?;
    let context = Context { visitor_id: Some(id), ..context };
    Ok(Keeper { owner: Owner::Visitor(id), context })
}

impl Owner {
    /// `owner_id` in every list.
    pub(crate) fn id(self) -> Uuid {
        match self {
            Self::Person(id) | Self::Visitor(id) => id,
        }
    }

    /// The columns `user_id` and `visitor_id` of a new row.
    pub(crate) fn columns(self) -> (Option<Uuid>, Option<Uuid>) {
        match self {
            Self::Person(id) => (Some(id), None),
            Self::Visitor(id) => (None, Some(id)),
        }
    }

    /// Lets them read. A visitor who comes back within their time is not forgotten.
    ///
    /// # Errors
    /// `401` for a visitor whose lists are an account's by now.
    pub(crate) async fn enter(self, tx: &DatabaseTransaction) -> Result<()> {
        #[derive(FromQueryResult)]
        struct Known {
            is_merged: bool,
        }
        // Once a day is enough: a read must not be a write each time.
        const SQL: &str = "WITH seen AS (UPDATE visitors SET seen_at = now() \
                WHERE id = $1 AND merged_at IS NULL AND seen_at < now() - interval '1 day') \
            SELECT merged_at IS NOT NULL AS is_merged FROM visitors WHERE id = $1";
        let Self::Visitor(id) = self else {
            return Ok(());
        };
        let row = tx.query_one_raw(statement(SQL, [id.into()])).await?;
        let known = row.map(|row| Known::from_query_result(&row, "")).transpose()?;
        if known.is_some_and(|known| known.is_merged) { Err(token::refused()) } else { Ok(()) }
    }

    /// Lets them write. The visitor's row is there from then on and locked: whoever takes the
    /// lists into an account waits, or has come before.
    ///
    /// # Errors
    /// `401` for a visitor whose lists are an account's by now.
    pub(crate) async fn admit(self, tx: &DatabaseTransaction) -> Result<()> {
        const SQL: &str = "INSERT INTO visitors (id) VALUES ($1) \
            ON CONFLICT (id) DO UPDATE SET seen_at = now() WHERE visitors.merged_at IS NULL";
        let Self::Visitor(id) = self else {
            return Ok(());
        };
        match tx.execute_raw(statement(SQL, [id.into()])).await?.rows_affected() {
            0 => Err(token::refused()),
            _ => Ok(()),
        }
    }
}
