//! `Idempotency-Key`: a request that is sent again because its answer was lost has its effect
//! once. The key is stored in the transaction of the effect: both are there, or neither is.

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::{
        StatusCode,
        header::{self, HeaderName},
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::{Deserialize, Serialize};
use std::future::{Ready, ready};
use uuid::Uuid;

use super::{auth::Caller, problem};
use crate::{
    db::statement,
    error::{Code, Error, Result},
};

const HEADER: &str = "idempotency-key";

/// The key of a request, if it has one.
#[derive(Clone, Debug)]
pub struct IdempotencyKey {
    key: Option<String>,
    /// Whose it is where an address does not tell.
    owner: Option<Uuid>,
}

impl FromRequest for IdempotencyKey {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request).map(|key| Self { key, owner: None }))
    }
}

fn parse(request: &HttpRequest) -> Result<Option<String>> {
    let Some(value) = request.headers().get(HEADER) else {
        return Ok(None);
    };
    let key = value.to_str().unwrap_or_default().trim().trim_matches('"');
    if (1..=255).contains(&key.len()) && key.chars().all(|c| c.is_ascii_graphic()) {
        Ok(Some(key.to_owned()))
    } else {
        Err(Error::parameter("Idempotency-Key", "Must be 1..255 visible ASCII characters."))
    }
}

impl IdempotencyKey {
    /// The key of a request that a draft becomes: once for whom it was drafted, wherever they ask
    /// from.
    pub(crate) fn of_draft(id: Uuid, owner: Uuid) -> Self {
        Self { key: Some(format!("draft:{id}")), owner: Some(owner) }
    }

    /// Binds the key to who asks for what: the same key of another person is another key.
    #[must_use]
    pub fn claim(self, operation: &str, caller: &Caller, digest: [u8; 32]) -> Option<Claim> {
        self.key.map(|key| Claim {
            scope: format!("{operation}:{}", caller.user_id),
            key,
            digest: digest.to_vec(),
        })
    }

    /// Binds the key to whose list is added to.
    #[must_use]
    pub fn claim_owner(self, operation: &str, owner: Uuid, digest: [u8; 32]) -> Option<Claim> {
        self.key.map(|key| Claim {
            scope: format!("{operation}:{owner}"),
            key,
            digest: digest.to_vec(),
        })
    }

    /// Binds the key of somebody without an account to where they ask from.
    #[must_use]
    pub fn claim_unnamed(self, operation: &str, address: &str, digest: [u8; 32]) -> Option<Claim> {
        let owner = self.owner.map(|owner| owner.to_string());
        let who = hashed(owner.as_deref().unwrap_or(address));
        self.key.map(|key| Claim {
            scope: format!("{operation}:address:{who}"),
            key,
            digest: digest.to_vec(),
        })
    }
}

/// A name that cannot be read back: an address is personal, and a key is kept for a day.
fn hashed(who: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, who.as_bytes());
    URL_SAFE_NO_PAD.encode(&digest.as_ref()[..16])
}

/// A key on its way into the database.
#[derive(Clone, Debug)]
pub struct Claim {
    scope: String,
    key: String,
    digest: Vec<u8>,
}

/// An answer that can be given again to the letter.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// JSON.
    pub body: String,
    /// What describes the body.
    pub headers: AnswerHeaders,
    /// Whether the effect had happened before.
    pub replayed: bool,
}

/// The headers that are stored with an answer.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AnswerHeaders {
    /// Version tag of what was made; empty where nothing can be read back.
    pub etag: String,
    /// Where it is; empty as well.
    pub location: String,
    /// Language of the texts.
    pub language: String,
}

#[derive(FromQueryResult)]
struct Stored {
    request_hash: Vec<u8>,
    response_status: Option<i16>,
    response_headers: String,
    response_body: Option<Vec<u8>>,
}

/// What takes a key.
pub(crate) const TAKE: &str = "INSERT INTO idempotency_keys (scope, key, request_hash) VALUES ($1, $2, $3) \
    ON CONFLICT (scope, key) DO UPDATE SET request_hash = excluded.request_hash, \
        response_status = NULL, response_body = NULL, \
        created_at = now(), expires_at = now() + interval '24 hours' \
    WHERE idempotency_keys.expires_at <= now()";

/// What keeps an answer with it.
pub(crate) const KEEP: &str = "UPDATE idempotency_keys SET response_status = $3, response_body = $4, \
    response_headers = $5::text::jsonb WHERE scope = $1 AND key = $2";

impl Claim {
    /// Takes the key, or finds the answer that it led to before. A key that is older than a day
    /// is a new one.
    ///
    /// A twin in flight holds the key's row until it commits: the insert waits for it within the
    /// role's lock timeout, then gives up.
    ///
    /// # Errors
    /// `409` while a twin is in flight, `422` where the key was used for another body.
    pub async fn take(&self, tx: &DatabaseTransaction) -> Result<Option<Answer>> {
        let values =
            [self.scope.clone().into(), self.key.clone().into(), self.digest.clone().into()];
        let inserted = tx.execute_raw(statement(TAKE, values)).await.map_err(|error| {
            let error = Error::from(error);
            match &error.database {
                Some(refusal) if refusal.sqlstate == "55P03" => Error::new(Code::RequestInFlight),
                _ => error,
            }
        })?;
        if inserted.rows_affected() == 1 {
            return Ok(None);
        }
        let select = "SELECT request_hash, response_status, response_headers::text, response_body \
                      FROM idempotency_keys WHERE scope = $1 AND key = $2";
        let values = [self.scope.clone().into(), self.key.clone().into()];
        let row = tx.query_one_raw(statement(select, values)).await?;
        let Some(row) = row else {
            return Err(Error::new(Code::RequestInFlight));
        };
        self.replay(Stored::from_query_result(&row, "")?).map(Some)
    }

    fn replay(&self, stored: Stored) -> Result<Answer> {
        if stored.request_hash != self.digest {
            return Err(Error::new(Code::IdempotencyMismatch)
                .with_detail("Use a new key for a new request."));
        }
        let (Some(status), Some(body)) = (stored.response_status, stored.response_body) else {
            return Err(Error::new(Code::RequestInFlight));
        };
        Ok(Answer {
            status: u16::try_from(status).unwrap_or(200),
            body: String::from_utf8(body).map_err(Error::internal)?,
            headers: serde_json::from_str(&stored.response_headers).map_err(Error::internal)?,
            replayed: true,
        })
    }

    /// Stores the answer beside the effect.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keep(&self, tx: &DatabaseTransaction, answer: &Answer) -> Result<()> {
        let headers = serde_json::to_string(&answer.headers).map_err(Error::internal)?;
        let values = [
            self.scope.clone().into(),
            self.key.clone().into(),
            i16::try_from(answer.status).unwrap_or(200).into(),
            answer.body.clone().into_bytes().into(),
            headers.into(),
        ];
        tx.execute_raw(statement(KEEP, values)).await?;
        Ok(())
    }
}

impl From<Answer> for HttpResponse {
    fn from(answer: Answer) -> Self {
        let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
        let mut builder = Self::build(status);
        // What has no address of its own has no version either.
        for (name, value) in
            [(header::ETAG, answer.headers.etag), (header::LOCATION, answer.headers.location)]
        {
            if !value.is_empty() {
                builder.insert_header((name, value));
            }
        }
        builder
            .insert_header((header::CONTENT_LANGUAGE, answer.headers.language))
            .insert_header((header::CACHE_CONTROL, "private, no-store"))
            .content_type(match status.is_client_error() {
                true => problem::MEDIA_TYPE,
                false => "application/json",
            });
        if answer.replayed {
            builder.insert_header((HeaderName::from_static("idempotent-replayed"), "true"));
        }
        builder.body(answer.body)
    }
}
