//! Models behind an interface like OpenAI's: `POST /embeddings`.
//!
//! The client library writes the requests; what goes out and what comes back passes through a
//! transport of our own, which sees each status before the client does. The client takes an error
//! whose code is a number for a broken answer, logs bodies, and has no limits.

mod transport;

use std::mem;

use async_openai::{Client, config::Config, error::OpenAIError};
use futures_util::{FutureExt, future::BoxFuture};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use terrace_product::Embedding as Settings;

use self::transport::{Refusal, Transport};
use crate::{Embedder, Embedding, Failure, ModelId, OpenError, Purpose, Unfit, WIDTH};

/// Bytes of one text that are sent. Models take some 8,191 tokens, and no token is shorter than a
/// byte; what is longer than this is refused by some, whole request and all.
const LONGEST_TEXT: usize = 8_000;
/// Bytes of all texts of one request: OpenAI refuses more than 300,000 tokens.
const LONGEST_REQUEST: usize = 200_000;
/// Bytes that a number takes in an answer, with room for a model twice as wide as fits, so that it
/// is told what is wrong.
const BYTES_PER_NUMBER: usize = 64;

/// A model behind an interface like OpenAI's.
#[derive(Debug)]
pub struct OpenAi {
    model: ModelId,
    client: Client<Door>,
    name: String,
    dimensions: Option<usize>,
    batch: usize,
}

/// Where the server is and what opens it. Nothing of it is taken from the process's environment.
#[derive(Debug)]
struct Door {
    base_url: String,
    headers: HeaderMap,
    /// The client asks for one; the real one is in the headers, marked as secret.
    no_key: SecretString,
}

impl Config for Door {
    fn headers(&self) -> HeaderMap {
        self.headers.clone()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    fn query(&self) -> Vec<(&str, &str)> {
        Vec::new()
    }

    fn api_base(&self) -> &str {
        &self.base_url
    }

    fn api_key(&self) -> &SecretString {
        &self.no_key
    }
}

#[derive(Serialize)]
struct Question<'a> {
    model: &'a str,
    input: &'a [&'a str],
    encoding_format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dimensions: Option<usize>,
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    index: usize,
    embedding: Vec<f32>,
}

impl OpenAi {
    /// The model that the settings name. Nothing is sent yet.
    ///
    /// # Errors
    /// [`OpenError`], where a setting is missing or cannot be used, or there is no HTTP client.
    pub fn open(settings: &Settings) -> Result<Self, OpenError> {
        let Some(name) = &settings.name else {
            let problem = "the provider needs it";
            return Err(OpenError::Setting { key: "embedding.name", problem });
        };
        let mut headers = HeaderMap::new();
        if let Some(key) = &settings.api_key {
            headers.insert(AUTHORIZATION, bearer(key)?);
        }
        let most_bytes = settings.batch.saturating_mul(WIDTH * BYTES_PER_NUMBER);
        let transport = Transport::new(settings.timeout, settings.retries, most_bytes)?;
        let door = Door {
            base_url: settings.base_url.to_string(),
            headers,
            no_key: SecretString::default(),
        };
        let client = Client::build(transport.http(), door).with_http_service(transport);
        let mut id = format!("openai/{name}");
        if let Some(dimensions) = settings.dimensions {
            id = format!("{id}/{dimensions}");
        }
        Ok(Self {
            model: ModelId::new(id),
            client,
            name: name.to_string(),
            dimensions: settings.dimensions,
            batch: settings.batch,
        })
    }

    async fn ask(&self, texts: &[&str]) -> Result<Vec<Embedding>, Failure> {
        let question = Question {
            model: &self.name,
            input: texts,
            encoding_format: "float",
            dimensions: self.dimensions,
        };
        let answer: Box<RawValue> =
            self.client.embeddings().create_byot(question).await.map_err(why)?;
        let answer: Answer = serde_json::from_str(answer.get())
            .map_err(|_| again("the model's answer is no list of vectors"))?;
        self.checked(answer, texts.len())
    }

    /// The vectors in the order of the texts, if there is one for each.
    fn checked(&self, answer: Answer, texts: usize) -> Result<Vec<Embedding>, Failure> {
        let found = answer.data.len();
        if found != texts {
            return Err(again(&format!("the model answers {texts} texts with {found} vectors")));
        }
        let mut ordered: Vec<Option<Embedding>> = vec![None; texts];
        for Item { index, embedding } in answer.data {
            let width = embedding.len();
            if self.dimensions.is_some_and(|dimensions| dimensions != width) {
                return Err(Failure::Final(format!(
                    "the model makes vectors of {width} numbers and not of as many as \
                     embedding.dimensions asks for: set that to {width}, or to nothing"
                )));
            }
            let vector = Embedding::new(embedding).map_err(unfit)?;
            let place = ordered.get_mut(index).filter(|place| place.is_none());
            *place.ok_or_else(|| again("the model's answer numbers its vectors wrongly"))? =
                Some(vector);
        }
        Ok(ordered.into_iter().flatten().collect())
    }
}

impl Embedder for OpenAi {
    fn model(&self) -> &ModelId {
        &self.model
    }

    fn embed<'a>(
        &'a self,
        texts: &'a [String],
        _: Purpose,
    ) -> BoxFuture<'a, Result<Vec<Embedding>, Failure>> {
        async move {
            if texts.iter().any(|text| text.trim().is_empty()) {
                return Err(Failure::Final("a text is empty".to_owned()));
            }
            let mut vectors = Vec::with_capacity(texts.len());
            for request in requests(texts, self.batch) {
                vectors.extend(self.ask(&request).await?);
            }
            Ok(vectors)
        }
        .boxed()
    }
}

/// The texts, cut where they are too long, in requests that are neither too many nor too long.
fn requests(texts: &[String], batch: usize) -> Vec<Vec<&str>> {
    let mut requests = Vec::new();
    let (mut request, mut bytes) = (Vec::new(), 0);
    for text in texts.iter().map(|text| cut(text)) {
        if request.len() >= batch.max(1) || bytes + text.len() > LONGEST_REQUEST {
            requests.push(mem::take(&mut request));
            bytes = 0;
        }
        bytes += text.len();
        request.push(text);
    }
    if !request.is_empty() {
        requests.push(request);
    }
    requests
}

/// The beginning of a text, as far as it may be sent: whole characters only.
fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LONGEST_TEXT)).unwrap_or(text)
}

fn bearer(key: &SecretString) -> Result<HeaderValue, OpenError> {
    let header = HeaderValue::try_from(format!("Bearer {}", key.expose_secret()));
    let mut header = header.map_err(|_| OpenError::Setting {
        key: "embedding.api_key",
        problem: "it holds a character that no header may hold, such as the end of a line",
    })?;
    header.set_sensitive(true);
    Ok(header)
}

fn unfit(unfit: Unfit) -> Failure {
    match unfit {
        Unfit::TooWide(width) => Failure::Final(format!(
            "the model makes vectors of {width} numbers, and {WIDTH} is the most: \
             set embedding.dimensions, or choose another model"
        )),
        Unfit::NotFinite | Unfit::Zero => {
            again(&format!("a vector of the model's is none: {unfit}"))
        }
    }
}

/// What the transport said, or what the client made of it. The client's own words may hold what
/// the server sent, and are left out.
fn why(error: OpenAIError) -> Failure {
    match error {
        OpenAIError::Boxed(cause) => match cause.downcast::<Refusal>() {
            Ok(refusal) => refusal.0,
            Err(_) => again("the client failed"),
        },
        _ => again("the model's answer cannot be read"),
    }
}

fn again(reason: &str) -> Failure {
    Failure::Retry(reason.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{LONGEST_REQUEST, LONGEST_TEXT, cut, requests};

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let thai = "ก".repeat(LONGEST_TEXT);
        assert_eq!(cut(&thai).len(), LONGEST_TEXT - LONGEST_TEXT % 3);
        assert_eq!(cut("short"), "short");
    }

    proptest! {
        #[test]
        fn every_text_is_sent_once_in_order(
            lengths in prop::collection::vec(0usize..12_000, 0..80),
            batch in 1usize..10,
        ) {
            let texts: Vec<_> = lengths.iter().map(|&length| "x".repeat(length)).collect();
            let requests = requests(&texts, batch);
            for request in &requests {
                let bytes: usize = request.iter().map(|text| text.len()).sum();
                prop_assert!(!request.is_empty() && request.len() <= batch);
                prop_assert!(bytes <= LONGEST_REQUEST);
            }
            let sent: Vec<_> = requests.concat().iter().map(|text| text.len()).collect();
            let expected: Vec<_> = lengths.iter().map(|&n| n.min(LONGEST_TEXT)).collect();
            prop_assert_eq!(sent, expected);
        }
    }
}
