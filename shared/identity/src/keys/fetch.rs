//! One GET of a key set, under limits of time and size.

use std::time::Duration;

use url::{Host, Url};

use super::remote::KeySourceError;
use super::set::{KeySetError, PublicKeys};

/// Largest key set read, in bytes. Clerk's is about 1 KB.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// Why a fetch failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
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

pub(super) struct Fetcher {
    client: reqwest::Client,
    url: Url,
}

impl Fetcher {
    pub(super) fn new(url: Url, timeout: Duration) -> Result<Self, KeySourceError> {
        let mut builder = reqwest::Client::builder()
            .timeout(timeout)
            .redirect(reqwest::redirect::Policy::none())
            // A connection idle for five minutes is dead more often than not, and its driver
            // lives on the runtime of whichever worker opened it.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("terrace-identity/", env!("CARGO_PKG_VERSION")));
        match url.scheme() {
            "https" => {}
            // Neither a proxy nor root certificates are wanted for a look at ourselves.
            "http" if on_this_machine(&url) => builder = builder.no_proxy().tls_certs_only([]),
            _ => {
                let reason = "it must be https (http is accepted for this machine only)".to_owned();
                return Err(KeySourceError::Url { url: url.into(), reason });
            }
        }
        let client = builder.build().map_err(|error| KeySourceError::Client(causes(&error)))?;
        Ok(Self { client, url })
    }

    pub(super) async fn fetch(&self) -> Result<PublicKeys, FetchError> {
        let request = self.client.get(self.url.clone()).header("accept", "application/json");
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

fn on_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn failed(error: reqwest::Error) -> FetchError {
    FetchError::Request(causes(&error.without_url()))
}

/// The outer message alone ("error sending request") does not say what to fix.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
