//! How a product writes to people.

use std::{fmt, path::PathBuf, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use url::Url;

use crate::{
    sections::seconds,
    text::{Email, Invalid, Line},
};

/// Who messages are from, and how they leave.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// How messages leave.
    pub transport: MailTransport,
    /// The sender's address.
    pub from_address: Email,
    /// The sender's name.
    pub from_name: Line,
    /// Where answers go.
    pub reply_to: Email,
    /// The server that takes them, for [`MailTransport::Smtp`].
    pub smtp_url: Option<SmtpUrl>,
    /// How long the server may take.
    #[serde(rename = "timeout_seconds", deserialize_with = "seconds")]
    pub timeout: Duration,
    /// Where they are kept, for [`MailTransport::Capture`].
    pub capture_dir: PathBuf,
}

/// How messages leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailTransport {
    /// Into a folder, for development.
    Capture,
    /// To a mail server.
    Smtp,
}

/// The address of a mail server; may hold a password.
#[derive(Clone)]
pub struct SmtpUrl(SecretString);

impl SmtpUrl {
    /// # Errors
    /// [`Invalid`] if it is no such address. The message does not repeat the text, which may hold
    /// a password.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let is_one = |url: &Url| matches!(url.scheme(), "smtp" | "smtps") && url.has_host();
        match Url::parse(text).ok().filter(is_one) {
            Some(_) => Ok(Self(text.into())),
            None => Err(Invalid::new("a URL that begins with smtp:// or smtps://", "***")),
        }
    }

    /// The whole URL, password included, for the client that connects.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SmtpUrl(***)")
    }
}

impl<'de> Deserialize<'de> for SmtpUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
