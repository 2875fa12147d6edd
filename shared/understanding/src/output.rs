//! What was understood, as callers get it.

use serde::Serialize;

/// A language that queries are read in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    En,
    /// Thai.
    Th,
}

/// A text in every language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Label {
    /// English.
    pub en: String,
    /// Thai.
    pub th: String,
}

impl Label {
    pub(crate) fn new(en: impl Into<String>, th: impl Into<String>) -> Self {
        Self { en: en.into(), th: th.into() }
    }

    /// The text in a language.
    #[must_use]
    pub fn text(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Th => &self.th,
        }
    }
}

/// What a chip is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChipKind {
    /// Rent, sale, lease, business, investment.
    Transaction,
    /// Villa, condo, ...
    PropertyType,
    /// Price, by the month, by the night or as a whole.
    Price,
    /// Usable area.
    Area,
    /// Area of the plot.
    Land,
    /// Bedrooms.
    Bedrooms,
    /// Bathrooms.
    Bathrooms,
    /// How many people sleep there.
    Guests,
    /// When.
    Dates,
    /// What it has or what is near.
    Amenity,
    /// Furniture.
    Furnished,
    /// Where.
    Place,
}

/// Whether a chip narrows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// What does not fit is left out.
    Filter,
    /// Understood, but no filter holds it: [`Chip::note`] says why. Its words stay in
    /// [`Understanding::rest`].
    Preference,
}

/// Why a chip does not do all that its words ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// The brand does not offer this.
    NotOffered,
    /// Another currency than the brand's.
    OtherCurrency,
    /// A price for a time or a measure that listings have none for.
    OtherUnit,
    /// Days that are not certain enough to filter by.
    Inexact,
    /// Days that are past.
    Past,
    /// Several places have this name.
    Ambiguous,
    /// The filter is wider than the words: the district of a subdistrict. The words stay in
    /// [`Understanding::rest`].
    Wider,
}

/// A part of a text, in UTF-16 code units: a browser's string indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Span {
    /// First.
    pub start: usize,
    /// One past the last.
    pub end: usize,
}

/// Words that were understood.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chip {
    /// The same for the same meaning, readable: `price_max:35000`, `place:district/1039`. Unique
    /// among the chips of a query.
    pub id: String,
    /// What it is about.
    pub kind: ChipKind,
    /// In list-query form; a list of its own, see [`Chip::group`]. Empty for a preference.
    pub params: Vec<(&'static str, String)>,
    /// Where in the query.
    pub span: Span,
    /// The words.
    pub text: String,
    /// What to show.
    pub label: Label,
    /// Whether it narrows.
    pub strength: Strength,
    /// Why not, or not wholly.
    pub note: Option<Note>,
    /// Chips of one group are alternatives, of which a listing needs to fit one. Chips without a
    /// group, and groups, must all fit.
    pub group: Option<&'static str>,
    /// The words in plainer ones, where it took those to understand them: see
    /// [`Understanding::refined`].
    pub plainly: Option<String>,
}

/// What was understood of a query.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Understanding {
    /// In the order of the query.
    pub chips: Vec<Chip>,
    /// The query without what filters express wholly and without words that say nothing.
    pub rest: String,
    /// The language of most of its letters.
    pub language: Option<Language>,
}

impl Understanding {
    /// The filters as one list query, where it can hold them all: alternatives of one parameter
    /// become a list. `None` where it cannot ("a pool and a view of the sea or the mountains",
    /// two points on the map).
    #[must_use]
    pub fn query(&self) -> Option<Vec<(&'static str, String)>> {
        let mut query: Vec<(&'static str, String)> = Vec::new();
        for chip in self.chips.iter().filter(|chip| chip.strength == Strength::Filter) {
            for (name, value) in &chip.params {
                let Some((_, known)) = query.iter_mut().find(|(known, _)| known == name) else {
                    query.push((name, value.clone()));
                    continue;
                };
                let is_list = matches!(
                    *name,
                    "province"
                        | "district"
                        | "property_type"
                        | "transaction_type"
                        | "bedrooms"
                        | "bathrooms"
                );
                let is_alone = chip.params.len() == 1;
                if *known == *value {
                    continue;
                }
                if *name == "amenities_all" || (chip.group.is_some() && is_list && is_alone) {
                    *known = format!("{known},{value}");
                } else {
                    return None;
                }
            }
        }
        // Alternatives of different parameters would narrow one another.
        let groups =
            self.chips.iter().filter_map(|chip| Some((chip.group?, chip.params.first()?.0)));
        let groups: Vec<_> = groups.collect();
        let mixed = groups.iter().any(|(group, name)| {
            groups.iter().any(|(other, another)| group == other && name != another)
        });
        (!mixed).then_some(query)
    }
}
