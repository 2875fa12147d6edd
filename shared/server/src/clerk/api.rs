//! Clerk's own API, as far as people are asked for: pages of them, and one by name.
//!
//! Every request has an end, every answer a bound, and what may pass is asked for again.

use std::time::Duration;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use reqwest::{StatusCode, header::RETRY_AFTER, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use terrace_product::Identity;

use super::told::{Person, User};

/// People in one answer; Clerk gives 500 at most.
pub(super) const PAGE: usize = 100;

/// Far more than a page of people has.
const LONGEST_ANSWER: usize = 16 << 20;

/// Times that something is asked for.
const ATTEMPTS: u32 = 5;

/// Longest pause that is made because it asks for one.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Somebody, as the API knows them: by which name, when that was so, and how they are.
pub(super) type Known = (String, DateTime<Utc>, Person);

/// A door to the API of one instance.
pub(crate) struct Api {
    http: reqwest::Client,
    base: String,
    key: SecretString,
    /// First pause before something is asked for again.
    pause: Duration,
}

/// Lists came as such, and come in an object where they are counted.
#[derive(Deserialize)]
#[serde(untagged)]
enum Page {
    List(Vec<User>),
    Counted { data: Vec<User> },
}

/// What came back.
enum Answer {
    Body(Vec<u8>),
    /// There is no such thing.
    Absent,
    /// Perhaps later.
    NotNow(String, Duration),
}

impl Api {
    /// The door of the profile's realm.
    ///
    /// # Errors
    /// Where the profile has no key to it, or no HTTP client can be made.
    pub(crate) fn open(identity: &Identity) -> anyhow::Result<Self> {
        let key = identity.secret_key.clone().context(
            "identity.secret_key is not set: copy it from the Clerk dashboard, API keys, and hand \
             it over as a variable or a file",
        )?;
        let http = reqwest::Client::builder()
            .connect_timeout(identity.api_timeout.min(Duration::from_secs(5)))
            .timeout(identity.api_timeout)
            .redirect(redirect::Policy::none())
            .build()?;
        let base = identity.api_url.to_string().trim_end_matches('/').to_owned();
        Ok(Self { http, base, key, pause: (identity.api_timeout / 20).min(Duration::from_secs(1)) })
    }

    /// A page of people, the eldest first; the last one is not full.
    pub(super) async fn page(&self, offset: usize) -> anyhow::Result<Vec<Known>> {
        let path = format!("users?limit={PAGE}&offset={offset}&order_by=%2Bcreated_at");
        let body = self.ask(&path).await?.context("it knows of no people at all (404)")?;
        let page: Page =
            serde_json::from_slice(&body).context("its answer is no list of people")?;
        let users = match page {
            Page::List(users) | Page::Counted { data: users } => users,
        };
        users.into_iter().map(read).collect()
    }

    /// Somebody by name, if there is such a person.
    pub(super) async fn person(&self, subject: &str) -> anyhow::Result<Option<Known>> {
        // It goes into an address: what is no name there is nobody's.
        if !subject.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        {
            return Ok(None);
        }
        let Some(body) = self.ask(&format!("users/{subject}")).await? else { return Ok(None) };
        let user: User = serde_json::from_slice(&body).context("its answer is no person")?;
        read(user).map(Some)
    }

    /// The answer; none where there is no such thing.
    async fn ask(&self, path: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let (mut pause, mut attempt) = (self.pause, 1);
        loop {
            match self.once(path).await? {
                Answer::Body(body) => return Ok(Some(body)),
                Answer::Absent => return Ok(None),
                Answer::NotNow(why, _) if attempt == ATTEMPTS => {
                    bail!("asked {ATTEMPTS} times in vain: {why}")
                }
                Answer::NotNow(_, asked) => {
                    tokio::time::sleep(pause.max(asked).min(LONGEST_PAUSE)).await;
                    pause *= 2;
                    attempt += 1;
                }
            }
        }
    }

    async fn once(&self, path: &str) -> anyhow::Result<Answer> {
        let not_now = |why: String| Ok(Answer::NotNow(why, Duration::ZERO));
        let request = self.http.get(format!("{}/v1/{path}", self.base));
        let mut answer = match request.bearer_auth(self.key.expose_secret()).send().await {
            Ok(answer) => answer,
            // The address holds a person's name.
            Err(error) => return not_now(error.without_url().to_string()),
        };
        let status = answer.status();
        if status == StatusCode::NOT_FOUND {
            return Ok(Answer::Absent);
        }
        if status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN {
            bail!("it does not accept identity.secret_key (it answers {})", status.as_u16());
        }
        if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
            let asked = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            let asked = asked.and_then(|text| text.parse().ok()).unwrap_or_default();
            let why = format!("it answers {}", status.as_u16());
            return Ok(Answer::NotNow(why, Duration::from_secs(asked)));
        }
        if !status.is_success() {
            bail!("it answers {}", status.as_u16());
        }
        let mut body = Vec::new();
        loop {
            match answer.chunk().await {
                Ok(None) => return Ok(Answer::Body(body)),
                Ok(Some(chunk)) if body.len() + chunk.len() > LONGEST_ANSWER => {
                    bail!("its answer is longer than {LONGEST_ANSWER} bytes")
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Err(error) => return not_now(error.without_url().to_string()),
            }
        }
    }
}

fn read(user: User) -> anyhow::Result<Known> {
    user.read().map_err(|_| anyhow::anyhow!("its answer holds somebody who is no person"))
}
