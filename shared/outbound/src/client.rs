//! The client itself: one request, under limits.

use std::{error::Error as StdError, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use reqwest::{Method, StatusCode, header::HeaderMap, redirect::Policy};
use url::{Host, Url};

use crate::{
    resolve::{Checked, Lookup},
    rules::{Refusal, Rules},
};

/// Redirects followed at most, where any are.
const MOST_REDIRECTS: usize = 3;

/// How long and how much.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Until the connection stands, resolution and TLS included.
    pub connect: Duration,
    /// Until the answer has been read.
    pub total: Duration,
    /// The largest body, bytes.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), total: Duration::from_secs(15), body: 5 << 20 }
    }
}

/// Whether redirects are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redirects {
    /// The redirect itself is the answer.
    Never,
    /// Three at most, each checked like a first address.
    Checked,
}

/// How much of the answer is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// All of it, or a failure where it is larger than the limit.
    All,
    /// Its beginning; what comes after that, or fails to come, is of no interest.
    First(usize),
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `POST`.
    pub method: Method,
    /// Whom.
    pub url: Url,
    /// Headers.
    pub headers: HeaderMap,
    /// Body; may be empty.
    pub body: Bytes,
}

impl Request {
    /// A plain `GET`.
    #[must_use]
    pub fn get(url: Url) -> Self {
        Self { method: Method::GET, url, headers: HeaderMap::new(), body: Bytes::new() }
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// The body, or as much of it as was asked for.
    pub body: Bytes,
}

/// Why nothing came back.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It was not called, or not followed where it led.
    #[error("the address {0}")]
    Refused(#[from] Refusal),
    /// It took too long.
    #[error("no answer in time")]
    TimedOut,
    /// The connection could not be made, or broke.
    #[error("{0}")]
    Unreachable(String),
    /// The body is larger than is read.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
}

/// The guarded client. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    rules: Arc<Rules>,
    names: Checked,
    limits: Limits,
}

impl Client {
    /// Makes a client; nothing is connected yet.
    ///
    /// # Errors
    /// Where TLS cannot be set up, as without root certificates.
    pub fn new(
        rules: Rules,
        redirects: Redirects,
        limits: Limits,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, reqwest::Error> {
        let rules = Arc::new(rules);
        let names = Checked(lookup);
        let http = reqwest::Client::builder()
            .dns_resolver(names.clone())
            .redirect(match redirects {
                Redirects::Never => Policy::none(),
                Redirects::Checked => checked(rules.clone()),
            })
            .no_proxy()
            .referer(false)
            .connect_timeout(limits.connect)
            .timeout(limits.total)
            // An idle connection is the other side's to close: whoever finds it dead would count
            // that as a failure of theirs.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("Terrace/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http, rules, names, limits })
    }

    /// Whether the address could be called now: its form, and where its name leads. Tells a
    /// person early; what protects is the same check on the way of each request.
    ///
    /// # Errors
    /// [`Refusal`] where it could not.
    pub async fn check(&self, url: &str) -> Result<Url, Refusal> {
        let url = Url::parse(url).map_err(|_| Refusal::Unreadable)?;
        self.rules.check_form(&url)?;
        if let Some(Host::Domain(name)) = url.host() {
            let found = tokio::time::timeout(self.limits.connect, self.names.addresses(name));
            found.await.map_err(|_| Refusal::Unknown)??;
        }
        Ok(url)
    }

    /// Sends a request and reads the answer.
    ///
    /// # Errors
    /// [`Failure`]; an answer of any status is none.
    pub async fn send(&self, request: Request, read: Read) -> Result<Answer, Failure> {
        let Request { method, url, headers, body } = request;
        self.rules.check_form(&url)?;
        let sent = self.http.request(method, url).headers(headers).body(body).send().await;
        let mut response = sent.map_err(failure)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = BytesMut::new();
        loop {
            let chunk = match (response.chunk().await, read) {
                (Ok(Some(chunk)), _) => chunk,
                (Ok(None), _) => break,
                // The answer has been given with its status.
                (Err(_), Read::First(_)) => break,
                (Err(error), Read::All) => return Err(failure(error)),
            };
            match read {
                Read::All if body.len() + chunk.len() > self.limits.body => {
                    return Err(Failure::TooLarge(self.limits.body));
                }
                Read::All => body.extend_from_slice(&chunk),
                Read::First(most) => {
                    let rest = most.saturating_sub(body.len()).min(chunk.len());
                    body.extend_from_slice(&chunk[..rest]);
                    if body.len() == most {
                        break;
                    }
                }
            }
        }
        Ok(Answer { status, headers, body: body.freeze() })
    }
}

fn checked(rules: Arc<Rules>) -> Policy {
    Policy::custom(move |attempt| {
        if attempt.previous().len() > MOST_REDIRECTS {
            return attempt.error(Refusal::Redirects);
        }
        match rules.check_form(attempt.url()) {
            Ok(()) => attempt.follow(),
            Err(refusal) => attempt.error(refusal),
        }
    })
}

/// The refusal of the resolver or of the redirect lies deep in the client's own error.
fn failure(error: reqwest::Error) -> Failure {
    let timed_out = error.is_timeout();
    let error = error.without_url();
    let mut text = String::new();
    let mut cause: Option<&dyn StdError> = Some(&error);
    while let Some(inner) = cause {
        if let Some(refusal) = inner.downcast_ref::<Refusal>() {
            return Failure::Refused(refusal.clone());
        }
        text = inner.to_string();
        cause = inner.source();
    }
    if timed_out { Failure::TimedOut } else { Failure::Unreachable(text) }
}
