//! Query parameters, refused by name.

use std::{
    fmt::Display,
    future::{Ready, ready},
    ops::RangeInclusive,
    str::FromStr,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned},
};

use crate::error::{Code, Error, FieldError, Result};

/// Query parameters. Repeated and unknown ones are refused: a filter that is silently ignored
/// answers a question that nobody asked.
#[derive(Clone, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string()).map(Self))
    }
}

/// Reads parameters from a query string.
///
/// # Errors
/// `400` that names the parameter at fault.
pub fn parse<T: DeserializeOwned>(query: &str) -> Result<T> {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    // PostgreSQL keeps no U+0000 in any text, so nothing can have it.
    if let Some((name, _)) = pairs.clone().find(|(_, value)| value.contains('\0')) {
        return Err(Error::parameter(name, "Must not contain the character U+0000."));
    }
    let deserializer = serde_urlencoded::Deserializer::new(pairs);
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let at = error.path().to_string();
        let text = error.into_inner().to_string();
        let mut refusal = Error::new(Code::InvalidParameter);
        refusal.fields.push(explain(at, &text));
        refusal
    })
}

fn explain(at: String, text: &str) -> FieldError {
    let quoted = text.split('`').nth(1).unwrap_or_default();
    match text.split('`').next().unwrap_or_default().trim() {
        "unknown field" => {
            FieldError::new(quoted, "unknown_parameter", "There is no such parameter.")
        }
        "duplicate field" => {
            let detail = "Give the parameter once; separate several values by commas.";
            FieldError::new(quoted, "duplicate_parameter", detail)
        }
        "missing field" => FieldError::new(quoted, "required", "The parameter is required."),
        "unknown variant" => {
            let known: Vec<_> = text.split('`').skip(3).step_by(2).collect();
            FieldError::new(at, "unknown_value", format!("Must be one of: {}.", known.join(", ")))
        }
        // Our own parsers explain themselves; the rest are numbers that are none.
        _ => match text.strip_prefix("invalid: ") {
            Some(reason) => FieldError::new(at, "invalid", reason),
            None => FieldError::new(at, "invalid", "The value cannot be read."),
        },
    }
}

/// A comma-separated parameter: any of its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnyOf<T>(pub Vec<T>);

impl<T> Default for AnyOf<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// More values than any visitor ticks; bounds the statement.
const MOST_VALUES: usize = 50;

impl<'de, T> Deserialize<'de> for AnyOf<T>
where
    T: FromStr,
    T::Err: Display,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let values = text
            .split(',')
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .map(|value| value.parse().map_err(|error| reason(&error)))
            .collect::<Result<Vec<T>, _>>()?;
        if values.len() > MOST_VALUES {
            return Err(reason(&format!("At most {MOST_VALUES} values.")));
        }
        Ok(Self(values))
    }
}

/// Marks a message as fit for the client; see [`explain`].
fn reason<E: de::Error>(message: &impl Display) -> E {
    E::custom(format!("invalid: {message}"))
}

/// A moment that the database can hold, as RFC 3339 writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(pub DateTime<Utc>);

impl FromStr for Moment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|at| at.to_utc())
            .filter(|at| (1..=9999).contains(&at.year()))
            .map(Self)
            .ok_or("Must be a time such as 2026-11-26T12:00:00Z.")
    }
}

/// Years of the days that can be asked for: far beyond any stay, and within what every part of
/// the platform can count with.
pub const YEARS: RangeInclusive<i32> = 1970..=2199;

/// What is said of a day outside [`YEARS`].
pub const OUT_OF_YEARS: &str = "Must be a day of the years 1970..2199.";

/// A day, as ISO 8601 writes it, within [`YEARS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(pub NaiveDate);

impl FromStr for Day {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10);
        let day = day.ok_or("Must be a date such as 2026-12-24.")?;
        if YEARS.contains(&day.year()) { Ok(Self(day)) } else { Err(OUT_OF_YEARS) }
    }
}

/// Deserialises an optional parameter through [`FromStr`], with its message as the reason.
///
/// # Errors
/// What the parser said.
pub fn from_str<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: FromStr,
    T::Err: Display,
    D: Deserializer<'de>,
{
    let text = String::deserialize(deserializer)?;
    text.parse().map(Some).map_err(|error| reason(&error))
}
