//! What every model is to those who use one.

use std::fmt;

use futures_util::future::BoxFuture;

use crate::Embedding;

/// A model that turns texts into vectors.
pub trait Embedder: fmt::Debug + Send + Sync {
    /// The name that this model's vectors are kept under.
    fn model(&self) -> &ModelId;

    /// One vector for each text, in the order of the texts. None for none.
    ///
    /// Some models read a question otherwise than what answers it, hence `purpose`.
    ///
    /// # Errors
    /// [`Failure`], for all texts at once: there is no half of an answer.
    fn embed<'a>(
        &'a self,
        texts: &'a [String],
        purpose: Purpose,
    ) -> BoxFuture<'a, Result<Vec<Embedding>, Failure>>;
}

/// What a text is embedded for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// To be found. Nobody waits for it; a job does it.
    Document,
    /// To find by. Somebody waits.
    Query,
}

/// Why there are no vectors. The words are for the operator: no text and no key is in them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It may be otherwise soon.
    #[error("{0}")]
    Retry(String),
    /// It will be so again, until somebody changes the text or the settings.
    #[error("{0}")]
    Final(String),
}

/// Name of a model, with its version and all settings that change its vectors: two vectors compare
/// only where it is the same. Such as `hashing/2` or `openai/text-embedding-3-small/1536`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModelId(String);

impl ModelId {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
