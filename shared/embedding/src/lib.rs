//! Texts become vectors: what lies near in meaning lies near in space.
//!
//! There is one trait, [`Embedder`], and a product chooses who stands behind it:
//!
//! - [`Hashing`] is built in and needs nothing: words, their spelling, and a list of concepts in
//!   English and Thai. It makes a search usable on the day a product is set up.
//! - [`OpenAi`] asks OpenAI, or a server that speaks like it.
//! - `Local` runs a sentence model from a folder of this machine, where the program is built with
//!   the feature `local`.
//!
//! [`open`] opens the product's choice behind a [`Guarded`], so that nobody who searches waits long
//! for a model that is away.
//!
//! Vectors of different models do not compare. Each is therefore kept under its [`ModelId`], which
//! changes with everything that changes vectors.

mod embedder;
mod guard;
mod guarded;
mod hashing;
#[cfg(feature = "local")]
mod local;
mod openai;
mod vector;

use terrace_product::EmbeddingProvider;

pub use embedder::{Embedder, Failure, ModelId, Purpose};
pub use guard::{Guard, State, Unanswered};
pub use guarded::Guarded;
pub use hashing::Hashing;
#[cfg(feature = "local")]
pub use local::Local;
pub use openai::OpenAi;
pub use vector::{Embedding, Unfit, WIDTH};

/// Why a product's model cannot be used. For the operator.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The program was built without what it takes.
    #[error("embedding.provider = \"{0}\" needs a program built with the feature `{0}`")]
    NotBuilt(&'static str),
    /// A setting that does not go with the others, or cannot be used.
    #[error("{key}: {problem}")]
    Setting {
        /// The setting.
        key: &'static str,
        /// What is wrong with it; its value is not repeated.
        problem: &'static str,
    },
    /// A file of the model's folder is missing or is not what its name says.
    #[error("{}: {problem}", path.display())]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// No HTTP client can be made here.
    #[error("no HTTP client: {0}")]
    Http(reqwest::Error),
}

/// The model that a product has chosen, guarded for those who wait.
///
/// # Errors
/// [`OpenError`], where the choice cannot be had.
pub fn open(config: &terrace_product::Embedding) -> Result<Guarded, OpenError> {
    let model: Box<dyn Embedder> = match config.provider {
        EmbeddingProvider::Hashing => Box::new(Hashing::new()),
        EmbeddingProvider::Openai => Box::new(OpenAi::open(config)?),
        #[cfg(feature = "local")]
        EmbeddingProvider::Local => Box::new(Local::open(config)?),
        #[cfg(not(feature = "local"))]
        EmbeddingProvider::Local => return Err(OpenError::NotBuilt("local")),
    };
    Ok(Guarded::new(model, config.query_timeout))
}
