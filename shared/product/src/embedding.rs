//! What turns a product's texts into vectors, so that they can be found by meaning.

use std::{path::PathBuf, time::Duration};

use secrecy::SecretString;
use serde::Deserialize;

use crate::{
    net::HttpUrl,
    sections::{milliseconds, seconds},
    text::Line,
};

/// The kinds of models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmbeddingProvider {
    /// The one that is built in: words, their spelling and a list of concepts. Needs nothing.
    Hashing,
    /// OpenAI's embeddings, or another's that are like them.
    Openai,
    /// A sentence model in a folder of this machine.
    Local,
}

/// The model that turns texts into vectors.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Embedding {
    /// Which of the three.
    pub provider: EmbeddingProvider,
    /// OpenAI: where it is reached; `/embeddings` follows.
    pub base_url: HttpUrl,
    /// OpenAI: what opens it; a model of one's own may need none.
    pub api_key: Option<SecretString>,
    /// OpenAI: the model's name there; needed. Local: the name its vectors are kept under.
    pub name: Option<Line>,
    /// OpenAI: how many numbers a vector is asked to have; none: as many as the model makes.
    pub dimensions: Option<usize>,
    /// Texts sent in one request, or computed at once.
    pub batch: usize,
    /// How long one answer may take.
    #[serde(rename = "timeout_seconds", deserialize_with = "seconds")]
    pub timeout: Duration,
    /// How long somebody who searches waits for the vector of the query.
    #[serde(rename = "query_timeout_ms", deserialize_with = "milliseconds")]
    pub query_timeout: Duration,
    /// How often a request that was refused for the moment is sent again before the job waits.
    pub retries: u32,
    /// Local: the folder that holds the model.
    pub folder: Option<PathBuf>,
}
