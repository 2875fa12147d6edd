//! How requests go out and answers come in: time limits, a few more tries, a limit to what is read.

use std::{
    fmt,
    task::{Context, Poll},
    time::Duration,
};

use async_openai::{error::OpenAIError, middleware::HttpRequestFactory};
use futures_util::{FutureExt, future::BoxFuture};
use reqwest::{Client, Response, StatusCode, header::RETRY_AFTER, redirect};
use serde::de::IgnoredAny;
use tower_service::Service;

use super::again;
use crate::{Failure, OpenError};

const CONNECTING: Duration = Duration::from_secs(5);
/// The first pause before another try; each one after that is twice as long.
const PAUSE: Duration = Duration::from_millis(250);
/// However long a server asks for: past that, the job waits and not the connection.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The way to the server, below the client.
#[derive(Clone, Debug)]
pub(super) struct Transport {
    http: Client,
    retries: u32,
    most_bytes: usize,
}

/// Why there is no answer, carried through the client unchanged.
#[derive(Debug)]
pub(super) struct Refusal(pub(super) Failure);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Refusal {}

impl From<Refusal> for OpenAIError {
    fn from(refusal: Refusal) -> Self {
        Self::Boxed(Box::new(refusal))
    }
}

/// How one try ended, if not well.
enum Ended {
    For(Failure),
    /// Another try may do better, after the pause that the server asked for.
    Perhaps(Failure, Option<Duration>),
}

impl Transport {
    /// One answer may take `timeout`, a request may be sent `retries` times more, and `most_bytes`
    /// of an answer are read.
    pub(super) fn new(
        timeout: Duration,
        retries: u32,
        most_bytes: usize,
    ) -> Result<Self, OpenError> {
        // The client's own default is to wait for ever, and to go wherever it is sent.
        let http = Client::builder()
            .connect_timeout(timeout.min(CONNECTING))
            .timeout(timeout)
            .redirect(redirect::Policy::none())
            .build()
            .map_err(OpenError::Http)?;
        Ok(Self { http, retries, most_bytes })
    }

    pub(super) fn http(&self) -> Client {
        self.http.clone()
    }

    async fn send(self, request: HttpRequestFactory) -> Result<Response, Refusal> {
        let mut tries = 0;
        loop {
            let (failure, asked) = match self.try_once(&request).await {
                Ok(response) => return Ok(response),
                Err(Ended::For(failure)) => return Err(Refusal(failure)),
                Err(Ended::Perhaps(failure, asked)) => (failure, asked),
            };
            let pause = asked.unwrap_or_else(|| pause_after(tries));
            // A server that asks for more time than this is not asked again earlier.
            if tries >= self.retries || pause > LONGEST_PAUSE {
                return Err(Refusal(failure));
            }
            tries += 1;
            tokio::time::sleep(pause).await;
        }
    }

    async fn try_once(&self, request: &HttpRequestFactory) -> Result<Response, Ended> {
        let request = request.build().await;
        let request = request.map_err(|_| Ended::For(again("the request cannot be written")))?;
        let response = self.http.execute(request).await.map_err(|error| broken(&error))?;
        let status = response.status();
        if status.is_success() {
            return self.read(response).await.map_err(Ended::For);
        }
        if !is_passing(status) {
            return Err(Ended::For(refused(status)));
        }
        let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let asked = asked.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
        let failure = again(&format!("the model is not available: status {status}"));
        Err(Ended::Perhaps(failure, asked))
    }

    /// The whole answer, if it is JSON and not too long: the client would log what is no JSON.
    async fn read(&self, mut response: Response) -> Result<Response, Failure> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| again("the answer broke off"))? {
            if body.len() + chunk.len() > self.most_bytes {
                return Err(again("the model's answer is too long"));
            }
            body.extend_from_slice(&chunk);
        }
        serde_json::from_slice::<IgnoredAny>(&body)
            .map_err(|_| again("the model's answer is no JSON"))?;
        Ok(http::Response::new(body).into())
    }
}

impl Service<HttpRequestFactory> for Transport {
    type Response = Response;
    type Error = Refusal;
    type Future = BoxFuture<'static, Result<Response, Refusal>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Refusal>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequestFactory) -> Self::Future {
        self.clone().send(request).boxed()
    }
}

/// Half to all of a pause that doubles: those who failed together do not come back together.
fn pause_after(tries: u32) -> Duration {
    let whole = PAUSE.saturating_mul(2_u32.saturating_pow(tries)).min(LONGEST_PAUSE);
    whole.mul_f64(0.5 + fastrand::f64() / 2.0)
}

fn is_passing(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
}

/// The words of an error of the connection; its own may hold the address and more.
fn broken(error: &reqwest::Error) -> Ended {
    if error.is_timeout() {
        // It has had its time already.
        Ended::For(again("the model did not answer in time"))
    } else if error.is_connect() {
        Ended::Perhaps(again("the model's server cannot be reached"), None)
    } else {
        Ended::Perhaps(again("the connection to the model broke"), None)
    }
}

fn refused(status: StatusCode) -> Failure {
    let look_at = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "embedding.api_key",
        StatusCode::NOT_FOUND => "embedding.base_url and embedding.name",
        StatusCode::PAYLOAD_TOO_LARGE => "embedding.batch",
        status if status.is_redirection() => "embedding.base_url (nothing follows a redirect)",
        _ => "embedding.name and embedding.dimensions",
    };
    Failure::Final(format!("the model refuses with status {status}; look at {look_at}"))
}
