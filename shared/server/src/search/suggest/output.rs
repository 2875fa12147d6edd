//! What may have been meant, as it is answered.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashSet},
};

use serde::Serialize;
use utoipa::ToSchema;

use super::letters::Highlight;

/// What is suggested; in the order of this list where two fit as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SuggestionKind)]
pub enum Kind {
    /// Every listing of a kind.
    PropertyType,
    /// Every listing at a place.
    Place,
    /// What many have asked: a question for `POST /search`.
    Query,
    /// Every listing that has something.
    Amenity,
    /// One listing.
    Listing,
}

/// What somebody may be about to type, and what to do where they choose it: filter a list by
/// `params`, or open the page of `slug`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Suggestion {
    /// What it is.
    pub kind: Kind,
    /// To show.
    #[schema(example = "Thong Lo")]
    pub text: String,
    /// The parts of `text` that have been typed, in UTF-16 code units; none where it was found by
    /// another name.
    #[schema(value_type = Vec<Vec<usize>>, example = json!([[0, 5]]))]
    pub highlight: Vec<Highlight>,
    /// To show beside it.
    #[schema(example = "Area in Bangkok")]
    pub detail: Option<String>,
    /// Parameters of `GET /properties`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, String>, example = json!({"near": "13.724,100.579", "radius_km": "1"}))]
    pub params: BTreeMap<&'static str, String>,
    /// Address part of a listing's page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
}

impl Suggestion {
    pub(super) fn new(kind: Kind, text: String) -> Self {
        let (highlight, params) = (Vec::new(), BTreeMap::new());
        Self { kind, text, highlight, detail: None, params, slug: None }
    }
}

/// What may be meant, the likeliest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Suggestions {
    /// No more than asked for.
    pub items: Vec<Suggestion>,
}

/// A suggestion that is not chosen yet.
#[derive(Debug)]
pub(super) struct Proposal {
    /// How well it fits; 0 is best.
    pub(super) rank: u8,
    /// Its place among those of its source.
    pub(super) nth: usize,
    pub(super) suggestion: Suggestion,
}

/// The best of all sources, in order. No kind takes more than half of the room while another has
/// something to say: whoever types "th" may mean a place or a house.
pub(super) fn choose(mut all: Vec<Proposal>, limit: usize) -> Vec<Suggestion> {
    let mut seen = HashSet::new();
    all.sort_by_key(|proposal| (proposal.rank, proposal.suggestion.kind, proposal.nth));
    // Flats in a tower are called alike, and so are a station and the quarter around it.
    all.retain(|Proposal { suggestion, .. }| {
        seen.insert((suggestion.kind, suggestion.text.clone(), suggestion.detail.clone()))
    });
    let share = limit.div_ceil(2);
    let mut taken: BTreeMap<Kind, usize> = BTreeMap::new();
    let mut order: Vec<(bool, usize)> = all
        .iter()
        .enumerate()
        .map(|(nth, proposal)| {
            let taken = taken.entry(proposal.suggestion.kind).or_default();
            *taken += 1;
            (*taken <= share, nth)
        })
        .collect();
    order.sort_by_key(|(within, nth)| (Reverse(*within), *nth));
    let mut chosen: Vec<usize> = order.into_iter().take(limit).map(|(_, nth)| nth).collect();
    chosen.sort_unstable();
    let mut all: Vec<Option<Suggestion>> =
        all.into_iter().map(|proposal| Some(proposal.suggestion)).collect();
    chosen.into_iter().filter_map(|nth| all.get_mut(nth)?.take()).collect()
}
