//! What was understood, as callers get it.

use std::ops::Range;

use serde::Serialize;

use crate::{
    places::{Place, Places},
    recognise,
    resolve::{Found, resolve},
    scope::Scope,
    text::{self, Kind, Token, is_thai},
    vocabulary,
};

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
    /// Listings cannot be filtered by this.
    NoFilter,
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

/// Chips and the rest, from what was kept.
pub(crate) fn assemble(
    text: &str,
    tokens: &[Token],
    found: Vec<Found>,
    scope: &Scope<'_>,
) -> Understanding {
    let found: Vec<Found> = found
        .into_iter()
        .filter(|one| one.draft.as_ref().is_none_or(|draft| !scope.without.contains(&draft.id)))
        .collect();
    let places: Vec<&Place> =
        found.iter().filter_map(|one| Places::shared().at(one.draft.as_ref()?.place?)).collect();
    let utf16 = Utf16::of(text);
    let mut chips: Vec<Chip> = Vec::new();
    for one in &found {
        let Some(draft) = &one.draft else { continue };
        if chips.iter().any(|chip| chip.id == draft.id) {
            continue;
        }
        let bytes = bytes(tokens, &one.tokens);
        let draft = draft.clone();
        chips.push(Chip {
            id: draft.id,
            kind: draft.kind,
            params: draft.params,
            span: Span { start: utf16.at(bytes.start), end: utf16.at(bytes.end) },
            text: text.get(bytes).unwrap_or_default().to_owned(),
            label: draft.label,
            strength: draft.strength,
            note: draft.note,
            group: None,
        });
    }
    group(&mut chips, &places);
    let rest = settled(rest(text, tokens, &found), scope);
    Understanding { rest, chips, language: language(text) }
}

fn bytes(tokens: &[Token], range: &Range<usize>) -> Range<usize> {
    let start = tokens.get(range.start).map_or(0, |token| token.span.start);
    let end = range.end.checked_sub(1).and_then(|last| tokens.get(last));
    start..end.map_or(start, |token| token.span.end)
}

/// Byte offsets in UTF-16 code units.
struct Utf16(Vec<(usize, usize)>);

impl Utf16 {
    fn of(text: &str) -> Self {
        let mut units = 0;
        let mut at = Vec::new();
        for (byte, c) in text.char_indices() {
            at.push((byte, units));
            units += c.len_utf16();
        }
        at.push((text.len(), units));
        Self(at)
    }

    fn at(&self, byte: usize) -> usize {
        let row = self.0.partition_point(|(start, _)| *start < byte);
        self.0.get(row).map_or(0, |(_, units)| *units)
    }
}

/// Marks alternatives: chips of one kind that set the same parameters cannot both hold.
fn group(chips: &mut [Chip], places: &[&Place]) {
    let names =
        |chip: &Chip| -> Vec<&'static str> { chip.params.iter().map(|(name, _)| *name).collect() };
    let shape: Vec<_> = chips
        .iter()
        .map(|chip| (chip.strength == Strength::Filter).then(|| (chip.kind, names(chip))))
        .collect();
    for (nth, chip) in chips.iter_mut().enumerate() {
        let Some((kind, names)) = &shape[nth] else { continue };
        let others = || {
            shape
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != nth)
                .filter_map(|(_, s)| s.as_ref())
        };
        let same = others().any(|(other, set)| other == kind && set == names);
        chip.group = match kind {
            ChipKind::Transaction if same => Some("transaction"),
            ChipKind::PropertyType if same => Some("property_type"),
            ChipKind::Price if same => Some("price"),
            ChipKind::Area if same => Some("area"),
            ChipKind::Bedrooms if same => Some("bedrooms"),
            ChipKind::Bathrooms if same => Some("bathrooms"),
            ChipKind::Guests if same => Some("guests"),
            ChipKind::Dates if same => Some("dates"),
            ChipKind::Place if others().any(|(other, _)| *other == ChipKind::Place) => {
                Some("place")
            }
            _ => None,
        };
    }
    // Of places, a unit that another one lies in only says where that is: both must hold.
    let leaves = places.iter().filter(|place| !places.iter().any(|other| other.is_in(place)));
    let leaves: Vec<_> = leaves.map(|place| format!("place:{}", place.key())).collect();
    let alone = leaves.len() < 2;
    for chip in chips.iter_mut().filter(|chip| chip.group == Some("place")) {
        let is_leaf = leaves.contains(&chip.id);
        if alone || !is_leaf {
            chip.group = None;
        }
    }
    // Where one alternative lies elsewhere, the unit of the other would exclude it.
    if !alone {
        chips.iter_mut().for_each(|chip| {
            let place = places.iter().find(|place| chip.id == format!("place:{}", place.key()));
            let Some(unit) = place.filter(|_| !leaves.contains(&chip.id)) else { return };
            let holds = |leaf: &&Place| leaf.is_in(unit);
            let all =
                places.iter().filter(|p| leaves.contains(&format!("place:{}", p.key()))).all(holds);
            if !all {
                chip.strength = Strength::Preference;
                chip.params.clear();
                chip.note = Some(Note::Wider);
            }
        });
    }
}

/// More tokens than anybody types; beyond, reading twice would take too long.
const MOST_SETTLED: usize = 64;

/// The rest without what could be read as a filter only now that other words are gone: its words
/// belonged to something else.
fn settled(mut rest: String, scope: &Scope<'_>) -> String {
    for _ in 0..4 {
        let tokens = text::tokens(&rest, scope.amenities.thai());
        if tokens.len() > MOST_SETTLED {
            break;
        }
        let found = resolve(recognise::all(&tokens, scope), tokens.len());
        let new = found.iter().rev().filter(|one| {
            one.draft.as_ref().is_some_and(|draft| {
                let is_hard = draft.strength == Strength::Filter && draft.note.is_none();
                is_hard && !scope.without.contains(&draft.id)
            })
        });
        let spans: Vec<_> = new.map(|one| bytes(&tokens, &one.tokens)).collect();
        if spans.is_empty() {
            break;
        }
        for span in spans {
            rest.replace_range(span, " ");
        }
        rest = rest.split_whitespace().filter(|word| *word != ",").collect::<Vec<_>>().join(" ");
    }
    rest
}

/// The words that are left, in their order.
fn rest(text: &str, tokens: &[Token], found: &[Found]) -> String {
    let mut keep: Vec<bool> = vec![true; tokens.len()];
    let mut is_verbatim: Vec<bool> = vec![false; tokens.len()];
    for one in found {
        let is_expressed = one.draft.as_ref().is_some_and(|draft| {
            draft.strength == Strength::Filter && draft.note != Some(Note::Wider)
        });
        for at in one.tokens.clone() {
            keep[at] = !is_expressed;
            is_verbatim[at] = !is_expressed;
        }
    }
    let mut at = 0;
    while at < tokens.len() {
        let filler = vocabulary::FILLERS.find(tokens, at).map(|((), next)| next);
        match filler {
            Some(next)
                if (at..next).all(|at| keep[at] && !is_verbatim[at])
                    && !is_prefix(tokens, next)
                    && !recognise::is_denied(tokens, next)
                    && !is_between_numbers(tokens, at, next) =>
            {
                keep[at..next].fill(false);
                at = next;
            }
            _ => at += 1,
        }
    }
    // A mark means nothing alone; within words ("12/3", "wi-fi") it stays.
    for at in 0..tokens.len() {
        let is_inner = at > 0
            && tokens[at].glued
            && keep[at - 1]
            && tokens.get(at + 1).is_some_and(|next| next.glued && keep[at + 1]);
        if matches!(tokens[at].kind, Kind::Mark(_)) && !is_inner && !is_verbatim[at] {
            keep[at] = false;
        }
    }
    let mut rest = String::new();
    let mut last: Option<usize> = None;
    for at in (0..tokens.len()).filter(|at| keep[*at]) {
        let follows = last.is_some_and(|last| last + 1 == at);
        let is_apart = !follows || !tokens[at].glued;
        if !rest.is_empty() && is_apart {
            // A comma where words are left out: what meets only now must not be read together.
            rest.push_str(if follows { " " } else { ", " });
        }
        rest.push_str(text.get(tokens[at].span.clone()).unwrap_or_default());
        last = Some(at);
    }
    // What is beyond the longest query that is read.
    if let Some(beyond) = tokens.last().and_then(|token| text.get(token.span.end..)) {
        let beyond = beyond.trim();
        if !beyond.is_empty() && !(beyond.chars().all(|c| !c.is_alphanumeric() && !is_thai(c))) {
            rest.push(' ');
            rest.push_str(beyond);
        }
    }
    rest
}

/// "2 and 3" is a range, and "2, 3" are two numbers.
fn is_between_numbers(tokens: &[Token], at: usize, next: usize) -> bool {
    let is_number =
        |token: Option<&Token>| token.is_some_and(|t| matches!(t.kind, Kind::Number(_)));
    is_number(at.checked_sub(1).and_then(|before| tokens.get(before)))
        && is_number(tokens.get(next))
}

/// Whether a Latin word goes on without a blank: the `s` of "s1".
fn is_prefix(tokens: &[Token], next: usize) -> bool {
    let goes_on = tokens.get(next).is_some_and(|t| t.glued && !matches!(t.kind, Kind::Mark(_)));
    goes_on && tokens[next - 1].kind == Kind::Word
}

fn language(text: &str) -> Option<Language> {
    let thai = text.chars().filter(|c| is_thai(*c)).count();
    let latin = text.chars().filter(char::is_ascii_alphabetic).count();
    match (thai, latin) {
        (0, 0) => None,
        // A Thai word has more letters than an English one of the same weight has, marks included.
        _ if thai >= latin => Some(Language::Th),
        _ => Some(Language::En),
    }
}
