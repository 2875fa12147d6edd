//! One error type for everything that a service can refuse.
//!
//! Doctrine:
//! - A service returns [`Error`]: a stable [`Code`] from the one table below, a sentence for a
//!   person, and the fields at fault. It knows nothing of HTTP; `http::problem` renders it.
//! - What is nobody's fault but ours is [`Code::Internal`]: the cause goes to the log once and
//!   never to the client.
//! - A database error is mapped here and only here, by SQLSTATE and by constraint name. Its text
//!   carries values of rows (`Key (email)=(..)`), so it is never formatted into a message.

use std::borrow::Cow;

use sea_orm::{DbErr, RuntimeErr};
use serde::Serialize;

/// The stable codes of the API: name, HTTP status and title in one place. A snapshot test holds
/// the table still; adding a row is fine, changing one breaks clients.
macro_rules! codes {
    ($($variant:ident = $name:literal, $status:literal, $title:literal;)*) => {
        /// What went wrong, in a form that programs may rely on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code { $(#[doc = $title] $variant,)* }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            /// The stable name on the wire.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)* }
            }

            /// The HTTP status that goes with it.
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Code::$variant => $status,)* }
            }

            /// A short title, the same for every occurrence.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Code::$variant => $title,)* }
            }
        }
    };
}

codes! {
    MalformedRequest      = "malformed_request",       400, "The request could not be read";
    InvalidParameter      = "invalid_parameter",       400, "A query or path parameter is invalid";
    InvalidCursor         = "invalid_cursor",          400, "The cursor does not belong to this list";
    Unauthorized          = "unauthorized",            401, "A valid token is required";
    AccountDisabled       = "account_disabled",        403, "This account is disabled";
    Forbidden             = "forbidden",               403, "Your role may not do this";
    NotFound              = "not_found",               404, "Not found";
    MethodNotAllowed      = "method_not_allowed",      405, "Method not allowed";
    NotAcceptable         = "not_acceptable",          406, "The requested form is not available";
    Conflict              = "conflict",                409, "The change conflicts with existing data";
    SlugTaken             = "slug_taken",              409, "The slug is taken";
    InUse                 = "in_use",                  409, "Other data depends on it";
    ListFull              = "list_full",               409, "The list is full";
    DatesTaken            = "dates_taken",             409, "The dates are taken";
    PriceChanged          = "price_changed",           409, "The price has changed";
    MediaQuota            = "media_quota_reached",     409, "The listing has as many pictures as it may";
    NotUploaded           = "not_uploaded",            409, "The file has not been sent";
    NoModel               = "no_model",                409, "No language model is configured";
    RequestInFlight       = "request_in_flight",       409, "The same request is being processed";
    UploadExpired         = "upload_expired",          410, "The upload ticket has ended";
    WrongState            = "wrong_state",             409, "It is not in a state for this";
    NotReady              = "not_ready",               409, "Something is missing for this";
    LastAdmin             = "last_admin",              409, "The brand would be without an admin";
    SetChanged            = "set_changed",             409, "What would change is not what was seen";
    VersionMismatch       = "version_mismatch",        412, "It was changed in the meantime";
    PayloadTooLarge       = "payload_too_large",       413, "The body is too large";
    UnsupportedMediaType  = "unsupported_media_type",  415, "The body's media type is not supported";
    InvalidInput          = "invalid_input",           422, "The input is invalid";
    IdempotencyMismatch   = "idempotency_mismatch",    422, "The idempotency key was used for another request";
    UploadMismatch        = "upload_mismatch",         422, "What was sent is not what the ticket is for";
    PreconditionRequired  = "precondition_required",   428, "A precondition header is required";
    UploadQuota           = "upload_quota_reached",    429, "Too many uploads within a day";
    RateLimited           = "rate_limited",            429, "Too many requests";
    HeadersTooLarge       = "headers_too_large",       431, "The request headers are too large";
    Internal              = "internal",                500, "Something went wrong on our side";
    Unavailable           = "unavailable",             503, "The service is temporarily unavailable";
    Overloaded            = "overloaded",              503, "Too many requests at once";
}

/// One field at fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// JSON pointer into the body (`/physical_specs/bedrooms`), or the parameter's name.
    #[schema(example = "/rent_price")]
    pub pointer: String,
    /// Stable code of what is wrong with it.
    #[schema(value_type = String, example = "out_of_range")]
    pub code: Cow<'static, str>,
    /// A sentence for a person.
    pub detail: String,
}

impl FieldError {
    /// A field at fault; `pointer` is taken as it is.
    pub fn new(
        pointer: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self { pointer: pointer.into(), code: code.into(), detail: detail.into() }
    }
}

/// A refusal: what a service answers when it does not do what was asked.
#[derive(Debug)]
pub struct Error {
    /// The row of the table.
    pub code: Code,
    /// A sentence for a person; never carries internals.
    pub detail: Option<String>,
    /// The fields at fault, if the input was.
    pub fields: Vec<FieldError>,
    /// The cause, for the log alone.
    pub cause: Option<anyhow::Error>,
    /// What the database said, if the refusal is its own.
    pub database: Option<DatabaseRefusal>,
}

/// The parts of a database error that carry no row values.
#[derive(Debug)]
pub struct DatabaseRefusal {
    /// Five characters, `23505` for a broken uniqueness.
    pub sqlstate: String,
    /// The name of the constraint, empty where there is none.
    pub constraint: String,
}

/// The result of every service function.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error with only its code.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self { code, detail: None, fields: Vec::new(), cause: None, database: None }
    }

    /// Adds the sentence for a person.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// `404` that reads the same for what is absent and for what is not the caller's to see.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound).with_detail(format!("There is no such {what}."))
    }

    /// `422` about one field.
    pub fn field(
        pointer: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self::invalid(vec![FieldError::new(pointer, code, detail)])
    }

    /// `422` about several fields.
    #[must_use]
    pub fn invalid(fields: Vec<FieldError>) -> Self {
        Self { fields, ..Self::new(Code::InvalidInput) }
    }

    /// `400` about one query or path parameter.
    pub fn parameter(name: impl Into<String>, detail: impl Into<String>) -> Self {
        let mut error = Self::new(Code::InvalidParameter);
        error.fields.push(FieldError::new(name, "invalid", detail));
        error
    }

    /// Replaces the answer where the database refused by the constraint of this name.
    #[must_use]
    pub fn on_constraint(self, name: &str, replace: impl FnOnce() -> Self) -> Self {
        match &self.database {
            Some(refusal) if refusal.constraint == name => replace(),
            _ => self,
        }
    }

    /// The same refusal for another request that waited for the same work.
    #[must_use]
    pub fn share(&self) -> Self {
        Self {
            detail: self.detail.clone(),
            fields: self.fields.clone(),
            cause: self.cause.as_ref().map(|cause| anyhow::anyhow!("{cause:#}")),
            ..Self::new(self.code)
        }
    }

    /// `500`: the cause is logged where the answer is rendered.
    pub fn internal(cause: impl Into<anyhow::Error>) -> Self {
        Self { cause: Some(cause.into()), ..Self::new(Code::Internal) }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.detail.as_deref().unwrap_or(self.code.title()))?;
        for field in &self.fields {
            write!(f, " [{}: {}]", field.pointer, field.detail)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

impl From<anyhow::Error> for Error {
    fn from(cause: anyhow::Error) -> Self {
        Self::internal(cause)
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match &error {
            DbErr::Conn(RuntimeErr::SqlxError(inner))
            | DbErr::Exec(RuntimeErr::SqlxError(inner))
            | DbErr::Query(RuntimeErr::SqlxError(inner)) => from_sqlx(inner),
            DbErr::ConnectionAcquire(_) => unavailable("no database connection is free"),
            // The texts of the remaining kinds are sea-orm's own and carry no row values.
            _ => Self::internal(anyhow::anyhow!("{error}")),
        }
    }
}

pub(crate) fn unavailable(reason: &'static str) -> Error {
    Error {
        cause: Some(anyhow::anyhow!(reason)),
        ..Error::new(Code::Unavailable).with_detail("Please try again in a moment.")
    }
}

pub(crate) fn from_sqlx(error: &sqlx::Error) -> Error {
    let sqlx::Error::Database(database) = error else {
        return match error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => unavailable("the database connection failed"),
            other => Error::internal(anyhow::anyhow!("{other}")),
        };
    };
    let sqlstate = database.code().unwrap_or_default().into_owned();
    let constraint = database.constraint().unwrap_or_default();
    let mut mapped = match sqlstate.as_str() {
        "23505" => unique_violation(constraint),
        "23503" if constraint == "users_in_charge" => Error::new(Code::InUse)
            .with_detail("This person is still in charge of listings or open leads."),
        "23503" => Error::new(Code::InUse),
        "23000" => rule_violation(constraint),
        "23P01" => Error::new(Code::DatesTaken),
        "23514" | "23502" | "22001" | "22003" => check_violation(constraint),
        // Lock and statement timeouts, too many connections, shutting down, disk full.
        "55P03" | "57014" | "53100" | "53300" | "57P01" | "57P02" | "57P03" | "40P01" | "40001" => {
            unavailable("the database is busy")
        }
        code if code.starts_with("08") => unavailable("the database connection failed"),
        code => Error::internal(anyhow::anyhow!(
            "database refused with SQLSTATE {code} (constraint {constraint:?})"
        )),
    };
    mapped.database = Some(DatabaseRefusal { sqlstate, constraint: constraint.to_owned() });
    mapped
}

/// Uniqueness is the database's to decide; here its refusal becomes a field error.
fn unique_violation(constraint: &str) -> Error {
    match constraint {
        "properties_slug_key" => {
            let detail = "Another listing has this slug.";
            let mut error = Error::new(Code::SlugTaken).with_detail(detail);
            error.fields.push(FieldError::new("/slug", "taken", detail));
            error
        }
        "companies_slug_key" => {
            let detail = "Another company has this slug.";
            let mut error = Error::new(Code::SlugTaken).with_detail(detail);
            error.fields.push(FieldError::new("/slug", "taken", detail));
            error
        }
        _ => Error::new(Code::Conflict),
    }
}

/// A rule between rows, kept by a trigger.
fn rule_violation(constraint: &str) -> Error {
    match constraint {
        "users_last_admin" => Error::new(Code::LastAdmin)
            .with_detail("Make somebody else an admin first: this is the last active one."),
        "favourites_limit" => {
            Error::new(Code::ListFull).with_detail("A list has 500 favourites at most.")
        }
        "saved_searches_limit" => {
            Error::new(Code::ListFull).with_detail("There are 50 saved searches at most.")
        }
        "coupons_used_up" => {
            Error::field("/coupon", "used_up", "The coupon of the quote has been used up.")
        }
        "properties_agent_active" => {
            Error::field("/agent_id", "inactive", "This person is not an active agent.")
        }
        _ => Error::new(Code::Conflict),
    }
}

/// A CHECK that input validation let through: polite, but worth a look, because the validation
/// should have named the field.
fn check_violation(constraint: &str) -> Error {
    if constraint == "properties_coordinates_check" {
        let detail = "Latitude and longitude go together.";
        return Error::field("/location_details/lng", "required", detail);
    }
    tracing::warn!(constraint, "a database check refused what validation let through");
    let detail = "The value does not fit.";
    let mut error = Error::new(Code::InvalidInput).with_detail(detail);
    // Constraints are named `<table>_<column>_check`.
    if let Some(name) = constraint.strip_suffix("_check") {
        let pointer = match name.strip_prefix("properties_") {
            Some(column) => format!("/{column}"),
            None => name.replacen("_details_", "_details/", 1),
        };
        let pointer = format!("/{}", pointer.trim_start_matches('/'));
        error.fields.push(FieldError::new(pointer, "invalid", detail));
    }
    error
}
