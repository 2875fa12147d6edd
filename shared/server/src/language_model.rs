//! The language model that a brand may have: over chat completions as OpenAI and many others speak
//! them, one question with one answer in JSON, or an answer that is listened to ([`crate::assistant`]).
//!
//! Spoken by hand, because there is so little of it: one request, no stream. The client library
//! takes an error whose code is a number (as several servers send it) for a broken answer, and so
//! loses the 429 that is to be tried again.

use std::time::Duration;

use anyhow::Context;
use reqwest::{StatusCode, header::RETRY_AFTER, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use terrace_embedding::{Guard, Unanswered};
use terrace_product::{Model, ModelProvider};

use crate::{
    error::{Code, Error},
    jobs::{Failure, doubling},
};

/// Far more than any listing's texts; what is longer is not read to its end.
const LONGEST_ANSWER: usize = 1 << 20;

/// However long a server asks for: past that, the job waits and not the connection.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How long whoever listens waits for an answer to begin, all models that are asked for it together.
const BEGINS_WITHIN: Duration = Duration::from_secs(6);

/// One of the models of a server, left alone for a while when it has failed.
#[derive(Debug)]
struct Voice {
    name: String,
    guard: Guard,
}

/// A model that can be asked.
#[derive(Debug)]
pub struct LanguageModel {
    http: reqwest::Client,
    address: String,
    key: Option<SecretString>,
    name: String,
    /// Those that are listened to, in the order in which they are asked.
    voices: Vec<Voice>,
    retries: u32,
}

/// An answer, as far as it is looked at.
#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
}

impl LanguageModel {
    /// The brand's model, if it has one.
    ///
    /// # Errors
    /// Where no HTTP client can be made.
    pub fn open(config: &Model) -> anyhow::Result<Option<Self>> {
        let (ModelProvider::Openai, Some(name)) = (config.provider, &config.name) else {
            return Ok(None);
        };
        // The client's own default is to wait for ever.
        let http = reqwest::Client::builder()
            .connect_timeout(config.timeout.min(Duration::from_secs(5)))
            .timeout(config.timeout)
            .redirect(redirect::Policy::none())
            .build()
            .context("model")?;
        let names: Vec<String> =
            std::iter::once(name).chain(&config.fallback_name).map(ToString::to_string).collect();
        let patience = BEGINS_WITHIN / u32::try_from(names.len()).unwrap_or(1);
        let voice = |name| Voice { name, guard: Guard::new(patience) };
        Ok(Some(Self {
            voices: names.into_iter().map(voice).collect(),
            http,
            address: format!("{}/chat/completions", config.base_url),
            key: config.api_key.clone(),
            name: name.to_string(),
            retries: config.retries,
        }))
    }

    /// Asks for a JSON object. `data` is what others wrote: it goes as a message of its own, and
    /// `task` says that it is nothing but data.
    ///
    /// # Errors
    /// To be tried again: what was refused for the moment, did not come in time or is no such
    /// object. Final: what was refused for good.
    pub async fn object(
        &self,
        task: &str,
        data: &serde_json::Value,
    ) -> Result<serde_json::Map<String, serde_json::Value>, Failure> {
        let question = json!({
            "model": self.name,
            "response_format": {"type": "json_object"},
            "messages": [
                {"role": "system", "content": task},
                {"role": "user", "content": data.to_string()},
            ],
        });
        read(self.send(&question).await?).await
    }

    /// Asks for an answer that is listened to while it is made: the model, or where that is away the one
    /// that stands in for it; says which it was.
    ///
    /// # Errors
    /// Where none of them begins to answer in time.
    pub(crate) async fn listen(
        &self,
        mut question: serde_json::Value,
    ) -> Result<(String, reqwest::Response), Failure> {
        let mut last = again("there is no model");
        for Voice { name, guard } in &self.voices {
            question["model"] = json!(name);
            let is_away = |failure: &Failure| matches!(failure, Failure::Retry(_));
            match guard.ask(self.send(&question), is_away).await {
                Ok(answer) => return Ok((name.clone(), answer)),
                Err(Unanswered::Failed(failure)) => last = failure,
                Err(Unanswered::LeftAlone) => {
                    last = again("the model failed lately and is left alone")
                }
                Err(Unanswered::Late(_)) => last = again("the model is silent"),
            }
        }
        Err(last)
    }

    /// Sends a question; what is refused for the moment is sent again.
    ///
    /// # Errors
    /// As for [`LanguageModel::object`], but for what the answer holds.
    async fn send(&self, question: &serde_json::Value) -> Result<reqwest::Response, Failure> {
        let mut refusals = 0;
        loop {
            let mut request = self.http.post(&self.address).json(question);
            if let Some(key) = &self.key {
                request = request.bearer_auth(key.expose_secret());
            }
            // The address in the error is ours, the rest its own: neither carries the question.
            let answer = request.send().await.map_err(|error| again(&error.to_string()))?;
            let status = answer.status();
            if status.is_success() {
                return Ok(answer);
            }
            if !is_passing(status) {
                return Err(Failure::Final(format!("the model refuses with status {status}")));
            }
            refusals += 1;
            if refusals > self.retries {
                return Err(again(&format!("the model is not available: status {status}")));
            }
            let asked = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            let pause = asked.and_then(|text| text.parse().ok()).map_or_else(
                || doubling(refusals, Duration::from_millis(250), LONGEST_PAUSE),
                Duration::from_secs,
            );
            tokio::time::sleep(pause.min(LONGEST_PAUSE)).await;
        }
    }
}

fn is_passing(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
}

async fn read(
    mut answer: reqwest::Response,
) -> Result<serde_json::Map<String, serde_json::Value>, Failure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| again(&error.to_string()))? {
        if bytes.len() + chunk.len() > LONGEST_ANSWER {
            return Err(again("the model's answer is too long"));
        }
        bytes.extend_from_slice(&chunk);
    }
    let completion: Completion =
        serde_json::from_slice(&bytes).map_err(|_| again("the model's answer is no completion"))?;
    let choice = completion.choices.into_iter().next();
    let choice = choice.ok_or_else(|| again("the model's answer is empty"))?;
    if choice.finish_reason.as_deref() != Some("stop") {
        return Err(again("the model did not end its answer"));
    }
    let content = choice.message.content.unwrap_or_default();
    serde_json::from_str(&content).map_err(|_| again("the model's answer is no JSON object"))
}

/// The words of a failure that may pass; what the model wrote is not among them.
pub(crate) fn again(reason: &str) -> Failure {
    let cause = anyhow::anyhow!(reason.to_owned());
    Failure::Retry(Error { cause: Some(cause), ..Error::new(Code::Unavailable) })
}
