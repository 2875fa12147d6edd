//! The vector itself, in the one form that the database keeps.

use std::fmt;

/// Numbers in every vector: what the column in the database has room for.
pub const WIDTH: usize = 1536;

/// Shorter than this, a vector has no direction that means anything.
const SHORTEST: f64 = 1e-12;

/// A direction in space: [`WIDTH`] finite numbers of length one.
///
/// A model that makes fewer numbers has zeros for the rest, which changes no angle.
#[derive(Clone, PartialEq)]
pub struct Embedding(Box<[f32]>);

/// Why numbers are no [`Embedding`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// There are more than fit.
    #[error("{0} numbers do not fit into {WIDTH}")]
    TooWide(usize),
    /// One of them is infinite or no number.
    #[error("it holds what is no finite number")]
    NotFinite,
    /// They point nowhere.
    #[error("all of it is zero")]
    Zero,
}

impl Embedding {
    /// Brings a model's numbers to the common width and to length one.
    ///
    /// # Errors
    /// [`Unfit`], where they are no direction or too many.
    pub fn new(mut numbers: Vec<f32>) -> Result<Self, Unfit> {
        if numbers.len() > WIDTH {
            return Err(Unfit::TooWide(numbers.len()));
        }
        if numbers.iter().any(|number| !number.is_finite()) {
            return Err(Unfit::NotFinite);
        }
        let length = numbers.iter().map(|&n| f64::from(n).powi(2)).sum::<f64>().sqrt();
        if length < SHORTEST {
            return Err(Unfit::Zero);
        }
        for number in &mut numbers {
            *number = narrow(f64::from(*number) / length);
        }
        numbers.resize(WIDTH, 0.0);
        Ok(Self(numbers.into_boxed_slice()))
    }

    /// The numbers, [`WIDTH`] of them.
    #[must_use]
    pub fn as_slice(&self) -> &[f32] {
        &self.0
    }

    /// The numbers, to be kept.
    #[must_use]
    pub fn into_vec(self) -> Vec<f32> {
        self.0.into_vec()
    }

    /// How alike two are: the cosine of their angle, from -1 to 1.
    #[must_use]
    pub fn similarity(&self, other: &Self) -> f32 {
        narrow(self.0.iter().zip(&other.0).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum())
    }
}

/// The nearest number of single precision, which is what the database keeps.
#[expect(clippy::cast_possible_truncation, reason = "single precision is what is wanted")]
pub(crate) fn narrow(number: f64) -> f32 {
    number as f32
}

impl fmt::Debug for Embedding {
    /// The first numbers only: nobody reads all of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, ..] = *self.0 else { return f.write_str("Embedding") };
        write!(f, "Embedding({a}, {b}, {c}, ..)")
    }
}
