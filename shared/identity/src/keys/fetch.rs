//! One GET of a key set, under limits of time and size.

use std::time::Duration;

use url::{Host, Url};

use super::set::{KeySetError, PublicKeys};

/// Largest key set read, in bytes. Clerk's is about 1 KB.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// Why a fetch failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// Connection, TLS, timeout or a cut body.
    #[error("the request failed: {0}")]
    Request(String),
    /// A redirect would let whoever answers name the keys' real source.
    #[error("the answer was {0}, not 200 (redirects are not followed)")]
    Status(u16),
    /// Larger than any key set.
    #[error("the answer is larger than 64 KB")]
    TooLarge,
    /// Not a usable key set.
    #[error("the answer was refused: {0}")]
    KeySet(#[from] KeySetError),
}

/// Reasons why no HTTP client could be set up for the key set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ClientError {
    #[error("it must be https (plain http is accepted for this machine only)")]
    Insecure,
    #[error("no HTTP client could be set up: {0}")]
    Setup(String),
}

pub(crate) struct Fetcher {
    client: reqwest::Client,
    url: Url,
}

impl Fetcher {
    pub(crate) fn new(url: Url, timeout: Duration) -> Result<Self, ClientError> {
        let on_this_machine = match url.host() {
            Some(Host::Domain(domain)) => domain == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        if url.scheme() != "https" && !(url.scheme() == "http" && on_this_machine) {
            return Err(ClientError::Insecure);
        }
        let mut builder = reqwest::Client::builder()
            .timeout(timeout)
            .redirect(reqwest::redirect::Policy::none())
            // A connection idle for five minutes is dead more often than not, and its driver lives on the runtime
            // of whichever worker opened it.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("terrace-identity/", env!("CARGO_PKG_VERSION")));
        if on_this_machine {
            builder = builder.no_proxy();
        }
        let client = builder
            .build()
            .map_err(|error| ClientError::Setup(with_causes(&error)))?;
        Ok(Self { client, url })
    }

    pub(crate) async fn fetch(&self) -> Result<PublicKeys, FetchError> {
        let request = self
            .client
            .get(self.url.clone())
            .header("accept", "application/json");
        let mut answer = request.send().await.map_err(failed)?;
        if answer.status() != reqwest::StatusCode::OK {
            return Err(FetchError::Status(answer.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > MAX_BODY_BYTES {
                return Err(FetchError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(PublicKeys::from_jwks(&body)?)
    }
}

fn failed(error: reqwest::Error) -> FetchError {
    FetchError::Request(with_causes(&error.without_url()))
}

/// The outer message alone ("error sending request") does not say what to fix.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
