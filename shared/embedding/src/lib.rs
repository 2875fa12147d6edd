//! Texts become vectors: what lies near in meaning lies near in space.
//!
//! There is one trait, [`Embedder`], and a product chooses who stands behind it:
//!
//! - [`Hashing`] is built in and needs nothing: words, their spelling, and a list of concepts in
//!   English and Thai. It makes a search usable on the day a product is set up.
//!
//! Vectors of different models do not compare. Each is therefore kept under its [`ModelId`], which
//! changes with everything that changes vectors.

mod embedder;
mod hashing;
mod vector;

pub use embedder::{Embedder, Failure, ModelId, Purpose};
pub use hashing::Hashing;
pub use vector::{Embedding, Unfit, WIDTH};
