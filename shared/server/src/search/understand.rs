//! What a question asks for, as filters of the list.

use chrono::Utc;
use terrace_product::{Profile, TransactionType as Offered};
use terrace_understanding::{
    Amenities, Chip, ChipKind, Saying, Scope, Strength, Transaction, Understanding, understand,
};

use super::{index::segment, input::SearchIn};
use crate::{error::Result, http::params, listings::filters::ListQuery};

/// Words that are looked for; of a longer question the first ones.
const MOST_WORDS: usize = 32;

/// A question, understood.
#[derive(Clone, Debug)]
pub(crate) struct Understood {
    /// The filters that were given.
    pub(crate) given: ListQuery,
    /// The filters that were understood: of each group one must hold.
    pub(crate) groups: Vec<Vec<ListQuery>>,
    /// Words that say what no filter does, each once, in lower case.
    pub(crate) words: Vec<String>,
    /// What is asked of the model: the question without its numbers, which mean nothing to it.
    pub(crate) meaning: String,
    pub(crate) reading: Understanding,
}

impl Understood {
    /// The same question with nothing understood: all its words are only words.
    pub(super) fn plain(self, query: &str) -> Self {
        let meaning = query.trim().to_owned();
        Self { groups: Vec::new(), words: words(query), meaning, ..self }
    }
}

/// The filters that are in words alone: of each group one must hold.
///
/// # Errors
/// Where a chip is no filter of the list, which is our fault.
pub(crate) fn filters_in(
    words: &str,
    profile: &Profile,
    spoken: &Amenities,
) -> Result<Vec<Vec<ListQuery>>> {
    let reader = Reader { profile, spoken, sayings: &[] };
    reader.read(&SearchIn::of_words(words)).map(|understood| understood.groups)
}

/// Reads questions to a brand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    pub(crate) profile: &'a Profile,
    /// The words for amenities.
    pub(crate) spoken: &'a Amenities,
    /// What a model has said of the words.
    pub(crate) sayings: &'a [Saying],
}

impl Reader<'_> {
    /// Reads a question.
    ///
    /// # Errors
    /// `422` that names a filter which cannot be.
    pub(crate) fn read(&self, asked: &SearchIn) -> Result<Understood> {
        let given = asked.filters()?;
        let market = &self.profile.market;
        let transactions: Vec<Transaction> =
            market.transaction_types.iter().map(|offered| transaction(*offered)).collect();
        let scope = Scope {
            transactions: &transactions,
            currency: market.currency.as_str(),
            today: Utc::now().with_timezone(&market.timezone.tz()).date_naive(),
            amenities: self.spoken,
            without: &asked.without,
        };
        let reading = understand(&asked.query, &scope).refined(&asked.query, self.sayings, &scope);
        Ok(Understood {
            given,
            groups: groups(&reading.chips)?,
            words: words(&reading.rest),
            meaning: meaning(&asked.query, &reading.chips),
            reading,
        })
    }
}

fn transaction(offered: Offered) -> Transaction {
    match offered {
        Offered::Rent => Transaction::Rent,
        Offered::Sale => Transaction::Sale,
        Offered::Lease => Transaction::Lease,
        Offered::Business => Transaction::Business,
        Offered::Investment => Transaction::Investment,
    }
}

/// Chips of one group are alternatives; all others hold together.
fn groups(chips: &[Chip]) -> Result<Vec<Vec<ListQuery>>> {
    let mut groups: Vec<(Option<&str>, Vec<ListQuery>)> = Vec::new();
    for chip in chips.iter().filter(|chip| narrows(chip)) {
        let query = query(chip)?;
        match groups.iter_mut().find(|(group, _)| chip.group.is_some() && *group == chip.group) {
            Some((_, queries)) => queries.push(query),
            None => groups.push((chip.group, vec![query])),
        }
    }
    Ok(groups.into_iter().map(|(_, queries)| queries).collect())
}

/// Whether a chip leaves anything out.
pub(crate) fn narrows(chip: &Chip) -> bool {
    chip.strength == Strength::Filter && !chip.params.is_empty()
}

fn query(chip: &Chip) -> Result<ListQuery> {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    pairs.extend_pairs(chip.params.iter().map(|(name, value)| (*name, value.as_str())));
    params::parse(&pairs.finish())
}

/// The words of a text, each once.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for (_, word) in segment::words(text) {
        if words.len() < MOST_WORDS && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// The question without the chips that are numbers and days.
fn meaning(query: &str, chips: &[Chip]) -> String {
    let means_something = |kind| {
        matches!(
            kind,
            ChipKind::PropertyType | ChipKind::Amenity | ChipKind::Furnished | ChipKind::Place
        )
    };
    let spans: Vec<(usize, usize)> = chips
        .iter()
        // What a model has said of words is not what they say.
        .filter(|chip| !means_something(chip.kind) && chip.plainly.is_none())
        .map(|chip| (chip.span.start, chip.span.end))
        .collect();
    let units: Vec<u16> = query.encode_utf16().collect();
    let kept = units.iter().enumerate().map(|(at, unit)| {
        let is_cut = spans.iter().any(|(start, end)| (*start..*end).contains(&at));
        // A space in its place: what stood apart stays apart.
        if is_cut { u16::from(b' ') } else { *unit }
    });
    let kept: Vec<u16> = kept.collect();
    let text = String::from_utf16_lossy(&kept);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() { query.trim().to_owned() } else { text }
}
