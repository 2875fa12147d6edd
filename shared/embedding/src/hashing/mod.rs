//! The model that is built in. It knows words, their spelling, and a list of concepts in English
//! and Thai; it learns nothing and asks nobody.
//!
//! Each feature of a text is counted into two of [`WIDTH`] places, with a sign of its own, so that
//! what falls together by chance cancels out as often as it adds up. All of it is fixed by this
//! code: the same text gives the same vector on every machine and for ever, or the version in the
//! model's name changes. [`ln`](libm::log) is a library's for the same reason.

mod concepts;
mod features;
mod spelling;

use futures_util::{FutureExt, future::BoxFuture};

use self::features::Feature;
use crate::{Embedder, Embedding, Failure, ModelId, Purpose, WIDTH, vector::narrow};

/// Changes with everything that changes a vector: features, weights, concepts, stop words.
const VERSION: &str = "hashing/2";

/// Texts computed before others get their turn: about a fifth of a millisecond each at worst.
const AT_A_STRETCH: usize = 16;

/// The model that is built in.
#[derive(Debug)]
pub struct Hashing {
    model: ModelId,
}

impl Hashing {
    /// The one there is.
    #[must_use]
    pub fn new() -> Self {
        Self { model: ModelId::new(VERSION) }
    }

    /// The vector of one text.
    ///
    /// # Errors
    /// [`Failure::Final`], where the text holds nothing but white space.
    pub fn vector(&self, text: &str) -> Result<Embedding, Failure> {
        let mut features = features::of(text);
        // Sums of floating-point numbers depend on their order.
        features.sort_unstable_by_key(|feature| feature.hash);
        let mut numbers = vec![0.0; WIDTH];
        for same in features.chunk_by(|a, b| a.hash == b.hash) {
            add(&mut numbers, same);
        }
        Embedding::new(numbers).map_err(|_| Failure::Final("a text is empty".to_owned()))
    }
}

impl Default for Hashing {
    fn default() -> Self {
        Self::new()
    }
}

impl Embedder for Hashing {
    fn model(&self) -> &ModelId {
        &self.model
    }

    fn embed<'a>(
        &'a self,
        texts: &'a [String],
        _: Purpose,
    ) -> BoxFuture<'a, Result<Vec<Embedding>, Failure>> {
        async move {
            let mut vectors = Vec::with_capacity(texts.len());
            for stretch in texts.chunks(AT_A_STRETCH) {
                if !vectors.is_empty() {
                    tokio::task::yield_now().await;
                }
                for text in stretch {
                    vectors.push(self.vector(text)?);
                }
            }
            Ok(vectors)
        }
        .boxed()
    }
}

/// Counts one feature that occurs as often as `same` is long: the tenth time says less than the
/// second.
fn add(numbers: &mut [f32], same: &[Feature]) {
    let Some(first) = same.first() else { return };
    #[expect(clippy::cast_precision_loss, reason = "no text holds so many features")]
    let times = same.len() as f64;
    let weight = same.iter().map(|feature| f64::from(feature.weight)).sum::<f64>() / times;
    let weight = narrow(weight * (1.0 + libm::log(times)));
    let (low, high) = (first.hash & u64::from(u32::MAX), first.hash >> 32);
    for half in [low, high] {
        let sign = if half & 1 == 0 { weight } else { -weight };
        // The upper 31 bits, brought from 2^31 down to the width without a remainder.
        let place = usize::try_from((half >> 1).wrapping_mul(WIDTH as u64) >> 31).unwrap_or(0);
        if let Some(number) = numbers.get_mut(place) {
            *number += sign;
        }
    }
}
