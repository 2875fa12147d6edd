//! What a search answers.

use serde::Serialize;
use utoipa::ToSchema;

use crate::listings::output::PropertyItem;

/// The hits, and what was made of the question.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchOut {
    /// The best first.
    pub items: Vec<Hit>,
    /// Listings that match the filters, given and understood; see `total_is_exact`.
    pub total: i64,
    /// Whether there are no more than `total`; beyond a few thousand nobody counts.
    pub total_is_exact: bool,
    /// Whether the model was away: found by words alone.
    pub degraded: bool,
}

/// A listing that was found, and why.
#[derive(Debug, Serialize, ToSchema)]
pub struct Hit {
    /// Its card.
    #[serde(flatten)]
    pub item: PropertyItem,
    /// Only to compare the hits of one answer: more is better.
    pub score: f64,
    /// Why it was found.
    pub why: Why,
}

/// Why a listing was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Why {
    /// Words of the question that its texts have.
    #[schema(example = json!(["luxury"]))]
    pub words: Vec<String>,
    /// How near its text is to the question in meaning, -1..1; null where the model was away.
    pub similarity: Option<f64>,
}
